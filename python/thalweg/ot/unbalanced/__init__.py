"""Transport whose marginals may be missed at a price. Names and conventions as in POT's ``ot.unbalanced``."""

from ._barycentre import barycenter_unbalanced, barycenter_unbalanced_sinkhorn, barycenter_unbalanced_stabilized
from ._lbfgs import lbfgsb_unbalanced, lbfgsb_unbalanced2
from ._line import sliced_unbalanced_ot, unbalanced_sliced_ot, uot_1d
from ._majorise import mm_unbalanced, mm_unbalanced2
from ._names import (
    sinkhorn_knopp_unbalanced,
    sinkhorn_stabilized_unbalanced,
    sinkhorn_unbalanced_translation_invariant,
)
from ._sinkhorn import sinkhorn_unbalanced, sinkhorn_unbalanced2

__all__ = [
    "barycenter_unbalanced",
    "barycenter_unbalanced_sinkhorn",
    "barycenter_unbalanced_stabilized",
    "lbfgsb_unbalanced",
    "lbfgsb_unbalanced2",
    "mm_unbalanced",
    "mm_unbalanced2",
    "sinkhorn_knopp_unbalanced",
    "sinkhorn_stabilized_unbalanced",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
    "sinkhorn_unbalanced_translation_invariant",
    "sliced_unbalanced_ot",
    "unbalanced_sliced_ot",
    "uot_1d",
]
