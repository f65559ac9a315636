"""Barycentres and proportions, of histograms, points and spaces."""

import numpy as np

from ._data import C1, C2, CLOSE, REFERENCE, TOLD_ALL, WIDE, A, B, M, X, Y
from ._registry import case, each


def _simplex(b):
    b = np.maximum(b, 0)
    return b / b.sum()


case("free_support_sinkhorn_barycenter")(
    lambda ot: ot.bregman.free_support_sinkhorn_barycenter([X, Y], [A, B], X[:4], 1.0)
)
case("free_support_barycenter")(lambda ot: ot.lp.free_support_barycenter([X, Y], [A, B], X[:4]))
case("gromov_barycenters", 1e-6)(
    lambda ot: ot.gromov_barycenters(5, [C1, C2], [A, B], lambdas=[0.4, 0.6], init_C=C1[:5, :5], max_iter=20)
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
case("jcpot_barycenter")(
    lambda ot: ot.bregman.jcpot_barycenter(
        [X, Y], [y.copy() for y in TOLD_ALL], WIDE[:, :2], 2.0, stopThr=1e-9, numItermax=9999
    )
)
ATOMS = np.random.RandomState(5).dirichlet(np.ones(9), size=4).T
case("unmix")(
    lambda ot: ot.bregman.unmix(B, ATOMS, CLOSE[1], 1 - np.eye(4), np.full(4, 0.25), 0.5, 0.7, 0.3, stopThr=1e-9)
)
case("geometricBar")(lambda ot: ot.bregman.geometricBar(np.array([0.1, 0.2, 0.3, 0.4]), ATOMS))
each("proj", ["projR", "projC"])(lambda ot, name: getattr(ot.bregman, name)(M, A if name == "projR" else B))
case("geometricMean")(lambda ot: ot.bregman.geometricMean(ATOMS))
each("bregman", ["barycenter_sinkhorn", "barycenter_stabilized"], 1e-6)(
    lambda ot, name: getattr(ot.bregman, name)(HILLS, BINS, 0.02, stopThr=1e-12)
)
each("unbalanced", ["barycenter_unbalanced_sinkhorn", "barycenter_unbalanced_stabilized"])(
    lambda ot, name: getattr(ot.unbalanced, name)(MASSES, BINS, 0.02, 1.0, stopThr=1e-14, numItermax=5000)
)
