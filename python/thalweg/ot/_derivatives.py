"""Derivatives of what the solvers give, for callers who differentiate with torch.

A solver's result is joined to its inputs by a function that takes a derivative back: from that by the result to those by
the inputs. All of them are exact at a converged solution, by the implicit function theorem, and need no stored iterations.
"""

import sys

import numpy as np

from .. import _thalweg
from .._errors import InputError
from ._kinds import is_torch


def wanted(*arrays):
    """Whether the caller differentiates by one of them."""
    return any(is_torch(x) and x.requires_grad for x in arrays) and sys.modules["torch"].is_grad_enabled()


def refuse(what, advice, *arrays):
    """Says that a result does not know its derivatives, where they are asked for."""
    if wanted(*arrays):
        raise InputError(f"{what} cannot be differentiated, but an input requires gradients.", advice)


def joined(kind, values, inputs, back):
    """``values`` as the caller's kind; ``back`` takes the derivative by them to those by the ``inputs``, one each."""
    result = kind(values)
    if not wanted(*inputs):
        return result
    torch = sys.modules["torch"]
    tensors = [x if is_torch(x) else None for x in inputs]

    class Solved(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *_):
            return result.clone()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, slope):
            slopes = back(slope.detach().cpu().double().numpy())
            return tuple(
                None if x is None or s is None else torch.as_tensor(s, dtype=x.dtype, device=x.device).reshape(x.shape)
                for x, s in zip(tensors, slopes)
            )

    return Solved.apply(*tensors)


def paid(kind, plan, M, cost):
    """``<G, M>`` with the derivatives of ``plan``, which is of the caller's kind, and of ``M``."""
    if not wanted(plan, M):
        return kind(np.float64(cost))
    return (plan * (M if is_torch(M) else kind(np.asarray(M)))).sum()


def of_entropic(plan, reg, a, b, rho, relative=True):
    """Of an entropic plan, by the costs and both weights.

    The plan is ``exp((f + g - M) / reg)``, ``relative`` to ``a b'`` or not, and a side of finite weight ``rho`` has ``f =
    -rho log(G 1 / a)``. Both conditions are differentiated, and their linear system solved by elimination of one side.
    """

    def back(slope):
        rows, columns = plan.sum(axis=1), plan.sum(axis=0)
        diagonals = [
            np.where(sums > 0, sums * (1.0 if r is None else 1.0 + reg / r), 1.0)
            for sums, r in zip((rows, columns), rho)
        ]
        weighed = slope * plan
        left, right = weighed.sum(axis=1) / reg, weighed.sum(axis=0) / reg
        shares = plan / diagonals[0][:, None]
        system = np.diag(diagonals[1]) - plan.T @ shares
        if rho == (None, None):
            # Potentials are free by a constant; this fixes it.
            system += np.outer(columns, columns) / columns.sum()
        # Parts that exchange hardly any mass leave their constants to rounding.
        system[np.diag_indices_from(system)] += 1e-13 * diagonals[1].max()
        by_g = np.linalg.solve(system, right - shares.T @ left)
        by_f = (left - plan @ by_g) / diagonals[0]
        by_costs = plan * (by_f[:, None] + by_g[None, :]) - weighed / reg
        by_a = _by_weights(rho[0], relative, reg, a, rows, by_f, weighed.sum(axis=1), plan @ by_g)
        by_b = _by_weights(rho[1], relative, reg, b, columns, by_g, weighed.sum(axis=0), plan.T @ by_f)
        return by_costs, by_a, by_b

    return back


def _by_weights(rho, relative, reg, weights, sums, own, direct, other):
    if rho is None:
        return reg * own
    positive = np.where(weights > 0, weights, 1.0)
    return (direct - reg * other if relative else reg * own * sums) / positive


