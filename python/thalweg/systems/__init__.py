"""Known laws: a catalogue of flows, maps and delay equations, laws of one's own, and what they do.

>>> import thalweg
>>> lorenz = thalweg.systems.lorenz63(rho=28)
>>> orbit = lorenz.trajectory(n=1000, points_per_period=100)
>>> orbit.values.shape
(1000, 3)
>>> swing = thalweg.systems.System("swing", ["a", "v"], ["v", "-k*sin(a)"], [1, 0], parameters={"k": 2}, period=4.5)
>>> swing.rates([0.5, 0.0]).round(3).tolist()
[0.0, -0.959]

Every system of the catalogue is a function of this module under its name in lower case, its parameters the keywords;
:func:`names` lists them, :func:`search` looks for a word, :func:`get` takes any name. :func:`laws` lists laws with
settings of their own (fields and more), which :func:`simulate` follows.
"""

import json
from difflib import get_close_matches

import numpy as np

from .. import _thalweg
from .._arrays import number
from .._errors import InputError
from .._resources import resources, whole
from .._table import Table
from ._function import Function, from_function
from ._laws import LawResult, ended_early, laws, simulate
from ._options import MOST, as_rows, figure, figures, options, words
from ._orbits import Exponents, Orbits, told
from ._records import catalogue

__all__ = [
    "Exponents",
    "Function",
    "LawResult",
    "Orbits",
    "System",
    "from_function",
    "get",
    "laws",
    "names",
    "search",
    "simulate",
    "table",
    "tags",
]

def _identifier(name):
    """A name as an attribute of this module."""
    plain = name.lower().replace("-", "_")
    return plain if plain.isidentifier() else f"_{plain}"


def names(kind=None, tag=None):
    """Names of the systems of the catalogue.

    Parameters
    ----------
    kind : {"flow", "map", "delay"}, optional
    tag : str or sequence of str, optional
        All of these tags; :func:`tags` lists them.

    Returns
    -------
    list of str
    """
    return [record["name"] for record in _chosen(kind, tag)]


def tags():
    """The tags of the catalogue, with how many systems have each."""
    counts = {}
    for record in catalogue():
        for tag in record["tags"]:
            counts[tag] = counts.get(tag, 0) + 1
    return dict(sorted(counts.items()))


def search(word, kind=None, tag=None):
    """Names of the systems that speak of ``word``: in their name, equations, reference or note; case does not matter."""
    if not isinstance(word, str):
        raise InputError(f"The word is {word!r}, but must be text.")
    where = ("name", "equations", "reference", "note")
    found = []
    for record in _chosen(kind, tag):
        text = " ".join([*(record[key] for key in where), *record["aliases"]])
        if word.lower() in text.lower():
            found.append(record["name"])
    return found


def table(kind=None, tag=None):
    """The catalogue as a :class:`~thalweg._table.Table` that shows itself, a row a system; ``to_pandas()`` makes a data frame."""
    rows = []
    for record in _chosen(kind, tag):
        exponents = record["lyapunov"] or []
        rows.append(
            {
                **record,
                "dimension": len(record["states"]),
                "exponent": exponents[0] if exponents else None,
                "class": record["tags"][0] if record["tags"] else None,
            }
        )
    return Table(rows, ["name", "kind", "dimension", "class", "period", "exponent", "kaplan_yorke"])


def _chosen(kind, tag):
    records = catalogue()
    kinds = sorted({record["kind"] for record in records})
    if kind is not None and kind not in kinds:
        raise InputError(f"There is no kind called {kind!r}.", f"The kinds are {', '.join(kinds)}.")
    wanted = [] if tag is None else [tag] if isinstance(tag, str) else list(tag)
    for one in wanted:
        if one not in tags():
            raise InputError(f"No system has the tag {one!r}.", f"The tags are {', '.join(tags())}.")
    return [r for r in records if kind in (None, r["kind"]) and all(one in r["tags"] for one in wanted)]


