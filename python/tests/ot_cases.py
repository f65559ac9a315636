"""Computations that scripts written for POT make, on small data with fixed seeds.

Each is a function of a module that may be POT or ``thalweg.ot``. What POT gives lies in ``ot_recorded.json`` with its
version; ``python ot_cases.py`` writes it anew.
"""

import json
import pathlib
import warnings

import numpy as np
import pytest

RECORDED = pathlib.Path(__file__).with_name("ot_recorded.json")
CASES = {}
# Where POT stops short of, or rounds away from, what it computes; the reason stands beside the case.
TOLERANCES = {}

rng = np.random.RandomState(0)
X, Y = rng.randn(7, 2), rng.randn(9, 2) + 1.0
A, B = rng.rand(7) + 0.1, rng.rand(9) + 0.1
A, B = A / A.sum(), B / B.sum()
M = ((X[:, None] - Y[None]) ** 2).sum(axis=2)
HISTOGRAMS = np.stack([B, np.full(9, 1 / 9)], axis=1)
POSITIVE = np.abs(X) + 0.1, np.abs(Y) + 0.1
REFERENCE = np.outer(A, B) * (0.5 + rng.rand(7, 9))
DIRECTIONS = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]])


def case(name, tolerance=None):
    def keep(function):
        CASES[name] = function
        if tolerance is not None:
            TOLERANCES[name] = tolerance
        return function

    return keep


def each(name, values, tolerance=None):
    """One case for every value."""

    def keep(function):
        for value in values:
            case(f"{name} {value}", tolerance)(lambda ot, value=value: function(ot, value))
        return function

    return keep


def sums(potentials):
    """What is unique of two potentials."""
    return np.asarray(potentials[0])[:, None] + np.asarray(potentials[1])[None, :]


def _simplex(b):
    b = np.maximum(b, 0)
    return b / b.sum()


METRICS = "sqeuclidean euclidean cityblock chebyshev minkowski cosine correlation canberra braycurtis hamming"
each("dist", METRICS.split())(lambda ot, metric: ot.dist(*POSITIVE, metric))
case("dist minkowski w")(lambda ot: ot.dist(X, Y, "minkowski", p=3, w=np.array([0.3, 2.0])))
case("dist one")(lambda ot: ot.dist(X))
case("dist function")(lambda ot: ot.dist(X, Y, metric=lambda x, y: abs(x[0] - y[1])))
case("unif")(lambda ot: ot.unif(5))
case("dist0")(lambda ot: ot.utils.dist0(4))
case("kernel")(lambda ot: ot.utils.kernel(X, Y, sigma=2.0))
case("laplacian")(lambda ot: ot.utils.laplacian(ot.utils.kernel(X, X)))
each("cost_normalization", ["median", "max", "log", "loglog"])(
    lambda ot, norm: ot.utils.cost_normalization(M.copy(), norm)
)
case("proj_simplex")(lambda ot: ot.utils.proj_simplex(X.copy()))

case("emd")(lambda ot: ot.emd(A, B, M))
case("emd equal weights")(lambda ot: ot.emd([], [], M))
case("emd log")(lambda ot: np.concatenate([ot.emd(A, B, M, log=True)[1][key] for key in "uv"]))
case("emd lists")(lambda ot: ot.emd([0.5, 0.5], [0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]]))
case("emd2")(lambda ot: ot.emd2(A, B, M))
case("emd2 columns")(lambda ot: ot.emd2(A, HISTOGRAMS, M))
case("emd2 matrix")(lambda ot: ot.emd2(A, B, M, return_matrix=True)[1]["G"])
case("emd2_lazy")(lambda ot: ot.emd2_lazy(X, Y, A, B, log=False, return_matrix=False))
case("emd_1d")(lambda ot: ot.emd_1d(X[:, 0], Y[:, 0], A, B))
case("emd_1d log")(lambda ot: ot.emd_1d(X[:, 0], Y[:, 0], A, B, log=True)[1]["perms_x_a"])
each("emd2_1d", ["sqeuclidean", "euclidean", "minkowski"])(
    lambda ot, metric: ot.emd2_1d(X[:, 0], Y[:, 0], A, B, metric=metric, p=3.0)
)
each("wasserstein_1d", [1, 2, 1.5])(lambda ot, p: ot.wasserstein_1d(X, Y, A, B, p=p))

