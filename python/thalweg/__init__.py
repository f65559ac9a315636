"""Thalweg: from snapshots of a population to how it moves.

>>> run = thalweg.learn(x, times, hold_out=[2.0])  # doctest: +SKIP
>>> run.push(x, 0.0, 3.0)  # doctest: +SKIP

:func:`learn` takes AnnData, data frames, mappings, arrays and files, and gives a :class:`Run`. The classes with
scikit-learn conventions (``thalweg.FlowMatching`` and one more for every method) need scikit-learn and are imported
when they are first asked for. ``import thalweg.ot as ot`` is optimal transport under the names of POT;
``thalweg.systems`` has known laws and what they do.
"""

from ._errors import DataWarning, FailedError, InputError, NotConvergedWarning, NotFittedError, ThalwegError
from ._learn import learn
from ._match import Match, Plan, match
from ._methods import methods, verify
from ._metrics import energy_distance, max_sliced_w2, mmd, sliced_w2, w1, w2
from ._run import Run, Trajectories, load
from ._temporal import Temporal, temporal
from ._thalweg import __version__

__all__ = [
    "DataWarning",
    "FailedError",
    "InputError",
    "Match",
    "NotConvergedWarning",
    "NotFittedError",
    "Plan",
    "Run",
    "Temporal",
    "ThalwegError",
    "Trajectories",
    "__version__",
    "energy_distance",
    "learn",
    "load",
    "match",
    "max_sliced_w2",
    "methods",
    "mmd",
    "sliced_w2",
    "temporal",
    "verify",
    "w1",
    "w2",
]


def __getattr__(name):
    if name in ("fields", "measure", "network", "ot", "systems"):
        from importlib import import_module

        return import_module(f".{name}", __name__)
    # Estimators import scikit-learn, which takes longer than everything else here together.
    from ._methods import class_names

    if name in class_names():
        from . import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module 'thalweg' has no attribute {name!r}")


def __dir__():
    from ._methods import class_names

    return sorted([*__all__, *class_names()])