def get(name, /, **parameters):
    """The system of the catalogue called ``name``; case, ``-`` and ``_`` do not matter.

    Where a flow and a map share a name it is the flow; ``get("map duffing")`` is the map.

    Parameters
    ----------
    name : str
    **parameters : float
        Values of its parameters, those of the catalogue where nothing is given.

    Returns
    -------
    System
    """
    if not isinstance(name, str):
        raise InputError(f"The name is {name!r}, but must be text.")
    return System._of(_thalweg.KnownSystem.named(name)).having(**parameters)


class System:
    """A flow, a map or a delay equation, written in the expression language.

    Equations are read and never run as code. They know ``+ - * / % ^``, parentheses, the usual functions (``sin``, ``exp``,
    ``abs``, ``min`` ...), ``pi``, the time ``t``, ``let name = expression;`` before the first, and
    ``sum(i, 1, 5, a_i*x^i)``. In a delay equation ``xd`` is ``x`` a time ``tau`` ago, and ``tau`` is a parameter.

    Parameters
    ----------
    name : str
        Letters, digits, ``-`` and ``_``.
    states : sequence of str
        Names of the states.
    equations : sequence of str or str
        The right-hand sides, one a state; or all as one text with ``;`` between them.
    start : array_like, shape (d,)
        An initial state; of a delay equation the constant past.
    parameters : mapping, optional
        Names and values of the parameters.
    kind : {"flow", "map", "delay"}
        Whether the right-hand sides are rates, next states, or rates with a memory.
    period : float, optional
        The dominant period, of which ``points_per_period`` are kept.
    step : float, optional
        A step that resolves the fastest motion; stochastic schemes take it.

    Attributes
    ----------
    record : dict
        What is known of it: equations, period, exponents, reference, note. Figures hold at the usual parameters.
    parameters : dict
        Values of the parameters.
    start : ndarray, shape (d,)
        The initial state.
    """

    def __init__(self, name, states, equations, start, *, parameters=None, kind="flow", period=None, step=None):
        equations = equations if isinstance(equations, str) else "; ".join(equations)
        own = words(name, states, start, parameters, kind, period, step, equations)
        self._native = _thalweg.KnownSystem.own(own)

    @classmethod
    def _of(cls, native):
        system = cls.__new__(cls)
        system._native = native
        return system

    def having(self, *, start=None, **parameters):
        """The same system with other values of parameters and, where it is given, another initial state."""
        values = [(name, figure(value, f"The parameter {name}")) for name, value in parameters.items()]
        start = None if start is None else figures(start, "A value of the initial state")
        return System._of(self._native.having(values, start))

    @property
    def record(self):
        """What is known of it; figures hold at the usual parameters."""
        return json.loads(self._native.record)

    @property
    def name(self):
        """Its name."""
        return self.record["name"]

    @property
    def kind(self):
        """``flow``, ``map`` or ``delay``."""
        return self.record["kind"]

    @property
    def states(self):
        """Names of the states."""
        return tuple(self.record["states"])

    @property
    def parameters(self):
        """Values of the parameters."""
        return dict(self._native.parameters())

    @property
    def start(self):
        """The initial state."""
        return self._native.start()

    def __repr__(self):
        values = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        return f"<{self.kind} {self.name}({values}) of {', '.join(self.states)}>"

    def __reduce__(self):
        record = self.record
        return _restored, (record, list(self.parameters.items()), self.start)

    def rates(self, x, t=0.0, *, past=None):
        """Right-hand sides: rates of a flow, next states of a map, rates of a delay equation.

        Parameters
        ----------
        x : array_like, shape (d,) or (n, d)
        t : float
        past : array_like of the shape of ``x``, optional
            The states a delay ago; a delay equation needs them.

        Returns
        -------
        ndarray of the shape of ``x``
        """
        rows, one = as_rows(x)
        past = None if past is None else as_rows(past)[0]
        found = self._native.rates(number(t, "t"), rows, past)
        return found[0] if one else found

    def jacobian(self, x, t=0.0):
        """Exact derivatives of the right-hand sides by the states, of shape (d, d) or (n, d, d)."""
        rows, one = as_rows(x)
        found = self._native.jacobian(number(t, "t"), rows)
        return found[0] if one else found

    def exponents(
        self,
        *,
        orbits=8,
        stretches=200,
        settle=50,
        restarts=20,
        leading=3,
        tolerance=1e-8,
        threads=None,
        memory=None,
        progress=None,
    ):
        """Lyapunov exponents with their standard errors, from tangents along the exact Jacobian.

        Parameters
        ----------
        orbits : int
            Orbits that are followed together.
        stretches, settle : int
            Lengths of each orbit that are averaged over, and before that: periods of a flow, hundreds of iterations of a
            map, delays of a delay equation.
        restarts : int
            How often at least tangents of a flow are made orthonormal in a stretch.
        leading : int
            How many exponents of a delay equation, which has infinitely many.
        tolerance : float
            Of a step.

        Returns
        -------
        Exponents
        """
        lengths = tuple(
            whole(value, name, 0, MOST)
            for value, name in ((orbits, "orbits"), (stretches, "stretches"), (settle, "settle"), (restarts, "restarts"))
        )
        call = resources(0, threads, memory, progress)
        with call:
            found = self._native.exponents(
                lengths, number(tolerance, "tolerance"), whole(leading, "leading", 1, 64), call
            )
        return Exponents(*found)

    def ftle(
        self, length, *, x=None, y=None, plane=None, frames=1, tolerance=1e-7, threads=None, memory=None, progress=None
    ):
        """Finite-time Lyapunov exponents of a flow on a plane of its states, as a field over longer and longer times.

        Parameters
        ----------
        length : float
            The time over which points are carried; negative for backward, which shows what attracts.
        x, y : (float, float, int), optional
            From, to and how many places along either side; what the motion from :attr:`start` visits where not given.
        plane : (str, str), optional
            The states along ``x`` and ``y``, by default the first two. The others are those of :attr:`start`.
        frames : int
            Times that are kept: ``length`` and evenly shorter ones.
        tolerance : float
            Of a step.

        Returns
        -------
        LawResult
            With the field ``ftle`` of shape (frames, y, x); ``to_xarray()``, ``page(path)``. Ctrl-C gives what was done.
        """
        sides = None
        if x is not None or y is not None or plane is not None:
            if x is None or y is None:
                raise InputError("A plane has two sides.", "Give x and y as (from, to, places).")
            states = self.states[:2] if plane is None else tuple(plane)
            if len(states) != 2:
                raise InputError(f"A plane has two states, but {len(states)} are given: {', '.join(map(str, states))}.")
            sides = [_side(state, side) for state, side in zip(states, (x, y))]
        asked = {
            "plane": sides,
            "length": figure(length, "length"),
            "frames": whole(frames, "frames", 1, MOST),
            "tolerance": figure(tolerance, "tolerance"),
        }
        call = resources(0, threads, memory, progress)
        with call:
            found = LawResult(self._native.stretch(json.dumps(asked), call), self.name)
        return ended_early(found)

    def trajectory(
        self,
        n=1000,
        points_per_period=100,
        *,
        dt=None,
        discard=0,
        start=None,
        ensemble=1,
        spread=1e-3,
        sweep=None,
        drive=None,
        noise=None,
        sense="ito",
        scheme=None,
        step=None,
        observation_noise=0.0,
        gaps=0.0,
        gap_length=None,
        tolerance=1e-9,
        seed=0,
        threads=None,
        memory=None,
        progress=None,
        strict=False,
    ):
        """Trajectories, evenly sampled; Ctrl-C gives what was done until then.

        Parameters
        ----------
        n : int
            Points that are kept.
        points_per_period : float
            Points a dominant period. A map has a point an iteration.
        dt : float, optional
            Time between two points, in its place.
        discard : int
            Points left out before the first.
        start : array_like, shape (d,), optional
            Initial state, in place of :attr:`start`.
        ensemble : int
            Trajectories, from initial states scattered around the first with the standard deviation ``spread``.
        sweep : mapping, optional
            Parameters with the values that they take, each with each: ``{"rho": [20, 24, 28]}``.
        drive : mapping, optional
            Terms that are added to rates, in the expression language: ``{"x": "2*cos(1.2*t)"}``.
        noise : float, str or mapping, optional
            Coefficients of the Brownian motion of each state, independent of each other: a number or an expression for all,
            or ``{"x": "0.1*x"}``. ``sense`` is that of the equation where they depend on the state: ``"ito"`` (by
            Euler and Maruyama), ``"stratonovich"`` or ``"anti-ito"`` (by Heun). ``scheme`` chooses another:
            ``"euler-maruyama"``, ``"heun"``, ``"milstein"`` (strong order 1), ``"sra1"`` (1.5, for coefficients without
            the state), ``"sri1"`` (1.5) or ``"platen"`` (weak order 2). ``step`` is its step.
        observation_noise : float
            Normal noise on what is seen, as a share of the standard deviation of each state.
        gaps : float
            Share of the points that were missed; they are NaN. ``gap_length`` is the mean length of a gap in points;
            without it points are missed independently.
        tolerance : float
            Relative and absolute tolerance of a step.
        seed : int
            Of scatter, noise and gaps.
        threads, memory, progress
            As in :func:`thalweg.learn`.
        strict : bool
            Raise where the motion ended early, in place of a warning.

        Returns
        -------
        Orbits
        """
        given = options(
            n, points_per_period, dt, discard, start, ensemble, spread, sweep, drive, noise, sense, step,
            observation_noise, gaps, gap_length, tolerance, seed, self.states, scheme,
        )  # fmt: skip
        call = resources(seed, threads, memory, progress)
        with call:
            found = Orbits(self._native.follow(json.dumps(given), call), self.states, self.name)
        return told(found, strict)


