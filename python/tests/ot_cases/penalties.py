"""Conditional gradient with a penalty of the caller's, data sets and drawings."""

import numpy as np

from ._data import COVARIANCES, A, B, M, X
from ._registry import case, each

case("rescale_for_imshow_plot")(
    lambda ot: np.stack(ot.plot.rescale_for_imshow_plot(X[:, 0], X[:, 1], 20, 30, a_y=-0.5))
)
case("make_1D_gauss")(lambda ot: ot.datasets.make_1D_gauss(20, m=5, s=3))
case("make_2D_samples_gauss")(lambda ot: ot.datasets.make_2D_samples_gauss(5, [1, 2], COVARIANCES[2], random_state=0))
each("make_data_classif", ["3gauss", "3gauss2", "gaussrot", "2gauss_prop"])(
    lambda ot, name: np.column_stack(ot.datasets.make_data_classif(name, 12, theta=0.3, random_state=1))
)
case("generic_conditional_gradient", 1e-6)(
    lambda ot: ot.optim.generic_conditional_gradient(
        A,
        B,
        M,
        lambda G: 0.5 * (G**2).sum(),
        lambda G: G,
        1.0,
        None,
        lambda a, b, cost: (ot.emd(a, b, cost), {}),
        lambda cost, G, towards, slope, value, own: ot.optim.line_search_armijo(cost, G, towards, slope, value),
        numItermax=500,
    )
)
case("line_search_armijo")(lambda ot: ot.optim.line_search_armijo(lambda x: (x**4).sum(), X, -4 * X**3, 4 * X**3, None))
SQUARES = lambda G: 0.5 * (G**2).sum(), lambda G: G


@case("gcg", 1e-5)
def _(ot):
    G = ot.optim.gcg(A, B, M, 0.5, 2.0, *SQUARES, numItermax=300, numInnerItermax=2000, stopThr=1e-13)
    return (G * M).sum() + 0.5 * (G * np.log(G)).sum() + 2.0 * SQUARES[0](G)


case("semirelaxed_cg", 1e-5)(
    lambda ot: ot.optim.semirelaxed_cg(
        A,
        B,
        M,
        5.0,
        *SQUARES,
        line_search=lambda cost, G, towards, slope, value, *_, **__: ot.optim.line_search_armijo(
            cost, G, towards, slope, value
        ),
        numItermax=3000,
        stopThr=1e-13,
        stopThr2=1e-13,
    ).sum(axis=1)
)
case("solve_1d_linesearch_quad")(lambda ot: ot.optim.solve_1d_linesearch_quad(2.0, -1.0))
