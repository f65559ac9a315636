"""The quadratic part of transport between spaces for plans whose marginals are free, and its conditional gradient.

The work of an iteration is one product of matrices and one call of a solver.
"""

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import costs


class Quadratic:
    """``f(G) = sum_ijkl L(C1_ik, C2_jl) G_ij G_kl``, where ``L(a, b) = f1(a) + f2(b) - h1(a) h2(b)``."""

    def __init__(self, C1, C2, loss_fun):
        C1, C2 = costs(C1, "The relations C1"), costs(C2, "The relations C2")
        parts = parts_of(C1, C2, loss_fun)
        self.shape = len(C1), len(C2)
        self._parts = parts
        self._transposed = None if is_symmetric(C1) and is_symmetric(C2) else tuple(part.T for part in parts)

    def slope(self, G):
        """The derivative of ``f`` by the plan; linear in it, and ``f(G) = <slope(G), G> / 2``."""
        if self._transposed is None:
            return 2.0 * _product(self._parts, G)
        return _product(self._parts, G) + _product(self._transposed, G)

    def value(self, G):
        return 0.5 * float((self.slope(G) * G).sum())

    def mirror(self, alpha, linear, epsilon, mass):
        """Steps along ``-(alpha slope(G) + linear) / epsilon``, but for what is constant along rows of plans of a mass."""
        f1, f2, h1, h2 = self._parts
        both = 2.0 if self._transposed is None else 1.0
        terms, columns = [(both * alpha / epsilon * h1, h2.T)], -both * alpha / epsilon * f2
        if self._transposed is not None:
            terms.append((alpha / epsilon * h1.T, h2))
            columns = columns - alpha / epsilon * f2.T
        return Exponents(terms, -linear / epsilon, columns, mass)


def parts_of(C1, C2, loss_fun):
    """``f1``, ``f2``, ``h1``, ``h2`` of a loss at the relations."""
    if loss_fun == "square_loss":
        return C1**2, C2**2, C1, 2.0 * C2
    if loss_fun == "kl_loss":
        return C1 * np.log(C1 + 1e-18) - C1, C2, C1, np.log(C2 + 1e-18)
    raise InputError(f'There is no loss called "{loss_fun}".', "The losses are square_loss and kl_loss.")


def descend(quadratic, linear, alpha, G, nearest, max_iter, tol_rel, tol_abs, what):
    """A stationary plan of ``<G, linear> + alpha f(G)`` from ``G`` on, its course, and what ``nearest`` said last.

    ``nearest(slope)`` gives the plan of least linear cost among those allowed, and its duals; the step towards it is the
    best one.
    """
    slope = alpha * quadratic.slope(G)
    course, said = [float((linear * G).sum()) + 0.5 * float((slope * G).sum())], {}
    for _ in range(int(max_iter)):
        towards, said = nearest(np.ascontiguousarray(slope + linear))
        direction = towards - G
        change = alpha * quadratic.slope(direction)
        bend, tilt = 0.5 * float((change * direction).sum()), float(((slope + linear) * direction).sum())
        step = min(1.0, max(0.0, -tilt / (2.0 * bend))) if bend > 0 else float(bend + tilt < 0)
        G, slope = G + step * direction, slope + step * change
        course.append(course[-1] + bend * step**2 + tilt * step)
        gain = abs(course[-1] - course[-2])
        if gain < tol_abs or (course[-1] != 0.0 and gain / abs(course[-1]) < tol_rel) or gain == 0.0:
            break
    else:
        _engine.Ended(False, int(max_iter), course[-1], "Raise numItermax.").warn(what)
    return G, course, said


def _product(parts, G):
    f1, f2, h1, h2 = parts
    return (f1 @ G.sum(axis=1))[:, None] + (f2 @ G.sum(axis=0))[None, :] - h1 @ G @ h2.T


def is_symmetric(C):
    """Whether relations are symmetric, up to rounding."""
    return np.allclose(C, C.T, rtol=0, atol=1e-10)


class Exponents:
    """Multiplicative steps ``G exp(G -> (left G right + ...))`` of plans whose mass is known, in as few passes as there can be.

    ``terms`` are pairs ``(left, right)``, ``(n, n)`` and ``(m, m)``, ``base`` is added to the sum of their products, and ``by_columns``
    ``(m, m)`` of the column sums to every row.
    """

    # Exponentials of what is within are neither infinite nor zero.
    _RANGE = 600.0

    def __init__(self, terms, base, by_columns, mass):
        self._terms = [(np.ascontiguousarray(left), np.ascontiguousarray(right)) for left, right in terms]
        self._base, self._by_columns = base, by_columns
        largest = sum(np.abs(left).max() * np.abs(right).max() for left, right in self._terms)
        largest += 0.0 if by_columns is None else np.abs(by_columns).max()
        self._within = largest * mass + np.abs(base).max() < self._RANGE

    def step(self, plan, axis):
        """The plan times the exponential, which is known but for a constant along ``axis``."""
        exponent = sum(left @ plan @ right for left, right in self._terms)
        exponent += self._base
        if self._by_columns is not None:
            exponent += self._by_columns @ plan.sum(axis=0)
        if not self._within:
            exponent -= _highest(plan, exponent, axis)
        np.exp(exponent, out=exponent)
        exponent *= plan
        return exponent


def _highest(plan, exponent, axis):
    """The largest exponent along an axis where the plan has mass."""
    if plan.min() > 0:
        return exponent.max(axis=axis, keepdims=True)
    return np.max(np.where(plan > 0, exponent, -np.inf), axis=axis, keepdims=True)
