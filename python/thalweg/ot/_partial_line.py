"""Partial transport between points on the line, one more pair at a time."""

import heapq

import numpy as np

from .._errors import InputError
from ._kinds import host
from ._public import public


@public
def partial_wasserstein_1d(x_a, x_b, n_transported_samples=None, p=1):
    """The optimal choices of 1, 2, ... pairs of points on the line under ``|x - y|^p``, each of which contains the ones before.

    Parameters
    ----------
    x_a, x_b : array_like, shapes (n,) and (m,), or (n, 1) and (m, 1)
    n_transported_samples : int, optional
        Pairs, the smaller number of points by default.
    p : float
        At least 1.

    Returns
    -------
    indices_x, indices_y : arrays of int
        Points in the order in which they come in. The first ``k`` of both, each sorted, are the best partial plan.
    marginal_costs : list of float
        What the pairs add to the cost.

    Notes
    -----
    Along both clouds, sorted together, chosen points lie in blocks of as many of one as of the other, which are matched in
    order. The next pair are two neighbours of either cloud with at most a block between them (Chapel, Tavenard, ICLR 2025).
    """
    x, y = (_line(z, name) for z, name in ((x_a, "x_a"), (x_b, "x_b")))
    count = min(len(x), len(y)) if n_transported_samples is None else int(n_transported_samples)
    if not 0 <= count <= min(len(x), len(y)) or not p >= 1:
        raise InputError(
            f"{count} pairs of {len(x)} and {len(y)} points under the power {p:g} cannot be chosen.",
            "Ask for at most the smaller number of points, and a power of at least 1.",
        )
    places, is_x = np.concatenate([x, y]), np.arange(len(x) + len(y)) < len(x)
    order = np.argsort(places, kind="stable")
    return _grown(places[order], is_x[order], order, len(x), count, float(p))


def _grown(places, is_x, order, n, count, p):
    size = len(places)
    # Neighbours among the points that are not chosen, and what the block behind each costs that ends before it.
    before, after = np.arange(-1, size - 1), np.arange(1, size + 1)
    between = np.zeros(size)
    free, heap = np.ones(size, dtype=bool), []

    def offer(left):
        right = after[left] if left >= 0 else size
        if left < 0 or right >= size or is_x[left] == is_x[right]:
            return
        block, own = places[left : right + 1], is_x[left : right + 1]
        whole = float((np.abs(block[own] - block[~own]) ** p).sum())
        heapq.heappush(heap, (whole - between[left], left, int(right), whole))

    for left in range(size):
        offer(left)
    rows, columns, costs = [], [], []
    while len(costs) < count:
        gain, left, right, whole = heapq.heappop(heap)
        if not (free[left] and free[right]) or after[left] != right:
            continue
        free[left] = free[right] = False
        chosen = (left, right) if is_x[left] else (right, left)
        rows.append(int(order[chosen[0]]))
        columns.append(int(order[chosen[1]]) - n)
        costs.append(gain)
        first, last = before[left], after[right]
        if last < size:
            before[last] = first
        if first >= 0:
            after[first] = last
            between[first] = between[first] + whole + between[right]
            offer(int(first))
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), costs


def _line(x, name):
    x = host(x, name)
    if x.ndim != 1 and not (x.ndim == 2 and x.shape[1] == 1) or x.size == 0:
        raise InputError(f"{name} has the shape {x.shape}, but points on a line have one coordinate.")
    return x.ravel()
