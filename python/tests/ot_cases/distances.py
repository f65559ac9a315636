"""Distances, weights and projections on the simplex."""

import numpy as np

from ._data import LABELS, POSITIVE, A, B, M, X, Y
from ._registry import case, each

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
case("euclidean_distances")(lambda ot: ot.utils.euclidean_distances(X, Y))
case("clean_zeros")(lambda ot: ot.utils.clean_zeros(np.where(A > 0.1, A, 0.0), B, M)[2])
case("labels_to_masks")(lambda ot: ot.utils.labels_to_masks(LABELS))
case("label_normalization")(lambda ot: ot.utils.label_normalization(LABELS, start=2))
case("list_to_array")(lambda ot: ot.utils.list_to_array([1.0, 2.0], A)[0])
