"""Exact transport under a cost matrix, between points, and many at once."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, costs, host, rows, stacked, weights
from .._public import public
from ..utils._plans import sparse_plan


@public
def emd(
    a,
    b,
    M,
    numItermax=100000,
    log=False,
    center_dual=True,
    numThreads=1,
    check_marginals=True,
    potentials_init=None,
    *,
    threads=None,
    memory=None,
):
    """An optimal transport plan, exactly.

    Parameters
    ----------
    a : array_like, shape (n,)
        Weights of the sources, not negative; empty or None for equal ones.
    b : array_like, shape (m,)
        Weights of the targets, with the same sum.
    M : array_like, shape (n, m)
        Costs.
    log : bool
        Whether to return the duals and the proof of optimality as well.
    center_dual : bool
        Whether both duals contribute equally to the value.
    check_marginals : bool
        Whether sums that differ by more than 1e-6 are refused; otherwise ``b`` is scaled.
    numItermax, potentials_init
        Not used: the solver always ends at an optimum.
    numThreads, threads : int
        Threads, all cores by default; ``threads`` goes first.
    memory : int or str
        Budget such as ``"2GiB"``; a call that needs more is refused and says how much.

    Returns
    -------
    G : array, shape (n, m)
        The plan, at most ``n + m - 1`` entries of which are not zero, of the kind of ``a``.
    log : dict
        With ``log=True``: ``cost``, ``u`` and ``v`` (duals, ``u_i + v_j <= M_ij``), ``certificate`` (``primal``,
        ``dual`` and their ``gap``, which bounds what the plan is short of optimal), ``warning`` (None), ``result_code``
        (1).

    Raises
    ------
    InputError
        Shapes that do not fit, weights that are negative, costs that are not finite, a budget of memory too small.
    """
    kind = Kind(a, b, M)
    plan, found = _emd(a, b, M, center_dual, check_marginals, budget(threads, memory, numThreads))
    return (kind(plan), _log(kind, found)) if log else kind(plan)


@public
def emd2(
    a,
    b,
    M,
    processes=1,
    numItermax=100000,
    log=False,
    return_matrix=False,
    center_dual=True,
    numThreads=1,
    check_marginals=True,
    potentials_init=None,
    *,
    threads=None,
    memory=None,
):
    """The cost of optimal transport, exactly; a list of costs where ``b`` has the shape ``(m, k)``.

    With torch the cost can be differentiated by ``a``, ``b`` and ``M``. Otherwise as :func:`emd`; with
    ``return_matrix`` the log has the plan, ``G``.
    """
    if b is not None and np.ndim(b) == 2:
        columns = [b[:, k] for k in range(np.shape(b)[1])]
        given = dict(log=log, return_matrix=return_matrix, center_dual=center_dual, numThreads=numThreads)
        given.update(check_marginals=check_marginals, threads=threads, memory=memory)
        return [emd2(a, column, M, **given) for column in columns]
    kind = Kind(a, b, M)
    plan, found = _emd(a, b, M, center_dual, check_marginals, budget(threads, memory, numThreads))
    cost = kind(np.float64(found["cost"]))
    if _derivatives.wanted(a, b, M):
        u, v = found["u"], found["v"]
        cost = kind.value(found["cost"], (a, u - u.mean()), (b, v - v.mean()), (M, plan))
    if not (log or return_matrix):
        return cost
    said = {**_log(kind, found), "cost": cost}
    # A list, as of POT.
    return [cost, {**said, "G": kind(plan)} if return_matrix else said]


@public
def emd2_lazy(
    X_a,
    X_b,
    a=None,
    b=None,
    metric="sqeuclidean",
    numItermax=100000,
    log=False,
    return_matrix=True,
    center_dual=True,
    check_marginals=True,
    potentials_init=None,
    *,
    threads=None,
    memory=None,
):
    """The cost of optimal transport between points, ``(n, d)`` and ``(m, d)``, whose costs nobody has to hold.

    ``metric`` is ``sqeuclidean`` or ``euclidean``. With ``log`` or ``return_matrix`` also a dict as :func:`emd` gives
    it, which with ``return_matrix`` has the plan ``G`` as a sparse matrix of SciPy.
    """
    kind = Kind(X_a, X_b, a, b)
    entries, found = exact_points(X_a, X_b, a, b, metric, center_dual, check_marginals, budget(threads, memory))
    cost = lazy_cost(kind, entries, found, X_a, X_b, a, b, metric)
    if not (log or return_matrix):
        return cost
    said = {**_log(kind, found), "cost": cost}
    if return_matrix:
        said["G"] = sparse_plan(entries, (len(found["u"]), len(found["v"])))
    return said["cost"], said


@public
def emd_batch(a, b, M, log=False, *, threads=None, memory=None):
    """Optimal plans of many problems of one shape, each solved exactly, on all threads at once.

    Parameters
    ----------
    a : array_like, shape (k, n) or (n,)
        Weights, or None for equal ones.
    b : array_like, shape (k, m) or (m,)
    M : array_like, shape (k, n, m)
        Costs.

    Returns
    -------
    G : array, shape (k, n, m)
    log : dict
        With ``log=True``: ``cost``, shape ``(k,)``.
    """
    kind = Kind(M, a, b)
    M = host(M, "The costs M")
    if M.ndim != 3:
        raise InputError(f"The costs of a batch have 3 axes, but M has {M.ndim}.", "Stack the matrices of costs.")
    k, n, m = M.shape
    a, b = stacked(a, (k, n), "The weights a"), stacked(b, (k, m), "The weights b")
    plans, values = _thalweg.ot_exact_batch(a, b, M, budget(threads, memory))
    plans = kind(plans.reshape(M.shape))
    return (plans, {"cost": kind(values)}) if log else plans


def exact_points(X_a, X_b, a, b, metric, center_dual, check_marginals, given):
    """Entries of an optimal plan between points and what is known of it."""
    x, y = rows(X_a, "The points X_a"), rows(X_b, "The points X_b")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    b = _engine.balanced(a, b, check_marginals)
    entries, u, v, proof = _thalweg.ot_exact_points(x, y, a, b, metric, given)
    return entries, _found(u, v, a, b, proof, center_dual)


def lazy_cost(kind, entries, found, X_a, X_b, a, b, metric):
    """The cost of a sparse plan between points, with its derivatives."""
    if not _derivatives.wanted(X_a, X_b, a, b):
        return kind(np.float64(found["cost"]))
    x, y = host(X_a, "The points X_a"), host(X_b, "The points X_b")
    by_x, by_y = _derivatives.of_sparse_cost(x, y, entries, metric)
    u, v = found["u"], found["v"]
    return kind.value(found["cost"], (X_a, by_x), (X_b, by_y), (a, u - u.mean()), (b, v - v.mean()))


def exact_plan(a, b, M, given):
    """The plan and centred duals in NumPy."""
    plan, u, v, _ = _thalweg.ot_exact(a, b, np.ascontiguousarray(M), given)
    return plan, *_engine.centred(u, v, a, b)


def _emd(a, b, M, center_dual, check_marginals, given):
    M = costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b = _engine.balanced(a, b, check_marginals)
    plan, u, v, proof = _thalweg.ot_exact(a, b, M, given)
    return plan, _found(u, v, a, b, proof, center_dual)


def _found(u, v, a, b, proof, center_dual):
    u, v = _engine.centred(u, v, a, b) if center_dual else (u, v)
    return {"cost": proof[0], "u": u, "v": v, "certificate": _engine.certificate(proof)}


def _log(kind, found):
    arrays = {"u": kind(found["u"]), "v": kind(found["v"]), "cost": kind(np.float64(found["cost"]))}
    return {**found, **arrays, "warning": None, "result_code": 1}
