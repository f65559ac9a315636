"""What the solvers between spaces, by slices and on the line compute, against sums over all quadruples, entropic limits
and bounds."""

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot

rng = np.random.RandomState(11)
X, Y = 0.5 * rng.randn(4, 2), 0.5 * rng.randn(5, 3)
A, C, B, D = (rng.dirichlet(np.full(k, 4.0)) for k in (4, 2, 5, 3))
RHO = (2.0, 3.0)


def divergence(p, q, name):
    if name == "l2":
        return 0.5 * ((p - q) ** 2).sum()
    return (p * np.log(np.where(p > 0, p, 1.0) / q)).sum() - p.sum() + q.sum()


def objective(P, Q, epsilon, joint, name):
    """Over all quadruples."""
    value = sum((X[i, k] - Y[j, l]) ** 2 * P[i, j] * Q[k, l] for i, j in np.ndindex(4, 5) for k, l in np.ndindex(2, 3))
    outer = np.multiply.outer
    value += RHO[0] * divergence(outer(P.sum(axis=1), Q.sum(axis=1)), outer(A, C), name)
    value += RHO[1] * divergence(outer(P.sum(axis=0), Q.sum(axis=0)), outer(B, D), name)
    if joint:
        return value + epsilon * divergence(outer(P, Q), outer(outer(A, B), outer(C, D)), name)
    return value + epsilon * (divergence(P, outer(A, B), name) + divergence(Q, outer(C, D), name))


@pytest.mark.filterwarnings("ignore")
# Sinkhorn's algorithm knows the divergence kl alone.
@pytest.mark.parametrize("solver, name", [("mm", "kl"), ("mm", "l2"), ("sinkhorn", "kl")])
@pytest.mark.parametrize("kind", ["joint", "independent"])
@pytest.mark.parametrize("epsilon", [0.0, 0.1])
def test_rounds_lower_the_objective_over_all_quadruples(solver, name, kind, epsilon):
    # Plans that are scaled between rounds leave only the entropy of their product as it is.
    values = []
    for rounds in (1, 2, 4, 20):
        given = dict(max_iter=rounds, tol=1e-13, tol_ot=1e-13, max_iter_ot=5000, log=True, unbalanced_solver=solver)
        P, Q, said = ot.gromov.fused_unbalanced_across_spaces_divergence(
            X, Y, A, C, B, D, RHO, epsilon, kind, name, rescale_plan=kind == "joint", **given
        )
        values.append(said["ucoot_cost"])
        assert values[-1] == pytest.approx(objective(P, Q, epsilon, kind == "joint", name), rel=1e-10)
    assert np.diff(values).max() < 1e-9


def test_marginals_without_a_price_are_met():
    P, Q = ot.gromov.unbalanced_co_optimal_transport(
        X, Y, A, C, B, D, (np.inf, 1.0), 0.1, unbalanced_solver="sinkhorn", tol_ot=1e-12
    )
    np.testing.assert_allclose(P.sum(axis=1), A, atol=1e-9)
    assert abs(P.sum(axis=0) - B).max() > 1e-4


def test_mass_that_is_not_worth_its_costs_says_so():
    with pytest.raises(thalweg.FailedError, match="reg_marginals"):
        ot.gromov.unbalanced_co_optimal_transport(9 * X, 9 * Y + 9, reg_marginals=1e-3, divergence="l2")
    with pytest.raises(thalweg.InputError, match="kl alone"):
        ot.gromov.unbalanced_co_optimal_transport2(X, Y, divergence="l2", epsilon=0.1)


def test_the_value_of_low_rank_is_that_of_its_plan():
    Q, R, g, said = ot.gromov.lowrank_gromov_wasserstein_samples(
        X, Y, A, B, rank=2, rescale_cost=False, numItermax=30, stopThr_dykstra=1e-12, warn=False, log=True
    )
    P = (Q / g) @ R.T
    C1, C2 = ot.dist(X), ot.dist(Y)
    value = sum((C1[i, k] - C2[j, l]) ** 2 * P[i, j] * P[k, l] for i, j in np.ndindex(4, 5) for k, l in np.ndindex(4, 5))
    assert said["value_quad"] == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(said["lazy_plan"][:], P, atol=1e-12)


