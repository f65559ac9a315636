"""The one solver under the names of POT's methods."""

from .._public import public
from ._sinkhorn import sinkhorn


@public
def sinkhorn_knopp(
    a, b, M, reg, numItermax=1000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None, **kwargs
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


@public
def sinkhorn_log(
    a, b, M, reg, numItermax=1000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None, **kwargs
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn_log", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


@public
def greenkhorn(a, b, M, reg, numItermax=10000, stopThr=1e-9, verbose=False, log=False, warn=True, warmstart=None):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "greenkhorn", numItermax, stopThr, verbose, log, warn, warmstart)


@public
def sinkhorn_stabilized(
    a,
    b,
    M,
    reg,
    numItermax=1000,
    tau=1e3,
    stopThr=1e-9,
    warmstart=None,
    verbose=False,
    print_period=20,
    log=False,
    warn=True,
    **kwargs,
):
    """:func:`sinkhorn` by the name of a method."""
    return sinkhorn(a, b, M, reg, "sinkhorn_stabilized", numItermax, stopThr, verbose, log, warn, warmstart, **kwargs)


@public
def sinkhorn_epsilon_scaling(
    a,
    b,
    M,
    reg,
    numItermax=100,
    epsilon0=1e4,
    numInnerItermax=100,
    tau=1e3,
    stopThr=1e-9,
    warmstart=None,
    verbose=False,
    print_period=10,
    log=False,
    warn=True,
    **kwargs,
):
    """:func:`sinkhorn` by the name of a method, with ``numItermax * numInnerItermax`` iterations."""
    most = numItermax * numInnerItermax
    return sinkhorn(a, b, M, reg, "sinkhorn_epsilon_scaling", most, stopThr, verbose, log, warn, warmstart, **kwargs)
