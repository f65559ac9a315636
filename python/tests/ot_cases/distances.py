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
SYMMETRIC = np.stack([X[:2] + X[:2].T, Y[:2] + Y[:2].T])
case("proj_SDP")(lambda ot: ot.utils.proj_SDP(SYMMETRIC, vmin=0.1))
case("exp_bures")(lambda ot: ot.utils.exp_bures(np.eye(2) * 2.0, SYMMETRIC[0]))
case("get_coordinate_circle")(lambda ot: ot.utils.get_coordinate_circle(X))
case("projection_sparse_simplex")(lambda ot: ot.utils.projection_sparse_simplex(X[:, 0], 3))
case("is_all_finite")(lambda ot: ot.utils.is_all_finite(X, Y))
case("dots")(lambda ot: ot.utils.dots(X, X.T, X))
case("get_parameter_pair")(lambda ot: ot.utils.get_parameter_pair(np.array([1.0, 2.0])))
each("sparse_ot_dist", ["sqeuclidean", "euclidean", "cityblock", "minkowski"])(
    lambda ot, metric: ot.utils.sparse_ot_dist(X, Y, np.arange(7), np.arange(7)[::-1].copy(), A, metric, 3, 2)
)
case("split_sample_ratio")(lambda ot: np.concatenate(ot.utils.split_sample_ratio(X, A, 0.4)[2:4]))
each("DataScaler", ["standard", "minmax", "l2"])(lambda ot, norm: ot.utils.DataScaler(norm).fit([X, Y]).transform(X))
case("apply_scaler")(lambda ot: ot.utils.apply_scaler(X, Y, lambda x: 2.0 * x)[1])
LAZY = dict(a=np.arange(5.0), b=np.arange(4.0))
each("LazyTensor", [None, 0, 1])(
    lambda ot, axis: ot.utils.reduce_lazytensor(
        ot.utils.LazyTensor((5, 4), lambda i, j, a, b: a[i, None] * b[None, j] + 1.0, **LAZY),
        np.sum,
        axis=axis,
        batch_size=2,
    )
)
