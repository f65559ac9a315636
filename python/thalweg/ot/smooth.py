"""Transport with a penalty that leaves plans sparse, by its dual. Names and conventions as in POT's ``ot.smooth``.

The duals are smooth and are climbed by SciPy's L-BFGS: Blondel, Seguy, Rolet, AISTATS 2018.
"""

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._kinds import Kind, costs, host, weights
from ._public import public
from .utils import proj_simplex

__all__ = [
    "NegEntropy",
    "Regularization",
    "SparsityConstrained",
    "SquaredL2",
    "dual_obj_grad",
    "get_plan_from_dual",
    "get_plan_from_semi_dual",
    "projection_simplex",
    "semi_dual_obj_grad",
    "smooth_ot_dual",
    "smooth_ot_semi_dual",
    "solve_dual",
    "solve_semi_dual",
]


class Regularization:
    """A penalty of strength ``gamma`` on the columns of a plan; transport without it as ``gamma`` goes to 0."""

    def __init__(self, gamma=1.0):
        self.gamma = _engine.positive(gamma, "gamma")

    def delta_Omega(self, X):
        """Of each column ``x``, ``sup_{t >= 0} <t, x> - Omega(t)``, ``(m,)``, and the ``t``, ``(n, m)``."""
        raise NotImplementedError

    def max_Omega(self, X, b):
        """As :meth:`delta_Omega` over ``t`` that sum to the weights ``b`` ``(m,)``, by the unit of weight: ``t / b``."""
        raise NotImplementedError

    def Omega(self, T):
        """The penalty of a plan."""
        raise NotImplementedError


class SquaredL2(Regularization):
    """``gamma / 2`` times the sum of squares."""

    def delta_Omega(self, X):
        return _squares(X, self.gamma)

    def max_Omega(self, X, b):
        return _square_shares(X, b, self.gamma, None)

    def Omega(self, T):
        return 0.5 * self.gamma * float((T**2).sum())


class NegEntropy(Regularization):
    """``gamma sum T log T``."""

    def delta_Omega(self, X):
        return _exponentials(X, self.gamma)

    def max_Omega(self, X, b):
        return _soft(X, b, self.gamma)

    def Omega(self, T):
        positive = T[T > 0]
        return self.gamma * float((positive * np.log(positive)).sum())


class SparsityConstrained(SquaredL2):
    """:class:`SquaredL2` of plans with at most ``max_nz`` entries in a column."""

    def __init__(self, max_nz, gamma=1.0):
        super().__init__(gamma)
        if not isinstance(max_nz, (int, np.integer)) or max_nz < 1:
            raise InputError(f"max_nz is {max_nz!r}, but it must be a whole number of at least 1.")
        self.max_nz = max_nz

    def delta_Omega(self, X):
        return _squares(np.where(_largest(X, self.max_nz), X, 0.0), self.gamma)

    def max_Omega(self, X, b):
        return _square_shares(X, b, self.gamma, self.max_nz)


@public
def projection_simplex(V, z=1, axis=None):
    """The nearest entries that are not negative and sum to ``z``: of all of ``V``, flat, of each row (``axis=1``) or of each column
    (``axis=0``), where ``z`` may be one number each."""
    kind, array = Kind(V), host(V, "The array V")
    z = host(z, "The sums z")
    if axis is None:
        return kind(proj_simplex(array.ravel(), float(z)))
    if array.ndim != 2 or axis not in (0, 1):
        raise InputError(f"An array of the shape {array.shape} has no rows or columns along axis {axis}.")
    return kind(proj_simplex(array, z) if axis == 0 else proj_simplex(array.T, z).T)


@public
def dual_obj_grad(alpha, beta, a, b, C, regul):
    """The smooth dual at potentials ``(n,)`` and ``(m,)``, and its derivatives by them; the higher the better."""
    kind, C, a, b = _problem(a, b, C)
    u, v = host(alpha, "The potential alpha"), host(beta, "The potential beta")
    value, plan = regul.delta_Omega(u[:, None] + v[None, :] - C)
    found = a @ u + b @ v - value.sum()
    return kind(np.float64(found)), kind(a - plan.sum(axis=1)), kind(b - plan.sum(axis=0))


