"""Matching two clouds: which mass of one goes where in the other, at what cost."""

import functools
import json
import os
import warnings as python_warnings
from collections.abc import Mapping
from html import escape
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from . import _anndata, _data, _table, _thalweg
from ._arrays import finite, matrix, number, vector
from ._errors import DataWarning, FailedError, InputError, NotConvergedWarning
from ._resources import path, resources, whole

# As many as the engine counts.
_MOST = 2**53


class Side(NamedTuple):
    """One cloud; read by the native half."""

    name: str
    x: np.ndarray
    weights: Optional[np.ndarray]
    features: Optional[List[str]]


class Plan(NamedTuple):
    """The kept entries of a plan, by source and target: the coordinate form of a sparse matrix.

    ``scipy.sparse.coo_array((plan.mass, (plan.source, plan.target)), plan.shape)`` makes one.

    Attributes
    ----------
    source : ndarray of int, shape (k,)
        Row of the source.
    target : ndarray of int, shape (k,)
        Row of the target.
    mass : ndarray, shape (k,)
        Mass that goes.
    cost : ndarray, shape (k,)
        Cost of a unit of mass.
    shape : tuple of int
        Numbers of sources and of targets.
    """

    source: np.ndarray
    target: np.ndarray
    mass: np.ndarray
    cost: np.ndarray
    shape: Tuple[int, int]

    def dense(self):
        """The masses as an array of shape (n, m), zero where nothing was kept."""
        out = np.zeros(self.shape)
        out[self.source, self.target] = self.mass
        return out


