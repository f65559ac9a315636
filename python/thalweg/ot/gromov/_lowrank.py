"""Plans of low rank between spaces of points under squared distances."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, rows, weights
from .._public import public
from ..lowrank import _TINY, _factors, _project, _start
from ..utils import FactoredPlan


@public
def lowrank_gromov_wasserstein_samples(
    X_s,
    X_t,
    a=None,
    b=None,
    reg=0,
    rank=None,
    alpha=1e-10,
    gamma_init="rescale",
    rescale_cost=True,
    cost_factorized_Xs=None,
    cost_factorized_Xt=None,
    stopThr=1e-4,
    numItermax=1000,
    stopThr_dykstra=1e-3,
    numItermax_dykstra=10000,
    seed_init=49,
    warn=True,
    warn_dykstra=False,
    log=False,
):
    """A plan ``Q diag(1 / g) R'`` of low rank for Gromov-Wasserstein transport under squared distances, in time linear in the
    points.

    Parameters
    ----------
    X_s : array_like, shape (n, d)
    X_t : array_like, shape (m, e)
    a, b : array_like, shapes (n,) and (m,), optional
    reg : float
        Strength of the entropies of the factors.
    rank : int, optional
        That of the plan; the smaller number of points by default.
    alpha : float
        The least entry of ``g``, below ``1 / rank``.
    gamma_init : str
        Steps by the size of the gradient (``rescale``) or by a bound (``theory``).
    rescale_cost : bool
        Whether the factors of the distances are scaled to entries of at most 1.
    cost_factorized_Xs, cost_factorized_Xt : pair of array_like, optional
        Factors ``A1 A2'`` of other relations.
    numItermax, stopThr
        Budget of steps; ends once one moves the factors by less, in the divergence that they are steps of.
    numItermax_dykstra, stopThr_dykstra
        Budget and L1 error of the projections in each.

    Returns
    -------
    Q : array, shape (n, rank)
    R : array, shape (m, rank)
    g : array, shape (rank,)
    log : dict
        With ``log=True``: ``value``, ``value_quad`` and ``lazy_plan``.

    Notes
    -----
    Scetbon, Peyré, Cuturi, ICML 2022.
    """
    _derivatives.refuse("A plan of low rank", "Detach the inputs with detach().", X_s, X_t, a, b)
    kind, x, y = Kind(X_s, X_t, a, b), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    rank = min(len(x), len(y), len(x) if rank is None else int(rank))
    if rank < 1 or 1.0 / rank < alpha:
        raise InputError(
            f"The rank is {rank} and alpha {alpha:g}, but alpha must be at most 1 / rank, and both positive."
        )
    if gamma_init not in ("rescale", "theory"):
        raise InputError(f'There is no gamma_init called "{gamma_init}".', "They are rescale and theory.")
    first, second = (
        _factors(z, z, rescale_cost) if given is None else tuple(rows(f, "A factor of the relations") for f in given)
        for z, given in ((x, cost_factorized_Xs), (y, cost_factorized_Xt))
    )
    Q, R, g = _start(x, y, a, b, rank, "random", None, seed_init)
    bound = 27.0 * np.linalg.norm(first[0]) * np.linalg.norm(first[1]) / alpha**4
    moved, settled = 1.0, True
    for _ in range(int(numItermax)):
        if moved <= stopThr:
            break
        by_q, by_r, by_g = _slopes(first, second, Q, R, g)
        logs = np.log(Q), np.log(R), np.log(g)
        sizes = (np.abs(z).max() for z in (by_q + reg * logs[0], by_r + reg * logs[1], by_g / g**2))
        step = 10.0 / max(size**2 for size in sizes) if gamma_init == "rescale" else 0.5 / bound
        kernels = tuple(
            np.exp(-step * slope + (1.0 - step * reg) * z) for slope, z in zip((by_q, by_r, -by_g / g**2), logs)
        )
        before = Q, R, g
        (Q, R, g), settled = _project(kernels, a, b, alpha, stopThr_dykstra, numItermax_dykstra)
        moved = sum(_apart(z, w) for z, w in zip((Q, R, g), before)) / step**2
        Q, R, g = Q + _TINY, R + _TINY, g + _TINY
    if warn:
        _engine.Ended(moved <= stopThr, int(numItermax), moved, "Raise numItermax.").warn(
            "Gromov-Wasserstein transport of low rank"
        )
    if warn_dykstra:
        _engine.Ended(settled, int(numItermax_dykstra), np.nan, "Raise numItermax_dykstra.").warn(
            "The projection of a plan of low rank"
        )
    found = kind(Q), kind(R), kind(g)
    if not log:
        return found
    quadratic = _value(first, second, a, b, Q, R, g)
    value = quadratic + reg * float(sum((z * np.log(z + _TINY)).sum() for z in (Q, R, g)))
    plan = FactoredPlan(Q, R, 1.0 / g, kind)
    return *found, {"value": kind(np.float64(value)), "value_quad": kind(np.float64(quadratic)), "lazy_plan": plan}


def _slopes(first, second, Q, R, g):
    """The derivatives by the factors of ``-2 <C1 P C2, P>``, all that depends on the plan between its marginals."""
    (A1, A2), (B1, B2) = first, second
    across = A2.T @ (Q / g) @ (R.T @ B1)
    by_q = -4.0 * A1 @ (across @ (B2.T @ R))
    by_r = -4.0 * B2 @ (across.T @ (A1.T @ Q))
    return by_q / g, by_r / g, (Q * by_q).sum(axis=0)


def _value(first, second, a, b, Q, R, g):
    """``sum (C1_ik - C2_jl)^2 P_ij P_kl``."""
    squares = sum(((z1.T * w) @ z1 * ((z2.T * w) @ z2)).sum() for (z1, z2), w in ((first, a), (second, b)))
    (A1, A2), (B1, B2) = first, second
    left, right = A1.T @ (Q / g) @ (R.T @ B1), A2.T @ (Q / g) @ (R.T @ B2)
    return float(squares - 2.0 * (left * right).sum())


def _apart(z, w):
    """The Kullback-Leibler divergence in both directions."""
    return float(((z - w) * (np.log(z + _TINY) - np.log(w + _TINY))).sum())
