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
their defaults. It is the table that ``thalweg measure`` reads. Flow maps take a velocity on a planar grid, or as a function;
:func:`exponents` takes a law as a function, and :class:`Chain` is a finite Markov chain.
"""

import json

import numpy as np

from . import _thalweg
from ._arrays import figure, matrix, numeric, vector
from ._chains import Chain
from ._errors import InputError
from ._flow_maps import ftle, lavd, momentum_barriers
from ._law_exponents import exponents
from ._resources import resources, whole

__all__ = [
    "Chain",
    "Measured",
    "dimension",
    "drift",
    "embedding",
    "entropy",
    "exponents",
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
        return Measured(json.loads(_thalweg.measure(name, x, columns, figure(dt, "dt"), y, settings, call)))


def _rows(x, what):
    array = numeric(x, what)
    return matrix(array.reshape(-1, 1) if array.ndim == 1 else array, what)
