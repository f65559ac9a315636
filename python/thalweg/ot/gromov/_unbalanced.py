"""Two plans, one of rows and one of columns, whose marginals may be missed at a price."""

from typing import NamedTuple, Optional

import numpy as np

from ..._errors import FailedError, InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, unchecked, weights
from .._public import public
from ..unbalanced import lbfgsb_unbalanced, mm_unbalanced, sinkhorn_unbalanced
from ..unbalanced._divergences import divergence as missed

_SOLVERS = ("sinkhorn", "sinkhorn_log", "mm", "lbfgsb")


@public(numItermax="max_iter_ot", stopThr="tol_ot", reg="epsilon")
def fused_unbalanced_across_spaces_divergence(
    X,
    Y,
    wx_samp=None,
    wx_feat=None,
    wy_samp=None,
    wy_feat=None,
    reg_marginals=10,
    epsilon=0,
    reg_type="joint",
    divergence="kl",
    unbalanced_solver="sinkhorn",
    alpha=0,
    M_samp=None,
    M_feat=None,
    rescale_plan=True,
    init_pi=None,
    init_duals=None,
    max_iter=100,
    tol=1e-7,
    max_iter_ot=500,
    tol_ot=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs_solver,
):
    """A plan ``P`` between samples and one ``Q`` between features, by alternating unbalanced problems.

    Lowers ``sum (X_ik - Y_jl)^2 P_ij Q_kl + alpha (<P, M_samp> + <Q, M_feat>) + rho_x D(P1 Q1' | wx_samp wx_feat') + rho_y
    D(P'1 Q'1' | wy_samp wy_feat')`` and ``epsilon`` times a divergence from the weights, of ``P Q'`` (``joint``) or of ``P``
    and of ``Q``; a local minimum.

    Parameters
    ----------
    X : array_like, shape (n, d)
    Y : array_like, shape (m, e)
    wx_samp, wx_feat, wy_samp, wy_feat : array_like, shapes (n,), (d,), (m,), (e,), optional
        Weights; equal by default.
    reg_marginals : float or pair
        Prices of missing the marginals of either space; ``inf`` (with the solver ``sinkhorn``) for what must be met.
    epsilon : float or pair
        One for both plans where ``reg_type`` is ``joint``, else one each.
    divergence : str
        ``kl``, or ``l2``, half the squared difference.
    unbalanced_solver : str
        ``sinkhorn`` (``kl`` with an entropy; ``mm`` without), ``mm`` or ``lbfgsb``.
    alpha : float or pair
        Shares of the costs ``M_samp`` ``(n, m)`` and ``M_feat`` ``(d, e)``.
    rescale_plan : bool
        Whether plans that are found are scaled towards one mass, which leaves the objective with ``joint`` as it is.
    init_pi : pair of array_like, optional
        Plans to start from, either may be None.
    max_iter, tol
        Budget of rounds; ends once the plan of samples moves by less than ``tol`` in L1.
    max_iter_ot, tol_ot
        Budget and stopping rule of every unbalanced problem.

    Returns
    -------
    pi_samp : array, shape (n, m)
    pi_feat : array, shape (d, e)
    log : dict
        With ``log=True``: ``error``, ``duals_sample``, ``duals_feature`` (None of ``mm`` and ``lbfgsb``), ``linear_cost``
        (the distortion) and ``ucoot_cost`` (the objective).

    Notes
    -----
    Tran, Janati, Courty, Flamary, Redko, Demetci, Singh, AAAI 2023; Thual, Tran, Zemskova, Courty, Flamary, Dehaene,
    Thirion, NeurIPS 2022.
    """
    given = X, Y, wx_samp, wx_feat, wy_samp, wy_feat, M_samp, M_feat
    advice = "Use unbalanced_co_optimal_transport2 or fused_unbalanced_gromov_wasserstein2, or detach the inputs."
    _derivatives.refuse("An unbalanced plan between spaces", advice, *given)
    _engine.known(kwargs_solver)
    kind = Kind(*given)
    problem = _posed(given, reg_marginals, epsilon, reg_type, divergence, unbalanced_solver, alpha)
    budgets = max_iter, tol, max_iter_ot, tol_ot, dict(threads=threads, memory=memory)
    P, Q, said = _alternated(kind, problem, init_pi, init_duals, rescale_plan, budgets, verbose)
    if not log:
        return kind(P), kind(Q)
    distortion, value = (kind(np.float64(v)) for v in _objective(problem, P, Q))
    return kind(P), kind(Q), {**said, "linear_cost": distortion, "ucoot_cost": value}