SINKHORNS = ["sinkhorn", "sinkhorn_log", "greenkhorn", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling"]
each("sinkhorn", SINKHORNS)(lambda ot, method: ot.sinkhorn(A, B, M, 1.0, method=method))
case("sinkhorn scalings")(lambda ot: sums([np.log(ot.sinkhorn(A, B, M, 1.0, log=True)[1][key]) for key in "uv"]))
case("sinkhorn columns")(lambda ot: ot.sinkhorn(A, HISTOGRAMS, M, 1.0))
case("sinkhorn2")(lambda ot: ot.sinkhorn2(A, B, M, 1.0))
case("sinkhorn2 columns")(lambda ot: ot.sinkhorn2(A, HISTOGRAMS, M, 1.0))
case("empirical_sinkhorn")(lambda ot: ot.bregman.empirical_sinkhorn(X, Y, 1.0))
each("empirical_sinkhorn2 lazy", [False, True])(
    lambda ot, lazy: ot.bregman.empirical_sinkhorn2(X, Y, 1.0, A, B, isLazy=lazy)
)
case("lazy plan")(lambda ot: ot.bregman.empirical_sinkhorn(X, Y, 1.0, A, B, isLazy=True, log=True)[2]["lazy_plan"][:])
case("empirical_sinkhorn_divergence")(lambda ot: ot.bregman.empirical_sinkhorn_divergence(X, Y, 1.0))
case("free_support_sinkhorn_barycenter")(
    lambda ot: ot.bregman.free_support_sinkhorn_barycenter([X, Y], [A, B], X[:4], 1.0)
)
case("free_support_barycenter")(lambda ot: ot.lp.free_support_barycenter([X, Y], [A, B], X[:4]))

PRICES = [1.0, (0.5, 2.0), (float("inf"), 1.0)]
for kind in ("kl", "entropy"):
    each(f"sinkhorn_unbalanced {kind}", PRICES)(
        lambda ot, price, kind=kind: ot.unbalanced.sinkhorn_unbalanced(
            A, 2 * B, M, 0.7, price, reg_type=kind, stopThr=1e-12
        )
    )
    each(f"sinkhorn_unbalanced2 {kind}", ["linear"])(
        lambda ot, cost, kind=kind: ot.unbalanced.sinkhorn_unbalanced2(
            A, 2 * B, M, 0.7, 1.0, reg_type=kind, returnCost=cost, stopThr=1e-12
        )
    )
case("sinkhorn_unbalanced reference")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, c=REFERENCE, stopThr=1e-12)
)
case("sinkhorn_unbalanced logu")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, log=True, stopThr=1e-12)[1]["logu"]
)
case("sinkhorn_unbalanced2 columns")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced2(A, HISTOGRAMS, M, 0.7, 1.0, stopThr=1e-12)
)
each("sinkhorn_unbalanced", ["sinkhorn_stabilized", "sinkhorn_translation_invariant"])(
    lambda ot, method: ot.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, method=method, stopThr=1e-12)
)
for div in ("kl", "l2"):
    each(f"mm_unbalanced {div}", [0, 0.3])(
        lambda ot, reg, div=div: ot.unbalanced.mm_unbalanced(A, B, M, 2.0, div=div, reg=reg)
    )
    each(f"mm_unbalanced2 {div}", ["linear", "total"])(
        lambda ot, cost, div=div: ot.unbalanced.mm_unbalanced2(A, B, M, (2.0, 1.0), div=div, reg=0.3, returnCost=cost)
    )

each("partial_wasserstein", [0.5, 0.9, None])(lambda ot, m: ot.partial.partial_wasserstein(A, B, M, m=m))
case("partial_wasserstein2")(lambda ot: ot.partial.partial_wasserstein2(A, B, M, m=0.5))
case("partial_wasserstein_lagrange")(lambda ot: ot.partial.partial_wasserstein_lagrange(A, B, M, reg_m=1.0))
each("entropic_partial_wasserstein", [0.3, 0.8])(
    lambda ot, m: ot.partial.entropic_partial_wasserstein(A, B, M, 0.5, m=m)
)

each("sliced", [1, 2])(lambda ot, p: ot.sliced_wasserstein_distance(X, Y, A, B, p=p, seed=3))
case("sliced log")(lambda ot: ot.sliced_wasserstein_distance(X, Y, seed=3, log=True)[1]["projected_emds"])
case("sliced given")(lambda ot: ot.sliced_wasserstein_distance(X, Y, projections=DIRECTIONS))
case("max_sliced")(lambda ot: ot.max_sliced_wasserstein_distance(X, Y, A, B, seed=3))
case("projections")(lambda ot: ot.sliced.get_random_projections(3, 4, seed=1))

SOLVES = [
    {},
    {"reg": 1.0},
    {"reg": 1.0, "reg_type": "entropy"},
    {"unbalanced": 1.0},
    {"unbalanced": 1.0, "unbalanced_type": "L2"},
    {"reg": 1.0, "unbalanced": 1.0, "method": "sinkhorn"},
]
# POT adds 1e-15 and 1e-16 inside logarithms of its values; its unbalanced entropic value lacks terms (test_ot_forms).
for name in ("value", "value_linear", "plan"):
    each(f"solve {name}", SOLVES[:-1] if name == "value" else SOLVES, 1e-6)(
        lambda ot, given, name=name: getattr(ot.solve(M, A, B, **given), name)
    )
each("solve potentials", SOLVES[:2])(lambda ot, given: sums(ot.solve(M, A, B, **given).potentials))
SAMPLES = [{}, {"reg": 1.0}, {"reg": 1.0, "lazy": True}, {"lazy": True}, {"metric": "euclidean"}]
SAMPLES += [{"method": "sliced", "random_state": 0}, {"debias": True, "reg": 1.0}]
SAMPLES += [{"method": "max_sliced", "random_state": 0}, {"method": "gaussian"}]
each("solve_sample", SAMPLES, 1e-5)(lambda ot, given: ot.solve_sample(X, Y, A, B, **given).value_linear)

case("solve_sample 1d")(lambda ot: ot.solve_sample(X[:, :1], Y[:, :1], A, B, method="1d").value)

C1, C2 = np.sqrt(((X[:, None] - X[None]) ** 2).sum(2)), np.sqrt(((Y[:, None] - Y[None]) ** 2).sum(2))
ONE_WAY = C1 * (1 + 0.3 * rng.rand(7, 7)), C2 * (1 + 0.3 * rng.rand(9, 9))
for loss in ("square_loss", "kl_loss"):
    for which, (first, second) in {"symmetric": (C1, C2), "one-way": ONE_WAY}.items():
        name = f"{loss} {which}"
        case(f"gromov_wasserstein {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.gromov_wasserstein(first, second, A, B, loss)
        )
        case(f"gromov_wasserstein2 {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov_wasserstein2(first, second, A, B, loss)
        )
        each(f"fused_gromov_wasserstein {name}", [0.3, 0.8])(
            lambda ot, alpha, first=first, second=second, loss=loss: ot.fused_gromov_wasserstein(
                M, first, second, A, B, loss, alpha=alpha
            )
        )
