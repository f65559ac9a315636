"""Plans between points from plans of their projections on lines; see :mod:`thalweg.ot.sliced`."""

import sys
from typing import Any, NamedTuple

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives
from ._kinds import Kind, host, rows, weights
from ._public import public
from .utils import check_random_state
from .utils._plans import sparse_plan

_METRICS = ("sqeuclidean", "euclidean", "cityblock", "minkowski")


class PlanTuple(NamedTuple):
    """A sparse plan: masses, rows and columns of its entries."""

    data: Any
    rows: Any
    cols: Any


class _Sliced(NamedTuple):
    kind: Any
    x: np.ndarray
    y: np.ndarray
    directions: np.ndarray
    entries: list
    costs: np.ndarray
    metric: str
    p: float

    def slopes(self, shares):
        """The way back from ``sum_k shares_k costs_k``, at fixed plans, to both clouds."""

        def back(slope):
            each = (_derivatives.of_sparse_cost(self.x, self.y, e, self.metric) for e in self.entries)
            by_x, by_y = zip(*each)
            return tuple(float(slope) * np.tensordot(shares, np.stack(z), 1) for z in (by_x, by_y))

        return back


@public
def sliced_plans(
    X_s,
    X_t,
    a=None,
    b=None,
    metric="sqeuclidean",
    p=1,
    projections=None,
    n_projections=None,
    seed=None,
    batch_size=None,
    log=False,
):
    """The optimal plan along each direction, and what it costs between the points themselves.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, d)
    a, b : array_like, shapes (n,) and (m,), optional
    metric : str
        ``sqeuclidean``, ``euclidean``, ``cityblock`` or ``minkowski`` of order ``p``.
    projections : array_like, shape (d, k), optional
        Directions; ``n_projections`` drawn from ``seed`` without them.

    Returns
    -------
    plans : list of tuples ``(data, rows, cols)``
    costs : array, shape (k,)
    log : dict
        With ``log=True``: ``X_projection``, ``Y_projection`` and ``projections``.
    """
    _derivatives.refuse("The costs of many sliced plans", "Use min_sliced_transport_plan.", X_s, X_t, a, b)
    found = _along(X_s, X_t, a, b, metric, p, projections, n_projections, seed)
    plans = [PlanTuple(found.kind(w), _index(found.kind, i), _index(found.kind, j)) for i, j, w in found.entries]
    costs = found.kind(found.costs)
    if not log:
        return plans, costs
    names = "X_projection", "Y_projection", "projections"
    parts = found.x @ found.directions, found.y @ found.directions, found.directions
    return plans, costs, dict(zip(names, map(found.kind, parts)))


@public
def min_sliced_transport_plan(
    X_s,
    X_t,
    a=None,
    b=None,
    projections=None,
    metric="sqeuclidean",
    p=2,
    n_projections=None,
    seed=None,
    batch_size=None,
    dense=True,
    log=False,
):
    """The cheapest of the plans along directions, an upper bound of the optimal one. Parameters as in :func:`sliced_plans`.

    Returns
    -------
    plan : array, or sparse matrix of SciPy with ``dense=False``, shape (n, m)
    cost : float
        With torch it can be differentiated by the points, at a fixed plan, under the first two metrics.
    log : dict
        With ``log=True``: ``projections``, ``costs``, ``min_projection``, ``X_min_projection`` and ``Y_min_projection``.
    """
    found = _along(X_s, X_t, a, b, metric, p, projections, n_projections, seed)
    best = int(np.argmin(found.costs))
    cost = _valued(found, found.costs[best], np.eye(len(found.costs))[best], X_s, X_t)
    plan = _assembled(found, np.eye(len(found.costs))[best], dense)
    if not log:
        return plan, cost
    direction = found.directions[:, best]
    said = {"projections": found.directions, "costs": found.costs, "min_projection": direction}
    said.update(X_min_projection=found.x @ direction, Y_min_projection=found.y @ direction)
    return plan, cost, {name: found.kind(part) for name, part in said.items()}


