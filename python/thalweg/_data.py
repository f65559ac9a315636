"""Rows, times and weights out of whatever a user has: arrays, lists of arrays, mappings, data frames.

AnnData is read in ``_anndata``, files by the native half; both give the same names to the same columns.
"""

import difflib
from collections.abc import Iterable
from typing import List, NamedTuple, Optional

import numpy as np

from ._arrays import matrix, numeric, plain, vector
from ._errors import InputError


class Rows(NamedTuple):
    """What is learned from: ``x`` is ``n x d``, ``times`` and ``weights`` have one number a row."""

    x: np.ndarray
    times: np.ndarray
    weights: Optional[np.ndarray]
    features: List[str]
    warnings: List[str] = []


def lookup(names, wanted, what):
    """``wanted`` as text, if it is one of ``names``; a column may be called 5, and then ``5`` and ``"5"`` name it."""
    names, wanted = [str(name) for name in names], str(wanted)
    if wanted in names:
        return wanted
    near = difflib.get_close_matches(wanted, names, 1)
    guess = f"Did you mean `{near[0]}`? " if near else ""
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    raise InputError(f"There is no {what} `{wanted}`.", f"{guess}Available: {listed or 'none'}.")


def numbered(name, columns):
    """Names of the columns of a matrix that has none."""
    return [f"{name}_{k}" for k in range(columns)]


def from_arrays(x, times, weights):
    """Rows of one array with a time each, or one array a time."""
    if times is None:
        raise InputError(
            "The rows came without times.", "Give them as thalweg.learn(x, times), one number a row or one a snapshot."
        )
    if isinstance(weights, str):
        raise InputError(f"There is no column `{weights}` in an array.", "Give the weights as an array, one a row.")
    if isinstance(x, (list, tuple)) and len(x) == 0:
        raise InputError("There are no points: the list is empty.", "Give two or more snapshots.")
    if _is_snapshots(x):
        return _from_snapshots(x, times, weights)
    x = matrix(x)
    times = vector(times, "The times", len(x))
    weights = None if weights is None else vector(weights, "The weights", len(x))
    return Rows(x, times, weights, numbered("x", x.shape[1]))


def _is_snapshots(x):
    return isinstance(x, (list, tuple)) and all(_axes(part) == 2 for part in x)


def _axes(part):
    try:
        return np.ndim(part)
    except ValueError:
        # A list of rows that are not equally long; what is wrong with it is said where it is read.
        return 2


def _from_snapshots(parts, times, weights):
    parts = [matrix(part, f"The points of snapshot {k}") for k, part in enumerate(parts)]
    for k, part in enumerate(parts):
        if len(part) == 0:
            raise InputError(f"Snapshot {k} (counted from 0) has no rows.", "Leave it out, with its time.")
        if part.shape[1] != parts[0].shape[1]:
            raise InputError(f"Snapshot {k} has {part.shape[1]} coordinates and snapshot 0 has {parts[0].shape[1]}.")
    times = vector(times, "The times")
    if len(times) != len(parts):
        raise InputError(f"There are {len(times)} times for {len(parts)} snapshots.", "Give one time an array.")
    if weights is not None:
        if not hasattr(weights, "__len__"):
            raise InputError(f"The weights are {weights!r}, but a list of arrays needs a list of weights.")
        if len(weights) != len(parts):
            raise InputError(f"There are {len(weights)} arrays of weights for {len(parts)} snapshots.")
        weights = np.concatenate(
            [vector(w, f"The weights of snapshot {k}", len(part)) for k, (w, part) in enumerate(zip(weights, parts))]
        )
    each = [len(part) for part in parts]
    return Rows(np.concatenate(parts), np.repeat(times, each), weights, numbered("x", parts[0].shape[1]))


def from_columns(data, times, time_key, use_rep, weights):
    """Rows of a mapping or a data frame: columns by name."""
    names = [str(name) for name in (data.columns if hasattr(data, "columns") else data)]
    by_name = dict(zip(names, data.columns if hasattr(data, "columns") else data))

    def column(name):
        return data[by_name[lookup(names, name, "column")]]

    times, taken = _times(column, times, time_key)
    if isinstance(weights, str):
        taken = {*taken, weights}
        weights = column(weights)
    chosen, skipped = _features(names, column, use_rep, taken)
    blocks, features = [], []
    for name in chosen:
        block = plain(column(name), f"The values of column `{name}`")
        features += numbered(name, block.shape[1]) if block.ndim == 2 else [name]
        blocks.append(numeric(block, f"The values of column `{name}`").reshape(len(block), -1))
    if len({len(block) for block in blocks}) > 1:
        sizes = ", ".join(f"`{name}` has {len(block)}" for name, block in zip(chosen, blocks))
        raise InputError(f"The columns have different lengths: {sizes}.")
    x = matrix(blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1))
    weights = None if weights is None else vector(weights, "The weights", len(x))
    return Rows(x, vector(times, "The times", len(x)), weights, features, skipped)


def _times(column, times, time_key):
    if time_key is not None:
        return column(time_key), {time_key}
    if times is None:
        raise InputError("The column with the time of each row was not named.", "Name it with time_key.")
    return times, set()


def _features(names, column, use_rep, taken):
    """Names of the columns that are coordinates, and what to tell the user about those that were skipped."""
    if use_rep not in (None, "all"):
        chosen = [use_rep] if isinstance(use_rep, str) and use_rep in names else split(use_rep)
        return [lookup(names, name, "column") for name in chosen], []
    rest = [name for name in names if name not in taken and not _index(name, names)]
    kinds = {name: plain(column(name), f"The values of column `{name}`") for name in rest}
    matrices = [name for name in rest if kinds[name].ndim == 2]
    if len(matrices) > 1:
        raise InputError(
            f"There are {len(matrices)} 2-D arrays that could be the features: {', '.join(matrices)}.",
            "Name one with use_rep.",
        )
    if matrices:
        return matrices, []
    numbers = [name for name in rest if kinds[name].dtype.kind in "iuf"]
    if not numbers:
        raise InputError("There is no column of numbers besides the time.", "Name the coordinates with use_rep.")
    skipped = [name for name in rest if name not in numbers]
    sentence = f"Columns that are not numbers were skipped: {', '.join(skipped)}."
    return numbers, [sentence] if skipped else []


def _index(name, names):
    """Whether a column holds the names of the rows: what pandas makes of a written index when it reads it back."""
    return name.startswith("__index_level_") or (name == "Unnamed: 0" and name == names[0])


def split(use_rep):
    """A list of names from a list or from ``"a,b,c"``; one whole number is the name of one column."""
    if isinstance(use_rep, str):
        names = use_rep.split(",")
    elif isinstance(use_rep, (int, np.integer)):
        names = [use_rep]
    elif isinstance(use_rep, Iterable):
        names = list(use_rep)
    else:
        raise InputError(f"use_rep is {use_rep!r}, but it must be a name or a list of names.")
    names = [str(name).strip() for name in names]
    if not names or not all(names):
        raise InputError(f"The list of features {use_rep!r} is empty or has an empty name in it.")
    return names
