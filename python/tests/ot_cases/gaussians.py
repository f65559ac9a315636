"""Gaussians and mixtures of them."""

import numpy as np

from ._data import COVARIANCES, MEANS, WIDE, A, B, X, Y
from ._registry import case, each

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
MANY_AXES = [np.random.RandomState(k).randn(30, 6) * np.array([5, 3, 1, 1, 1, 0.8]) + k for k in (2, 3)]
# POT adds reg to the number of the other axes where it takes their mean.
each("empirical_bures_wasserstein_mapping_hd", [0, 1])(
    lambda ot, part: ot.gaussian.empirical_bures_wasserstein_mapping_hd(*MANY_AXES, (2, 3))[part]
)
case("empirical_bures_wasserstein_distance_hd")(
    lambda ot: np.ravel(ot.gaussian.empirical_bures_wasserstein_distance_hd(*MANY_AXES, 2))
)
case("gaussian_pdf")(lambda ot: ot.gmm.gaussian_pdf(X, MEANS[0], COVARIANCES[0]))
case("gaussian_logpdf")(lambda ot: ot.gmm.gaussian_logpdf(X, MEANS[0], COVARIANCES[0]))
case("bures_barycenter_fixpoint", 1e-6)(lambda ot: ot.gaussian.bures_barycenter_fixpoint(COVARIANCES))
case("gaussian_gromov_wasserstein_distance direct")(
    lambda ot: ot.gaussian.gaussian_gromov_wasserstein_distance(np.cov(WIDE.T), COVARIANCES[0])
)
case("gaussian_gromov_wasserstein_mapping direct")(
    lambda ot: np.abs(
        ot.gaussian.gaussian_gromov_wasserstein_mapping(MEANS[0], WIDE.mean(0), COVARIANCES[0], np.cov(WIDE.T))[0]
    )
)
# Both end where a hundred steps move little.
each("bures_barycenter_gradient_descent", [1.0, 0.5], 1e-5)(
    lambda ot, step: ot.gaussian.bures_barycenter_gradient_descent(COVARIANCES, step_size=step, eps=1e-10)
)