@public(numItermax="max_iter_ot", stopThr="tol_ot", reg="epsilon")
def unbalanced_co_optimal_transport(
    X,
    Y,
    wx_samp=None,
    wx_feat=None,
    wy_samp=None,
    wy_feat=None,
    reg_marginals=10,
    epsilon=0,
    divergence="kl",
    unbalanced_solver="mm",
    alpha=0,
    M_samp=None,
    M_feat=None,
    rescale_plan=True,
    init_pi=None,
    init_duals=None,
    max_iter=100,
    tol=1e-7,
    max_iter_ot=500,
    tol_ot=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs_solve,
):
    """:func:`fused_unbalanced_across_spaces_divergence` with an entropy of each plan of its own."""
    return fused_unbalanced_across_spaces_divergence(
        X,
        Y,
        wx_samp,
        wx_feat,
        wy_samp,
        wy_feat,
        reg_marginals,
        epsilon,
        "independent",
        divergence,
        unbalanced_solver,
        alpha,
        M_samp,
        M_feat,
        rescale_plan,
        init_pi,
        init_duals,
        max_iter,
        tol,
        max_iter_ot,
        tol_ot,
        log,
        verbose,
        threads=threads,
        memory=memory,
        **kwargs_solve,
    )


@public(numItermax="max_iter_ot", stopThr="tol_ot", reg="epsilon")
def unbalanced_co_optimal_transport2(
    X,
    Y,
    wx_samp=None,
    wx_feat=None,
    wy_samp=None,
    wy_feat=None,
    reg_marginals=10,
    epsilon=0,
    divergence="kl",
    unbalanced_solver="sinkhorn",
    alpha=0,
    M_samp=None,
    M_feat=None,
    rescale_plan=True,
    init_pi=None,
    init_duals=None,
    max_iter=100,
    tol=1e-7,
    max_iter_ot=500,
    tol_ot=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs_solve,
):
    """The objective at the plans of :func:`unbalanced_co_optimal_transport`; for ``kl`` it can be differentiated with torch
    (at fixed plans)."""
    _engine.known(kwargs_solve)
    given = X, Y, wx_samp, wx_feat, wy_samp, wy_feat, M_samp, M_feat
    problem = _posed(given, reg_marginals, epsilon, "independent", divergence, unbalanced_solver, alpha)
    kind, budgets = Kind(*given), (max_iter, tol, max_iter_ot, tol_ot, dict(threads=threads, memory=memory))
    P, Q, said = _alternated(kind, problem, init_pi, init_duals, rescale_plan, budgets, verbose)
    distortion, number = _objective(problem, P, Q)
    value = kind.value(number, *_slopes(problem, given, P, Q))
    return (value, {**said, "linear_cost": kind(np.float64(distortion)), "ucoot_cost": value}) if log else value


@public(numItermax="max_iter_ot", stopThr="tol_ot", reg="epsilon")
def fused_unbalanced_gromov_wasserstein(
    Cx,
    Cy,
    wx=None,
    wy=None,
    reg_marginals=10,
    epsilon=0,
    divergence="kl",
    unbalanced_solver="mm",
    alpha=0,
    M=None,
    init_duals=None,
    init_pi=None,
    max_iter=100,
    tol=1e-7,
    max_iter_ot=500,
    tol_ot=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs_solve,
):
    """Two plans of unbalanced Gromov-Wasserstein transport, a lower bound that is tight where they agree.

    :func:`fused_unbalanced_across_spaces_divergence` of the relations ``Cx`` ``(n, n)`` and ``Cy`` ``(m, m)`` with one
    entropy of the product of both plans; half of ``alpha`` is the share of ``M`` for each.

    Returns
    -------
    pi_samp, pi_feat : arrays, shape (n, m)
    log : dict
        With ``log=True``: ``error``, ``duals``, ``linear_cost`` and ``fugw_cost``.

    Notes
    -----
    Séjourné, Vialard, Peyré, NeurIPS 2021.
    """
    advice = "Use fused_unbalanced_gromov_wasserstein2, or detach the inputs."
    _derivatives.refuse("An unbalanced plan between spaces", advice, Cx, Cy, wx, wy, M)
    budgets = max_iter, tol, max_iter_ot, tol_ot, dict(threads=threads, memory=memory)
    _, kind, P, Q, said = _fugw(
        Cx,
        Cy,
        wx,
        wy,
        (reg_marginals, epsilon, divergence, unbalanced_solver, alpha),
        M,
        init_duals,
        init_pi,
        budgets,
        verbose,
        kwargs_solve,
    )
    return (kind(P), kind(Q), said) if log else (kind(P), kind(Q))