@public
def expected_sliced_plan(
    X_s,
    X_t,
    a=None,
    b=None,
    projections=None,
    metric="sqeuclidean",
    p=2,
    n_projections=None,
    beta=0.0,
    seed=None,
    dense=True,
    batch_size=None,
    log=False,
):
    """The mean of the plans along directions, each weighing ``exp(-beta cost)``. Parameters as in :func:`sliced_plans`.

    Returns
    -------
    plan : array, or sparse matrix of SciPy with ``dense=False``, shape (n, m)
    cost : float
        As in :func:`min_sliced_transport_plan`.
    log : dict
        With ``log=True``: ``projections``, ``costs``, ``G`` (the plans) and ``weights``.

    Notes
    -----
    Liu, Díaz Martín, Bai, Shahbazi, Thorpe, Aldroubi, Kolouri, ICLR 2025.
    """
    found = _along(X_s, X_t, a, b, metric, p, projections, n_projections, seed)
    shares = np.exp(-beta * (found.costs - found.costs.min()))
    shares = shares / shares.sum()
    value = float(shares @ found.costs)
    cost = _valued(found, value, shares * (1.0 - beta * (found.costs - value)), X_s, X_t)
    plan = _assembled(found, shares, dense)
    if not log:
        return plan, cost
    plans = [PlanTuple(found.kind(w), _index(found.kind, i), _index(found.kind, j)) for i, j, w in found.entries]
    said = {"projections": found.directions, "costs": found.costs, "weights": shares}
    return plan, cost, {**{name: found.kind(part) for name, part in said.items()}, "G": plans}


def _along(X_s, X_t, a, b, metric, p, projections, n_projections, seed):
    if metric not in _METRICS:
        raise InputError(f'Plans along directions know no metric "{metric}".', f"They are {', '.join(_METRICS)}.")
    kind, x, y = Kind(X_s, X_t, a, b), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    if x.shape[1] != y.shape[1]:
        raise InputError(f"X_s has {x.shape[1]} coordinates and X_t {y.shape[1]}; they must have as many.")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    if projections is None and n_projections is None:
        raise InputError("There are no directions.", "Pass projections or n_projections.")
    if projections is None:
        drawn = check_random_state(seed).randn(x.shape[1], n_projections)
        directions = drawn / np.sqrt((drawn**2).sum(axis=0, keepdims=True))
    else:
        directions = host(projections, "The projections")
    power = {"euclidean": 2.0, "cityblock": 1.0}.get(metric, float(p))
    along = np.ascontiguousarray((x @ directions).T), np.ascontiguousarray((y @ directions).T)
    # On the line one plan is optimal for every power.
    entries = [_ordered(u, v, _thalweg.ot_line(u, a, v, b, 2.0)[0]) for u, v in zip(*along)]
    costs = np.array([_cost(x, y, each, metric, power) for each in entries])
    return _Sliced(kind, x, y, directions, entries, costs, metric, power)


def _ordered(u, v, entries):
    """Entries along the line."""
    i, j, masses = entries
    along = np.lexsort((v[j], u[i]))
    return i[along], j[along], masses[along]


def _cost(x, y, entries, metric, p):
    i, j, masses = entries
    apart = np.abs(x[i] - y[j])
    if metric == "sqeuclidean":
        return float(masses @ (apart**2).sum(axis=1))
    return float(masses @ (apart**p).sum(axis=1) ** (1.0 / p))


def _valued(found, value, shares, X_s, X_t):
    if found.metric not in ("sqeuclidean", "euclidean"):
        _derivatives.refuse(f"The metric {found.metric} along directions", "Use sqeuclidean or euclidean.", X_s, X_t)
    return _derivatives.joined(found.kind, np.float64(value), (X_s, X_t), found.slopes(shares))


def _assembled(found, shares, dense):
    i, j = (np.concatenate([e[side] for e in found.entries]) for side in (0, 1))
    scaled = np.concatenate([share * w for share, (_, _, w) in zip(shares, found.entries)])
    kept = scaled > 0
    shape = len(found.x), len(found.y)
    if not dense:
        return sparse_plan((i[kept], j[kept], scaled[kept]), shape)
    plan = np.zeros(shape)
    np.add.at(plan, (i[kept], j[kept]), scaled[kept])
    return found.kind(plan)


def _index(kind, i):
    return sys.modules["torch"].as_tensor(i) if kind.is_torch else i
