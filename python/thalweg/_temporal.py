"""Couplings between the snapshots of an AnnData: who descends from whom, and what is carried along."""

from typing import List

import numpy as np

from . import _anndata
from ._arrays import finite, matrix, number, numeric, vector
from ._errors import InputError
from ._match import match
from ._resources import resources
from ._table import Table


class Temporal:
    """What :func:`thalweg.temporal` gives: a coupling for each pair of neighbouring times.

    Attributes
    ----------
    times : ndarray, shape (k,)
        Times of the snapshots, increasing.
    rows : list of ndarray
        Rows of the data at each time.
    matches : list of Match
        The coupling of each time with the next, sparse in ``.plan``.
    """

    def __init__(self, times, rows, matches, obs):
        self.times = times
        self.rows = rows
        self.matches = matches
        self._obs = obs

    @property
    def converged(self):
        """Whether every coupling met its stopping rule."""
        return all(found.converged for found in self.matches)

    def push(self, values, t0, t1):
        """Amounts on the cells at ``t0`` carried forward to the cells at ``t1``: their descendants.

        Each cell hands its amount on in the shares of its row of each coupling, so that sums are kept but for cells that
        send nothing.

        Parameters
        ----------
        values : array_like, shape (n0,) or (n0, k)
        t0, t1 : float
            Times of snapshots, ``t0`` the earlier.

        Returns
        -------
        ndarray, shape (n1,) or (n1, k)
        """
        first, last = self._between(t0, t1)
        for found in self.matches[first:last]:
            values = found.push(_shared(values, found.marginals[0]))
        return np.asarray(values, dtype=np.float64)

    def pull(self, values, t0, t1):
        """Amounts on the cells at ``t1`` carried back to the cells at ``t0``: their ancestors.

        As :meth:`push`, in the shares of the columns.

        Parameters
        ----------
        values : array_like, shape (n1,) or (n1, k)
        t0, t1 : float
            Times of snapshots, ``t0`` the earlier.

        Returns
        -------
        ndarray, shape (n0,) or (n0, k)
        """
        first, last = self._between(t0, t1)
        for found in reversed(self.matches[first:last]):
            values = found.pull(_shared(values, found.marginals[1]))
        return np.asarray(values, dtype=np.float64)

    def transition_table(self, key, t0, t1, *, backward=False):
        """How groups of cells turn into groups of cells.

        Parameters
        ----------
        key : str
            Column of ``obs`` with the group of each cell.
        t0, t1 : float
            Times of snapshots, ``t0`` the earlier.
        backward : bool
            Rows are groups at ``t1`` and say where they come from, instead of groups at ``t0`` that say what becomes of
            them.

        Returns
        -------
        Table
            One mapping a group: ``group`` and the share of its mass in each group of the other time, with sum 1.
        """
        first, last = self._between(t0, t1)
        start, end = (last, first) if backward else (first, last)
        here, there = self._groups(key, start), self._groups(key, end)
        names, others = sorted(set(here)), sorted(set(there))
        if backward:
            mass = self.matches[last - 1].marginals[1]
        else:
            mass = self.matches[first].marginals[0]
        carried = (self.pull if backward else self.push)(_indicators(here, names) * mass[:, None], t0, t1)
        shares = _indicators(there, others).T @ carried
        totals = shares.sum(0)
        rows = [
            {"group": name, **dict(zip(others, (shares[:, k] / (totals[k] or np.nan)).tolist()))}
            for k, name in enumerate(names)
        ]
        return Table(rows, columns=["group", *others])

    def _groups(self, key, k):
        return [str(label) for label in np.asarray(self._obs(key))[self.rows[k]]]

    def _between(self, t0, t1):
        places = []
        for name, t in (("t0", t0), ("t1", t1)):
            found = np.flatnonzero(self.times == number(t, name))
            if len(found) == 0:
                listed = ", ".join(f"{t:g}" for t in self.times)
                raise InputError(f"{name} is {t}, and there is no snapshot then.", f"The times are {listed}.")
            places.append(int(found[0]))
        if places[0] >= places[1]:
            raise InputError(f"t0 is {t0} and t1 is {t1}, but t0 must be the earlier.")
        return places

    def __repr__(self):
        done = "converged" if self.converged else "not converged"
        return f"<thalweg.Temporal {len(self.times)} times, {len(self.matches)} couplings, {done}>"


