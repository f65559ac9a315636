"""Unbalanced transport with any of several penalties, by SciPy's L-BFGS."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, host, weights
from .._public import public
from ._divergences import cost_name, divergence


@public
def lbfgsb_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    c=None,
    reg_div="kl",
    regm_div="kl",
    G0=None,
    numItermax=1000,
    stopThr=1e-15,
    method="L-BFGS-B",
    verbose=False,
    log=False,
):
    """A plan of least ``<G, M> + reg_m1 D(G 1, a) + reg_m2 D(G' 1, b) + reg R(G)``; needs SciPy.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    M : array_like, shape (n, m)
    reg_m : float or pair
        Prices of missing the marginals, finite.
    c : array_like, shape (n, m), optional
        Reference of the plan; ``a b'`` by default.
    reg_div : str or pair of callables
        ``R``: ``kl`` (to ``c``), ``l2`` (half the squared difference from ``c``), ``entropy`` (``sum G log G - G``), or a
        function of a plan and its derivative.
    regm_div : str
        ``D``: ``kl``, ``l2`` or ``tv`` (the sum of absolute differences, whose kinks this method only comes near; see
        ``solve(..., unbalanced_type="TV")`` without ``reg``, which is exact).
    G0 : array_like, shape (n, m), optional
        Start; ``a b'`` by default.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``cost``, ``total_cost`` and ``res`` (what SciPy gave).
    """
    try:
        from scipy.optimize import Bounds, minimize
    except ImportError:
        raise InputError("L-BFGS is SciPy's, which is not installed.", "Install scipy, or use mm_unbalanced.") from None
    _derivatives.refuse("A plan by L-BFGS", "Use sinkhorn_unbalanced, or detach the inputs with detach().", a, b, M)
    kind, M = Kind(M, a, b), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    outer = np.outer(a, b)
    start = outer if G0 is None else costs(G0, "The start G0")
    prices = tuple(np.inf if r is None else r for r in _engine.pair(reg_m))
    if not np.isfinite(prices).all():
        raise InputError("The prices of L-BFGS must be finite.", "Use sinkhorn_unbalanced where a marginal is met.")
    missed = _missed(str(regm_div).lower())
    regular = _regular(kind, reg_div, outer if c is None else costs(c, "The reference c"))

    def objective(flat):
        G = flat.reshape(M.shape)
        (of_rows, by_rows), (of_columns, by_columns) = missed(G.sum(axis=1), a), missed(G.sum(axis=0), b)
        value = (G * M).sum() + prices[0] * of_rows + prices[1] * of_columns
        slope = M + prices[0] * by_rows[:, None] + prices[1] * by_columns[None, :]
        if reg > 0:
            more, by_plan = regular(G)
            value, slope = value + reg * more, slope + reg * by_plan
        return value, slope.ravel()

    options = {"maxiter": numItermax, "maxfun": 20 * numItermax}
    bounds = Bounds(0, np.inf)
    found = minimize(objective, start.ravel(), method=method, jac=True, bounds=bounds, tol=stopThr, options=options)
    if verbose:
        print(f"Unbalanced transport: {found.nit} iterations, objective {found.fun:.6g}")
    plan = found.x.reshape(M.shape)
    said = {"cost": kind((plan * M).sum()), "total_cost": kind(np.float64(found.fun)), "res": found}
    return (kind(plan), said) if log else kind(plan)


@public
def lbfgsb_unbalanced2(
    a,
    b,
    M,
    reg,
    reg_m,
    c=None,
    reg_div="kl",
    regm_div="kl",
    G0=None,
    returnCost="linear",
    numItermax=1000,
    stopThr=1e-15,
    method="L-BFGS-B",
    verbose=False,
    log=False,
):
    """The cost of :func:`lbfgsb_unbalanced`: ``<G, M>`` (``returnCost="linear"``) or the whole objective (``"total"``)."""
    name = cost_name(returnCost)
    plan, said = lbfgsb_unbalanced(
        a, b, M, reg, reg_m, c, reg_div, regm_div, G0, numItermax, stopThr, method, verbose, True
    )
    return (said[name], {**said, "plan": plan}) if log else said[name]


def _missed(name):
    """The penalty of a marginal and its derivative."""
    if name == "kl":
        return lambda sums, w: (divergence(sums, w, "kl"), np.log(sums / w + 1e-16))
    if name == "l2":
        return lambda sums, w: (divergence(sums, w, "l2"), sums - w)
    if name == "tv":
        return lambda sums, w: (np.abs(sums - w).sum(), np.sign(sums - w))
    raise InputError(f"Unknown regm_div '{name}'.", "It is kl, l2 or tv.")


def _regular(kind, reg_div, c):
    """The regularisation of a plan and its derivative."""
    if isinstance(reg_div, tuple):
        f, df = reg_div
        return lambda G: (float(f(kind(G))), host(df(kind(G)), "The derivative"))
    name = str(reg_div).lower()
    if name == "kl":
        return lambda G: (divergence(G, c, "kl"), np.log(G / c + 1e-16))
    if name == "l2":
        return lambda G: (divergence(G, c, "l2"), G - c)
    if name == "entropy":
        return lambda G: (divergence(G, np.ones_like(c), "kl") - c.size, np.log(G + 1e-16))
    raise InputError(f"Unknown reg_div '{reg_div}'.", "It is kl, l2, entropy, or a pair of functions.")
