"""Plans between spaces with an entropy: each step is an entropic plan."""

from typing import NamedTuple

import numpy as np

from ... import _thalweg
from .. import _derivatives, _engine
from .._engine import budget
from .._kinds import Kind
from .._public import public
from ._spaces import parts, posed


class _Inner(NamedTuple):
    """How an entropic iteration goes; read by the native half."""

    epsilon: float
    scheme: str
    tolerance: float
    max_iterations: int


@public(numItermax="max_iter", stopThr="tol")
def entropic_gromov_wasserstein(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """A plan of Gromov-Wasserstein transport with the entropy ``epsilon sum G log G``.

    ``solver`` is ``PGD`` (a fixed point has this entropy) or ``PPA`` (steps of this entropy; none in the limit);
    ``numItermax`` and ``stopThr`` go to the entropic problem of each iteration. The log has ``err`` (the last one, in a
    list), ``gw_dist`` (without the entropy), ``loss``, ``niter`` and ``status``. Otherwise as
    :func:`gromov_wasserstein`.
    """
    kind = Kind(C1, C2, p, q)
    plan, said = _entropic(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


@public(numItermax="max_iter", stopThr="tol")
def entropic_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective, without the entropy, at the plan of :func:`entropic_gromov_wasserstein`, which is ``T`` in the
    log."""
    kind = Kind(C1, C2, p, q)
    plan, said = _entropic(
        kind, "gw_dist", None, C1, C2, p, q, loss_fun, 1.0, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (said["gw_dist"], {**said, "T": kind(plan)}) if log else said["gw_dist"]


@public(numItermax="max_iter", stopThr="tol")
def entropic_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    alpha=0.5,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """:func:`entropic_gromov_wasserstein` with costs between the spaces, as in :func:`fused_gromov_wasserstein`."""
    kind = Kind(M, C1, C2, p, q)
    plan, said = _entropic(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (kind(plan), said) if log else kind(plan)


@public(numItermax="max_iter", stopThr="tol")
def entropic_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    q=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    alpha=0.5,
    G0=None,
    max_iter=1000,
    tol=1e-9,
    solver="PGD",
    warmstart=False,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective, without the entropy, at the plan of :func:`entropic_fused_gromov_wasserstein`."""
    kind = Kind(M, C1, C2, p, q)
    plan, said = _entropic(
        kind, "fgw_dist", M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
    )
    return (said["fgw_dist"], parts(kind, plan, said, M, alpha)) if log else said["fgw_dist"]


def _entropic(
    kind, name, M, C1, C2, p, q, loss_fun, alpha, epsilon, G0, max_iter, tol, solver, kwargs, threads, memory
):
    """The plan of the entropic iteration, and what the log says."""
    advice = "Use gromov_wasserstein2 or fused_gromov_wasserstein2, or detach the inputs with detach()."
    _derivatives.refuse("An entropic plan between spaces", advice, M, C1, C2, p, q)
    _engine.known(kwargs, "numItermax", "stopThr", "warn", "method")
    spaces = posed(M, C1, C2, p, q, loss_fun, alpha, G0)
    inner = _Inner(float(epsilon), str(solver), float(kwargs.get("stopThr", 1e-9)), int(kwargs.get("numItermax", 1000)))
    plan, value, course, _, end = _thalweg.ot_entropic_gromov(
        spaces, inner, float(tol), int(max_iter), budget(threads, memory)
    )
    ended = _engine.Ended(*end)
    # An iteration cannot settle closer than the entropic problems inside it.
    if ended.residual > max(float(tol), 1e-7):
        ended.warn("Entropic Gromov-Wasserstein transport")
    said = {"err": [ended.residual], name: kind(np.float64(value)), "loss": course.tolist()}
    return plan, {**said, "niter": ended.iterations, "status": ended.status}
