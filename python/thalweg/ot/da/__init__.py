"""Domain adaptation: estimators that carry one cloud onto another. Names and conventions as in POT's ``ot.da``."""

from ._base import BaseTransport, distribution_estimation_uniform
from ._classes import sinkhorn_l1l2_gl, sinkhorn_lpl1_mm
from ._linear import LinearGWTransport, LinearTransport
from ._plans import (
    EMDTransport,
    SinkhornL1l2Transport,
    SinkhornLpl1Transport,
    SinkhornTransport,
    UnbalancedSinkhornTransport,
)

__all__ = [
    "BaseTransport",
    "EMDTransport",
    "LinearGWTransport",
    "LinearTransport",
    "SinkhornL1l2Transport",
    "SinkhornLpl1Transport",
    "SinkhornTransport",
    "UnbalancedSinkhornTransport",
    "distribution_estimation_uniform",
    "sinkhorn_l1l2_gl",
    "sinkhorn_lpl1_mm",
]
