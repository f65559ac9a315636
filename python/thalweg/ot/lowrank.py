"""Transport by plans of low rank between points. Names and conventions as in POT's ``ot.lowrank``.

A plan is ``Q diag(1 / g) R'``, so that ``n`` points need ``n r`` numbers in place of ``n^2``; costs are squared distances,
whose matrix has the rank ``d + 2`` and is never formed.
"""

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._kinds import Kind, rows, weights
from ._nystroem import kernel_nystroem, sinkhorn_low_rank_kernel
from ._public import public
from .bregman import sinkhorn
from .utils import FactoredPlan, dist, get_lowrank_lazytensor

__all__ = [
    "compute_lr_sqeuclidean_matrix",
    "get_lowrank_lazytensor",
    "kernel_nystroem",
    "lowrank_sinkhorn",
    "sinkhorn_low_rank_kernel",
]

# Outer steps; the algorithm has no test of its own end.
_STEPS = 100
# What keeps the logarithms of the factors finite.
_TINY = 1e-16


@public
def compute_lr_sqeuclidean_matrix(X_s, X_t, rescale_cost, nx=None):
    """``M1`` ``(n, d + 2)`` and ``M2`` ``(m, d + 2)`` with ``M1 M2' = |x_i - y_j|^2``; with ``rescale_cost`` each divided by
    the root of its largest entry."""
    kind = Kind(X_s, X_t)
    M1, M2 = _factors(rows(X_s, "The points X_s"), rows(X_t, "The points X_t"), rescale_cost)
    return kind(M1), kind(M2)


@public
def lowrank_sinkhorn(
    X_s,
    X_t,
    a=None,
    b=None,
    reg=0,
    rank=None,
    alpha=1e-10,
    rescale_cost=True,
    init="random",
    reg_init=1e-1,
    seed_init=49,
    gamma_init="rescale",
    numItermax=2000,
    stopThr=1e-7,
    warn=True,
    log=False,
):
    """A plan of low rank that nearly minimises the squared distances and ``reg`` times the entropies of its factors.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, d)
    a, b : array_like, shapes (n,) and (m,), optional
    reg : float
    rank : int, optional
        That of the plan; the smaller number of points by default.
    alpha : float
        The least entry of ``g``, below ``1 / rank``.
    rescale_cost : bool
        Whether the factors of the costs are scaled, which changes what ``reg`` and the values mean.
    init : str
        ``random``, ``deterministic``, or ``kmeans`` (needs scikit-learn; entropic plans of strength ``reg_init`` to the
        centres); drawn from ``seed_init``.
    gamma_init : str
        Steps by the size of the gradient (``rescale``) or by a bound (``theory``).
    numItermax, stopThr
        Budget and L1 error of the projections (Dykstra) in each of 100 steps of mirror descent.

    Returns
    -------
    Q : array, shape (n, rank)
    R : array, shape (m, rank)
    g : array, shape (rank,)
    log : dict
        With ``log=True``: ``value``, ``value_linear`` and ``lazy_plan``.

    Notes
    -----
    Scetbon, Cuturi, Peyre, ICML 2021.
    """
    _derivatives.refuse("A plan of low rank", "Detach the inputs with detach().", X_s, X_t, a, b)
    kind, x, y = Kind(X_s, X_t, a, b), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    rank = min(len(x), len(y), len(x) if rank is None else int(rank))
    if rank < 1 or 1.0 / rank < alpha:
        raise InputError(
            f"The rank is {rank} and alpha {alpha:g}, but alpha must be at most 1 / rank, and both positive."
        )
    M1, M2 = _factors(x, y, rescale_cost)
    Q, R, g = _start(x, y, a, b, rank, init, reg_init, seed_init)
    length, settled = _lengths(gamma_init, alpha, reg, np.linalg.norm(M1) * np.linalg.norm(M2)), True
    for _ in range(_STEPS):
        by_q, by_r = M1 @ (M2.T @ R), M2 @ (M1.T @ Q)
        by_g = (Q * by_q).sum(axis=0)
        logs = np.log(Q), np.log(R), np.log(g)
        by_q, by_r = by_q / g, by_r / g
        step = length(by_q + reg * logs[0], by_r + reg * logs[1], by_g / g)
        kernels = (
            np.exp(-step * by_q + (1.0 - step * reg) * logs[0]),
            np.exp(-step * by_r + (1.0 - step * reg) * logs[1]),
            np.exp(step * by_g / g**2 + (1.0 - step * reg) * logs[2]),
        )
        (Q, R, g), settled = _project(kernels, a, b, alpha, stopThr, numItermax)
        Q, R, g = Q + _TINY, R + _TINY, g + _TINY
    if warn:
        _engine.Ended(settled, int(numItermax), np.nan, "Raise numItermax.").warn(
            "The projection of a plan of low rank"
        )
    found = kind(Q), kind(R), kind(g)
    if not log:
        return found
    linear = float(((M1.T @ Q) * (M2.T @ (R / g))).sum())
    value = linear + reg * float(sum((z * np.log(z + _TINY)).sum() for z in (Q, R, g)))
    plan = FactoredPlan(Q, R, 1.0 / g, kind)
    return *found, {"value": kind(np.float64(value)), "value_linear": kind(np.float64(linear)), "lazy_plan": plan}


