"""Entropic transport between points."""

import numpy as np

from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, rows, weights
from .._public import public
from ..utils import LazyPlan, dist
from ._sinkhorn import sinkhorn, sinkhorn2, tell


@public
def empirical_sinkhorn(
    X_s,
    X_t,
    reg,
    a=None,
    b=None,
    metric="sqeuclidean",
    numIterMax=10000,
    stopThr=1e-9,
    isLazy=False,
    batchSize=100,
    verbose=False,
    log=False,
    warn=True,
    warmstart=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """Entropic transport between points, ``(n, d)`` and ``(m, d)``.

    With ``isLazy`` no ``n x m`` matrix is held: the result is the pair ``(log_u, log_v)`` (and the log, whose
    ``lazy_plan`` computes entries when asked), under ``sqeuclidean`` or ``euclidean``. Otherwise as :func:`sinkhorn`.
    """
    if not isLazy:
        M = dist(X_s, X_t, metric)
        given = dict(threads=threads, memory=memory, **kwargs)
        return sinkhorn(a, b, M, reg, "sinkhorn", numIterMax, stopThr, verbose, log, warn, warmstart, **given)
    _derivatives.refuse("A plan without a matrix", "Leave isLazy out, or use solve_sample.", X_s, X_t, a, b)
    kind, solved, lazy_plan = lazily(
        X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, warn, warmstart, budget(threads, memory)
    )
    u, v = kind(solved.log_u), kind(solved.log_v)
    return (u, v, _lazy_log(kind, solved, lazy_plan)) if log else (u, v)


@public
def empirical_sinkhorn2(
    X_s,
    X_t,
    reg,
    a=None,
    b=None,
    metric="sqeuclidean",
    numIterMax=10000,
    stopThr=1e-9,
    isLazy=False,
    batchSize=100,
    verbose=False,
    log=False,
    warn=True,
    warmstart=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The transport cost of the plan of :func:`empirical_sinkhorn`."""
    if not isLazy:
        M = dist(X_s, X_t, metric)
        given = dict(threads=threads, memory=memory, **kwargs)
        return sinkhorn2(a, b, M, reg, "sinkhorn", numIterMax, stopThr, verbose, log, warn, warmstart, **given)
    _derivatives.refuse("A plan without a matrix", "Leave isLazy out, or use solve_sample.", X_s, X_t, a, b)
    kind, solved, lazy_plan = lazily(
        X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, warn, warmstart, budget(threads, memory)
    )
    cost = kind(np.float64(solved.cost))
    return (cost, _lazy_log(kind, solved, lazy_plan)) if log else cost


@public
def empirical_sinkhorn_divergence(
    X_s,
    X_t,
    reg,
    a=None,
    b=None,
    metric="sqeuclidean",
    numIterMax=10000,
    stopThr=1e-9,
    verbose=False,
    log=False,
    warn=True,
    warmstart=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """``S(x, y) - (S(x, x) + S(y, y)) / 2`` with S of :func:`empirical_sinkhorn2`, not below zero.

    Without the entropy in S, as in POT: see ``solve_sample(..., debias=True)`` for the divergence of the whole
    objective, which is zero between equal measures only.
    """
    u, v = (None, None) if warmstart is None else warmstart
    sides = {
        "ab": (X_s, X_t, a, b, warmstart),
        "a": (X_s, X_s, a, a, None if u is None else (u, u)),
        "b": (X_t, X_t, b, b, None if v is None else (v, v)),
    }
    said = {}
    for name, (x, y, p, q, start) in sides.items():
        said[f"sinkhorn_loss_{name}"], said[f"log_sinkhorn_{name}"] = empirical_sinkhorn2(
            x,
            y,
            reg,
            p,
            q,
            metric,
            numIterMax,
            stopThr,
            False,
            100,
            verbose,
            True,
            warn,
            start,
            threads=threads,
            memory=memory,
            **kwargs,
        )
    value = said["sinkhorn_loss_ab"] - 0.5 * (said["sinkhorn_loss_a"] + said["sinkhorn_loss_b"])
    value = value * (value > 0)
    return (value, said) if log else value


def lazily(X_s, X_t, reg, a, b, metric, numItermax, stopThr, verbose, warn, warmstart, given, rho=(None, None)):
    """Kind, solution and plan of entropic transport between points without a matrix."""
    kind = Kind(X_s, X_t, a, b)
    x, y = rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    if rho == (None, None):
        b = _engine.balanced(a, b)
    solved = _engine.entropic_points(x, y, a, b, metric, reg, rho, stopThr, numItermax, warmstart, given)[0]
    if warn:
        solved.ended.warn("Sinkhorn")
    if verbose:
        tell(solved)
    return kind, solved, LazyPlan(x, y, solved.log_u, solved.log_v, metric, solved.reg, kind)


def _lazy_log(kind, solved, lazy_plan):
    # In a lazy log POT's u and v are logarithms.
    u, v = kind(solved.log_u), kind(solved.log_v)
    return {"err": solved.errors, "niter": solved.ended.iterations, "u": u, "v": v, "lazy_plan": lazy_plan}
