"""Entropic transport. Names, order of arguments and results as in POT's ``ot.bregman``.

There is one solver behind every method's name: scaling in the log domain with acceleration, which no regularisation
makes underflow. It solves ``min <G, M> + reg sum_ij G_ij log G_ij`` over plans with the marginals ``a`` and ``b``.
"""

from .._nystroem import empirical_sinkhorn_nystroem, empirical_sinkhorn_nystroem2
from ._barycentres import barycenter, barycenter_sinkhorn, barycenter_stabilized, free_support_sinkhorn_barycenter
from ._debiased import barycenter_debiased, convolutional_barycenter2d, convolutional_barycenter2d_debiased
from ._names import greenkhorn, sinkhorn_epsilon_scaling, sinkhorn_knopp, sinkhorn_log, sinkhorn_stabilized
from ._points import empirical_sinkhorn, empirical_sinkhorn2, empirical_sinkhorn_divergence
from ._proportions import geometricBar, geometricMean, jcpot_barycenter, projC, projR, unmix
from ._sinkhorn import sinkhorn, sinkhorn2

__all__ = [
    "barycenter",
    "barycenter_debiased",
    "barycenter_sinkhorn",
    "barycenter_stabilized",
    "convolutional_barycenter2d",
    "convolutional_barycenter2d_debiased",
    "empirical_sinkhorn",
    "empirical_sinkhorn2",
    "empirical_sinkhorn_divergence",
    "empirical_sinkhorn_nystroem",
    "empirical_sinkhorn_nystroem2",
    "free_support_sinkhorn_barycenter",
    "geometricBar",
    "geometricMean",
    "greenkhorn",
    "jcpot_barycenter",
    "projC",
    "projR",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_epsilon_scaling",
    "sinkhorn_knopp",
    "sinkhorn_log",
    "sinkhorn_stabilized",
    "unmix",
]
