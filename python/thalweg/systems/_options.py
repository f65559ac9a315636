"""What users say of a trajectory or a system of their own, checked and as the native half reads it."""

import json
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from .._arrays import figure, matrix, numeric
from .._errors import InputError
from .._resources import whole

MOST = 2**53


def as_rows(x):
    """States as rows, and whether it was one."""
    array = numeric(x, "The states")
    return (matrix(array.reshape(1, -1) if array.ndim == 1 else array, "The states"), array.ndim == 1)


def _pairs(values, what, states):
    """Expressions by state: a mapping, or one for all."""
    if values is None:
        return []
    if not isinstance(values, Mapping):
        return [["", _term(values, what)]]
    for state in values:
        if state not in states:
            near = get_close_matches(str(state), states, 3, 0) or states
            raise InputError(f"There is no state called {state!r}.", f"The nearest are {', '.join(near[:3])}.")
    return [[state, _term(term, what)] for state, term in values.items()]


def _term(term, what):
    return term if isinstance(term, str) else repr(figure(term, what))


def figures(values, what):
    """Finite numbers as a list."""
    return [figure(value, what) for value in np.atleast_1d(numeric(values, what)).ravel()]


SCHEMES = ("euler-maruyama", "heun", "milstein", "sra1", "sri1", "platen")


def options(
    n, points_per_period, dt, discard, start, ensemble, spread, sweep, drive, noise, sense, step,
    observation_noise, gaps, gap_length, tolerance, seed, states, scheme=None,
):  # fmt: skip
    """The options of the native half."""
    if sense not in ("ito", "stratonovich", "anti-ito"):
        raise InputError(f"sense is {sense!r}, but must be 'ito', 'stratonovich' or 'anti-ito'.")
    if scheme is not None and scheme not in SCHEMES:
        raise InputError(f"scheme is {scheme!r}, but must be one of {', '.join(SCHEMES)}.")
    maybe = {"dt": dt, "step": step, "gap_length": gap_length}
    swept = [
        {"parameter": str(name), "values": figures(values, f"A value of {name}")}
        for name, values in (sweep or {}).items()
    ]
    return {
        "points": whole(n, "n", 0, MOST),
        "points_per_period": figure(points_per_period, "points_per_period"),
        "discard": whole(discard, "discard", 0, MOST),
        "start": None if start is None else figures(start, "A value of the initial state"),
        "ensemble": whole(ensemble, "ensemble", 0, MOST),
        "spread": figure(spread, "spread"),
        "sweep": swept,
        "drive": _pairs(drive, "The drive", states),
        "diffusion": _pairs(noise, "The noise", states),
        "sense": sense,
        "scheme": scheme,
        "noise": figure(observation_noise, "observation_noise"),
        "gaps": figure(gaps, "gaps"),
        "tolerance": figure(tolerance, "tolerance"),
        "seed": whole(seed, "seed", 0, 2**64 - 1),
        **{name: None if value is None else figure(value, name) for name, value in maybe.items()},
    }


def words(name, states, start, parameters, kind, period, step, equations):
    """A system of one's own, as the native half reads it."""
    return json.dumps(
        {
            "kind": kind,
            "name": str(name),
            "states": [states] if isinstance(states, str) else [str(state) for state in states],
            "parameters": [[str(k), figure(v, f"The parameter {k}")] for k, v in dict(parameters or {}).items()],
            "equations": equations,
            "start": figures(start, "A value of the initial state"),
            "period": None if period is None else figure(period, "period"),
            "step": None if step is None else figure(step, "step"),
        }
    )
