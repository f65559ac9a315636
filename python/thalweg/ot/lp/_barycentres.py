"""Barycentres in exact transport cost."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _engine
from .._engine import budget
from .._kinds import Kind, costs, histograms, host, rows, weights
from .._public import public
from ..utils import dist


@public
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
    memory=None,
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
    given = budget(threads, memory, numThreads)

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


@public
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
    kind, A, M = Kind(A, M), histograms(A), costs(M)
    n, k = A.shape
    shares = np.full(k, 1.0 / k) if weights is None else host(weights, "The weights")
    ones = np.ones((1, n))
    # Unknown: the k plans (from bin i of a histogram to bin j of the barycentre, row by row), then the barycentre.
    leaves = sparse.kron(sparse.eye(k), sparse.kron(sparse.eye(n), ones))
    arrives = sparse.kron(sparse.eye(k), sparse.kron(ones, sparse.eye(n)))
    same = sparse.kron(np.ones((k, 1)), -sparse.eye(n))
    # One condition of every histogram but the first follows from the others, and would contradict them by rounding.
    kept = np.r_[: n * k, [n * k + n * j + i for j in range(k) for i in range(n - (j > 0))]]
    conditions = sparse.bmat([[leaves, None], [arrives, same]]).tocsr()[kept]
    objective = np.concatenate([*(share * M.ravel() for share in shares), np.zeros(n)])
    given = np.concatenate([A.T.ravel(), np.zeros(n * k)])[kept]
    found = linprog(objective, A_eq=conditions, b_eq=given, bounds=(0, None), method=solver, options={"disp": verbose})
    if found.x is None:
        raise InputError(f"The linear programme has no solution: {found.message}", "Give histograms of equal mass.")
    return (kind(found.x[-n:]), found) if log else kind(found.x[-n:])
