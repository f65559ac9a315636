"""Many small problems at once, on the threads of the call. Names and conventions as in POT's ``ot.batch``."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, host, is_torch, masses, stacked
from ._public import public
from ._spaces_batch import loss_quadratic_batch, loss_quadratic_samples_batch, solve_gromov_batch, tensor_batch
from .utils import OTResult

__all__ = [
    "dist_batch",
    "entropy_batch",
    "loss_linear_batch",
    "loss_linear_samples_batch",
    "loss_quadratic_batch",
    "loss_quadratic_samples_batch",
    "solve_batch",
    "solve_gromov_batch",
    "solve_sample_batch",
    "tensor_batch",
]


@public
def dist_batch(X1, X2=None, metric="sqeuclidean", p=2, nx=None):
    """Distances between the rows of many pairs of clouds: ``(k, n, d)`` and ``(k, m, d)`` give ``(k, n, m)``.

    ``metric`` is ``sqeuclidean``, ``euclidean``, ``minkowski`` (``sum |x - y|^p`` to the power ``1 / p``) or ``kl`` (rows that
    are histograms). With torch the first two can be differentiated.
    """
    kind = Kind(X1, X2)
    x = _clouds(X1, "The points X1")
    y = x if X2 is None else _clouds(X2, "The points X2")
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[2]:
        raise InputError(f"The points have the shapes {x.shape} and {y.shape}, but only the middle one may differ.")
    metric = str(metric).lower()
    if metric in ("minkowski", "kl"):
        _derivatives.refuse(f"The metric {metric}", "Use sqeuclidean or euclidean.", X1, X2)
    if metric == "minkowski":
        return kind((np.abs(x[:, :, None] - y[:, None]) ** p).sum(axis=3) ** (1.0 / p))
    if metric == "kl":
        entropies = (y * np.log(y + 1e-10)).sum(axis=2)
        return kind(entropies[:, None, :] - np.log(x + 1e-10) @ y.transpose(0, 2, 1))
    if metric not in ("sqeuclidean", "euclidean"):
        raise InputError(f'There is no metric called "{metric}".', "They are sqeuclidean, euclidean, minkowski and kl.")
    # About the mean of each pair, so that clouds far from zero lose nothing.
    centre = x.mean(axis=1, keepdims=True)
    u, v = x - centre, y - centre
    values = (u**2).sum(axis=2)[:, :, None] + (v**2).sum(axis=2)[:, None, :] - 2.0 * u @ v.transpose(0, 2, 1)
    values = np.maximum(values, 0.0)
    if X2 is None:
        values[:, np.arange(x.shape[1]), np.arange(x.shape[1])] = 0.0
    values = np.sqrt(values) if metric == "euclidean" else values
    if not _derivatives.wanted(X1, X2):
        return kind(values)
    backs = [_derivatives.of_distances(*each, metric) for each in zip(x, y, values)]

    def back(slope):
        by_x, by_y = (np.stack(part) for part in zip(*(b(s) for b, s in zip(backs, slope))))
        return (by_x + by_y, None) if X2 is None else (by_x, by_y)

    return _derivatives.joined(kind, values, (X1, X2), back)


@public
def entropy_batch(T, nx=None, eps=1e-16):
    """``-sum T log T`` of each plan: ``(k, n, m)`` to ``(k,)``; ``eps`` is added within the logarithm."""
    kind, T = Kind(T), masses(host(T, "The plans T"), "The plans T")
    return kind(-(T * np.log(T + eps)).sum(axis=(1, 2)))


@public
def loss_linear_batch(M, T, nx=None):
    """``<M, T>`` of each problem: ``(k, n, m)`` costs and plans give ``(k,)``."""
    host(M, "The costs M"), host(T, "The plans T")
    return (M * T).sum((1, 2))


@public
def loss_linear_samples_batch(X, Y, T, metric="sqeuclidean"):
    """:func:`loss_linear_batch` under the distances between ``X`` and ``Y``."""
    return loss_linear_batch(dist_batch(X, Y, metric), T)


@public(numItermax="max_iter", stopThr="tol")
def solve_batch(
    M,
    reg=None,
    a=None,
    b=None,
    max_iter=1000,
    tol=1e-5,
    method="auto",
    inner_iter=1,
    inner_reg=1e-3,
    reg_type="entropy",
    grad="envelope",
    *,
    threads=None,
    memory=None,
):
    """Many problems of one shape, exactly, or with an entropy of strength ``reg``.

    Parameters
    ----------
    M : array_like, shape (k, n, m)
        Costs.
    reg : float, optional
        Strength of the entropy; exact plans without it (POT approaches them by a proximal method).
    a, b : array_like, shapes (k, n) or (n,), and (k, m) or (m,), optional
        Weights; equal by default.
    max_iter, tol : optional
        Budget of iterations, and L1 error of the marginals, of the entropic problems.
    reg_type : str
        ``entropy`` or ``kl``, which says what of the entropy counts in ``value``.
    grad : str
        With torch: derivatives of ``value`` alone (``envelope``), of everything (``autodiff``, ``last_step``), or of nothing
        (``detach``).
    method, inner_iter, inner_reg
        Not used.

    Returns
    -------
    OTResult
        ``plan`` ``(k, n, m)``, ``value`` and ``value_linear`` ``(k,)``, ``potentials`` (duals, or logarithms of scalings).
    """
    if reg_type not in ("entropy", "kl"):
        raise InputError(f"Unknown reg_type '{reg_type}'.", "It is entropy or kl.")
    if grad not in ("envelope", "autodiff", "last_step", "detach", None):
        raise InputError(f"Unknown grad '{grad}'.", "It is envelope, autodiff, last_step or detach.")
    kind, costs = Kind(M, a, b), host(M, "The costs M")
    if costs.ndim != 3:
        raise InputError(f"The costs of a batch have 3 axes, but M has {costs.ndim}.", "Stack the matrices of costs.")
    k, n, m = costs.shape
    p, q = stacked(a, (k, n), "The weights a"), stacked(b, (k, m), "The weights b")
    if reg is None or reg == 0:
        return _exact(kind, M, costs, p, q, grad, budget(threads, memory))
    reg = _engine.positive(reg, "reg")
    problem = _engine.Problem(reg, (None, None), max(float(tol), 1e-300), max(int(max_iter), 1))
    plans, f, g, end = _thalweg.ot_entropic_batch(p, q, costs, problem, budget(threads, memory))
    ended = _engine.Ended(*end)
    ended.warn("Sinkhorn of a batch")
    plans, f, g = plans.reshape(costs.shape), f.reshape(p.shape), g.reshape(q.shape)
    with np.errstate(divide="ignore"):
        potentials = kind(f / reg + np.log(p)), kind(g / reg + np.log(q))
    linear = (plans * costs).sum(axis=(1, 2))
    entropies = reg * _entropies(plans, 1.0 if reg_type == "entropy" else p[:, :, None] * q[:, None, :])
    joined, inputs = grad not in ("detach", None), (M, a, b)
    shared = np.ndim(a) == 1, np.ndim(b) == 1

    def back(slope):
        of_a, of_b = f + reg * (reg_type == "entropy") * np.log(np.maximum(p, 1e-300)), g
        of_b = of_b + reg * (reg_type == "entropy") * np.log(np.maximum(q, 1e-300))
        by_a, by_b = (slope[:, None] * (z - z.mean(axis=1, keepdims=True)) for z in (of_a, of_b))
        return slope[:, None, None] * plans, *(z.sum(axis=0) if one else z for z, one in zip((by_a, by_b), shared))

    value = _derivatives.joined(kind, linear + entropies, inputs, back) if joined else kind(linear + entropies)
    plan, value_linear = kind(plans), kind(linear)
    if grad in ("autodiff", "last_step") and _derivatives.wanted(*inputs):
        plan = _derivatives.joined(kind, plans, inputs, _of_plans(plans, reg, p, q, shared))
        value_linear = loss_linear_batch(M if is_torch(M) else kind(costs), plan)
    said = {"n_iter": ended.iterations}
    return OTResult(potentials, value, value_linear, plan=plan, log=said, status=ended.status)


@public(numItermax="max_iter", stopThr="tol")
def solve_sample_batch(
    X_a,
    X_b,
    reg=None,
    a=None,
    b=None,
    metric="sqeuclidean",
    p=2,
    max_iter=1000,
    tol=1e-5,
    method="auto",
    inner_iter=1,
    inner_reg=1e-3,
    reg_type="entropy",
    grad="envelope",
    *,
    threads=None,
    memory=None,
):
    """:func:`solve_batch` between clouds ``(k, n, d)`` and ``(k, m, d)`` under the distances of :func:`dist_batch`."""
    M = dist_batch(X_a, X_b, metric, p)
    given = dict(reg_type=reg_type, grad=grad, threads=threads, memory=memory)
    return solve_batch(M, reg, a, b, max_iter, tol, method, inner_iter, inner_reg, **given)


def _exact(kind, M, costs, p, q, grad, given):
    plans, values = _thalweg.ot_exact_batch(p, q, costs, given)
    plans = plans.reshape(costs.shape)
    value = kind(values)
    if grad not in ("detach", None):
        value = _derivatives.joined(kind, values, (M,), lambda slope: (slope[:, None, None] * plans,))
    return OTResult(None, value, value, plan=kind(plans), log={"n_iter": 0}, status="Converged")


def _entropies(plans, reference):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(plans > 0, plans * np.log(plans / reference), 0.0).sum(axis=(1, 2))


def _of_plans(plans, reg, p, q, shared):
    def back(slope):
        each = [_derivatives.of_entropic(*z, (None, None))(s) for *z, s in zip(plans, [reg] * len(p), p, q, slope)]
        by_costs, by_a, by_b = (np.stack(part) for part in zip(*each))
        return by_costs, *(z.sum(axis=0) if one else z for z, one in zip((by_a, by_b), shared))

    return back


def _clouds(X, what):
    X = host(X, what)
    if X.ndim != 3:
        raise InputError(f"{what} have {X.ndim} axes, but clouds of a batch have 3.", "Stack them: (k, n, d).")
    return X
