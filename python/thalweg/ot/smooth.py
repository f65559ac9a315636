"""Transport with a penalty that leaves plans sparse, by its dual. Names and conventions as in POT's ``ot.smooth``.

The duals are smooth and are climbed by SciPy's L-BFGS: Blondel, Seguy, Rolet, AISTATS 2018.
"""

from typing import Callable, NamedTuple

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._kinds import Kind, costs, weights
from ._public import public
from .utils import proj_simplex

__all__ = ["smooth_ot_dual", "smooth_ot_semi_dual"]


class _Penalty(NamedTuple):
    """Of the columns of an array: ``sup_{t >= 0} <t, x> - Omega(t)`` with its ``t``, and the same over ``t`` that sum to
    ``b``, as a share of it."""

    free: Callable
    fixed: Callable


@public
def smooth_ot_dual(
    a,
    b,
    M,
    reg,
    reg_type="l2",
    method="L-BFGS-B",
    stopThr=1e-9,
    numItermax=500,
    verbose=False,
    log=False,
    max_nz=None,
):
    """A plan of ``<G, M> + reg Omega(G)``, by its dual.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    M : array_like, shape (n, m)
    reg : float
    reg_type : str
        ``l2`` (``Omega = |G|^2 / 2``), ``entropic`` (``sum G log G``), or ``sparsity_constrained`` (``l2`` with at most
        ``max_nz`` entries in a column).
    method : str
        A method of :func:`scipy.optimize.minimize` that takes gradients.
    stopThr, numItermax
        Its tolerance and its budget.

    Returns
    -------
    G : array, shape (n, m)
        Its marginals are met as far as the dual has converged.
    log : dict
        With ``log=True``: ``alpha``, ``beta`` (duals) and ``res`` (what SciPy gave).
    """
    _derivatives.refuse("A plan by its smooth dual", "Detach the inputs with detach().", a, b, M)
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    penalty = _penalty(reg_type, _engine.positive(reg, "reg"), max_nz)

    def fallen(duals):
        u, v = duals[: len(a)], duals[len(a) :]
        value, plan = penalty.free(u[:, None] + v[None, :] - M)
        slope = np.concatenate([plan.sum(axis=1) - a, plan.sum(axis=0) - b])
        return value.sum() - a @ u - b @ v, slope

    found = _climb(fallen, len(a) + len(b), method, stopThr, numItermax, verbose)
    u, v = found.x[: len(a)], found.x[len(a) :]
    plan = kind(penalty.free(u[:, None] + v[None, :] - M)[1])
    return (plan, {"alpha": kind(u), "beta": kind(v), "res": found}) if log else plan


@public
def smooth_ot_semi_dual(
    a,
    b,
    M,
    reg,
    reg_type="l2",
    max_nz=None,
    method="L-BFGS-B",
    stopThr=1e-9,
    numItermax=500,
    verbose=False,
    log=False,
):
    """As :func:`smooth_ot_dual` by the semi-dual, so that the marginal ``b`` is met exactly; the log has ``alpha`` and
    ``res``."""
    _derivatives.refuse("A plan by its smooth dual", "Detach the inputs with detach().", a, b, M)
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    penalty = _penalty(reg_type, _engine.positive(reg, "reg"), max_nz)

    def fallen(u):
        value, shares = penalty.fixed(u[:, None] - M, b)
        return b @ value - a @ u, shares @ b - a

    found = _climb(fallen, len(a), method, stopThr, numItermax, verbose)
    plan = kind(penalty.fixed(found.x[:, None] - M, b)[1] * b)
    return (plan, {"alpha": kind(found.x), "res": found}) if log else plan


def _climb(fallen, size, method, stopThr, numItermax, verbose):
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise InputError("Smooth duals are climbed by SciPy, which is not installed.", "Install scipy.") from None
    # SciPy prints by itself only in older versions, and warns of the option in newer ones.
    options = {"maxiter": numItermax}
    found = minimize(fallen, np.zeros(size), method=method, jac=True, tol=stopThr, options=options)
    if verbose:
        print(f"Smooth dual: {found.nit} iterations, value {-found.fun:.6g}")
    if found.status == 1:
        ended = _engine.Ended(False, found.nit, float(np.abs(found.jac).max()), "Raise numItermax.")
        ended.warn("The smooth dual")
    return found


def _penalty(name, reg, max_nz):
    name = str(name).lower()
    if name in ("l2", "squaredl2"):
        return _Penalty(lambda x: _squares(x, reg), lambda x, b: _square_shares(x, b, reg, None))
    if name in ("entropic", "negentropy", "kl"):
        return _Penalty(lambda x: _exponentials(x, reg), lambda x, b: _soft(x, b, reg))
    if name in ("sparsity_constrained", "sparsity-constrained"):
        if not isinstance(max_nz, int) or max_nz < 1:
            raise InputError(f"max_nz is {max_nz!r}, but it must be a whole number of at least 1.")
        return _Penalty(
            lambda x: _squares(np.where(_largest(x, max_nz), x, 0.0), reg),
            lambda x, b: _square_shares(x, b, reg, max_nz),
        )
    raise InputError(f'There is no penalty called "{name}".', "They are l2, entropic and sparsity_constrained.")


def _squares(x, reg):
    t = np.maximum(x, 0.0) / reg
    return 0.5 * reg * (t**2).sum(axis=0), t


def _square_shares(x, b, reg, max_nz):
    scaled = x / (b * reg)
    if max_nz is None or max_nz >= len(x):
        shares = proj_simplex(scaled)
    else:
        # The best simplex projection on few entries is that of the largest ones.
        kept = np.argpartition(-scaled, max_nz - 1, axis=0)[:max_nz]
        shares = np.zeros_like(scaled)
        np.put_along_axis(shares, kept, proj_simplex(np.take_along_axis(scaled, kept, axis=0)), axis=0)
    return (x * shares).sum(axis=0) - 0.5 * reg * b * (shares**2).sum(axis=0), shares


def _exponentials(x, reg):
    # The slope of sum t log t is log t + 1.
    with np.errstate(over="ignore"):
        t = np.exp(x / reg - 1.0)
    return reg * t.sum(axis=0), t


def _soft(x, b, reg):
    top = x.max(axis=0)
    t = np.exp((x - top) / reg)
    sums = t.sum(axis=0)
    return reg * (np.log(sums) - np.log(b)) + top, t / sums


def _largest(x, k):
    if k >= len(x):
        return np.ones(x.shape, dtype=bool)
    return x >= -np.partition(-x, k - 1, axis=0)[k - 1]
