"""Transport whose marginals may be missed at a price. Names and conventions as in POT's ``ot.unbalanced``."""

import warnings

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, costs, host, is_torch, weights

__all__ = [
    "mm_unbalanced",
    "mm_unbalanced2",
    "sinkhorn_knopp_unbalanced",
    "sinkhorn_stabilized_unbalanced",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
    "sinkhorn_unbalanced_translation_invariant",
]

METHODS = ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_translation_invariant", "sinkhorn_reg_scaling")


def sinkhorn_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    method="sinkhorn",
    reg_type="kl",
    c=None,
    warmstart=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The plan of entropic transport with marginal penalties.

    Minimises ``<G, M> + reg KL(G | c) + reg_m1 KL(G 1 | a) + reg_m2 KL(G' 1 | b)``.

    Parameters
    ----------
    a : array_like, shape (n,)
        Weights of the sources; empty or None for equal ones.
    b : array_like, shape (m,) or (m, k)
        Weights of the targets; ``k`` columns give ``k`` costs in place of a plan.
    M : array_like, shape (n, m)
        Costs.
    reg : float
        Strength of the entropy, in units of the costs.
    reg_m : float or pair
        Price of missing each marginal, in units of the costs; ``inf`` for one that must be met.
    method : str
        One of POT's names; all mean the same solver, in the log domain.
    reg_type : str
        ``kl``, or ``entropy`` for ``c = 1``.
    c : array_like, shape (n, m), optional
        Reference of the plan, positive; ``a b'`` by default.
    warmstart : pair of array_like, optional
        ``logu`` and ``logv`` to start from.

    Returns
    -------
    G : array, shape (n, m), or costs, shape (k,)
    log : dict
        With ``log=True``: ``err``, ``niter``, ``logu`` and ``logv`` with ``G = diag(u) (c exp(-M / reg)) diag(v)``,
        ``cost`` (``<G, M>``), ``total_cost`` and ``status``.

    Warns
    -----
    NotConvergedWarning
        The iterations ran out; says what would help.
    """
    _check_method(method)
    _engine.known(kwargs, "tau")
    kind, given = Kind(M, a, b), budget(threads, memory)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, reg_m, numItermax, stopThr, log, given)
    plan, said = _solved(kind, a, b, M, reg, reg_m, reg_type, c, warmstart, numItermax, stopThr, verbose, given)
    return (plan, said) if log else plan


def sinkhorn_unbalanced2(
    a,
    b,
    M,
    reg,
    reg_m,
    method="sinkhorn",
    reg_type="kl",
    c=None,
    warmstart=None,
    returnCost="linear",
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The cost of :func:`sinkhorn_unbalanced`: ``<G, M>`` (``returnCost="linear"``) or the whole objective
    (``"total"``)."""
    _check_method(method)
    _engine.known(kwargs, "tau")
    kind, given = Kind(M, a, b), budget(threads, memory)
    if b is not None and np.ndim(b) == 2:
        return _histograms(kind, a, b, M, reg, reg_m, numItermax, stopThr, log, given)
    name = _cost_name(returnCost)
    _, said = _solved(kind, a, b, M, reg, reg_m, reg_type, c, warmstart, numItermax, stopThr, verbose, given)
    return (said[name], said) if log else said[name]


def sinkhorn_knopp_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, "sinkhorn", reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )


def sinkhorn_stabilized_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    tau=1e5,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, "sinkhorn_stabilized", reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )


def sinkhorn_unbalanced_translation_invariant(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    method = "sinkhorn_translation_invariant"
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )


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
    ended = _engine.Ended(*end)
    # The steps shrink long before they end: warn only where the plan is visibly off.
    if ended.residual > max(stopThr, 1e-6 * a.sum()):
        ended.warn("The unbalanced plan")
    if verbose:
        print(f"Unbalanced transport: {ended.iterations} iterations, change {ended.residual:.3e}")
    if not log:
        return kind(plan)
    cost = float((plan * M_).sum())
    rows, columns = plan.sum(axis=1), plan.sum(axis=0)
    total = cost + rho[0] * _divergence(rows, a, div) + rho[1] * _divergence(columns, b, div)
    total += reg * _divergence(plan, reference, div) if reg > 0 else 0.0
    said = {"err": [ended.residual], "G": [kind(plan)], "niter": ended.iterations, "status": ended.status}
    return kind(plan), {**said, "cost": kind(np.float64(cost)), "total_cost": kind(np.float64(total))}


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
    name = _cost_name(returnCost)
    _, said = mm_unbalanced(
        a, b, M, reg_m, c, reg, div, G0, numItermax, stopThr, verbose, True, threads=threads, memory=memory
    )
    return (said[name], said) if log else said[name]


