"""Spaces that are near to several at once."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, costs, weights
from ..utils import check_random_state, dist
from ._exact import gromov_wasserstein


def gromov_barycenters(
    N,
    Cs,
    ps=None,
    p=None,
    lambdas=None,
    loss_fun="square_loss",
    symmetric=True,
    armijo=False,
    max_iter=1000,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    random_state=None,
    *,
    threads=None,
    **kwargs,
):
    """Relations of ``N`` points that are near to several spaces at once, by alternating plans and means.

    Parameters
    ----------
    N : int
    Cs : list of array_like, shapes (n_s, n_s)
    ps : list of array_like, shapes (n_s,), optional
    p : array_like, shape (N,), optional
    lambdas : array_like, one number a space, optional
        How much each space counts.
    stop_criterion : str
        ``barycenter`` (the relations move by less than ``tol``) or ``loss`` (the objective changes by less).
    init_C : array_like, shape (N, N), optional
        Start; drawn from ``random_state`` by default.

    Returns
    -------
    C : array, shape (N, N)
    log : dict
        With ``log=True``: ``err``, ``p``, ``Ts`` (the plans) and, for the criterion ``loss``, ``loss``.
    """
    if loss_fun != "square_loss":
        raise InputError(f"Barycentres of spaces are not offered for the loss {loss_fun}.", "Use square_loss.")
    kind = Kind(*Cs)
    spaces = [costs(C, "The relations of a space") for C in Cs]
    given = [weights(None if ps is None else ps[s], len(C), "The weights of a space") for s, C in enumerate(spaces)]
    p = weights(p, N, "The weights p")
    shares = weights(lambdas, len(spaces), "The weights of the spaces")
    if init_C is None:
        points = check_random_state(random_state).randn(N, 2)
        C = dist(points, points)
        C = C / C.max()
    else:
        C = costs(init_C, "The start init_C")
    plans, errors, losses = [None] * len(spaces), [], []
    for _ in range(int(max_iter)):
        before = C
        found = [
            gromov_wasserstein(
                C,
                space,
                p,
                q,
                loss_fun,
                log=True,
                G0=plans[s] if warmstartT else None,
                max_iter=1e4,
                tol_rel=1e-5,
                tol_abs=0.0,
                threads=threads,
            )
            for s, (space, q) in enumerate(zip(spaces, given))
        ]
        plans = [plan for plan, _ in found]
        means = (share * (T @ space @ T.T) for share, T, space in zip(shares, plans, spaces))
        C = sum(means) / np.outer(p, p) / shares.sum()
        losses.append(float(sum(share * log["gw_dist"] for share, (_, log) in zip(shares, found))))
        if stop_criterion == "barycenter":
            errors.append(float(np.linalg.norm(C - before)))
        else:
            errors.append(abs(losses[-1] - losses[-2]) / losses[-1] if len(losses) > 1 and losses[-1] else np.inf)
        if errors[-1] <= tol:
            break
    if not log:
        return kind(C)
    said = {"err": errors, "p": kind(p), "Ts": [kind(T) for T in plans]}
    return kind(C), {**said, "loss": losses} if stop_criterion != "barycenter" else said
