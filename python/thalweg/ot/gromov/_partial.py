"""Plans between spaces that move a part of the mass."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives
from .._engine import budget
from .._kinds import Kind, costs, weights
from .._partial_plans import entropic_partial_plan, exact_partial_plan
from .._public import public
from ._quadratic import Quadratic, descend
from ._spaces import structure_slopes


@public
def partial_gromov_wasserstein(
    C1,
    C2,
    p=None,
    q=None,
    m=None,
    loss_fun="square_loss",
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1e4,
    tol=1e-8,
    symmetric=None,
    warn=True,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """A stationary plan of Gromov-Wasserstein transport of the mass ``m``, by conditional gradient with exact steps.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
        Relations within each space; symmetric or not, which is found out (``symmetric`` does nothing).
    p, q : array_like, shapes (n,) and (m,), optional
        Weights, which need not have equal sums; equal ones by default.
    m : float, optional
        Mass to move, the smaller sum by default.
    loss_fun : str
        ``square_loss`` or ``kl_loss``.
    G0 : array_like, shape (n, m), optional
        Start, of the mass ``m`` and within the weights; ``m p q'``, normalised, by default.
    numItermax, tol
        Budget of iterations; ends once one lowers the objective by less than this fraction.
    nb_dummies, thres, warn
        Not used: the exact partial problem of a step always has a solution.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``loss`` (the objective at the start and after every iteration), ``partial_gw_dist``, ``u``, ``v``
        and what :func:`thalweg.ot.partial.partial_wasserstein` says of the last step.

    Notes
    -----
    Chapel, Alaya, Gasso, NeurIPS 2020.
    """
    given = budget(threads, memory)
    plan, said = _stationary(None, C1, C2, p, q, m, loss_fun, 1.0, G0, numItermax, tol, given, "partial_gw_dist")
    kind = Kind(C1, C2, p, q)
    return (kind(plan), _told(kind, said)) if log else kind(plan)


@public
def partial_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    q=None,
    m=None,
    loss_fun="square_loss",
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1e4,
    tol=1e-7,
    symmetric=None,
    warn=False,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective at the plan of :func:`partial_gromov_wasserstein`, which is ``T`` in the log; with torch it can be
    differentiated by ``C1`` and ``C2`` (at a fixed plan)."""
    given = budget(threads, memory)
    plan, said = _stationary(None, C1, C2, p, q, m, loss_fun, 1.0, G0, numItermax, tol, given, "partial_gw_dist")
    kind = Kind(C1, C2, p, q)
    value = kind.value(said["partial_gw_dist"], *structure_slopes(plan, C1, C2, loss_fun, 1.0))
    return (value, {**_told(kind, said), "partial_gw_dist": value, "T": kind(plan)}) if log else value


@public
def partial_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    q=None,
    m=None,
    loss_fun="square_loss",
    alpha=0.5,
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1e4,
    tol=1e-8,
    symmetric=None,
    warn=True,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """:func:`partial_gromov_wasserstein` with costs ``M`` between the spaces, of share ``1 - alpha``; the log has
    ``partial_fgw_dist``."""
    given = budget(threads, memory)
    plan, said = _stationary(M, C1, C2, p, q, m, loss_fun, alpha, G0, numItermax, tol, given, "partial_fgw_dist")
    kind = Kind(M, C1, C2, p, q)
    return (kind(plan), _told(kind, said)) if log else kind(plan)


@public
def partial_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    q=None,
    m=None,
    loss_fun="square_loss",
    alpha=0.5,
    nb_dummies=1,
    G0=None,
    thres=1,
    numItermax=1e4,
    tol=1e-7,
    symmetric=None,
    warn=False,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """The objective at the plan of :func:`partial_fused_gromov_wasserstein`, which is ``T`` in the log."""
    given = budget(threads, memory)
    plan, said = _stationary(M, C1, C2, p, q, m, loss_fun, alpha, G0, numItermax, tol, given, "partial_fgw_dist")
    kind = Kind(M, C1, C2, p, q)
    by_spaces = structure_slopes(plan, C1, C2, loss_fun, float(alpha))
    value = kind.value(said["partial_fgw_dist"], *by_spaces, (M, (1.0 - float(alpha)) * plan))
    return (value, {**_told(kind, said), "partial_fgw_dist": value, "T": kind(plan)}) if log else value


