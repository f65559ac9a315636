"""Exact transport and what is built on it. Names, order of arguments and results as in POT's ``ot.lp``."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, rows, weights
from .utils import dist, sparse_plan

__all__ = [
    "barycenter",
    "emd",
    "emd2",
    "emd2_1d",
    "emd2_lazy",
    "emd_1d",
    "emd_batch",
    "free_support_barycenter",
    "wasserstein_1d",
]


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
    u, v = found["u"], found["v"]
    cost = kind.value(found["cost"], (a, u - u.mean()), (b, v - v.mean()), (M, plan))
    if not (log or return_matrix):
        return cost
    said = {**_log(kind, found), "cost": cost}
    return cost, {**said, "G": kind(plan)} if return_matrix else said


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
    if not (log or return_matrix):
        return kind(np.float64(found["cost"]))
    said = _log(kind, found)
    if return_matrix:
        said["G"] = sparse_plan(entries, (len(found["u"]), len(found["v"])))
    return said["cost"], said


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
    a, b = _stacked(a, (k, n), "The weights a"), _stacked(b, (k, m), "The weights b")
    plans, values = _thalweg.ot_exact_batch(a, b, M, budget(threads, memory))
    plans = kind(plans.reshape(M.shape))
    return (plans, {"cost": kind(values)}) if log else plans


def emd_1d(x_a, x_b, a=None, b=None, metric="sqeuclidean", p=1.0, dense=True, log=False, check_marginals=True):
    """An optimal plan on the line, by sorting: ``O(n log n)``.

    Parameters
    ----------
    x_a : array_like, shape (n,) or (n, 1)
    x_b : array_like, shape (m,) or (m, 1)
    a, b : array_like, shapes (n,) and (m,), optional
    metric : str
        ``sqeuclidean``, ``euclidean`` or ``cityblock`` (both ``|x - y|``), or ``minkowski`` (``|x - y|^p``).
    dense : bool
        Whether the plan is an array ``(n, m)`` or a sparse matrix of SciPy.

    Returns
    -------
    G : array or sparse matrix, shape (n, m)
    log : dict
        With ``log=True``: ``cost``, and ``perms_x_a`` and ``perms_x_b``, the rows and columns of the entries.
    """
    kind = Kind(x_a, x_b)
    (i, j, masses), cost, shape = _line(x_a, x_b, a, b, metric, p, check_marginals)
    if dense:
        plan = np.zeros(shape)
        plan[i, j] = masses
        plan = kind(plan)
    else:
        plan = sparse_plan((i, j, masses), shape)
    return (plan, {"cost": kind(np.float64(cost)), "perms_x_a": i, "perms_x_b": j}) if log else plan


def emd2_1d(x_a, x_b, a=None, b=None, metric="sqeuclidean", p=1.0, dense=True, log=False):
    """The cost of optimal transport on the line; with ``log=True`` also the plan, ``G``. Otherwise as
    :func:`emd_1d`."""
    if log:
        plan, found = emd_1d(x_a, x_b, a, b, metric, p, dense, log=True)
        return found["cost"], {"G": plan}
    return Kind(x_a, x_b)(np.float64(_line(x_a, x_b, a, b, metric, p, True)[1]))


def wasserstein_1d(
    u_values, v_values, u_weights=None, v_weights=None, p=1, require_sort=True, return_plans=False, *, threads=None
):
    """``W_p^p`` on the line (not its root), one number, or one for each column of ``(n, k)`` and ``(m, k)`` positions.

    Weights are ``(n,)`` or ``(n, k)``, equal by default. With ``return_plans`` also a list of sparse plans of SciPy.
    """
    kind = Kind(u_values, v_values, u_weights, v_weights)
    u, v = host(u_values, "u_values"), host(v_values, "v_values")
    x, y = np.atleast_2d(u.T), np.atleast_2d(v.T)
    if x.shape[0] != y.shape[0]:
        raise InputError(f"u_values have {x.shape[0]} columns and v_values {y.shape[0]}; they must have as many.")
    a, b = _on_lines(u_weights, x, "u_weights"), _on_lines(v_weights, y, "v_weights")
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    found = a.sum(axis=1) * _thalweg.ot_line_costs(x, a, y, b, float(p), budget(threads))
    found = kind(found if u.ndim == 2 else found[0])
    if not return_plans:
        return found
    shape = (x.shape[1], y.shape[1])
    plans = [_thalweg.ot_line(x[k], a[k], y[k], b[k], float(p))[0] for k in range(len(x))]
    return found, [sparse_plan(plan, shape) for plan in plans]


def free_support_barycenter(
    measures_locations,
    measures_weights,
    X_init,
    b=None,
    weights=None,
    numItermax=100,
    stopThr=1e-7,
    verbose=False,
    log=None,
    numThreads=1,
    *,
    threads=None,
):
    """Where ``k`` points of weights ``b`` must lie to be nearest to all measures in squared W2, from ``X_init`` on.

    Parameters
    ----------
    measures_locations : list of array_like, shapes (n_i, d)
    measures_weights : list of array_like, shapes (n_i,)
    X_init : array_like, shape (k, d)
    b : array_like, shape (k,), optional
    weights : array_like, one number a measure, optional
        How much each measure counts; equal by default.
    stopThr : float
        Ends once the sum of squared displacements of a step is at most this.

    Returns
    -------
    X : array, shape (k, d)
    log : dict
        With ``log=True``: ``displacement_square_norms``, one a step.

    Notes
    -----
    Fixed-point steps of Cuturi and Doucet, ICML 2014: each point moves to the mean of where the exact plans send it. A
    local minimum; try several starts.
    """
    given = budget(threads, numThreads=numThreads)

    def plan(b, a, M):
        return _thalweg.ot_exact(b, _engine.balanced(b, a), M, given)[0]

    return free_support(plan, measures_locations, measures_weights, X_init, b, weights, numItermax, stopThr, log)


def free_support(plan, measures_locations, measures_weights, X_init, b, shares, numItermax, stopThr, log):
    """Fixed-point steps for a free support with any solver ``plan(b, a, M)``."""
    kind = Kind(X_init, *measures_locations)
    X = rows(X_init, "The start X_init")
    clouds = [rows(x, "The locations") for x in measures_locations]
    masses = [weights(a, len(x), "The weights of a measure") for a, x in zip(measures_weights, clouds)]
    b = weights(b, len(X), "The weights b")
    shares = weights(shares, len(clouds), "The weights of the measures")
    moved = []
    for _ in range(numItermax):
        target = np.zeros_like(X)
        for cloud, a, share in zip(clouds, masses, shares):
            target += share / b[:, None] * (plan(b, a, dist(X, cloud)) @ cloud)
        moved.append(float(((target - X) ** 2).sum()))
        X = target
        if moved[-1] <= stopThr:
            break
    return (kind(X), {"displacement_square_norms": moved}) if log else kind(X)


def barycenter(A, M, weights=None, verbose=False, log=False, solver="highs-ipm"):
    """The histogram nearest to the columns of ``A`` in transport cost, as one linear programme; needs SciPy.

    Parameters
    ----------
    A : array_like, shape (n, k)
        Histograms of equal mass.
    M : array_like, shape (n, n)
        Costs between bins.
    weights : array_like, shape (k,), optional
    solver : str
        A method of :func:`scipy.optimize.linprog`.

    Returns
    -------
    b : array, shape (n,)
    log : dict
        With ``log=True``, what SciPy gave.
    """
    try:
        import scipy.sparse as sparse
        from scipy.optimize import linprog
    except ImportError:
        raise InputError(
            "The exact barycentre of histograms needs SciPy.", "Install it, or use bregman.barycenter."
        ) from None
    kind, A, M = Kind(A, M), host(A, "The histograms A"), costs(M)
    n, k = A.shape
    shares = np.full(k, 1.0 / k) if weights is None else host(weights, "The weights")
    ones = np.ones((1, n))
    # Unknown: the k plans (from bin i of a histogram to bin j of the barycentre, row by row), then the barycentre.
    leaves = sparse.kron(sparse.eye(k), sparse.kron(sparse.eye(n), ones))
    arrives = sparse.kron(sparse.eye(k), sparse.kron(ones, sparse.eye(n)))
    same = sparse.kron(np.ones((k, 1)), -sparse.eye(n))
    conditions = sparse.bmat([[leaves, None], [arrives, same]])
    objective = np.concatenate([*(share * M.ravel() for share in shares), np.zeros(n)])
    given = np.concatenate([A.T.ravel(), np.zeros(n * k)])
    found = linprog(objective, A_eq=conditions, b_eq=given, bounds=(0, None), method=solver, options={"disp": verbose})
    if found.x is None:
        raise InputError(f"The linear programme has no solution: {found.message}", "Give histograms of equal mass.")
    return (kind(found.x[-n:]), found) if log else kind(found.x[-n:])


def exact_points(X_a, X_b, a, b, metric, center_dual, check_marginals, given):
    """Entries of an optimal plan between points and what is known of it."""
    x, y = rows(X_a, "The points X_a"), rows(X_b, "The points X_b")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    b = _engine.balanced(a, b, check_marginals)
    entries, u, v, proof = _thalweg.ot_exact_points(x, y, a, b, metric, given)
    return entries, _found(u, v, a, b, proof, center_dual)


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


def _line(x_a, x_b, a, b, metric, p, check_marginals):
    x, y = _positions(x_a, "x_a"), _positions(x_b, "x_b")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    power = {"sqeuclidean": 2.0, "euclidean": 1.0, "cityblock": 1.0, "minkowski": float(p)}.get(metric)
    if power is None:
        raise InputError(
            f'On the line there is no metric "{metric}".', "They are sqeuclidean, euclidean, cityblock and minkowski."
        )
    (i, j, masses), cost = _thalweg.ot_line(x, a, y, _engine.balanced(a, b, check_marginals), power)
    along = np.lexsort((y[j], x[i]))
    return (i[along], j[along], masses[along]), cost, (len(x), len(y))


def _positions(x, name):
    x = host(x, name)
    if x.ndim != 1 and not (x.ndim == 2 and x.shape[1] == 1):
        raise InputError(
            f"{name} has the shape {x.shape}, but points on a line have one coordinate.", "Use emd for others."
        )
    return np.ascontiguousarray(x.ravel())


def _on_lines(given, x, what):
    """Weights of every line, ``(k, n)``."""
    if given is None:
        return np.full(x.shape, 1.0 / x.shape[1])
    given = host(given, what)
    return _stacked(given.T if given.ndim == 2 else given, x.shape, what)


def _stacked(a, shape, what):
    """``(k, n)`` from the same, from one row for all, or from None."""
    if a is None:
        return np.full(shape, 1.0 / shape[1])
    a = host(a, what)
    if a.shape not in (shape, shape[1:]):
        raise InputError(f"{what} have the shape {a.shape}, but {shape} or {shape[1:]} was expected.")
    return np.ascontiguousarray(np.broadcast_to(a, shape))
