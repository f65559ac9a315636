"""Proportions that explain a distribution, by Bregman projections in the log domain."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, histograms, host, rows, weights
from .._logs import product
from .._public import public
from ..utils import dist, unif


@public
def geometricMean(alldistribT):
    """The geometric mean of the columns: ``(n, k)`` to ``(n,)``."""
    kind, columns = Kind(alldistribT), histograms(alldistribT, "The distributions")
    with np.errstate(divide="ignore"):
        return kind(np.exp(np.log(columns).mean(axis=1)))


@public
def geometricBar(weights, alldistribT):
    """The weighted geometric mean of the columns: ``(k,)`` and ``(n, k)`` to ``(n,)``."""
    kind, columns = Kind(alldistribT, weights), histograms(alldistribT, "The distributions")
    shares = host(weights, "The weights")
    if len(shares) != columns.shape[1]:
        raise InputError(f"{len(shares)} weights came with {columns.shape[1]} distributions.")
    with np.errstate(divide="ignore"):
        return kind(np.exp(np.log(columns) @ shares.T))


@public
def projR(gamma, p):
    """``gamma`` ``(n, m)`` with its rows scaled to the sums ``p``."""
    kind, G = Kind(gamma, p), costs(gamma, "The plan gamma")
    return kind(G * (weights(p, len(G), "The sums p") / np.maximum(G.sum(axis=1), 1e-10))[:, None])


@public
def projC(gamma, q):
    """``gamma`` ``(n, m)`` with its columns scaled to the sums ``q``."""
    kind, G = Kind(gamma, q), costs(gamma, "The plan gamma")
    return kind(G * weights(q, G.shape[1], "The sums q") / np.maximum(G.sum(axis=0), 1e-10))


@public
def jcpot_barycenter(
    Xs, Ys, Xt, reg, metric="sqeuclidean", numItermax=100, stopThr=1e-6, verbose=False, log=False, warn=True, **kwargs
):
    """The proportions of classes in ``Xt`` that several labelled samples agree on.

    Parameters
    ----------
    Xs : list of array_like, shapes (n_s, d)
    Ys : list of array_like, shapes (n_s,)
        Classes, whole numbers from the least of each list on.
    Xt : array_like, shape (m, d)
    reg : float
        Strength of the entropy, in units of the costs.
    stopThr : float
        Ends once the proportions move by less.

    Returns
    -------
    h : array, shape (classes,)
    log : dict
        With ``log=True``: ``gamma``, ``M``, ``D1``, ``D2`` (lists, one a sample), ``err`` and ``niter``.

    Notes
    -----
    Redko, Courty, Flamary, Tuia, AISTATS 2019.
    """
    _derivatives.refuse("Proportions of classes", "Detach the inputs with detach().", *Xs, Xt)
    kind, target = Kind(*Xs, Xt), rows(Xt, "The points Xt")
    labels = [np.asarray(host(y, "The classes Ys")).astype(int) for y in Ys]
    labels = [y - y.min() for y in labels]
    count = len(np.unique(labels[0]))
    if any(y.max() >= count for y in labels[1:]):
        raise InputError(f"The first sample has {count} classes, but another one has more.", "Give it every class.")
    members = [np.eye(count)[y].T for y in labels]
    even = [D / np.maximum(D.sum(axis=1, keepdims=True), 1.0) for D in members]
    Ms = [dist(rows(x, "The points Xs"), target, metric=metric) for x in Xs]
    kernels = [-M / _engine.positive(reg, "reg") for M in Ms]
    log_b = np.log(unif(len(target)))
    f, errors, before = [np.zeros(len(M)) for M in Ms], [], np.ones(count)
    with np.errstate(divide="ignore"):
        for step in range(int(numItermax)):
            g = [log_b - product(K.T, u) for K, u in zip(kernels, f)]
            rows_of = [product(K, v) for K, v in zip(kernels, g)]
            shares = np.exp(np.mean([np.log(D @ np.exp(u + r)) for D, u, r in zip(members, f, rows_of)], axis=0))
            f = [np.log(D.T @ shares) - r for D, r in zip(even, rows_of)]
            errors.append(float(np.linalg.norm(shares - before)))
            before = shares
            if verbose:
                print(f"Proportions: iteration {step + 1}, change {errors[-1]:.3e}")
            if errors[-1] < stopThr:
                break
        else:
            if warn:
                _engine.Ended(False, int(numItermax), errors[-1], "Raise numItermax or reg.").warn("Proportions")
    found = kind(before / before.sum())
    if not log:
        return found
    plans = [kind(np.exp(K + u[:, None] + v[None, :])) for K, u, v in zip(kernels, f, g)]
    said = {"niter": step, "err": errors, "gamma": plans}
    return found, {**said, **{name: [kind(z) for z in part] for name, part in (("M", Ms), ("D1", members), ("D2", even))}}


@public
def unmix(
    a, D, M, M0, h0, reg, reg0, alpha, numItermax=1000, stopThr=1e-3, verbose=False, log=False, warn=True
):
    """Proportions of the columns of ``D`` whose mixture is near ``a``, and which are near ``h0`` themselves.

    Lowers ``(1 - alpha) W_reg(a, D h) + alpha W_reg0(h0, h)`` in ``h``.

    Parameters
    ----------
    a : array_like, shape (n,)
    D : array_like, shape (n, k)
    M : array_like, shape (n, n)
        Costs between bins.
    M0 : array_like, shape (k, k)
        Costs between components.
    h0 : array_like, shape (k,)
    stopThr : float
        Ends once the proportions move by less.

    Returns
    -------
    h : array, shape (k,)
    log : dict
        With ``log=True``: ``err`` and ``niter``.

    Notes
    -----
    Nakhostin, Courty, Flamary, Tuia, Corpetti, WHISPERS 2016.
    """
    _derivatives.refuse("Proportions of components", "Detach the inputs with detach().", a, D, M, M0, h0)
    kind, parts = Kind(a, D, h0), histograms(D, "The components D")
    a, before = weights(a, len(parts), "The weights a"), weights(h0, parts.shape[1], "The proportions h0")
    K, K0 = -costs(M) / _engine.positive(reg, "reg"), -costs(M0, "The costs M0") / _engine.positive(reg0, "reg0")
    f, f0, errors = np.zeros(len(K)), np.zeros(len(K0)), []
    with np.errstate(divide="ignore"):
        log_a, log_h = np.log(a), np.log(before)
        for step in range(int(numItermax)):
            g, g0 = log_a - product(K.T, f), log_h - product(K0.T, f0)
            rows_of, rows_of0 = product(K, g), product(K0, g0)
            shares = np.exp(f0 + rows_of0)
            mixed = parts @ shares
            between = alpha * (f + rows_of) + (1.0 - alpha) * np.log(mixed)
            f = between - rows_of
            f0 = f0 + np.log(parts.T @ (np.exp(between) / mixed))
            found = np.exp(f0 + rows_of0)
            errors.append(float(np.linalg.norm(found - before)))
            before = shares
            if verbose:
                print(f"Proportions: iteration {step + 1}, change {errors[-1]:.3e}")
            if errors[-1] < stopThr:
                break
        else:
            if warn:
                _engine.Ended(False, int(numItermax), errors[-1], "Raise numItermax or reg.").warn("Proportions")
    return (kind(found), {"err": errors, "niter": step}) if log else kind(found)