def temporal(
    adata,
    time_key,
    *,
    growth=None,
    epsilon=0.05,
    rho=None,
    use_rep=None,
    cost="sqeuclidean",
    top_k=50,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
    write=False,
    key_added="thalweg",
):
    """Couple each snapshot of an AnnData with the next by entropic transport, with a prior on growth.

    Parameters
    ----------
    adata : AnnData
    time_key : str
        Column of ``obs`` with the time of each cell.
    growth : str or array_like, shape (n,), optional
        Column of ``obs``, or one number a cell: expected growth rate per unit of time. A cell weighs ``exp(rate * dt)``
        in the coupling to the next time. ``obs["thalweg_growth"]``, which :func:`learn` writes, is such a column. By
        default all cells of a time weigh the same.
    epsilon : float
        Strength of the entropy, as a part of the mean cost of the pair.
    rho : float, optional
        How dearly the weights are held, as a multiple of the mean cost; by default they are met.
    use_rep, cost, threads, memory, progress, strict
        As in :func:`match`.
    top_k : int, optional
        Largest entries of each row that are kept in the ``plan`` of each coupling. :meth:`Temporal.push`,
        :meth:`Temporal.pull` and the tables use the whole couplings.
    write : bool
        Write ``obs[f"{key_added}_descendants"]`` (mass that a cell sends over the mean of its time; NaN at the last) and
        ``uns[f"{key_added}_temporal"]`` (times, and the kept entries of each coupling by row of ``adata``).
    key_added : str

    Returns
    -------
    Temporal

    Examples
    --------
    >>> import thalweg
    >>> coupled = thalweg.temporal(adata, "day", growth="rate")  # doctest: +SKIP
    >>> coupled.transition_table("cell_type", 0, 2)  # doctest: +SKIP
    """
    if not _anndata.is_anndata(adata):
        raise InputError(f"A {type(adata).__name__} is no AnnData.", "For two clouds use thalweg.match.")
    call = resources(0, threads, memory)
    chosen = None if use_rep is None else _anndata.named(adata, use_rep)
    rows = _anndata.from_anndata(adata, None, time_key, chosen, None, call.memory)
    rates = _rates(adata, growth, len(rows.x))
    finite(rows.times, f"The times in {time_key!r} of obs")
    times = np.unique(rows.times)
    if len(times) < 2:
        raise InputError(f"All cells of {time_key!r} of obs have the time {times[0]:g}, but couplings need two times.")
    places = [np.flatnonzero(rows.times == t) for t in times]
    settings = {"method": "entropic"} if rho is None else {"method": "unbalanced", "rho": rho}
    settings.update(cost=cost, epsilon=epsilon, top_k=top_k)
    settings.update(threads=threads, memory=memory, progress=progress, strict=strict)
    matches = []
    for k in range(len(times) - 1):
        here, there = places[k], places[k + 1]
        # The largest exponent goes: weights are relative, and none overflows.
        expected = rates[here] * (times[k + 1] - times[k])
        weights = np.exp(expected - expected.max())
        weights /= weights.sum()
        matches.append(match(rows.x[here], rows.x[there], a_weights=weights, **settings))
    found = Temporal(times, places, matches, lambda key: _anndata.column(adata, key))
    if write:
        _write(adata, found, key_added)
    return found


def _rates(adata, growth, rows):
    if growth is None:
        return np.zeros(rows)
    rates = vector(_anndata.column(adata, growth) if isinstance(growth, str) else growth, "The growth rates", rows)
    if not np.isfinite(rates).all():
        raise InputError(
            f"The growth rate of row {int(np.flatnonzero(~np.isfinite(rates))[0])} (counted from 0) is not finite.",
            "Give 0 where nothing is known.",
        )
    return rates


def _shared(values, mass):
    """``values`` over the mass of each row, zero where there is none."""
    values = finite(numeric(values, "The values"), "The values")
    if values.ndim not in (1, 2) or len(values) != len(mass):
        raise InputError(f"The values have the shape {values.shape}, but there are {len(mass)} cells at that time.")
    inverse = np.divide(1.0, mass, out=np.zeros_like(mass), where=mass > 0)
    return values * (inverse if values.ndim == 1 else inverse[:, None])


def _indicators(labels: List[str], names: List[str]):
    return matrix(np.array([[float(label == name) for name in names] for label in labels]))


def _write(adata, found, key):
    descendants = np.full(len(adata.obs), np.nan)
    pairs = {}
    for k, coupled in enumerate(found.matches):
        here, there = found.rows[k], found.rows[k + 1]
        sent = coupled.marginals[0]
        descendants[here] = sent / sent.mean()
        pairs[f"{k}_{k + 1}"] = {
            "source": here[coupled.plan.source],
            "target": there[coupled.plan.target],
            "mass": coupled.plan.mass,
            "left_out": coupled.record["plan"]["left_out"],
            "cost": coupled.cost,
        }
    adata.obs[f"{key}_descendants"] = descendants
    adata.uns[f"{key}_temporal"] = {"times": found.times, "couplings": pairs}