def _factors(x, y, rescale):
    M1 = np.hstack([(x**2).sum(axis=1, keepdims=True), np.ones((len(x), 1)), -2.0 * x])
    M2 = np.hstack([np.ones((len(y), 1)), (y**2).sum(axis=1, keepdims=True), y])
    return (M1 / np.sqrt(M1.max()), M2 / np.sqrt(M2.max())) if rescale else (M1, M2)


def _lengths(gamma_init, alpha, reg, size):
    """The rule for the length of a step."""
    if gamma_init == "theory":
        bound = np.sqrt(6.0 / alpha**4 * size**2 + (reg + 2.0 / alpha**3 * size) ** 2)
        return lambda *_: 0.5 / bound
    if gamma_init == "rescale":
        return lambda *slopes: 10.0 / max(float(np.abs(s).max()) ** 2 for s in slopes)
    raise InputError(f'There is no gamma_init called "{gamma_init}".', "They are rescale and theory.")


def _start(x, y, a, b, rank, init, reg_init, seed):
    if init == "random":
        drawn = np.random.RandomState(seed)
        g, Q, R = (np.abs(drawn.randn(*shape)) + 1.0 for shape in ((rank,), (len(x), rank), (len(y), rank)))
        return Q * (a / Q.sum(axis=1))[:, None], R * (b / R.sum(axis=1))[:, None], g / g.sum()
    g = np.full(rank, 1.0 / rank)
    if init == "deterministic":
        part = min(a.min(), b.min(), g.min()) / 2.0
        ramps = [np.arange(1.0, k + 1.0) / (0.5 * k * (k + 1)) for k in (len(x), len(y), rank)]
        rests = [(w - part * r) / (1.0 - part) for w, r in zip((a, b, g), ramps)]
        return *(part * np.outer(ramps[k], ramps[2]) + (1.0 - part) * np.outer(rests[k], rests[2]) for k in (0, 1)), g
    if init == "kmeans":
        return *(_clustered(z, w, g, reg_init, seed) for z, w in ((x, a), (y, b))), g
    raise InputError(f'There is no init called "{init}".', "They are random, deterministic and kmeans.")


def _clustered(x, a, g, reg_init, seed):
    try:
        from sklearn.cluster import KMeans
    except ImportError:
        raise InputError("Starting from clusters needs scikit-learn.", "Install it, or use init='random'.") from None
    centres = KMeans(n_clusters=len(g), random_state=seed, n_init="auto").fit(x).cluster_centers_
    cost = dist(x, centres)
    return sinkhorn(a, g, cost / cost.max(), reg_init, numItermax=10000, stopThr=1e-3)


def _project(kernels, a, b, alpha, stopThr, most):
    """The nearest factors with the marginals ``a``, ``b`` and one ``g`` of at least ``alpha``, and whether they were reached:
    alternating projections with Dykstra's corrections."""
    K1, K2, g = kernels
    rank = len(g)
    v1, v2, q1, q2, of_least, of_product = (np.ones(rank) for _ in range(6))
    for _ in range(most):
        u1, u2 = a / (K1 @ v1), b / (K2 @ v2)
        least = np.maximum(alpha, g * of_least)
        of_least, g = g * of_least / least, least
        sums1, sums2 = K1.T @ u1, K2.T @ u2
        product = np.cbrt(g * of_product * (v1 * q1 * sums1) * (v2 * q2 * sums2))
        new1, new2 = product / sums1, product / sums2
        q1, q2, of_product = v1 * q1 / new1, v2 * q2 / new2, g * of_product / product
        v1, v2, g = new1, new2, product
        missed = np.abs(u1 * (K1 @ v1) - a).sum() + np.abs(u2 * (K2 @ v2) - b).sum()
        if missed <= stopThr:
            break
    return (u1[:, None] * K1 * v1, u2[:, None] * K2 * v2, g), missed <= stopThr