class Match:
    """What :func:`thalweg.match` gives: the plan, what proves it, and what it carries where.

    Attributes
    ----------
    plan : Plan
        The kept entries; ``record["plan"]["left_out"]`` is the part of the mass that is not in them. Of a match with a
        folder they are read from there when they are first asked for.
    cost : float
        Transport cost of the whole plan.
    barycentric : ndarray, shape (n, d)
        Mean target of each source. A source that sends nothing stays where it is.
    potentials : tuple of ndarray
        Dual potentials of the sources and of the targets, in units of the cost.
    marginals : tuple of ndarray
        Mass that leaves each source and that reaches each target.
    report : dict
        How the solve ended: status, iterations, residuals, seconds, advice.
    record : dict
        The content of ``match.json``: primal, dual, gap, epsilon, marginal errors and more.
    folder : str or None
        The folder of the match, if there is one.
    threads : int or None
        Threads of :meth:`push` and :meth:`pull`.
    """

    def __init__(self, native, folder=None, threads=None):
        self._native = native
        self.folder = folder
        self.threads = threads
        self.record = json.loads(native.record)
        self.report = self.record["report"]
        self.cost = self.record["cost"]
        self.barycentric = native.image()
        self.potentials = native.potentials()
        self.marginals = native.marginals()

    @functools.cached_property
    def plan(self):
        """The kept entries, a :class:`Plan`."""
        return Plan(*self._native.entries(), self._shape)

    @functools.cached_property
    def factors(self):
        """``left`` (n, r), ``inner`` (r,) and ``right`` (m, r) of a plan of low rank, None of others.

        The plan is ``left / inner @ right.T``.
        """
        return self._native.factors()

    @property
    def _shape(self):
        return self.record["source"]["points"], self.record["target"]["points"]

    @property
    def status(self):
        """``converged``, or ``exhausted`` with the budget that ran out, or ``diverged``."""
        status = self.report["status"]
        budget = status.get("budget")
        return status["outcome"] if budget is None else f"{status['outcome']} ({budget})"

    @property
    def converged(self):
        """Whether the stopping rule was met."""
        return self.report["status"]["outcome"] == "converged"

    def push(self, values, *, mean=False):
        """Values on the source carried to the target by the whole plan.

        Parameters
        ----------
        values : array_like, shape (n,) or (n, k)
        mean : bool
            Give the mean over what arrives (NaN where nothing does) instead of the sum ``sum_i plan[i, j] values[i]``.

        Returns
        -------
        ndarray, shape (m,) or (m, k)
        """
        return self._carried(self._native.push, values, self.marginals[1] if mean else None)

    def pull(self, values, *, mean=False):
        """Values on the target carried back to the source by the whole plan.

        Parameters
        ----------
        values : array_like, shape (m,) or (m, k)
        mean : bool
            Give the mean over what is sent (NaN where nothing is) instead of the sum ``sum_j plan[i, j] values[j]``.

        Returns
        -------
        ndarray, shape (n,) or (n, k)
        """
        return self._carried(self._native.pull, values, self.marginals[0] if mean else None)

    def map(self, points):
        """Where any points go on average under an entropic plan, sources or not (the entropic map).

        Parameters
        ----------
        points : array_like, shape (k, d)

        Returns
        -------
        ndarray, shape (k, d)
            The mean of the targets under ``b_j exp((g_j - c(x, y_j)) / epsilon)``.
        """
        return self._native.map(matrix(points, "The points"), resources(threads=self.threads))

    def sample(self, rows=None, *, seed=0):
        """Targets drawn in proportion to the rows of the plan.

        Parameters
        ----------
        rows : array_like of int, shape (k,), optional
            Sources, repeats allowed; by default every source once.
        seed : int

        Returns
        -------
        ndarray of int, shape (k,)
        """
        rows = np.arange(self._shape[0]) if rows is None else np.asarray(rows)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise InputError(f"Rows are a list of whole numbers, not {rows.dtype} of shape {rows.shape}.")
        return self._native.sample(np.ascontiguousarray(rows, np.int64), resources(seed, self.threads))

    def top_k(self, k):
        """The ``k`` largest entries of each row of the whole plan, a :class:`Plan`; no ``n x m`` array is made."""
        return Plan(*self._native.top_k(whole(k, "k", 0, _MOST), resources(threads=self.threads)), self._shape)

    def _carried(self, carry, values, mass):
        flat = np.ndim(values) == 1
        values = finite(matrix(np.reshape(values, (-1, 1)) if flat else values, "The values"), "The values")
        carried = carry(values, resources(threads=self.threads))
        if mass is not None:
            with np.errstate(invalid="ignore", divide="ignore"):
                carried = carried / mass[:, None]
        return carried[:, 0] if flat else carried

    def _advice(self):
        """What to try next, in the words of this call; the record has those of the command line."""
        advice = self.report.get("advice")
        for flag in ("--max-iterations", "--epsilon-absolute", "--tolerance", "--alpha", "--cost", "--rank"):
            advice = advice and advice.replace(flag, flag.strip("-").replace("-", "_"))
        return advice

    def page(self, open_browser=False):
        """Path of the page of the match, which needs a folder (``output``); opened in a browser where asked for."""
        if self.folder is None:
            raise InputError("The match has no folder, and so no page.", "Name one with output.")
        page = os.path.join(self.folder, "report.html")
        if open_browser:
            import pathlib
            import webbrowser

            webbrowser.open(pathlib.Path(page).resolve().as_uri())
        return page

    def __repr__(self):
        (n, m), options = self._shape, self.record["options"]
        return f"<thalweg.Match {n} to {m}, {options['method']}, {options['cost']}: cost {self.cost:.6g}, {self.status}>"

    def _repr_html_(self):
        record, options = self.record, self.record["options"]
        (n, m), plan, gap = self._shape, record["plan"], record["gap"]
        lead = f"<b>{escape(options['method'])}</b> match, {escape(options['cost'])}: {n} to {m} points, {escape(self.status)}"
        rows = [
            ["cost", f"{self.cost:.6g}"],
            ["objective", f"{record['primal']:.6g}"],
            ["gap", "none: a local optimum" if gap is None else f"{gap:.2g}"],
            ["marginals off", f"{record['source']['marginal_error']:.2g}, {record['target']['marginal_error']:.2g}"],
            ["entries", f"{plan['entries']} ({100 * (1 - plan['left_out']):.4g} % of the mass)"],
        ]
        advice = self._advice()
        note = f"<p style='margin:.25em .75em'>{escape(advice)}</p>" if advice else ""
        return f"<div><p style='margin:.25em .75em'>{lead}</p>{_table.html(['', 'value'], rows)}{note}</div>"


