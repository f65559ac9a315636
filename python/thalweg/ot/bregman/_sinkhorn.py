"""Entropic transport under a cost matrix."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, costs, unchecked, weights
from .._public import public

METHODS = ("sinkhorn", "sinkhorn_log", "greenkhorn", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling")
# Settings of POT's variants that this solver has no use for.
VARIANTS = ("tau", "print_period", "epsilon0", "numInnerItermax")


@public
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
        ``G = diag(u) exp(-M / reg) diag(v)``, ``warmstart`` (both logarithms), ``alpha`` and ``beta`` (those times ``reg``),
        ``cost`` and ``status``.

    Warns
    -----
    NotConvergedWarning
        With ``warn``: the iterations ran out; says what would help.
    """
    _check_method(method)
    _engine.known(kwargs, *VARIANTS)
    given = budget(threads, memory)
    kind = Kind(M, a, b)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given)
    solved = _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given)
    plan = solved.joined(kind, M, a, b)
    return (plan, _log(kind, solved)) if log else plan


@public
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
    _engine.known(kwargs, *VARIANTS)
    given = budget(threads, memory)
    kind = Kind(M, a, b)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given)
    solved = _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given)
    cost = _derivatives.paid(kind, solved.joined(kind, M, a, b), M, solved.cost)
    return (cost, {**_log(kind, solved), "cost": cost}) if log else cost


def _check_method(method):
    if str(method).lower() not in METHODS:
        raise InputError(f"Unknown method '{method}'.", f"The methods are {', '.join(METHODS)}.")


def _solved(a, b, M, reg, numItermax, stopThr, verbose, warn, warmstart, given):
    M = costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b = _engine.balanced(a, b)
    warmstart = None if warmstart is None else tuple(unchecked(w, "The start") for w in warmstart)
    solved = _engine.entropic(a, b, M, reg, (None, None), stopThr, numItermax, warmstart, given)
    if warn:
        solved.ended.warn("Sinkhorn")
    if verbose:
        tell(solved)
    return solved


def _histograms(kind, a, b, M, reg, numItermax, stopThr, verbose, log, warn, warmstart, given):
    """Costs to each column of ``b``."""
    starts = [None] * np.shape(b)[1] if warmstart is None else warmstart
    every = [
        _solved(a, b[:, k], M, reg, numItermax, stopThr, verbose, warn, start, given) for k, start in enumerate(starts)
    ]
    plans = (solved.joined(kind, M, a, b[:, k]) for k, solved in enumerate(every))
    found = kind.stack([_derivatives.paid(kind, plan, M, solved.cost) for plan, solved in zip(plans, every)])
    if not log:
        return found
    logs = [_log(kind, solved) for solved in every]
    stacked = {name: kind(np.stack([getattr(s, name) for s in every], axis=1)) for name in ("log_u", "log_v")}
    scalings = {name[4:]: kind(np.exp(unchecked(value, name))) for name, value in stacked.items()}
    return found, {
        "err": [entry["err"][-1] for entry in logs],
        "niter": max(e["niter"] for e in logs),
        **stacked,
        **scalings,
    }


def _log(kind, solved):
    with np.errstate(over="ignore"):
        scalings = {"u": kind(np.exp(solved.log_u)), "v": kind(np.exp(solved.log_v))}
    start = kind(solved.log_u), kind(solved.log_v)
    # Methods of POT have names of their own for the same things.
    by_method = {"alpha": kind(solved.reg * solved.log_u), "beta": kind(solved.reg * solved.log_v), "warmstart": start}
    return {
        "err": solved.errors,
        "niter": solved.ended.iterations,
        "n_iter": solved.ended.iterations,
        **dict.fromkeys(("log_u", "logu"), start[0]),
        **dict.fromkeys(("log_v", "logv"), start[1]),
        **by_method,
        **scalings,
        "cost": kind(np.float64(solved.cost)),
        "status": solved.ended.status,
    }


def tell(solved):
    """Prints how an entropic solve ended."""
    ended = solved.ended
    print(f"Sinkhorn: {ended.iterations} iterations, marginal error {ended.residual:.3e}, cost {solved.cost:.6g}")
