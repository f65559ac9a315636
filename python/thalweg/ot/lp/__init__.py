"""Exact transport and what is built on it. Names, order of arguments and results as in POT's ``ot.lp``."""

from ._barycentres import barycenter, free_support_barycenter
from ._exact import emd, emd2, emd2_lazy, emd_batch
from ._free_supports import (
    free_support_barycenter_generic_costs,
    generalized_free_support_barycenter,
    ot_barycenter_energy,
)
from ._joined import NorthWestMMGluing, dmmot_monge_1dgrid_loss, dmmot_monge_1dgrid_optimize, emd_1d_sorted
from ._line import emd2_1d, emd_1d, emd_1d_dual_backprop, wasserstein_1d
from ._circle import (
    binary_search_circle,
    linear_circular_ot,
    semidiscrete_wasserstein2_unif_circle,
    wasserstein_circle,
)

__all__ = [
    "NorthWestMMGluing",
    "barycenter",
    "binary_search_circle",
    "dmmot_monge_1dgrid_loss",
    "dmmot_monge_1dgrid_optimize",
    "emd",
    "emd2",
    "emd2_1d",
    "emd2_lazy",
    "emd_1d",
    "emd_1d_dual_backprop",
    "emd_1d_sorted",
    "emd_batch",
    "free_support_barycenter",
    "free_support_barycenter_generic_costs",
    "generalized_free_support_barycenter",
    "linear_circular_ot",
    "ot_barycenter_energy",
    "semidiscrete_wasserstein2_unif_circle",
    "wasserstein_1d",
    "wasserstein_circle",
]
