"""One call for linear transport between points."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind, is_torch, rows
from .._public import public
from ..bregman._points import lazily
from ..bregman._sinkhorn import METHODS
from ..factored import factored_optimal_transport
from ..gaussian import empirical_bures_wasserstein_distance
from ..lowrank import lowrank_sinkhorn
from ..lp._exact import exact_points, lazy_cost
from ..lp._line import wasserstein_1d
from ..sliced import max_sliced_wasserstein_distance, sliced_wasserstein_distance
from ..unbalanced._sinkhorn import METHODS as RELAXED
from ..utils import OTResult, dist
from ..utils._plans import sparse_plan
from ._costs import entropic_type, entropy, solve, threads_of

_METHODS = ("1d", "sliced", "max_sliced", "gaussian", "factored", "lowrank")
_POWERS = {"sqeuclidean": 2, "euclidean": 1, "cityblock": 1}


@public(numItermax="max_iter", stopThr="tol")
def solve_sample(
    X_a,
    X_b,
    a=None,
    b=None,
    metric="sqeuclidean",
    reg=None,
    c=None,
    reg_type="KL",
    unbalanced=None,
    unbalanced_type="KL",
    lazy=False,
    batch_size=None,
    method=None,
    n_threads=1,
    max_iter=None,
    plan_init=None,
    rank=100,
    scaling=0.95,
    potentials_init=None,
    X_init=None,
    tol=None,
    verbose=False,
    grad="autodiff",
    random_state=None,
    debias=False,
    n_projections=50,
    projections=None,
    scaler=None,
    *,
    threads=None,
    memory=None,
):
    """Optimal transport between points.

    Parameters
    ----------
    X_a : array_like, shape (n, d)
    X_b : array_like, shape (m, d)
    metric : str or callable
        As in :func:`thalweg.ot.dist`; ``sqeuclidean`` or ``euclidean`` with ``lazy``.
    lazy : bool
        Whether to do without ``n x m`` matrices: the result has ``lazy_plan`` (entropic) or ``sparse_plan`` (exact).
    method : str, optional
        ``1d``, ``sliced``, ``max_sliced`` or ``gaussian`` give a value without a plan; ``factored`` and ``lowrank`` a
        ``lazy_plan`` of rank ``rank``; ``geomloss`` means ``lazy``.
    debias : bool
        Whether to give the divergence ``value(a, b) - (value(a, a) + value(b, b)) / 2``.

    Returns
    -------
    OTResult
        As in :func:`solve`.
    """
    if scaler is not None:
        change = getattr(scaler, "transform", scaler)
        X_a, X_b = change(X_a), change(X_b)
    settings = dict(
        metric=metric, reg=reg, c=c, reg_type=reg_type, unbalanced=unbalanced, unbalanced_type=unbalanced_type
    )
    settings.update(lazy=lazy, method=method, n_threads=n_threads, max_iter=max_iter, tol=tol, verbose=verbose)
    settings.update(random_state=random_state, n_projections=n_projections, projections=projections)
    settings.update(threads=threads, memory=memory)
    if debias:
        return _debiased(X_a, X_b, a, b, settings)
    method = "" if method is None else str(method).lower()
    if method in _METHODS[:4]:
        return _without_plan(method, X_a, X_b, a, b, settings)
    if method in ("factored", "lowrank"):
        return _of_low_rank(method, X_a, X_b, a, b, metric, reg, rank, max_iter, tol, lazy)
    lazy = lazy or method.startswith("geomloss")
    if method and not lazy and method not in METHODS + RELAXED:
        raise InputError(f'The method "{method}" is not offered.', f"Leave it out, or use {', '.join(_METHODS)}.")
    if not lazy:
        M = dist(X_a, X_b, metric, threads=threads)
        return solve(
            M,
            a,
            b,
            reg,
            c,
            reg_type,
            unbalanced,
            unbalanced_type,
            None,
            n_threads,
            max_iter,
            plan_init,
            potentials_init,
            tol,
            verbose,
            grad,
            threads=threads,
            memory=memory,
        )
    given = budget(threads_of(threads, n_threads), memory)
    if reg is None or reg == 0:
        return _lazy_exact(X_a, X_b, a, b, metric, unbalanced, given)
    return _lazy_entropic(X_a, X_b, a, b, potentials_init, settings, given)


def _lazy_exact(X_a, X_b, a, b, metric, prices, given):
    if prices is not None:
        raise InputError("Unbalanced transport without reg needs the matrix of costs.", "Set reg, or lazy=False.")
    kind = Kind(X_a, X_b, a, b)
    entries, found = exact_points(X_a, X_b, a, b, metric, True, True, given)
    plan = sparse_plan(entries, (len(found["u"]), len(found["v"])))
    cost, potentials = lazy_cost(kind, entries, found, X_a, X_b, a, b, metric), (kind(found["u"]), kind(found["v"]))
    return OTResult(potentials, cost, cost, sparse_plan=plan, status="Converged", certificate=found["certificate"])


def _lazy_entropic(X_a, X_b, a, b, warmstart, settings, given):
    reg_type = entropic_type(settings["reg_type"])
    prices = settings["unbalanced"]
    rho = (None, None) if prices is None else _engine.pair(prices)
    if settings["c"] is not None or (reg_type != "kl" and prices is not None):
        raise InputError("Without a matrix the reference of the plan is a b'.", "Leave c out and set reg_type='KL'.")
    kind, solved, plan = lazily(
        X_a,
        X_b,
        settings["reg"],
        a,
        b,
        settings["metric"],
        settings["max_iter"] or 1000,
        settings["tol"] or 1e-9,
        settings["verbose"],
        True,
        warmstart,
        given,
        rho,
    )
    value = solved.objective
    if reg_type == "entropy":
        value += solved.reg * (entropy(solved.a) + entropy(solved.b))
    if _derivatives.wanted(X_a, X_b, a, b):
        value = _joined_value(kind, value, solved, plan, X_a, X_b, a, b, settings["metric"], prices)
    return OTResult(
        (kind(solved.log_u), kind(solved.log_v)),
        value if is_torch(value) else kind(np.float64(value)),
        kind(np.float64(solved.cost)),
        lazy_plan=plan,
        status=solved.ended.status,
    )


def _joined_value(kind, value, solved, plan, X_a, X_b, a, b, metric, prices):
    """The value with its derivatives at a fixed plan, which is where it is lowest."""
    if metric != "sqeuclidean" or prices is not None:
        what = "Unbalanced or Euclidean transport without a matrix"
        _derivatives.refuse(what, "Leave lazy out.", X_a, X_b, a, b)
    x, y = rows(X_a, "The points X_a"), rows(X_b, "The points X_b")
    by_x = 2.0 * (solved.a[:, None] * x - plan.times(y))
    by_y = 2.0 * (solved.b[:, None] * y - plan.transposed_times(x))
    f, g = solved.f - solved.f.mean(), solved.g - solved.g.mean()
    return kind.value(value, (X_a, by_x), (X_b, by_y), (a, f), (b, g))


def _of_low_rank(method, X_a, X_b, a, b, metric, reg, rank, max_iter, tol, lazy):
    if metric != "sqeuclidean":
        raise InputError(f'The method {method} knows no metric "{metric}".', "Use sqeuclidean.")
    reg, stop = reg or 0, tol or 1e-7
    if method == "factored":
        *_, said = factored_optimal_transport(X_a, X_b, a, b, reg, rank, None, stop, max_iter or 100, log=True)
        value = linear = said["costa"] + said["costb"]
    else:
        *_, said = lowrank_sinkhorn(
            X_a, X_b, a, b, reg, rank, numItermax=max_iter or 2000, stopThr=stop, warn=True, log=True
        )
        value, linear = said["value"], said["value_linear"]
    plan = said["lazy_plan"]
    return OTResult(None, value, linear, plan=None if lazy else plan[:], lazy_plan=plan, log=said)


def _without_plan(method, X_a, X_b, a, b, settings):
    metric, threads = settings["metric"], settings["threads"]
    if method == "gaussian":
        if metric != "sqeuclidean":
            raise InputError(f'The method gaussian knows no metric "{metric}".', "Use sqeuclidean.")
        reg = 1e-6 if settings["reg"] is None else settings["reg"]
        value, said = empirical_bures_wasserstein_distance(X_a, X_b, reg, a, b, log=True)
        return OTResult(value=value**2, value_linear=value**2, log=said, status="Converged")
    if metric not in _POWERS:
        raise InputError(f'The method {method} knows no metric "{metric}".', f"Use one of {sorted(_POWERS)}.")
    p = _POWERS[metric]
    if method == "1d":
        value = wasserstein_1d(X_a, X_b, a, b, p=p, threads=threads)
        return OTResult(value=value, value_linear=value, status="Converged")
    sliced = sliced_wasserstein_distance if method == "sliced" else max_sliced_wasserstein_distance
    value, said = sliced(
        X_a,
        X_b,
        a,
        b,
        settings["n_projections"],
        p,
        settings["projections"],
        settings["random_state"],
        True,
        threads=threads,
    )
    return OTResult(value=value, value_linear=value, log=said, status="Converged")


def _debiased(X_a, X_b, a, b, settings):
    both = solve_sample(X_a, X_b, a, b, **settings)
    own = solve_sample(X_a, X_a, a, a, **settings), solve_sample(X_b, X_b, b, b, **settings)
    return OTResult(
        both.potentials,
        both.value - 0.5 * (own[0].value + own[1].value),
        both.value_linear - 0.5 * (own[0].value_linear + own[1].value_linear),
        plan=both._plan,
        sparse_plan=both._sparse_plan,
        lazy_plan=both.lazy_plan,
        status=both.status,
        log={"res_aa": own[0], "res_bb": own[1], "res_ab": both},
    )
