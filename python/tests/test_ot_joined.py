"""Many measures at once, against brute force and programmes."""

import itertools

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot

rng = np.random.default_rng(0)


def test_partial_plans_on_the_line_are_the_best_of_their_size():
    x, y = rng.normal(size=6), rng.normal(size=5)
    for p in (1, 2):
        i, j, costs = ot.partial.partial_wasserstein_1d(x, y, p=p)
        for k in range(1, 6):
            best = min(
                (np.abs(np.sort(x[list(a)]) - np.sort(y[list(b)])) ** p).sum()
                for a in itertools.combinations(range(6), k)
                for b in itertools.combinations(range(5), k)
            )
            assert sum(costs[:k]) == pytest.approx(best)
            assert (np.abs(np.sort(x[i[:k]]) - np.sort(y[j[:k]])) ** p).sum() == pytest.approx(best)
    with pytest.raises(thalweg.InputError, match="7 pairs of 6 and 5"):
        ot.partial.partial_wasserstein_1d(x, y, 7)


def test_points_that_coincide_are_chosen_one_by_one():
    i, j, costs = ot.partial.partial_wasserstein_1d(np.zeros(4), np.zeros(3))
    assert sorted(j) == [0, 1, 2] and len(set(i)) == 3 and costs == [0.0, 0.0, 0.0]


def test_glued_plans_have_their_marginals():
    a = rng.dirichlet(np.ones(5))
    plans = [ot.emd(a, rng.dirichlet(np.ones(m)), rng.random((5, m))) for m in (4, 6, 3)]
    J, w, log = ot.lp.NorthWestMMGluing(plans, log=True)
    for k, G in enumerate(plans):
        np.testing.assert_allclose(np.bincount(J[:, k], w, G.shape[1]), G.sum(axis=0), atol=1e-12)
        others = tuple(d + 1 for d in range(3) if d != k)
        np.testing.assert_allclose(log["gamma"].sum(axis=others), G, atol=1e-12)


def test_joint_transport_on_a_grid_is_the_linear_programme():
    optimize = pytest.importorskip("scipy.optimize")
    A = rng.dirichlet(np.ones(5), size=3).T
    value, log = ot.lp.dmmot_monge_1dgrid_loss(A, log=True)
    places = np.array(list(itertools.product(range(5), repeat=3)))
    rows = [(places[:, k] == i).astype(float) for k in range(3) for i in range(5)]
    found = optimize.linprog(np.ptp(places, axis=1), A_eq=np.array(rows), b_eq=A.T.ravel())
    assert value == pytest.approx(found.fun) and log["dual objective"] == pytest.approx(value)
    # The duals never ask for more than a joint place costs.
    sums = sum(log["dual"][k][places[:, k]] for k in range(3))
    assert (sums <= np.ptp(places, axis=1) + 1e-12).all()
    moved = np.stack(ot.lp.dmmot_monge_1dgrid_optimize(A, niters=200, lr_init=1e-3), axis=1)
    assert ot.lp.dmmot_monge_1dgrid_loss(moved) < 0.9 * value


def test_a_barycentre_under_general_costs_without_its_function_comes_near_the_one_with_it():
    torch = pytest.importorskip("torch")
    clouds = [torch.tensor(rng.normal(size=(6, 2)) + k) for k in range(2)]
    given = [torch.full((6,), 1 / 6, dtype=torch.float64)] * 2
    squares = lambda X, Y: ((X[:, None] - Y[None]) ** 2).sum(-1)
    known = ot.lp.free_support_barycenter_generic_costs(clouds, given, clouds[0], squares, lambda Y: sum(Y) / 2)
    found = ot.lp.free_support_barycenter_generic_costs(
        clouds, given, clouds[0], squares, ground_bary_lr=0.1, ground_bary_stopThr=1e-12
    )
    torch.testing.assert_close(found, known, atol=1e-4, rtol=0)
    with pytest.raises(thalweg.InputError, match="ground_bary is needed"):
        ot.lp.free_support_barycenter_generic_costs(clouds, given, clouds[0].numpy(), squares)


def test_smooth_potentials_give_the_plan_of_the_named_penalty():
    a, b, M = ot.unif(5), ot.unif(4), rng.random((5, 4))
    penalty = ot.smooth.NegEntropy(0.3)
    alpha, beta, _ = ot.smooth.solve_dual(a, b, M, penalty, tol=1e-14)
    plan = ot.smooth.get_plan_from_dual(alpha, beta, M, penalty)
    np.testing.assert_allclose(plan, ot.sinkhorn(a, b, M, 0.3, stopThr=1e-12), atol=1e-6)


def test_a_uniform_law_on_a_segment_is_shared_out_in_order():
    weights, places = np.array([0.2, 0.5, 0.3]), np.array([[0.9], [0.1], [0.4]])
    generator = np.random.default_rng(0)
    found = ot.semidiscrete.solve_semidiscrete(
        places, lambda k: generator.random((k, 1)), weights, max_iter=20000, max_cost=1.0
    )
    # In order of their places the targets take intervals as long as their weights; at their ends two potentials balance.
    ends = {(1, 2): 0.5, (2, 0): 0.8}
    for (left, right), x in ends.items():
        gap = (x - places[right, 0]) ** 2 - (x - places[left, 0]) ** 2
        assert abs((found[right] - found[left]) - gap) < 0.02
    grid = ((np.arange(1000) + 0.5) / 1000)[:, None]
    shares = ot.semidiscrete.semidiscrete_atom_weights(places, grid, found, weights)
    np.testing.assert_allclose(shares.mean(axis=0), weights, atol=0.02)
    assert set(ot.semidiscrete.semidiscrete_ot_map(places, grid, found, weights).ravel()) <= set(places.ravel())


def test_what_was_not_fitted_scales_nothing():
    with pytest.raises(thalweg.NotFittedError, match="DataScaler is not fitted"):
        ot.utils.DataScaler().transform(rng.random((3, 2)))
    with pytest.raises(thalweg.InputError, match="scales nothing"):
        ot.utils.apply_scaler(rng.random((3, 2)), rng.random((3, 2)), 3)


def test_a_cloud_parted_by_mass_keeps_it():
    a = rng.dirichlet(np.ones(9))
    X = rng.random((9, 2))
    first, second, a1, a2, rows1, rows2 = ot.utils.split_sample_ratio(X, a, 0.3, True, 0)
    assert a1.sum() == pytest.approx(0.3) and a2.sum() == pytest.approx(0.7)
    np.testing.assert_allclose(np.bincount(rows1, a1, 9) + np.bincount(rows2, a2, 9), a)
    np.testing.assert_array_equal(first, X[rows1])
