"""What a series does: exponents, dimensions, entropies, recurrence, spectra, distances and tests.

>>> import numpy as np
>>> import thalweg
>>> x = [0.3]
>>> for _ in range(2000): x.append(4 * x[-1] * (1 - x[-1]))
>>> found = thalweg.measure.lyapunov(x)
>>> bool(abs(found - np.log(2)) < 0.07)
True

Every measure takes a series, ``x`` of shape (n,) or (n, d), rows ``dt`` apart, and gives a :class:`Measured`: the
number, its standard error, and what else was found. Settings go by name; ``thalweg.measure.measures()`` lists them with
their defaults. It is the table that ``thalweg measure`` reads. Flow maps take a planar velocity on a grid.
"""

import json
from typing import NamedTuple

import numpy as np

from . import _thalweg
from ._arrays import matrix, number, numeric, vector
from ._errors import InputError
from ._resources import resources, whole

__all__ = [
    "Measured",
    "dimension",
    "drift",
    "embedding",
    "entropy",
    "ftle",
    "lavd",
    "lyapunov",
    "mase",
    "measures",
    "momentum_barriers",
    "permutation_entropy",
    "recurrence",
    "sample_entropy",
    "smape",
    "spectral_distance",
    "spectrum",
    "state_divergence",
    "surrogate",
    "surrogates",
    "valid_time",
]


class Measured(float):
    """A number that was measured; computes as a float.

    Attributes
    ----------
    error : float or None
        Standard error, where one is known.
    figures : dict
        Everything that was measured, by name: dicts of ``value``, ``error`` and ``unit``. What is infinite is NaN.
    curves : list of dict
        Curves behind the figures: ``name``, ``axes``, and the arrays ``x`` and ``y``.
    """

    def __new__(cls, found):
        first = found["figures"][0]["value"]
        self = super().__new__(cls, np.nan if first is None else first)
        self.error = found["figures"][0]["error"]
        keys = ("value", "error", "unit")
        self.figures = {figure["name"]: {key: figure[key] for key in keys} for figure in found["figures"]}
        self.curves = [{**curve, "x": _array(curve["x"]), "y": _array(curve["y"])} for curve in found["curves"]]
        return self

    def __reduce__(self):
        figures = [{"name": name, **figure} for name, figure in self.figures.items()]
        return Measured, ({"figures": figures, "curves": self.curves},)


def _array(values):
    return np.array([np.nan if value is None else value for value in values])


def measures():
    """All measures: dicts of ``name``, ``what``, ``source``, ``claim``, ``compares`` and ``settings`` with defaults."""
    return json.loads(_thalweg.measures())


def surrogate(x, kind="iaaft", *, index=0, seed=0):
    """A surrogate of the series ``x`` (n,): number ``index`` of those of the ``seed``.

    ``kind`` is ``"shuffled"`` (keeps the values), ``"phases"`` (the power spectrum), ``"aaft"`` or ``"iaaft"`` (both,
    the latter best).
    """
    index, seed = (whole(v, name, 0, 2**64 - 1) for v, name in ((index, "index"), (seed, "seed")))
    return _thalweg.surrogate(vector(x, "The values"), json.dumps(kind), index, seed)


class _Frames(NamedTuple):
    """A planar velocity on a grid, read by the native half."""

    x: tuple
    y: tuple
    times: np.ndarray
    values: np.ndarray


def _frames(velocity, x, y, times, periodic):
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
    return _Frames(*axes, times, np.ascontiguousarray(array).reshape(-1))


def _axis(places, name):
    if len(places) < 2 or not np.allclose(np.diff(places), places[1] - places[0], rtol=1e-6):
        raise InputError(f"The places of {name} must be evenly spaced, and at least 4.", "Interpolate to a grid.")
    return float(places[0]), float(places[1] - places[0])


def _carried(native, velocity, x, y, times, periodic, at, options, threads, *rest):
    frames = _frames(velocity, x, y, times, periodic)
    start, length, tolerance, offset = options
    step = min(frames.x[1], frames.y[1])
    settings = {
        "start": float(frames.times[0]) if start is None else number(start, "start"),
        "length": number(length, "length"),
        "tolerance": number(tolerance, "tolerance"),
        "offset": 0.01 * step if offset is None else number(offset, "offset"),
    }
    if at is None:
        at = np.stack(np.meshgrid(vector(x, "x"), vector(y, "y")), axis=-1)
    at = numeric(at, "The points")
    points = matrix(at.reshape(-1, at.shape[-1]) if at.ndim > 2 else at, "The points")
    found = native(frames, points, json.dumps(settings), *rest, resources(0, threads))
    return found.reshape(at.shape[:-1] + found.shape[1:])


