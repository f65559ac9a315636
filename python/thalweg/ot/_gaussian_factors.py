"""Gaussians in many dimensions, of few principal axes and the same variance along all others; see
:mod:`thalweg.ot.gaussian`."""

import numpy as np

from .._errors import InputError
from . import _derivatives
from ._kinds import Kind, host
from ._public import public


@public
def bures_wasserstein_distance_hd(ms, mt, Us, Ut, ls, lt, sigma2_s, sigma2_t, log=False):
    """W2 (the root) between Gaussians of covariances ``U diag(l) U' + sigma2 I``.

    Means are ``(p,)`` or ``(1, p)``, axes ``U`` are the orthonormal columns of ``(p, k)``, ``l`` is ``(k,)``. The log has
    ``Ss_sq``, the root of the first covariance, and ``St``, the second.
    """
    kind, source, target = _given(ms, mt, Us, Ut, ls, lt, sigma2_s, sigma2_t)
    root, other = _power(source, 0.5), _power(target, 1.0)
    values = np.linalg.eigvalsh(root @ other @ root)
    shift = ((host(ms, "The mean ms") - host(mt, "The mean mt")) ** 2).sum()
    square = shift + sum(_trace(side) for side in (source, target)) - 2.0 * np.sqrt(np.maximum(values, 0.0)).sum()
    value = kind(np.float64(np.sqrt(max(square, 0.0))))
    return (value, {"Ss_sq": kind(root), "St": kind(other)}) if log else value


@public
def bures_wasserstein_mapping_hd(ms, mt, Us, Ut, ls, lt, sigma2_s, sigma2_t, log=False):
    """The optimal map ``x -> x A + b`` between the Gaussians of :func:`bures_wasserstein_distance_hd`; the log has ``Ss_sq`` and
    ``Ss_sqinv``, the root of the first covariance and its inverse."""
    kind, source, target = _given(ms, mt, Us, Ut, ls, lt, sigma2_s, sigma2_t)
    if not source[2] > 0:
        raise InputError(f"sigma2_s is {source[2]:g}, so that the first covariance has no inverse.", "Raise reg.")
    root, inverse = _power(source, 0.5), _power(source, -0.5)
    values, vectors = np.linalg.eigh(root @ _power(target, 1.0) @ root)
    A = inverse @ ((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T) @ inverse
    found = kind(A), kind(host(mt, "The mean mt") - host(ms, "The mean ms") @ A)
    return (*found, {"Ss_sq": kind(root), "Ss_sqinv": kind(inverse)}) if log else found


def leading(C, count, reg):
    """The ``count`` leading axes of a covariance, what they have beyond the mean variance of the others, and this."""
    p = len(C)
    if not 0 < count < p:
        raise InputError(f"The intrinsic dimension is {count}, but it must be from 1 to {p - 1}.")
    values, vectors = np.linalg.eigh(C)
    rest = values[:-count].sum() / (p - count)
    return vectors[:, -count:], values[-count:] - rest, max(rest, reg)


def _given(ms, mt, Us, Ut, ls, lt, sigma2_s, sigma2_t):
    advice = "Compute the closed form with the caller's own arrays, or detach the inputs with detach()."
    _derivatives.refuse("Transport between Gaussians", advice, ms, mt, Us, Ut, ls, lt)
    sides = []
    for U, l, sigma2 in ((Us, ls, sigma2_s), (Ut, lt, sigma2_t)):
        U, l, rest = host(U, "The axes"), host(l, "The variances"), host(sigma2, "A variance")
        if U.ndim != 2 or l.shape != U.shape[1:] or rest.size != 1:
            raise InputError(f"Axes {U.shape} do not fit variances {l.shape} and one more for all others.")
        rest = float(rest.ravel()[0])
        if rest < 0 or (l + rest < 0).any():
            raise InputError(f"A variance is {min(rest, float((l + rest).min())):g}, but none may be negative.")
        sides.append((U, l, rest))
    return Kind(ms, mt, Us, Ut, ls, lt), *sides


def _power(side, exponent):
    """A power of a covariance."""
    U, l, rest = side
    if exponent < 0 and min(rest, (l + rest).min()) == 0:
        raise InputError("A covariance is singular: a variance is 0.", "Add a small multiple of the identity (reg).")
    base = rest**exponent
    return (U * ((l + rest) ** exponent - base)) @ U.T + base * np.eye(len(U))


def _trace(side):
    U, l, rest = side
    return l.sum() + len(U) * rest
