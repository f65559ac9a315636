"""Distances between points and what is made of them."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives
from .._engine import budget
from .._kinds import Kind, host, is_torch, rows
from .._public import public

_DETACH = "Detach the input with detach()."
_NATIVE = {
    "sqeuclidean",
    "euclidean",
    "cityblock",
    "chebyshev",
    "minkowski",
    "cosine",
    "correlation",
    "canberra",
    "braycurtis",
    "hamming",
}


@public
def dist(x1, x2=None, metric="sqeuclidean", p=2, w=None, backend="auto", nx=None, use_tensor=False, *, threads=None):
    """Distances between the rows of two clouds.

    Parameters
    ----------
    x1 : array_like, shape (n, d)
    x2 : array_like, shape (m, d), optional
        ``x1`` where it is left out.
    metric : str or callable
        ``sqeuclidean``, ``euclidean``, ``cityblock``, ``chebyshev``, ``minkowski``, ``cosine``, ``correlation``,
        ``canberra``, ``braycurtis``, ``hamming``; a function of two rows; any other name goes to SciPy.
    p : float
        Exponent of ``minkowski``.
    w : array_like, shape (d,), optional
        Weights of the coordinates in ``minkowski``.
    backend, nx, use_tensor
        Not used.

    Returns
    -------
    array, shape (n, m), of the kind of ``x1``

    Raises
    ------
    InputError
        Different dimensions, numbers that are not finite, an unknown metric.
    """
    kind = Kind(x1, x2)
    x = rows(x1, "The points x1")
    y = x if x2 is None else rows(x2, "The points x2")
    if callable(metric) or metric not in _NATIVE:
        _derivatives.refuse(f"The metric {metric}", "Use sqeuclidean, euclidean, cityblock or cosine.", x1, x2)
    if callable(metric):
        return kind(np.array([[metric(a, b) for b in y] for a in x], dtype=np.float64))
    if metric not in _NATIVE:
        return kind(_by_scipy(x, y, metric, p, w))
    weight = None if w is None or metric != "minkowski" else host(w, "The weights w")
    distances = _thalweg.ot_distances(x, y, metric, float(p), weight, budget(threads))
    if not _derivatives.wanted(x1, x2):
        return kind(distances)
    back = _derivatives.of_distances(x, y, distances, metric)
    if back is None:
        _derivatives.refuse(f"The metric {metric}", "Use sqeuclidean, euclidean, cityblock or cosine.", x1, x2)
    if x2 is None:
        return _derivatives.joined(kind, distances, (x1,), lambda slope: (sum(back(slope)),))
    return _derivatives.joined(kind, distances, (x1, x2), back)


def _by_scipy(x, y, metric, p, w):
    try:
        from scipy.spatial.distance import cdist
    except ImportError:
        raise InputError(
            f'There is no metric called "{metric}" without SciPy.', f"Install it, or use one of {sorted(_NATIVE)}."
        ) from None
    more = {"p": p} if metric.endswith("minkowski") else {}
    if w is not None:
        more["w"] = w
    try:
        return np.ascontiguousarray(cdist(x, y, metric=metric, **more))
    except (ValueError, TypeError) as error:
        raise InputError(f'The metric "{metric}" was refused: {error}') from None


@public
def euclidean_distances(X, Y, squared=False, nx=None):
    """Euclidean distances between rows, or their squares: shape ``(n, m)``."""
    return dist(X, Y, "sqeuclidean" if squared else "euclidean")


@public
def dist0(n, method="lin_square"):
    """Squared distances between the numbers 0 to ``n - 1``, shape ``(n, n)``; zero for any other ``method``."""
    if method != "lin_square":
        return 0
    x = np.arange(n, dtype=np.float64)[:, None]
    return dist(x, x)


@public
def kernel(x1, x2, method="gaussian", sigma=1, **kwargs):
    """``exp(-|x - y|^2 / (2 sigma^2))`` between rows, shape ``(n, m)``."""
    if method.lower() not in ("gaussian", "gauss", "rbf"):
        raise InputError(f'There is no kernel called "{method}".', "The kernel is gaussian.")
    exponent = dist(x1, x2) / (-2 * sigma**2)
    return exponent.exp() if is_torch(exponent) else Kind(x1, x2)(np.exp(host(exponent, "The distances")))


@public
def laplacian(x):
    """Graph Laplacian ``diag(sum_i x_ij) - x`` of a weight matrix, shape ``(n, n)``."""
    _derivatives.refuse("The Laplacian", _DETACH, x)
    kind, x = Kind(x), host(x, "The weights")
    return kind(np.diag(x.sum(axis=0)) - x)


@public
def cost_normalization(C, norm=None, return_value=False, value=None):
    """Costs divided by their ``median`` or ``max``, or under ``log(1 + C)`` (``log``) once or twice (``loglog``).

    ``value`` overrides the divisor; with ``return_value`` it is returned as well (None where there is none).
    """
    _derivatives.refuse("A normalised cost", "Divide the costs by a number, or detach them with detach().", C)
    kind, scaled = Kind(C), host(C, "The costs")
    if norm in ("median", "max"):
        value = float(np.median(scaled) if norm == "median" else scaled.max()) if value is None else float(value)
        scaled = scaled / value
    elif norm == "log":
        scaled = np.log1p(scaled)
    elif norm == "loglog":
        scaled = np.log1p(np.log1p(scaled))
    elif norm is not None:
        raise InputError(f'There is no normalisation called "{norm}".', "They are median, max, log and loglog.")
    return (kind(scaled), value) if return_value else kind(scaled)