def ftle(
    velocity, x, y, times=None, *, length, start=None, at=None, periodic=(False, False), tolerance=1e-7, offset=None,
    threads=None,
):
    """Finite-time Lyapunov exponents of a planar velocity on a grid, per unit of time.

    Parameters
    ----------
    velocity : array_like, shape (times, y, x, 2) or (y, x, 2)
        Bicubic in space, linear in time; beyond the grid that of its edge.
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
    rest = (number(viscosity, "viscosity"), whole(samples, "samples", 1, 10**6), json.dumps(averaging))
    options = (start, length, tolerance, offset)
    return _carried(_thalweg.barriers, velocity, x, y, times, periodic, at, options, threads, *rest)


def dimension(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Correlation dimension of the set that the series fills."""
    return _measure("dimension", x, None, dt, seed, threads, memory, progress, settings)


def drift(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """How far a quantity that ought to be conserved moves; columns are such quantities."""
    return _measure("drift", x, None, dt, seed, threads, memory, progress, settings)


def embedding(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Dimension in which delays show the whole state, with the delay among the figures."""
    return _measure("embedding", x, None, dt, seed, threads, memory, progress, settings)


def entropy(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Entropy of the histogram of values; Renyi's or Tsallis's of an ``order`` among the figures."""
    return _measure("entropy", x, None, dt, seed, threads, memory, progress, settings)


def lyapunov(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Largest Lyapunov exponent, per unit of time."""
    return _measure("lyapunov", x, None, dt, seed, threads, memory, progress, settings)


def permutation_entropy(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Entropy of the orders of neighbouring values, in nats."""
    return _measure("permutation-entropy", x, None, dt, seed, threads, memory, progress, settings)


def recurrence(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Determinism, with recurrence rate, laminarity and lengths of lines among the figures."""
    return _measure("recurrence", x, None, dt, seed, threads, memory, progress, settings)


def sample_entropy(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Sample entropy, with those of coarser scales among figures and curves."""
    return _measure("sample-entropy", x, None, dt, seed, threads, memory, progress, settings)


def spectrum(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Peak frequency, with the mean frequency and the time of correlation; the spectrum is a curve."""
    return _measure("spectrum", x, None, dt, seed, threads, memory, progress, settings)


def surrogates(x, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """p-value, by rank, of a test against surrogates of a linear process."""
    return _measure("surrogates", x, None, dt, seed, threads, memory, progress, settings)


def mase(x, y, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Error of the forecast ``y`` of ``x``, over that of repeating a value of ``x``."""
    return _measure("mase", x, y, dt, seed, threads, memory, progress, settings)


def smape(x, y, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """Symmetric mean absolute percentage error of the forecast ``y`` of ``x``."""
    return _measure("smape", x, y, dt, seed, threads, memory, progress, settings)


def spectral_distance(x, y, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """D_H: Hellinger distance of smoothed power spectra, from 0 to 1."""
    return _measure("spectral-distance", x, y, dt, seed, threads, memory, progress, settings)


def state_divergence(x, y, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """D_stsp: divergence of the set that ``x`` (the truth) fills from that of ``y``, in nats."""
    return _measure("state-divergence", x, y, dt, seed, threads, memory, progress, settings)


def valid_time(x, y, *, dt=1.0, seed=0, threads=None, memory=None, progress=None, **settings):
    """How long the forecast ``y`` of ``x`` stays within ``threshold`` standard deviations."""
    return _measure("valid-time", x, y, dt, seed, threads, memory, progress, settings)


def _measure(name, x, y, dt, seed, threads, memory, progress, settings):
    columns = [str(column) for column in getattr(x, "columns", ())]
    x, y = _rows(x, "The series"), None if y is None else _rows(y, "The other series")
    columns = columns if len(columns) == x.shape[1] else [f"x{k}" for k in range(x.shape[1])]
    try:
        settings = json.dumps(settings)
    except TypeError as error:
        raise InputError(f"A setting is not plain data: {error}.", "Give numbers, text or lists of them.") from None
    call = resources(seed, threads, memory, progress)
    with call:
        return Measured(json.loads(_thalweg.measure(name, x, columns, number(dt, "dt"), y, settings, call)))


def _rows(x, what):
    array = numeric(x, what)
    return matrix(array.reshape(-1, 1) if array.ndim == 1 else array, what)
