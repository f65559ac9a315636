"""Plans between spaces that may choose the weights of the second."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, host, weights
from .._public import public
from ._quadratic import Quadratic, descend
from ._spaces import structure_slopes


@public(numItermax="max_iter", stopThr="tol_rel")
def semirelaxed_gromov_wasserstein(
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    log=False,
    G0=None,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    random_state=0,
    **kwargs,
):
    """A stationary plan of Gromov-Wasserstein transport whose first marginal alone is given, by conditional gradient.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
        Relations within each space; symmetric or not, which is found out (``symmetric`` does nothing).
    p : array_like, shape (n,), optional
        Weights of the first space; equal ones by default.
    loss_fun : str
        ``square_loss`` or ``kl_loss``.
    G0 : array_like, shape (n, m), or str, optional
        Start, or how it is made: ``product`` (also the default), ``random_product`` or ``random``, from
        ``random_state``.
    max_iter, tol_rel, tol_abs
        Budget of iterations; ends once one lowers the objective by less than either fraction or amount.

    Returns
    -------
    G : array, shape (n, m)
        ``G 1 = p``; its other marginal is the weights that were chosen.
    log : dict
        With ``log=True``: ``loss`` (the objective at the start and after every iteration) and ``srgw_dist``.

    Notes
    -----
    Vincent-Cuaz, Flamary, Corneli, Vayer, Courty, ICLR 2022.
    """
    kind = Kind(C1, C2, p)
    plan, said = _stationary(None, C1, C2, p, loss_fun, 1.0, G0, max_iter, tol_rel, tol_abs, random_state, "srgw_dist")
    return (kind(plan), {**said, "srgw_dist": kind(said["srgw_dist"])}) if log else kind(plan)


@public(numItermax="max_iter", stopThr="tol_rel")
def semirelaxed_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    log=False,
    G0=None,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    random_state=0,
    **kwargs,
):
    """The objective at the plan of :func:`semirelaxed_gromov_wasserstein`, which is ``T`` in the log; with torch it can be
    differentiated by ``C1`` and ``C2`` (at a fixed plan)."""
    kind = Kind(C1, C2, p)
    plan, said = _stationary(None, C1, C2, p, loss_fun, 1.0, G0, max_iter, tol_rel, tol_abs, random_state, "srgw_dist")
    value = kind.value(said["srgw_dist"], *structure_slopes(plan, C1, C2, loss_fun, 1.0))
    return (value, {**said, "srgw_dist": value, "T": kind(plan)}) if log else value


@public(numItermax="max_iter", stopThr="tol_rel")
def semirelaxed_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    alpha=0.5,
    G0=None,
    log=False,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    random_state=0,
    **kwargs,
):
    """:func:`semirelaxed_gromov_wasserstein` with costs ``M`` between the spaces, of share ``1 - alpha``; the log has
    ``srfgw_dist``."""
    kind = Kind(M, C1, C2, p)
    plan, said = _stationary(M, C1, C2, p, loss_fun, alpha, G0, max_iter, tol_rel, tol_abs, random_state, "srfgw_dist")
    return (kind(plan), {**said, "srfgw_dist": kind(said["srfgw_dist"])}) if log else kind(plan)


@public(numItermax="max_iter", stopThr="tol_rel")
def semirelaxed_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    alpha=0.5,
    G0=None,
    log=False,
    max_iter=1e4,
    tol_rel=1e-9,
    tol_abs=1e-9,
    random_state=0,
    **kwargs,
):
    """The objective at the plan of :func:`semirelaxed_fused_gromov_wasserstein`; the log has ``T``, ``lin_loss`` and
    ``quad_loss``."""
    kind = Kind(M, C1, C2, p)
    plan, said = _stationary(M, C1, C2, p, loss_fun, alpha, G0, max_iter, tol_rel, tol_abs, random_state, "srfgw_dist")
    by_spaces = structure_slopes(plan, C1, C2, loss_fun, float(alpha))
    value = kind.value(said["srfgw_dist"], *by_spaces, (M, (1.0 - float(alpha)) * plan))
    return (value, {**_parts(kind, plan, said, M, alpha), "srfgw_dist": value}) if log else value


@public
def entropic_semirelaxed_gromov_wasserstein(
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1e4,
    tol=1e-9,
    log=False,
    verbose=False,
    random_state=0,
):
    """:func:`semirelaxed_gromov_wasserstein` by steps in the entropy ``epsilon KL(G | before)`` (mirror descent).

    ``tol`` is how little the plan must move in an iteration, in Frobenius norm; the log has ``err`` and ``srgw_dist``.
    """
    plan, said = _mirror(None, C1, C2, p, loss_fun, epsilon, 1.0, G0, max_iter, tol, random_state, "srgw_dist")
    return (plan, said) if log else plan


@public
def entropic_semirelaxed_gromov_wasserstein2(
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    epsilon=0.1,
    symmetric=None,
    G0=None,
    max_iter=1e4,
    tol=1e-9,
    log=False,
    verbose=False,
    random_state=0,
    **kwargs,
):
    """The objective at the plan of :func:`entropic_semirelaxed_gromov_wasserstein`, which is ``T`` in the log."""
    plan, said = _mirror(None, C1, C2, p, loss_fun, epsilon, 1.0, G0, max_iter, tol, random_state, "srgw_dist")
    return (said["srgw_dist"], {**said, "T": plan}) if log else said["srgw_dist"]


@public
def entropic_semirelaxed_fused_gromov_wasserstein(
    M,
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    epsilon=0.1,
    alpha=0.5,
    G0=None,
    max_iter=1e4,
    tol=1e-9,
    log=False,
    verbose=False,
    random_state=0,
):
    """:func:`entropic_semirelaxed_gromov_wasserstein` with costs ``M`` between the spaces, of share ``1 - alpha``; the log
    has ``srfgw_dist``, ``lin_loss`` and ``quad_loss``."""
    plan, said = _mirror(M, C1, C2, p, loss_fun, epsilon, alpha, G0, max_iter, tol, random_state, "srfgw_dist")
    return (plan, said) if log else plan


@public
def entropic_semirelaxed_fused_gromov_wasserstein2(
    M,
    C1,
    C2,
    p=None,
    loss_fun="square_loss",
    symmetric=None,
    epsilon=0.1,
    alpha=0.5,
    G0=None,
    max_iter=1e4,
    tol=1e-9,
    log=False,
    verbose=False,
    random_state=0,
):
    """The objective at the plan of :func:`entropic_semirelaxed_fused_gromov_wasserstein`, which is ``T`` in the log."""
    plan, said = _mirror(M, C1, C2, p, loss_fun, epsilon, alpha, G0, max_iter, tol, random_state, "srfgw_dist")
    return (said["srfgw_dist"], {**said, "T": plan}) if log else said["srfgw_dist"]


def _stationary(M, C1, C2, p, loss_fun, alpha, G0, max_iter, tol_rel, tol_abs, random_state, name):
    quadratic, p, start, linear = _posed(M, C1, C2, p, loss_fun, alpha, G0, random_state)
    plan, course, _ = descend(
        quadratic,
        linear,
        float(alpha),
        start,
        lambda slope: (cheapest(p, slope), {}),
        max_iter,
        tol_rel,
        tol_abs,
        "Semi-relaxed transport between spaces",
    )
    return plan, {"loss": course, name: np.float64(course[-1])}


def _mirror(M, C1, C2, p, loss_fun, epsilon, alpha, G0, max_iter, tol, random_state, name):
    advice = "Use semirelaxed_gromov_wasserstein2, or detach the inputs with detach()."
    _derivatives.refuse("An entropic plan between spaces", advice, M, C1, C2, p)
    kind = Kind(M, C1, C2, p)
    quadratic, p, plan, linear = _posed(M, C1, C2, p, loss_fun, alpha, G0, random_state)
    errors = []
    steps = quadratic.mirror(float(alpha), linear, _engine.positive(epsilon, "epsilon"), float(p.sum()))
    for step in range(int(max_iter)):
        before = plan
        # A constant a row cancels here.
        plan = steps.step(plan, 1)
        plan *= (p / plan.sum(axis=1))[:, None]
        # As in POT, one iteration in ten is judged.
        if step % 10 == 0:
            errors.append(float(np.linalg.norm(plan - before)))
            if errors[-1] <= tol:
                break
    linear_part, whole = float((linear * plan).sum()), float(alpha) * quadratic.value(plan)
    said = {"err": errors, name: kind(np.float64(linear_part + whole))}
    if M is not None:
        said.update(lin_loss=kind(np.float64(linear_part)), quad_loss=kind(np.float64(whole)))
    return kind(plan), said


def cheapest(p, slope):
    """The plan of least cost with the first marginal ``p``: all to the cheapest of a row, equally where several are."""
    best = slope <= slope.min(axis=1, keepdims=True) + 1e-15
    return best * (p / best.sum(axis=1))[:, None]


def _posed(M, C1, C2, p, loss_fun, alpha, G0, random_state):
    quadratic = Quadratic(C1, C2, loss_fun)
    n, m = quadratic.shape
    p = weights(p, n, "The weights p")
    linear = 0.0 if M is None else (1.0 - float(alpha)) * costs(M)
    if G0 is None or isinstance(G0, str):
        start = _start(p, m, G0 or "product", random_state)
        if G0 is not None and M is not None:
            start = float(alpha) * start + (1.0 - float(alpha)) * cheapest(p, costs(M))
        return quadratic, p, start, linear
    start = costs(G0, "The start G0")
    if start.shape != (n, m) or not np.allclose(start.sum(axis=1), p, rtol=0, atol=1e-8):
        raise InputError("The start G0 has other row sums than p.", f"Give a plan of the shape ({n}, {m}) from p.")
    return quadratic, p, start, linear


def _start(p, m, how, random_state):
    if how == "product":
        return np.outer(p, np.full(m, 1.0 / m))
    drawn = np.random.RandomState(random_state)
    if how == "random_product":
        q = drawn.uniform(0, m, size=m)
        return np.outer(p, q / q.sum())
    if how == "random":
        rows = drawn.uniform(0, len(p) * m, size=(len(p), m))
        return rows * (p / rows.sum(axis=1))[:, None]
    raise InputError(f'There is no start called "{how}".', "They are product, random_product and random.")


def _parts(kind, plan, said, M, alpha):
    linear = (1.0 - float(alpha)) * float((plan * host(M, "M")).sum())
    parts = {"lin_loss": kind(np.float64(linear)), "quad_loss": kind(said["srfgw_dist"] - linear)}
    return {**said, **parts, "T": kind(plan)}