def _check_method(method):
    if str(method).lower() not in METHODS:
        raise InputError(f"Unknown method '{method}'.", f"The methods are {', '.join(METHODS)}.")


def _cost_name(returned):
    names = {"linear": "cost", "total": "total_cost"}
    if returned not in names:
        raise InputError(f"Unknown returnCost = {returned}.", "It is linear or total.")
    return names[returned]


def _solved(kind, a, b, M, reg, reg_m, reg_type, c, warmstart, numItermax, stopThr, verbose, given):
    """The plan, and what the log says."""
    _derivatives.refuse("The reference c", "Detach it with detach().", c)
    inputs = M, a, b
    M = costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    rho = _engine.pair(reg_m)
    if rho == (None, None):
        b = _engine.balanced(a, b)
    reference = _reference(reg_type, c, a, b)
    shifted = M
    if reference is not None:
        # The solver's reference is a b'; another one is a change of the costs.
        with np.errstate(divide="ignore"):
            shifted = M + reg * (np.log(np.outer(a, b)) - np.log(reference))
        shifted = np.nan_to_num(shifted, nan=0.0, neginf=0.0)
        warmstart = None
    elif warmstart is not None:
        with np.errstate(divide="ignore"):
            warmstart = host(warmstart[0], "logu") + np.log(a), host(warmstart[1], "logv") + np.log(b)
    solved = _engine.entropic(a, b, shifted, reg, rho, stopThr, numItermax, warmstart, given)
    solved.ended.warn("Unbalanced Sinkhorn", 4)
    if verbose:
        print(f"Unbalanced Sinkhorn: {solved.ended.iterations} iterations, error {solved.ended.residual:.3e}")
    plan = solved.plan
    if _derivatives.wanted(*inputs):
        back = _derivatives.of_entropic(plan, reg, a, b, rho, reference is None)
        plan = _derivatives.joined(kind, plan, inputs, back)
        M, a, b = (z if is_torch(z) else kind(w) for z, w in zip(inputs, (M, a, b)))
        reference = None if reference is None else kind(reference)
    cost = (plan * M).sum()
    total = cost + reg * _divergence(plan, a[:, None] * b[None, :] if reference is None else reference, "kl")
    missed = ((r, plan.sum(axis), w) for r, axis, w in zip(rho, (1, 0), (a, b)) if r is not None)
    total = total + sum(r * _divergence(sums, w, "kl") for r, sums, w in missed)
    return kind(plan), {
        "err": solved.errors,
        "niter": solved.ended.iterations,
        "logu": kind(solved.f / reg),
        "logv": kind(solved.g / reg),
        "cost": kind(cost),
        "total_cost": kind(total),
        "status": solved.ended.status,
    }


def _reference(reg_type, c, a, b):
    """The reference of the plan; None for ``a b'``."""
    reg_type = str(reg_type).lower()
    if reg_type == "entropy":
        if c is not None:
            warnings.warn("With reg_type='entropy' the reference c is one everywhere.", UserWarning, stacklevel=4)
        return np.ones((len(a), len(b)))
    if reg_type != "kl":
        raise InputError(f"Unknown reg_type '{reg_type}'.", "It is kl or entropy.")
    if c is None:
        return None
    c = costs(c, "The reference c")
    if c.shape != (len(a), len(b)) or not (c > 0).all():
        raise InputError(f"The reference c must be positive and of the shape ({len(a)}, {len(b)}).")
    return c


def _histograms(kind, a, b, M, reg, reg_m, numItermax, stopThr, log, given):
    """Costs to each column of ``b``, under the entropy, as in POT."""
    every = [
        _solved(kind, a, b[:, k], M, reg, reg_m, "entropy", None, None, numItermax, stopThr, False, given)[1]
        for k in range(np.shape(b)[1])
    ]
    found = kind.stack([said["cost"] for said in every])
    if not log:
        return found
    logs = {name: kind.stack([said[name] for said in every], 1) for name in ("logu", "logv")}
    return found, {"err": [said["err"][-1] for said in every], **logs}


def _relative(p, q):
    """``sum p log(p / q)``."""
    positive = p > 0
    ratios = p[positive] / q[positive]
    return (p[positive] * (ratios.log() if is_torch(ratios) else np.log(ratios))).sum()


def _divergence(p, q, div):
    if div == "l2":
        return 0.5 * float(((p - q) ** 2).sum())
    return _relative(p, q) - p.sum() + q.sum()
