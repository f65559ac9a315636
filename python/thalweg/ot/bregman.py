"""Entropic transport. Names, order of arguments and results as in POT's ``ot.bregman``.

There is one solver behind every method's name: scaling in the log domain with acceleration, which no regularisation
makes underflow. It solves ``min <G, M> + reg sum_ij G_ij log G_ij`` over plans with the marginals ``a`` and ``b``.
"""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, rows, weights
from .lp import free_support
from .utils import LazyPlan, dist

__all__ = [
    "barycenter",
    "barycenter_sinkhorn",
    "empirical_sinkhorn",
    "empirical_sinkhorn2",
    "empirical_sinkhorn_divergence",
    "free_support_sinkhorn_barycenter",
    "greenkhorn",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_epsilon_scaling",
    "sinkhorn_knopp",
    "sinkhorn_log",
    "sinkhorn_stabilized",
]

METHODS = ("sinkhorn", "sinkhorn_log", "greenkhorn", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling")
# Settings of POT's variants that this solver has no use for.
_VARIANTS = ("tau", "print_period", "epsilon0", "numInnerItermax")


def sinkhorn(
    a,
    b,
    M,
    reg,
    method="sinkhorn",
    numItermax=1000,
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
    """The plan of entropic transport.

    Parameters
    ----------
    a : array_like, shape (n,)
        Weights of the sources; empty or None for equal ones.
    b : array_like, shape (m,) or (m, k)
        Weights of the targets, with the same sum; ``k`` columns give ``k`` costs in place of a plan.
    M : array_like, shape (n, m)
        Costs.
    reg : float
        Strength of the entropy, in units of the costs.
    method : str
        One of POT's names; all mean the same solver.
    numItermax : int
        Iterations at ``reg``, after a short warm-up at larger ones.
    stopThr : float
        Ends once the L1 error of the marginals is at most this.
    warmstart : pair of array_like, shapes (n,) and (m,), optional
        ``log_u`` and ``log_v`` to start from.
    threads : int
        All cores by default.
    memory : int or str
        Budget such as ``"2GiB"``; a call that needs more is refused and says how much.

    Returns
    -------
    G : array, shape (n, m), or costs, shape (k,)
        Of the kind of ``M``.
    log : dict
        With ``log=True``: ``err`` (the error after each iteration), ``niter``, ``log_u``, ``log_v``, ``u`` and ``v`` with
        ``G = diag(u) exp(-M / reg) diag(v)``, ``cost`` and ``status``.

    Warns
    -----
    NotConvergedWarning
        With ``warn``: the iterations ran out; says what would help.
    """
    _check_method(method)
    _engine.known(kwargs, *_VARIANTS)
    given = budget(threads, memory)
    kind = Kind(M, a, b)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given)
    solved = _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given)
    return (kind(solved.plan), _log(kind, solved)) if log else kind(solved.plan)


