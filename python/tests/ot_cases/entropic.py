"""Transport with an entropy or another smooth penalty, and of low rank."""

import numpy as np

from ._data import HISTOGRAMS, POSITIVE, REFERENCE, A, B, M, X, Y
from ._registry import case, each, sums

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
case("empirical_sinkhorn_nystroem2")(
    lambda ot: ot.bregman.empirical_sinkhorn_nystroem2(X, Y, reg=20.0, anchors=6, random_state=0)
)
case("empirical_sinkhorn_nystroem")(
    lambda ot: ot.bregman.empirical_sinkhorn_nystroem(X, Y, reg=20.0, anchors=6, random_state=0)[:]
)
NAMES = ["sinkhorn_knopp", "sinkhorn_log", "greenkhorn", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling"]
each("bregman", NAMES)(lambda ot, name: getattr(ot.bregman, name)(A, B, M, 1.0))
case("kernel_nystroem")(
    lambda ot: (lambda left, right: left @ right.T)(*ot.lowrank.kernel_nystroem(X, Y, 6, 3.0, random_state=0))
)
case("sinkhorn_low_rank_kernel")(
    lambda ot: (
        ot.lowrank.sinkhorn_low_rank_kernel(POSITIVE[0], POSITIVE[1], A, B, stopThr=1e-13)[0]
        / ot.lowrank.sinkhorn_low_rank_kernel(POSITIVE[0], POSITIVE[1], A, B, stopThr=1e-13)[0].sum()
    )
)
case("compute_lr_sqeuclidean_matrix")(
    lambda ot: (lambda left, right: left @ right.T)(*ot.lowrank.compute_lr_sqeuclidean_matrix(X, Y, True))
)
case("get_lowrank_lazytensor")(lambda ot: ot.lowrank.get_lowrank_lazytensor(X, Y, np.array([0.5, 2.0]))[:])


def drawn(function):
    """What a function gives whose draws come from NumPy's global generator."""
    state = np.random.get_state()
    np.random.seed(3)
    try:
        return function()
    finally:
        np.random.set_state(state)


case("solve_semi_dual_entropic")(
    lambda ot: drawn(lambda: ot.stochastic.solve_semi_dual_entropic(A, B, M, 1.0, "SAG", 500))
)
case("solve_dual_entropic")(lambda ot: drawn(lambda: ot.stochastic.solve_dual_entropic(A, B, M, 1.0, 3, 500, 1.0)))
PENALTIES = {
    "SquaredL2": lambda smooth: smooth.SquaredL2(0.7),
    "NegEntropy": lambda smooth: smooth.NegEntropy(0.7),
    "SparsityConstrained": lambda smooth: smooth.SparsityConstrained(2, 0.7),
}
for name, penalty in PENALTIES.items():
    case(f"{name} Omega")(lambda ot, penalty=penalty: penalty(ot.smooth).Omega(REFERENCE))
    case(f"{name} dual_obj_grad")(
        lambda ot, penalty=penalty: np.concatenate(
            [np.ravel(z) for z in ot.smooth.dual_obj_grad(A, B, A, B, M, penalty(ot.smooth))]
        )
    )
    case(f"{name} semi_dual_obj_grad")(
        lambda ot, penalty=penalty: np.concatenate(
            [np.ravel(z) for z in ot.smooth.semi_dual_obj_grad(A, A, B, M, penalty(ot.smooth))]
        )
    )
    case(f"{name} plans")(
        lambda ot, penalty=penalty: np.stack(
            [
                ot.smooth.get_plan_from_dual(A, B, M, penalty(ot.smooth)),
                ot.smooth.get_plan_from_semi_dual(A, B, M, penalty(ot.smooth)),
            ]
        )
    )
case("solve_dual", 1e-5)(lambda ot: sums(ot.smooth.solve_dual(A, B, M, ot.smooth.SquaredL2(1.0), tol=1e-14)[:2]))
case("solve_semi_dual", 1e-5)(
    lambda ot: np.diff(ot.smooth.solve_semi_dual(A, B, M, ot.smooth.SquaredL2(1.0), tol=1e-14)[0])
)
each("projection_simplex", [None, 0, 1])(lambda ot, axis: ot.smooth.projection_simplex(X, 0.7, axis))