case("gromov_wasserstein loss")(lambda ot: ot.gromov_wasserstein(C1, C2, A, B, log=True)[1]["loss"])
case("gromov_wasserstein start")(lambda ot: ot.gromov_wasserstein(C1, C2, A, B, G0=ot.emd(A, B, M)))
case("fused_gromov_wasserstein2")(lambda ot: ot.fused_gromov_wasserstein2(M, C1, C2, A, B, alpha=0.4))
each("fused_gromov_wasserstein2 log", ["lin_loss", "quad_loss"])(
    lambda ot, key: ot.fused_gromov_wasserstein2(M, C1, C2, A, B, alpha=0.4, log=True)[1][key]
)
ENTROPIC = dict(epsilon=1.0, max_iter=2000, tol=1e-10)
# POT looks at the change of its plan once in ten iterations.
each("entropic_gromov_wasserstein", ["PGD", "PPA"], 1e-6)(
    lambda ot, solver: ot.gromov.entropic_gromov_wasserstein(C1, C2, A, B, solver=solver, **ENTROPIC)
)
case("entropic_gromov_wasserstein2", 1e-6)(
    lambda ot: ot.gromov.entropic_gromov_wasserstein2(*ONE_WAY, A, B, **ENTROPIC)
)
case("entropic_fused_gromov_wasserstein", 1e-6)(
    lambda ot: ot.gromov.entropic_fused_gromov_wasserstein(M, C1, C2, A, B, alpha=0.4, **ENTROPIC)
)
case("solve_gromov")(lambda ot: ot.solve_gromov(C1, C2, M, A, B, alpha=0.4).value)
for given in ({"reg": 5.0}, {}):
    each(f"solve_gromov partial {given}", ["value", "plan"], 1e-6)(
        lambda ot, name, given=given: getattr(
            ot.solve_gromov(C1, C2, a=A, b=B, unbalanced=0.6, unbalanced_type="partial", **given), name
        )
    )
    each(f"solve_gromov semirelaxed {given}", ["value", "plan"], 1e-6)(
        lambda ot, name, given=given: getattr(
            ot.solve_gromov(C1, C2, a=A, b=B, unbalanced_type="semirelaxed", **given), name
        )
    )
case("solve_gromov entropic", 1e-6)(
    lambda ot: ot.solve_gromov(C1, C2, a=A, b=B, reg=1.0, max_iter=2000, tol=1e-10).value
)
case("solve_gromov quadratic")(lambda ot: ot.solve_gromov(C1, C2, a=A, b=B).plan)
case("gromov_barycenters", 1e-6)(
    lambda ot: ot.gromov_barycenters(5, [C1, C2], [A, B], lambdas=[0.4, 0.6], init_C=C1[:5, :5], max_iter=20)
)

for loss in ("square_loss", "kl_loss"):
    for which, (first, second) in {"symmetric": (C1, C2), "one-way": ONE_WAY}.items():
        name = f"{loss} {which}"
        case(f"partial_gromov_wasserstein {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.partial_gromov_wasserstein(
                first, second, A, B, 0.6, loss
            )
        )
        case(f"partial_fused_gromov_wasserstein2 {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.partial_fused_gromov_wasserstein2(
                M, first, second, A, B, 0.6, loss, alpha=0.4
            )
        )
        case(f"semirelaxed_gromov_wasserstein {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.semirelaxed_gromov_wasserstein(
                first, second, A, loss
            )
        )
        case(f"semirelaxed_fused_gromov_wasserstein2 {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.semirelaxed_fused_gromov_wasserstein2(
                M, first, second, A, loss, alpha=0.4
            )
        )
case("semirelaxed_gromov_wasserstein random")(
    lambda ot: ot.gromov.semirelaxed_gromov_wasserstein(C1, C2, A, G0="random", random_state=3)
)
# POT looks at the change of its plan once in ten iterations, and stops inside partial problems where 1e-100 is not met.
case("entropic_partial_gromov_wasserstein", 1e-6)(
    lambda ot: ot.gromov.entropic_partial_gromov_wasserstein(C1, C2, A, B, 5.0, 0.6, tol=1e-10)
)
case("entropic_semirelaxed_gromov_wasserstein", 1e-6)(
    lambda ot: ot.gromov.entropic_semirelaxed_gromov_wasserstein(C1, C2, A, epsilon=1.0, tol=1e-12)
)
case("entropic_semirelaxed_fused_gromov_wasserstein2", 1e-6)(
    lambda ot: ot.gromov.entropic_semirelaxed_fused_gromov_wasserstein2(M, C1, C2, A, epsilon=1.0, tol=1e-12)
)
for loss in ("square_loss", "kl_loss"):
    each(f"fgw_barycenters {loss}", [0, 1], 1e-6)(
        lambda ot, k, loss=loss: ot.gromov.fgw_barycenters(
            5, [X, Y], [C1, C2], [A, B], [0.4, 0.6], loss_fun=loss, init_C=C1[:5, :5], init_X=X[:5], max_iter=20
        )[k]
    )
case("fgw_barycenters fixed", 1e-6)(
    lambda ot: ot.gromov.fgw_barycenters(
        5, [X, Y], [C1, C2], fixed_structure=True, init_C=C1[:5, :5], stop_criterion="loss", max_iter=20
    )[0]
)

each("partial", ["partial_gromov_wasserstein", "partial_gromov_wasserstein2"])(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, A, B, 0.6)
)
each("partial", ["entropic_partial_gromov_wasserstein", "entropic_partial_gromov_wasserstein2"], 1e-6)(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, A, B, 2.5, 0.6, tol=1e-10)
)
each("partial", ["gwloss_partial", "gwgrad_partial"])(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, np.outer(A, B))
)
for loss in ("square_loss", "kl_loss"):
    each(f"terms {loss}", ["gwloss", "gwggrad", "tensor_product"])(
        lambda ot, name, loss=loss: getattr(ot.gromov, name)(*ot.gromov.init_matrix(C1, C2, A, B, loss), np.outer(A, B))
    )

