"""Gaussian kernels of low rank from a few points, and entropic transport under them."""

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._kinds import Kind, rows, weights
from ._public import public
from .utils import FactoredPlan, check_random_state, dist


@public
def kernel_nystroem(X_s, X_t, anchors=50, sigma=1.0, random_state=None):
    """Factors ``(n, r)`` and ``(m, r)`` whose product is nearly ``exp(-|x - y|^2 / (2 sigma^2))``.

    ``anchors`` is ``r``; half of them are drawn from either side, at most all.
    """
    if not isinstance(anchors, (int, np.integer)) or anchors < 2:
        raise InputError(f"anchors is {anchors!r}, but it must be a whole number of at least 2.")
    kind, x, y = Kind(X_s, X_t), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    drawn = check_random_state(random_state)
    chosen = np.concatenate([z[drawn.permutation(len(z))[: anchors // 2]] for z in (x, y)])
    scale = -0.5 / float(sigma) ** 2
    inverse = np.linalg.pinv(np.exp(scale * dist(chosen, chosen)), hermitian=True)
    return kind(np.exp(scale * dist(x, chosen)) @ inverse), kind(np.exp(scale * dist(y, chosen)))


@public
def sinkhorn_low_rank_kernel(
    K1, K2, a=None, b=None, numItermax=1000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None
):
    """The scalings of an entropic plan ``diag(u) K1 K2' diag(v)`` under a kernel of low rank.

    Parameters
    ----------
    K1, K2 : array_like, shapes (n, r) and (m, r)
        Factors of the kernel, whose products with positive vectors must be positive.
    a, b : array_like, shapes (n,) and (m,), optional
    numItermax, stopThr
        Budget of iterations of ``O((n + m) r)``; ends once the column sums miss ``b`` by less in the Euclidean norm, which is
        looked at in every tenth.
    warmstart : pair of array_like, optional
        Logarithms of scalings to start from.

    Returns
    -------
    u, v : arrays, shapes (n,) and (m,)
    log : dict
        With ``log=True``: ``err``, ``niter``, ``u``, ``v`` and ``lazy_plan``.
    """
    _derivatives.refuse("Transport under a kernel of low rank", "Detach the inputs with detach().", K1, K2, a, b)
    kind, left, right = Kind(K1, K2, a, b), rows(K1, "The factor K1"), rows(K2, "The factor K2")
    a, b = weights(a, len(left), "The weights a"), weights(b, len(right), "The weights b")
    u, v = (1.0 / len(a) * np.ones(len(a)), 1.0 / len(b) * np.ones(len(b)))
    if warmstart is not None:
        u, v = (np.exp(np.asarray(w, dtype=np.float64)) for w in warmstart)
    errors, step, sound = [], 0, True
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for step in range(int(numItermax)):
            before = u, v
            v = b / (right @ (left.T @ u))
            u = a / (left @ (right.T @ v))
            sound = bool(np.isfinite(u).all() and np.isfinite(v).all())
            if not sound:
                u, v = before
                break
            if step % 10 == 0:
                errors.append(float(np.linalg.norm(v * (right @ (left.T @ u)) - b)))
                if verbose:
                    print(f"Sinkhorn of a kernel of low rank: iteration {step + 1}, error {errors[-1]:.3e}")
                if errors[-1] < stopThr:
                    break
    if warn:
        last = errors[-1] if errors else np.inf
        advice = "Raise numItermax or reg." if sound else "Raise reg or the anchors: the kernel is not positive."
        _engine.Ended(last < stopThr and sound, step + 1, last, advice).warn("Sinkhorn of a kernel of low rank")
    found = kind(u), kind(v)
    if not log:
        return found
    plan = FactoredPlan(u[:, None] * left, v[:, None] * right, None, kind)
    return *found, {"err": errors, "niter": step, "u": found[0], "v": found[1], "lazy_plan": plan}


@public
def empirical_sinkhorn_nystroem(
    X_s,
    X_t,
    reg=1.0,
    anchors=50,
    a=None,
    b=None,
    numItermax=1000,
    stopThr=1e-9,
    verbose=False,
    log=False,
    warn=True,
    warmstart=None,
    random_state=None,
):
    """The entropic plan between points under squared distances by a kernel of rank ``anchors``, entries when asked for.

    Parameters as in :func:`thalweg.ot.lowrank.kernel_nystroem` and
    :func:`thalweg.ot.lowrank.sinkhorn_low_rank_kernel`, whose log has ``left_factor`` and ``right_factor`` here.
    """
    said = _solved(X_s, X_t, reg, anchors, a, b, numItermax, stopThr, verbose, warn, warmstart, random_state)
    return (said["lazy_plan"], said) if log else said["lazy_plan"]


@public
def empirical_sinkhorn_nystroem2(
    X_s,
    X_t,
    reg=1.0,
    anchors=50,
    a=None,
    b=None,
    numItermax=1000,
    stopThr=1e-9,
    verbose=False,
    log=False,
    warn=True,
    warmstart=None,
    random_state=None,
):
    """``<G, M>`` of the plan of :func:`empirical_sinkhorn_nystroem`, under squared distances."""
    said = _solved(X_s, X_t, reg, anchors, a, b, numItermax, stopThr, verbose, warn, warmstart, random_state)
    kind, x, y = Kind(X_s, X_t), rows(X_s, "The points X_s"), rows(X_t, "The points X_t")
    plan = said["lazy_plan"]
    ends = (x**2).sum(axis=1) @ np.asarray(plan.sums(1)) + (y**2).sum(axis=1) @ np.asarray(plan.sums(0))
    value = kind(np.float64(ends - 2.0 * (x * np.asarray(plan @ y)).sum()))
    return (value, said) if log else value


def _solved(X_s, X_t, reg, anchors, a, b, numItermax, stopThr, verbose, warn, warmstart, random_state):
    sigma = np.sqrt(0.5 * _engine.positive(reg, "reg"))
    left, right = kernel_nystroem(X_s, X_t, anchors, sigma, random_state)
    *_, said = sinkhorn_low_rank_kernel(left, right, a, b, numItermax, stopThr, verbose, True, warn, warmstart)
    return {**said, "left_factor": left, "right_factor": right}
