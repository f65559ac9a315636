"""Distances between points on the sphere by their shadows on great circles."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives
from ._engine import budget
from ._kinds import Kind, host, rows, weights
from ._public import public
from .lp._circle import linear_circular_ot, to_uniform
from .utils import check_random_state


@public
def get_projections_sphere(d, n_projections, seed=None, backend=None, type_as=None):
    """Planes through the origin, orthonormal pairs of columns ``(n_projections, d, 2)``; those of POT on NumPy for equal
    seeds."""
    return Kind(type_as)(np.linalg.qr(check_random_state(seed).randn(n_projections, d, 2))[0])


@public
def projection_sphere_to_circle(x, n_projections=50, projections=None, seed=None, backend=None):
    """Where points ``(n, d)`` of the sphere lie on the circle of each plane, in [0, 1): ``(n_projections, n)``; and the
    planes."""
    _derivatives.refuse("The projection on circles", "Detach the points with detach().", x)
    kind, points = Kind(x), rows(x, "The points x")
    planes = _planes(points.shape[1], n_projections, projections, seed)
    return kind(_turned(_shadows(points, planes))), kind(planes)


@public
def sliced_wasserstein_sphere(
    X_s, X_t, a=None, b=None, n_projections=50, p=2, projections=None, seed=None, log=False, *, threads=None
):
    """``(mean over planes of W_p^p on their circles)^(1/p)`` between points of the unit sphere.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, d)
        Of norm 1, up to 1e-4 in its square.
    a, b : array_like, shapes (n,) and (m,), optional
        Weights, each side normalised.
    n_projections, seed
        Number of planes, and what they are drawn from.
    projections : array_like, shape (k, d, 2), optional
        Planes to use instead.

    Returns
    -------
    float
    log : dict
        With ``log=True``: ``projections`` and ``projected_emds``, shape ``(k,)``.

    Notes
    -----
    Bonet, Berg, Courty, Septier, Drumetz, Pham, ICLR 2023.
    """
    _derivatives.refuse("The sliced distance on spheres", "Use sliced_wasserstein_sphere_unif.", X_s, X_t, a, b)
    kind, x, y, planes = _posed(X_s, X_t, n_projections, projections, seed)
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    of_x, of_y = (np.ascontiguousarray(_turned(_shadows(z, planes))) for z in (x, y))
    every = [np.ascontiguousarray(np.broadcast_to(w, z.shape)) for w, z in ((a, of_x), (b, of_y))]
    costs = _thalweg.ot_circle_costs(of_x, every[0], of_y, every[1], float(p), budget(threads))
    return _mean(kind, costs, p, planes, log)


@public
def sliced_wasserstein_sphere_unif(X_s, a=None, n_projections=50, projections=None, seed=None, log=False):
    """The distance of :func:`sliced_wasserstein_sphere`, with ``p = 2``, to the uniform law, in closed form; with torch it
    can be differentiated by ``X_s``."""
    _derivatives.refuse("The distance to the uniform law by weights", "Detach them with detach().", a)
    kind, x, _, planes = _posed(X_s, X_s, n_projections, projections, seed)
    a = weights(a, len(x), "The weights a")
    shadows = _shadows(x, planes)
    places = _turned(shadows)
    costs, slope = to_uniform(places, np.broadcast_to(a, places.shape))

    def back(by_costs):
        # The angle of a shadow turns by its cross product with how the shadow moves.
        turning = np.stack([-shadows[..., 1], shadows[..., 0]], axis=-1) / (2.0 * np.pi)
        turning *= (by_costs[:, None] * slope / (shadows**2).sum(axis=-1))[..., None]
        return (np.einsum("knj,kdj->nd", turning, planes),)

    if _derivatives.wanted(X_s):
        costs = _derivatives.joined(kind, costs, (X_s,), back)
    return _mean(kind, costs, 2, planes, log)


@public
def linear_sliced_wasserstein_sphere(
    X_s, X_t=None, a=None, b=None, n_projections=50, projections=None, seed=None, log=False
):
    """As :func:`sliced_wasserstein_sphere` with :func:`thalweg.ot.linear_circular_ot` on the circles; to the uniform law
    without ``X_t``."""
    _derivatives.refuse("The sliced distance on spheres", "Use sliced_wasserstein_sphere_unif.", X_s, X_t, a, b)
    kind, x, y, planes = _posed(X_s, X_s if X_t is None else X_t, n_projections, projections, seed)
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    of_x = _turned(_shadows(x, planes)).T
    costs = linear_circular_ot(of_x, None if X_t is None else _turned(_shadows(y, planes)).T, a, b)
    return _mean(kind, costs, 2, planes, log)


def _posed(X_s, X_t, n_projections, projections, seed):
    kind, x, y = Kind(X_s, X_t), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    if x.shape[1] != y.shape[1]:
        raise InputError(f"The points X_s have {x.shape[1]} coordinates and X_t {y.shape[1]}; they must have as many.")
    for points, name in ((x, "X_s"), (y, "X_t")):
        off = np.abs((points**2).sum(axis=1) - 1.0).max()
        if not off <= 1e-4:
            raise InputError(
                f"{name} is not on the unit sphere: a squared norm misses 1 by {off:.2g}.", "Normalise it."
            )
    return kind, x, y, _planes(x.shape[1], n_projections, projections, seed)


def _planes(d, n_projections, projections, seed):
    if projections is None:
        return get_projections_sphere(d, n_projections, seed)
    planes = host(projections, "The projections")
    if planes.ndim != 3 or planes.shape[1:] != (d, 2):
        raise InputError(f"The projections have the shape {planes.shape}, but planes have the shape (k, {d}, 2).")
    return planes


def _shadows(x, planes):
    return np.einsum("kdj,nd->knj", planes, x)


def _turned(shadows):
    """Angles in turns, from 0 to 1."""
    return (np.arctan2(-shadows[..., 1], -shadows[..., 0]) + np.pi) / (2.0 * np.pi)


def _mean(kind, costs, p, planes, log):
    value = costs.mean() ** (1.0 / p)
    if isinstance(costs, np.ndarray):
        costs, value = kind(costs), kind(value)
    return (value, {"projections": kind(planes), "projected_emds": costs}) if log else value
