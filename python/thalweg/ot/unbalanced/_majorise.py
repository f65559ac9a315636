"""Unbalanced transport without entropy, by majorisation and minimisation."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, costs, weights
from .._public import public
from ._divergences import cost_name, divergence


@public
def mm_unbalanced(
    a,
    b,
    M,
    reg_m,
    c=None,
    reg=0,
    div="kl",
    G0=None,
    numItermax=1000,
    stopThr=1e-15,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
):
    """The plan of unbalanced transport without (or with little) regularisation, by majorisation and minimisation.

    Minimises ``<G, M> + reg_m1 D(G 1, a) + reg_m2 D(G' 1, b) + reg D(G, c)``, D being the Kullback-Leibler divergence
    (``div="kl"``) or half the squared difference (``"l2"``). Chapel et al., NeurIPS 2021.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    M : array_like, shape (n, m)
    reg_m : float or pair
        Prices of missing the marginals, finite.
    G0 : array_like, shape (n, m), optional
        Start, positive where mass may go; ``a b'`` by default.
    stopThr : float
        Ends once the plan moves by less in Frobenius norm.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``err`` and ``G`` (the last ones, in lists), ``cost``, ``total_cost``, ``niter``, ``status``.
    """
    div = str(div).lower()
    if div not in ("kl", "l2"):
        raise InputError(f"Unknown div = {div}.", "It is kl or l2.")
    _derivatives.refuse("Unbalanced transport without entropy", "Use sinkhorn_unbalanced.", a, b, M)
    kind, M_ = Kind(M, a, b), costs(M)
    a, b = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    outer = np.outer(a, b)
    start = outer if G0 is None else costs(G0, "The start G0")
    reference = outer if c is None else costs(c, "The reference c")
    rho = tuple(np.inf if r is None else r for r in _engine.pair(reg_m))
    plan, end = _thalweg.ot_majorise(
        a, b, M_, reference, start, div, float(reg), rho, float(stopThr), int(numItermax), budget(threads, memory)
    )
    plan, ended = _engine.finite(plan, "The unbalanced plan"), _engine.Ended(*end)
    # The steps shrink long before they end: warn only where the plan is visibly off.
    if ended.residual > max(stopThr, 1e-6 * a.sum()):
        ended.warn("The unbalanced plan")
    if verbose:
        print(f"Unbalanced transport: {ended.iterations} iterations, change {ended.residual:.3e}")
    if not log:
        return kind(plan)
    cost = float((plan * M_).sum())
    rows, columns = plan.sum(axis=1), plan.sum(axis=0)
    total = cost + rho[0] * divergence(rows, a, div) + rho[1] * divergence(columns, b, div)
    total += reg * divergence(plan, reference, div) if reg > 0 else 0.0
    said = {"err": [ended.residual], "G": [kind(plan)], "niter": ended.iterations, "status": ended.status}
    return kind(plan), {**said, "cost": kind(np.float64(cost)), "total_cost": kind(np.float64(total))}


@public
def mm_unbalanced2(
    a,
    b,
    M,
    reg_m,
    c=None,
    reg=0,
    div="kl",
    G0=None,
    returnCost="linear",
    numItermax=1000,
    stopThr=1e-15,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
):
    """The cost of :func:`mm_unbalanced`: ``<G, M>`` (``returnCost="linear"``) or the whole objective (``"total"``)."""
    name = cost_name(returnCost)
    _, said = mm_unbalanced(
        a, b, M, reg_m, c, reg, div, G0, numItermax, stopThr, verbose, True, threads=threads, memory=memory
    )
    return (said[name], said) if log else said[name]
