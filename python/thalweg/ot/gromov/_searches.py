"""Exact line searches between plans, for conditional gradients that scripts put together themselves.

Along ``G + t D`` the objective ``<M, G> + reg f(G)`` is a parabola, so that its least value on [0, 1] is a closed form.
"""

import numpy as np

from .._kinds import Kind, costs, host
from .._public import public
from ..optim import solve_1d_linesearch_quad


@public
def solve_gromov_linesearch(
    G, deltaG, cost_G, C1, C2, M, reg, alpha_min=None, alpha_max=None, nx=None, symmetric=False, **kwargs
):
    """The best step along ``deltaG`` where ``f(G) = <constC - C1 G C2', G>`` and ``deltaG`` has no marginals.

    Parameters
    ----------
    G, deltaG : array_like, shape (n, m)
        A plan, and the way to another one.
    cost_G : float
        The objective at ``G``.
    C1, C2 : array_like, shapes (n, n) and (m, m)
        ``hC1`` and ``hC2`` of :func:`init_matrix`.
    M : array_like, shape (n, m), or 0
    reg : float
    symmetric : bool
        Whether both relations are, which halves the work.

    Returns
    -------
    step : float
    calls : int, 1
    cost : float
        The objective there.
    """
    G, D = _plans(G, deltaG)
    first, second = costs(C1, "The relations C1"), costs(C2, "The relations C2")
    across = first @ D @ second.T
    bent = -float(reg) * float((across * D).sum())
    crossed = float((across * G).sum())
    crossed += crossed if symmetric else float(((first @ G @ second.T) * D).sum())
    tilted = _linear(M, D) - float(reg) * crossed
    return _least(bent, tilted, cost_G, alpha_min, alpha_max)


@public
def solve_partial_gromov_linesearch(
    G, deltaG, cost_G, df_G, df_Gc, M, reg, alpha_min=None, alpha_max=None, nx=None, **kwargs
):
    """As :func:`solve_gromov_linesearch` from the derivatives ``df_G`` and ``df_Gc`` of ``f`` at both ends, ``(n, m)``; also
    gives the derivative at the step."""
    kind, D = Kind(df_G, df_Gc), _plans(G, deltaG)[1]
    here, there = host(df_G, "The slope df_G"), host(df_Gc, "The slope df_Gc")
    bent = 0.5 * float(reg) * float(((there - here) * D).sum())
    tilted = _linear(M, D) + float(reg) * float((here * D).sum())
    step, calls, cost = _least(bent, tilted, cost_G, alpha_min, alpha_max)
    return step, calls, cost, kind(here + step * (there - here))


@public
def solve_semirelaxed_gromov_linesearch(
    G, deltaG, cost_G, C1, C2, ones_p, M, reg, fC2t=None, alpha_min=None, alpha_max=None, nx=None, **kwargs
):
    """As :func:`solve_gromov_linesearch` where the second marginal is free: ``f(G) = <1 (G' 1)' fC2t - C1 G C2', G>`` and a
    constant.

    ``fC2t`` is that of :func:`init_matrix_semirelaxed`, ``(C2')^2`` by default, and ``ones_p`` are ``n`` ones.
    """
    G, D = _plans(G, deltaG)
    first, second = costs(C1, "The relations C1"), costs(C2, "The relations C2")
    squares = second.T**2 if fC2t is None else costs(fC2t, "The relations fC2t")
    ones = host(ones_p, "ones_p").ravel()

    def product(plan):
        return np.outer(ones, plan.sum(axis=0) @ squares) - first @ plan @ second.T

    along = product(D)
    bent = float(reg) * float((along * D).sum())
    tilted = _linear(M, D) + float(reg) * float((along * G).sum() + (product(G) * D).sum())
    return _least(bent, tilted, cost_G, alpha_min, alpha_max)


def _plans(G, D):
    return costs(G, "The plan G"), costs(D, "The direction deltaG")


def _linear(M, D):
    return float((host(M, "The costs M") * D).sum())


def _least(bent, tilted, cost, low, high):
    """The step at which ``cost + tilted t + bent t^2`` is least on [0, 1], within bounds, and the cost there."""
    step = float(solve_1d_linesearch_quad(bent, tilted))
    if low is not None or high is not None:
        step = float(np.clip(step, low, high))
    return step, 1, float(cost) + tilted * step + bent * step**2
