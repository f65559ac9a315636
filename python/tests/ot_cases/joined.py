"""Many measures at once, plans on the line pair by pair, and the slopes of duals."""

import numpy as np

from ._data import WIDE, A, B, M, X, Y
from ._registry import case, each

ORDER = np.argsort(X[:, 0]), np.argsort(Y[:, 0])
case("emd_1d_sorted")(
    lambda ot: ot.lp.emd_1d_sorted(A[ORDER[0]], B[ORDER[1]], X[ORDER[0], 0], Y[ORDER[1], 0], "minkowski", 3.0)[0]
)
each("partial_wasserstein_1d", [1, 2])(
    lambda ot, p: np.cumsum(ot.partial.partial_wasserstein_1d(X[:, 0].copy(), Y[:, 0].copy(), p=p)[2])
)
case("partial_wasserstein_1d chosen")(
    lambda ot: np.stack(ot.partial.partial_wasserstein_1d(X[:, 0].copy(), Y[:, 0].copy(), n_transported_samples=5)[:2])
)


@case("NorthWestMMGluing")
def _(ot):
    J, w = ot.lp.NorthWestMMGluing([ot.emd(A, B, M), ot.emd(A, B, M**2 + 1.0)])
    dense = np.zeros((9, 9))
    np.add.at(dense, tuple(np.asarray(J, dtype=int).T), w)
    return dense


GRID = np.random.RandomState(8).dirichlet(np.ones(8), size=3).T
case("dmmot_monge_1dgrid_loss")(lambda ot: ot.lp.dmmot_monge_1dgrid_loss(GRID))
case("dmmot_monge_1dgrid_loss dual")(
    lambda ot: [z - z[0] for z in map(np.asarray, ot.lp.dmmot_monge_1dgrid_loss(GRID, log=True)[1]["dual"])]
)

MAPS = [np.array([[1.0, 0.2, 0.0], [0.0, 1.0, 0.5]]), np.array([[0.3, 0.0, 1.0], [1.0, 1.0, 0.0]]), np.eye(3)]
case("generalized_free_support_barycenter")(
    lambda ot: ot.lp.generalized_free_support_barycenter([X, Y, WIDE], [A, B, B], MAPS, 4, WIDE[:4])
)


def _squares(X, Y):
    return ((X[:, None] - Y[None]) ** 2).sum(axis=2)


case("ot_barycenter_energy")(lambda ot: ot.lp.ot_barycenter_energy([X, Y], [A, B], X[:4], np.full(4, 0.25), _squares))
case("free_support_barycenter_generic_costs")(
    lambda ot: ot.lp.free_support_barycenter_generic_costs([X, Y], [A, B], X[:4], _squares, lambda Y: sum(Y) / len(Y))
)
case("free_support_barycenter_generic_costs true")(
    lambda ot: ot.lp.ot_barycenter_energy(
        [X, Y],
        [A, B],
        *ot.lp.free_support_barycenter_generic_costs(
            [X, Y], [A, B], X[:4], _squares, lambda Y: sum(Y) / len(Y), method="true_fixed_point"
        ),
        _squares,
    )
)
case("batch_grad_dual")(
    lambda ot: np.concatenate(
        ot.stochastic.batch_grad_dual(A, B, M, 2.0, A, B, 3, np.array([0, 2, 5]), np.array([1, 4, 8]))
    )
)
case("coordinate_grad_semi_dual")(lambda ot: ot.stochastic.coordinate_grad_semi_dual(B, M, 2.0, B, 3))