def sinkhorn2(
    a,
    b,
    M,
    reg,
    method="sinkhorn",
    numItermax=1000,
    stopThr=1e-9,
    verbose=False,
    log=False,
    warn=False,
    warmstart=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The transport cost ``sum_ij G_ij M_ij`` of the entropic plan (without the entropy). Otherwise as
    :func:`sinkhorn`."""
    _check_method(method)
    _engine.known(kwargs, *_VARIANTS)
    given = budget(threads, memory)
    kind = Kind(M, a, b)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given)
    solved = _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given)
    cost = kind(np.float64(solved.cost))
    return (cost, _log(kind, solved)) if log else cost


def sinkhorn_knopp(
    a, b, M, reg, numItermax=1000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None, **kwargs
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


def sinkhorn_log(
    a, b, M, reg, numItermax=1000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None, **kwargs
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn_log", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


def greenkhorn(a, b, M, reg, numItermax=10000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "greenkhorn", numItermax, stopThr, verbose, log, warn, warmstart)


def sinkhorn_stabilized(
    a,
    b,
    M,
    reg,
    numItermax=1000,
    tau=1e3,
    stopThr=1e-9,
    warmstart=None,
    verbose=False,
    print_period=20,
    log=False,
    warn=True,
    **kwargs,
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn_stabilized", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


def sinkhorn_epsilon_scaling(
    a,
    b,
    M,
    reg,
    numItermax=100,
    epsilon0=1e4,
    numInnerItermax=100,
    tau=1e3,
    stopThr=1e-9,
    warmstart=None,
    verbose=False,
    print_period=10,
    log=False,
    warn=True,
    **kwargs,
):
    """:func:`sinkhorn` by the name of a method, with ``numItermax * numInnerItermax`` iterations."""
    most = numItermax * numInnerItermax
    return sinkhorn(a, b, M, reg, "sinkhorn_epsilon_scaling", most, stopThr, verbose, log, warn, warmstart, **kwargs)


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
    kind, solved, lazy_plan = lazily(
        X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, warn, warmstart, budget(threads, memory)
    )
    u, v = kind(solved.log_u), kind(solved.log_v)
    return (u, v, _lazy_log(kind, solved, lazy_plan)) if log else (u, v)


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
    kind, solved, lazy_plan = lazily(
        X_s, X_t, reg, a, b, metric, numIterMax, stopThr, verbose, warn, warmstart, budget(threads, memory)
    )
    cost = kind(np.float64(solved.cost))
    return (cost, _lazy_log(kind, solved, lazy_plan)) if log else cost


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


def barycenter(
    A,
    M,
    reg,
    weights=None,
    method="sinkhorn",
    numItermax=10000,
    stopThr=1e-4,
    verbose=False,
    log=False,
    warn=True,
    *,
    threads=None,
    **kwargs,
):
    """The histogram nearest to the columns of ``A`` in entropic transport cost.

    Parameters
    ----------
    A : array_like, shape (n, k)
        Histograms of equal mass.
    M : array_like, shape (n, m)
        Costs between their bins and those of the result.
    weights : array_like, shape (k,), optional
        How much each counts; equal by default.
    method : str
        ``sinkhorn``, ``sinkhorn_stabilized`` or ``sinkhorn_log``; all mean the same solver, in the log domain.
    stopThr : float
        Ends once the standard deviations of what the histograms ask of a bin add up to less.

    Returns
    -------
    b : array, shape (m,)
    log : dict
        With ``log=True``: ``err`` (the last one, in a list), ``niter`` and ``status``.
    """
    if str(method).lower() not in ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_log"):
        raise InputError(
            f"Unknown method '{method}'.", "The methods are sinkhorn, sinkhorn_stabilized and sinkhorn_log."
        )
    _engine.known(kwargs, *_VARIANTS)
    kind, A, M = Kind(A, M), costs(A, "The histograms A"), costs(M)
    shares = np.full(A.shape[1], 1.0 / A.shape[1]) if weights is None else host(weights, "The weights").ravel()
    rows = np.ascontiguousarray(A.T)
    masses = A.sum(axis=0)
    if np.ptp(masses) > 1e-5 * masses.max():
        raise InputError(
            f"Histograms of one barycentre have one mass, but theirs go from {masses.min():g} to {masses.max():g}.",
            "Normalise the columns of A.",
        )
    found, end = _thalweg.ot_barycentre(
        rows, shares, M, _engine.positive(reg, "reg"), float(stopThr), int(numItermax), budget(threads)
    )
    ended = _engine.Ended(*end)
    if warn:
        ended.warn("The barycentre")
    if verbose:
        print(f"Barycentre: {ended.iterations} iterations, error {ended.residual:.3e}")
    said = {"err": [ended.residual], "niter": ended.iterations, "status": ended.status}
    return (kind(found), said) if log else kind(found)


def barycenter_sinkhorn(
    A, M, reg, weights=None, numItermax=1000, stopThr=1e-4, verbose=False, log=False, warn=True, *, threads=None
):
    """:func:`barycenter` by the name of a method."""
    return barycenter(A, M, reg, weights, "sinkhorn", numItermax, stopThr, verbose, log, warn, threads=threads)


def free_support_sinkhorn_barycenter(
    measures_locations,
    measures_weights,
    X_init,
    reg,
    b=None,
    weights=None,
    numItermax=100,
    numInnerItermax=1000,
    stopThr=1e-7,
    verbose=False,
    log=None,
    *,
    threads=None,
    **kwargs,
):
    """As :func:`thalweg.ot.lp.free_support_barycenter` with entropic plans of strength ``reg``."""
    given = budget(threads)
    inner = kwargs.get("stopThr", 1e-9)

    def plan(b, a, M):
        solved = _engine.entropic(b, _engine.balanced(b, a), M, reg, (None, None), inner, numInnerItermax, None, given)
        solved.ended.warn("A plan of the barycentre", 5)
        return solved.plan

    return free_support(plan, measures_locations, measures_weights, X_init, b, weights, numItermax, stopThr, log)


def lazily(X_s, X_t, reg, a, b, metric, numItermax, stopThr, verbose, warn, warmstart, given, rho=(None, None)):
    """Kind, solution and plan of entropic transport between points without a matrix."""
    kind = Kind(X_s, X_t, a, b)
    x, y = rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    if rho == (None, None):
        b = _engine.balanced(a, b)
    solved = _engine.entropic_points(x, y, a, b, metric, reg, rho, stopThr, numItermax, warmstart, given)[0]
    if warn:
        solved.ended.warn("Sinkhorn", 4)
    if verbose:
        tell(solved)
    return kind, solved, LazyPlan(x, y, solved.log_u, solved.log_v, metric, solved.reg, kind)


def tell(solved):
    """Prints how an entropic solve ended."""
    ended = solved.ended
    print(f"Sinkhorn: {ended.iterations} iterations, marginal error {ended.residual:.3e}, cost {solved.cost:.6g}")


def _check_method(method):
    if str(method).lower() not in METHODS:
        raise InputError(f"Unknown method '{method}'.", f"The methods are {', '.join(METHODS)}.")


def _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given):
    M = costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b = _engine.balanced(a, b)
    warmstart = None if warmstart is None else tuple(host(w, "The start") for w in warmstart)
    solved = _engine.entropic(a, b, M, reg, (None, None), stopThr, numItermax, warmstart, given)
    if warn:
        solved.ended.warn("Sinkhorn", 4)
    if verbose:
        tell(solved)
    return solved


def _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given):
    """Costs to each column of ``b``."""
    starts = [None] * np.shape(b)[1] if warmstart is None else warmstart
    every = [
        _solved(a, b[:, k], M, reg, numItermax, stopThr, verbose, warn, start, given) for k, start in enumerate(starts)
    ]
    found = kind(np.array([solved.cost for solved in every]))
    if not log:
        return found
    logs = [_log(kind, solved) for solved in every]
    stacked = {name: kind(np.stack([getattr(s, name) for s in every], axis=1)) for name in ("log_u", "log_v")}
    scalings = {name[4:]: kind(np.exp(host(value, name))) for name, value in stacked.items()}
    return found, {
        "err": [entry["err"][-1] for entry in logs],
        "niter": max(e["niter"] for e in logs),
        **stacked,
        **scalings,
    }


def _log(kind, solved):
    with np.errstate(over="ignore"):
        scalings = {"u": kind(np.exp(solved.log_u)), "v": kind(np.exp(solved.log_v))}
    return {
        "err": solved.errors,
        "niter": solved.ended.iterations,
        "log_u": kind(solved.log_u),
        "log_v": kind(solved.log_v),
        **scalings,
        "cost": kind(np.float64(solved.cost)),
        "status": solved.ended.status,
    }


def _lazy_log(kind, solved, lazy_plan):
    # In a lazy log POT's u and v are logarithms.
    u, v = kind(solved.log_u), kind(solved.log_v)
    return {"err": solved.errors, "niter": solved.ended.iterations, "u": u, "v": v, "lazy_plan": lazy_plan}