def match(
    a,
    b,
    *,
    use_rep=None,
    b_use_rep=None,
    weights=None,
    a_weights=None,
    b_weights=None,
    cost="sqeuclidean",
    gamma=None,
    graph=None,
    node=None,
    a_nodes=None,
    b_nodes=None,
    method="exact",
    epsilon=None,
    epsilon_absolute=None,
    rho=None,
    rho_absolute=None,
    alpha=None,
    rows="draws",
    rank=None,
    mass=None,
    top_k=None,
    tolerance=None,
    max_iterations=None,
    seed=0,
    output=None,
    threads=None,
    memory=None,
    progress=None,
    strict=False,
):
    """Match two clouds of points: which mass of ``a`` goes where in ``b``, at what cost.

    The same computation as ``thalweg match``.

    Parameters
    ----------
    a, b : array, DataFrame, mapping, AnnData, or path
        Arrays of shape (n, d) and (m, d), or tables and files as in :func:`learn`, both files or neither. Columns with
        names are matched by name.
    use_rep : str, int, or list of them, optional
        The coordinates of both, as in :func:`learn`.
    b_use_rep : str, int, or list of them, optional
        Those of ``b`` where they are others, for ``gromov``.
    weights : str, optional
        Column of both, or key of ``obs``, with the weight of each row.
    a_weights, b_weights : array_like, optional
        The same as arrays. By default every row counts the same.
    cost : {"sqeuclidean", "euclidean", "cosine", "cityblock", "elastic", "graph"}, array_like, or callable
        ``elastic`` is ``|x - y|^2 / 2 + gamma sum_k |x_k - y_k|``, under which displacements have few coordinates;
        ``graph`` the shortest path through ``graph`` between the nodes of both rows. Also costs of your own, of shape (n, m), of which infinite ones forbid a pair (for ``exact``, ``entropic`` and
        ``unbalanced``), or a function ``cost(x, y)`` that gives the costs (k, m) from some rows
        ``x`` (k, d) of ``a`` to all of ``b``; it is asked for a block of rows at a time, and its answers are kept.
    gamma : float, optional
        For ``elastic``: weight of the city block, in units of the features.
    graph : path, optional
        For ``graph``: the network, a ``.tntp`` file, or a table with columns ``from``, ``to`` and ``time``.
    node : str, optional
        For ``graph``: column of both, or key of ``obs``, with the node of each row.
    a_nodes, b_nodes : array_like, optional
        The same as arrays.
    method : {"exact", "entropic", "unbalanced", "partial", "gromov", "semi-discrete", "low-rank"}
        ``exact`` is the cheapest plan, with a proof; ``entropic`` adds ``epsilon KL(plan | a b)``; ``unbalanced`` also
        replaces each marginal by ``rho KL``; ``partial`` is the cheapest plan that moves ``mass``, with a proof. For
        these two, weights are amounts, in units of the total of ``a``. ``gromov`` keeps relations within each cloud (``cost``
        between its rows), and the clouds may have different columns; it is a local optimum. ``semi-discrete`` takes
        ``a`` for a law and ``b`` for its sites, in memory of order n + m. ``low-rank`` is the cheapest plan through
        ``rank`` meeting places that descent finds, in time and memory of order n + m, for ``sqeuclidean`` and ``cosine``.
    epsilon, epsilon_absolute : float, optional
        Strength of the entropy: as a part of the mean cost (0.05 by default), or in units of the cost.
    rho, rho_absolute : float, optional
        Cost of creating or destroying mass: as a multiple of the mean cost (1 by default), or in units of the cost.
    alpha : float, optional
        For ``gromov``: weight of the relations (1 by default) against the costs between the columns that both have.
    rows : {"draws", "pixels"}
        For ``semi-discrete``: what the rows of ``a`` are, draws from the law (solved by stochastic ascent) or the
        centres of the pixels of a regular grid in the plane, weights being their masses (solved exactly, by Newton's method).
    rank : int, optional
        For ``low-rank``: the number of meeting places (32, or the points of the smaller side if they are fewer).
    mass : float, optional
        What ``partial`` moves, in units of the total of ``a``; without weights both sides have mass 1.
    top_k : int, optional
        Largest entries of each row that are kept in ``plan``. By default all, of large plans two million together, and
        of large plans of low rank, which their :attr:`Match.factors` hold, none. Cost,
        projection, :meth:`Match.push` and :meth:`Match.pull` are those of the whole plan.
    tolerance : float, optional
        Relative marginal error at which a solver stops (1e-6 by default, 0.02 for draws, 1e-9 for pixels); for
        ``gromov`` the relative change of the objective (1e-9), for ``low-rank`` what ten steps gain of the cost (1e-4).
    max_iterations : int, optional
        Iterations that a solver may take (10,000 by default, 256,000 steps for draws, 200 for pixels, 500 for
        ``low-rank``).
    seed : int
        Seed of the sample that the page draws.
    output : path, optional
        New folder for plan, potentials, projection, record and ``report.html``.
    threads, memory, progress
        As in :func:`learn`. The result does not depend on ``threads``.
    strict : bool
        Raise where a budget ran out, instead of warning.

    Returns
    -------
    Match

    Raises
    ------
    InputError
        Bad input or usage, refused before any work (a ``ValueError``).
    FailedError
        With ``strict``: the solver did not converge (a ``RuntimeError``).

    Examples
    --------
    >>> import numpy as np, thalweg
    >>> a = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = thalweg.match(a, a + [3.0, 0.0])
    >>> round(found.cost, 9)
    9.0
    >>> bool((found.plan.source == found.plan.target).all())
    True
    """
    named = isinstance(cost, str)
    options = {
        "cost": _choice(cost, "cost", _COSTS) if named else "sqeuclidean",
        "gamma": None if gamma is None else _finite(gamma, "gamma"),
        "method": _choice(method, "method", _METHODS),
        "epsilon": _strength("epsilon", epsilon, epsilon_absolute),
        "rho": _strength("rho", rho, rho_absolute),
        "alpha": None if alpha is None else _finite(alpha, "alpha"),
        "rows": _choice(rows, "rows", ("draws", "pixels")),
        "rank": None if rank is None else whole(rank, "rank", 0, _MOST),
        "mass": None if mass is None else _finite(mass, "mass"),
        "top_k": None if top_k is None else whole(top_k, "top_k", 0, _MOST),
        "tolerance": None if tolerance is None else number(tolerance, "tolerance"),
        "max_iterations": None if max_iterations is None else whole(max_iterations, "max_iterations", 0, _MOST),
    }
    call = resources(seed, threads, memory, progress)
    options["seed"] = call.seed
    output = None if output is None else path(output, "output")
    graph = _network(cost if named else None, graph)
    shown = {} if graph is None else {"graph": graph, "node": node}
    command = _command(a, b, {**(options if named else {**options, "cost": _Shown(cost)}), **shown})
    files = [isinstance(data, (str, os.PathLike)) for data in (a, b)]
    if files[0] != files[1]:
        raise InputError("One side is a file and the other is not.", "Give two paths, or read the file first.")
    if all(files):
        if not named:
            raise InputError("Costs of your own need rows in memory.", "Read the files first.")
        if a_weights is not None or b_weights is not None:
            raise InputError("Weights of a file are a column of it.", "Name it with weights.")
        if a_nodes is not None or b_nodes is not None or (graph is not None and node is None):
            raise InputError("Nodes of a file are a column of it.", "Name it with node.")
        features = [_features(a, use_rep), _features(b, b_use_rep)]
        names = [path(data, "The path") for data in (a, b)]
        with call:
            network = None if graph is None else (graph, node)
            native = _thalweg.match_files(*names, *features, weights, network, json.dumps(options), command, output, call)
    else:
        sides = [
            _side(name, data, rep, weights if given is None else given, call.memory)
            for name, data, rep, given in (
                ("a", a, use_rep, a_weights),
                ("b", b, use_rep if b_use_rep is None else b_use_rep, b_weights),
            )
        ]
        given = None if named else _costs(cost, *(side.x for side in sides), call.memory)
        places = None
        if graph is not None:
            each = ((data, nodes, side) for data, nodes, side in zip((a, b), (a_nodes, b_nodes), sides))
            places = _Places(graph, *(_nodes(data, node, nodes, side) for data, nodes, side in each))
        with call:
            native = _thalweg.match_rows(*sides, given, places, json.dumps(options), command, output, call)
    found = Match(native, output, threads)
    _tell(found, strict)
    return found


