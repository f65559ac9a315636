"""Distances, weights, results and the small tools that scripts of optimal transport use."""

from ._distances import cost_normalization, dist, dist0, euclidean_distances, kernel, laplacian
from ._plans import FactoredPlan, LazyPlan
from ._results import BaryResult, OTResult
from ._tools import (
    BaseEstimator,
    check_random_state,
    clean_zeros,
    label_normalization,
    labels_to_masks,
    list_to_array,
    proj_simplex,
    tic,
    toc,
    toq,
    unif,
)

__all__ = [
    "BaryResult",
    "BaseEstimator",
    "FactoredPlan",
    "LazyPlan",
    "OTResult",
    "check_random_state",
    "clean_zeros",
    "cost_normalization",
    "dist",
    "dist0",
    "euclidean_distances",
    "kernel",
    "label_normalization",
    "labels_to_masks",
    "laplacian",
    "list_to_array",
    "proj_simplex",
    "tic",
    "toc",
    "toq",
    "unif",
]
