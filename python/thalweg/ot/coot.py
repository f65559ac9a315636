"""Transport of samples and features at once. Names and conventions as in POT's ``ot.coot``."""

import numpy as np

from .._errors import InputError
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, weights
from ._public import public
from .lp._exact import exact_plan

__all__ = ["co_optimal_transport", "co_optimal_transport2"]


@public(numItermax="nits_ot", stopThr="tol_sinkhorn")
def co_optimal_transport(
    X,
    Y,
    wx_samp=None,
    wx_feat=None,
    wy_samp=None,
    wy_feat=None,
    epsilon=0,
    alpha=0,
    M_samp=None,
    M_feat=None,
    warmstart=None,
    nits_bcd=100,
    tol_bcd=1e-7,
    eval_bcd=1,
    nits_ot=500,
    tol_sinkhorn=1e-7,
    method_sinkhorn="sinkhorn",
    early_stopping_tol=1e-6,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """A plan between samples and one between features that fit each other, by alternation.

    Lowers ``sum (X_ik - Y_jl)^2 P_ij Q_kl + alpha <P, M_samp> + alpha <Q, M_feat> + epsilon KL`` in P and Q in turn; a
    local minimum. Redko, Vayer, Flamary, Courty, NeurIPS 2020.

    Parameters
    ----------
    X : array_like, shape (n, d)
    Y : array_like, shape (m, e)
    wx_samp, wx_feat, wy_samp, wy_feat : array_like, shapes (n,), (d,), (m,), (e,), optional
        Weights; equal by default.
    epsilon : float or pair
        Entropy of the plan of samples and of features; exact plans for 0.
    alpha : float or pair
        Shares of the costs ``M_samp`` ``(n, m)`` and ``M_feat`` ``(d, e)``.
    warmstart : dict, optional
        ``pi_sample`` and ``pi_feature`` to start from.

    Returns
    -------
    pi_samp : array, shape (n, m)
    pi_feat : array, shape (d, e)
    log : dict
        With ``log=True``: ``duals_sample``, ``duals_feature`` (pairs) and ``distances`` (the objective after every
        round).
    """
    found = _alternated(
        X,
        Y,
        (wx_samp, wx_feat, wy_samp, wy_feat),
        epsilon,
        alpha,
        M_samp,
        M_feat,
        warmstart,
        nits_bcd,
        tol_bcd,
        eval_bcd,
        nits_ot,
        tol_sinkhorn,
        method_sinkhorn,
        early_stopping_tol,
        verbose,
        budget(threads, memory),
    )
    kind, samples, features, said = Kind(X, Y), *found[:3]
    return (kind(samples), kind(features), _said(kind, said)) if log else (kind(samples), kind(features))


@public(numItermax="nits_ot", stopThr="tol_sinkhorn")
def co_optimal_transport2(
    X,
    Y,
    wx_samp=None,
    wx_feat=None,
    wy_samp=None,
    wy_feat=None,
    epsilon=0,
    alpha=0,
    M_samp=None,
    M_feat=None,
    warmstart=None,
    log=False,
    verbose=False,
    early_stopping_tol=1e-6,
    nits_bcd=100,
    tol_bcd=1e-7,
    eval_bcd=1,
    nits_ot=500,
    tol_sinkhorn=1e-7,
    method_sinkhorn="sinkhorn",
    *,
    threads=None,
    memory=None,
):
    """The objective at the plans of :func:`co_optimal_transport`; with torch it can be differentiated by ``X`` and
    ``Y``."""
    P, Q, said, x, y = _alternated(
        X,
        Y,
        (wx_samp, wx_feat, wy_samp, wy_feat),
        epsilon,
        alpha,
        M_samp,
        M_feat,
        warmstart,
        nits_bcd,
        tol_bcd,
        eval_bcd,
        nits_ot,
        tol_sinkhorn,
        method_sinkhorn,
        early_stopping_tol,
        verbose,
        budget(threads, memory),
    )
    kind = Kind(X, Y)
    by_x = 2 * x * np.outer(P.sum(axis=1), Q.sum(axis=1)) - 2 * P @ y @ Q.T
    by_y = 2 * y * np.outer(P.sum(axis=0), Q.sum(axis=0)) - 2 * P.T @ x @ Q
    value = kind.value(said["distances"][-1], (X, by_x), (Y, by_y))
    return (value, _said(kind, said)) if log else value


def _alternated(
    X,
    Y,
    given,
    epsilon,
    alpha,
    M_samp,
    M_feat,
    warmstart,
    nits_bcd,
    tol_bcd,
    eval_bcd,
    nits_ot,
    tol_sinkhorn,
    method,
    early_stopping_tol,
    verbose,
    resources,
):
    if method not in ("sinkhorn", "sinkhorn_log"):
        raise InputError(f"Unknown method '{method}'.", "The methods are sinkhorn and sinkhorn_log.")
    x, y = costs(X, "The samples X"), costs(Y, "The samples Y")
    names = ("wx_samp", "wx_feat", "wy_samp", "wy_feat")
    a, c, b, d = (weights(w, n, f"The weights {name}") for w, n, name in zip(given, x.shape + y.shape, names))
    shares, entropies = _pair(alpha), _pair(epsilon)
    of_samples = 0.0 if M_samp is None else shares[0] * costs(M_samp, "The costs M_samp")
    of_features = 0.0 if M_feat is None else shares[1] * costs(M_feat, "The costs M_feat")
    squares = (x**2 @ c)[:, None] + (y**2 @ d)[None, :] + of_samples
    squares_t = (a @ x**2)[:, None] + (b @ y**2)[None, :] + of_features
    P, Q = np.outer(a, b), np.outer(c, d)
    duals = [None, None]
    if warmstart is not None:
        P, Q = costs(warmstart["pi_sample"], "pi_sample"), costs(warmstart["pi_feature"], "pi_feature")
    distances = [np.inf]
    for step in range(nits_bcd):
        before = P
        P, duals[0] = _plan(a, b, squares - 2 * x @ Q @ y.T, entropies[0], nits_ot, tol_sinkhorn, resources)
        cost = squares_t - 2 * x.T @ P @ y
        Q, duals[1] = _plan(c, d, cost, entropies[1], nits_ot, tol_sinkhorn, resources)
        if step % eval_bcd:
            continue
        value = float((cost * Q).sum() + (of_samples * P).sum())
        value += sum(e * _relative(G, u, v) for e, G, u, v in ((entropies[0], P, a, b), (entropies[1], Q, c, d)) if e)
        distances.append(value)
        if verbose:
            print(f"CO-Optimal Transport: round {step + 1}, objective {value:.6g}")
        if abs(P - before).sum() < tol_bcd or abs(distances[-2] - value) < early_stopping_tol:
            break
    said = {"duals_sample": duals[0], "duals_feature": duals[1], "distances": distances[1:]}
    return P, Q, said, x, y


def _plan(a, b, M, epsilon, nits, tolerance, resources):
    """An exact or an entropic plan, and its duals (for the entropic one the logarithms of its scalings)."""
    b = _engine.balanced(a, b)
    if epsilon == 0:
        plan, *duals = exact_plan(a, b, M, resources)
        return plan, tuple(duals)
    solved = _engine.entropic(a, b, np.ascontiguousarray(M), epsilon, (None, None), tolerance, nits, None, resources)
    solved.ended.warn("A plan of CO-Optimal Transport")
    return solved.plan, (solved.log_u, solved.log_v)


def _pair(value):
    values = np.ravel(np.asarray(value, dtype=np.float64))
    if values.size not in (1, 2) or not (values >= 0).all():
        raise InputError(f"{value!r} must be one number or one each for samples and features, not negative.")
    return float(values[0]), float(values[-1])


def _relative(p, a, b):
    outer, positive = np.outer(a, b), p > 0
    return float((p[positive] * np.log(p[positive] / outer[positive])).sum())


def _said(kind, said):
    duals = {key: tuple(map(kind, said[key])) for key in ("duals_sample", "duals_feature")}
    return {**duals, "distances": [kind(np.float64(value)) for value in said["distances"]]}
