"""Lyapunov exponents of laws that are functions of Python."""

import json

from . import _thalweg
from ._arrays import figure, vector
from ._callables import checked
from ._errors import InputError
from ._resources import resources, whole


def exponents(
    law, start, *, jacobian=None, kind="flow", count=None, interval=None, settle=100.0, length=1000.0, tolerance=1e-7,
    threads=None, progress=None,
):
    """Lyapunov exponents of a law, largest first, with their standard errors: tangents are kept orthonormal along an orbit.

    Parameters
    ----------
    law : callable
        ``law(t, x)``: the rates of a flow, or the next states of a map, for states of shape (rows, d). Laws in the
        expression language (:class:`thalweg.systems.System`) have ``exponents`` of their own, which is faster.
    start : array_like, shape (d,)
    jacobian : callable, optional
        ``jacobian(t, x)`` of shape (rows, d, d); else by central differences.
    kind : {"flow", "map"}
        A map is called with ``t = 0``.
    count : int, optional
        How many exponents, all where nothing is given.
    interval : float, optional
        Time, or iterations, between two orthonormalisations: 0.5 for a flow, 1 for a map.
    settle, length : float
        Time before averaging, and time that is averaged over.
    tolerance : float
        Of a step of a flow.

    Returns
    -------
    thalweg.systems.Exponents
    """
    from .systems import Exponents

    if kind not in ("flow", "map"):
        raise InputError(f"kind is {kind!r}, but must be 'flow' or 'map'.")
    for what, function in (("law", law), ("jacobian", jacobian)):
        if not callable(function) and not (what == "jacobian" and function is None):
            raise InputError(f"{what} is {function!r}, but must be a function of (t, x).")
    start = vector(start, "The start")
    interval = (1.0 if kind == "map" else 0.5) if interval is None else interval
    settings = {
        "count": None if count is None else whole(count, "count", 1, 10**6),
        "interval": figure(interval, "interval"),
        "settle": figure(settle, "settle"),
        "length": figure(length, "length"),
        "tolerance": figure(tolerance, "tolerance"),
    }
    derivatives = None if jacobian is None else checked(jacobian, "jacobian", len(start) ** 2)
    call = resources(0, threads, None, progress)
    with call:
        values, errors, dimension = _thalweg.exponents_of_function(
            checked(law, "law"), derivatives, kind == "map", start, json.dumps(settings), call
        )
    return Exponents(values, errors, None, dimension)
