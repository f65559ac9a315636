"""A plan and a map that follows it, fitted together. Names and conventions as in POT's ``ot.mapping``."""

import numpy as np

from . import _derivatives
from ._kinds import Kind, rows
from ._public import public
from .lp import emd
from .optim import _along_parabola, cg
from .utils import dist, kernel, unif

__all__ = ["joint_OT_mapping_kernel", "joint_OT_mapping_linear"]


@public
def joint_OT_mapping_linear(
    xs,
    xt,
    mu=1,
    eta=0.001,
    bias=False,
    verbose=False,
    verbose2=False,
    numItermax=100,
    numInnerItermax=10,
    stopInnerThr=1e-6,
    stopThr=1e-5,
    log=False,
    *,
    threads=None,
    **kwargs,
):
    """A plan ``G`` and a linear map ``L`` of least ``|xs L - n G xt|^2 + mu n <G, M> + eta |L - I|^2``, in turn.

    Parameters
    ----------
    xs : array_like, shape (n, d)
    xt : array_like, shape (m, d)
    mu : float
        Weight of the squared distances ``M``.
    eta : float
        Keeps the map near the identity.
    bias : bool
        Whether the map adds a constant, the last row of ``L``.
    numItermax, stopThr
        Budget of rounds; ends once one changes the loss by a smaller fraction.
    numInnerItermax, stopInnerThr
        Budget and stopping rule of the conditional gradient for the plan.

    Returns
    -------
    G : array, shape (n, m)
    L : array, shape (d, d) or (d + 1, d)
    log : dict
        With ``log=True``: ``loss``, at the start and after every round.

    Notes
    -----
    Perrot, Courty, Flamary, Habrard, NeurIPS 2016.
    """
    kind, x, y = _sides(xs, xt)
    identity = np.eye(x.shape[1])
    inputs, target = (_with_ones(x), np.vstack([identity, np.zeros((1, x.shape[1]))])) if bias else (x, identity)
    penalty = np.diag(np.r_[np.ones(x.shape[1]), np.zeros(int(bias))])
    system, pull = inputs.T @ inputs + eta * penalty, eta * target

    def fit(means):
        return np.linalg.solve(system, inputs.T @ means + pull)

    def size(L):
        return ((L - target)[: x.shape[1]] ** 2).sum()

    budgets = numItermax, stopThr, numInnerItermax, stopInnerThr, threads
    return _alternated(kind, x, y, inputs, fit, size, mu, eta, budgets, verbose, log)


@public
def joint_OT_mapping_kernel(
    xs,
    xt,
    mu=1,
    eta=0.001,
    kerneltype="gaussian",
    sigma=1,
    bias=False,
    verbose=False,
    verbose2=False,
    numItermax=100,
    numInnerItermax=10,
    stopInnerThr=1e-6,
    stopThr=1e-5,
    log=False,
    *,
    threads=None,
    **kwargs,
):
    """As :func:`joint_OT_mapping_linear` with a map ``k(x, xs) L`` of a Gaussian kernel of width ``sigma``, whose norm ``eta``
    weighs; ``L`` is ``(n, d)`` or, with ``bias``, ``(n + 1, d)``."""
    kind, x, y = _sides(xs, xt)
    K = kernel(x, x, method=kerneltype, sigma=sigma)
    inputs, norm = K, K
    if bias:
        inputs, norm = _with_ones(K), np.eye(len(K) + 1)
        norm[:-1, :-1] = K
    system = inputs.T @ inputs + eta * norm if bias else K + eta * np.eye(len(K))

    def fit(means):
        return np.linalg.solve(system, inputs.T @ means if bias else means)

    def size(L):
        return (L * (norm @ L)).sum()

    budgets = numItermax, stopThr, numInnerItermax, stopInnerThr, threads
    return _alternated(kind, x, y, inputs, fit, size, mu, eta, budgets, verbose, log)


def _sides(xs, xt):
    _derivatives.refuse("A map fitted with its plan", "Detach the inputs with detach().", xs, xt)
    return Kind(xs, xt), rows(xs, "The points xs"), rows(xt, "The points xt")


def _with_ones(x):
    return np.hstack([x, np.ones((len(x), 1))])


def _alternated(kind, x, y, inputs, fit, size, mu, eta, budgets, verbose, log):
    """The best map for a plan and steps towards the best plan for a map, in turn."""
    most, least, inner, inner_least, threads = budgets
    n, a, b = len(x), unif(len(x)), unif(len(y))
    M = n * dist(x, y)
    G = emd(a, b, M, threads=threads)
    L = fit(n * G @ y)

    def apart(images, G):
        return ((images - n * G @ y) ** 2).sum()

    def loss(L, G):
        return float(apart(inputs @ L, G) + mu * (G * M).sum() + eta * size(L))

    course = [loss(L, G)]
    for step in range(int(most)):
        images = inputs @ L
        G = cg(
            a,
            b,
            M,
            1.0 / mu,
            lambda G, images=images: apart(images, G),
            lambda G, images=images: -2.0 * n * (images - n * G @ y) @ y.T,
            G0=G,
            line_search=_along_parabola,
            numItermax=inner,
            stopThr=inner_least,
            threads=threads,
        )
        L = fit(n * G @ y)
        course.append(loss(L, G))
        if verbose:
            print(f"Joint mapping: round {step + 1}, loss {course[-1]:.8e}")
        if abs(course[-1] - course[-2]) < least * abs(course[-2]):
            break
    return (kind(G), kind(L), {"loss": course}) if log else (kind(G), kind(L))