def _side(state, side):
    try:
        first, last, count = side
    except (TypeError, ValueError):
        raise InputError(f"A side is {side!r}, but must be (from, to, places).") from None
    return {
        "state": str(state),
        "from": figure(first, "from"),
        "to": figure(last, "to"),
        "count": whole(count, "places", 4, 10**6),
    }


def _restored(record, parameters, start):
    system = System(
        record["name"],
        record["states"],
        record["equations"],
        start,
        parameters=dict(parameters),
        kind=record["kind"],
        period=record["period"],
        step=record["step"],
    )
    return system


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(f"module 'thalweg.systems' has no attribute {name!r}")
    for record in catalogue():
        if name in (_identifier(record["name"]), f"{record['kind']}_{_identifier(record['name'])}"):
            return _maker(f"{record['kind']} {record['name']}", record)
    known = [_identifier(record["name"]) for record in catalogue()]
    near = get_close_matches(name.lower(), [*known, *__all__], 3, 0.5)
    hint = f" The nearest are {', '.join(near)}." if near else ""
    raise AttributeError(f"module 'thalweg.systems' has no system called {name!r}.{hint}")


def _maker(called, record):
    def make(**parameters):
        return get(called, **parameters)

    make.__name__ = make.__qualname__ = _identifier(record["name"])
    values = ", ".join(f"{name}={value:g}" for name, value in record["parameters"].items())
    make.__doc__ = f"{record['name']}, a {record['kind']} of {', '.join(record['states'])}; parameters {values}.\n\n{record['reference']}"
    return make


def __dir__():
    return sorted([*__all__, *{_identifier(record["name"]) for record in catalogue()}])