_COSTS = ("sqeuclidean", "euclidean", "cosine", "cityblock", "elastic", "graph")
# Costs of this many pairs are asked of a function at once.
_BLOCK = 1 << 22
_METHODS = ("exact", "entropic", "unbalanced", "partial", "gromov", "semi-discrete", "low-rank")


class _Places(NamedTuple):
    """Where the rows of both clouds are on a network; read by the native half."""

    graph: str
    source: List[str]
    target: List[str]


def _network(cost, graph):
    """The file of the network, which the cost graph needs and no other takes."""
    if cost == "graph" and graph is None:
        raise InputError("The cost graph needs a network.", "Name its file with graph, and the nodes with node.")
    if cost != "graph" and graph is not None:
        raise InputError("A graph means nothing to this cost.", "Leave it out, or set cost='graph'.")
    return None if graph is None else path(graph, "graph")


def _nodes(data, node, given, side):
    """The node of each row of one cloud, as text."""
    if given is None and node is None:
        raise InputError(f"The nodes of the rows of {side.name} are missing.", "Name a column with node, or pass arrays.")
    if given is None:
        if _anndata.is_anndata(data):
            given = _anndata.column(data, node)
        elif isinstance(data, Mapping) or hasattr(data, "columns"):
            by_name = {str(name): name for name in (data.columns if hasattr(data, "columns") else data)}
            given = data[by_name[_data.lookup(by_name, node, "column")]]
        else:
            raise InputError("An array has no columns with names.", "Pass a_nodes and b_nodes.")
    nodes = np.asarray(given)
    if nodes.shape != (len(side.x),):
        raise InputError(f"The nodes of {side.name} have the shape {nodes.shape}, but there are {len(side.x)} rows.")
    return [str(label) for label in nodes.tolist()]


