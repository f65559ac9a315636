"""Learning the dynamics of a population from snapshots of it."""

import json
import os
import warnings as python_warnings
from collections.abc import Mapping, Set
from reprlib import repr as shown
from typing import List, NamedTuple, Optional

import numpy as np

from . import _anndata, _data, _thalweg
from ._arrays import numeric
from ._errors import DataWarning, FailedError, InputError, NotConvergedWarning
from ._resources import path, resources
from ._run import Run


class Job(NamedTuple):
    """What to learn and where to leave it; read by the native half."""

    config: str
    command: str
    warnings: List[str]
    output: Optional[str]
    resume: bool


def learn(
    data,
    times=None,
    *,
    time_key=None,
    use_rep=None,
    weights=None,
    method=None,
    hold_out=(),
    seed=None,
    settings=None,
    config=None,
    output=None,
    resume=False,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
    write=False,
    key_added="thalweg",
):
    """Learn how a population moves, and where it grows, from snapshots of it.

    The same computation as ``thalweg learn``: equal data, settings and seed give equal models, byte for byte.

    Parameters
    ----------
    data : AnnData, DataFrame, mapping, array, list of arrays, or path
        - an array of shape (n, d) with ``times`` of shape (n,);
        - a list of arrays of shape (n_k, d) with ``times`` of shape (k,): one array a snapshot;
        - a data frame or a mapping of columns, with ``time_key`` (a 2-D array is a block of columns);
        - an AnnData, with ``time_key`` in ``obs``;
        - a path to .csv, .tsv, .npy, .npz, .parquet or .h5ad, of which only what is asked for is read.

        float64 in C order is used where it lies; anything else is converted once.
    times : array_like, optional
        Times of the rows, in the unit of your choice. Need not be sorted or evenly spaced.
    time_key : str or int, optional
        Column, or key of ``obs``, with the time of each row: numbers, or text that is a number. A column whose name
        is the number 5 is 5 or ``"5"``.
    use_rep : str, int, or list of them, optional
        The coordinates. AnnData and .h5ad: a key of ``obsm``, ``"X"`` (dense or sparse), or a list of columns of
        ``obs`` or of genes; by default ``X_pca`` or the only entry of ``obsm``. Tables: a list of columns; by default
        every numeric column but the time and the weights.
    weights : str or array_like, optional
        Column, or key of ``obs``, or array with the weight of each row: finite, not negative. By default every row
        weighs 1, so that the mass of a snapshot is its number of rows.
    method : str, optional
        Name or number; see :func:`thalweg.methods`. By default velocity-growth matching where the masses of the
        snapshots differ, and flow matching otherwise.
    hold_out : float or sequence of float, optional
        Times left out of training entirely and predicted. None or an empty one: those of ``config``, if any.
    seed : int, optional
        Seed of every random stream; 0 by default.
    settings : mapping, optional
        Settings of the method, nested (``{"fit": {"steps": 2000}}``) or dotted (``{"fit.steps": 2000}``).
    config : path or mapping, optional
        A configuration as the command line reads it (TOML or JSON); arguments win over it.
    output : path, optional
        Folder for the run: model, evaluation, checkpoints, ``report.html``.
    resume : bool
        Continue the run in ``output``.
    threads : int, optional
        From 0, which is all cores, to 1024. None: what the environment variable ``THALWEG_THREADS`` says, otherwise
        all cores. The result does not depend on it. The calls of the :class:`Run` use as many.
    memory : int or str, optional
        Budget in bytes, or such as ``"4GiB"``.
    progress : bool or callable, optional
        True for a bar on standard error, None for one where that is a terminal, or a function of
        ``(phase, done, total, note)``, called in the calling thread.
    strict : bool
        Raise where a budget of the training ran out, instead of warning.
    write : bool
        AnnData only: write ``obsm["thalweg_velocity"]``, ``obs["thalweg_growth"]`` and ``uns["thalweg"]``. Nothing is
        written where the call raises.
    key_added : str
        What to use there instead of ``thalweg``.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        Bad input or usage, refused before any work (a ``ValueError``).
    FailedError
        The work failed, for example diverged (a ``RuntimeError``).
    KeyboardInterrupt
        Ctrl-C, answered at the next safe point; a run folder can be resumed.

    Warns
    -----
    DataWarning
        Something about the data that is likely a mistake.
    NotConvergedWarning
        A budget ran out before the training was done.

    Examples
    --------
    >>> import numpy as np, thalweg
    >>> x = np.random.default_rng(0).normal(size=(300, 2))
    >>> t = np.repeat([0.0, 1.0, 2.0], 100)
    >>> run = thalweg.learn(x + t[:, None], t, settings={"fit.steps": 20, "fit.schedule.warmup": 2})
    >>> run.push(x[:5], 0.0, 2.0).shape
    (5, 2)
    """
    if isinstance(times, str):
        time_key, times = times, None
    if use_rep is not None and not isinstance(use_rep, str):
        use_rep = _data.split(use_rep)
    if output is None and resume:
        raise InputError("resume=True needs a run to continue.", "Name its folder with output.")
    if write and not _anndata.is_anndata(data):
        raise InputError("Only an AnnData can be written into.", "Leave write=True out and use what learn returns.")
    is_file = isinstance(data, (str, os.PathLike))
    asked = _configuration(config, time_key, use_rep, weights, method, hold_out, seed, settings)
    call = resources(asked.get("seed", 0), threads, memory, progress)
    time_key, use_rep = asked.get("time"), use_rep if use_rep is not None else asked.get("features")
    weights = weights if weights is not None else asked.get("weights")
    if use_rep is not None and (is_file or _anndata.is_anndata(data)):
        use_rep = _anndata.named(data, use_rep)
        asked["features"] = use_rep if isinstance(use_rep, str) else ",".join(use_rep)
    output = None if output is None else path(output, "output")
    job = Job(_json(asked), _command(asked, data), [], output, bool(resume))
    if is_file:
        rows = None
        with call:
            model, record, metrics = _learn_file(data, times, weights, use_rep, job, call)
    else:
        rows = _rows(data, times, time_key, use_rep, weights, call.memory)
        job = job._replace(warnings=rows.warnings)
        with call:
            model, record, metrics = _thalweg.learn_rows(rows.x, rows.times, rows.weights, rows.features, job, call)
    run = Run(model, json.loads(record), json.loads(metrics), folder=job.output, threads=threads)
    # A law that diverged is refused before anything of it is left among the data.
    _tell(run, strict)
    if write:
        _anndata.write(data, run, rows, key_added, use_rep)
    return run


