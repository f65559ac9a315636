"""A learned law and everything that is known about how it was learned."""

import json
import os
import shutil
import warnings as python_warnings
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

import numpy as np

from . import _anndata, _table, _thalweg
from ._arrays import matrix, number, numeric, vector
from ._errors import DataWarning, FailedError, InputError
from ._resources import path as as_path
from ._resources import resources
from ._table import Table

_DISTANCES = ("w1", "w2", "mmd")
_PREDICTORS = {"model": "model", "previous": "previous", "straight_line": "straight_line", "floor": "two_halves"}


class Trajectories(NamedTuple):
    """Points on their way.

    Attributes
    ----------
    times : ndarray, shape (k,)
    points : ndarray, shape (k, n, d)
        Row ``i`` is the same particle at every time.
    weights : ndarray, shape (k, n)
        What each particle has grown to; 1 at the first time, and throughout for a law without growth.
    """

    times: np.ndarray
    points: np.ndarray
    weights: np.ndarray


class Metrics(Table):
    """The evaluation: one mapping a predicted snapshot, under the names of ``metrics.csv``."""

    def __init__(self, evaluation):
        rows = [_flat(row) for row in evaluation["rows"]]
        shown = ["time", "protocol", "model_w1", "previous_w1", "straight_line_w1", "two_halves_w1"]
        super().__init__(rows, columns=[*shown, "model_w2", "model_mmd", "mass_error"])
        self.columns_all = list(rows[0]) if rows else []
        self._text, self.verdicts = _thalweg.table(json.dumps(evaluation))

    def __str__(self):
        return self._text

    def _repr_html_(self):
        sentences = "".join(f"<p style='margin:.25em .75em'>{escape(sentence)}</p>" for sentence in self.verdicts)
        header = [
            "time",
            "protocol",
            "W1 model",
            "previous",
            "straight",
            "two halves",
            "W2 model",
            "MMD model",
            "mass error",
        ]
        cells = self._cells()
        for row, cell in zip(self, cells):
            cell[-1] = f"{100 * row['mass_error']:.1f}%"
        return (
            _table.html(header, cells, "Distances to what was observed, in units of the features; lower is better")
            + sentences
        )


def _flat(row):
    """A row of the evaluation with its figures side by side."""
    flat = {"time": row["time"], "from": row["from"], "protocol": row["protocol"]}
    for source, name in _PREDICTORS.items():
        distances = row[source] or {}
        flat.update({f"{name}_{which}": distances.get(which) for which in _DISTANCES})
    return {**flat, "mass_error": row["mass_error"], "previous_mass_error": row["previous_mass_error"], "two_halves_w1_sd": row.get("floor_spread")}


