"""Transport between spaces that share no coordinates. Names and conventions as in POT's ``ot.gromov``.

``C1`` (``n x n``) and ``C2`` (``m x m``) say how the points of each space relate, ``M`` (``n x m``) what moving between
the spaces costs. The objective is ``(1 - alpha) <G, M> + alpha sum L(C1_ik, C2_jl) G_ij G_kl``; it is not convex, and
the solvers find a stationary plan near where they start.
"""

from typing import NamedTuple, Optional

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, weights

__all__ = [
    "entropic_fused_gromov_wasserstein",
    "entropic_fused_gromov_wasserstein2",
    "entropic_gromov_wasserstein",
    "entropic_gromov_wasserstein2",
    "fused_gromov_wasserstein",
    "fused_gromov_wasserstein2",
    "gromov_barycenters",
    "gromov_wasserstein",
    "gromov_wasserstein2",
]


class _Spaces(NamedTuple):
    """Two spaces; read by the native half."""

    p: np.ndarray
    q: np.ndarray
    first: np.ndarray
    second: np.ndarray
    between: Optional[np.ndarray]
    alpha: float
    start: Optional[np.ndarray]
    loss: str


class _Inner(NamedTuple):
    """How an entropic iteration goes; read by the native half."""

    epsilon: float
    scheme: str
    tolerance: float
    max_iterations: int