@public
def entropic_partial_gromov_wasserstein(
    C1,
    C2,
    p=None,
    q=None,
    reg=1.0,
    m=None,
    loss_fun="square_loss",
    G0=None,
    numItermax=1000,
    tol=1e-7,
    symmetric=None,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """A plan of Gromov-Wasserstein transport of the mass ``m`` with the entropy ``reg sum G log G``.

    ``tol`` is how little the plan must move in an iteration, in Frobenius norm. The log has ``err`` and
    ``partial_gw_dist`` (without the entropy). Otherwise as :func:`partial_gromov_wasserstein`.
    """
    given = budget(threads, memory)
    name = "partial_gw_dist"
    return _entropic(None, C1, C2, p, q, reg, m, loss_fun, 1.0, G0, numItermax, tol, given, name, log)


@public
def entropic_partial_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    q=None,
    reg=1.0,
    m=None,
    loss_fun="square_loss",
    G0=None,
    numItermax=1000,
    tol=1e-7,
    symmetric=None,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """The objective, without the entropy, at the plan of :func:`entropic_partial_gromov_wasserstein`, which is ``T`` in
    the log."""
    given, name = budget(threads, memory), "partial_gw_dist"
    plan, said = _entropic(None, C1, C2, p, q, reg, m, loss_fun, 1.0, G0, numItermax, tol, given, name, True)
    return (said[name], {**said, "T": plan}) if log else said[name]


@public
def entropic_partial_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    q=None,
    reg=1.0,
    m=None,
    loss_fun="square_loss",
    alpha=0.5,
    G0=None,
    numItermax=1000,
    tol=1e-7,
    symmetric=None,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """:func:`entropic_partial_gromov_wasserstein` with costs ``M`` between the spaces, of share ``1 - alpha``; the log has
    ``partial_fgw_dist``."""
    given, name = budget(threads, memory), "partial_fgw_dist"
    return _entropic(M, C1, C2, p, q, reg, m, loss_fun, alpha, G0, numItermax, tol, given, name, log)


@public
def entropic_partial_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    q=None,
    reg=1.0,
    m=None,
    loss_fun="square_loss",
    alpha=0.5,
    G0=None,
    numItermax=1000,
    tol=1e-7,
    symmetric=None,
    log=False,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """The objective, without the entropy, at the plan of :func:`entropic_partial_fused_gromov_wasserstein`, which is
    ``T`` in the log."""
    given, name = budget(threads, memory), "partial_fgw_dist"
    plan, said = _entropic(M, C1, C2, p, q, reg, m, loss_fun, alpha, G0, numItermax, tol, given, name, True)
    return (said[name], {**said, "T": plan}) if log else said[name]


def _stationary(M, C1, C2, p, q, m, loss_fun, alpha, G0, numItermax, tol, given, name):
    """The plan by exact steps, and what the log says, all in NumPy."""
    quadratic, p, q, m, start = _posed(C1, C2, p, q, m, loss_fun, G0)
    linear = 0.0 if M is None else (1.0 - float(alpha)) * costs(M)

    def nearest(slope):
        return exact_partial_plan(Kind(), p, q, slope, float(m), 0.0, 0.0, given)

    plan, course, said = descend(
        quadratic, linear, float(alpha), start, nearest, numItermax, tol, 0.0, "Partial transport between spaces"
    )
    return plan, {**said, "loss": course, name: course[-1]}


def _entropic(M, C1, C2, p, q, reg, m, loss_fun, alpha, G0, numItermax, tol, given, name, log):
    advice = "Use partial_gromov_wasserstein2, or detach the inputs with detach()."
    _derivatives.refuse("An entropic plan between spaces", advice, M, C1, C2, p, q)
    kind = Kind(M, C1, C2, p, q)
    quadratic, p, q, m, plan = _posed(C1, C2, p, q, m, loss_fun, G0)
    alpha, linear = float(alpha), 0.0 if M is None else (1.0 - float(alpha)) * costs(M)
    errors = []
    for _ in range(int(numItermax)):
        before = plan
        slope = np.ascontiguousarray(alpha * quadratic.slope(plan) + linear)
        plan, _ = entropic_partial_plan(p, q, slope, reg, m, 1e-100, 1000, given)
        errors.append(float(np.linalg.norm(plan - before)))
        if errors[-1] <= tol:
            break
    if not log:
        return kind(plan)
    value = alpha * quadratic.value(plan) + float((linear * plan).sum())
    return kind(plan), {"err": errors, name: kind(np.float64(value))}


def _posed(C1, C2, p, q, m, loss_fun, G0):
    quadratic = Quadratic(C1, C2, loss_fun)
    n, k = quadratic.shape
    p, q = weights(p, n, "The weights p"), weights(q, k, "The weights q")
    most = min(p.sum(), q.sum())
    m = float(most if m is None else m)
    if not 0 <= m <= most * (1 + 1e-12):
        raise InputError(f"The mass m is {m}, but it must be from 0 to {most:g}, the smaller of the two sums.")
    if G0 is None:
        return quadratic, p, q, m, np.outer(p, q) * (m / (p.sum() * q.sum()))
    start = costs(G0, "The start G0")
    if start.shape != (n, k) or (start.sum(axis=1) > p + 1e-8).any() or (start.sum(axis=0) > q + 1e-8).any():
        raise InputError("The start G0 is no partial plan between p and q.", f"Give one of the shape ({n}, {k}).")
    return quadratic, p, q, m, start


def _told(kind, said):
    return {key: kind(np.float64(value)) if key.endswith("_dist") else value for key, value in said.items()}