class _Shown(NamedTuple):
    """What a command shows of costs that have no name."""

    cost: object

    def __repr__(self):
        return getattr(self.cost, "__name__", f"<{type(self.cost).__name__}>")


def _costs(cost, x, y, memory):
    """The costs of the caller as an array; of a function a block of rows at a time."""
    n, m = len(x), len(y)
    if memory is not None and 16 * n * m > memory:
        raise InputError(
            f"Costs of your own between {n} and {m} points are held whole, which takes {16 * n * m} bytes; the budget "
            f"is {memory}.",
            "Raise memory, or use a cost that has a name.",
        )
    if not callable(cost):
        given = matrix(cost, "The costs")
        if given.shape != (n, m):
            raise InputError(f"The costs have the shape {given.shape}, but there are {n} points and {m}.")
        return given
    given = np.empty((n, m))
    step = max(1, _BLOCK // max(m, 1))
    for first in range(0, n, step):
        block = matrix(cost(x[first : first + step], y), "What the cost function gave")
        if block.shape != (len(x[first : first + step]), m):
            raise InputError(
                f"The cost function gave the shape {block.shape} for {len(x[first : first + step])} rows and {m}.",
                "It takes x (k, d) and y (m, d) and gives (k, m).",
            )
        given[first : first + step] = block
    return given


def _features(data, use_rep):
    """A selection of columns of a file, as the command line writes it."""
    names = None if use_rep is None else _anndata.named(data, use_rep)
    return names if names is None or isinstance(names, str) else ",".join(names)


def _choice(value, name, choices):
    if value in choices:
        return value
    raise InputError(f"There is no {name} called {value!r}.", f"Choose from {', '.join(choices)}.")


def _strength(name, relative, absolute):
    if relative is not None and absolute is not None:
        raise InputError(f"Both {name} and {name}_absolute were given.", "Give one of them.")
    if relative is not None:
        return {"relative": _finite(relative, name)}
    return None if absolute is None else {"absolute": _finite(absolute, f"{name}_absolute")}


def _finite(value, name):
    value = number(value, name)
    if not np.isfinite(value):
        raise InputError(f"{name} is {value}, but it must be positive and finite.")
    return value


def _side(name, data, use_rep, weights, memory):
    """A cloud from whatever the user has; its rows need no times, so that any will do."""
    if _anndata.is_anndata(data):
        use_rep = None if use_rep is None else _anndata.named(data, use_rep)
        rows = _anndata.from_anndata(data, np.zeros(len(data.obs)), None, use_rep, weights, memory)
    elif isinstance(data, Mapping) or hasattr(data, "columns"):
        first = next(iter(data), None)
        if first is None:
            raise InputError(f"The table {name} has no columns.")
        rows = _data.from_columns(data, np.zeros(len(data[first])), None, use_rep, weights)
    else:
        if use_rep is not None or isinstance(weights, str):
            raise InputError("An array has no columns with names.", "Give a mapping of columns, or leave the names out.")
        x = matrix(data, f"The points of {name}")
        weights = None if weights is None else vector(weights, f"The weights of {name}", len(x))
        return Side(name, x, weights, None)
    if len(rows.features) == 0:
        raise InputError(f"{name} has no coordinates.")
    for sentence in rows.warnings:
        python_warnings.warn(f"{name}: {sentence}", DataWarning, stacklevel=3)
    key = rows.features[0].removesuffix("_0")
    named = rows.features != _data.numbered(key, len(rows.features))
    return Side(name, rows.x, rows.weights, rows.features if named else None)


def _command(a, b, options):
    def shown(data):
        return repr(os.fspath(data)) if isinstance(data, (str, os.PathLike)) else f"<{type(data).__name__}>"

    words = [shown(a), shown(b)]
    for name, value in options.items():
        if isinstance(value, dict):
            ((kind, value),) = value.items()
            name = name if kind == "relative" else f"{name}_absolute"
        if value is not None and (name, value) != ("rows", "draws"):
            words.append(f"{name}={value!r}")
    return f"thalweg.match({', '.join(words)})"


def _tell(found, strict):
    for sentence in found.record["warnings"]:
        python_warnings.warn(sentence, DataWarning, stacklevel=3)
    if found.converged:
        return
    advice = found._advice()
    sentence = f"The match did not converge: {found.status}."
    if strict:
        raise FailedError(sentence, advice)
    python_warnings.warn(sentence if advice is None else f"{sentence} {advice}", NotConvergedWarning, stacklevel=3)