def _configuration(config, time_key, use_rep, weights, method, hold_out, seed, settings):
    """The configuration of the run: what ``config`` says, overridden by the arguments that were given."""
    if config is None:
        asked = {}
    elif isinstance(config, Mapping):
        asked = dict(config)
    else:
        asked = json.loads(_thalweg.read_config(path(config, "config, which is no mapping,")))
    given = {
        "time": _label(time_key),
        "features": use_rep if use_rep is None or isinstance(use_rep, str) else ",".join(use_rep),
        "weights": weights if isinstance(weights, str) else None,
        "method": method,
        "seed": seed if seed is None else resources(seed).seed,
    }
    asked.update({name: value for name, value in given.items() if value is not None})
    held = _held_out(hold_out)
    if held:
        asked["hold_out"] = held
    if settings is not None:
        asked["settings"] = {**_settings(asked.get("settings", {})), **_settings(settings)}
    return asked


def _label(time_key):
    """The name of a column as text; columns may have whole numbers for names."""
    if time_key is None or isinstance(time_key, str):
        return time_key
    if isinstance(time_key, (int, np.integer)):
        return str(time_key)
    raise InputError(
        f"time_key is {shown(time_key)}, but it must be the name of a column.",
        "Times themselves go to thalweg.learn(x, times).",
    )


def _held_out(hold_out):
    """The times as a list: of a number, of a sequence of them, or of None, which is none."""
    if hold_out is None:
        return []
    if isinstance(hold_out, (Set, Mapping)):
        raise InputError(
            f"hold_out is {shown(hold_out)}, but it must be a time or a list of times.", "For example hold_out=[2.0]."
        )
    held = np.atleast_1d(numeric(hold_out, "The times of hold_out"))
    if held.ndim != 1:
        raise InputError(f"The times of hold_out have {held.ndim} axes, but a list of times has 1.")
    for t in held[~np.isfinite(held)]:
        raise InputError(f"The time {t} of hold_out is not a finite number.", "Leave it out, or give None for none.")
    return held.tolist()


def _settings(settings):
    if isinstance(settings, Mapping):
        return settings
    raise InputError(f"settings is {settings!r}, but it must be a mapping such as {{'fit.steps': 2000}}.")


def _rows(data, times, time_key, use_rep, weights, memory):
    if _anndata.is_anndata(data):
        return _anndata.from_anndata(data, times, time_key, use_rep, weights, memory)
    if isinstance(data, Mapping) or hasattr(data, "columns"):
        return _data.from_columns(data, times, time_key, use_rep, weights)
    if time_key is not None or use_rep is not None:
        raise InputError(
            "An array has no columns with names.", "Give its times as thalweg.learn(x, times), or a mapping of columns."
        )
    return _data.from_arrays(data, times, weights)


def _learn_file(path, times, weights, use_rep, job, call):
    if times is not None or not (weights is None or isinstance(weights, str)):
        raise InputError("Times and weights of a file are columns of it.", "Name them with time_key and weights.")
    features = use_rep if use_rep is None or isinstance(use_rep, str) else ",".join(use_rep)
    return _thalweg.learn_file(os.fspath(path), features, job, call)


def _json(asked):
    try:
        return json.dumps(asked, allow_nan=False, default=_builtin)
    except (TypeError, ValueError) as error:
        raise InputError(f"The configuration cannot be written as JSON: {error}.") from None


def _builtin(value):
    """Numbers and arrays of NumPy as what JSON has."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} is neither number, text, list nor mapping")


def _command(asked, data):
    what = repr(os.fspath(data)) if isinstance(data, (str, os.PathLike)) else f"<{type(data).__name__}>"
    names = {"time": "time_key", "features": "use_rep"}
    given = "".join(f", {names.get(name, name)}={value!r}" for name, value in asked.items())
    return f"thalweg.learn({what}{given})"


def _tell(run, strict):
    for sentence in run.warnings:
        python_warnings.warn(sentence, DataWarning, stacklevel=3)
    for failure in run.evaluation.get("failures", []):
        sentence = f"No prediction of time {failure['time']:g}: {failure['reason']}"
        if strict:
            raise FailedError(sentence)
        python_warnings.warn(sentence, NotConvergedWarning, stacklevel=3)
    if run.converged:
        return
    advice = run.report.get("advice")
    sentence = f"The training did not converge: {run.status}."
    if strict or run.status == "diverged":
        raise FailedError(sentence, advice)
    python_warnings.warn(sentence if advice is None else f"{sentence} {advice}", NotConvergedWarning, stacklevel=3)
