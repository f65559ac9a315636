"""Exact transport, on the line and on the circle too."""

import numpy as np
import pytest

from ._data import HISTOGRAMS, A, B, M, X, Y
from ._registry import case, each, sums

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
TURNS = np.abs(X) % 1.0, np.abs(Y) % 1.0
# POT searches the cut to 1e-6.
each("wasserstein_circle", [1, 2, 3], 1e-6)(lambda ot, p: ot.wasserstein_circle(*TURNS, A, B, p=p))
case("semidiscrete_wasserstein2_unif_circle")(lambda ot: ot.semidiscrete_wasserstein2_unif_circle(TURNS[0]))
each("binary_search_circle", [1, 2], 1e-6)(
    lambda ot, p: ot.binary_search_circle(TURNS[0][:, 0], TURNS[1][:, 0], A, B, p=p)
)


@case("emd_1d_dual_backprop")
def _(ot):
    torch = pytest.importorskip("torch")
    return sums(ot.emd_1d_dual_backprop(*(torch.tensor(z) for z in (X[:, 0], Y[:, 0], A, B)), p=2)[:2])


# Conditional gradient ends where a step changes little.
case("weak_optimal_transport", 1e-3)(
    lambda ot: ((X - ot.weak_optimal_transport(X, Y, A, B, numItermax=5000) @ Y / A[:, None]) ** 2).sum(axis=1) @ A
)
