"""What following a system gives: trajectories, and exponents."""

import json
import warnings as python_warnings

import numpy as np

from .._errors import FailedError, NotConvergedWarning
from .._resources import path as as_path
from .._resources import resources


class Orbits:
    """Trajectories.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Times of the points, or numbers of the iterations.
    values : ndarray, shape (T, d), (ensemble, T, d) or (choices, ensemble, T, d)
        The states: of one trajectory, of an ensemble, of each choice of the swept parameters. NaN where a point was missed,
        or where a motion ended before others.
    observed : ndarray of bool, shape of ``values`` without the last axis
        Whether the point was seen.
    parameters : list of dict
        The swept parameters of each choice.
    states : tuple of str
        Names of the states.
    report : dict
        How it ended: status, steps, seconds, advice.
    """

    def __init__(self, native, states, name):
        self._native = native
        self.states, self.name = tuple(states), name
        self.report = json.loads(native.report)
        members = native.members()
        self.parameters = [dict(parameters) for parameters, *_ in members]
        longest = max(members, key=lambda member: len(member[1]))
        self.times = longest[1]
        rows = longest[2].shape[1]
        shape = (len(members), rows, len(self.times))
        values, observed = np.full((*shape, len(self.states)), np.nan), np.zeros(shape, dtype=bool)
        for k, (_, times, member, missed) in enumerate(members):
            values[k, :, : len(times)] = member.transpose(1, 0, 2)
            observed[k, :, : len(times)] = True
            for row, points in enumerate(missed):
                observed[k, row, : len(times)] = ~points
        values[~observed] = np.nan
        if not self.parameters[0]:
            values, observed = values[0], observed[0]
            if rows == 1:
                values, observed = values[0], observed[0]
        self.values, self.observed = values, observed

    @property
    def converged(self):
        """Whether every trajectory reached its end."""
        return self.report["status"]["outcome"] == "converged"

    def __len__(self):
        return len(self.times)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)

    def __repr__(self):
        shape = " x ".join(str(n) for n in self.values.shape)
        ended = self.report["status"]["outcome"]
        return f"<{self.name}: {shape} ({', '.join(self.states)}), {ended}>"

    def to_pandas(self):
        """A row a point that was seen: ``time``, the swept parameters, ``trajectory`` where there are several, the states."""
        import pandas

        frames = []
        several = self.values.ndim > 2
        missing = 4 - self.values.ndim
        members, seen = self.values[(None,) * missing], self.observed[(None,) * missing]
        for choice, (parameters, member, mask) in enumerate(zip(self.parameters, members, seen)):
            # In the order of time, as the table on disk.
            order = np.argwhere(mask.T)
            columns = {"time": self.times[order[:, 0]]}
            columns.update({name: np.full(len(order), value) for name, value in parameters.items()})
            if several:
                columns["trajectory"] = order[:, 1] + choice * members.shape[1]
            picked = member[order[:, 1], order[:, 0]]
            columns.update({state: picked[:, k] for k, state in enumerate(self.states)})
            frames.append(pandas.DataFrame(columns))
        return pandas.concat(frames, ignore_index=True)

    def to_xarray(self):
        """An ``xarray.Dataset``, a variable a state, over ``time`` and where there are some ``trajectory`` and ``choice``."""
        import xarray

        axes = ["choice", "trajectory", "time"][3 - (self.values.ndim - 1) :]
        coordinates = {"time": self.times}
        if "choice" in axes:
            for name in self.parameters[0]:
                coordinates[name] = ("choice", [choice[name] for choice in self.parameters])
        variables = {state: (axes, self.values[..., k]) for k, state in enumerate(self.states)}
        return xarray.Dataset(variables, coordinates, {"system": self.name})

    def write(self, path):
        """Writes the table, by extension (.csv, .parquet, .npz ...); points that were missed have no row."""
        self._native.write(as_path(path, "path"))

    def page(self, path, *, exponents=False, threads=None, progress=None):
        """Writes the page: one HTML file that loads nothing, with portraits, courses, spectra and return maps.

        With ``exponents`` it shows how the Lyapunov exponents converge, which takes longer.
        """
        call = resources(0, threads, None, progress)
        with call:
            self._native.page(as_path(path, "path"), bool(exponents), call)


class Exponents:
    """Lyapunov exponents.

    Attributes
    ----------
    values, errors : ndarray, shape (k,)
        The exponents per unit of time or iteration, largest first, and their standard errors.
    divergence : float or None
        The mean divergence along the same orbits of a flow, which their sum must equal.
    kaplan_yorke : float
        The Kaplan-Yorke dimension.
    """

    def __init__(self, values, errors, divergence, kaplan_yorke):
        self.values, self.errors = values, errors
        self.divergence, self.kaplan_yorke = divergence, kaplan_yorke

    def __repr__(self):
        pairs = ", ".join(f"{value:.4g} +- {error:.2g}" for value, error in zip(self.values, self.errors))
        return f"<exponents {pairs}; dimension {self.kaplan_yorke:.4g}>"


def told(found, strict):
    """The trajectories; warns, or refuses where ``strict``, that they end early."""
    outcome = found.report["status"]["outcome"]
    if outcome == "converged":
        return found
    ended = {"interrupted": "was interrupted", "diverged": "left the finite range"}.get(outcome, "ran out of steps")
    sentence = f"The motion of {found.name} {ended}; {int(found.observed.sum())} points are kept."
    advice = found.report["advice"] or ""
    if strict and outcome != "interrupted":
        raise FailedError(sentence, advice)
    python_warnings.warn(f"{sentence} {advice}".strip(), NotConvergedWarning, stacklevel=3)
    return found
