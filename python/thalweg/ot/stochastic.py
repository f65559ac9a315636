"""Entropic transport by stochastic ascent of its duals. Names and conventions as in POT's ``ot.stochastic``.

What these give is what the ascent reached in the iterations that were asked for; :func:`thalweg.ot.sinkhorn` converges.
"""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, is_torch, weights
from ._public import public
from .utils import check_random_state, dist

__all__ = [
    "averaged_sgd_entropic_transport",
    "batch_grad_dual",
    "c_transform_entropic",
    "coordinate_grad_semi_dual",
    "loss_dual_entropic",
    "loss_dual_quadratic",
    "plan_dual_entropic",
    "plan_dual_quadratic",
    "sag_entropic_transport",
    "sgd_entropic_regularization",
    "solve_dual_entropic",
    "solve_semi_dual_entropic",
]


@public
def sag_entropic_transport(a, b, M, reg, numItermax=10000, lr=None, random_state=None):
    """The potential of the targets, ``(m,)``, by averaged stochastic gradients; keeps ``n m`` numbers.

    ``lr`` is ``reg / max(a)`` by default. Draws are those of POT for equal seeds.
    """
    return _ascend("sag", a, b, M, reg, numItermax, lr, random_state)


@public
def averaged_sgd_entropic_transport(a, b, M, reg, numItermax=300000, lr=None, random_state=None):
    """The potential of the targets, ``(m,)``, as the mean of the iterates of stochastic gradient ascent.

    Otherwise as :func:`sag_entropic_transport`.
    """
    return _ascend("asgd", a, b, M, reg, numItermax, lr, random_state)


@public
def c_transform_entropic(b, M, reg, beta):
    """The best potential of the sources, ``(n,)``, for one of the targets: ``-reg log sum_j b_j exp((beta_j - M_ij) /
    reg)``."""
    kind, M = Kind(M, b, beta), costs(M)
    b, beta = weights(b, M.shape[1], "The weights b"), host(beta, "The potential beta")
    apart = M - beta
    least = apart.min(axis=1)
    return kind(least - reg * np.log(np.exp((least[:, None] - apart) / reg) @ b))


@public
def solve_semi_dual_entropic(a, b, M, reg, method, numItermax=10000, lr=None, log=False):
    """The plan, ``(n, m)``, that the semi-dual potential belongs to; ``method`` is ``SAG`` or ``ASGD``.

    The log has ``alpha`` and ``beta``. Draws come from NumPy's global generator.
    """
    kind = Kind(a, b, M)
    beta = _ascend(str(method).lower(), a, b, M, reg, numItermax, lr, None)
    alpha = c_transform_entropic(b, M, reg, beta)
    return _plan(kind, a, b, M, reg, host(alpha, "alpha"), host(beta, "beta"), log)


@public
def sgd_entropic_regularization(a, b, M, reg, batch_size, numItermax, lr, random_state=None):
    """Both potentials, ``(n,)`` and ``(m,)``, by stochastic gradient ascent of the dual on blocks of ``batch_size``
    sources and targets, with steps of ``lr / sqrt(k)``."""
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    drawn, (n, m) = check_random_state(random_state), M.shape
    u, v = np.zeros(n), np.zeros(m)
    for step in range(numItermax):
        i, j = drawn.choice(n, batch_size, replace=False), drawn.choice(m, batch_size, replace=False)
        rate = lr / np.sqrt(step + 1.0)
        by_u, by_v = _block_slopes(a, b, M, reg, u, v, i, j)
        u[i] += rate * by_u
        v[j] += rate * by_v
    return kind(u), kind(v)


@public
def batch_grad_dual(a, b, M, reg, alpha, beta, batch_size, batch_alpha, batch_beta):
    """Derivatives of the entropic dual by both potentials, ``(n,)`` and ``(m,)``, on a block of sources and targets.

    ``batch_alpha`` and ``batch_beta`` are their rows; elsewhere the derivatives are zero, and ``batch_size`` does nothing.
    """
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    u, v = host(alpha, "The potential alpha"), host(beta, "The potential beta")
    by_u, by_v = np.zeros(len(a)), np.zeros(len(b))
    i, j = np.asarray(batch_alpha), np.asarray(batch_beta)
    by_u[i], by_v[j] = _block_slopes(a, b, M, reg, u, v, i, j)
    return kind(by_u), kind(by_v)


@public
def coordinate_grad_semi_dual(b, M, reg, beta, i):
    """The derivative of the semi-dual by the potential ``beta`` at source ``i``, ``(m,)``: ``b`` less what the source sends."""
    kind, M = Kind(b, M, beta), costs(M)
    b, beta = weights(b, M.shape[1], "The weights b"), host(beta, "The potential beta")
    gain = (beta - M[i]) / _engine.positive(reg, "reg")
    sent = np.exp(gain - gain.max()) * b
    return kind(b - sent / sent.sum())