@public(numItermax="max_iter_ot", stopThr="tol_ot", reg="epsilon")
def fused_unbalanced_gromov_wasserstein2(
    Cx,
    Cy,
    wx=None,
    wy=None,
    reg_marginals=10,
    epsilon=0,
    divergence="kl",
    unbalanced_solver="mm",
    alpha=0,
    M=None,
    init_duals=None,
    init_pi=None,
    max_iter=100,
    tol=1e-7,
    max_iter_ot=500,
    tol_ot=1e-7,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs_solve,
):
    """The objective at the plans of :func:`fused_unbalanced_gromov_wasserstein`; for ``kl`` it can be differentiated with
    torch (at fixed plans)."""
    budgets = max_iter, tol, max_iter_ot, tol_ot, dict(threads=threads, memory=memory)
    problem, kind, P, Q, said = _fugw(
        Cx,
        Cy,
        wx,
        wy,
        (reg_marginals, epsilon, divergence, unbalanced_solver, alpha),
        M,
        init_duals,
        init_pi,
        budgets,
        verbose,
        kwargs_solve,
    )
    value = kind.value(said["fugw_cost"], *_slopes(problem, (Cx, Cy, wx, wx, wy, wy, M, M), P, Q))
    return (value, {**said, "fugw_cost": value}) if log else value


