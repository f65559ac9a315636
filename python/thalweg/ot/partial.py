"""Transport of a part of the mass. Names and conventions as in POT's ``ot.partial``."""

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, costs, host, weights
from ._partial_line import partial_wasserstein_1d
from ._partial_plans import entropic_partial_plan, exact_partial_plan
from ._public import public
from .gromov import _partial as spaces

__all__ = [
    "entropic_partial_gromov_wasserstein",
    "entropic_partial_gromov_wasserstein2",
    "entropic_partial_wasserstein",
    "entropic_partial_wasserstein_logscale",
    "gwgrad_partial",
    "gwloss_partial",
    "partial_gromov_wasserstein",
    "partial_gromov_wasserstein2",
    "partial_wasserstein",
    "partial_wasserstein2",
    "partial_wasserstein_1d",
    "partial_wasserstein_lagrange",
]


@public
def partial_wasserstein(a, b, M, m=None, nb_dummies=1, log=False, *, threads=None, memory=None, **kwargs):
    """The cheapest plan that moves the mass ``m``, exactly.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
        Weights; empty or None for equal ones. They need not have equal sums.
    M : array_like, shape (n, m)
        Costs.
    m : float, optional
        Mass to move, at most the smaller sum; as :func:`partial_wasserstein_lagrange` where it is left out.
    nb_dummies
        Not used: one is always enough here.

    Returns
    -------
    G : array, shape (n, m)
        ``G 1 <= a``, ``G' 1 <= b`` and ``sum G = m``, up to rounding.
    log : dict
        With ``log=True``: ``partial_w_dist``, ``u`` and ``v``, ``certificate`` and what :func:`thalweg.ot.emd` says.
    """
    _engine.known(kwargs, "numItermax", "numThreads", "center_dual", "check_marginals")
    if m is None:
        return partial_wasserstein_lagrange(a, b, M, log=log, threads=threads, memory=memory, **kwargs)
    kind, M = Kind(M, a, b), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    plan, said = exact_partial_plan(kind, a, b, M, float(m), 0.0, 0.0, budget(threads, memory))
    said["partial_w_dist"] = kind(np.float64((plan * M).sum()))
    return (kind(plan), said) if log else kind(plan)


@public
def partial_wasserstein2(a, b, M, m=None, nb_dummies=1, log=False, *, threads=None, memory=None, **kwargs):
    """The cost of :func:`partial_wasserstein`; the log has its plan, ``T``."""
    kind = Kind(M, a, b)
    plan, said = partial_wasserstein(a, b, M, m, nb_dummies, True, threads=threads, memory=memory, **kwargs)
    G = costs(plan)
    cost = kind.value((G * costs(M)).sum(), (M, G))
    return (cost, {**said, "T": plan}) if log else cost


@public
def partial_wasserstein_lagrange(a, b, M, reg_m=None, nb_dummies=1, log=False, *, threads=None, memory=None, **kwargs):
    """The plan of ``min <G, M - reg_m>`` under ``G 1 <= a``, ``G' 1 <= b``: mass moves where it costs less than
    ``reg_m``.

    By default ``reg_m`` is above all costs, so that as much moves as can. The log has ``cost``, ``<G, M>``.
    """
    kind, M = Kind(M, a, b), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    reg_m = float(M.max()) + 1.0 if reg_m is None else float(reg_m)
    # At a price of half of it on either side; where it is no price, the costs are lowered instead.
    price = 0.5 * reg_m if reg_m > 0 else 0.5
    lowered = M if reg_m > 0 else M - reg_m + 1.0
    plan, said = exact_partial_plan(kind, a, b, lowered, None, price, price * (a.sum() + b.sum()), budget(threads, memory))
    said["cost"] = kind(np.float64((plan * M).sum()))
    return (kind(plan), said) if log else kind(plan)