for whole in (False, True):
    each(f"BAPG marginal_loss={whole}", ["BAPG_gromov_wasserstein", "BAPG_gromov_wasserstein2"])(
        lambda ot, name, whole=whole: getattr(ot.gromov, name)(*ONE_WAY, A, B, epsilon=2.0, marginal_loss=whole)
    )
    each(f"BAPG fused marginal_loss={whole}", ["square_loss", "kl_loss"])(
        lambda ot, loss, whole=whole: ot.gromov.BAPG_fused_gromov_wasserstein2(
            M, C1, C2, A, B, loss, 5.0, alpha=0.4, marginal_loss=whole
        )
    )

COVARIANCES = np.stack([np.cov(X.T), np.cov(Y.T), np.array([[2.0, 0.5], [0.5, 1.0]])])
MEANS = np.stack([X.mean(0), Y.mean(0), np.zeros(2)])
WIDE = np.concatenate([Y, Y[:, :1] ** 2], axis=1)
case("bures_distance")(lambda ot: ot.gaussian.bures_distance(COVARIANCES[0], COVARIANCES[1]))
each("bures_wasserstein_distance paired", [False, True])(
    lambda ot, paired: ot.gaussian.bures_wasserstein_distance(
        MEANS, MEANS[::-1], COVARIANCES, COVARIANCES[::-1], paired
    )
)
case("bures_wasserstein_mapping")(
    lambda ot: ot.gaussian.bures_wasserstein_mapping(MEANS[0], MEANS[1], COVARIANCES[0], COVARIANCES[1])[0]
)
each("empirical_bures_wasserstein_mapping", [0, 1])(
    lambda ot, k: ot.gaussian.empirical_bures_wasserstein_mapping(X, Y)[k]
)
case("empirical_bures_wasserstein_distance")(
    lambda ot: ot.gaussian.empirical_bures_wasserstein_distance(X, Y, ws=A[:, None], wt=B[:, None])
)
# Two fixed-point iterations that stop once a step is below 1e-7 and 1e-10.
case("bures_wasserstein_barycenter", 1e-6)(
    lambda ot: np.vstack(ot.gaussian.bures_wasserstein_barycenter(MEANS, COVARIANCES, np.array([0.2, 0.3, 0.5])))
)
case("empirical_bures_wasserstein_barycenter", 1e-6)(
    lambda ot: np.vstack(ot.gaussian.empirical_bures_wasserstein_barycenter([X, Y]))
)
case("gaussian_gromov_wasserstein_distance")(
    lambda ot: ot.gaussian.empirical_gaussian_gromov_wasserstein_distance(X, WIDE)
)
each("gaussian_gromov_wasserstein_mapping", [0, 1])(
    lambda ot, k: ot.gaussian.empirical_gaussian_gromov_wasserstein_mapping(X, WIDE, sign_eigs="skewness")[k]
)

BINS = ((np.arange(12)[:, None] - np.arange(12)[None]) / 11.0) ** 2
HILLS = np.stack([np.exp(-((np.arange(12) - c) ** 2) / 8.0) for c in (3.0, 8.0)], axis=1)
HILLS = HILLS / HILLS.sum(axis=0)
case("barycenter")(lambda ot: ot.bregman.barycenter(HILLS, BINS, 0.02, stopThr=1e-12))
case("barycenter default stop", 1e-4)(lambda ot: ot.barycenter(HILLS, BINS, 0.02))
case("lp barycenter cost", 1e-6)(
    lambda ot: sum(ot.emd2(HILLS[:, k].copy(), _simplex(ot.lp.barycenter(HILLS, BINS)), BINS) for k in range(2))
)


MASSES = HILLS * np.array([1.0, 2.0])
case("barycenter_unbalanced")(
    lambda ot: ot.unbalanced.barycenter_unbalanced(MASSES, BINS, 0.02, 1.0, stopThr=1e-14, numItermax=5000)
)
case("barycenter_debiased", 1e-6)(lambda ot: ot.bregman.barycenter_debiased(HILLS, BINS, 0.02, stopThr=1e-14))
IMAGES = np.random.RandomState(0).rand(2, 9, 7) ** 4
IMAGES = IMAGES / IMAGES.sum(axis=(1, 2), keepdims=True)
case("convolutional_barycenter2d")(
    lambda ot: ot.bregman.convolutional_barycenter2d(IMAGES, 0.01, np.array([0.4, 0.6]), stopThr=1e-13)
)
case("convolutional_barycenter2d_debiased", 1e-6)(
    lambda ot: ot.bregman.convolutional_barycenter2d_debiased(IMAGES, 0.01, stopThr=1e-12)
)
BARYCENTRES = [{}, {"reg": 1.0}, {"unbalanced": 2.0}]
for name in ("X", "value", "value_linear"):
    each(f"solve_bary_sample {name}", BARYCENTRES, 1e-6)(
        lambda ot, given, name=name: getattr(
            ot.solve_bary_sample([X, Y], 4, [A, B], np.array([0.4, 0.6]), X[:4], **given), name
        )
    )
each("solve_sample", [{"method": "lowrank", "rank": 3}])(lambda ot, given: ot.solve_sample(X, Y, A, B, **given).plan)
# L-BFGS ends where it is told to, and POT keeps its logarithms finite.
for kind in ("l2", "kl"):
    each(f"lbfgsb_unbalanced2 {kind}", ["l2", "kl"], 1e-3)(
        lambda ot, price, kind=kind: ot.unbalanced.lbfgsb_unbalanced2(
            A, B, M, 0.5, 1.0, reg_div=kind, regm_div=price, returnCost="total"
        )
    )
