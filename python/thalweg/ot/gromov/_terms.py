"""The terms of the objective, which scripts put together themselves."""

import numpy as np

from .._kinds import Kind, costs, host, weights
from .._public import public
from ._quadratic import parts_of


@public
def init_matrix(C1, C2, p, q, loss_fun="square_loss", nx=None):
    """``(constC, hC1, hC2)`` with which :func:`tensor_product` gives the cost of each pair under a plan between ``p`` and
    ``q``: shapes ``(n, m)``, ``(n, n)``, ``(m, m)``."""
    kind = Kind(C1, C2, p, q)
    f1, f2, h1, h2 = parts_of(costs(C1, "The relations C1"), costs(C2, "The relations C2"), loss_fun)
    p, q = weights(p, len(f1), "The weights p"), weights(q, len(f2), "The weights q")
    return kind((f1 @ p)[:, None] + (f2 @ q)[None, :]), kind(h1), kind(h2)


@public
def tensor_product(constC, hC1, hC2, T, nx=None):
    """``constC - hC1 T hC2'``, ``(n, m)``."""
    kind = Kind(constC, hC1, hC2, T)
    return kind(host(constC, "constC") - host(hC1, "hC1") @ host(T, "The plan") @ host(hC2, "hC2").T)


@public
def gwloss(constC, hC1, hC2, T, nx=None):
    """``<tensor_product, T>``, the quadratic objective at a plan."""
    kind = Kind(constC, hC1, hC2, T)
    return kind(np.float64((host(tensor_product(constC, hC1, hC2, T), "The product") * host(T, "The plan")).sum()))


@public
def gwggrad(constC, hC1, hC2, T, nx=None):
    """``2 tensor_product``, the derivative of :func:`gwloss` between symmetric spaces."""
    return 2.0 * tensor_product(constC, hC1, hC2, T)
