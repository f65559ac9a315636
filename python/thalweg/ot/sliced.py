"""Distances by directions. Names and conventions as in POT's ``ot.sliced``."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives
from ._engine import budget
from ._kinds import Kind, host, rows, weights
from ._public import public
from ._sliced_plans import expected_sliced_plan, min_sliced_transport_plan, sliced_plans
from ._sphere import (
    get_projections_sphere,
    linear_sliced_wasserstein_sphere,
    projection_sphere_to_circle,
    sliced_wasserstein_sphere,
    sliced_wasserstein_sphere_unif,
)
from .utils import check_random_state

__all__ = [
    "expected_sliced_plan",
    "get_projections_sphere",
    "get_random_projections",
    "linear_sliced_wasserstein_sphere",
    "max_sliced_wasserstein_distance",
    "min_sliced_transport_plan",
    "projection_sphere_to_circle",
    "sliced_plans",
    "sliced_wasserstein_distance",
    "sliced_wasserstein_sphere",
    "sliced_wasserstein_sphere_unif",
]


@public
def get_random_projections(d, n_projections, seed=None, backend=None, type_as=None):
    """Directions uniform on the sphere, the columns of ``(d, n_projections)``; those of POT on NumPy for equal
    seeds."""
    drawn = check_random_state(seed).randn(d, n_projections)
    return Kind(type_as)(drawn / np.sqrt((drawn**2).sum(axis=0, keepdims=True)))


@public
def sliced_wasserstein_distance(
    X_s,
    X_t,
    a=None,
    b=None,
    n_projections=50,
    p=2,
    projections=None,
    seed=None,
    log=False,
    scaler=None,
    *,
    threads=None,
    memory=None,
):
    """``(mean over directions of W_p^p)^(1/p)``.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, d)
    a, b : array_like, shapes (n,) and (m,), optional
        Weights, each side normalised to mass 1.
    n_projections : int
        Directions drawn from ``seed``.
    p : float
        At least 1.
    projections : array_like, shape (d, k), optional
        Directions to use instead.
    scaler : object with ``transform``, or callable, optional
        Applied to both sides first.

    Returns
    -------
    float
    log : dict
        With ``log=True``: ``projections``, shape ``(d, k)``, and ``projected_emds``, shape ``(k,)``.
    """
    costs, kind, directions = _slices(
        X_s, X_t, a, b, n_projections, p, projections, seed, scaler, budget(threads, memory)
    )
    return _value(kind, costs, costs.mean() ** (1.0 / p), directions, log)


@public
def max_sliced_wasserstein_distance(
    X_s,
    X_t,
    a=None,
    b=None,
    n_projections=50,
    p=2,
    projections=None,
    seed=None,
    log=False,
    scaler=None,
    *,
    threads=None,
    memory=None,
):
    """``W_p`` along the direction, of those drawn, where it is largest. Otherwise as
    :func:`sliced_wasserstein_distance`."""
    costs, kind, directions = _slices(
        X_s, X_t, a, b, n_projections, p, projections, seed, scaler, budget(threads, memory)
    )
    return _value(kind, costs, costs.max() ** (1.0 / p), directions, log)


def _slices(X_s, X_t, a, b, n_projections, p, projections, seed, scaler, resources):
    X_s, X_t = _scaled(X_s, X_t, scaler)
    given = X_s, X_t, a, b, projections
    kind = Kind(*given)
    x, y = rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    if projections is None:
        directions = get_random_projections(x.shape[1], n_projections, seed)
    else:
        directions = host(projections, "The projections")
    along = np.ascontiguousarray(directions.T)
    costs = _thalweg.ot_sliced_costs(x, y, a, b, along, float(p), resources)
    back = _derivatives.of_slices(x, a / a.sum(), y, b / b.sum(), along, float(p))
    return _derivatives.joined(kind, costs, given, back) if _derivatives.wanted(*given) else costs, kind, directions


def _value(kind, costs, value, directions, log):
    if isinstance(costs, np.ndarray):
        costs, value = kind(costs), kind(value)
    return (value, {"projections": kind(directions), "projected_emds": costs}) if log else value


def _scaled(x, y, scaler):
    change = getattr(scaler, "transform", scaler)
    if change is None:
        return x, y
    if not callable(change):
        raise InputError(f"The scaler is {scaler!r}, but it must be a function or have a method transform.")
    return change(x), change(y)
