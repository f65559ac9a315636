"""Transport whose marginals may be missed, and of a part of the mass."""

import numpy as np
import pytest

from ._data import HISTOGRAMS, REFERENCE, A, B, M, X, Y
from ._registry import case, each

PRICES = [1.0, (0.5, 2.0), (float("inf"), 1.0)]
for kind in ("kl", "entropy"):
    each(f"sinkhorn_unbalanced {kind}", PRICES)(
        lambda ot, price, kind=kind: ot.unbalanced.sinkhorn_unbalanced(
            A, 2 * B, M, 0.7, price, reg_type=kind, stopThr=1e-12
        )
    )
    each(f"sinkhorn_unbalanced2 {kind}", ["linear"])(
        lambda ot, cost, kind=kind: ot.unbalanced.sinkhorn_unbalanced2(
            A, 2 * B, M, 0.7, 1.0, reg_type=kind, returnCost=cost, stopThr=1e-12
        )
    )
case("sinkhorn_unbalanced reference")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, c=REFERENCE, stopThr=1e-12)
)
case("sinkhorn_unbalanced logu")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, log=True, stopThr=1e-12)[1]["logu"]
)
case("sinkhorn_unbalanced2 columns")(
    lambda ot: ot.unbalanced.sinkhorn_unbalanced2(A, HISTOGRAMS, M, 0.7, 1.0, stopThr=1e-12)
)
each("sinkhorn_unbalanced", ["sinkhorn_stabilized", "sinkhorn_translation_invariant"])(
    lambda ot, method: ot.sinkhorn_unbalanced(A, B, M, 0.7, 1.0, method=method, stopThr=1e-12)
)
for div in ("kl", "l2"):
    each(f"mm_unbalanced {div}", [0, 0.3])(
        lambda ot, reg, div=div: ot.unbalanced.mm_unbalanced(A, B, M, 2.0, div=div, reg=reg)
    )
    each(f"mm_unbalanced2 {div}", ["linear", "total"])(
        lambda ot, cost, div=div: ot.unbalanced.mm_unbalanced2(A, B, M, (2.0, 1.0), div=div, reg=0.3, returnCost=cost)
    )

each("partial_wasserstein", [0.5, 0.9, None])(lambda ot, m: ot.partial.partial_wasserstein(A, B, M, m=m))
case("partial_wasserstein2")(lambda ot: ot.partial.partial_wasserstein2(A, B, M, m=0.5))
case("partial_wasserstein_lagrange")(lambda ot: ot.partial.partial_wasserstein_lagrange(A, B, M, reg_m=1.0))
each("entropic_partial_wasserstein", [0.3, 0.8])(
    lambda ot, m: ot.partial.entropic_partial_wasserstein(A, B, M, 0.5, m=m)
)
# L-BFGS ends where it is told to, and POT keeps its logarithms finite.
for kind in ("l2", "kl"):
    each(f"lbfgsb_unbalanced2 {kind}", ["l2", "kl"], 1e-3)(
        lambda ot, price, kind=kind: ot.unbalanced.lbfgsb_unbalanced2(
            A, B, M, 0.5, 1.0, reg_div=kind, regm_div=price, returnCost="total"
        )
    )


# POT takes tensors of torch only, and adds all lines up in the penalty of one side where the other must be met.
def tensors(*arrays):
    torch = pytest.importorskip("torch")
    return [torch.tensor(z) for z in arrays]


each("uot_1d", [1.0, (0.5, 2.0), (float("inf"), 1.0)])(
    lambda ot, price: ot.unbalanced.uot_1d(*tensors(X, Y), price, *tensors(A, 2 * B))[2]
)
LINES = np.array([[1.0, 0.6], [0.0, 0.8]])
case("sliced_unbalanced_ot")(
    lambda ot: ot.unbalanced.sliced_unbalanced_ot(*tensors(X, Y), 1.0, *tensors(A, B), projections=tensors(LINES)[0])
)
case("unbalanced_sliced_ot")(
    lambda ot: ot.unbalanced.unbalanced_sliced_ot(*tensors(X, Y), 1.0, *tensors(A, B), projections=tensors(LINES)[0])[0]
)
NAMES = [
    "sinkhorn_knopp_unbalanced",
    "sinkhorn_stabilized_unbalanced",
    "sinkhorn_unbalanced_translation_invariant",
]
each("unbalanced", NAMES)(lambda ot, name: getattr(ot.unbalanced, name)(A, 2 * B, M, 0.7, 1.0, stopThr=1e-12))
case("lbfgsb_unbalanced", 1e-3)(lambda ot: ot.unbalanced.lbfgsb_unbalanced(A, B, M, 0.5, 1.0).sum(axis=1))
case("entropic_partial_wasserstein_logscale")(
    lambda ot: ot.partial.entropic_partial_wasserstein_logscale(A, B, M, 0.5, m=0.6)
)