def gromov_wasserstein(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    symmetric=None,
    log=False,
    armijo=False,
    G0=None,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """A stationary plan of Gromov-Wasserstein transport, by conditional gradient with an exact line search.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
        Relations within each space, often distances; symmetric or not, which is found out (``symmetric`` does nothing).
    p, q : array_like, shapes (n,) and (m,), optional
        Weights with equal sums; equal ones by default.
    loss_fun : str
        ``square_loss``, ``(a - b)^2``, or ``kl_loss``, ``a log(a / b) - a + b``.
    G0 : array_like, shape (n, m), optional
        Start, a plan; ``p q'`` by default.
    max_iter, tol_rel, tol_abs
        Budget of iterations; ends once one lowers the objective by less than either fraction or amount.
    armijo
        Not used: the line search is exact.
    threads, memory
        As in :func:`thalweg.ot.emd`.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``loss`` (the objective at the start and after every iteration), ``gw_dist``, ``u``, ``v``,
        ``niter`` and ``status``.

    Warns
    -----
    NotConvergedWarning
        The iterations ran out.
    """
    kind = Kind(C1, C2, p, q)
    plan, said = _conditional(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, G0, max_iter, (tol_rel, tol_abs), kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


def gromov_wasserstein2(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    symmetric=None,
    log=False,
    armijo=False,
    G0=None,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective at the plan of :func:`gromov_wasserstein`, which is ``T`` in the log.

    With torch it can be differentiated by ``C1``, ``C2``, ``p`` and ``q`` (at a fixed plan).
    """
    kind = Kind(C1, C2, p, q)
    plan, said = _conditional(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, G0, max_iter, (tol_rel, tol_abs), kwargs, threads, memory
    )
    value = kind.value(said["gw_dist"], *_slopes(plan, said, C1, C2, p, q, loss_fun, 1.0))
    return (value, {**said, "gw_dist": value, "T": kind(plan)}) if log else value


def fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    symmetric=None,
    alpha=0.5,
    armijo=False,
    G0=None,
    log=False,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """A stationary plan of ``(1 - alpha) <G, M> + alpha`` times the quadratic part.

    The log has ``fgw_dist``; otherwise as :func:`gromov_wasserstein`.
    """
    kind = Kind(M, C1, C2, p, q)
    plan, said = _conditional(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, G0, max_iter, (tol_rel, tol_abs), kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


def fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    symmetric=None,
    alpha=0.5,
    armijo=False,
    G0=None,
    log=False,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective at the plan of :func:`fused_gromov_wasserstein`; the log has ``T``, ``lin_loss`` and
    ``quad_loss``."""
    kind = Kind(M, C1, C2, p, q)
    plan, said = _conditional(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, G0, max_iter, (tol_rel, tol_abs), kwargs, threads, memory
    )
    slopes = _slopes(plan, said, C1, C2, p, q, loss_fun, float(alpha))
    value = kind.value(said["fgw_dist"], *slopes, (M, (1 - float(alpha)) * plan))
    return (value, {**_parts(kind, plan, said, M, alpha), "fgw_dist": value}) if log else value


def entropic_gromov_wasserstein(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """A plan of Gromov-Wasserstein transport with the entropy ``epsilon sum G log G``.

    ``solver`` is ``PGD`` (a fixed point has this entropy) or ``PPA`` (steps of this entropy; none in the limit);
    ``numItermax`` and ``stopThr`` go to the entropic problem of each iteration. The log has ``err`` (the last one, in a
    list), ``gw_dist`` (without the entropy), ``loss``, ``niter`` and ``status``. Otherwise as
    :func:`gromov_wasserstein`.
    """
    kind = Kind(C1, C2, p, q)
    plan, said = _entropic(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


def entropic_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective, without the entropy, at the plan of :func:`entropic_gromov_wasserstein`, which is ``T`` in the
    log."""
    kind = Kind(C1, C2, p, q)
    plan, said = _entropic(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (said["gw_dist"], {**said, "T": kind(plan)}) if log else said["gw_dist"]


def entropic_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    alpha=0.5,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """:func:`entropic_gromov_wasserstein` with costs between the spaces, as in :func:`fused_gromov_wasserstein`."""
    kind = Kind(M, C1, C2, p, q)
    plan, said = _entropic(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


def entropic_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    alpha=0.5,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective, without the entropy, at the plan of :func:`entropic_fused_gromov_wasserstein`."""
    kind = Kind(M, C1, C2, p, q)
    plan, said = _entropic(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (said["fgw_dist"], _parts(kind, plan, said, M, alpha)) if log else said["fgw_dist"]


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
    from .utils import check_random_state, dist

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


def _posed(M, C1, C2, p, q, loss_fun, alpha, G0):
    C1, C2 = costs(C1, "The relations C1"), costs(C2, "The relations C2")
    p, q = weights(p, len(C1), "The weights p"), weights(q, len(C2), "The weights q")
    q = _engine.balanced(p, q)
    between = None if M is None else costs(M)
    start = None if G0 is None else costs(G0, "The start G0")
    if start is not None and start.shape == (len(p), len(q)):
        missed = abs(start.sum(axis=1) - p).max() + abs(start.sum(axis=0) - q).max()
        if missed > 2e-8:
            raise InputError(f"The start G0 misses its marginals by {missed:.1e}.", "Give a plan between p and q.")
    return _Spaces(p, q, C1, C2, between, float(alpha), start, loss_fun)


def _conditional(kind, name, M, C1, C2, p, q, loss_fun, alpha, G0, max_iter, tolerances, kwargs, threads, memory):
    """The plan of the conditional gradient, and what the log says."""
    _engine.known(kwargs, "numItermaxEmd", "verbose", "stopThr", "stopThr2", "numItermax")
    spaces = _posed(M, C1, C2, p, q, loss_fun, alpha, G0)
    given = budget(threads, memory)
    plan, value, course, duals, end = _thalweg.ot_gromov(spaces, *map(float, tolerances), int(max_iter), given)
    ended = _engine.Ended(*end)
    ended.warn("Gromov-Wasserstein transport", 4)
    if kwargs.get("verbose"):
        print(f"Gromov-Wasserstein: {ended.iterations} iterations, objective {value:.6g}")
    u, v = duals
    said = {"loss": course.tolist(), name: kind(np.float64(value)), "u": kind(u), "v": kind(v)}
    return plan, {**said, "niter": ended.iterations, "status": ended.status}


def _entropic(
    kind, name, M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
):
    """The plan of the entropic iteration, and what the log says."""
    _engine.known(kwargs, "numItermax", "stopThr", "warn", "method")
    spaces = _posed(M, C1, C2, p, q, loss_fun, alpha, G0)
    inner = _Inner(float(epsilon), str(solver), float(kwargs.get("stopThr", 1e-9)), int(kwargs.get("numItermax", 1000)))
    plan, value, course, _, end = _thalweg.ot_entropic_gromov(
        spaces, inner, float(tol), int(max_iter), budget(threads, memory)
    )
    ended = _engine.Ended(*end)
    # An iteration cannot settle closer than the entropic problems inside it.
    if ended.residual > max(float(tol), 1e-7):
        ended.warn("Entropic Gromov-Wasserstein transport", 4)
    said = {"err": [ended.residual], name: kind(np.float64(value)), "loss": course.tolist()}
    return plan, {**said, "niter": ended.iterations, "status": ended.status}


def _slopes(plan, said, C1, C2, p, q, loss_fun, alpha):
    """Inputs with the derivatives of the objective by them, at a fixed plan."""
    first, second = host(C1, "C1"), host(C2, "C2")
    rows, columns = plan.sum(axis=1), plan.sum(axis=0)
    if loss_fun == "square_loss":
        by_first = 2 * first * np.outer(rows, rows) - 2 * plan @ second @ plan.T
        by_second = 2 * second * np.outer(columns, columns) - 2 * plan.T @ first @ plan
    else:
        by_first = np.log(first + 1e-18) * np.outer(rows, rows) - plan @ np.log(second + 1e-18) @ plan.T
        by_second = np.outer(columns, columns) - plan.T @ first @ plan / (second + 1e-18)
    u, v = host(said["u"], "u"), host(said["v"], "v")
    return (C1, alpha * by_first), (C2, alpha * by_second), (p, u - u.mean()), (q, v - v.mean())


def _parts(kind, plan, said, M, alpha):
    linear = (1 - float(alpha)) * float((plan * host(M, "M")).sum())
    return {**said, "T": kind(plan), "lin_loss": kind(np.float64(linear)), "quad_loss": said["fgw_dist"] - linear}
