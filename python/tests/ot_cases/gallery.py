"""What the scripts of POT's gallery compute, on fewer points; each gives a few figures of its result."""

import numpy as np

from ._data import A, B, M, X, Y
from ._registry import case


@case("gallery: 1D distributions")
def _(ot):
    n = 40
    x = np.arange(n, dtype=np.float64)
    a, b = ot.datasets.make_1D_gauss(n, m=8, s=2), ot.datasets.make_1D_gauss(n, m=24, s=4)
    M = ot.dist(x.reshape((n, 1)), x.reshape((n, 1)))
    M /= M.max()
    G0 = ot.emd(a, b, M)
    Gs = ot.sinkhorn(a, b, M, 1e-2, stopThr=1e-12, numItermax=10000)
    return [(G0 * M).sum(), (Gs * M).sum(), (x @ Gs @ x), (x @ G0 @ x)]


@case("gallery: 2D samples")
def _(ot):
    xs = ot.datasets.make_2D_samples_gauss(20, np.array([0, 0]), np.array([[1, 0], [0, 1]]), random_state=1)
    xt = ot.datasets.make_2D_samples_gauss(20, np.array([4, 4]), np.array([[1, -0.8], [-0.8, 1]]), random_state=2)
    a, b = np.ones((20,)) / 20, np.ones((20,)) / 20
    M = ot.dist(xs, xt)
    G0 = ot.emd(a, b, M)
    return [ot.emd2(a, b, M), ot.sinkhorn2(a, b, M / M.max(), 1e-1), *(G0 @ xt).mean(axis=0)]


@case("gallery: L1 against L2")
def _(ot):
    theta = np.linspace(0, 2 * np.pi, 15, endpoint=False)
    xs = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    xt = 0.6 * xs[:, ::-1] + np.array([0.3, 1.0])
    a = ot.unif(15)
    costs = [ot.dist(xs, xt, metric="euclidean"), ot.dist(xs, xt), np.sqrt(ot.dist(xs, xt, metric="euclidean"))]
    return [ot.emd2(a, a, M) for M in costs]


@case("gallery: many histograms")
def _(ot):
    n = 30
    x = np.arange(n, dtype=np.float64)
    a = ot.datasets.make_1D_gauss(n, m=20, s=5)
    B = np.stack([ot.datasets.make_1D_gauss(n, m=m, s=5) for m in (5, 12, 18, 25)], axis=1)
    M = ot.dist(x.reshape((n, 1)), x.reshape((n, 1)), "euclidean")
    M2 = ot.dist(x.reshape((n, 1)), x.reshape((n, 1)), "sqeuclidean")
    M, M2 = M / M.max(), M2 / M2.max()
    return [*ot.emd2(a, B, M), *ot.emd2(a, B, M2), *ot.sinkhorn2(a, B, M2, 1e-1)]


@case("gallery: unbalanced 1D")
def _(ot):
    n = 30
    x = np.arange(n, dtype=np.float64)
    a, b = ot.datasets.make_1D_gauss(n, m=6, s=2), 5.0 * ot.datasets.make_1D_gauss(n, m=18, s=3)
    M = ot.dist(x.reshape((n, 1)), x.reshape((n, 1)))
    M /= M.max()
    G = ot.unbalanced.sinkhorn_unbalanced(a, b, M, 0.1, 1.0, stopThr=1e-12)
    return [G.sum(), *G.sum(axis=1)[:8], *G.sum(axis=0)[15:20]]


@case("gallery: partial")
def _(ot):
    rng = np.random.RandomState(42)
    xs = np.concatenate([rng.randn(10, 2), rng.randn(2, 2) + 8.0])
    xt = rng.randn(12, 2) + np.array([2.0, 0.0])
    M = ot.dist(xs, xt)
    p = ot.unif(12)
    w, log = ot.partial.partial_wasserstein2(p, p, M, m=0.5, log=True)
    return [w, *log["T"].sum(axis=1), ot.partial.entropic_partial_wasserstein(p, p, M, reg=1.0, m=0.5).sum()]


