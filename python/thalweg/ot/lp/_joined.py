"""Plans of many measures at once: gluing plans along a common side, and many histograms on one line."""

import numpy as np

from ..._errors import InputError
from ... import _thalweg
from .._kinds import Kind, costs, histograms, host, weights
from .._public import public
from ._line import _power


@public
def emd_1d_sorted(u_weights, v_weights, u, v, metric="sqeuclidean", p=1.0):
    """The plan between points on the line that are sorted: masses ``(k,)``, their rows and columns ``(k, 2)``, and the
    cost. Metrics as in :func:`emd_1d`."""
    x, y = host(u, "u"), host(v, "v")
    if x.ndim != 1 or y.ndim != 1 or (np.diff(x) < 0).any() or (np.diff(y) < 0).any():
        raise InputError("The places u and v must be sorted numbers.", "Sort them, or use emd_1d.")
    a, b = weights(u_weights, len(x), "The weights u_weights"), weights(v_weights, len(y), "The weights v_weights")
    (i, j, masses), cost = _thalweg.ot_line(x, a, y, b, _power(metric, p))
    along = np.lexsort((j, i))
    return masses[along], np.stack([i[along], j[along]], axis=1), cost


@public
def NorthWestMMGluing(pi_list, a=None, log=False, nx=None):
    """Plans ``(n, n_k)`` from one measure, glued along it: ``J`` ``(N, K)`` and masses ``(N,)`` of a plan of all their targets.

    Each source shares its mass out among its targets in order, in all plans at once, so that ``N <= sum_k n_k + n K``. The log
    has ``gamma``, the whole plan ``(n, n_1, ..., n_K)``.
    """
    kind, plans = Kind(*pi_list), [costs(G, "A plan of pi_list") for G in pi_list]
    if len({len(G) for G in plans}) != 1:
        raise InputError(f"The plans have the shapes {[G.shape for G in plans]}, but their first sides are one.")
    a = plans[0].sum(axis=1) if a is None else weights(a, len(plans[0]), "The weights a")
    missed = max(float(np.abs(G.sum(axis=1) - a).max()) for G in plans)
    if missed > 1e-8 * max(float(a.max()), 1e-300):
        raise InputError(f"The plans miss the common marginal a by {missed:.1e}.", "Give plans from the same measure.")
    glued, whole = {}, np.zeros((len(a), *(G.shape[1] for G in plans))) if log else None
    for i in range(len(a)):
        ends = [np.cumsum(G[i]) for G in plans]
        marks = np.unique(np.concatenate(ends))
        for low, high in zip(np.concatenate([[0.0], marks[:-1]]), marks):
            # Sums that differ by rounding alone are one.
            if high - low <= 1e-15 * a[i]:
                continue
            middle = 0.5 * (low + high)
            place = tuple(min(int(np.searchsorted(end, middle)), len(end) - 1) for end in ends)
            glued[place] = glued.get(place, 0.0) + (high - low)
            if log:
                whole[(i, *place)] += high - low
    J = np.array(sorted(glued), dtype=np.int64).reshape(-1, len(plans))
    w = kind(np.array([glued[tuple(j)] for j in J]))
    return (J, w, {"gamma": kind(whole)}) if log else (J, w)


@public
def dmmot_monge_1dgrid_loss(A, verbose=False, log=False):
    """The least mean of ``max_k i_k - min_k i_k`` over joint laws of the columns of ``A`` ``(n, d)``, histograms on a grid:
    what makes all of them one costs.

    The best law is the monotone one for any Monge cost (Bein, Brucker, Park, Pathak, 1995). The log has ``A`` (its masses, by
    indices), ``primal objective``, ``dual`` (a list of ``d`` arrays, the derivatives of the value by the histograms) and ``dual
    objective``.
    """
    kind, columns = Kind(A), histograms(A)
    sums = columns.sum(axis=0)
    if np.ptp(sums) > 1e-6 * sums.max():
        raise InputError(
            f"The histograms have masses from {sums.min():g} to {sums.max():g}.", "Normalise the columns of A."
        )
    n, d = columns.shape
    left, at, duals = columns.copy(), np.zeros(d, dtype=int), np.zeros((n, d))
    masses, value, total = {}, 0.0, 0
    while (at < n).all():
        here = left[at, np.arange(d)]
        k = int(here.argmin())
        mass, spread = float(here[k]), int(at.max() - at.min())
        masses[tuple(map(int, at))] = mass
        value += mass * spread
        left[at, np.arange(d)] -= mass
        before, at[k] = spread, at[k] + 1
        if at[k] < n:
            duals[at[k], k] = duals[at[k] - 1, k] + (at.max() - at.min()) - before
            total += 1
    for k in range(d):
        # Bins that mass never reached, by rounding: as far from the others as they are.
        for i in range(int(at[k]) + 1, n):
            others = np.minimum(np.delete(at, k), n - 1)
            reach = [int(max(j, others.max()) - min(j, others.min())) for j in (i - 1, i)]
            duals[i, k] = duals[i - 1, k] + reach[1] - reach[0]
    if verbose:
        print(f"Joint transport on a grid: {len(masses)} masses, value {value:.6g}")
    if not log:
        return kind(np.float64(value))
    dual = float((duals * columns).sum())
    said = {"A": masses, "primal objective": value, "dual": list(duals.T), "dual objective": dual}
    return kind(np.float64(value)), said


@public
def dmmot_monge_1dgrid_optimize(A, niters=100, lr_init=1e-5, lr_decay=0.995, print_rate=100, verbose=False, log=False):
    """The columns of ``A`` ``(n, d)`` moved towards each other by steps along the derivatives of
    :func:`dmmot_monge_1dgrid_loss`, of lengths ``lr_init lr_decay^k``: a list of ``d`` histograms, and its last log."""
    kind, columns, rate, said = Kind(A), histograms(A), float(lr_init), {}
    for step in range(int(niters)):
        value, said = dmmot_monge_1dgrid_loss(_normalised(columns), log=True)
        columns = _normalised(columns) - rate * np.stack(said["dual"], axis=1)
        rate *= lr_decay
        if verbose and step % print_rate == 0:
            print(f"Joint transport on a grid: step {step}, value {float(value):.6g}")
    found = [kind(column) for column in _normalised(columns).T]
    return (found, said) if log else found


def _normalised(columns):
    """Columns without negative entries, of mass 1."""
    columns = columns - np.minimum(columns.min(axis=0), 0.0)
    return columns / columns.sum(axis=0)
