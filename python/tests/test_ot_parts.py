"""Spaces in parts and as mixtures: what holds whatever POT gives."""

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 2)), rng.normal(size=(10, 3))
C1, C2 = ot.dist(X, X), ot.dist(Y, Y)
p, q = rng.dirichlet(np.ones(12)), rng.dirichlet(np.ones(10))


@pytest.mark.parametrize("alpha, how", [(1.0, "random"), (0.5, "random"), (0.5, "louvain_fused")])
def test_a_quantised_plan_has_its_points_in_the_order_of_the_caller(alpha, how):
    if how != "random":
        pytest.importorskip("networkx")
    given = dict(F1=X, F2=Y[:, :2], alpha=alpha, part_method=how, log=True)
    over, local, T, log = ot.gromov.quantized_fused_gromov_wasserstein(C1, C2, 4, 3, p, q, **given)
    np.testing.assert_allclose(T.sum(axis=1), p, atol=1e-12)
    np.testing.assert_allclose(T.sum(axis=0), q, atol=1e-12)
    assert sum(over[k] * G.sum() for k, G in local.items()) == pytest.approx(1.0)
    best = ot.fused_gromov_wasserstein2(ot.dist(X, Y[:, :2]), C1, C2, p, q, alpha=alpha, G0=T)
    assert log["qFGW_dist"] >= best - 1e-12


def test_points_that_are_parts_of_their_own_are_matched_as_they_are():
    T = ot.gromov.quantized_fused_gromov_wasserstein_samples(X, Y, 12, 10, p, q)[2]
    np.testing.assert_allclose(T, ot.gromov_wasserstein(C1, C2, p, q), atol=1e-12)


def test_fluid_parts_are_connected_and_of_the_number_that_was_asked_for():
    pytest.importorskip("networkx")
    ring = np.abs(np.subtract.outer(np.arange(12), np.arange(12))) % 10 == 1
    part = ot.gromov.get_graph_partition(ring.astype(float), 3, "fluid")
    assert set(part) == {0.0, 1.0, 2.0}
    with pytest.raises(thalweg.InputError, match="no part_method"):
        ot.gromov.get_graph_partition(C1, 3, "tea leaves")


def test_a_mixture_of_atoms_is_unmixed_into_its_shares():
    atoms = np.stack([ot.dist(z, z) for z in (X[:6], X[6:], Y[:6, :2])])
    shares = np.array([0.2, 0.0, 0.8])
    mixture = np.tensordot(shares, atoms, 1)
    w, C, T, loss = ot.gromov.gromov_wasserstein_linear_unmixing(mixture, atoms, tol_outer=1e-12, tol_inner=1e-12)
    assert w.sum() == pytest.approx(1.0) and (w >= 0).all()

    def value(C):
        return float(ot.gromov.gwloss(*ot.gromov.init_matrix(mixture, C, ot.unif(6), ot.unif(6)), T))

    # At the plan the shares are the best ones.
    assert loss == pytest.approx(value(C)) and loss <= min(map(value, atoms))
    for other in rng.dirichlet(np.ones(3), size=20):
        assert value(np.tensordot(other, atoms, 1)) >= loss - 1e-9


def test_learning_lowers_the_loss():
    spaces = [C1[:6, :6], C1[6:, 6:], C2[:6, :6]]
    _, log = ot.gromov.gromov_wasserstein_dictionary_learning(
        spaces, 2, 4, epochs=15, batch_size=3, learning_rate=0.1, random_state=0
    )
    assert log["loss_epochs"][-1] < log["loss_epochs"][0] and len(log["loss_batches"]) == 15


@pytest.mark.parametrize("symmetric", [True, False])
def test_line_searches_find_the_least_value_on_the_way(symmetric):
    first, second = (C1, C2) if symmetric else (C1 + np.triu(np.ones((12, 12))), C2)
    constant, h1, h2 = ot.gromov.init_matrix(first, second, p, q)
    G = np.outer(p, q)
    D = ot.emd(p, q, rng.random((12, 10))) - G
    M = rng.random((12, 10))
    value = lambda t: float((M * (G + t * D)).sum() + 0.7 * ot.gromov.gwloss(constant, h1, h2, G + t * D))
    step, _, cost = ot.gromov.solve_gromov_linesearch(G, D, value(0.0), h1, h2, M, 0.7, symmetric=symmetric)
    # Along the way the constant part pays the same slope as at the start.
    assert cost == pytest.approx(value(step)) and cost <= min(map(value, np.linspace(0, 1, 101))) + 1e-9
