"""Spaces that are near to several at once, by alternating entropic plans and means."""

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import rows, weights
from .._public import public
from ._barycentres import _NOTHING, _alternate, _drawn, _Fixed, _spaces, _told, _told_fused
from ._entropic import entropic_fused_gromov_wasserstein, entropic_gromov_wasserstein

# How closely the plan of every step is found, as in POT, and the settings of the entropic problems that scripts pass on.
_TOLERANCE, _INNER = 1e-4, ("solver", "numItermax", "stopThr", "warmstart")


@public
def entropic_gromov_barycenters(
    N,
    Cs,
    ps=None,
    p=None,
    lambdas=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=True,
    max_iter=1000,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    random_state=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """As :func:`gromov_barycenters` with entropic plans of strength ``epsilon``; the log has ``T``, ``p``, ``err`` and, for
    the criterion ``loss``, ``loss``."""
    _engine.known(kwargs, *_INNER)
    kind, spaces = _spaces(Cs, None, ps, lambdas)
    p = weights(p, N, "The weights p")
    C = _drawn(N, init_C, random_state, scaled=True)

    def plan(C, _, s, start):
        given = dict(loss_fun=loss_fun, epsilon=epsilon, G0=start, max_iter=max_iter, tol=_TOLERANCE, log=True)
        resources = dict(threads=threads, memory=memory)
        return entropic_gromov_wasserstein(
            C, spaces.relations[s], p, spaces.weights[s], **given, **resources, **kwargs
        )

    _, C, course = _alternate(
        plan, "gw_dist", spaces, p, C, None, loss_fun, _NOTHING, max_iter, tol, stop_criterion, warmstartT
    )
    return _told(kind, p, C, course, stop_criterion, log)


@public
def entropic_fused_gromov_barycenters(
    N,
    Ys,
    Cs,
    ps=None,
    p=None,
    lambdas=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=True,
    alpha=0.5,
    max_iter=1000,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    init_Y=None,
    fixed_structure=False,
    fixed_features=False,
    random_state=None,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """As :func:`fgw_barycenters` with entropic plans of strength ``epsilon``, from the features ``init_Y``."""
    _engine.known(kwargs, *_INNER)
    kind, spaces = _spaces(Cs, Ys, ps, lambdas)
    p = weights(p, N, "The weights p")
    if (fixed_structure and init_C is None) or (fixed_features and init_Y is None):
        raise InputError(
            "What is fixed must be given.", "Pass init_C for fixed_structure and init_Y for fixed_features."
        )
    C = _drawn(N, init_C, random_state, scaled=False)
    Y = np.zeros((N, spaces.features[0].shape[1])) if init_Y is None else rows(init_Y, "The start init_Y")

    def plan(C, M, s, start):
        given = dict(epsilon=epsilon, alpha=alpha, G0=start, max_iter=max_iter, tol=_TOLERANCE, log=True)
        resources = dict(threads=threads, memory=memory)
        return entropic_fused_gromov_wasserstein(
            M, C, spaces.relations[s], p, spaces.weights[s], loss_fun, **given, **resources, **kwargs
        )

    fixed = _Fixed(fixed_structure, fixed_features)
    Y, C, course = _alternate(
        plan, "fgw_dist", spaces, p, C, Y, loss_fun, fixed, max_iter, tol, stop_criterion, warmstartT
    )
    return _told_fused(kind, spaces, p, (Y, C), course, stop_criterion, log)
