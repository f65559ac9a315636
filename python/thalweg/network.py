"""Flows through networks whose edges fill up: equilibria, optima, cheapest flows, and distances for transport.

>>> import thalweg
>>> roads = {"from": ["a", "a", "b", "c", "b"], "to": ["b", "c", "d", "d", "c"],
...          "time": [1, 50, 50, 1, 10], "b": [10, 0.02, 0.02, 10, 0.1], "capacity": [1] * 5, "power": [1] * 5}
>>> found = thalweg.network.equilibrium(roads, {"from": ["a"], "to": ["d"], "amount": [6]})
>>> found.converged
True

Every function takes a network and trips. A network is the path of a file (``.tntp`` of the TransportationNetworks
collection, ``.csv``, ``.tsv``, ``.parquet``), or a data frame or mapping with the columns ``from``, ``to`` and ``time``
(of the empty edge), and as there are ``capacity``, ``b`` (0.15), ``power`` (4) and ``fixed`` (0). An edge takes
``time * (1 + b * (flow / capacity) ** power) + fixed``. Trips have the columns ``from``, ``to`` and ``amount``. Nodes
may have any names.
"""

import json
import os
import warnings as python_warnings

import numpy as np

from . import _thalweg
from ._arrays import number, plain, vector
from ._errors import FailedError, InputError, NotConvergedWarning
from ._resources import path, resources, whole
from ._table import Table

__all__ = ["Flows", "distances", "equilibrium", "min_congestion", "min_cost", "optimum", "shortest"]

_ENDS = {"from", "to", "init_node", "term_node", "source", "target", "origin", "destination"}


class Flows:
    """Flows on the edges of a network.

    Attributes
    ----------
    flow : ndarray, shape (m,)
        Flow of each edge, in the order of the network.
    time : ndarray, shape (m,)
        Time of each edge at that flow.
    ends : tuple of list of str
        Names of the nodes that each edge leaves and enters.
    objective : float
        What was minimised: Beckmann's integral at an equilibrium, the total time at an optimum, the cost, or the largest
        flow over capacity.
    bound : float
        What no flows of these trips can get below.
    gap : float
        ``objective - bound``.
    total_time : float
        Sum of flow times time.
    report : dict
        How the solve ended: status, iterations, residuals, seconds, advice.
    record : dict
        All figures, as ``thalweg route --json`` prints them.
    """

    def __init__(self, native):
        self._native = native
        self.record = json.loads(native.record)
        self.report = self.record["report"]
        self.objective, self.bound, self.gap = (self.record[key] for key in ("objective", "bound", "gap"))
        self.total_time = self.record["total_time"]
        self.flow, self.time, self.ends = native.flow(), native.time(), native.ends()

    @property
    def converged(self):
        """Whether the gap fell below the tolerance."""
        return self.report["status"]["outcome"] == "converged"

    def paths(self):
        """The paths of all trips: a table of ``from``, ``to``, ``flow``, ``time`` and ``nodes``."""
        columns = ("from", "to", "flow", "time", "nodes")
        rows = zip(*(part.tolist() if isinstance(part, np.ndarray) else part for part in self._native.paths()))
        return Table([dict(zip(columns, (*row[:4], row[4].split(" ")))) for row in rows], columns)

    def __repr__(self):
        method, edges = self.record["method"], self.record["edges"]
        return f"<thalweg.network.Flows {method}, {edges} edges: objective {self.objective:.9g}, gap {self.gap:.1e}>"


def equilibrium(
    network,
    trips,
    *,
    zones=(),
    tolerance=1e-10,
    max_iterations=1000,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
):
    """The flows in which nobody gains by another way (Wardrop's user equilibrium).

    Parameters
    ----------
    network, trips : path, DataFrame or mapping
        As the module says.
    zones : sequence
        Nodes at which paths may begin and end, but that they do not pass through. Files say so themselves.
    tolerance : float
        Relative gap at which it ends: the time lost to the shortest paths, as a part of the total time.
    max_iterations : int
    threads, memory, progress
        As in :func:`thalweg.learn`. The result does not depend on ``threads``.
    strict : bool
        Raise where the gap was not reached, instead of warning.

    Returns
    -------
    Flows
    """
    return _route("equilibrium", network, trips, zones, tolerance, max_iterations, threads, memory, progress, strict)