def of_line(x, a, y, b, p):
    """Of ``W_p^p`` on the line, by the positions and the weights of both sides."""
    (i, j, masses), _ = _thalweg.ot_line(x, a, y, b, p)
    along = np.lexsort((y[j], x[i]))
    i, j, masses = i[along], j[along], masses[along]
    apart = x[i] - y[j]
    slope = masses * p * np.sign(apart) * np.abs(apart) ** (p - 1.0)
    by_x, by_y = np.bincount(i, slope, len(x)), -np.bincount(j, slope, len(y))
    # The duals are tight along the staircase of the plan, and on the corner of every step that moves on both sides.
    cost = np.abs(apart) ** p
    corner = np.abs(x[i[:-1]] - y[j[1:]]) ** p
    u, v = np.zeros(len(x)), np.zeros(len(y))
    u[i] = np.concatenate([[0.0], np.cumsum(cost[1:] - corner)])
    v[j] = np.concatenate([[0.0], np.cumsum(corner - cost[:-1])]) + cost[0]
    return by_x, by_y, u - u.mean(), v - v.mean()


def of_lines(x, a, y, b, p):
    """Of one value a line, positions and weights being ``(k, n)`` and ``(k, m)``."""

    def back(slope):
        slopes = [of_line(x[k], a[k], y[k], b[k], p) for k in range(len(x))]
        return tuple(np.stack([s * part[side] for s, part in zip(slope, slopes)]) for side in range(4))

    return back


def of_sparse_cost(x, y, entries, metric):
    """Of the cost of a plan ``(i, j, masses)``, itself fixed, by both clouds."""
    i, j, masses = entries
    slope = 2.0 * masses[:, None] * (x[i] - y[j])
    if metric == "euclidean":
        apart = np.sqrt(((x[i] - y[j]) ** 2).sum(axis=1, keepdims=True))
        slope = np.divide(slope, 2.0 * apart, out=np.zeros_like(slope), where=apart > 0)
    by_x, by_y = np.zeros_like(x), np.zeros_like(y)
    np.add.at(by_x, i, slope)
    np.subtract.at(by_y, j, slope)
    return by_x, by_y


def of_slices(x, a, y, b, directions, p):
    """Of one value a direction (``(k, d)``), by both clouds, both weights and the directions (``(d, k)``)."""

    def back(slope):
        by_x, by_y, by_a, by_b = (np.zeros(z.shape) for z in (x, y, a, b))
        by_directions = np.zeros((x.shape[1], len(directions)))
        for k in np.flatnonzero(slope):
            u = directions[k]
            left, right, of_a, of_b = of_line(x @ u, a, y @ u, b, p)
            by_x += slope[k] * left[:, None] * u
            by_y += slope[k] * right[:, None] * u
            by_a += slope[k] * of_a
            by_b += slope[k] * of_b
            by_directions[:, k] = slope[k] * (left @ x + right @ y)
        return by_x, by_y, by_a, by_b, by_directions

    return back


def of_distances(x, y, distances, metric):
    """Of the distances between rows, by both clouds; None for a metric that has no derivative here."""
    if metric not in ("sqeuclidean", "euclidean", "cityblock", "cosine"):
        return None

    def towards(slope):
        """``sum_j slope_ij (x_i - y_j)`` and the same for the other side."""
        return slope.sum(axis=1)[:, None] * x - slope @ y, slope.sum(axis=0)[:, None] * y - slope.T @ x

    def back(slope):
        if metric == "sqeuclidean":
            return tuple(2.0 * part for part in towards(slope))
        if metric == "euclidean":
            return towards(np.divide(slope, distances, out=np.zeros_like(slope), where=distances > 0))
        if metric == "cityblock":
            signs = [np.sign(x[:, None, k] - y[None, :, k]) * slope for k in range(x.shape[1])]
            return np.stack([s.sum(axis=1) for s in signs], axis=1), -np.stack([s.sum(axis=0) for s in signs], axis=1)
        (u, of_x), (v, of_y) = ((z, np.sqrt((z**2).sum(axis=1, keepdims=True))) for z in (x, y))
        u, v, alike = u / of_x, v / of_y, (1.0 - distances) * slope
        by_x = (alike.sum(axis=1)[:, None] * u - slope @ v) / of_x
        return by_x, (alike.sum(axis=0)[:, None] * v - slope.T @ u) / of_y

    return back