case("sinkhorn_l1l2_gl", 1e-4)(lambda ot: ot.da.sinkhorn_l1l2_gl(A, LABELS, B, M, 0.5, 0.2, numInnerItermax=5000))


case("coot")(lambda ot: ot.coot.co_optimal_transport(X, WIDE, A, None, B)[0])
case("coot entropic", 1e-6)(
    lambda ot: ot.coot.co_optimal_transport(X, WIDE, epsilon=(0.5, 1.0), nits_bcd=500, early_stopping_tol=1e-12)[1]
)
case("coot2")(lambda ot: ot.coot.co_optimal_transport2(X, WIDE))

each("factored_optimal_transport", [0.0, 1.0])(
    lambda ot, reg: np.vstack(
        [np.asarray(part).reshape(-1, 1) for part in ot.factored_optimal_transport(X, Y, A, B, reg=reg, r=3, X0=X[:3])]
    )
)
each("lowrank_sinkhorn", [0, 1, 2])(lambda ot, k: ot.lowrank_sinkhorn(X, Y, A, B, reg=0.1, rank=3)[k])
case("lowrank_sinkhorn plan")(lambda ot: ot.lowrank_sinkhorn(X, Y, A, B, reg=0.1, rank=3, log=True)[3]["lazy_plan"][:])
# L-BFGS ends where it is told to, which is not the optimum.
each("smooth_ot_dual", ["l2", "entropic"], 1e-6)(
    lambda ot, name: ot.smooth.smooth_ot_dual(A, B, M, 1.0, name, stopThr=1e-14)
)
each("smooth_ot_semi_dual", ["l2", "entropic"], 1e-6)(
    lambda ot, name: ot.smooth.smooth_ot_semi_dual(A, B, M, 1.0, name, stopThr=1e-14)
)
case("smooth_ot_dual sparse", 1e-4)(
    lambda ot: ot.smooth.smooth_ot_dual(A, B, M, 1.0, "sparsity_constrained", stopThr=1e-14, max_nz=2)
)
case("solve l2", 1e-6)(lambda ot: ot.solve(M, A, B, reg=1.0, reg_type="L2").plan)
case("sag")(lambda ot: ot.stochastic.sag_entropic_transport(A, B, M, 1.0, 1000, random_state=3))
case("asgd")(lambda ot: ot.stochastic.averaged_sgd_entropic_transport(A, B, M, 1.0, 1000, random_state=3))
case("sgd")(lambda ot: ot.stochastic.sgd_entropic_regularization(A, B, M, 1.0, 3, 500, 1.0, random_state=3)[0])
case("c_transform_entropic")(lambda ot: ot.stochastic.c_transform_entropic(B, M, 1.0, B))
DUALS = ["loss_dual_entropic", "plan_dual_entropic", "loss_dual_quadratic", "plan_dual_quadratic"]
each("stochastic", DUALS)(lambda ot, name: getattr(ot.stochastic, name)(A, B, X, Y, 0.7))

TURNS = np.abs(X) % 1.0, np.abs(Y) % 1.0
SPHERE = [
    Z / np.sqrt((Z**2).sum(axis=1, keepdims=True)) for Z in (np.hstack([X, X[::-1, :1]]), np.hstack([Y, Y[::-1, 1:]]))
]
# POT searches the cut to 1e-6.
each("wasserstein_circle", [1, 2, 3], 1e-6)(lambda ot, p: ot.wasserstein_circle(*TURNS, A, B, p=p))
case("semidiscrete_wasserstein2_unif_circle")(lambda ot: ot.semidiscrete_wasserstein2_unif_circle(TURNS[0]))
each("sliced_wasserstein_sphere", [1, 2], 1e-6)(
    lambda ot, p: ot.sliced_wasserstein_sphere(*SPHERE, A, B, p=p, n_projections=20, seed=3)
)
case("sliced_wasserstein_sphere_unif")(
    lambda ot: ot.sliced_wasserstein_sphere_unif(SPHERE[0], n_projections=20, seed=3)
)
case("projection_sphere_to_circle")(lambda ot: ot.sliced.projection_sphere_to_circle(SPHERE[0], 4, seed=1)[0])

MANY = np.stack([M, M + 1.0, 2.0 * M])
each("solve_batch", ["plan", "value", "value_linear"])(
    lambda ot, name: getattr(ot.solve_batch(MANY, 1.0, tol=1e-12, max_iter=10000), name)
)
case("solve_batch kl")(lambda ot: ot.solve_batch(MANY, 1.0, tol=1e-12, max_iter=10000, reg_type="kl").value)
case("solve_sample_batch")(
    lambda ot: ot.solve_sample_batch(np.stack([X, X + 1]), np.stack([Y, 2 * Y]), 1.0, tol=1e-12, max_iter=10000).value
)
each("dist_batch", ["sqeuclidean", "euclidean", "minkowski", "kl"])(
    lambda ot, name: ot.dist_batch(np.stack([X**2, X**4]), np.stack([Y**2, Y**4]), name, p=3)
)

LABELS = np.array([0, 0, 0, 1, 1, 2, 2])
TOLD = np.array([0, -1, 1, 1, 2, -1, 0, 2, 1])
NEW = np.array([[0.5, 0.5], [-2.0, 1.0], [3.0, 3.0]])


def fitted(ot, name, **given):
    return getattr(ot.da, name)(**given).fit(Xs=X, Xt=Y, ys=LABELS)


