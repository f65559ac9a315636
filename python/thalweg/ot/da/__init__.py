"""Domain adaptation: estimators that carry one cloud onto another. Names and conventions as in POT's ``ot.da``."""

from ._base import BaseTransport, distribution_estimation_uniform
from ._classes import sinkhorn_l1l2_gl, sinkhorn_lpl1_mm
from ._laplace import EMDLaplaceTransport, emd_laplace
from ._linear import LinearGWTransport, LinearTransport
from ._mapping import MappingTransport
from ._plans import (
    EMDTransport,
    SinkhornL1l2Transport,
    SinkhornLpl1Transport,
    SinkhornTransport,
    UnbalancedSinkhornTransport,
)
from ._proportions import JCPOTTransport

__all__ = [
    "BaseTransport",
    "EMDLaplaceTransport",
    "EMDTransport",
    "JCPOTTransport",
    "LinearGWTransport",
    "LinearTransport",
    "MappingTransport",
    "SinkhornL1l2Transport",
    "SinkhornLpl1Transport",
    "SinkhornTransport",
    "UnbalancedSinkhornTransport",
    "distribution_estimation_uniform",
    "emd_laplace",
    "sinkhorn_l1l2_gl",
    "sinkhorn_lpl1_mm",
]
