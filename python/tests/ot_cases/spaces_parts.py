"""The terms, line searches and dictionaries of plans between spaces."""

import numpy as np
import pytest

from ._data import C1, C2, CLOSE, ONE_WAY, REFERENCE, WIDE, A, B, M, X
from ._registry import case, each

OUTER = np.outer(A, B)
each("div_between_product", ["kl", "l2"])(
    lambda ot, name: ot.gromov.div_between_product(REFERENCE.sum(1), 2 * REFERENCE.sum(0), A, B, name)
)
each("div_to_product", ["kl", "l2"])(
    lambda ot, name: ot.gromov.div_to_product(REFERENCE, A, B, REFERENCE.sum(1), REFERENCE.sum(0), name)
)
FEATURES = np.outer(np.array([0.4, 0.8]), np.array([0.2, 0.3, 0.5]))
DATA = X**2, WIDE**2, X, WIDE
each("uot_cost_matrix", [("kl", "joint"), ("l2", "joint"), ("kl", "independent")])(
    lambda ot, how: ot.gromov.uot_cost_matrix(
        (*DATA, M), FEATURES, (np.full(2, 0.5), np.full(3, 1 / 3)), (2.0, float("inf"), 0.3), *how
    )
)


def _backend(ot):
    """What functions of POT take that has no default."""
    return getattr(ot, "backend", None) and ot.backend.NumpyBackend()


each("uot_parameters_and_measures", [("joint", "kl"), ("joint", "l2"), ("independent", "l2")])(
    lambda ot, how: np.concatenate(
        [
            np.ravel(z)
            for part in ot.gromov.uot_parameters_and_measures(
                REFERENCE, (A, B, OUTER), (2.0, 3.0, 0.3), *how, _backend(ot)
            )
            for z in (part if isinstance(part, tuple) else (part,))
        ]
    )
)
WEIGHTS = (A, B, OUTER), (np.full(2, 0.5), np.full(3, 1 / 3), np.full((2, 3), 1 / 6))
# POT takes the plan's marginals for its weights where each plan has an entropy of its own.
each("fused_unbalanced_across_spaces_cost", ["kl", "l2"])(
    lambda ot, name: ot.gromov.fused_unbalanced_across_spaces_cost(
        (M, None), DATA, *WEIGHTS, REFERENCE, FEATURES, (2.0, 3.0, 0.3, 0.3), name, "joint", _backend(ot)
    )
)

TOWARDS = np.eye(7, 9) / 7 - OUTER
for symmetric, (first, second) in ((True, (C1, C2)), (False, ONE_WAY)):
    case(f"solve_gromov_linesearch {symmetric}")(
        lambda ot, first=first, second=second, symmetric=symmetric: ot.gromov.solve_gromov_linesearch(
            OUTER, TOWARDS, 5.0, first, 2 * second, M, 0.7, symmetric=symmetric
        )
    )
case("solve_partial_gromov_linesearch")(
    lambda ot: ot.gromov.solve_partial_gromov_linesearch(OUTER, TOWARDS, 5.0, C1 @ OUTER @ C2, -M, M, 0.7)[:3]
)
case("solve_semirelaxed_gromov_linesearch")(
    lambda ot: ot.gromov.solve_semirelaxed_gromov_linesearch(OUTER, TOWARDS, 5.0, C1, 2 * C2, np.ones(7), M, 0.7)
)

ATOMS = np.stack([CLOSE[0][:5, :5], CLOSE[1][:5, :5], CLOSE[1][4:, 4:]])
MARKS = np.stack([X[:5], X[2:], WIDE[:5, :2]])
each("gromov_wasserstein_linear_unmixing", [0.0, 0.01])(
    lambda ot, reg: ot.gromov.gromov_wasserstein_linear_unmixing(CLOSE[0], ATOMS, reg=reg, p=A)[0]
)
each("fused_gromov_wasserstein_linear_unmixing", [0.3, 0.8])(
    lambda ot, alpha: ot.gromov.fused_gromov_wasserstein_linear_unmixing(CLOSE[0], X, ATOMS, MARKS, alpha, p=A)[0]
)
LEARNED = dict(epochs=4, batch_size=2, random_state=0, tol_outer=1e-9, tol_inner=1e-9)
SPACES = [CLOSE[0], CLOSE[1], CLOSE[0][:6, :6] ** 2]
each("gromov_wasserstein_dictionary_learning", [True, False], 1e-6)(
    lambda ot, adam: ot.gromov.gromov_wasserstein_dictionary_learning(
        SPACES, 2, 4, learning_rate=0.1, use_adam_optimizer=adam, **LEARNED
    )[0]
)
each("fused_gromov_wasserstein_dictionary_learning", [0, 1], 1e-6)(
    lambda ot, part: ot.gromov.fused_gromov_wasserstein_dictionary_learning(
        SPACES, [X, WIDE[:, :2], X[:6]], 2, 4, 0.5, learning_rate_C=0.1, learning_rate_Y=0.1, **LEARNED
    )[part]
)


# POT parts at random where fluid or louvain are asked for, so that what it can be compared in is random; and its plans have
# their points in the order of the parts, so that their entries are compared without places.
def sorted_entries(found):
    return np.sort(np.ravel(found[2]))


PARTS = dict(part_method="random", rep_method="random", random_state=2)
for alpha in (1.0, 0.4):
    case(f"quantized_fused_gromov_wasserstein {alpha}")(
        lambda ot, alpha=alpha: sorted_entries(
            ot.gromov.quantized_fused_gromov_wasserstein(*CLOSE, 3, 4, A, B, F1=X, F2=WIDE[:, :2], alpha=alpha, **PARTS)
        )
    )


def by_samples(ot, method):
    if method == "kmeans":
        pytest.importorskip("sklearn")
    return sorted_entries(
        ot.gromov.quantized_fused_gromov_wasserstein_samples(
            X, WIDE, 3, 4, A, B, F1=X, F2=WIDE[:, :2], alpha=0.4, method=method, random_state=2
        )
    )


each("quantized_fused_gromov_wasserstein_samples", ["random", "kmeans"])(by_samples)
PART = np.array([0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 2.0])


@case("get_graph_partition")
def _(ot):
    pytest.importorskip("networkx")
    return ot.gromov.get_graph_partition(CLOSE[0], 3, "louvain")


@case("get_graph_representants")
def _(ot):
    pytest.importorskip("networkx")
    return ot.gromov.get_graph_representants(CLOSE[0], PART, "pagerank")


case("get_partition_and_representants_samples")(
    lambda ot: ot.gromov.get_partition_and_representants_samples(X, 3, "random", 5)[0]
)
case("format_partitioned_graph")(
    lambda ot: np.concatenate(
        ot.gromov.format_partitioned_graph(C1, A, PART, [0, 2, 5], X, C1**2, 0.3)[1]
        + ot.gromov.format_partitioned_graph(C1, A, PART, [0, 2, 5])[2]
    )
)
case("format_partitioned_samples")(
    lambda ot: np.concatenate(ot.gromov.format_partitioned_samples(X, A, PART, [0, 2, 5], X**2, 0.3)[1])
)
case("quantized_fused_gromov_wasserstein_partitioned")(
    lambda ot: ot.gromov.quantized_fused_gromov_wasserstein_partitioned(
        C1[:2, :2],
        C2[:2, :2],
        [C1[0, :3], C1[1, 3:]],
        [C2[0, :4], C2[1, 4:]],
        [A[:3], A[3:]],
        [B[:4], B[4:]],
        build_OT=True,
    )[2]
)
