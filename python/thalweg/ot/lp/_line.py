"""Transport on the line, by sorting."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, host, is_torch, stacked, weights
from .._public import public
from ..utils._plans import sparse_plan


@public
def emd_1d(x_a, x_b, a=None, b=None, metric="sqeuclidean", p=1.0, dense=True, log=False, check_marginals=True):
    """An optimal plan on the line, by sorting: ``O(n log n)``.

    Parameters
    ----------
    x_a : array_like, shape (n,) or (n, 1)
    x_b : array_like, shape (m,) or (m, 1)
    a, b : array_like, shapes (n,) and (m,), optional
    metric : str
        ``sqeuclidean``, ``euclidean`` or ``cityblock`` (both ``|x - y|``), or ``minkowski`` (``|x - y|^p``).
    dense : bool
        Whether the plan is an array ``(n, m)`` or a sparse matrix of SciPy.

    Returns
    -------
    G : array or sparse matrix, shape (n, m)
    log : dict
        With ``log=True``: ``cost``, and ``perms_x_a`` and ``perms_x_b``, the rows and columns of the entries.
    """
    kind = Kind(x_a, x_b)
    x, a, y, b = _sides(x_a, x_b, a, b, check_marginals)
    (i, j, masses), cost = _thalweg.ot_line(x, a, y, b, _power(metric, p))
    shape = len(x), len(y)
    if log or not dense:
        along = np.lexsort((y[j], x[i]))
        i, j, masses = i[along], j[along], masses[along]
    if dense:
        plan = np.zeros(shape)
        plan[i, j] = masses
        plan = kind(plan)
    else:
        plan = sparse_plan((i, j, masses), shape)
    return (plan, {"cost": kind(np.float64(cost)), "perms_x_a": i, "perms_x_b": j}) if log else plan


@public
def emd2_1d(x_a, x_b, a=None, b=None, metric="sqeuclidean", p=1.0, dense=True, log=False):
    """The cost of optimal transport on the line; with ``log=True`` also the plan, ``G``. Otherwise as
    :func:`emd_1d`."""
    if log:
        plan, found = emd_1d(x_a, x_b, a, b, metric, p, dense, log=True)
        return found["cost"], {"G": plan}
    kind, power, given = Kind(x_a, x_b, a, b), _power(metric, p), (x_a, x_b, a, b)
    sides = _sides(*given, True)
    # The cost alone takes no plan.
    lines = (side[None] for side in sides)
    cost = sides[1].sum() * _thalweg.ot_line_costs(*lines, power, budget())[0]
    if not _derivatives.wanted(*given):
        return kind(np.float64(cost))
    x, y = sides[0], sides[2]
    masses = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    slopes = _derivatives.of_line(x, masses[0], y, masses[1], power)
    return kind.value(cost, *((z, s.reshape(np.shape(z))) for z, s in zip(given, slopes) if is_torch(z)))


@public
def wasserstein_1d(
    u_values, v_values, u_weights=None, v_weights=None, p=1, require_sort=True, return_plans=False, *, threads=None
):
    """``W_p^p`` on the line (not its root), one number, or one for each column of ``(n, k)`` and ``(m, k)`` positions.

    Weights are ``(n,)`` or ``(n, k)``, equal by default. With ``return_plans`` also a list of sparse plans of SciPy.
    """
    kind = Kind(u_values, v_values, u_weights, v_weights)
    u, v = host(u_values, "u_values"), host(v_values, "v_values")
    x, y = np.atleast_2d(u.T), np.atleast_2d(v.T)
    if x.shape[0] != y.shape[0]:
        raise InputError(f"u_values have {x.shape[0]} columns and v_values {y.shape[0]}; they must have as many.")
    a, b = on_lines(u_weights, x, "u_weights"), on_lines(v_weights, y, "v_weights")
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    found = a.sum(axis=1) * _thalweg.ot_line_costs(x, a, y, b, float(p), budget(threads))
    back = _folded(_derivatives.of_lines(x, a, y, b, float(p)), u_weights, v_weights)
    found = _derivatives.joined(kind, found, (u_values, v_values, u_weights, v_weights), back)
    found = found if u.ndim == 2 else found[0]
    if not return_plans:
        return found
    shape = (x.shape[1], y.shape[1])
    plans = [_thalweg.ot_line(x[k], a[k], y[k], b[k], float(p))[0] for k in range(len(x))]
    return found, [sparse_plan(plan, shape) for plan in plans]


@public
def emd_1d_dual_backprop(u_values, v_values, u_weights=None, v_weights=None, p=1, require_sort=True, *, threads=None):
    """Duals of transport on the line under ``|x - y|^p``, and its cost: ``f`` and ``g`` in the shapes of the values.

    Positions and weights as in :func:`wasserstein_1d`; both duals contribute equally to the cost.
    """
    kind = Kind(u_values, v_values, u_weights, v_weights)
    u, v = host(u_values, "u_values"), host(v_values, "v_values")
    x, y = np.ascontiguousarray(np.atleast_2d(u.T)), np.ascontiguousarray(np.atleast_2d(v.T))
    if x.shape[0] != y.shape[0]:
        raise InputError(f"u_values have {x.shape[0]} columns and v_values {y.shape[0]}; they must have as many.")
    a, b = on_lines(u_weights, x, "u_weights"), on_lines(v_weights, y, "v_weights")
    found = a.sum(axis=1) * _thalweg.ot_line_costs(x, a, y, b, float(p), budget(threads))
    duals = [line_duals(x[k], a[k], y[k], b[k], float(p)) for k in range(len(x))]
    f, g = (np.stack(z) for z in zip(*(_engine.centred(*d, a[k], b[k]) for k, d in enumerate(duals))))
    return kind(f.T.reshape(u.shape)), kind(g.T.reshape(v.shape)), kind(found if u.ndim == 2 else found[0])


def line_duals(x, a, y, b, p):
    """Duals on one line whose value is the cost."""
    *_, f, g = _derivatives.of_line(x, a, y, b, p)
    _, cost = _thalweg.ot_line(x, a, y, b, p)
    return f + (cost - a @ f - b @ g) / a.sum(), g


def _sides(x_a, x_b, a, b, check_marginals):
    """Positions and weights of both sides, whose masses are equal."""
    x, y = _positions(x_a, "x_a"), _positions(x_b, "x_b")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    return x, a, y, _engine.balanced(a, b, check_marginals)


def _power(metric, p):
    power = {"sqeuclidean": 2.0, "euclidean": 1.0, "cityblock": 1.0, "minkowski": float(p)}.get(metric)
    if power is None:
        raise InputError(
            f'On the line there is no metric "{metric}".', "They are sqeuclidean, euclidean, cityblock and minkowski."
        )
    return power


def _positions(x, name):
    x = host(x, name)
    if x.ndim != 1 and not (x.ndim == 2 and x.shape[1] == 1):
        raise InputError(
            f"{name} has the shape {x.shape}, but points on a line have one coordinate.", "Use emd for others."
        )
    return np.ascontiguousarray(x.ravel())


def _folded(back, *given):
    """Derivatives in the caller's shapes: a column a line, and one sum for weights that all lines share."""

    def columns(slope):
        by_u, by_v, *by_weights = back(np.atleast_1d(slope))
        shared = (s.sum(axis=0) if np.ndim(w) == 1 else s.T for s, w in zip(by_weights, given))
        return by_u.T, by_v.T, *shared

    return columns


def on_lines(given, x, what):
    """Weights of every line, ``(k, n)``."""
    if given is None:
        return np.full(x.shape, 1.0 / x.shape[1])
    given = host(given, what)
    return stacked(given.T if given.ndim == 2 else given, x.shape, what)
