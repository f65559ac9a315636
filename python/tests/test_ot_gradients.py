"""Derivatives through torch against finite differences of the same values, and refusals where there are none."""

import numpy as np
import pytest


import thalweg
import thalweg.ot as ot

torch = pytest.importorskip("torch")

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 2)), rng.normal(size=(6, 2))
A, B = rng.uniform(0.5, 1.5, 5), rng.uniform(0.5, 1.5, 6)
A, B = A / A.sum(), B / B.sum()
W = rng.normal(size=(5, 6))
TIGHT = dict(stopThr=1e-13, numItermax=20_000)
STEP = 1e-6


def weighted(plan):
    """A number that depends on every entry of a plan."""
    return (plan * (torch.tensor(W) if isinstance(plan, torch.Tensor) else W)).sum()


def loose(a, b, M, **given):
    return ot.sinkhorn_unbalanced(a, b, M, 0.7, **given, **TIGHT)


def total(a, b, M, **given):
    return ot.unbalanced.sinkhorn_unbalanced2(a, b, M, 0.7, 1.0, returnCost="total", **given, **TIGHT)


VALUES = {
    "exact": lambda x, y, a, b: ot.emd2(a, b, ot.dist(x, y)),
    "exact euclidean": lambda x, y, a, b: ot.emd2(a, b, ot.dist(x, y, "euclidean")),
    "exact cityblock": lambda x, y, a, b: ot.emd2(a, b, ot.dist(x, y, "cityblock")),
    "exact cosine": lambda x, y, a, b: ot.emd2(a, b, ot.dist(x, y, "cosine")),
    "exact lazy": lambda x, y, a, b: ot.emd2_lazy(x, y, a, b, return_matrix=False),
    "exact lazy euclidean": lambda x, y, a, b: ot.emd2_lazy(x, y, a, b, metric="euclidean", return_matrix=False),
    "within": lambda x, y, a, b: ot.emd2(a, a.flip(0) if hasattr(a, "flip") else a[::-1].copy(), ot.dist(x)),
    "sinkhorn2": lambda x, y, a, b: ot.sinkhorn2(a, b, ot.dist(x, y), 0.7, **TIGHT),
    "sinkhorn": lambda x, y, a, b: weighted(ot.sinkhorn(a, b, ot.dist(x, y), 0.7, **TIGHT)),
    "empirical": lambda x, y, a, b: ot.bregman.empirical_sinkhorn2(x, y, 0.7, a, b, stopThr=1e-13),
    "divergence": lambda x, y, a, b: ot.bregman.empirical_sinkhorn_divergence(x, y, 0.7, a, b, stopThr=1e-13),
    "solve value": lambda x, y, a, b: ot.solve_sample(x, y, a, b, reg=0.7, tol=1e-13).value,
    "solve linear": lambda x, y, a, b: ot.solve_sample(x, y, a, b, reg=0.7, tol=1e-13).value_linear,
    "solve lazy": lambda x, y, a, b: ot.solve_sample(x, y, a, b, reg=0.7, tol=1e-13, lazy=True).value,
    "solve exact": lambda x, y, a, b: ot.solve_sample(x, y, a, b).value,
    "solve exact lazy": lambda x, y, a, b: ot.solve_sample(x, y, a, b, lazy=True).value,
    "unbalanced": lambda x, y, a, b: weighted(loose(a, b, ot.dist(x, y), reg_m=1.0)),
    "unbalanced pair": lambda x, y, a, b: weighted(loose(a, b, ot.dist(x, y), reg_m=(0.5, 2.0))),
    "semi-relaxed": lambda x, y, a, b: weighted(loose(a, b, ot.dist(x, y), reg_m=(float("inf"), 2.0))),
    "unbalanced entropy": lambda x, y, a, b: weighted(loose(a, b, ot.dist(x, y), reg_m=1.0, reg_type="entropy")),
    "unbalanced total": lambda x, y, a, b: total(a, b, ot.dist(x, y)),
    "unbalanced total entropy": lambda x, y, a, b: total(a, b, ot.dist(x, y), reg_type="entropy"),
    "line 1": lambda x, y, a, b: ot.wasserstein_1d(x[:, 0], y[:, 0], a, b, p=1),
    "line 2": lambda x, y, a, b: ot.wasserstein_1d(x, y, a, b, p=2).sum(),
    "line cost": lambda x, y, a, b: ot.emd2_1d(x[:, 0], y[:, 0], a, b),
    "sliced": lambda x, y, a, b: ot.sliced_wasserstein_distance(x, y, a, b, seed=0),
    "sliced 1": lambda x, y, a, b: ot.sliced_wasserstein_distance(x, y, a, b, p=1, seed=0),
    "max sliced": lambda x, y, a, b: ot.max_sliced_wasserstein_distance(x, y, a, b, seed=0),
    "kernel": lambda x, y, a, b: weighted(ot.utils.kernel(x, y, sigma=1.5)),
    "partial spaces": lambda x, y, a, b: ot.gromov.partial_gromov_wasserstein2(ot.dist(x), ot.dist(y), m=0.7),
    "semi-relaxed spaces": lambda x, y, a, b: ot.gromov.semirelaxed_gromov_wasserstein2(ot.dist(x), ot.dist(y)),
    "sphere": lambda x, y, a, b: ot.sliced_wasserstein_sphere_unif(x / (x**2).sum(1)[:, None] ** 0.5, seed=0),
    "batch": lambda x, y, a, b: ot.solve_sample_batch(x[None], y[None], 0.7, a[None], b[None], tol=1e-13).value[0],
    "unbalanced features": lambda x, y, a, b: ot.gromov.unbalanced_co_optimal_transport2(
        x, y, a, None, b, None, (1.0, 2.0), 0.3, rescale_plan=False, max_iter=2000, tol=1e-13, tol_ot=1e-14,
        max_iter_ot=20_000,
    ),
    "unbalanced spaces": lambda x, y, a, b: ot.gromov.fused_unbalanced_gromov_wasserstein2(
        ot.dist(x) / 9, ot.dist(y) / 9, a, b, 1.0, 0.3, alpha=0.4, M=ot.dist(x, y), tol=1e-13, tol_ot=1e-14,
        max_iter_ot=20_000,
    ),
    "batch of spaces": lambda x, y, a, b: ot.solve_gromov_batch(
        ot.dist(x)[None] / 9, ot.dist(y)[None] / 9, 0.05, a, b, M=ot.dist(x, y)[None], alpha=0.6, max_iter=3000,
        tol=1e-16, tol_inner=1e-14, max_iter_inner=20_000,
    ).value[0],
    "cheapest slice": lambda x, y, a, b: ot.min_sliced_transport_plan(x, y, None, None, n_projections=9, seed=0)[1],
    "mean of slices": lambda x, y, a, b: ot.expected_sliced_plan(
        x, y, None, None, n_projections=9, seed=0, beta=0.4, metric="euclidean"
    )[1],
    "partial": lambda x, y, a, b: ot.partial.partial_wasserstein2(None, None, ot.dist(x, y), m=0.5),
}