@public
def entropic_partial_wasserstein(
    a,
    b,
    M,
    reg,
    m=None,
    method="sinkhorn",
    numItermax=1000,
    stopThr=1e-100,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
):
    """The plan of the mass ``m`` that minimises ``<G, M> + reg sum_ij G_ij log G_ij`` under ``G 1 <= a``, ``G' 1 <=
    b``.

    Both methods of POT (``sinkhorn`` and ``sinkhorn_log``) mean the log-domain solver. With ``log=True`` also ``err``,
    ``niter``, ``partial_w_dist`` and ``status``. ``m`` is the smaller sum by default; shapes as in
    :func:`partial_wasserstein`.
    """
    if str(method).lower() not in ("sinkhorn", "sinkhorn_log"):
        raise InputError(f"Unknown method '{method}'.", "The methods are sinkhorn and sinkhorn_log.")
    _derivatives.refuse("An entropic partial plan", "Detach the inputs with detach().", a, b, M)
    kind, M = Kind(M, a, b), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    m = float(min(a.sum(), b.sum()) if m is None else m)
    plan, ended = entropic_partial_plan(a, b, M, reg, m, stopThr, numItermax, budget(threads, memory))
    if ended.residual > max(stopThr, 1e-6):
        ended.warn("Entropic partial transport")
    if verbose:
        print(f"Entropic partial transport: {ended.iterations} iterations, error {ended.residual:.3e}")
    if not log:
        return kind(plan)
    said = {"err": [ended.residual], "niter": ended.iterations, "status": ended.status}
    return kind(plan), {**said, "partial_w_dist": kind(np.float64((plan * M).sum()))}


@public
def entropic_partial_wasserstein_logscale(
    a, b, M, reg, m=None, numItermax=1000, stopThr=1e-100, verbose=False, log=False, *, threads=None, memory=None
):
    """:func:`entropic_partial_wasserstein` by the name of a method."""
    given = dict(threads=threads, memory=memory)
    return entropic_partial_wasserstein(a, b, M, reg, m, "sinkhorn_log", numItermax, stopThr, verbose, log, **given)


@public
def gwgrad_partial(C1, C2, T):
    """The derivative of :func:`gwloss_partial` at a plan of symmetric spaces, ``(n, m)``."""
    kind, first, second, T = Kind(C1, C2, T), costs(C1), costs(C2), costs(T)
    rows, columns = (first**2) @ T.sum(axis=1), (second**2).T @ T.sum(axis=0)
    return kind(rows[:, None] + columns[None, :] - 2.0 * first @ T @ second.T)


@public
def gwloss_partial(C1, C2, T):
    """Half the square loss of a plan between spaces, ``sum (C1_ik - C2_jl)^2 T_ij T_kl / 2``."""
    kind = Kind(C1, C2, T)
    return kind(np.float64(0.5 * (host(gwgrad_partial(C1, C2, T), "The slope") * costs(T)).sum()))


@public
def partial_gromov_wasserstein(
    C1,
    C2,
    p,
    q,
    m=None,
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1000,
    tol=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """:func:`thalweg.ot.gromov.partial_gromov_wasserstein` by its older name, under half the square loss."""
    given = dict(threads=threads, memory=memory)
    plan, said = spaces.partial_gromov_wasserstein(
        C1, C2, p, q, m, "square_loss", 1, G0, thres, numItermax, tol, log=True, **given
    )
    return (plan, _halved(said)) if log else plan


@public
def partial_gromov_wasserstein2(
    C1,
    C2,
    p,
    q,
    m=None,
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1000,
    tol=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """Half the square loss at the plan of :func:`partial_gromov_wasserstein`, which is ``T`` in the log."""
    value, said = spaces.partial_gromov_wasserstein2(
        C1, C2, p, q, m, "square_loss", 1, G0, thres, numItermax, tol, log=True, threads=threads, memory=memory
    )
    return (0.5 * value, _halved(said)) if log else 0.5 * value


@public
def entropic_partial_gromov_wasserstein(
    C1,
    C2,
    p,
    q,
    reg,
    m=None,
    G0=None,
    numItermax=1000,
    tol=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """:func:`thalweg.ot.gromov.entropic_partial_gromov_wasserstein` by its older name, under half the square loss."""
    plan, said = spaces.entropic_partial_gromov_wasserstein(
        C1, C2, p, q, 2.0 * reg, m, "square_loss", G0, numItermax, tol, log=True, threads=threads, memory=memory
    )
    return (plan, _halved(said)) if log else plan


@public
def entropic_partial_gromov_wasserstein2(
    C1,
    C2,
    p,
    q,
    reg,
    m=None,
    G0=None,
    numItermax=1000,
    tol=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """Half the square loss, without the entropy, at the plan of :func:`entropic_partial_gromov_wasserstein`, which is
    ``T`` in the log."""
    given = dict(threads=threads, memory=memory)
    plan, said = entropic_partial_gromov_wasserstein(C1, C2, p, q, reg, m, G0, numItermax, tol, True, verbose, **given)
    value = said["partial_gw_dist"]
    return (value, {**said, "T": plan}) if log else value


def _halved(said):
    halves = {"partial_gw_dist": 0.5 * said["partial_gw_dist"]}
    return {**said, **halves, **({"loss": [0.5 * x for x in said["loss"]]} if "loss" in said else {})}