@case("gallery: spheres of other dimensions")
def _(ot):
    rng = np.random.RandomState(3)
    xs, xt = rng.randn(12, 2), rng.randn(12, 3) @ np.array([[1, 0, 0], [0.5, 1, 0], [0.5, 0.5, 1.0]])
    C1, C2 = ot.dist(xs, xs, "euclidean"), ot.dist(xt, xt, "euclidean")
    C1, C2 = C1 / C1.max(), C2 / C2.max()
    p = ot.unif(12) * np.linspace(0.7, 1.3, 12)
    gw0, log = ot.gromov.gromov_wasserstein(C1, C2, p, p, "square_loss", log=True)
    return [log["gw_dist"], *gw0.max(axis=1)]


@case("gallery: fused")
def _(ot):
    rng = np.random.RandomState(5)
    n, m = 10, 14
    xs, xt = rng.rand(n, 1) + np.arange(n)[:, None] / 5, rng.rand(m, 1) + np.arange(m)[:, None] / 7
    ys, yt = np.arange(n)[:, None] + 0.1 * rng.randn(n, 1), np.arange(m)[:, None] + 0.1 * rng.randn(m, 1)
    C1, C2, M = ot.dist(ys), ot.dist(yt), ot.dist(xs, xt)
    return ot.gromov.fused_gromov_wasserstein(M, C1, C2, ot.unif(n), ot.unif(m), loss_fun="square_loss", alpha=1e-3)


@case("gallery: free support barycenter")
def _(ot):
    rng = np.random.RandomState(7)
    clouds = [rng.randn(8, 2) + np.array([k, 0.5 * k]) for k in range(3)]
    return ot.lp.free_support_barycenter(clouds, [ot.unif(8)] * 3, rng.randn(4, 2), ot.unif(4))


@case("gallery: 1D barycenter", 1e-5)
def _(ot):
    n = 30
    x = np.arange(n, dtype=np.float64).reshape((n, 1))
    A = np.vstack((ot.datasets.make_1D_gauss(n, m=8, s=3), ot.datasets.make_1D_gauss(n, m=18, s=5))).T
    M = ot.utils.dist0(n)
    M = M / M.max()
    return ot.bregman.barycenter(A, M, 1e-3, weights=np.array([0.5, 0.5]), stopThr=1e-9, numItermax=100000) @ x


@case("gallery: domain adaptation")
def _(ot):
    Xs, ys = ot.datasets.make_data_classif("3gauss", 15, random_state=0)
    Xt, _ = ot.datasets.make_data_classif("3gauss2", 12, random_state=1)
    emd = ot.da.EMDTransport().fit(Xs=Xs, Xt=Xt)
    sinkhorn = ot.da.SinkhornTransport(reg_e=1e-1, norm="max", tol=1e-12, max_iter=100000).fit(Xs=Xs, Xt=Xt)
    return np.vstack([emd.transform(Xs=Xs), sinkhorn.transform(Xs=Xs)])


# Conditional gradient ends where a step changes little, not where it is done.
@case("gallery: a penalty of one's own", 1e-5)
def _(ot):
    plan, log = ot.optim.cg(A, B, M, 5.0, lambda G: 0.5 * (G**2).sum(), lambda G: G, log=True, numItermax=1000)
    penalty = (lambda G: 0.5 * (G**2).sum(), lambda G: G)
    return [log["loss"][0], log["loss"][-1], ot.solve(M, A, B, reg=5.0, reg_type=penalty).value]


@case("gallery: linear mapping")
def _(ot):
    rng = np.random.RandomState(0)
    xs = rng.randn(30, 2)
    xt = rng.randn(30, 2) @ np.array([[1.5, 0.7], [0.7, 1.5]]) + np.array([4.0, 2.0])
    mapping = ot.da.LinearTransport().fit(Xs=xs, Xt=xt)
    return np.vstack([mapping.transform(Xs=xs), mapping.inverse_transform(Xt=xt)])


@case("gallery: sliced")
def _(ot):
    rng = np.random.RandomState(0)
    xs, xt = rng.randn(50, 2), rng.randn(50, 2) * 0.7 + 1.0
    return [
        ot.sliced_wasserstein_distance(xs, xt, seed=seed, n_projections=k) for seed in range(3) for k in (1, 10, 50)
    ]


@case("gallery: quick start")
def _(ot):
    full, entropic = ot.solve_sample(X, Y, A, B), ot.solve_sample(X, Y, A, B, reg=0.5)
    loose = ot.solve(ot.dist(X, Y), A, 2 * B, reg=0.5, unbalanced=3.0, method="sinkhorn")
    return [full.value, entropic.value_linear, loose.value_linear, *full.marginal_b, *loose.marginal_b]