class _Problem(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    # Weights of samples and of features, each of both spaces.
    samples: tuple
    features: tuple
    linear: tuple
    shares: tuple
    rho: tuple
    epsilon: tuple
    joint: bool
    divergence: str
    solver: str


class _Half(NamedTuple):
    """One of the two unbalanced problems."""

    x: np.ndarray
    y: np.ndarray
    # Weights on which the plan to find lives, and those of the plan at hand.
    own: tuple
    other: tuple
    linear: Optional[np.ndarray]
    epsilon: float


def _posed(given, reg_marginals, epsilon, reg_type, divergence, solver, alpha):
    X, Y, *of_weights, M_samp, M_feat = given
    divergence = str(divergence).lower()
    for name, value, known in (
        ("reg_type", reg_type, ("joint", "independent")),
        ("divergence", divergence, ("kl", "l2")),
        ("unbalanced_solver", solver, _SOLVERS),
    ):
        if value not in known:
            raise InputError(f"Unknown {name} '{value}'.", f"It is one of {', '.join(known)}.")
    x, y = costs(X, "The samples X"), costs(Y, "The samples Y")
    names = "wx_samp", "wx_feat", "wy_samp", "wy_feat"
    a, c, b, d = (weights(w, n, f"The weights {s}") for w, n, s in zip(of_weights, x.shape + y.shape, names))
    shares, rho, eps = (_pair(z, name) for z, name in ((alpha, "alpha"), (reg_marginals, "A price"), (epsilon, "epsilon")))
    eps = (eps[0], eps[0]) if reg_type == "joint" else eps
    if solver.startswith("sinkhorn"):
        if divergence == "l2":
            raise InputError("Sinkhorn's algorithm knows the divergence kl alone.", "Use unbalanced_solver='mm' for l2.")
        if 0 in eps:
            solver = "mm"
    linear = tuple(
        None if M is None else share * costs(M, what)
        for M, share, what in zip((M_samp, M_feat), shares, ("The costs M_samp", "The costs M_feat"))
    )
    return _Problem(x, y, (a, b), (c, d), linear, shares, rho, eps, reg_type == "joint", divergence, solver)


def _alternated(kind, problem, init_pi, init_duals, rescale, budgets, verbose):
    max_iter, tol, max_iter_ot, tol_ot, resources = budgets
    starts = init_pi if init_pi is not None else (None, None)
    P, Q = (
        np.outer(*w) if start is None else costs(start, "A plan of init_pi")
        for start, w in zip(starts, (problem.samples, problem.features))
    )
    of_samples = _Half(problem.x, problem.y, problem.samples, problem.features, problem.linear[0], problem.epsilon[0])
    of_features = _Half(
        problem.x.T, problem.y.T, problem.features, problem.samples, problem.linear[1], problem.epsilon[1]
    )
    duals, errors = list(init_duals if init_duals is not None else (None, None)), []

    def solve(half, plan, other, start):
        found, start = _unbalanced(problem, half, plan, other, start, max_iter_ot, tol_ot, resources)
        mass = found.sum()
        if not 0 < mass < np.inf:
            raise FailedError(
                f"An unbalanced plan between spaces has the mass {mass:g}.",
                "Raise reg_marginals, so that moving mass is worth its costs, or scale the data down.",
            )
        return found * np.sqrt(other.sum() / mass) if rescale else found, start

    for step in range(int(max_iter)):
        before = P
        Q, duals[1] = solve(of_features, Q, P, duals[1])
        P, duals[0] = solve(of_samples, P, Q, duals[0])
        errors.append(float(np.abs(P - before).sum()))
        if verbose:
            print(f"Unbalanced transport between spaces: round {step + 1}, change {errors[-1]:.3e}")
        if errors[-1] < tol:
            break
    else:
        last = errors[-1] if errors else np.inf
        _engine.Ended(last < max(tol, 1e-5), int(max_iter), last, "Raise max_iter.").warn(
            "Unbalanced transport between spaces"
        )
    names = zip(("duals_sample", "duals_feature"), duals)
    said = {name: None if pair is None else tuple(map(kind, pair)) for name, pair in names}
    return P, Q, {"error": [kind(np.float64(e)) for e in errors], **said}


def _unbalanced(problem, half, plan, other, duals, most, tolerance, resources):
    """The plan of one side at a fixed one of the other, and its duals where the solver has some."""
    a, b = half.own
    c, rho, epsilon = np.outer(a, b), problem.rho, half.epsilon
    cost = _local_cost(problem, half, other)
    if problem.divergence == "kl":
        mass = other.sum()
        rho, epsilon = tuple(r * mass for r in rho), epsilon * mass if problem.joint else epsilon
    else:
        # |p q' - a b'|^2 is |q|^2 |p - a <b, q> / |q|^2|^2 and a constant.
        sides = [(other.sum(axis=1), half.other[0]), (other.sum(axis=0), half.other[1])]
        squares = [float((q**2).sum()) for q, _ in sides]
        a, b = (w * float(q @ v) / s for w, (q, v), s in zip((a, b), sides, squares))
        rho = tuple(r * s for r, s in zip(rho, squares))
        if problem.joint:
            square = float((other**2).sum())
            c, epsilon = c * float((other * np.outer(*half.other)).sum()) / square, epsilon * square
    if problem.solver.startswith("sinkhorn"):
        found, said = sinkhorn_unbalanced(
            a, b, cost, epsilon, rho, warmstart=duals, numItermax=most, stopThr=tolerance, log=True, **resources
        )
        return found, (said["logu"], said["logv"])
    if problem.divergence == "l2":
        # Steps that multiply never leave a zero, which another plan of the other side may have been the reason for.
        plan = 0.5 * (plan + plan.sum() * np.outer(*half.own))
    if problem.solver == "mm":
        return mm_unbalanced(a, b, cost, rho, c, epsilon, problem.divergence, plan, most, tolerance, **resources), None
    kinds = problem.divergence, problem.divergence
    return lbfgsb_unbalanced(a, b, cost, epsilon, rho, c, *kinds, plan, most, tolerance), None


def _local_cost(problem, half, other):
    """What each pair pays at a fixed plan of the other side."""
    sums = other.sum(axis=1), other.sum(axis=0)
    cost = (half.x**2 @ sums[0])[:, None] + (half.y**2 @ sums[1])[None, :] - 2.0 * half.x @ other @ half.y.T
    cost = cost if half.linear is None else cost + half.linear
    if problem.divergence == "kl":
        cost = cost + sum(r * _relative(p, w) for r, p, w in zip(problem.rho, sums, half.other) if 0 < r < np.inf)
        if problem.joint and half.epsilon > 0:
            cost = cost + half.epsilon * _relative(other, np.outer(*half.other))
    return np.ascontiguousarray(cost)


def _objective(problem, P, Q):
    """The distortion, and the whole objective."""
    x, y, (a, b), (c, d) = problem.x, problem.y, problem.samples, problem.features
    rows, columns = (P.sum(axis=1), Q.sum(axis=1)), (P.sum(axis=0), Q.sum(axis=0))
    distortion = rows[0] @ x**2 @ rows[1] + columns[0] @ y**2 @ columns[1] - 2.0 * ((x @ Q @ y.T) * P).sum()
    value = distortion + sum((G * M).sum() for G, M in zip((P, Q), problem.linear) if M is not None)
    for rho, (p, q), (v, w) in zip(problem.rho, (rows, columns), ((a, c), (b, d))):
        if 0 < rho < np.inf:
            value += rho * _of_products(p, q, v, w, problem.divergence)
    outer = np.outer(a, b), np.outer(c, d)
    if problem.joint:
        value += problem.epsilon[0] * _of_products(P, Q, *outer, problem.divergence) if problem.epsilon[0] > 0 else 0.0
    else:
        value += sum(
            e * missed(G, w, problem.divergence) for e, G, w in zip(problem.epsilon, (P, Q), outer) if e > 0
        )
    return float(distortion), float(value)


def _of_products(p, q, v, w, name):
    """``D(p q' | v w')``, by its factors."""
    if name == "l2":
        square = lambda z: float((z**2).sum())
        return 0.5 * (square(p) * square(q) - 2.0 * float((p * v).sum() * (q * w).sum()) + square(v) * square(w))
    parts = q.sum() * _relative(p, v) + p.sum() * _relative(q, w)
    return parts - p.sum() * q.sum() + v.sum() * w.sum()


def _relative(p, w):
    positive = p > 0
    return float((p[positive] * np.log(p[positive] / w[positive])).sum())


def _slopes(problem, given, P, Q):
    """Inputs with the derivatives of the objective by them, at fixed plans."""
    if problem.divergence != "kl":
        _derivatives.refuse("An l2 divergence between spaces", "Use divergence='kl'.", *given)
    X, Y, *of_weights, M_samp, M_feat = given
    x, y, samples, features = problem.x, problem.y, problem.samples, problem.features
    by_x = 2.0 * x * np.outer(P.sum(axis=1), Q.sum(axis=1)) - 2.0 * P @ y @ Q.T
    by_y = 2.0 * y * np.outer(P.sum(axis=0), Q.sum(axis=0)) - 2.0 * P.T @ x @ Q

    def by_weights(side, G, own, there, epsilon):
        """By the weights of a space under ``G``; those ``there`` are of the other plan."""
        share = np.divide(G.sum(axis=1 - side), own[side], out=np.zeros_like(own[side]), where=own[side] > 0)
        rho, across = problem.rho[side], own[1 - side].sum()
        plan = Q if G is P else P
        slope = rho * (there[side].sum() - plan.sum() * share) if 0 < rho < np.inf else 0.0 * share
        if problem.joint:
            return slope + epsilon * (across * there[0].sum() * there[1].sum() - plan.sum() * share)
        return slope + epsilon * (across - share)

    eps = problem.epsilon
    slopes = [
        by_weights(side, G, own, there, e)
        for side in (0, 1)
        for G, own, there, e in ((P, samples, features, eps[0]), (Q, features, samples, eps[1]))
    ]
    linear = ((M, share * G) for M, share, G in zip((M_samp, M_feat), problem.shares, (P, Q)))
    return (X, by_x), (Y, by_y), *zip(of_weights, slopes), *((M, slope) for M, slope in linear if M is not None)


def _fugw(Cx, Cy, wx, wy, settings, M, init_duals, init_pi, budgets, verbose, unused):
    _engine.known(unused)
    rho, epsilon, divergence, solver, alpha = settings
    given = Cx, Cy, wx, wx, wy, wy, M, M
    problem = _posed(given, rho, epsilon, "joint", divergence, solver, 0.5 * float(alpha))
    kind = Kind(*given)
    P, Q, said = _alternated(kind, problem, (init_pi, init_pi), (init_duals, init_duals), True, budgets, verbose)
    distortion, value = (kind(np.float64(v)) for v in _objective(problem, P, Q))
    said = {"error": said["error"], "duals": said["duals_sample"], "linear_cost": distortion, "fugw_cost": value}
    return problem, kind, P, Q, said


def _pair(value, name):
    values = np.ravel(unchecked(value, name))
    if values.size not in (1, 2) or not (values >= 0).all():
        raise InputError(f"{name} is {value!r}, but it must be one number or two, not negative.")
    return float(values[0]), float(values[-1])
