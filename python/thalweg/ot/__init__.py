"""Optimal transport under the names of POT: ``import thalweg.ot as ot`` runs scripts that were written for it.

Names, order of arguments, defaults and results are those of POT 0.9.7 for every function that both have; the solvers
are thalweg's. Arrays may be lists, NumPy, torch, JAX, and whatever has ``__array__`` or ``__dlpack__``; results are of
the caller's kind and precision.

What POT does not have: ``log["certificate"]`` (primal, dual and gap of exact transport), :func:`emd_batch`, lazy exact
and unbalanced plans in :func:`solve_sample`, ``memory=`` and ``threads=`` in every solver.
"""

from . import (
    bregman,
    coot,
    da,
    datasets,
    gaussian,
    gromov,
    lp,
    optim,
    partial,
    plot,
    sliced,
    solvers,
    unbalanced,
    utils,
)
from .bregman import barycenter, sinkhorn, sinkhorn2
from .da import sinkhorn_lpl1_mm
from .gromov import (
    fused_gromov_wasserstein,
    fused_gromov_wasserstein2,
    gromov_barycenters,
    gromov_wasserstein,
    gromov_wasserstein2,
)
from .lp import emd, emd2, emd2_1d, emd2_lazy, emd_1d, emd_batch, wasserstein_1d
from .sliced import max_sliced_wasserstein_distance, sliced_wasserstein_distance
from .solvers import solve, solve_gromov, solve_sample
from .unbalanced import sinkhorn_unbalanced, sinkhorn_unbalanced2
from .utils import dist, tic, toc, toq, unif

__all__ = [
    "barycenter",
    "bregman",
    "coot",
    "da",
    "datasets",
    "dist",
    "emd",
    "emd2",
    "emd2_1d",
    "emd2_lazy",
    "emd_1d",
    "emd_batch",
    "fused_gromov_wasserstein",
    "fused_gromov_wasserstein2",
    "gaussian",
    "gromov",
    "gromov_barycenters",
    "gromov_wasserstein",
    "gromov_wasserstein2",
    "lp",
    "optim",
    "max_sliced_wasserstein_distance",
    "partial",
    "plot",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_lpl1_mm",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
    "sliced",
    "sliced_wasserstein_distance",
    "solve",
    "solve_gromov",
    "solve_sample",
    "solvers",
    "tic",
    "toc",
    "toq",
    "unbalanced",
    "unif",
    "utils",
    "wasserstein_1d",
]
