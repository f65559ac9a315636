"""Laws that are functions of Python."""

import json

import numpy as np

from .. import _thalweg
from .._arrays import number
from .._callables import checked
from .._errors import InputError
from .._resources import resources
from ._options import as_rows, figure, figures, options, words
from ._orbits import Orbits, told


def from_function(
    rates, start, *, kind="flow", delay=None, states=None, name="function", period=None, noise=None, additive=False
):
    """A law that is a function of Python: ``rates(t, x)``, or ``rates(t, x, past)`` where it looks back.

    The function is called with arrays of shape (rows, d) and gives one of the same shape, so that one call serves many
    states. It is slower than the expression language, tens of times for a single trajectory, because each step goes
    through the interpreter. Exponents are measured by :func:`thalweg.measure.exponents`.

    Parameters
    ----------
    rates : callable
        Rates ``dx/dt`` of a flow or a delay equation; of a map the next state, and ``t`` counts the iterations before.
    start : array_like, shape (d,)
        An initial state; of a delay equation the constant past.
    kind : {"flow", "map", "delay"}
    delay : float or sequence of float, optional
        How long ago ``past`` was, of shape (rows, d); with several delays of shape (delays, rows, d).
    states : sequence of str, optional
        Names of the states, ``x0``, ``x1``, ... where nothing is given.
    name : str
    period : float, optional
        The dominant period; without it :meth:`Function.trajectory` needs ``dt``. A map needs none.
    noise : callable, optional
        ``noise(t, x)``, the coefficient of the Brownian motion of each state of a flow, of the shape of ``x``.
    additive : bool
        Whether the noise is the same in every state, so that a scheme of higher order may be taken.

    Returns
    -------
    Function
    """
    return Function(rates, start, kind, delay, states, name, period, noise, additive)


class Function:
    """A law that is a function of Python; see :func:`from_function`."""

    def __init__(self, rates, start, kind, delay, states, name, period, noise, additive):
        for what, function in (("rates", rates), ("noise", noise)):
            if not callable(function) and not (what == "noise" and function is None):
                raise InputError(f"{what} is {function!r}, but must be a function of (t, x).")
        if kind not in ("flow", "map", "delay"):
            raise InputError(f"kind is {kind!r}, but must be 'flow', 'map' or 'delay'.")
        if noise is not None and kind != "flow":
            raise InputError(f"Noise was given, but it drives flows only, and this is a {kind}.")
        if (delay is None) == (kind == "delay"):
            told_ = "A delay equation looks back" if kind == "delay" else f"A {kind} does not look back"
            raise InputError(f"{told_}, but delay is {delay!r}.", "Give delay with kind='delay' only.")
        self.delays = () if delay is None else tuple(figures(delay, "A delay"))
        if not all(one > 0 for one in self.delays):
            raise InputError(f"The delays are {self.delays}, but must be positive.")
        self.start = np.array(figures(start, "A value of the initial state"))
        self.states = tuple(states) if states is not None else tuple(f"x{k}" for k in range(len(self.start)))
        self.name, self.kind = name, kind
        self._function, self._noise, self._additive = rates, noise, bool(additive)
        period = 1.0 if kind == "map" else None if period is None else figure(period, "period")
        # A record of a delay equation has its delay as a parameter.
        delays = {"tau": self.delays[0]} if self.delays else None
        self._own = words(name, self.states, self.start, delays, kind, period, None, "")

    def rates(self, x, t=0.0, *, past=None):
        """The rates, or next states, at states of shape (d,) or (n, d)."""
        rows, one = as_rows(x)
        past = () if past is None else (as_rows(past)[0],)
        found = checked(self._function, "rates")(number(t, "t"), rows, *past)
        return found[0] if one else found

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
        """As :meth:`System.trajectory`; sweeps and drives are the function's own business."""
        given = options(
            n, points_per_period, dt, discard, start, ensemble, spread, None, None, noise, sense, step,
            observation_noise, gaps, gap_length, tolerance, seed, self.states, scheme,
        )  # fmt: skip
        own = None if self._noise is None else (checked(self._noise, "noise"), self._additive)
        call = resources(seed, threads, memory, progress)
        rates = checked(self._function, "rates")
        with call:
            native = _thalweg.follow_function(self._own, rates, own, self.delays, json.dumps(given), call)
        return told(Orbits(native, self.states, self.name), strict)
