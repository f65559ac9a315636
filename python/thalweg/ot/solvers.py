"""One call for linear transport, from costs or from points. Conventions as in POT's ``ot.solve`` and
``solve_sample``."""

import numpy as np

from .._errors import InputError
from . import _engine, bregman, lp, partial, unbalanced as relaxed
from ._engine import budget
from ._kinds import Kind, costs, host, weights
from .optim import cg
from .sliced import max_sliced_wasserstein_distance, sliced_wasserstein_distance
from .utils import OTResult, dist, sparse_plan

__all__ = ["solve", "solve_gromov", "solve_sample"]

_POWERS = {"sqeuclidean": 2, "euclidean": 1, "cityblock": 1}


def solve(
    M,
    a=None,
    b=None,
    reg=None,
    c=None,
    reg_type="KL",
    unbalanced=None,
    unbalanced_type="KL",
    method=None,
    n_threads=1,
    max_iter=None,
    plan_init=None,
    potentials_init=None,
    tol=None,
    verbose=False,
    grad="autodiff",
    *,
    threads=None,
    memory=None,
):
    """Optimal transport under a cost matrix.

    Parameters
    ----------
    M : array_like, shape (n, m)
        Costs.
    a, b : array_like, shapes (n,) and (m,), optional
        Weights; equal by default.
    reg : float, optional
        Strength of the regularisation; exact transport without it.
    reg_type : str or pair of callables
        ``KL`` (relative to ``c``, by default ``a b'``), ``entropy``, or a penalty and its derivative, as in
        :func:`thalweg.ot.optim.cg`.
    unbalanced : float or pair, optional
        Price of missing each marginal; both are met without it.
    unbalanced_type : str
        ``KL``; without ``reg`` also ``L2``, and ``TV``, which is solved exactly.
    max_iter, tol : optional
        Budget of iterations and stopping rule of the iterative solvers.
    threads, memory
        As in :func:`thalweg.ot.emd`.

    Returns
    -------
    OTResult
        ``plan``, ``value``, ``value_linear``, ``potentials`` (for entropic transport the logarithms of the scalings, as
        in POT), ``status``, and for exact transport ``certificate``. With torch ``value`` can be differentiated by
        ``M``, ``a`` and ``b`` where both marginals are met.
    """
    given = dict(threads=_threads(threads, n_threads), memory=memory)
    kind = Kind(M, a, b)
    if reg is None or reg == 0:
        if unbalanced is None:
            return _exact(kind, a, b, M, given)
        return _majorised(kind, a, b, M, c, unbalanced, unbalanced_type, max_iter, tol, plan_init, verbose, given)
    if isinstance(reg_type, tuple) and unbalanced is None:
        return _penalised(kind, a, b, M, reg, reg_type, max_iter, tol, plan_init, verbose, given["threads"])
    reg_type = _entropic_type(reg_type)
    if unbalanced is None:
        return _entropic(kind, a, b, M, reg, reg_type, max_iter, tol, potentials_init, verbose, given)
    if str(unbalanced_type).lower() != "kl":
        raise InputError(
            f"Regularised unbalanced transport with the penalty {unbalanced_type} is not offered.",
            "Use unbalanced_type='KL', or leave reg out.",
        )
    plan, said = relaxed.sinkhorn_unbalanced(
        a,
        b,
        M,
        reg,
        unbalanced,
        "sinkhorn",
        reg_type,
        c,
        potentials_init,
        max_iter or 1000,
        tol or 1e-9,
        verbose,
        True,
        **given,
    )
    potentials = said["logu"], said["logv"]
    return OTResult(potentials, said["total_cost"], said["cost"], plan=plan, log=said, status=said["status"])


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
        ``1d``, ``sliced``, ``max_sliced`` or ``gaussian`` give a value without a plan; ``geomloss`` means ``lazy``.
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
    if method in ("1d", "sliced", "max_sliced", "gaussian"):
        return _without_plan(method, X_a, X_b, a, b, settings)
    lazy = lazy or method.startswith("geomloss")
    if method and not lazy and method not in bregman.METHODS + relaxed.METHODS:
        raise InputError(
            f'The method "{method}" is not offered.', "Leave it out, or use 1d, sliced, max_sliced or gaussian."
        )
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
    given = budget(_threads(threads, n_threads), memory)
    if reg is None or reg == 0:
        return _lazy_exact(X_a, X_b, a, b, metric, unbalanced, given)
    return _lazy_entropic(X_a, X_b, a, b, potentials_init, settings, given)


