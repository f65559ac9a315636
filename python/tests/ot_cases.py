"""Computations that scripts written for POT make, on small data with fixed seeds.

Each is a function of a module that may be POT or ``thalweg.ot``. What POT gives lies in ``ot_recorded.json`` with its
version; ``python ot_cases.py`` writes it anew.
"""

import json
import pathlib
import warnings

import numpy as np

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
    each(f"sinkhorn_unbalanced2 {kind}", ["linear", "total"])(
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
# POT adds 1e-15 and 1e-16 inside logarithms of its values.
for name in ("value", "value_linear", "plan"):
    each(f"solve {name}", SOLVES, 1e-6)(lambda ot, given, name=name: getattr(ot.solve(M, A, B, **given), name))
each("solve potentials", SOLVES[:2])(lambda ot, given: sums(ot.solve(M, A, B, **given).potentials))
SAMPLES = [{}, {"reg": 1.0}, {"reg": 1.0, "lazy": True}, {"lazy": True}, {"metric": "euclidean"}]
SAMPLES += [{"method": "sliced", "random_state": 0}, {"debias": True, "reg": 1.0}]
each("solve_sample", SAMPLES, 1e-5)(lambda ot, given: ot.solve_sample(X, Y, A, B, **given).value_linear)


def plain(value):
    return np.asarray(value, dtype=np.float64)


def tolerance(name):
    return TOLERANCES.get(name, 1e-7)


if __name__ == "__main__":
    import ot

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = {name: np.round(plain(function(ot)), 12).tolist() for name, function in CASES.items()}
    record = {"program": "POT", "version": ot.__version__, "numpy": np.__version__, "values": values}
    RECORDED.write_text("\n".join(json.dumps(record).replace('], "', '],\n"').splitlines()) + "\n")