def _block_slopes(a, b, M, reg, u, v, i, j):
    """Derivatives of the dual by the potentials of the sources ``i`` and the targets ``j``, from their pairs alone."""
    block = np.exp((u[i, None] + v[None, j] - M[np.ix_(i, j)]) / reg) * a[i, None] * b[None, j]
    return a[i] * len(j) / len(b) - block.sum(axis=1), b[j] * len(i) / len(a) - block.sum(axis=0)


@public
def solve_dual_entropic(a, b, M, reg, batch_size, numItermax=10000, lr=1, log=False):
    """The plan, ``(n, m)``, that the potentials of :func:`sgd_entropic_regularization` belong to; the log has ``alpha``
    and ``beta``."""
    u, v = sgd_entropic_regularization(a, b, M, reg, batch_size, numItermax, lr)
    return _plan(Kind(a, b, M), a, b, M, reg, host(u, "alpha"), host(v, "beta"), log)


@public
def loss_dual_entropic(u, v, xs, xt, reg=1, ws=None, wt=None, metric="sqeuclidean"):
    """The entropic dual at potentials ``(n,)`` and ``(m,)`` of points ``(n, d)`` and ``(m, d)``, to be maximised.

    With torch it can be differentiated by everything, so that potentials may be networks.
    """
    M, ws, wt, space = _posed(u, v, xs, xt, ws, wt, metric)
    gain = -reg * space.exp((u[:, None] + v[None, :] - M) / reg)
    return (u * ws).sum() + (v * wt).sum() + (ws[:, None] * gain * wt[None, :]).sum()


@public
def plan_dual_entropic(u, v, xs, xt, reg=1, ws=None, wt=None, metric="sqeuclidean"):
    """The plan, ``(n, m)``, of potentials of :func:`loss_dual_entropic`."""
    M, ws, wt, space = _posed(u, v, xs, xt, ws, wt, metric)
    return ws[:, None] * space.exp((u[:, None] + v[None, :] - M) / reg) * wt[None, :]


@public
def loss_dual_quadratic(u, v, xs, xt, reg=1, ws=None, wt=None, metric="sqeuclidean"):
    """The dual of transport with a squared penalty, as :func:`loss_dual_entropic`."""
    M, ws, wt, space = _posed(u, v, xs, xt, ws, wt, metric)
    gain = -((_above(u[:, None] + v[None, :] - M)) ** 2) / (4 * reg)
    return (u * ws).sum() + (v * wt).sum() + (ws[:, None] * gain * wt[None, :]).sum()


@public
def plan_dual_quadratic(u, v, xs, xt, reg=1, ws=None, wt=None, metric="sqeuclidean"):
    """The plan, ``(n, m)``, of potentials of :func:`loss_dual_quadratic`."""
    M, ws, wt, _ = _posed(u, v, xs, xt, ws, wt, metric)
    return ws[:, None] * _above(u[:, None] + v[None, :] - M) * wt[None, :] / (2 * reg)


def _ascend(method, a, b, M, reg, numItermax, lr, random_state):
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    reg = _engine.positive(reg, "reg")
    rate = reg / a.max() if lr is None else float(lr)
    draws = np.asarray(check_random_state(random_state).randint(len(a), size=int(numItermax)), dtype=np.int64)
    return kind(_thalweg.ot_semi_dual(a, b, M, reg, rate, method, draws, budget(1)))


def _plan(kind, a, b, M, reg, alpha, beta, log):
    M = costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    plan = kind(np.exp((alpha[:, None] + beta[None, :] - M) / reg) * a[:, None] * b[None, :])
    return (plan, {"alpha": kind(alpha), "beta": kind(beta)}) if log else plan


def _posed(u, v, xs, xt, ws, wt, metric):
    """Costs and weights in the caller's own arrays, whose operations may be recorded."""
    for potential, what in ((u, "The potential u"), (v, "The potential v")):
        host(potential, what)
    M = metric(xs, xt) if callable(metric) else dist(xs, xt, metric)
    if is_torch(M):
        import torch

        equal = [torch.full((n,), 1.0 / n, dtype=M.dtype, device=M.device) for n in M.shape]
        return M, equal[0] if ws is None else ws, equal[1] if wt is None else wt, torch
    if not hasattr(M, "shape"):
        raise InputError("The metric must give an array of costs.")
    ws, wt = (np.full(n, 1.0 / n) if w is None else w for n, w in zip(M.shape, (ws, wt)))
    return M, ws, wt, np


def _above(x):
    return x.clamp(min=0.0) if is_torch(x) else np.maximum(x, 0.0)
