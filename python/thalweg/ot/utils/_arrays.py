"""Small computations on arrays: projections, products, scalings, splits."""

from functools import reduce

import numpy as np

from ..._errors import InputError
from .._engine import warn
from .._kinds import Kind, host, rows, unchecked, weights
from .._public import public
from ._tools import check_random_state, not_fitted, proj_simplex


@public
def proj_SDP(S, nx=None, vmin=0.0):
    """The nearest symmetric matrices ``(d, d)`` or ``(k, d, d)`` whose eigenvalues are at least ``vmin``."""
    kind, S = Kind(S), host(S, "The matrices S")
    values, vectors = np.linalg.eigh(S)
    return kind((vectors * np.maximum(values, vmin)[..., None, :]) @ np.swapaxes(vectors, -1, -2))


@public
def exp_bures(Sigma, S, nx=None):
    """Where the geodesic of covariances from ``Sigma`` along ``S`` is at time 1: ``(I + S) Sigma (I + S)``."""
    kind, step = Kind(Sigma, S), np.eye(len(S)) + host(S, "The direction S")
    return kind(step @ host(Sigma, "The covariance Sigma") @ step)


@public
def projection_sparse_simplex(V, max_nz, z=1, axis=None, nx=None):
    """The nearest rows (``axis=1``), columns (``axis=0``) or vector with at most ``max_nz`` entries, which are not negative and
    sum to ``z``."""
    kind, array = Kind(V), host(V, "The array V")
    if array.ndim > 2 or not 0 < int(max_nz):
        raise InputError(f"At most {max_nz} entries of an array of the shape {array.shape} cannot be kept.")
    flat = array.ndim == 1 or axis is None
    columns = array.reshape(-1, 1) if flat else (array.T if axis == 1 else array)
    count = min(int(max_nz), len(columns))
    kept = np.argpartition(-columns, count - 1, axis=0)[:count]
    found = np.zeros_like(columns)
    np.put_along_axis(found, kept, proj_simplex(np.take_along_axis(columns, kept, axis=0), z), axis=0)
    return kind(found.ravel() if flat else (found.T if axis == 1 else found))


@public
def get_coordinate_circle(x):
    """Places in [0, 1) on the circle of points ``(n, 2)`` in the plane."""
    kind, x = Kind(x), rows(x, "The points x")
    return kind((np.arctan2(-x[:, 1], -x[:, 0]) + np.pi) / (2.0 * np.pi))


@public
def is_all_finite(*args):
    """Whether every entry of every array is finite."""
    return all(bool(np.isfinite(unchecked(x, "An array")).all()) for x in args)


@public
def dots(*args):
    """The product of matrices, from the left."""
    for x in args:
        host(x, "A matrix")
    return reduce(lambda left, right: left @ right, args)


@public
def get_parameter_pair(parameter):
    """Two numbers from one, or from one or two in an array or a list."""
    if isinstance(parameter, (int, float)):
        return parameter, parameter
    if not 1 <= len(parameter) <= 2:
        raise InputError(f"A pair of parameters is one number or two, but {len(parameter)} were given.")
    return parameter[0], parameter[-1]


@public
def sparse_ot_dist(x1, x2, i, j, w=None, metric="sqeuclidean", p=2, batch_size=None):
    """``sum_k w[i_k] d(x1[i_k], x2[j_k])`` over pairs of rows; ``w`` is one over their number by default.

    ``metric`` is ``sqeuclidean``, ``euclidean``, ``cityblock`` or ``minkowski`` with the exponent ``p``.
    """
    kind, x, y = Kind(x1, x2), rows(x1, "The points x1"), rows(x2, "The points x2")
    power = {"sqeuclidean": 2.0, "euclidean": 2.0, "cityblock": 1.0, "minkowski": float(p)}.get(metric)
    i, j = np.asarray(i), np.asarray(j)
    if power is None or i.shape != j.shape or x.shape[1] != y.shape[1]:
        raise InputError(
            f"Pairs of the shapes {i.shape} and {j.shape} between {x.shape[1]} and {y.shape[1]} coordinates under {metric!r}.",
            "Give as many rows on either side, and sqeuclidean, euclidean, cityblock or minkowski.",
        )
    w = np.full(len(i), 1.0 / max(len(i), 1)) if w is None else host(w, "The weights w")[i]
    value, step = 0.0, len(i) if batch_size is None else int(batch_size)
    for first in range(0, len(i), max(step, 1)):
        block = slice(first, first + step)
        apart = (np.abs(x[i[block]] - y[j[block]]) ** power).sum(axis=1)
        value += float((apart if metric == "sqeuclidean" else apart ** (1.0 / power)) @ w[block])
    return kind(np.float64(value))


