"""Barycentres of histograms whose masses differ."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine, _logs
from .._kinds import Kind, costs, histograms, host
from .._public import public

# As in POT, the first iterations are not asked whether they changed anything.
_LEAST = 10


@public
def barycenter_unbalanced(
    A,
    M,
    reg,
    reg_m,
    method="sinkhorn",
    weights=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """The histogram nearest to the columns of ``A`` in unbalanced entropic transport cost.

    Parameters
    ----------
    A : array_like, shape (n, k)
        Histograms, of any masses.
    M : array_like, shape (n, n)
        Costs between bins.
    reg, reg_m : float
        Strength of the entropy, and price of missing a marginal.
    method : str
        ``sinkhorn`` or ``sinkhorn_stabilized``; both mean iterations in the log domain.
    weights : array_like, shape (k,), optional
        How much each counts; equal by default.
    stopThr : float
        Ends once the largest change of a bin, relative to the largest bin or 1, is less.

    Returns
    -------
    b : array, shape (n,)
    log : dict
        With ``log=True``: ``err``, ``niter``, ``logu``, ``logv`` and ``status``.

    Notes
    -----
    Chizat, Peyre, Schmitzer, Vialard, Math. Comp. 87 (2018).
    """
    if str(method).lower() not in ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_reg_scaling"):
        raise InputError(f"Unknown method '{method}'.", "The methods are sinkhorn and sinkhorn_stabilized.")
    _derivatives.refuse("An unbalanced barycentre", "Detach the inputs with detach().", A, M, weights)
    _engine.known(kwargs, "tau")
    kind, A, M = Kind(A, M), histograms(A), costs(M)
    k = A.shape[1]
    shares = np.full(k, 1.0 / k) if weights is None else host(weights, "The weights").ravel()
    reg, reg_m = _engine.positive(reg, "reg"), _engine.positive(reg_m, "reg_m")
    kernel, power = -M / reg, reg_m / (reg_m + reg)
    with np.errstate(divide="ignore"):
        logs_of_bins, logs_of_shares = np.log(A.T), np.log(shares)[:, None]
    v, errors, bins = np.zeros(logs_of_bins.shape), [], np.ones(A.shape[0])
    for step in range(int(numItermax)):
        u = power * (logs_of_bins - _logs.product(kernel, v))
        asked = _logs.product(kernel.T, u)
        mixed = logs_of_shares + (1.0 - power) * asked
        logs = _logs.product(np.zeros((1, k)), mixed.T)[:, 0] / (1.0 - power)
        v = power * (logs - asked)
        before, bins = bins, np.exp(logs)
        errors.append(float(np.abs(bins - before).max() / max(bins.max(), before.max(), 1.0)))
        if errors[-1] < stopThr and step > _LEAST:
            break
    settled = bool(errors) and errors[-1] < stopThr
    ended = _engine.Ended(settled, len(errors), errors[-1] if errors else np.inf, "Raise numItermax.")
    ended.warn("The unbalanced barycentre")
    if verbose:
        print(f"Unbalanced barycentre: {ended.iterations} iterations, change {ended.residual:.3e}")
    if not log:
        return kind(bins)
    said = {"err": errors, "niter": ended.iterations, "logu": kind(u.T), "logv": kind(v.T), "status": ended.status}
    return kind(bins), said


@public
def barycenter_unbalanced_sinkhorn(
    A, M, reg, reg_m, weights=None, numItermax=1000, stopThr=1e-6, verbose=False, log=False
):
    """:func:`barycenter_unbalanced` by the name of a method."""
    return barycenter_unbalanced(A, M, reg, reg_m, "sinkhorn", weights, numItermax, stopThr, verbose, log)


@public
def barycenter_unbalanced_stabilized(
    A, M, reg, reg_m, weights=None, tau=1e3, numItermax=1000, stopThr=1e-6, verbose=False, log=False
):
    """:func:`barycenter_unbalanced` by the name of a method."""
    return barycenter_unbalanced(A, M, reg, reg_m, "sinkhorn_stabilized", weights, numItermax, stopThr, verbose, log)
