"""Transport between spaces, Gaussians, barycentres and estimators against closed forms and laws."""

import itertools

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot


def clouds(seed, n=6, m=7):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), rng.normal(size=(m, 3)), rng.random(n) + 0.2, rng.random(m) + 0.2


def distances(x):
    return ot.dist(x, x, "euclidean")


def objective(C1, C2, G):
    """``sum (C1_ik - C2_jl)^2 G_ij G_kl`` term by term."""
    total = 0.0
    for i, j, k, l in itertools.product(*(range(s) for s in (*G.shape, *G.shape))):  # noqa: E741
        total += (C1[i, k] - C2[j, l]) ** 2 * G[i, j] * G[k, l]
    return total


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_values_are_the_sum_over_all_quadruples(seed):
    x, y, p, q = clouds(seed, 4, 5)
    p, q = p / p.sum(), q / q.sum()
    C1, C2 = distances(x), distances(y)
    one_way = C1 * np.random.default_rng(seed).random(C1.shape)
    for first in (C1, one_way):
        G, log = ot.gromov.gromov_wasserstein(first, C2, p, q, log=True)
        assert log["gw_dist"] == pytest.approx(objective(first, C2, G), abs=1e-12)
        assert np.diff(log["loss"]).max() <= 1e-12
        np.testing.assert_allclose(G.sum(axis=1), p, atol=1e-12)
        np.testing.assert_allclose(G.sum(axis=0), q, atol=1e-12)
        # No vertex lies below along a straight line from a stationary plan: the duals bound the linear part.
        kept = ot.gromov.gromov_wasserstein2(first, C2, p, q, G0=G)
        assert kept == pytest.approx(log["gw_dist"], rel=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_turned_and_shuffled_space_is_the_same_space(seed):
    x, _, p, _ = clouds(seed, 8)
    p = p / p.sum()
    turn, order = np.array([[0.6, -0.8], [0.8, 0.6]]), np.random.default_rng(seed).permutation(8)
    y = (x @ turn + 3.0)[order]
    start = np.zeros((8, 8))
    start[order, np.arange(8)] = p[order]
    C1, C2 = distances(x), distances(y)
    assert ot.gromov_wasserstein2(C1, C2, p, p[order], G0=start) == pytest.approx(0.0, abs=1e-12)
    M = ot.dist(x, (y - 3.0) @ turn.T)
    fused = ot.fused_gromov_wasserstein(M, C1, C2, p, p[order], alpha=0.5)
    np.testing.assert_allclose(fused, start, atol=1e-12)
    # Without the quadratic part it is exact transport.
    np.testing.assert_allclose(
        ot.fused_gromov_wasserstein(M, C1, C2, p, p[order], alpha=0.0), ot.emd(p, p[order], M), atol=1e-12
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_entropic_plan_is_a_fixed_point_of_its_scheme(seed):
    x, y, p, q = clouds(seed)
    p, q = p / p.sum(), q / q.sum()
    C1, C2 = distances(x), distances(y)
    G = ot.gromov.entropic_gromov_wasserstein(C1, C2, p, q, epsilon=1.0, max_iter=5000, tol=1e-11)
    slope = 2 * ((C1**2 @ p)[:, None] + (C2**2 @ q)[None, :] - 2 * C1 @ G @ C2)
    np.testing.assert_allclose(ot.sinkhorn(p, q, slope, 1.0), G, atol=1e-7)


def test_threads_leave_the_bytes_and_budgets_hold():
    x, y, p, q = clouds(0, 90, 80)
    C1, C2 = distances(x), distances(y)
    plans = [ot.gromov_wasserstein(C1, C2, threads=t).tobytes() for t in (1, 2)]
    assert plans[0] == plans[1]
    with pytest.raises(thalweg.InputError, match="Gromov-Wasserstein transport needs about .* budget is 100.0 KiB"):
        ot.gromov_wasserstein(C1, C2, memory="100KiB")
    with pytest.raises(thalweg.InputError, match="no loss called .*square_loss"):
        ot.gromov_wasserstein(C1, C2, loss_fun="cubic")
    with pytest.raises(thalweg.InputError, match="6400|80"):
        ot.gromov_wasserstein(C1, C2[:, :7])
    with pytest.raises(thalweg.InputError, match="misses its marginals"):
        ot.gromov_wasserstein(C1, C2, G0=np.ones((90, 80)))
    with pytest.warns(thalweg.NotConvergedWarning, match="max_iter above 1"):
        ot.gromov_wasserstein(C1, C2, max_iter=1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gaussians_have_closed_forms(seed):
    rng = np.random.default_rng(seed)
    s, t = np.diag(rng.random(3) + 0.1), np.diag(rng.random(3) + 0.1)
    shift = rng.normal(size=3)
    # Commuting covariances: W2^2 is the shift and the difference of the roots.
    truth = np.sqrt((shift**2).sum() + ((np.sqrt(s.diagonal()) - np.sqrt(t.diagonal())) ** 2).sum())
    assert ot.gaussian.bures_wasserstein_distance(np.zeros(3), shift, s, t) == pytest.approx(truth)
    A, b = ot.gaussian.bures_wasserstein_mapping(np.zeros(3), shift, s, t)
    np.testing.assert_allclose(A, np.sqrt(t / np.where(s > 0, s, 1.0)), atol=1e-12)
    np.testing.assert_allclose(b, shift)
    root = (0.3 * np.sqrt(s.diagonal()) + 0.7 * np.sqrt(t.diagonal())) ** 2
    m, C = ot.gaussian.bures_wasserstein_barycenter(
        np.stack([np.zeros(3), shift]), np.stack([s, t]), weights=np.array([0.3, 0.7]), eps=1e-12
    )
    np.testing.assert_allclose(C, np.diag(root), atol=1e-10)
    np.testing.assert_allclose(m, 0.7 * shift)
    # A map between full covariances carries one onto the other and is symmetric.
    full = [w @ w.T + 0.1 * np.eye(3) for w in rng.normal(size=(2, 3, 3))]
    A, _ = ot.gaussian.bures_wasserstein_mapping(np.zeros(3), shift, *full)
    np.testing.assert_allclose(A @ full[0] @ A, full[1], atol=1e-9)
    np.testing.assert_allclose(A, A.T, atol=1e-9)
    with pytest.raises(thalweg.InputError, match="singular"):
        ot.gaussian.bures_wasserstein_mapping(shift, shift, np.diag([1.0, 1.0, 0.0]), t)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_histogram_near_a_barycentre_is_nearer(seed):
    rng = np.random.default_rng(seed)
    n, reg, shares = 9, 0.05, np.array([0.2, 0.8])
    M = ot.utils.dist0(n) / (n - 1) ** 2
    A = rng.random((n, 2)) + 0.05
    A /= A.sum(axis=0)

    def cost(b):
        return sum(w * ot.solve(M, a, b, reg, reg_type="entropy", tol=1e-13).value for w, a in zip(shares, A.T))

    b = ot.bregman.barycenter(A, M, reg, weights=shares, stopThr=1e-13, numItermax=100_000)
    assert b.sum() == pytest.approx(1.0)
    best = cost(b)
    for _ in range(8):
        step = rng.normal(size=n)
        step -= step.mean()
        assert cost(b + 1e-3 * b.min() * step / abs(step).max()) > best - 1e-12
    # The barycentre of one Dirac and of another, under squared distances, lies between them.
    far = np.zeros((n, 2))
    far[0, 0] = far[n - 1, 1] = 1.0
    exact = ot.lp.barycenter(far, M) if _has_scipy() else None
    assert exact is None or exact.argmax() == n // 2
    assert ot.bregman.barycenter(far, M, 0.01).argmax() == n // 2


def _has_scipy():
    try:
        import scipy  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_points_of_a_free_support_move_to_the_mean_of_shifted_clouds(seed):
    x = np.random.default_rng(seed).normal(size=(10, 2))
    shift = np.array([4.0, 0.0])
    found, log = ot.lp.free_support_barycenter([x, x + shift], [ot.unif(10)] * 2, x + 1.0, log=True)
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(x + shift / 2, axis=0), atol=1e-9)
    assert log["displacement_square_norms"][-1] <= 1e-7


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shuffled_samples_and_features_are_found_again(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(7, 4)) + 3 * np.arange(7)[:, None] + 10 * np.arange(4)
    i, j = rng.permutation(7), rng.permutation(4)
    P, Q, log = ot.coot.co_optimal_transport(x, x[i][:, j], log=True)
    assert log["distances"][-1] == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(P, np.eye(7)[:, i] / 7, atol=1e-12)
    np.testing.assert_allclose(Q, np.eye(4)[:, j] / 4, atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_estimators_undo_what_was_done(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 2))
    shift = np.array([5.0, -2.0])
    exact = ot.da.EMDTransport().fit(Xs=x, Xt=(x + shift)[rng.permutation(40)])
    np.testing.assert_allclose(exact.transform(Xs=x), x + shift, atol=1e-12)
    np.testing.assert_allclose(exact.transform(Xs=x + 1e-3), x + shift + 1e-3, atol=1e-12)
    np.testing.assert_allclose(exact.inverse_transform(Xt=exact.xt_), exact.xt_ - shift, atol=1e-12)
    affine = np.array([[1.5, 0.4], [0.4, 0.8]])
    linear = ot.da.LinearTransport(reg=0.0).fit(Xs=x, Xt=x @ affine + shift)
    np.testing.assert_allclose(linear.transform(Xs=x), x @ affine + shift, atol=1e-9)
    np.testing.assert_allclose(linear.inverse_transform(Xt=x @ affine + shift), x, atol=1e-9)
    sharp = ot.da.SinkhornTransport(reg_e=1e-3, max_iter=20_000).fit(Xs=x, Xt=x + shift)
    assert abs(sharp.transform(Xs=x) - x - shift).max() < 0.05
    labels = rng.integers(0, 3, size=40)
    told = ot.da.EMDTransport().fit(Xs=x, ys=labels, Xt=x + shift, yt=labels)
    assert (told.coupling_[labels[:, None] != labels[None, :]] == 0).all()
    np.testing.assert_allclose(told.transform_labels(labels), np.eye(3)[labels])
    assert told.get_params()["limit_max"] == 10 and told.set_params(norm="max").norm == "max"
    with pytest.raises(thalweg.InputError, match="Xs and Xt"):
        ot.da.EMDTransport().fit(Xs=x)
