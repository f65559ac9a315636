"""Spaces that are near to several at once, by alternating plans and means."""

from typing import NamedTuple, Optional

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import Kind, costs, rows, weights
from .._public import public
from ..utils import check_random_state, dist
from ._exact import fused_gromov_wasserstein, gromov_wasserstein

# Settings of POT's line search, which this one has no use for.
_ARMIJO = ("numItermaxEmd", "alpha_min", "alpha_max", "numItermax", "stopThr", "stopThr2")


@public
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
    memory=None,
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
        With ``log=True``: ``err``, ``p``, ``T`` (the plans) and, for the criterion ``loss``, ``loss``.
    """
    _engine.known(kwargs, *_ARMIJO)
    kind, spaces = _spaces(Cs, None, ps, lambdas)
    p = weights(p, N, "The weights p")
    C = _drawn(N, init_C, random_state, scaled=True)

    def plan(C, _, s, start):
        given = dict(
            loss_fun=loss_fun,
            log=True,
            G0=start,
            max_iter=1e4,
            tol_rel=1e-5,
            tol_abs=0.0,
            threads=threads,
            memory=memory,
        )
        return gromov_wasserstein(C, spaces.relations[s], p, spaces.weights[s], **given)

    _, C, course = _alternate(
        plan, "gw_dist", spaces, p, C, None, loss_fun, _NOTHING, max_iter, tol, stop_criterion, warmstartT
    )
    return _told(kind, p, C, course, stop_criterion, log)


@public
def fgw_barycenters(
    N,
    Ys,
    Cs,
    ps=None,
    lambdas=None,
    alpha=0.5,
    fixed_structure=False,
    fixed_features=False,
    p=None,
    loss_fun="square_loss",
    armijo=False,
    symmetric=True,
    max_iter=100,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    init_X=None,
    random_state=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """Relations and features of ``N`` points that are near to several spaces with features at once.

    Parameters
    ----------
    N : int
    Ys : list of array_like, shapes (n_s, d)
        Features of the points of each space.
    Cs : list of array_like, shapes (n_s, n_s)
    ps : list of array_like, shapes (n_s,), optional
    lambdas : array_like, one number a space, optional
        How much each space counts.
    alpha : float
        Share of the relations.
    fixed_structure, fixed_features : bool
        Whether the relations stay ``init_C``, or the features ``init_X``.
    stop_criterion : str
        ``barycenter`` (either part moves by less than ``tol``) or ``loss`` (the objective changes by less).
    init_C : array_like, shape (N, N), optional
        Start; drawn from ``random_state`` by default.
    init_X : array_like, shape (N, d), optional
        Start; zeros by default.

    Returns
    -------
    X : array, shape (N, d)
    C : array, shape (N, N)
    log : dict
        With ``log=True``: ``T`` (the plans), ``p``, ``Ms`` (the costs of the features), and ``err_feature``,
        ``err_structure`` and ``Ts_iter``, or for the criterion ``loss``, ``loss`` and ``err_rel_loss``.

    Notes
    -----
    Vayer, Chapel, Flamary, Tavenard, Courty, Algorithms 13 (2020).
    """
    _engine.known(kwargs, *_ARMIJO)
    kind, spaces = _spaces(Cs, Ys, ps, lambdas)
    p = weights(p, N, "The weights p")
    if (fixed_structure and init_C is None) or (fixed_features and init_X is None):
        raise InputError(
            "What is fixed must be given.", "Pass init_C for fixed_structure and init_X for fixed_features."
        )
    C = _drawn(N, init_C, random_state, scaled=False)
    X = np.zeros((N, spaces.features[0].shape[1])) if init_X is None else rows(init_X, "The start init_X")

    def plan(C, M, s, start):
        given = dict(log=True, G0=start, max_iter=max_iter, tol_rel=1e-5, tol_abs=0.0, threads=threads, memory=memory)
        return fused_gromov_wasserstein(M, C, spaces.relations[s], p, spaces.weights[s], loss_fun, alpha=alpha, **given)

    fixed = _Fixed(fixed_structure, fixed_features)
    X, C, course = _alternate(
        plan, "fgw_dist", spaces, p, C, X, loss_fun, fixed, max_iter, tol, stop_criterion, warmstartT
    )
    return _told_fused(kind, spaces, p, (X, C), course, stop_criterion, log)


class _Spaces(NamedTuple):
    relations: list
    features: Optional[list]
    weights: list
    shares: np.ndarray


class _Fixed(NamedTuple):
    structure: bool
    features: bool


_NOTHING = _Fixed(False, True)


class _Course:
    """What an alternation did."""

    def __init__(self):
        self.plans, self.every, self.losses = None, [], []
        self.changes, self.structure, self.features = [], [], []


def _spaces(Cs, Ys, ps, lambdas):
    kind, relations = Kind(*Cs), [costs(C, "The relations of a space") for C in Cs]
    given = [weights(None if ps is None else ps[s], len(C), "The weights of a space") for s, C in enumerate(relations)]
    features = None if Ys is None else [rows(Y, "The features of a space") for Y in Ys]
    return kind, _Spaces(relations, features, given, weights(lambdas, len(relations), "The weights of the spaces"))


def _drawn(N, init_C, random_state, scaled):
    if init_C is not None:
        return costs(init_C, "The start init_C")
    points = check_random_state(random_state).randn(N, 2)
    C = dist(points, points)
    return C / C.max() if scaled else C


def _alternate(plan, name, spaces, p, C, X, loss_fun, fixed, max_iter, tol, criterion, warm):
    """Plans to every space, then the relations and the features that are best for them, until either settles."""
    if criterion not in ("barycenter", "loss"):
        raise InputError(f"Unknown stop_criterion '{criterion}'.", "It is barycenter or loss.")
    course, before = _Course(), np.inf
    for _ in range(int(max_iter)):
        Ms = [None if X is None else dist(X, Y) for Y in spaces.features or spaces.relations]
        starts = course.plans if warm and course.plans else [None] * len(Ms)
        found = [plan(C, M, s, start) for s, (M, start) in enumerate(zip(Ms, starts))]
        course.plans = [T for T, _ in found]
        moved = []
        if not fixed.features:
            old, X = X, sum(w * T @ Y for w, T, Y in zip(spaces.shares, course.plans, spaces.features)) / p[:, None]
            moved.append(float(np.linalg.norm(X - old)))
        course.features.append(moved[0] if moved else 0.0)
        if not fixed.structure:
            old, C = C, _structure(course.plans, spaces, p, loss_fun)
            moved.append(float(np.linalg.norm(C - old)))
        course.structure.append(0.0 if fixed.structure else moved[-1])
        course.every.append(course.plans)
        shares = spaces.shares if X is None else np.ones(len(found))
        course.losses.append(float(sum(share * said[name] for share, (_, said) in zip(shares, found))))
        change = abs(course.losses[-1] - before) / before if before else np.nan
        course.changes.append(change if np.isfinite(before) else np.inf)
        before = course.losses[-1]
        if (min(moved, default=0.0) if criterion == "barycenter" else course.changes[-1]) <= tol:
            break
    return X, C, course


def _structure(plans, spaces, p, loss_fun):
    """The relations of least objective at fixed plans."""
    outer = np.outer(p, p) * spaces.shares.sum()
    if loss_fun == "kl_loss":
        logs = [np.log(np.maximum(C, 1e-16)) for C in spaces.relations]
        return np.exp(sum(w * (T @ C @ T.T) for w, T, C in zip(spaces.shares, plans, logs)) / outer)
    return sum(w * (T @ C @ T.T) for w, T, C in zip(spaces.shares, plans, spaces.relations)) / outer


def _told(kind, p, C, course, criterion, log):
    """What a barycentre of relations gives back."""
    if not log:
        return kind(C)
    by_loss = criterion != "barycenter"
    said = {"err": course.changes if by_loss else course.structure, "p": kind(p), "T": [kind(T) for T in course.plans]}
    return kind(C), {**said, "loss": course.losses} if by_loss else said


def _told_fused(kind, spaces, p, found, course, criterion, log):
    """What a barycentre of features and relations gives back."""
    X, C = found
    if not log:
        return kind(X), kind(C)
    said = {"T": [kind(T) for T in course.plans], "p": kind(p), "Ms": [kind(dist(X, Y)) for Y in spaces.features]}
    if criterion == "barycenter":
        said.update(err_feature=course.features, err_structure=course.structure, Ts_iter=course.every)
    else:
        said.update(loss=course.losses, err_rel_loss=course.changes)
    return kind(X), kind(C), said