ESTIMATORS = {
    "EMDTransport": {},
    "SinkhornTransport": {"reg_e": 0.5, "tol": 1e-12},
    "SinkhornLpl1Transport": {"reg_e": 0.5, "reg_cl": 0.2, "tol": 1e-12, "max_inner_iter": 5000},
    "LinearTransport": {},
    "SinkhornL1l2Transport": {"reg_e": 0.5, "reg_cl": 0.2, "tol": 1e-12, "max_inner_iter": 5000},
}
# Where the generalised gradient of POT ends depends on its line search.
LOOSE = {"SinkhornL1l2Transport": 1e-3}
for name, given in ESTIMATORS.items():
    case(f"{name} transform", LOOSE.get(name))(
        lambda ot, name=name, given=given: fitted(ot, name, **given).transform(Xs=X)
    )
    case(f"{name} new", LOOSE.get(name))(lambda ot, name=name, given=given: fitted(ot, name, **given).transform(Xs=NEW))
    case(f"{name} inverse", LOOSE.get(name))(
        lambda ot, name=name, given=given: fitted(ot, name, **given).inverse_transform(Xt=Y)
    )
case("SinkhornTransport nearest")(
    lambda ot: fitted(ot, "SinkhornTransport", out_of_sample_map="ferradans").transform(Xs=NEW)
)
case("SinkhornTransport norm")(lambda ot: fitted(ot, "SinkhornTransport", norm="max", reg_e=0.1).transform(Xs=NEW))
case("EMDTransport labels")(lambda ot: fitted(ot, "EMDTransport").transform_labels(LABELS))
case("EMDTransport told")(lambda ot: ot.da.EMDTransport().fit(Xs=X, ys=LABELS, Xt=Y, yt=TOLD).coupling_)
case("sinkhorn_lpl1_mm")(
    lambda ot: ot.da.sinkhorn_lpl1_mm(A, LABELS, B, M, 0.5, 0.2, numInnerItermax=5000, stopInnerThr=1e-12)
)
case("UnbalancedSinkhornTransport")(
    lambda ot: fitted(ot, "UnbalancedSinkhornTransport", reg_m=1.0, max_iter=1000, tol=1e-12).coupling_
)

case("rescale_for_imshow_plot")(
    lambda ot: np.stack(ot.plot.rescale_for_imshow_plot(X[:, 0], X[:, 1], 20, 30, a_y=-0.5))
)
case("make_1D_gauss")(lambda ot: ot.datasets.make_1D_gauss(20, m=5, s=3))
case("make_2D_samples_gauss")(lambda ot: ot.datasets.make_2D_samples_gauss(5, [1, 2], COVARIANCES[2], random_state=0))
each("make_data_classif", ["3gauss", "3gauss2", "gaussrot", "2gauss_prop"])(
    lambda ot, name: np.column_stack(ot.datasets.make_data_classif(name, 12, theta=0.3, random_state=1))
)


MIXTURES = [
    (X[:3], COVARIANCES, np.array([0.2, 0.3, 0.5])),
    (Y[:4], np.concatenate([COVARIANCES, [np.eye(2)]]) + 0.3 * np.eye(2), np.full(4, 0.25)),
]
BETWEEN = [z for pair in zip(*MIXTURES) for z in pair]
case("gmm_pdf")(lambda ot: ot.gmm.gmm_pdf(X, *MIXTURES[0]))
each("gmm", ["gmm_ot_loss", "gmm_ot_plan"])(lambda ot, name: getattr(ot.gmm, name)(*BETWEEN))
case("dist_bures_squared")(lambda ot: ot.gmm.dist_bures_squared(*BETWEEN[:4]))
each("gmm_ot_apply_map", ["bary", "rand"])(
    lambda ot, method: ot.gmm.gmm_ot_apply_map(X, *BETWEEN, method=method, seed=0)
)
case("gmm_ot_plan_density")(lambda ot: ot.gmm.gmm_ot_plan_density(X, Y, *BETWEEN, atol=1.0))
for method in ("euclidean", "bures"):
    each(f"gmm_barycenter_fixed_point {method}", [0, 1], 1e-6)(
        lambda ot, k, method=method: ot.gmm.gmm_barycenter_fixed_point(
            *([mixture[part] for mixture in MIXTURES] for part in range(3)),
            X[:2].copy(),
            np.stack([np.eye(2)] * 2),
            np.array([0.4, 0.6]),
            iterations=5,
            barycentric_proj_method=method,
        )[k]
    )
case("LinearGWTransport")(lambda ot: ot.da.LinearGWTransport(sign_eigs="skewness").fit(Xs=X, Xt=WIDE).transform(Xs=X))
case("LinearGWTransport inverse")(
    lambda ot: ot.da.LinearGWTransport(sign_eigs="skewness").fit(Xs=X, Xt=WIDE).inverse_transform(Xt=WIDE)
)

# Spaces whose marginals may be missed. POT adds another entropy to the value where each plan has its own, and takes the
# weights of l2 penalties from the wrong plan; see test_ot_unbalanced_spaces.py for both.
CLOSE = [C / C.max() for C in (((Z[:, None] - Z[None]) ** 2).sum(axis=2) for Z in (X, WIDE))]
MISSING = dict(reg_marginals=(2.0, 3.0), max_iter=30, tol=1e-10, max_iter_ot=5000, tol_ot=1e-12)
each("unbalanced_co_optimal_transport", [0, 0.05])(
    lambda ot, epsilon: np.concatenate(
        [
            np.ravel(G)
            for G in ot.gromov.unbalanced_co_optimal_transport(X, WIDE, A, None, B, None, epsilon=epsilon, **MISSING)
        ]
    )
)
case("unbalanced_co_optimal_transport2")(
    lambda ot: ot.gromov.unbalanced_co_optimal_transport2(X, WIDE, A, None, B, None, unbalanced_solver="mm", **MISSING)
)
each("fused_unbalanced_gromov_wasserstein", ["mm", "sinkhorn"])(
    lambda ot, solver: ot.gromov.fused_unbalanced_gromov_wasserstein(
        *CLOSE, A, B, epsilon=0.05, alpha=0.3, M=M / 9, unbalanced_solver=solver, **MISSING
    )[0]
)
case("fused_unbalanced_gromov_wasserstein2")(
    lambda ot: ot.gromov.fused_unbalanced_gromov_wasserstein2(*CLOSE, A, B, epsilon=0.05, alpha=0.3, M=M / 9, **MISSING)
)


