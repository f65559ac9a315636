"""Optimal transport under the names of POT: ``import thalweg.ot as ot`` runs scripts that were written for it.

Names, order of arguments, defaults and results are those of POT 0.9.7 for every function that both have; the solvers
are thalweg's. Arrays may be lists, NumPy, torch, JAX, and whatever has ``__array__`` or ``__dlpack__``; results are of
the caller's kind and precision.

What POT does not have: ``log["certificate"]`` (primal, dual and gap of exact transport), :func:`emd_batch`, lazy exact
and unbalanced plans in :func:`solve_sample`, ``memory=`` and ``threads=`` in every solver.
"""

from . import (
    batch,
    bregman,
    coot,
    da,
    datasets,
    factored,
    gaussian,
    gmm,
    gromov,
    lowrank,
    lp,
    mapping,
    optim,
    partial,
    plot,
    semidiscrete,
    sliced,
    smooth,
    solvers,
    stochastic,
    unbalanced,
    utils,
    weak,
)
from .batch import dist_batch, solve_batch, solve_gromov_batch, solve_sample_batch
from .bregman import barycenter, sinkhorn, sinkhorn2
from .da import sinkhorn_lpl1_mm
from .factored import factored_optimal_transport
from .gromov import (
    fused_gromov_wasserstein,
    fused_gromov_wasserstein2,
    gromov_barycenters,
    gromov_wasserstein,
    gromov_wasserstein2,
    lowrank_gromov_wasserstein_samples,
)
from .lowrank import lowrank_sinkhorn
from .lp import (
    binary_search_circle,
    emd,
    emd2,
    emd2_1d,
    emd2_lazy,
    emd_1d,
    emd_1d_dual_backprop,
    emd_batch,
    linear_circular_ot,
    semidiscrete_wasserstein2_unif_circle,
    wasserstein_1d,
    wasserstein_circle,
)
from .sliced import (
    expected_sliced_plan,
    linear_sliced_wasserstein_sphere,
    max_sliced_wasserstein_distance,
    min_sliced_transport_plan,
    sliced_wasserstein_distance,
    sliced_wasserstein_sphere,
    sliced_wasserstein_sphere_unif,
)
from .solvers import solve, solve_bary_sample, solve_gromov, solve_sample
from .unbalanced import (
    barycenter_unbalanced,
    sinkhorn_unbalanced,
    sinkhorn_unbalanced2,
    sliced_unbalanced_ot,
    unbalanced_sliced_ot,
    uot_1d,
)
from .utils import dist, tic, toc, toq, unif
from .weak import weak_optimal_transport

__all__ = [
    "barycenter",
    "barycenter_unbalanced",
    "batch",
    "binary_search_circle",
    "bregman",
    "coot",
    "da",
    "datasets",
    "dist",
    "dist_batch",
    "emd",
    "emd2",
    "emd2_1d",
    "emd2_lazy",
    "emd_1d",
    "emd_1d_dual_backprop",
    "emd_batch",
    "expected_sliced_plan",
    "factored",
    "factored_optimal_transport",
    "fused_gromov_wasserstein",
    "fused_gromov_wasserstein2",
    "gaussian",
    "gmm",
    "gromov",
    "gromov_barycenters",
    "gromov_wasserstein",
    "gromov_wasserstein2",
    "linear_circular_ot",
    "linear_sliced_wasserstein_sphere",
    "lowrank",
    "lowrank_gromov_wasserstein_samples",
    "lowrank_sinkhorn",
    "lp",
    "mapping",
    "max_sliced_wasserstein_distance",
    "min_sliced_transport_plan",
    "optim",
    "partial",
    "plot",
    "semidiscrete",
    "semidiscrete_wasserstein2_unif_circle",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_lpl1_mm",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
    "sliced",
    "sliced_unbalanced_ot",
    "sliced_wasserstein_distance",
    "sliced_wasserstein_sphere",
    "sliced_wasserstein_sphere_unif",
    "smooth",
    "solve",
    "solve_bary_sample",
    "solve_batch",
    "solve_gromov",
    "solve_gromov_batch",
    "solve_sample",
    "solve_sample_batch",
    "solvers",
    "stochastic",
    "tic",
    "toc",
    "toq",
    "unbalanced",
    "unbalanced_sliced_ot",
    "unif",
    "uot_1d",
    "utils",
    "wasserstein_1d",
    "wasserstein_circle",
    "weak",
    "weak_optimal_transport",
]