class Run:
    """What :func:`thalweg.learn` gives: the law, its evaluation, and the record of how it came about.

    Attributes
    ----------
    method : str
        Name of the method.
    features : list of str
        Names of the d coordinates.
    times : ndarray, shape (k,)
        Times of the snapshots that were seen in training.
    metrics : Metrics
        The evaluation as a list of mappings; ``.to_pandas()``, ``print`` and ``.verdicts`` work on it.
    settings : dict
        Every setting of the method, defaults included.
    report : dict
        How the training ended: status, iterations, residuals, seconds, advice.
    citation : str
        BibTeX of the method.
    warnings : list of str
        What the user should know about the data.
    record : dict
        The content of ``run.json``.
    evaluation : dict
        The content of ``metrics.json``.
    folder : str or None
        The run folder, if there is one.
    threads : int or None
        Threads of the calls below, as :func:`learn` was given them; they may be set. 0: all cores; None, as after
        :func:`load`: what the environment variable ``THALWEG_THREADS`` says, otherwise all cores. Velocity, growth,
        divergence and score of up to 4096 points are worked out in the calling thread alone. No result depends on it.
    """

    def __init__(self, model, record, evaluation, folder=None, threads=None):
        self._model = model
        self.record = record
        self.evaluation = evaluation
        self.folder = folder
        self.threads = threads
        self.method = model.method
        self.features = model.features
        self.times = np.array(model.times)
        self.metrics = Metrics(evaluation)
        self.settings = record["settings"]
        self.report = record["report"]
        self.citation = record["citation"]
        self.warnings = record["warnings"]

    @property
    def has_growth(self):
        """Whether growth can be other than zero."""
        return self._model.has_growth

    @property
    def has_score(self):
        """Whether the method learns a score."""
        return self._model.has_score

    @property
    def status(self):
        """How the training ended, in words."""
        status = self.report["status"] if self.report else {"outcome": "unfinished"}
        budget = f" ({status['budget']} ran out)" if "budget" in status else ""
        return f"{status['outcome']}{budget}"

    @property
    def converged(self):
        """Whether the training met its stopping rule."""
        return self.status == "converged"

    def velocity(self, t, x):
        """Velocity ``dx/dt``, in units of the coordinates per unit of time.

        Parameters
        ----------
        t : float or array_like, shape (n,)
            One time for all points, or one for each.
        x : array_like, shape (n, d)
            float64 in C order is not copied.

        Returns
        -------
        ndarray, shape (n, d)

        Raises
        ------
        InputError
            A number of coordinates that is not d, or a number of times that is neither 1 nor n.
        """
        return self._at(self._model.velocity, t, x)

    def growth(self, t, x):
        """Growth rate ``d log w / dt``, per unit of time; shape (n,).

        Zero for a law without growth. Otherwise as :meth:`velocity`.
        """
        return self._at(self._model.growth, t, x)

    def divergence(self, t, x):
        """Divergence of the velocity, per unit of time; shape (n,). Costs d evaluations. As :meth:`velocity`."""
        return self._at(self._model.divergence, t, x)

    def score(self, t, x):
        """Score ``grad log p_t(x)``, in inverse units of the coordinates; shape (n, d). As :meth:`velocity`.

        Raises
        ------
        InputError
            The method learns no score.
        """
        return self._at(self._model.score, t, x)

    def push(self, x, t0, t1, *, return_weights=False, epsilon=None, seed=0):
        """Move points from time ``t0`` to ``t1`` (which may lie before ``t0``).

        Parameters
        ----------
        x : array_like, shape (n, d)
        t0, t1 : float
            At most the whole span of the training times outside of it.
        return_weights : bool
            Give what each point has grown to as well.
        epsilon : float, optional
            For laws with a score: move along the SDE of this noise that has the same snapshots, in squared units of
            the coordinates per unit of time.
        seed : int
            Seed of the noise, where there is noise.

        Returns
        -------
        ndarray, shape (n, d)
            The points in the same order.
        ndarray, shape (n,)
            With ``return_weights``: weights, 1 at ``t0``; ones for a law without growth.

        Raises
        ------
        InputError
            A number of coordinates that is not d, numbers that are not finite, times too far from those of training.
        FailedError
            The integration did not reach ``t1``.

        Warns
        -----
        DataWarning
            A time lies beyond those of training, where the law is a guess.
        """
        t0, t1 = number(t0, "The time t0"), number(t1, "The time t1")
        moved, weights = self._model.push(matrix(x), t0, t1, _noise(epsilon), self._resources(seed))
        self._tell_beyond([t0, t1])
        if not return_weights:
            return moved
        return moved, np.ones(len(moved)) if weights is None else weights

    def simulate(self, x, times, *, epsilon=None, seed=0):
        """Follow points through ``times``.

        Parameters
        ----------
        x : array_like, shape (n, d)
            Where the points are at ``times[0]``.
        times : array_like, shape (k,)
            Two or more, all upward or all downward.
        epsilon : float, optional
            As in :meth:`push`.
        seed : int
            Seed of the noise, where there is noise.

        Returns
        -------
        Trajectories
            ``times`` (k,), ``points`` (k, n, d), ``weights`` (k, n).

        Raises
        ------
        InputError, FailedError
            As :meth:`push`.
        """
        x, times = matrix(x), vector(times, "The times")
        states, weights = self._model.simulate(x, times.tolist(), _noise(epsilon), self._resources(seed))
        self._tell_beyond(times.tolist())
        points = states.reshape(len(times), *x.shape)
        return Trajectories(times, points, np.ones(points.shape[:2]) if weights is None else weights)

    def _tell_beyond(self, times):
        sentence = self._model.beyond(times)
        if sentence is not None:
            python_warnings.warn(sentence, DataWarning, stacklevel=3)

    def _at(self, quantity, t, x):
        x = matrix(x)
        times = np.atleast_1d(numeric(t, "The times"))
        return quantity((vector(times, "The times"), x, self._resources()))

    def _resources(self, seed=0):
        return resources(seed, self.threads)

    def to_bytes(self):
        """The law as the bytes of ``model.safetensors``."""
        return self._model.to_bytes()

    def save(self, path):
        """Write the run into the new folder ``path``, to be opened by :func:`load` and by the command line.

        A run that was learned without ``output`` has no observed points and no logs to save: its folder can be pushed
        and cited, but has no page.

        Raises
        ------
        InputError
            The folder holds files already, or the folder of the run is not there any more.
        FailedError
            A file could not be copied.
        """
        path = as_path(path, "path")
        if self.folder is None:
            _thalweg.keep_run(path, self._model, json.dumps(self.record), json.dumps(self.evaluation))
            return
        self._look_for_folder("Restore it, or set run.folder = None to save the law without its points and logs.")
        if os.path.exists(path) and (not os.path.isdir(path) or os.listdir(path)):
            raise InputError(f"{path} exists already.", "Choose another folder.")
        try:
            shutil.copytree(self.folder, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lock"))
        except OSError as error:
            raise FailedError(f"The run could not be saved in {path}: {error}.", "Choose another folder.") from None

    def page(self, open_browser=False):
        """Write ``report.html`` of the run folder again and give its path.

        Raises
        ------
        InputError
            The run was learned without ``output``, also where it was saved afterwards: a page shows observed points,
            which only ``output`` keeps. Or its folder is not there any more.
        """
        self._look_for_points("page")
        page = os.fspath(_thalweg.write_page(self.folder, self._resources()))
        if open_browser:
            import pathlib
            import webbrowser

            webbrowser.open(pathlib.Path(page).resolve().as_uri())
        return page

    def figures(self, folder=None, format="svg"):
        """Write each figure of the page as a file and give the paths.

        Parameters
        ----------
        folder : str or path, optional
            Where to; ``figures`` in the run folder if left out.
        format : {"svg", "png"}
            Vectors, or pixels at twice the size; labels in pixels need a font on the machine.

        Raises
        ------
        InputError
            As :meth:`page`; also another format.
        """
        self._look_for_points("figures")
        folder = os.path.join(self.folder, "figures") if folder is None else folder
        return [os.fspath(path) for path in _thalweg.write_figures(self.folder, folder, format, self._resources())]

    def _look_for_points(self, what):
        if self.folder is None:
            raise InputError(f"The run has no folder, and so no {what}.", "Learn it with output='runs/NAME'.")
        self._look_for_folder("Restore it, or learn the run again with output='runs/NAME'.")
        if not {"points.npz", "checkpoints", "events"} & set(os.listdir(self.folder)):
            raise InputError(
                f"The run in {self.folder} was learned without output and saved afterwards: its observed points were "
                f"not kept, and so it has no {what}.",
                "Learn it again with output='runs/NAME'.",
            )

    def _look_for_folder(self, advice):
        if not os.path.isdir(self.folder):
            raise InputError(f"The folder {self.folder} of the run is not there any more.", advice)

    def __reduce__(self):
        # Nothing of the native half is pickled: the model travels as safetensors, the rest as JSON.
        return _restored, (self.to_bytes(), json.dumps(self.record), json.dumps(self.evaluation), self.threads)

    def _shape(self):
        span = f"{self.times[0]:g} to {self.times[-1]:g}"
        return f"{len(self.features)} coordinates, {len(self.times)} snapshots from {span}"

    def __repr__(self):
        return f"<thalweg.Run of {self.method}: {self._shape()}, {self.status}>"

    def _repr_html_(self):
        where = f", in {self.folder}" if self.folder else ""
        what = f"<b>{escape(self.method)}</b>: {self._shape()}, {self.status}{escape(where)}"
        lead = f"<p style='margin:.25em .75em'>{what}</p>"
        return f"<div>{lead}{self.metrics._repr_html_()}</div>"


def _noise(epsilon):
    return None if epsilon is None else number(epsilon, "epsilon")


def _restored(model, record, evaluation, threads=None):
    return Run(_thalweg.Model.from_bytes(model), json.loads(record), json.loads(evaluation), threads=threads)


def _kept(kept, key):
    """The run that was written under ``uns[key]``; nothing there is taken on trust."""
    again = "Learn one with thalweg.learn(adata, ..., write=True)."
    if not isinstance(kept, Mapping) or "model" not in kept:
        raise InputError(f"There is no run under uns[{key!r}].", again)
    missing = [part for part in ("record", "evaluation") if part not in kept]
    if missing:
        raise InputError(f"The run under uns[{key!r}] is damaged: it has no {missing[0]}.", again)
    try:
        record = json.loads(str(kept["record"]))
        absent = _absent(record)
        if absent is None:
            model = np.asarray(kept["model"], dtype=np.uint8).tobytes()
            return Run(_thalweg.Model.from_bytes(model), record, json.loads(str(kept["evaluation"])))
    except KeyError as error:
        raise InputError(f"The run under uns[{key!r}] is damaged: its evaluation has no {error}.", again) from None
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        cause = error.message.rstrip(".") if isinstance(error, InputError) else error
        raise InputError(f"The run under uns[{key!r}] is damaged: {cause}.", again) from None
    raise InputError(f"The run under uns[{key!r}] is damaged: its record has no {absent}.", again)


def _absent(record):
    """What a record lacks of what a run needs, or None."""
    needed = {"settings": dict, "report": (dict, type(None)), "citation": str, "warnings": list, "config": dict}
    record = record if isinstance(record, dict) else {}
    return next((name for name, kind in needed.items() if not isinstance(record.get(name, ...), kind)), None)


def load(source, *, key="thalweg"):
    """Open a run.

    Parameters
    ----------
    source : path or AnnData
        A run folder, from Python or from the command line; or an AnnData that ``learn(..., write=True)`` wrote into.
    key : str
        AnnData only: the ``key_added`` of that call.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        A file of the run is missing or damaged. Nothing in it is ever executed.
    """
    if _anndata.is_anndata(source):
        return _kept(source.uns.get(key), key)
    folder = as_path(source, "source")
    model, record, evaluation = _thalweg.open_run(folder)
    return Run(model, json.loads(record), json.loads(evaluation), folder=folder)
