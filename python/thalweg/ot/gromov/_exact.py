"""Plans between spaces by conditional gradient: each step is an exact plan."""

import numpy as np

from ... import _thalweg
from .. import _engine
from .._engine import budget
from .._kinds import Kind
from .._public import public
from ._spaces import parts, posed, slopes


@public(numItermax="max_iter", stopThr="tol_rel")
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
        With ``log=True``: ``loss`` (the objective at the start and after every iteration), ``gw_dist``, of the last linear
        problem ``u``, ``v`` and ``cost``, and ``niter`` and ``status``.

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


@public(numItermax="max_iter", stopThr="tol_rel")
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
    value = kind.value(said["gw_dist"], *slopes(plan, said, C1, C2, p, q, loss_fun, 1.0))
    return (value, {**said, "gw_dist": value, "T": kind(plan)}) if log else value


@public(numItermax="max_iter", stopThr="tol_rel")
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


@public(numItermax="max_iter", stopThr="tol_rel")
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
    by_spaces = slopes(plan, said, C1, C2, p, q, loss_fun, float(alpha))
    value = kind.value(said["fgw_dist"], *by_spaces, (M, (1 - float(alpha)) * plan))
    return (value, {**parts(kind, plan, said, M, alpha), "fgw_dist": value}) if log else value


def _conditional(kind, name, M, C1, C2, p, q, loss_fun, alpha, G0, max_iter, tolerances, kwargs, threads, memory):
    """The plan of the conditional gradient, and what the log says."""
    _engine.known(kwargs, "numItermaxEmd", "verbose", "stopThr", "stopThr2", "numItermax")
    spaces = posed(M, C1, C2, p, q, loss_fun, alpha, G0)
    given = budget(threads, memory)
    plan, value, course, duals, end = _thalweg.ot_gromov(spaces, *map(float, tolerances), int(max_iter), given)
    ended = _engine.Ended(*end)
    ended.warn("Gromov-Wasserstein transport")
    if kwargs.get("verbose"):
        print(f"Gromov-Wasserstein: {ended.iterations} iterations, objective {value:.6g}")
    u, v = duals
    # What the last linear problem cost, by its duals.
    cost = spaces.p @ u + spaces.q @ v
    said = {"cost": kind(np.float64(cost)), "loss": course.tolist(), name: kind(np.float64(value)), "u": kind(u), "v": kind(v)}
    said.update(warning=None, result_code=1)
    return plan, {**said, "niter": ended.iterations, "status": ended.status}