def solve_gromov(
    Ca,
    Cb,
    M=None,
    a=None,
    b=None,
    loss="L2",
    symmetric=None,
    alpha=0.5,
    reg=None,
    reg_type="entropy",
    unbalanced=None,
    unbalanced_type="KL",
    n_threads=1,
    method=None,
    max_iter=None,
    plan_init=None,
    tol=None,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """Transport between spaces: see :mod:`thalweg.ot.gromov`.

    ``loss`` is ``L2`` or ``KL``; ``M`` with ``alpha`` below 1 makes it fused; ``reg`` is the entropy, none by default.
    Both marginals are met. Gives an OTResult with ``plan``, ``value``, ``value_linear``, ``value_quad``,
    ``potentials``, ``status``.
    """
    from . import gromov

    losses = {"l2": "square_loss", "kl": "kl_loss"}
    if str(loss).lower() not in losses:
        raise InputError(f"The loss {loss} is not offered.", "It is L2 or KL.")
    if unbalanced is not None or str(unbalanced_type).lower() in ("semirelaxed", "partial"):
        raise InputError("Unbalanced transport between spaces is not offered here.", "Leave unbalanced out.")
    given = dict(loss_fun=losses[str(loss).lower()], log=True, G0=plan_init, max_iter=max_iter or 10_000)
    given.update(threads=_threads(threads, n_threads), memory=memory)
    fused = M is not None and alpha != 1
    if reg is None or reg == 0:
        given.update(tol_rel=tol or 1e-9, tol_abs=tol or 1e-9, verbose=verbose)
        solver = gromov.fused_gromov_wasserstein2 if fused else gromov.gromov_wasserstein2
    else:
        _entropic_type(reg_type)
        given.update(epsilon=reg, tol=tol or 1e-9, max_iter=max_iter or 1000)
        solver = gromov.entropic_fused_gromov_wasserstein2 if fused else gromov.entropic_gromov_wasserstein2
    value, said = solver(*((M,) if fused else ()), Ca, Cb, a, b, **(dict(given, alpha=alpha) if fused else given))
    potentials = (said["u"], said["v"]) if "u" in said else None
    linear, quadratic = (said["lin_loss"], said["quad_loss"]) if fused else (0.0 if alpha == 1 else None, value)
    return OTResult(potentials, value, linear, quadratic, plan=said["T"], log=said, status=said["status"])


def _threads(threads, n_threads):
    return n_threads if threads is None and n_threads not in (1, None) else threads


def _entropic_type(reg_type):
    name = reg_type.lower() if isinstance(reg_type, str) else "a pair of functions"
    if name not in ("kl", "entropy"):
        raise InputError(f"The regularisation {name} is not offered.", "It is KL or entropy.")
    return name


def _exact(kind, a, b, M, given):
    cost, said = lp.emd2(a, b, M, log=True, return_matrix=True, **given)
    potentials, certificate = (said["u"], said["v"]), said["certificate"]
    return OTResult(potentials, cost, cost, plan=said["G"], log=said, status="Converged", certificate=certificate)


def _entropic(kind, a, b, M, reg, reg_type, max_iter, tol, warmstart, verbose, given):
    M_ = costs(M)
    a_, b_ = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    b_ = _engine.balanced(a_, b_)
    resources = budget(**given)
    solved = _engine.entropic(a_, b_, M_, reg, (None, None), tol or 1e-9, max_iter or 1000, warmstart, resources)
    solved.ended.warn("Sinkhorn", 4)
    if verbose:
        bregman.tell(solved)
    value = solved.objective
    if reg_type == "entropy":
        value += reg * (_entropy(a_) + _entropy(b_))
    slopes = (a, solved.f - solved.f.mean()), (b, solved.g - solved.g.mean()), (M, solved.plan)
    return OTResult(
        (kind(solved.log_u), kind(solved.log_v)),
        kind.value(value, *slopes),
        kind(np.float64(solved.cost)),
        plan=kind(solved.plan),
        status=solved.ended.status,
    )


def _penalised(kind, a, b, M, reg, functions, max_iter, tol, plan_init, verbose, threads):
    plan, said = cg(
        a, b, M, reg, *functions, plan_init, None, max_iter or 1000, stopThr=tol or 1e-9, verbose=verbose, log=True,
        threads=threads,
    )  # fmt: skip
    linear = (host(plan, "The plan") * costs(M)).sum()
    value = kind(np.float64(said["loss"][-1]))
    return OTResult((said["u"], said["v"]), value, kind(linear), plan=plan, log=said)


def _entropy(p):
    """``sum p log p``."""
    return float((p[p > 0] * np.log(p[p > 0])).sum())


def _majorised(kind, a, b, M, c, prices, penalty, max_iter, tol, plan_init, verbose, given):
    penalty = str(penalty).lower()
    if penalty == "tv":
        return _total_variation(kind, a, b, M, prices, given)
    plan, said = relaxed.mm_unbalanced(
        a, b, M, prices, c, 0, penalty, plan_init, max_iter or 1000, tol or 1e-12, verbose, True, **given
    )
    return OTResult(None, said["total_cost"], said["cost"], plan=plan, log=said, status=said["status"])


def _total_variation(kind, a, b, M, prices, given):
    """``<G, M> + r1 |G 1 - a| + r2 |G' 1 - b|`` exactly: a pair pays where moving costs less than leaving both."""
    M_ = costs(M)
    a_, b_ = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    r1, r2 = _engine.pair(prices)
    if r1 is None or r2 is None:
        raise InputError(
            "The price of missing a marginal must be finite under TV.", "Use balanced or partial transport."
        )
    plan, said = partial.partial_wasserstein_lagrange(a_, b_, M_, r1 + r2, log=True, **given)
    linear = float((plan * M_).sum())
    value = float(linear + r1 * np.abs(plan.sum(axis=1) - a_).sum() + r2 * np.abs(plan.sum(axis=0) - b_).sum())
    certificate = said["certificate"]
    certificate = {**certificate, "primal": value, "dual": value - certificate["gap"]}
    return OTResult(
        None,
        kind(np.float64(value)),
        kind(np.float64(linear)),
        plan=kind(plan),
        status="Converged",
        certificate=certificate,
    )


def _lazy_exact(X_a, X_b, a, b, metric, prices, given):
    if prices is not None:
        raise InputError("Unbalanced transport without reg needs the matrix of costs.", "Set reg, or lazy=False.")
    kind = Kind(X_a, X_b, a, b)
    entries, found = lp.exact_points(X_a, X_b, a, b, metric, True, True, given)
    plan = sparse_plan(entries, (len(found["u"]), len(found["v"])))
    cost, potentials = kind(np.float64(found["cost"])), (kind(found["u"]), kind(found["v"]))
    return OTResult(potentials, cost, cost, sparse_plan=plan, status="Converged", certificate=found["certificate"])


def _lazy_entropic(X_a, X_b, a, b, warmstart, settings, given):
    reg_type = _entropic_type(settings["reg_type"])
    prices = settings["unbalanced"]
    rho = (None, None) if prices is None else _engine.pair(prices)
    if settings["c"] is not None or (reg_type != "kl" and prices is not None):
        raise InputError("Without a matrix the reference of the plan is a b'.", "Leave c out and set reg_type='KL'.")
    kind, solved, plan = bregman.lazily(
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
        value += solved.reg * (_entropy(solved.a) + _entropy(solved.b))
    return OTResult(
        (kind(solved.log_u), kind(solved.log_v)),
        kind(np.float64(value)),
        kind(np.float64(solved.cost)),
        lazy_plan=plan,
        status=solved.ended.status,
    )


def _without_plan(method, X_a, X_b, a, b, settings):
    metric, threads = settings["metric"], settings["threads"]
    if method == "gaussian":
        from .gaussian import empirical_bures_wasserstein_distance

        if metric != "sqeuclidean":
            raise InputError(f'The method gaussian knows no metric "{metric}".', "Use sqeuclidean.")
        reg = 1e-6 if settings["reg"] is None else settings["reg"]
        value, said = empirical_bures_wasserstein_distance(X_a, X_b, reg, a, b, log=True)
        return OTResult(value=value**2, value_linear=value**2, log=said, status="Converged")
    if metric not in _POWERS:
        raise InputError(f'The method {method} knows no metric "{metric}".', f"Use one of {sorted(_POWERS)}.")
    p = _POWERS[metric]
    if method == "1d":
        value = lp.wasserstein_1d(X_a, X_b, a, b, p=p, threads=threads)
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
