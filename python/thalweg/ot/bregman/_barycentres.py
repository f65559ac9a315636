"""Barycentres in entropic transport cost."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, costs, histograms, host
from .._public import public
from ..lp._barycentres import free_support
from ._sinkhorn import VARIANTS


@public
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
    memory=None,
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
    _engine.known(kwargs, *VARIANTS)
    _derivatives.refuse("An entropic barycentre", "Detach the inputs with detach().", A, M, weights)
    kind, A, M = Kind(A, M), histograms(A), costs(M)
    shares = np.full(A.shape[1], 1.0 / A.shape[1]) if weights is None else host(weights, "The weights").ravel()
    rows = np.ascontiguousarray(A.T)
    masses = A.sum(axis=0)
    if np.ptp(masses) > 1e-5 * masses.max():
        raise InputError(
            f"Histograms of one barycentre have one mass, but theirs go from {masses.min():g} to {masses.max():g}.",
            "Normalise the columns of A.",
        )
    found, end = _thalweg.ot_barycentre(
        rows, shares, M, _engine.positive(reg, "reg"), float(stopThr), int(numItermax), budget(threads, memory)
    )
    ended = _engine.Ended(*end)
    if warn:
        ended.warn("The barycentre")
    if verbose:
        print(f"Barycentre: {ended.iterations} iterations, error {ended.residual:.3e}")
    said = {"err": [ended.residual], "niter": ended.iterations, "status": ended.status}
    return (kind(found), said) if log else kind(found)


@public
def barycenter_sinkhorn(
    A, M, reg, weights=None, numItermax=1000, stopThr=1e-4, verbose=False, log=False, warn=True, *, threads=None
):
    """:func:`barycenter` by the name of a method."""
    return barycenter(A, M, reg, weights, "sinkhorn", numItermax, stopThr, verbose, log, warn, threads=threads)


@public
def barycenter_stabilized(
    A,
    M,
    reg,
    tau=1e10,
    weights=None,
    numItermax=1000,
    stopThr=1e-4,
    verbose=False,
    log=False,
    warn=True,
    *,
    threads=None,
):
    """:func:`barycenter` by the name of a method."""
    return barycenter(
        A, M, reg, weights, "sinkhorn_stabilized", numItermax, stopThr, verbose, log, warn, threads=threads
    )


@public(numItermax="numInnerItermax")
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
    memory=None,
    **kwargs,
):
    """As :func:`thalweg.ot.lp.free_support_barycenter` with entropic plans of strength ``reg``."""
    given = budget(threads, memory)
    inner = kwargs.get("stopThr", 1e-9)

    def plan(b, a, M):
        solved = _engine.entropic(b, _engine.balanced(b, a), M, reg, (None, None), inner, numInnerItermax, None, given)
        solved.ended.warn("A plan of the barycentre")
        return solved.plan

    return free_support(plan, measures_locations, measures_weights, X_init, b, weights, numItermax, stopThr, log)