def _square(x, y):
    return (x - y) ** 2


case("GW_distance_estimation")(
    lambda ot: ot.gromov.GW_distance_estimation(
        *CLOSE, A, B, _square, np.outer(A, B), nb_samples_p=4, nb_samples_q=3, random_state=1
    )
)
each("pointwise_gromov_wasserstein", [1, 0.3])(
    lambda ot, alpha: ot.gromov.pointwise_gromov_wasserstein(
        *CLOSE, A, B, _square, alpha=alpha, max_iter=20, random_state=3
    ).toarray()
)
case("sampled_gromov_wasserstein")(
    lambda ot: ot.gromov.sampled_gromov_wasserstein(
        *CLOSE, A, B, _square, nb_samples_grad=4, epsilon=0.5, max_iter=5, random_state=3
    )
)
# POT values the plan with the weights of the step before.
each("lowrank_gromov_wasserstein_samples", [0, 0.01])(
    lambda ot, reg: np.concatenate(
        [
            np.ravel(part)
            for part in ot.gromov.lowrank_gromov_wasserstein_samples(
                X, WIDE, A, B, reg=reg, rank=3, numItermax=20, stopThr=1e-12, stopThr_dykstra=1e-11, warn=False
            )
        ]
    )
)
# Both stop where a round changes the loss by little.
case("entropic_gromov_barycenters", 1e-4)(
    lambda ot: ot.gromov.entropic_gromov_barycenters(
        4, CLOSE, epsilon=0.1, random_state=0, tol=1e-3, stop_criterion="loss"
    )
)
each("semirelaxed_gromov_barycenters", ["product", "random_product", "random"])(
    lambda ot, start: ot.gromov.semirelaxed_gromov_barycenters(4, CLOSE, random_state=0, G0=start)
)
each("semirelaxed_fgw_barycenters", ["product", "random"])(
    lambda ot, start: np.hstack(
        ot.gromov.semirelaxed_fgw_barycenters(4, [X, Y], CLOSE, random_state=0, G0=start, max_iter=20)
    )
)
each("update_barycenter", ["structure", "feature"])(
    lambda ot, part: getattr(ot.gromov, f"update_barycenter_{part}")(
        [REFERENCE, np.outer(A, B)], [CLOSE[0]] * 2 if part == "structure" else [X, X + 1.0], [0.4, 0.6]
    )
)

BATCH = np.stack([CLOSE[0], CLOSE[0] ** 2]), np.stack([CLOSE[1], CLOSE[1] ** 1.5])
PROXIMAL = dict(reg=0.05, max_iter=5, tol=1e-12, max_iter_inner=1000, tol_inner=1e-12)
each("solve_gromov_batch", ["plan", "value", "value_quad", "value_linear"])(
    lambda ot, part: getattr(
        ot.batch.solve_gromov_batch(*BATCH, M=np.stack([M / 9, M / 5]), alpha=0.4, **PROXIMAL), part
    )
)
case("solve_gromov_batch asymmetric")(
    lambda ot: ot.batch.solve_gromov_batch(BATCH[0] + np.tril(np.ones((7, 7))), BATCH[1], **PROXIMAL).value
)
SHARES = [np.random.RandomState(k).dirichlet(np.ones(3), size=(2, k, k)) for k in (7, 9)]
each("solve_gromov_batch logits", [True, False])(
    lambda ot, logits: ot.batch.solve_gromov_batch(
        np.log(SHARES[0]) if logits else SHARES[0], SHARES[1], loss="kl", logits=logits, **{**PROXIMAL, "reg": 0.5}
    ).value
)
each("loss_quadratic_batch", ["kl", "l2"])(
    lambda ot, kind: ot.batch.loss_quadratic_batch(
        np.stack([A, A]), np.stack([B, B]), *BATCH, np.stack([REFERENCE] * 2), unbalanced=2.0, unbalanced_type=kind
    )
)


# POT takes tensors of torch only, and adds all lines up in the penalty of one side where the other must be met.
def tensors(*arrays):
    torch = pytest.importorskip("torch")
    return [torch.tensor(z) for z in arrays]


each("uot_1d", [1.0, (0.5, 2.0), (float("inf"), 1.0)])(
    lambda ot, price: ot.unbalanced.uot_1d(*tensors(X, Y), price, *tensors(A, 2 * B))[2]
)
LINES = np.array([[1.0, 0.6], [0.0, 0.8]])
case("sliced_unbalanced_ot")(
    lambda ot: ot.unbalanced.sliced_unbalanced_ot(
        *tensors(X, Y), 1.0, *tensors(A, B), projections=tensors(LINES)[0]
    )
)
case("unbalanced_sliced_ot")(
    lambda ot: ot.unbalanced.unbalanced_sliced_ot(
        *tensors(X, Y), 1.0, *tensors(A, B), projections=tensors(LINES)[0]
    )[0]
)

