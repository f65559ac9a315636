"""Laws with settings of their own, fields and more, beside the catalogue."""

import json
import warnings as python_warnings

import numpy as np

from .. import _thalweg
from .._errors import NotConvergedWarning
from .._resources import path as as_path
from .._resources import resources, whole
from ._options import MOST
from ._records import records


def laws():
    """The laws with settings of their own, by name, with what each follows."""
    return {record["name"]: record["summary"] for record in records() if record["kind"] == "law"}


def simulate(name, /, *, frames=None, seed=0, threads=None, memory=None, progress=None, **settings):
    """Follows a law of :func:`laws`, as ``thalweg simulate`` does; Ctrl-C gives what was done until then.

    Parameters
    ----------
    name : str
    frames : int, optional
        Times that are kept, both ends among them; 101 where nothing is given.
    **settings
        Its settings; a wrong name is answered with the nearest ones.

    Returns
    -------
    LawResult
    """
    text = [(key.rstrip("_"), _plain(value)) for key, value in settings.items()]
    frames = None if frames is None else whole(frames, "frames", 2, MOST)
    call = resources(seed, threads, memory, progress)
    with call:
        found = LawResult(_thalweg.simulate_law(str(name), text, frames, call), str(name))
    return ended_early(found)


def ended_early(found):
    """What a law did; warns where it did not come to its end."""
    outcome = found.report["status"]["outcome"]
    if outcome == "converged":
        return found
    ended = {"interrupted": "was interrupted", "diverged": "left the finite range"}.get(outcome, "ran out of steps")
    kept = len(found.times) if found.times is not None else len(found.series.get("time", ()))
    sentence = f"{found.name} {ended}; {kept} times are kept. {found.report['advice'] or ''}".strip()
    python_warnings.warn(sentence, NotConvergedWarning, stacklevel=3)
    return found


class LawResult:
    """What a law did.

    Attributes
    ----------
    times : ndarray, shape (T,) or None
        Times of the fields.
    axes : dict
        Names of the coordinates with their positions, in the order of the axes of the fields.
    fields : dict
        Name and values of each field, of shape (T, ...).
    series : dict
        Figures over time: ``time`` and one array a figure.
    facts : dict
        Figures of the whole.
    report, settings : dict
    """

    def __init__(self, native, name):
        self._native, self.name = native, name
        record = json.loads(native.record)
        self.report, self.settings, self.facts = record["report"], dict(record["settings"]), dict(record["facts"])
        self.times, self.axes, self.fields, self.units = None, {}, {}, {}
        fields = native.fields()
        if fields is not None:
            self.times, axes, all_fields = fields
            self.axes = dict(axes)
            shape = (len(self.times), *(len(positions) for positions in self.axes.values()))
            for field, unit, values in all_fields:
                self.fields[field], self.units[field] = values.reshape(shape), unit
        series = native.series()
        self.series = {} if series is None else {"time": series[0], **dict(series[1])}

    def __repr__(self):
        shapes = ", ".join(f"{name} {values.shape}" for name, values in self.fields.items())
        return f"<{self.name}: {shapes or ', '.join(self.series)}>"

    def to_xarray(self):
        """An ``xarray.Dataset``, a variable a field."""
        import xarray

        axes = ["time", *self.axes]
        variables = {name: (axes, values, {"units": self.units[name]}) for name, values in self.fields.items()}
        return xarray.Dataset(variables, {"time": self.times, **self.axes}, {"law": self.name})

    def write(self, path):
        """Writes the table, by extension."""
        self._native.write(as_path(path, "path"))

    def page(self, path):
        """Writes the page: one HTML file that loads nothing."""
        self._native.page(as_path(path, "path"), False)

    def keep(self, folder):
        """Makes a folder with tables, record and page, as ``thalweg simulate -o FOLDER`` does."""
        self._native.page(as_path(folder, "folder"), True)


def _plain(value):
    return str(value) if isinstance(value, (str, bool)) else repr(value.item() if isinstance(value, np.generic) else value)