@pytest.mark.parametrize("name", VALUES)
def test_derivatives_are_those_of_the_value(name):
    inputs = [X, Y, A, B]
    tensors = [torch.tensor(z, requires_grad=True) for z in inputs]
    value = VALUES[name](*tensors)
    assert float(value.detach()) == pytest.approx(float(VALUES[name](*inputs)), rel=1e-9)
    value.backward()
    for k, (z, tensor) in enumerate(zip(inputs, tensors)):
        if tensor.grad is None:
            continue
        direction = rng.normal(size=z.shape)
        # Weights can only move without changing their sum.
        direction = direction - direction.mean() if k >= 2 else direction
        ahead, behind = (
            float(VALUES[name](*[w + s * STEP * direction if i == k else w for i, w in enumerate(inputs)]))
            for s in (1.0, -1.0)
        )
        along = float((tensor.grad.numpy() * direction).sum())
        assert along == pytest.approx((ahead - behind) / 2 / STEP, rel=1e-4, abs=1e-7), "x y a b".split()[k]


def test_a_cloud_is_carried_onto_another_by_its_gradient():
    x, target = torch.tensor(X, requires_grad=True), torch.tensor(X + [2.0, 0.0])
    for _ in range(200):
        ot.sinkhorn2([], [], ot.dist(x, target), 0.05).backward()
        with torch.no_grad():
            x -= 0.5 * x.grad
        x.grad = None
    assert float(ot.emd2([], [], ot.dist(x.detach(), target))) < 1e-2


def test_single_precision_and_directions():
    x = torch.tensor(X, dtype=torch.float32, requires_grad=True)
    directions = torch.tensor([[1.0, 0.6], [0.0, 0.8]], requires_grad=True)
    value = ot.sliced_wasserstein_distance(x, torch.tensor(Y, dtype=torch.float32), projections=directions)
    value.backward()
    assert value.dtype == x.grad.dtype == directions.grad.dtype == torch.float32
    moved = [
        ot.sliced_wasserstein_distance(X, Y, projections=np.array([[1.0, 0.6 + s], [0.0, 0.8]])) for s in (1e-5, -1e-5)
    ]
    assert float(directions.grad[0, 1]) == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=1e-3)


def test_nothing_is_joined_under_no_grad():
    M = torch.tensor(ot.dist(X, Y), requires_grad=True)
    with torch.no_grad():
        assert not ot.sinkhorn([], [], M, 1.0).requires_grad and not ot.emd2([], [], M).requires_grad


@pytest.mark.parametrize(
    "call",
    [
        lambda x, M: ot.dist(x, x, "canberra"),
        lambda x, M: ot.dist(x, x, lambda u, v: 0.0),
        lambda x, M: ot.sinkhorn([], [], M, x.sum() ** 2),
        lambda x, M: ot.bregman.empirical_sinkhorn2(x, x, 1.0, isLazy=True),
        lambda x, M: ot.barycenter(M / M.sum(0), ot.dist(X, X), 1.0),
        lambda x, M: ot.partial.entropic_partial_wasserstein([], [], M, 1.0, 0.5),
        lambda x, M: ot.unbalanced.mm_unbalanced2([], [], M, 1.0),
        lambda x, M: ot.gromov.entropic_gromov_wasserstein2(ot.dist(x), ot.dist(X), epsilon=1.0),
        lambda x, M: ot.gaussian.empirical_bures_wasserstein_distance(x, Y),
        lambda x, M: ot.utils.cost_normalization(M, "max"),
        lambda x, M: ot.lowrank_sinkhorn(x, x, rank=2),
        lambda x, M: ot.sliced_wasserstein_sphere(x, x),
    ],
)
def test_what_has_no_derivative_refuses_to_lose_it(call):
    with pytest.raises(thalweg.InputError, match="cannot be differentiated"):
        call(torch.tensor(X, requires_grad=True), torch.tensor(ot.dist(X, Y), requires_grad=True))
