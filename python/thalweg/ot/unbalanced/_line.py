"""Unbalanced transport on the line and by directions, by steps in the duals."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, host, rows, weights
from .._public import public
from ..lp._line import line_duals, on_lines
from ..sliced import get_random_projections
from ._divergences import cost_name


@public
def uot_1d(
    u_values,
    v_values,
    reg_m,
    u_weights=None,
    v_weights=None,
    p=2,
    require_sort=True,
    numItermax=10,
    returnCost="linear",
    log=False,
    *,
    threads=None,
):
    """Unbalanced transport on the line under ``|x - y|^p``, one problem or one for each column.

    Minimises ``<G, M> + reg_m1 KL(G 1 | a) + reg_m2 KL(G' 1 | b)`` by Frank-Wolfe steps in the duals, each of which is a
    problem between the weights that the duals leave.

    Parameters
    ----------
    u_values, v_values : array_like, shapes (n,) and (m,), or (n, k) and (m, k)
    reg_m : float or pair
        Prices of missing the marginals; ``inf`` for one that must be met.
    u_weights, v_weights : array_like, shapes (n,) and (m,), or (n, k) and (m, k), optional
    p : float
        At least 1.
    numItermax : int
        Steps, all of which are made.
    returnCost : str
        ``linear`` for ``<G, M>``, ``total`` for the objective.

    Returns
    -------
    u_reweighted, v_reweighted : arrays
        The marginals of the plan, in the shapes of the values.
    loss : float or array, shape (k,)
        With torch it can be differentiated by the values, and the total one by the weights.
    log : dict
        With ``log=True``: ``f``, ``g``, ``linear_cost`` and ``total_cost``.

    Notes
    -----
    Séjourné, Vialard, Peyré, AISTATS 2022.
    """
    given = u_values, v_values, u_weights, v_weights
    kind, name, rho = Kind(*given), cost_name(returnCost), _prices(reg_m)
    u, v = host(u_values, "u_values"), host(v_values, "v_values")
    x, y = np.atleast_2d(u.T), np.atleast_2d(v.T)
    if x.shape[0] != y.shape[0]:
        raise InputError(f"u_values have {x.shape[0]} columns and v_values {y.shape[0]}; they must have as many.")
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    a, b = on_lines(u_weights, x, "u_weights"), on_lines(v_weights, y, "v_weights")
    f, g = np.zeros_like(x), np.zeros_like(y)
    for step in range(int(numItermax)):
        kept = _kept(f, g, a, b, rho)
        towards = [line_duals(x[k], kept[2][k], y[k], kept[3][k], float(p)) for k in range(len(x))]
        f, g = (z + 2.0 / (2.0 + step) * (np.stack(t) - z) for z, t in zip(kept[:2], zip(*towards)))
    f, g, shares_u, shares_v, masses = _kept(f, g, a, b, rho)
    linear = masses * _thalweg.ot_line_costs(x, shares_u, y, shares_v, float(p), budget(threads))
    left = shares_u * masses[:, None], shares_v * masses[:, None]
    total = linear + sum(r * _missed(w, z) for r, w, z in zip(rho, left, (a, b)) if r is not None)

    def back(slope):
        """At a fixed plan."""
        lines = (_derivatives.of_line(x[k], shares_u[k], y[k], shares_v[k], float(p))[:2] for k in range(len(x)))
        by_places = [(masses * slope)[:, None] * np.stack(z) for z in zip(*lines)]
        by_weights = [_by_weights(r, z) * slope[:, None] for r, z in zip(rho, (f, g))]
        by_weights = [s.sum(axis=0) if np.ndim(w) == 1 and u.ndim == 2 else s.T for s, w in zip(by_weights, given[2:])]
        return *(z.T for z in by_places), *by_weights

    if name == "cost":
        _derivatives.refuse("The linear cost by weights", "Use returnCost='total'.", u_weights, v_weights)
    found = {"cost": linear, "total_cost": total}
    lost = _derivatives.joined(kind, found[name], given, lambda slope: back(np.atleast_1d(slope)))
    single = (lambda z: z[0]) if u.ndim == 1 else (lambda z: z)
    marginals = tuple(kind(single(z) if u.ndim == 1 else z.T) for z in left)
    if not log:
        return *marginals, single(lost)
    duals = (kind(single(z) if u.ndim == 1 else z.T) for z in (f, g))
    said = {**dict(zip("fg", duals)), "linear_cost": kind(single(linear)), "total_cost": kind(single(total))}
    return *marginals, single(lost), said


@public
def sliced_unbalanced_ot(
    X_s,
    X_t,
    reg_m,
    a=None,
    b=None,
    n_projections=50,
    p=2,
    projections=None,
    seed=None,
    numItermax=10,
    log=False,
    *,
    threads=None,
):
    """The mean over directions of the unbalanced objective on the line (:func:`uot_1d`): weights are missed in every
    direction anew.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, d)
    reg_m : float or pair
    a, b : array_like, shapes (n,) and (m,), optional
    projections : array_like, shape (d, k), optional
        Directions; ``n_projections`` drawn from ``seed`` by default.

    Returns
    -------
    loss : float
    log : dict
        With ``log=True``: ``projections``, ``projected_uots`` ``(k,)``, ``a_reweighted`` and ``b_reweighted``.

    Notes
    -----
    Bonet, Nadjahi, Séjourné, Fatras, Courty, ICLR 2025.
    """
    _derivatives.refuse("Unbalanced transport by directions", "Use unbalanced_sliced_ot.", X_s, X_t, a, b)
    kind, x, y, a, b, along = _sides(X_s, X_t, a, b, n_projections, projections, seed)
    given = dict(p=p, numItermax=numItermax, returnCost="total", threads=threads)
    left, right, values = uot_1d(x @ along, y @ along, reg_m, a, b, **given)
    value = kind(np.float64(values.mean()))
    said = {"projections": kind(along), "projected_uots": kind(values)}
    return (value, {**said, "a_reweighted": kind(left), "b_reweighted": kind(right)}) if log else value


@public
def unbalanced_sliced_ot(
    X_s,
    X_t,
    reg_m,
    a=None,
    b=None,
    n_projections=50,
    p=2,
    projections=None,
    seed=None,
    numItermax=10,
    log=False,
    *,
    threads=None,
):
    """Sliced transport between weights that may be missed at a price, the same ones in all directions.

    Parameters as in :func:`sliced_unbalanced_ot`.

    Returns
    -------
    a_reweighted, b_reweighted : arrays, shapes (n,) and (m,)
    loss : float
        With torch it can be differentiated by the points (at fixed weights) and by the weights.
    log : dict
        With ``log=True``: ``projections``, ``sot_loss``, ``1d_losses`` and ``full_mass`` ``(k,)``.
    """
    given = X_s, X_t, a, b
    rho = _prices(reg_m)
    kind, x, y, a, b, along = _sides(*given, n_projections, projections, seed)
    u, v = np.ascontiguousarray((x @ along).T), np.ascontiguousarray((y @ along).T)
    f, g = np.zeros((1, len(x))), np.zeros((1, len(y)))
    for step in range(int(numItermax)):
        f, g, left, right, _ = _kept(f, g, a[None], b[None], rho)
        duals = [line_duals(u[k], left[0], v[k], right[0], float(p)) for k in range(len(u))]
        f, g = (z + 2.0 / (2.0 + step) * (np.mean(t, axis=0) - z) for z, t in zip((f, g), zip(*duals)))
    f, g, left, right, mass = _kept(f, g, a[None], b[None], rho)
    shares = [np.ascontiguousarray(np.broadcast_to(w, (len(u), w.shape[1]))) for w in (left, right)]
    costs = _thalweg.ot_line_costs(u, shares[0], v, shares[1], float(p), budget(threads))
    sliced = float(mass[0] * costs.mean())
    kept = left * mass, right * mass
    total = sliced + sum(float(r * _missed(w, z[None])[0]) for r, w, z in zip(rho, kept, (a, b)) if r is not None)

    def back(slope):
        of_slices = _derivatives.of_slices(x, left[0], y, right[0], along.T, float(p))
        by_x, by_y, *_ = of_slices(np.full(len(u), float(slope) * mass[0] / len(u)))
        return by_x, by_y, *(float(slope) * _by_weights(r, z)[0] for r, z in zip(rho, (f, g)))

    value = _derivatives.joined(kind, np.float64(total), given, back)
    found = kind(kept[0][0]), kind(kept[1][0]), value
    said = {"projections": kind(along), "sot_loss": kind(np.float64(sliced)), "1d_losses": kind(costs)}
    return (*found, {**said, "full_mass": kind(np.full(len(u), mass[0]))}) if log else found


def _prices(reg_m):
    rho = _engine.pair(reg_m)
    if any(r is not None and not 0 < r < np.inf for r in rho):
        raise InputError(f"The prices reg_m are {reg_m!r}, but they must be positive.", "Use inf to meet a marginal.")
    return rho


def _sides(X_s, X_t, a, b, n_projections, projections, seed):
    kind, x, y = Kind(X_s, X_t, a, b), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    if x.shape[1] != y.shape[1]:
        raise InputError(f"X_s has {x.shape[1]} coordinates and X_t {y.shape[1]}; they must have as many.")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    if projections is None:
        return kind, x, y, a, b, get_random_projections(x.shape[1], n_projections, seed)
    return kind, x, y, a, b, host(projections, "The projections")


def _kept(f, g, a, b, rho):
    """Duals moved by the best constant, the shares of the weights that they leave, and their common mass, a line a row."""
    if rho != (None, None):
        logs = [_log_mass(z, w, r) for z, w, r in zip((f, g), (a, b), rho)]
        tau = 1.0 / sum(1.0 / r for r in rho if r is not None)
        moved = tau * (logs[0] - logs[1])[:, None]
        f, g = f + moved, g - moved
    left, right = (w if r is None else w * np.exp(-z / r) for z, w, r in zip((f, g), (a, b), rho))
    masses = left.sum(axis=1)
    return f, g, left / masses[:, None], right / right.sum(axis=1, keepdims=True), masses


def _log_mass(z, w, rho):
    if rho is None:
        return np.log(w.sum(axis=1))
    top = np.max(-z / rho, axis=1, keepdims=True)
    return np.log((w * np.exp(-z / rho - top)).sum(axis=1)) + top[:, 0]


def _missed(p, q):
    """The Kullback-Leibler divergence of each row, with its terms of mass."""
    positive = p > 0
    ratios = np.where(positive, p, 1.0) / np.where(positive, q, 1.0)
    return (p * np.log(ratios) - p + q).sum(axis=1)


def _by_weights(rho, dual):
    """The derivative of the least objective by a weight: what a unit more of it saves or costs."""
    return dual if rho is None else -rho * np.expm1(-dual / rho)
