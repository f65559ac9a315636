"""The registry of methods."""

import json
from functools import lru_cache

from . import _thalweg
from ._errors import InputError
from ._resources import resources
from ._table import Table


def methods(method="all"):
    """What is known about the methods.

    Parameters
    ----------
    method : str
        A name (``"flow-matching"``), a number (``"S086"``), a family (``"flow"``) or ``"all"``.

    Returns
    -------
    Table
        A list with one mapping a method: ``id``, ``name``, ``family``, ``summary``, ``learns`` (from snapshots,
        so that :func:`learn` takes it), ``maturity``, ``settings`` (all
        of them, at their defaults), ``checks``, ``bibtex``, ``docs`` (Markdown).

    Raises
    ------
    InputError
        Nothing is called so, and the message names what comes nearest; or ``method`` is no text.
    """
    return Table(json.loads(_thalweg.methods(_named(method))), columns=["id", "name", "family", "maturity", "summary"])


def verify(method="all", *, seed=0, threads=None, progress=None):
    """Measure the claims of methods against known answers. All of them take minutes.

    Parameters
    ----------
    method : str
        As in :func:`methods`.
    seed : int
        Seed of every check.
    threads : int, optional
        As in :func:`learn`.
    progress : bool or callable, optional
        As in :func:`learn`.

    Returns
    -------
    Table
        A list with one mapping a check: ``method``, ``check``, ``claim``, ``source``, ``holds``, ``seconds`` and
        ``figures`` (what was measured, what was expected).
    """
    with resources(seed, threads, progress=progress) as call:
        verdicts = _thalweg.verify(_named(method), call)
    return Table(json.loads(verdicts), columns=["method", "check", "holds", "seconds", "claim"])


def _named(method):
    if not isinstance(method, str):
        raise InputError(f"method is {method!r}, but it must be a name.", "`thalweg.methods()` lists all.")
    return method


@lru_cache(maxsize=None)
def class_names():
    """Class name of each method that learns: ``{"FlowMatching": "flow-matching", ...}``."""
    names = (method["name"] for method in json.loads(_thalweg.methods("all")) if method["learns"])
    return {"".join(word.capitalize() for word in name.split("-")): name for name in names}
