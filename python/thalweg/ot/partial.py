"""Transport of a part of the mass. Names and conventions as in POT's ``ot.partial``."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, costs, weights

__all__ = [
    "entropic_partial_wasserstein",
    "partial_wasserstein",
    "partial_wasserstein2",
    "partial_wasserstein_lagrange",
]

# Nothing in double precision is met more closely.
_ROUNDING = 1e-14


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
    most = min(a.sum(), b.sum())
    if not 0 <= m <= most * (1 + 1e-12):
        raise InputError(f"The mass m is {m}, but it must be from 0 to {most:g}, the smaller of the two sums.")
    plan, said = extended(kind, a, b, M, b.sum() - m, a.sum() - m, False, budget(threads, memory))
    said["partial_w_dist"] = kind(np.float64((plan * M).sum()))
    return (kind(plan), said) if log else kind(plan)


def partial_wasserstein2(a, b, M, m=None, nb_dummies=1, log=False, *, threads=None, memory=None, **kwargs):
    """The cost of :func:`partial_wasserstein`; the log has its plan, ``T``."""
    kind = Kind(M, a, b)
    plan, said = partial_wasserstein(a, b, M, m, nb_dummies, True, threads=threads, memory=memory, **kwargs)
    G = costs(plan)
    cost = kind.value((G * costs(M)).sum(), (M, G))
    return (cost, {**said, "T": plan}) if log else cost


def partial_wasserstein_lagrange(a, b, M, reg_m=None, nb_dummies=1, log=False, *, threads=None, memory=None, **kwargs):
    """The plan of ``min <G, M - reg_m>`` under ``G 1 <= a``, ``G' 1 <= b``: mass moves where it costs less than
    ``reg_m``.

    By default ``reg_m`` is above all costs, so that as much moves as can. The log has ``cost``, ``<G, M>``.
    """
    kind, M = Kind(M, a, b), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    reg_m = float(M.max()) + 1.0 if reg_m is None else float(reg_m)
    plan, said = extended(kind, a, b, M - reg_m, b.sum(), a.sum(), True, budget(threads, memory))
    said["cost"] = kind(np.float64((plan * M).sum()))
    return (kind(plan), said) if log else kind(plan)


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


def entropic_partial_plan(a, b, M, reg, m, stopThr, numItermax, given):
    """The plan in NumPy, and how the iteration ended."""
    tolerance = max(float(stopThr), _ROUNDING)
    plan, end = _thalweg.ot_entropic_partial(a, b, M, float(reg), m, tolerance, int(numItermax), given)
    return plan, _engine.Ended(*end)


def extended(kind, a, b, M, spare_b, spare_a, free, given):
    """Exact transport with a dummy on each side, which takes what is not moved.

    The dummy source fills what the targets do not get (``spare_b``), the dummy target takes what stays; both are free.
    Where mass between the dummies is not ``free`` it costs so much that there is none: the mass that moves is fixed.
    """
    forbidden = 2.0 * float(np.abs(M).max()) + 1.0
    extended = np.zeros((M.shape[0] + 1, M.shape[1] + 1))
    extended[:-1, :-1] = M
    extended[-1, -1] = 0.0 if free else forbidden
    long_a, long_b = np.append(a, max(spare_b, 0.0)), np.append(b, max(spare_a, 0.0))
    plan, u, v, proof = _thalweg.ot_exact(long_a, _engine.balanced(long_a, long_b), extended, given)
    said = {"cost": kind(np.float64(proof[0])), "u": kind(u[:-1]), "v": kind(v[:-1])}
    said["certificate"] = _engine.certificate(proof)
    return plan[:-1, :-1], {**said, "warning": None, "result_code": 1}
