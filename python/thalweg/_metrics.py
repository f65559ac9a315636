"""Distances between weighted point sets. Both sides are normalised to mass 1."""

from . import _thalweg
from ._arrays import matrix, number, vector
from ._resources import resources, whole

# As many as the engine draws.
_MOST_DIRECTIONS = 1_000_000


def w1(x, y, x_weights=None, y_weights=None, *, threads=None):
    """Exact 1-Wasserstein distance: ``min E|x - y|`` over couplings, in units of the data.

    Parameters
    ----------
    x : array_like, shape (n, d)
    y : array_like, shape (m, d)
    x_weights : array_like, shape (n,), optional
        Not negative; every row counts 1 by default.
    y_weights : array_like, shape (m,), optional
    threads : int, optional
        As in :func:`learn`.

    Returns
    -------
    float

    Raises
    ------
    InputError
        Different dimensions, numbers that are not finite, weights that are negative or all zero.

    Notes
    -----
    Keeps the ``n x m`` costs: subsample beyond some 5,000 points. In one dimension it sorts instead.
    """
    return _distance("w1", x, y, x_weights, y_weights, None, threads)


def w2(x, y, x_weights=None, y_weights=None, *, threads=None):
    """Exact 2-Wasserstein distance, the root: ``sqrt(min E|x - y|^2)``, in units of the data.

    Otherwise as :func:`w1`.
    """
    return _distance("w2", x, y, x_weights, y_weights, None, threads)


def sliced_w2(x, y, x_weights=None, y_weights=None, *, directions=128, seed=0, threads=None):
    """Sliced 2-Wasserstein distance: the root of the mean of ``W2^2`` over random directions, in units of the data.

    ``directions`` is how many, from 1 to 1,000,000, drawn uniformly on the sphere from ``seed``; the cost is linear in
    the points but for a sort. Otherwise as :func:`w1`.
    """
    directions = whole(directions, "directions", 1, _MOST_DIRECTIONS, "Some hundreds are enough for two digits.")
    return _distance("sliced-w2", x, y, x_weights, y_weights, float(directions), threads, seed)


def max_sliced_w2(x, y, x_weights=None, y_weights=None, *, directions=64, seed=0, threads=None):
    """Max-sliced 2-Wasserstein distance: the largest ``W2`` of the projections on a direction, in units of the data.

    Projected gradient ascent from the best of ``directions`` random directions, drawn from ``seed``, and of that
    between the means: a local maximum, never above the distance. Otherwise as :func:`w1`, at the cost of
    :func:`sliced_w2`.
    """
    directions = whole(directions, "directions", 1, _MOST_DIRECTIONS, "Some dozens are enough to start from.")
    return _distance("max-sliced-w2", x, y, x_weights, y_weights, float(directions), threads, seed)


def mmd(x, y, x_weights=None, y_weights=None, *, bandwidth=None, threads=None):
    """Maximum mean discrepancy (the root) with the kernel ``exp(-|x - y|^2 / (2 s^2))``, between 0 and sqrt(2).

    ``bandwidth`` is ``s`` in units of the data, by default the median distance of the pooled points. Otherwise as
    :func:`w1`, with linear memory.
    """
    bandwidth = None if bandwidth is None else number(bandwidth, "bandwidth")
    return _distance("mmd", x, y, x_weights, y_weights, bandwidth, threads)


def energy_distance(x, y, x_weights=None, y_weights=None, *, threads=None):
    """Energy distance ``2 E|X - Y| - E|X - X'| - E|Y - Y'|`` (not its root), in units of the data. As :func:`w1`."""
    return _distance("energy", x, y, x_weights, y_weights, None, threads)


def _distance(name, x, y, x_weights, y_weights, parameter, threads, seed=0):
    x, y = matrix(x), matrix(y)
    x_weights = None if x_weights is None else vector(x_weights, "The weights of x", len(x))
    y_weights = None if y_weights is None else vector(y_weights, "The weights of y", len(y))
    return _thalweg.distance(name, x, y, x_weights, y_weights, parameter, resources(seed, threads))
