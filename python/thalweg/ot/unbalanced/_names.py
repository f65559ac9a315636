"""The one solver under the names of POT's methods."""

from .._public import public
from ._sinkhorn import sinkhorn_unbalanced


@public
def sinkhorn_knopp_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, "sinkhorn", reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )


@public
def sinkhorn_stabilized_unbalanced(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    tau=1e5,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, "sinkhorn_stabilized", reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )


@public
def sinkhorn_unbalanced_translation_invariant(
    a,
    b,
    M,
    reg,
    reg_m,
    reg_type="kl",
    c=None,
    warmstart=None,
    numItermax=1000,
    stopThr=1e-6,
    verbose=False,
    log=False,
    **kwargs,
):
    """:func:`sinkhorn_unbalanced` by the name of a method."""
    method = "sinkhorn_translation_invariant"
    return sinkhorn_unbalanced(
        a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, log, **kwargs
    )