SIX = np.vstack([X, X[:1] + 0.7]), Y[:8]
case("sliced_plans")(lambda ot: ot.sliced.sliced_plans(*SIX, n_projections=5, seed=0)[1])
case("min_sliced_transport_plan")(lambda ot: ot.sliced.min_sliced_transport_plan(*SIX, n_projections=5, seed=0)[0])
each("expected_sliced_plan", [0.0, 0.5])(
    lambda ot, beta: ot.sliced.expected_sliced_plan(*SIX, n_projections=5, seed=0, beta=beta)[0]
)
case("expected_sliced_plan weights")(
    lambda ot: ot.sliced.expected_sliced_plan(X, Y, A, B, n_projections=5, seed=0, metric="minkowski", p=3)[1]
)

for bias in (False, True):
    case(f"joint_OT_mapping_linear bias {bias}")(
        lambda ot, bias=bias: ot.mapping.joint_OT_mapping_linear(X, Y, mu=0.5, eta=0.1, bias=bias)[1]
    )
    case(f"joint_OT_mapping_kernel bias {bias}")(
        lambda ot, bias=bias: ot.mapping.joint_OT_mapping_kernel(X, Y, mu=0.5, eta=0.1, sigma=2.0, bias=bias)[1]
    )
case("MappingTransport")(
    lambda ot: ot.da.MappingTransport(kernel="gaussian", eta=1e-2, bias=True).fit(Xs=X, Xt=Y).transform(Xs=NEW)
)
each("emd_laplace", ["pos", "disp"])(
    lambda ot, reg: ot.da.emd_laplace(A, B, X, Y, M, "gauss", 1.0, reg, 0.1, stopThr=1e-12, stopInnerThr=1e-12)
)
case("EMDLaplaceTransport", 1e-3)(lambda ot: ot.da.EMDLaplaceTransport(reg_lap=0.1).fit(Xs=X, Xt=Y).transform(Xs=NEW))
TOLD_ALL = [np.array([0, 0, 1, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2, 1, 0, 0])]
case("jcpot_barycenter")(lambda ot: ot.bregman.jcpot_barycenter([X, Y], [y.copy() for y in TOLD_ALL], WIDE[:, :2], 2.0, stopThr=1e-9, numItermax=9999))
each("JCPOTTransport", ["transform", "new", "labels", "back"])(
    lambda ot, what: (
        lambda fitted: {
            "transform": lambda: np.concatenate(fitted.transform(Xs=[X, Y])),
            "new": lambda: fitted.transform(Xs=NEW),
            "labels": lambda: fitted.transform_labels([y.copy() for y in TOLD_ALL]),
            "back": lambda: np.concatenate(fitted.inverse_transform_labels(np.arange(9) % 3)),
        }[what]()
    )(ot.da.JCPOTTransport(reg_e=1.0).fit(Xs=[X, Y], ys=[y.copy() for y in TOLD_ALL], Xt=WIDE[:, :2]))
)
ATOMS = np.random.RandomState(5).dirichlet(np.ones(9), size=4).T
case("unmix")(
    lambda ot: ot.bregman.unmix(B, ATOMS, CLOSE[1], 1 - np.eye(4), np.full(4, 0.25), 0.5, 0.7, 0.3, stopThr=1e-9)
)
case("geometricBar")(lambda ot: ot.bregman.geometricBar(np.array([0.1, 0.2, 0.3, 0.4]), ATOMS))
each("proj", ["projR", "projC"])(lambda ot, name: getattr(ot.bregman, name)(M, A if name == "projR" else B))
case("empirical_sinkhorn_nystroem2")(
    lambda ot: ot.bregman.empirical_sinkhorn_nystroem2(X, Y, reg=20.0, anchors=6, random_state=0)
)
case("empirical_sinkhorn_nystroem")(
    lambda ot: ot.bregman.empirical_sinkhorn_nystroem(X, Y, reg=20.0, anchors=6, random_state=0)[:]
)
case("generic_conditional_gradient", 1e-6)(
    lambda ot: ot.optim.generic_conditional_gradient(
        A,
        B,
        M,
        lambda G: 0.5 * (G**2).sum(),
        lambda G: G,
        1.0,
        None,
        lambda a, b, cost: (ot.emd(a, b, cost), {}),
        lambda cost, G, towards, slope, value, own: ot.optim.line_search_armijo(cost, G, towards, slope, value),
        numItermax=500,
    )
)
case("line_search_armijo")(
    lambda ot: ot.optim.line_search_armijo(lambda x: (x**4).sum(), X, -4 * X**3, 4 * X**3, None)
)

MANY_AXES = [np.random.RandomState(k).randn(30, 6) * np.array([5, 3, 1, 1, 1, 0.8]) + k for k in (2, 3)]
# POT adds reg to the number of the other axes where it takes their mean.
each("empirical_bures_wasserstein_mapping_hd", [0, 1])(
    lambda ot, part: ot.gaussian.empirical_bures_wasserstein_mapping_hd(*MANY_AXES, (2, 3))[part]
)
case("empirical_bures_wasserstein_distance_hd")(
    lambda ot: np.ravel(ot.gaussian.empirical_bures_wasserstein_distance_hd(*MANY_AXES, 2))
)

# What the scripts of POT's gallery compute, on fewer points; each gives a few figures of its result.


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


def pot():
    """POT with the modules that it does not import by itself."""
    import ot
    import ot.coot
    import ot.datasets
    import ot.gmm
    import ot.lowrank
    import ot.mapping
    import ot.plot

    return ot


def plain(value):
    return np.asarray(value, dtype=np.float64)


def tolerance(name):
    return TOLERANCES.get(name, 1e-7)


if __name__ == "__main__":
    ot = pot()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = {name: np.round(plain(function(ot)), 12).tolist() for name, function in CASES.items()}
    record = {"program": "POT", "version": ot.__version__, "numpy": np.__version__, "values": values}
    RECORDED.write_text("\n".join(json.dumps(record).replace('], "', '],\n"').splitlines()) + "\n")
