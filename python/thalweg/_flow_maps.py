"""Flow maps of velocities on a planar grid, or of functions."""

import json
from typing import NamedTuple

import numpy as np

from . import _thalweg
from ._arrays import figure, matrix, numeric, vector
from ._callables import checked
from ._errors import InputError
from ._resources import resources, whole


class Frames(NamedTuple):
    """A planar velocity on a grid, read by the native half."""

    x: tuple
    y: tuple
    times: np.ndarray
    values: np.ndarray


def frames(velocity, x, y, times, periodic):
    array = numeric(velocity, "The velocity")
    array = array[None] if array.ndim == 3 else array
    times = np.arange(float(len(array))) if times is None else vector(times, "The times")
    x, y = vector(x, "x"), vector(y, "y")
    if array.shape != (len(times), len(y), len(x), 2):
        raise InputError(
            f"The velocity has the shape {array.shape}, but it must be (times, y, x, 2): "
            f"({len(times)}, {len(y)}, {len(x)}, 2)."
        )
    axes = [(*_axis(a, name), len(a), bool(wraps)) for a, name, wraps in zip((x, y), ("x", "y"), periodic)]
    return Frames(*axes, times, np.ascontiguousarray(array).reshape(-1))


def _of_function(velocity, x, y, at, options, threads):
    start, length, tolerance, offset = options
    if at is None:
        if x is None or y is None:
            raise InputError("A function is given without points.", "Give x and y, the sides of a grid, or points as at.")
        x, y = vector(x, "x"), vector(y, "y")
        at = np.stack(np.meshgrid(x, y), axis=-1)
        # Small beside what the field shows.
        offset = 1e-3 * min(_axis(x, "x")[1], _axis(y, "y")[1]) if offset is None else offset
    at = numeric(at, "The points")
    settings = {
        "start": 0.0 if start is None else figure(start, "start"),
        "length": figure(length, "length"),
        "tolerance": figure(tolerance, "tolerance"),
        "offset": 1e-4 if offset is None else figure(offset, "offset"),
    }
    points = matrix(at.reshape(-1, at.shape[-1]), "The points")
    call = checked(velocity, "velocity")
    found = _thalweg.ftle_of_function(call, points, json.dumps(settings), resources(0, threads))
    return found.reshape(at.shape[:-1])


def _axis(places, name):
    if len(places) < 2 or not np.allclose(np.diff(places), places[1] - places[0], rtol=1e-6):
        raise InputError(f"The places of {name} must be evenly spaced, and at least 4.", "Interpolate to a grid.")
    return float(places[0]), float(places[1] - places[0])


def _carried(native, velocity, x, y, times, periodic, at, options, threads, *rest):
    grid = frames(velocity, x, y, times, periodic)
    start, length, tolerance, offset = options
    step = min(grid.x[1], grid.y[1])
    settings = {
        "start": float(grid.times[0]) if start is None else figure(start, "start"),
        "length": figure(length, "length"),
        "tolerance": figure(tolerance, "tolerance"),
        "offset": 0.01 * step if offset is None else figure(offset, "offset"),
    }
    if at is None:
        at = np.stack(np.meshgrid(vector(x, "x"), vector(y, "y")), axis=-1)
    at = numeric(at, "The points")
    points = matrix(at.reshape(-1, at.shape[-1]) if at.ndim > 2 else at, "The points")
    found = native(grid, points, json.dumps(settings), *rest, resources(0, threads))
    return found.reshape(at.shape[:-1] + found.shape[1:])


def ftle(
    velocity, x=None, y=None, times=None, *, length, start=None, at=None, periodic=(False, False), tolerance=1e-7, offset=None,
    threads=None,
):
    """Finite-time Lyapunov exponents of a flow, per unit of time.

    Parameters
    ----------
    velocity : array_like, shape (times, y, x, 2) or (y, x, 2), or callable
        Bicubic in space, and in time where frames are even; beyond the grid that of its edge. Or ``velocity(t, x)``, a function of states of
        shape (rows, d), of any dimension where ``at`` gives the points.
    x, y, times : array_like
        Evenly spaced places; times of the frames, by default 0, 1, ...
    length : float
        For how long points are carried; negative for backward, which shows what attracts.
    start : float, optional
        The time at which they are given, by default the first.
    at : array_like, shape (..., 2), optional
        The points, by default those of the grid.
    periodic : (bool, bool)
        Whether x and y go around.
    tolerance, offset : float
        Of a step; distance of the neighbours that part, by default a hundredth of the grid.

    Returns
    -------
    ndarray, the shape of the points: by default (y, x)
    """
    options = (start, length, tolerance, offset)
    if callable(velocity):
        return _of_function(velocity, x, y, at, options, threads)
    return _carried(_thalweg.ftle, velocity, x, y, times, periodic, at, options, threads)


def lavd(
    velocity, x, y, times=None, *, length, start=None, at=None, periodic=(False, False), tolerance=1e-7, offset=None,
    samples=100, threads=None,
):
    """Lagrangian-averaged vorticity deviation: ``samples`` times along each path, otherwise as :func:`ftle`."""
    samples = whole(samples, "samples", 1, 10**6)
    options = (start, length, tolerance, offset)
    return _carried(_thalweg.vorticity_deviation, velocity, x, y, times, periodic, at, options, threads, samples)


def momentum_barriers(
    velocity, x, y, times=None, *, viscosity, length, start=None, at=None, periodic=(False, False), tolerance=1e-7,
    offset=None, samples=40, averaging="pulled-back", threads=None,
):
    """The barrier field of momentum, shape (..., 2): the mean of the viscous force along each path.

    ``averaging`` is ``"pulled-back"`` (by the inverse of the gradient of the flow map) or ``"plain"``; otherwise as
    :func:`lavd`.
    """
    rest = (figure(viscosity, "viscosity"), whole(samples, "samples", 1, 10**6), json.dumps(averaging))
    options = (start, length, tolerance, offset)
    return _carried(_thalweg.barriers, velocity, x, y, times, periodic, at, options, threads, *rest)
