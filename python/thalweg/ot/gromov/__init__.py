"""Transport between spaces that share no coordinates. Names and conventions as in POT's ``ot.gromov``.

``C1`` (``n x n``) and ``C2`` (``m x m``) say how the points of each space relate, ``M`` (``n x m``) what moving between
the spaces costs. The objective is ``(1 - alpha) <G, M> + alpha sum L(C1_ik, C2_jl) G_ij G_kl``; it is not convex, and
the solvers find a stationary plan near where they start.
"""

from ._bapg import (
    BAPG_fused_gromov_wasserstein,
    BAPG_fused_gromov_wasserstein2,
    BAPG_gromov_wasserstein,
    BAPG_gromov_wasserstein2,
)
from ._barycentres import fgw_barycenters, gromov_barycenters
from ._dictionaries import (
    fused_gromov_wasserstein_dictionary_learning,
    fused_gromov_wasserstein_linear_unmixing,
    gromov_wasserstein_dictionary_learning,
    gromov_wasserstein_linear_unmixing,
)
from ._divergences import (
    div_between_product,
    div_to_product,
    fused_unbalanced_across_spaces_cost,
    uot_cost_matrix,
    uot_parameters_and_measures,
)
from ._entropic import (
    entropic_fused_gromov_wasserstein,
    entropic_fused_gromov_wasserstein2,
    entropic_gromov_wasserstein,
    entropic_gromov_wasserstein2,
)
from ._entropic_barycentres import entropic_fused_gromov_barycenters, entropic_gromov_barycenters
from ._exact import (
    fused_gromov_wasserstein,
    fused_gromov_wasserstein2,
    gromov_wasserstein,
    gromov_wasserstein2,
)
from ._lowrank import lowrank_gromov_wasserstein_samples
from ._partial import (
    entropic_partial_fused_gromov_wasserstein,
    entropic_partial_fused_gromov_wasserstein2,
    entropic_partial_gromov_wasserstein,
    entropic_partial_gromov_wasserstein2,
    partial_fused_gromov_wasserstein,
    partial_fused_gromov_wasserstein2,
    partial_gromov_wasserstein,
    partial_gromov_wasserstein2,
)
from ._quantized import (
    format_partitioned_graph,
    format_partitioned_samples,
    get_graph_partition,
    get_graph_representants,
    get_partition_and_representants_samples,
    quantized_fused_gromov_wasserstein,
    quantized_fused_gromov_wasserstein_partitioned,
    quantized_fused_gromov_wasserstein_samples,
)
from ._sampled import GW_distance_estimation, pointwise_gromov_wasserstein, sampled_gromov_wasserstein
from ._searches import (
    solve_gromov_linesearch,
    solve_partial_gromov_linesearch,
    solve_semirelaxed_gromov_linesearch,
)
from ._semirelaxed import (
    entropic_semirelaxed_fused_gromov_wasserstein,
    entropic_semirelaxed_fused_gromov_wasserstein2,
    entropic_semirelaxed_gromov_wasserstein,
    entropic_semirelaxed_gromov_wasserstein2,
    semirelaxed_fused_gromov_wasserstein,
    semirelaxed_fused_gromov_wasserstein2,
    semirelaxed_gromov_wasserstein,
    semirelaxed_gromov_wasserstein2,
)
from ._semirelaxed_barycentres import (
    init_matrix_semirelaxed,
    semirelaxed_fgw_barycenters,
    semirelaxed_gromov_barycenters,
    semirelaxed_init_plan,
    update_barycenter_feature,
    update_barycenter_structure,
)
from ._terms import gwggrad, gwloss, init_matrix, tensor_product
from ._unbalanced import (
    fused_unbalanced_across_spaces_divergence,
    fused_unbalanced_gromov_wasserstein,
    fused_unbalanced_gromov_wasserstein2,
    unbalanced_co_optimal_transport,
    unbalanced_co_optimal_transport2,
)

__all__ = [
    "BAPG_fused_gromov_wasserstein",
    "BAPG_fused_gromov_wasserstein2",
    "BAPG_gromov_wasserstein",
    "BAPG_gromov_wasserstein2",
    "GW_distance_estimation",
    "div_between_product",
    "div_to_product",
    "entropic_fused_gromov_barycenters",
    "entropic_fused_gromov_wasserstein",
    "entropic_fused_gromov_wasserstein2",
    "entropic_gromov_barycenters",
    "entropic_gromov_wasserstein",
    "entropic_gromov_wasserstein2",
    "entropic_partial_fused_gromov_wasserstein",
    "entropic_partial_fused_gromov_wasserstein2",
    "entropic_partial_gromov_wasserstein",
    "entropic_partial_gromov_wasserstein2",
    "entropic_semirelaxed_fused_gromov_wasserstein",
    "entropic_semirelaxed_fused_gromov_wasserstein2",
    "entropic_semirelaxed_gromov_wasserstein",
    "entropic_semirelaxed_gromov_wasserstein2",
    "fgw_barycenters",
    "format_partitioned_graph",
    "format_partitioned_samples",
    "fused_gromov_wasserstein",
    "fused_gromov_wasserstein2",
    "fused_gromov_wasserstein_dictionary_learning",
    "fused_gromov_wasserstein_linear_unmixing",
    "fused_unbalanced_across_spaces_cost",
    "fused_unbalanced_across_spaces_divergence",
    "fused_unbalanced_gromov_wasserstein",
    "fused_unbalanced_gromov_wasserstein2",
    "get_graph_partition",
    "get_graph_representants",
    "get_partition_and_representants_samples",
    "gromov_barycenters",
    "gromov_wasserstein",
    "gromov_wasserstein2",
    "gromov_wasserstein_dictionary_learning",
    "gromov_wasserstein_linear_unmixing",
    "gwggrad",
    "gwloss",
    "init_matrix",
    "init_matrix_semirelaxed",
    "lowrank_gromov_wasserstein_samples",
    "partial_fused_gromov_wasserstein",
    "partial_fused_gromov_wasserstein2",
    "partial_gromov_wasserstein",
    "partial_gromov_wasserstein2",
    "pointwise_gromov_wasserstein",
    "quantized_fused_gromov_wasserstein",
    "quantized_fused_gromov_wasserstein_partitioned",
    "quantized_fused_gromov_wasserstein_samples",
    "sampled_gromov_wasserstein",
    "semirelaxed_fgw_barycenters",
    "semirelaxed_fused_gromov_wasserstein",
    "semirelaxed_fused_gromov_wasserstein2",
    "semirelaxed_gromov_barycenters",
    "semirelaxed_gromov_wasserstein",
    "semirelaxed_gromov_wasserstein2",
    "semirelaxed_init_plan",
    "solve_gromov_linesearch",
    "solve_partial_gromov_linesearch",
    "solve_semirelaxed_gromov_linesearch",
    "tensor_product",
    "unbalanced_co_optimal_transport",
    "unbalanced_co_optimal_transport2",
    "uot_cost_matrix",
    "uot_parameters_and_measures",
    "update_barycenter_feature",
    "update_barycenter_structure",
]