@public
def semi_dual_obj_grad(alpha, a, b, C, regul):
    """The smooth semi-dual at a potential ``(n,)``, and its derivative by it; the higher the better."""
    kind, C, a, b = _problem(a, b, C)
    u = host(alpha, "The potential alpha")
    value, shares = regul.max_Omega(u[:, None] - C, b)
    return kind(np.float64(a @ u - b @ value)), kind(a - shares @ b)


@public
def solve_dual(a, b, C, regul, method="L-BFGS-B", tol=1e-3, max_iter=500, verbose=False):
    """The best potentials ``(n,)`` and ``(m,)`` of the smooth dual, and what SciPy gave."""
    kind, C, a, b = _problem(a, b, C)
    found = _dual(a, b, C, regul, method, tol, max_iter, verbose)
    return kind(found.x[: len(a)]), kind(found.x[len(a) :]), found


@public
def solve_semi_dual(a, b, C, regul, method="L-BFGS-B", tol=1e-3, max_iter=500, verbose=False):
    """The best potential ``(n,)`` of the smooth semi-dual, and what SciPy gave."""
    kind, C, a, b = _problem(a, b, C)
    found = _semi_dual(a, b, C, regul, method, tol, max_iter, verbose)
    return kind(found.x), found


@public
def get_plan_from_dual(alpha, beta, C, regul):
    """The plan of the best potentials of the dual, ``(n, m)``."""
    kind, C = Kind(alpha, beta, C), costs(C)
    u, v = host(alpha, "The potential alpha"), host(beta, "The potential beta")
    return kind(regul.delta_Omega(u[:, None] + v[None, :] - C)[1])


@public
def get_plan_from_semi_dual(alpha, b, C, regul):
    """The plan of the best potential of the semi-dual, ``(n, m)``."""
    kind, C = Kind(alpha, b, C), costs(C)
    b = weights(b, C.shape[1], "The weights b")
    return kind(regul.max_Omega(host(alpha, "The potential alpha")[:, None] - C, b)[1] * b)


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
    found = _dual(a, b, M, penalty, method, stopThr, numItermax, verbose)
    u, v = found.x[: len(a)], found.x[len(a) :]
    plan = kind(penalty.delta_Omega(u[:, None] + v[None, :] - M)[1])
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
    found = _semi_dual(a, b, M, penalty, method, stopThr, numItermax, verbose)
    plan = kind(penalty.max_Omega(found.x[:, None] - M, b)[1] * b)
    return (plan, {"alpha": kind(found.x), "res": found}) if log else plan


def _problem(a, b, C):
    kind, C = Kind(a, b, C), costs(C, "The costs C")
    return kind, C, weights(a, C.shape[0], "The weights a"), weights(b, C.shape[1], "The weights b")


def _dual(a, b, M, penalty, method, stopThr, numItermax, verbose):
    def fallen(duals):
        u, v = duals[: len(a)], duals[len(a) :]
        value, plan = penalty.delta_Omega(u[:, None] + v[None, :] - M)
        slope = np.concatenate([plan.sum(axis=1) - a, plan.sum(axis=0) - b])
        return value.sum() - a @ u - b @ v, slope

    return _climb(fallen, len(a) + len(b), method, stopThr, numItermax, verbose)


def _semi_dual(a, b, M, penalty, method, stopThr, numItermax, verbose):
    def fallen(u):
        value, shares = penalty.max_Omega(u[:, None] - M, b)
        return b @ value - a @ u, shares @ b - a

    return _climb(fallen, len(a), method, stopThr, numItermax, verbose)


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
        return SquaredL2(reg)
    if name in ("entropic", "negentropy", "kl"):
        return NegEntropy(reg)
    if name in ("sparsity_constrained", "sparsity-constrained"):
        return SparsityConstrained(max_nz, reg)
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
