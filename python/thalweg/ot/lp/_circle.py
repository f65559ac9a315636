"""Transport on the circle of circumference 1."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives
from .._engine import budget
from .._kinds import Kind, host
from .._public import public
from ._line import on_lines

# Levels at which the linear embedding is compared.
_LEVELS = 100


@public
def wasserstein_circle(
    u_values,
    v_values,
    u_weights=None,
    v_weights=None,
    p=1,
    Lm=10,
    Lp=10,
    tm=-1,
    tp=1,
    eps=1e-6,
    require_sort=True,
    *,
    threads=None,
):
    """``W_p^p`` on the circle, one number for each column of ``(n, k)`` and ``(m, k)`` positions, which count modulo 1.

    Weights are ``(n,)`` or ``(n, k)``, equal by default and normalised. The least cost over where the circle is cut is found
    to rounding, so that ``Lm``, ``Lp``, ``tm``, ``tp`` and ``eps``, the settings of POT's search, do nothing.
    """
    _derivatives.refuse("Transport on the circle", "Detach the inputs with detach().", u_values, v_values)
    kind = Kind(u_values, v_values, u_weights, v_weights)
    x, y = _columns(u_values, "u_values"), _columns(v_values, "v_values")
    if x.shape[0] != y.shape[0]:
        raise InputError(f"u_values have {x.shape[0]} columns and v_values {y.shape[0]}; they must have as many.")
    a, b = on_lines(u_weights, x, "u_weights"), on_lines(v_weights, y, "v_weights")
    return kind(_thalweg.ot_circle_costs(x, a, y, b, float(p), budget(threads)))


@public
def binary_search_circle(
    u_values,
    v_values,
    u_weights=None,
    v_weights=None,
    p=1,
    Lm=10,
    Lp=10,
    tm=-1,
    tp=1,
    eps=1e-6,
    require_sort=True,
    log=False,
    *,
    threads=None,
):
    """:func:`wasserstein_circle` by the name of its method."""
    if log:
        raise InputError("The best cut of the circle is not kept here.", "Leave log out.")
    return wasserstein_circle(u_values, v_values, u_weights, v_weights, p, threads=threads)


@public
def semidiscrete_wasserstein2_unif_circle(u_values, u_weights=None):
    """``W_2^2`` on the circle to the uniform law, in closed form, one number for each column of ``(n, k)`` positions."""
    kind, x = Kind(u_values, u_weights), _columns(u_values, "u_values")
    a = on_lines(u_weights, x, "u_weights")
    value, slope = to_uniform(x % 1.0, a)

    def back(by_value):
        return (np.reshape((by_value[:, None] * slope).T, np.shape(u_values)),)

    _derivatives.refuse("The distance to the uniform law by weights", "Detach them with detach().", u_weights)
    return _derivatives.joined(kind, value, (u_values,), back)


def to_uniform(x, a):
    """``W_2^2`` to the uniform law of rows of positions in [0, 1), and the derivatives by them."""
    order = np.argsort(x, axis=1)
    x, a = np.take_along_axis(x, order, axis=1), np.take_along_axis(a, order, axis=1)
    before = np.cumsum(a, axis=1) - a
    tilt = 1.0 - a - 2.0 * before
    mean = (a * x).sum(axis=1, keepdims=True)
    value = (a * x**2).sum(axis=1) - mean[:, 0] ** 2 + (a * x * tilt).sum(axis=1) + 1.0 / 12.0
    slope = np.empty_like(x)
    np.put_along_axis(slope, order, a * (2.0 * (x - mean) + tilt), axis=1)
    return value, slope


@public
def linear_circular_ot(u_values, v_values=None, u_weights=None, v_weights=None):
    """The mean squared distance on the circle between what carries the uniform law to either side, one number for each
    column of ``(n, k)`` and ``(m, k)`` positions; to the uniform law itself without ``v_values``.

    Martin, Medri, Bai, Liu, Yan, Rohde, Kolouri, ICLR 2024; at 100 levels, as in POT.
    """
    _derivatives.refuse("Transport on the circle", "Detach the inputs with detach().", u_values, v_values)
    kind, levels = Kind(u_values, v_values), np.arange(_LEVELS) / _LEVELS
    apart = _embedded(u_values, u_weights, levels, "u_values")
    if v_values is not None:
        apart = np.abs(apart - _embedded(v_values, v_weights, levels, "v_values"))
    return kind((np.minimum(apart, 1.0 - apart) ** 2).mean(axis=1))


def _embedded(values, given, levels, what):
    """How far each level of the uniform law is carried, ``(k, levels)``."""
    x = _columns(values, what) % 1.0
    a = on_lines(given, x, "The weights")
    order = np.argsort(x, axis=1)
    x, a = np.take_along_axis(x, order, axis=1), np.take_along_axis(a, order, axis=1)
    asked = (levels[None, :] - (x * a).sum(axis=1, keepdims=True) + 0.5) % 1.0
    ends = np.cumsum(a, axis=1)
    found = [row[np.minimum(np.searchsorted(end, q), len(row) - 1)] for row, end, q in zip(x, ends, asked)]
    return (np.stack(found) - levels) % 1.0


def _columns(values, what):
    """Positions of every problem, ``(k, n)``."""
    values = host(values, what)
    if values.ndim not in (1, 2):
        raise InputError(f"{what} have {values.ndim} axes, but positions have one, or two for many problems.")
    return np.ascontiguousarray(np.atleast_2d(values.T))