def optimum(
    network,
    trips,
    *,
    zones=(),
    tolerance=1e-10,
    max_iterations=1000,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
):
    """The flows of least total time (system optimum). Parameters as in :func:`equilibrium`."""
    return _route("optimum", network, trips, zones, tolerance, max_iterations, threads, memory, progress, strict)


def shortest(network, trips, *, zones=(), threads=None, memory=None, progress=None):
    """The flows if everybody takes a fastest way of the empty network. Parameters as in :func:`equilibrium`."""
    return _route("shortest", network, trips, zones, 1e-10, 1000, threads, memory, progress, True)


def min_congestion(
    network,
    trips,
    *,
    zones=(),
    tolerance=1e-6,
    max_iterations=1000,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
):
    """The flows whose largest flow over capacity is least; the inverse of that is how many times the demand fits.

    Parameters as in :func:`equilibrium`; ``tolerance`` is the relative gap to the bound.
    """
    return _route("min-congestion", network, trips, zones, tolerance, max_iterations, threads, memory, progress, strict)


def min_cost(network, trips, *, threads=None, memory=None, progress=None):
    """The cheapest flows of goods that are alike: any supply may serve any demand, and capacities hold.

    The cost of an edge is ``time + fixed``. Parameters as in :func:`equilibrium`. There are no paths.
    """
    return _route("min-cost", network, trips, (), 1e-10, 1000, threads, memory, progress, True)


def distances(network, sources, targets=None, *, zones=(), threads=None, memory=None, progress=None):
    """Lengths of the shortest paths of the empty network: a cost for :func:`thalweg.ot.emd` and its like.

    Parameters
    ----------
    network : path, DataFrame or mapping
        As the module says; the length of an edge is ``time + fixed``.
    sources, targets : sequence
        Names of nodes; without ``targets`` the sources.
    zones, threads, memory, progress
        As in :func:`equilibrium`.

    Returns
    -------
    ndarray, shape (len(sources), len(targets))
        Infinite where there is no path.
    """
    sources = _names(sources, "sources")
    targets = sources if targets is None else _names(targets, "targets")
    call = resources(0, threads, memory, progress)
    with call:
        return _thalweg.network_distances(_source("network", network), sources, targets, _names(zones, "zones"), call)


def _route(method, network, trips, zones, tolerance, max_iterations, threads, memory, progress, strict):
    options = {
        "method": method,
        "tolerance": number(tolerance, "tolerance"),
        "max_iterations": whole(max_iterations, "max_iterations", 1, 2**53),
    }
    network, trips, zones = _source("network", network), _source("trips", trips), _names(zones, "zones")
    if zones and isinstance(network, str):
        raise InputError("Zones were given for a network that is a file.", "Read the file into columns first.")
    call = resources(0, threads, memory, progress)
    with call:
        found = Flows(_thalweg.route(network, trips, zones, json.dumps(options), call))
    if not found.converged:
        sentence = f"The gap is above the tolerance after {found.report['iterations']} iterations."
        if strict:
            raise FailedError(sentence, found.report["advice"])
        python_warnings.warn(f"{sentence} {found.report['advice']}", NotConvergedWarning, stacklevel=3)
    return found


def _source(name, data):
    """A path as text, or a name with columns: nodes as text, all else as numbers."""
    if isinstance(data, (str, os.PathLike)):
        return path(data, name)
    try:
        columns = {str(key): data[key] for key in data.keys()}
    except (AttributeError, TypeError):
        raise InputError(
            f"{name} is a {type(data).__name__}, but it must be a path, a data frame or a mapping of columns.",
            "Give columns, for example {'from': [...], 'to': [...], 'time': [...]}.",
        ) from None
    wanted = _ENDS | {"time", "free_flow_time", "cost", "capacity", "b", "power", "fixed"}
    wanted |= {"amount", "trips", "demand", "flow"}
    return name, [
        (key, _names(values, f"`{key}` of {name}") if key in _ENDS else vector(values, f"`{key}` of {name}"))
        for key, values in columns.items()
        if key in wanted
    ]


def _names(values, what):
    """Names of nodes as text; 7 and 7.0 are one node."""
    if isinstance(values, str):
        raise InputError(f"{what} is text, but it must be a sequence of names of nodes.", "Put it into a list.")
    array = plain(list(values), what)
    if array.ndim != 1:
        raise InputError(f"{what} have {array.ndim} axes, but names of nodes have 1.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{what} have a missing node.")
    return [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in array.tolist()]
