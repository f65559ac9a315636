"""Closed forms and laws of what ``thalweg.ot`` offers beside POT's recorded values."""

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 2)), rng.normal(size=(6, 2))
A = rng.uniform(0.5, 1.5, 8)
A = A / A.sum()


def test_weak_transport_of_a_shift_costs_the_shift_and_to_a_spread_nothing():
    # Means can only move by the shift, which Jensen's inequality makes a bound, and the identity reaches it.
    plan, log = ot.weak_optimal_transport(X, X + [3.0, 4.0], A, A, log=True, numItermax=2000)
    assert log["loss"][-1] == pytest.approx(25.0, abs=1e-2)
    np.testing.assert_allclose([plan.sum(axis=1), plan.sum(axis=0)], [A, A], atol=1e-9)
    spread = np.concatenate([X + [0.5, 0.0], X - [0.5, 0.0]])
    _, log = ot.weak_optimal_transport(X, spread, A, np.concatenate([A, A]) / 2, log=True, numItermax=5000)
    assert log["loss"][-1] < 1e-2


def test_the_value_of_a_plan_of_low_rank_is_that_of_the_plan():
    Q, R, g, log = ot.lowrank_sinkhorn(X, Y, A, rank=3, rescale_cost=False, log=True)
    plan = log["lazy_plan"]
    np.testing.assert_allclose(plan[:], Q / g @ R.T)
    assert log["value_linear"] == pytest.approx((plan[:] * ot.dist(X, Y)).sum(), rel=1e-9)
    np.testing.assert_allclose(plan.sums(1), A, atol=1e-6)
    np.testing.assert_allclose(plan @ Y, plan[:] @ Y)
    np.testing.assert_allclose(plan[2], plan[:][2])


def test_the_linear_embedding_measures_the_distance_to_the_uniform_law():
    turns = rng.uniform(size=(200, 2)) ** 2
    exact = ot.semidiscrete_wasserstein2_unif_circle(turns)
    np.testing.assert_allclose(ot.linear_circular_ot(turns), exact, rtol=0.03)


def test_weights_stay_with_their_points_on_the_circle():
    turns, shares = rng.uniform(size=7), rng.dirichlet(np.ones(7))
    order = rng.permutation(7)
    one = ot.semidiscrete_wasserstein2_unif_circle(turns, shares)
    np.testing.assert_allclose(one, ot.semidiscrete_wasserstein2_unif_circle(turns[order], shares[order]))
    grid = (np.arange(4000) + 0.5) / 4000
    np.testing.assert_allclose(one, ot.wasserstein_circle(turns, grid, shares, p=2), rtol=1e-4)


def test_points_off_the_sphere_are_refused():
    with pytest.raises(thalweg.InputError, match="not on the unit sphere"):
        ot.sliced_wasserstein_sphere(X, X)


def test_a_batch_without_entropy_is_exact():
    M = rng.uniform(size=(4, 5, 6))
    found = ot.solve_batch(M)
    np.testing.assert_allclose(found.value, [ot.emd2([], [], m) for m in M])
    np.testing.assert_allclose(found.plan.sum(axis=2), 0.2)
    clouds = rng.normal(size=(3, 5, 2)), rng.normal(size=(3, 6, 2))
    np.testing.assert_allclose(ot.dist_batch(*clouds), [ot.dist(x, y) for x, y in zip(*clouds)])


def test_unbalanced_values_are_the_whole_objective():
    M, b, reg, price = ot.dist(X, Y), rng.uniform(0.1, 0.5, 6), 0.7, 1.3
    plan, log = ot.sinkhorn_unbalanced(A, b, M, reg, price, stopThr=1e-12, log=True)

    def divergence(p, q):
        return (p * np.log(p / q)).sum() - p.sum() + q.sum()

    def objective(G):
        missed = divergence(G.sum(axis=1), A) + divergence(G.sum(axis=0), b)
        return (G * M).sum() + reg * divergence(G, np.outer(A, b)) + price * missed

    assert log["total_cost"] == pytest.approx(objective(plan), rel=1e-9)
    assert ot.solve(M, A, b, reg=reg, unbalanced=price, tol=1e-12).value == pytest.approx(objective(plan), rel=1e-9)
    assert ot.solve_sample(X, Y, A, b, reg=reg, unbalanced=price, tol=1e-12, lazy=True).value == pytest.approx(
        objective(plan), rel=1e-9
    )
    for _ in range(20):
        assert objective(plan * np.exp(1e-2 * rng.normal(size=plan.shape))) > objective(plan)


@pytest.mark.parametrize(
    "call",
    [
        lambda p, M: ot.partial.entropic_partial_wasserstein(p, p, np.full((8, 8), 1e300), 1e-300, m=0.5),
        lambda p, M: ot.unbalanced.mm_unbalanced(p, p, -1e4 * M, 1.0),
    ],
)
def test_what_overflows_is_said(call):
    with pytest.raises(thalweg.FailedError, match="not finite"):
        call(ot.unif(8), ot.dist(X, X) + 1.0)


def test_the_value_between_spaces_has_its_entropy():
    C1, C2, reg = ot.dist(X, X), ot.dist(Y, Y), 0.5
    found = ot.solve_gromov(C1, C2, reg=reg)
    G = found.plan
    apart = (C1[:, None, :, None] - C2[None, :, None, :]) ** 2
    assert found.value_quad == pytest.approx(np.einsum("ij,kl,ijkl", G, G, apart), rel=1e-9)
    assert found.value == pytest.approx(found.value_quad + reg * (G * np.log(G)).sum(), rel=1e-9)
    assert found.value_linear == 0


def test_kernels_that_underflow_give_the_barycentre_that_shorter_ones_tend_to():
    grid = np.linspace(0.0, 1.0, 40)
    M = np.subtract.outer(grid, grid) ** 2
    hills = np.stack([np.exp(-((grid - c) ** 2) / 0.005) for c in (0.3, 0.7)], axis=1)
    hills = hills / hills.sum(axis=0)
    # Between equal hills the displaced hill lies halfway; exponents go to -1000.
    found = ot.bregman.barycenter_debiased(hills, M, 1e-3, stopThr=1e-8)
    assert found.sum() == pytest.approx(1.0, abs=1e-3) and found @ grid == pytest.approx(0.5, abs=1e-3)
    assert found @ (grid - 0.5) ** 2 == pytest.approx(hills[:, 0] @ (grid - 0.3) ** 2, rel=0.05)
    loose = ot.unbalanced.barycenter_unbalanced(hills, M, 1e-3, 1e3, numItermax=5000)
    assert np.isfinite(loose).all() and loose @ grid / loose.sum() == pytest.approx(0.5, abs=1e-3)
