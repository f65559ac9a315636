"""Barycentres on grids of pixels, and barycentres that entropy does not blur."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine, _logs
from .._kinds import Kind, costs, histograms, host, masses
from .._public import public

# How often the iteration is asked whether it has settled, how long it is left alone first, and the steps of the correction.
_EVERY, _LEAST, _CORRECTIONS = 10, 20, 10


@public
def barycenter_debiased(
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
    **kwargs,
):
    """The histogram nearest to the columns of ``A`` in Sinkhorn divergence, which is not blurred by the entropy.

    Parameters as in :func:`thalweg.ot.bregman.barycenter`; ``M`` is symmetric. Janati, Cuturi, Gramfort, ICML 2020.
    """
    _check(method, kwargs)
    _derivatives.refuse("An entropic barycentre", "Detach the inputs with detach().", A, M, weights)
    kind, A, M = Kind(A, M), histograms(A), costs(M)
    kernel = -M / _engine.positive(reg, "reg")
    shares = _shares(weights, A.shape[1])
    logs, said = _iterate(A.T, shares, lambda x: _logs.product(kernel, x), True, numItermax, stopThr, warn, verbose)
    return (kind(np.exp(logs)), said) if log else kind(np.exp(logs))


@public
def convolutional_barycenter2d(
    A,
    reg,
    weights=None,
    method="sinkhorn",
    numItermax=10000,
    stopThr=1e-4,
    verbose=False,
    log=False,
    warn=True,
    **kwargs,
):
    """The image nearest to several in entropic transport cost, squared distances being taken in the unit square.

    Parameters
    ----------
    A : array_like, shape (k, width, height)
        Images of equal mass.
    reg : float
        Strength of the entropy, in units of the squared side.
    weights : array_like, shape (k,), optional
    method : str
        ``sinkhorn`` or ``sinkhorn_log``; both mean iterations in the log domain, one axis at a time.
    stopThr : float
        Ends once the standard deviations of what the images ask of a pixel add up to less.

    Returns
    -------
    image : array, shape (width, height)
    log : dict
        With ``log=True``: ``err`` (once in ten iterations), ``niter`` and ``status``.

    Notes
    -----
    Solomon, de Goes, Peyre, Cuturi, Butscher, Nguyen, Du, Guibas, ACM Trans. Graph. 34 (2015).
    """
    return _images(A, reg, weights, method, False, numItermax, stopThr, verbose, log, warn, kwargs)


@public
def convolutional_barycenter2d_debiased(
    A,
    reg,
    weights=None,
    method="sinkhorn",
    numItermax=10000,
    stopThr=1e-3,
    verbose=False,
    log=False,
    warn=True,
    **kwargs,
):
    """:func:`convolutional_barycenter2d` in Sinkhorn divergence, which is not blurred by the entropy."""
    return _images(A, reg, weights, method, True, numItermax, stopThr, verbose, log, warn, kwargs)


def _images(A, reg, weights, method, debias, numItermax, stopThr, verbose, log, warn, kwargs):
    _check(method, kwargs)
    _derivatives.refuse("An entropic barycentre", "Detach the inputs with detach().", A, weights)
    kind, A = Kind(A), masses(host(A, "The images A"), "The images A")
    if A.ndim != 3:
        raise InputError(
            f"The images A have {A.ndim} axes, but stacked images have 3.", "Stack them: (k, width, height)."
        )
    reg = _engine.positive(reg, "reg")
    kernels = [-(np.subtract.outer(t, t) ** 2) / reg for t in (np.linspace(0.0, 1.0, n) for n in A.shape[1:])]

    def blurred(logs):
        along = _logs.product(kernels[1], logs)
        return np.swapaxes(_logs.product(kernels[0], np.swapaxes(along, -1, -2)), -1, -2)

    logs, said = _iterate(A, _shares(weights, len(A)), blurred, debias, numItermax, stopThr, warn, verbose)
    return (kind(np.exp(logs)), said) if log else kind(np.exp(logs))


def _iterate(histograms, shares, blurred, debias, numItermax, stopThr, warn, verbose):
    """The logarithm of the barycentre of ``(k, ...)`` histograms under a blur of logarithms, and what the log says."""
    along = shares.reshape((-1,) + (1,) * (histograms.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.log(histograms)
        found = np.full(histograms.shape[1:], -np.log(histograms[0].size))
        correction, asked, errors = np.zeros_like(found), blurred(np.zeros_like(given)), []
        for step in range(int(numItermax)):
            v = found - asked
            asked = blurred(given - blurred(v))
            found = correction + (along * asked).sum(axis=0)
            for _ in range(_CORRECTIONS if debias else 0):
                correction = 0.5 * (correction + found - blurred(correction))
            if step % _EVERY == _EVERY - 1:
                errors.append(float(np.exp(v + asked).std(axis=0).sum()))
                if errors[-1] < stopThr and not (debias and step <= _LEAST):
                    break
    settled = bool(errors) and errors[-1] < stopThr
    ended = _engine.Ended(settled, step + 1, errors[-1] if errors else np.inf, "Raise numItermax or reg.")
    if warn:
        ended.warn("The barycentre")
    if verbose:
        print(f"Barycentre: {ended.iterations} iterations, error {ended.residual:.3e}")
    return found, {"err": errors, "niter": ended.iterations, "status": ended.status}


def _check(method, kwargs):
    if str(method).lower() not in ("sinkhorn", "sinkhorn_log"):
        raise InputError(f"Unknown method '{method}'.", "The methods are sinkhorn and sinkhorn_log.")
    _engine.known(kwargs, "stabThr")


def _shares(weights, k):
    return np.full(k, 1.0 / k) if weights is None else host(weights, "The weights").ravel()
