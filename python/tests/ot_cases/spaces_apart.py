"""Plans between spaces that move a part, choose weights, or may miss them."""

import numpy as np

from ._data import C1, C2, CLOSE, ONE_WAY, REFERENCE, WIDE, A, B, M, X
from ._registry import case, each

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
case("coot")(lambda ot: ot.coot.co_optimal_transport(X, WIDE, A, None, B)[0])
case("coot entropic", 1e-6)(
    lambda ot: ot.coot.co_optimal_transport(X, WIDE, epsilon=(0.5, 1.0), nits_bcd=500, early_stopping_tol=1e-12)[1]
)
case("coot2")(lambda ot: ot.coot.co_optimal_transport2(X, WIDE))
# Spaces whose marginals may be missed. POT adds another entropy to the value where each plan has its own, and takes the
# weights of l2 penalties from the wrong plan; see test_ot_unbalanced_spaces.py for both.
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
# The other names of the same plans; entropic ones of POT stop inside partial problems where 1e-100 is not met.
TWICE = [
    ("partial_gromov_wasserstein2", (C1, C2, A, B, 0.6)),
    ("partial_fused_gromov_wasserstein", (M, C1, C2, A, B, 0.6)),
    ("entropic_partial_gromov_wasserstein2", (C1, C2, A, B, 5.0, 0.6)),
    ("semirelaxed_gromov_wasserstein2", (C1, C2, A)),
    ("semirelaxed_fused_gromov_wasserstein", (M, C1, C2, A)),
    ("entropic_semirelaxed_gromov_wasserstein2", (C1, C2, A)),
    ("entropic_semirelaxed_fused_gromov_wasserstein", (M, C1, C2, A)),
]
for name, given in TWICE:
    case(name, 1e-6 if "entropic" in name else None)(
        lambda ot, name=name, given=given: getattr(ot.gromov, name)(
            *given,
            **({"epsilon": 1.0} if "entropic_semi" in name else {}),
            **({"tol": 1e-10} if "entropic" in name else {}),
        )
    )
case("fused_unbalanced_across_spaces_divergence")(
    lambda ot: ot.gromov.fused_unbalanced_across_spaces_divergence(X, WIDE, A, None, B, None, epsilon=0.05, **MISSING)[
        0
    ]
)
case("init_matrix_semirelaxed")(
    lambda ot: ot.gromov.tensor_product(*ot.gromov.init_matrix_semirelaxed(C1, C2, A)[:3], REFERENCE)
)
each("semirelaxed_init_plan", ["product", "random", "random_product"])(
    lambda ot, method: ot.gromov.semirelaxed_init_plan(C1, C2, A, method=method, random_state=2)
)