@public
def split_sample_ratio(X_a, a=None, ratio=0.5, random_split=False, random_state=None, nx=None):
    """Points ``(n, d)`` parted in two, of which the first have the share ``ratio`` of the mass: the points, the weights and the
    rows of either part. A point that is divided is in both.

    They are parted in their order, or with ``random_split`` in one drawn from ``random_state``.
    """
    kind, X = Kind(X_a, a), rows(X_a, "The points X_a")
    a = weights(a, len(X), "The weights a")
    if not 0 <= ratio <= 1:
        raise InputError(f"The ratio is {ratio!r}, but it must be from 0 to 1.")
    order = check_random_state(random_state).permutation(len(X)) if random_split else np.arange(len(X))
    ends = np.cumsum(a[order])
    first = np.clip(ratio * ends[-1] - (ends - a[order]), 0.0, a[order])
    parts = []
    for part in (first, a[order] - first):
        kept = np.flatnonzero(part > 1e-15 * ends[-1])
        parts.append((X[order[kept]], part[kept], order[kept]))
    (X1, a1, rows1), (X2, a2, rows2) = parts
    return kind(X1), kind(X2), kind(a1), kind(a2), rows1, rows2


@public
def apply_scaler(X_s, X_t, scaler=None):
    """Both clouds under one scaling: a function, or what has ``transform``; as they are without one."""
    rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    if scaler is None:
        return X_s, X_t
    change = getattr(scaler, "transform", scaler)
    if not callable(change):
        raise InputError(f"A {type(scaler).__name__} scales nothing.", "Give a function, or what has transform().")
    return change(X_s), change(X_t)


class DataScaler:
    """Coordinates scaled alike in many clouds: ``standard`` (mean 0, variance 1), ``minmax`` (to [0, 1]) or ``l2`` (each point to
    norm 1).

    Attributes
    ----------
    mean_, std_, min_, max_ : arrays, shape (d,), what was fitted
    """

    def __init__(self, norm="standard"):
        if norm not in ("standard", "minmax", "l2"):
            raise InputError(f"There is no norm called {norm!r}.", "They are standard, minmax and l2.")
        self.norm = norm
        self.mean_ = self.std_ = self.min_ = self.max_ = None

    def fit(self, X):
        """Fits one cloud ``(n, d)``, or a list of clouds together."""
        clouds = list(X) if isinstance(X, (list, tuple)) else [X]
        if not clouds:
            raise InputError("There is nothing to fit to.", "Give at least one cloud.")
        kind, x = Kind(*clouds), np.concatenate([rows(c, "The points") for c in clouds])
        spread, least, most = x.std(axis=0), x.min(axis=0), x.max(axis=0)
        still = most == least
        if still.any() and self.norm != "l2":
            warn(f"{still.sum()} coordinates are the same everywhere, and are not scaled.", RuntimeWarning)
        if self.norm == "standard":
            self.mean_, self.std_ = kind(x.mean(axis=0)), kind(np.where(still, 1.0, spread))
        elif self.norm == "minmax":
            self.min_, self.max_ = kind(least), kind(np.where(still, least + 1.0, most))
        return self

    def transform(self, X):
        """One cloud scaled, or a list of clouds."""
        if isinstance(X, (list, tuple)):
            return [self.transform(x) for x in X]
        kind, x = Kind(X), rows(X, "The points")
        if self.norm == "l2":
            norms = np.linalg.norm(x, axis=1, keepdims=True)
            return kind(x / np.where(norms == 0, 1.0, norms))
        if self.mean_ is None and self.min_ is None:
            raise not_fitted(self)
        if self.norm == "standard":
            return kind((x - host(self.mean_, "mean_")) / host(self.std_, "std_"))
        low, high = host(self.min_, "min_"), host(self.max_, "max_")
        return kind((x - low) / (high - low))

    def fit_transform(self, X):
        """:meth:`fit`, then :meth:`transform`."""
        return self.fit(X).transform(X)


class LazyTensor:
    """An array whose entries ``getitem(*slices, **kwargs)`` computes when they are asked for; ``kwargs`` are attributes too."""

    def __init__(self, shape, getitem, **kwargs):
        self.shape, self.ndim, self.kwargs, self._getitem = tuple(shape), len(shape), kwargs, getitem
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __getitem__(self, key):
        key = key if isinstance(key, tuple) else (key,)
        if len(key) > self.ndim:
            raise IndexError(f"There are {self.ndim} axes, but {len(key)} places were given.")
        return self._getitem(*key, *[slice(None)] * (self.ndim - len(key)), **self.kwargs)

    def __repr__(self):
        return f"LazyTensor(shape={self.shape}, attributes=({', '.join(self.kwargs)}))"


@public
def reduce_lazytensor(a, func, axis=None, nx=None, batch_size=100):
    """``func`` of a lazy array, a block at a time: the sum over blocks of rows, or what ``func(block, axis)`` gives along ``axis``,
    0 or 1, side by side."""
    if axis not in (None, 0, 1):
        raise InputError(f"A lazy array is not reduced along axis {axis!r}.", "Use 0, 1 or None.")
    if axis is None:
        return sum(func(a[i : i + batch_size]) for i in range(0, a.shape[0], batch_size))
    count = a.shape[1 - axis]
    blocks = [slice(i, i + batch_size) for i in range(0, count, batch_size)]
    parts = [func(a[:, b] if axis == 0 else a[b], axis) for b in blocks]
    return Kind(parts[0])(np.concatenate([host(part, "A part") for part in parts]))
