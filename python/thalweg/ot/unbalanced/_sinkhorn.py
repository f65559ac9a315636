"""Entropic transport with a price for missing each marginal."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, costs, is_torch, unchecked, weights
from .._public import public
from ._divergences import cost_name, divergence

METHODS = ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_translation_invariant", "sinkhorn_reg_scaling")


@public
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


@public
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
    name = cost_name(returnCost)
    _, said = _solved(kind, a, b, M, reg, reg_m, reg_type, c, warmstart, numItermax, stopThr, verbose, given)
    return (said[name], said) if log else said[name]


def _check_method(method):
    if str(method).lower() not in METHODS:
        raise InputError(f"Unknown method '{method}'.", f"The methods are {', '.join(METHODS)}.")


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
            warmstart = unchecked(warmstart[0], "logu") + np.log(a), unchecked(warmstart[1], "logv") + np.log(b)
    solved = _engine.entropic(a, b, shifted, reg, rho, stopThr, numItermax, warmstart, given)
    solved.ended.warn("Unbalanced Sinkhorn")
    if verbose:
        print(f"Unbalanced Sinkhorn: {solved.ended.iterations} iterations, error {solved.ended.residual:.3e}")
    plan = solved.plan
    if _derivatives.wanted(*inputs):
        back = _derivatives.of_entropic(plan, reg, a, b, rho, reference is None)
        plan = _derivatives.joined(kind, plan, inputs, back)
        M, a, b = (z if is_torch(z) else kind(w) for z, w in zip(inputs, (M, a, b)))
        reference = None if reference is None else kind(reference)
    cost = (plan * M).sum()
    total = cost + reg * divergence(plan, a[:, None] * b[None, :] if reference is None else reference, "kl")
    missed = ((r, plan.sum(axis), w) for r, axis, w in zip(rho, (1, 0), (a, b)) if r is not None)
    total = total + sum(r * divergence(sums, w, "kl") for r, sums, w in missed)
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
            _engine.warn("With reg_type='entropy' the reference c is one everywhere.")
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