def test_entropic_features_move_and_lower_the_loss():
    # POT 0.9.7 leaves the features where they start.
    features = [X, Y[:, :2]]
    relations = [ot.dist(X), ot.dist(Y)]
    given = dict(epsilon=0.1, alpha=0.3, random_state=0, stop_criterion="loss", log=True)
    Z, _, said = ot.gromov.entropic_fused_gromov_barycenters(3, features, relations, **given)
    assert abs(Z).max() > 0.1 and said["loss"][-1] < said["loss"][0]


@pytest.mark.parametrize("price", [1.0, (0.5, 2.0), (np.inf, 1.0)])
def test_steps_on_the_line_approach_the_unbalanced_plan(price):
    x, y = X[:, 0], Y[:, 0] + 1.0
    M = ot.dist(x[:, None], y[:, None])
    entropic, epsilon = ot.sinkhorn_unbalanced(A, 1.5 * B, M, 1e-3, price, stopThr=1e-10, numItermax=100_000), 1e-3
    prices = (price, price) if np.isscalar(price) else price
    value = (entropic * M).sum() + sum(
        rho * divergence(entropic.sum(axis=axis), w, "kl")
        for rho, axis, w in zip(prices, (1, 0), (A, 1.5 * B))
        if np.isfinite(rho)
    )
    *_, total, said = ot.uot_1d(x, y, price, A, 1.5 * B, numItermax=500, returnCost="total", log=True)
    # What the entropy can cost is its strength times that of the plan; what is left of the steps falls with their number.
    assert abs(total - value) < 10 * epsilon
    assert said["linear_cost"] <= total


def test_slices_bound_the_optimal_cost_from_above():
    Z, M = Y[:, :2], ot.dist(X, Y[:, :2])
    plans, costs = ot.sliced.sliced_plans(X, Z, A, B, n_projections=20, seed=1)
    for plan, cost in zip(plans, costs):
        assert cost == pytest.approx((plan.data * M[plan.rows, plan.cols]).sum())
    best, cost = ot.min_sliced_transport_plan(X, Z, A, B, n_projections=20, seed=1)
    assert cost == costs.min() >= ot.emd2(A, B, M) - 1e-12
    np.testing.assert_allclose(best.sum(axis=1), A, atol=1e-12)
    sparse, mean = ot.expected_sliced_plan(X, Z, A, B, n_projections=20, seed=1, dense=False)
    assert mean == pytest.approx((sparse.toarray() * M).sum())


def test_conditional_gradient_of_a_part_is_exact_without_a_penalty():
    M = ot.dist(X, Y[:, :2])
    stays = 1.0 - 0.6
    extended = (np.append(w, stays) for w in (A, B))
    plan = ot.optim.partial_cg(A, B, *extended, M, 0.0, lambda G: 0.0, np.zeros_like)
    assert (plan * M).sum() == pytest.approx(ot.partial.partial_wasserstein2(A, B, M, m=0.6), rel=1e-9)


def test_duals_on_the_line_pay_for_the_plan():
    f, g, cost = ot.emd_1d_dual_backprop(X, Y[:, :2], A, B, p=2)
    for k in range(2):
        M = (X[:, k, None] - Y[None, :, k]) ** 2
        assert (f[:, k, None] + g[None, :, k] <= M + 1e-12).all()
        assert A @ f[:, k] + B @ g[:, k] == pytest.approx(cost[k]) == ot.emd2(A, B, M)


def test_gaussians_of_few_axes_are_those_of_their_covariances():
    U, V = (np.linalg.qr(rng.randn(5, 2))[0] for _ in range(2))
    given = rng.randn(5), rng.randn(5), U, V, np.array([4.0, 2.0]), np.array([1.0, 3.0]), 0.5, 0.8
    Cs, Ct = (W * l @ W.T + s * np.eye(5) for W, l, s in zip(given[2:4], given[4:6], given[6:]))
    whole = ot.gaussian.bures_wasserstein_distance(*given[:2], Cs, Ct)
    assert ot.gaussian.bures_wasserstein_distance_hd(*given) == pytest.approx(whole, rel=1e-9)
    for one, other in zip(
        ot.gaussian.bures_wasserstein_mapping_hd(*given), ot.gaussian.bures_wasserstein_mapping(*given[:2], Cs, Ct)
    ):
        np.testing.assert_allclose(one, other, rtol=1e-8)
    with pytest.raises(thalweg.InputError, match="intrinsic dimension"):
        ot.gaussian.empirical_bures_wasserstein_distance_hd(rng.randn(9, 3), rng.randn(9, 3), 3)
