"""Plans between spaces by alternating steps that meet one marginal each."""

import numpy as np

from .. import _derivatives, _engine
from .._kinds import Kind, costs, host, weights
from .._public import public
from ._quadratic import Exponents, is_symmetric, parts_of


@public
def BAPG_gromov_wasserstein(
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
    marginal_loss=False,
    verbose=False,
    log=False,
):
    """A plan of Gromov-Wasserstein transport by Bregman alternating projected gradients, which meets the second marginal
    and only nears the first.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
        Relations within each space.
    p, q : array_like, shapes (n,) and (m,), optional
    loss_fun : str
        ``square_loss`` or ``kl_loss``.
    epsilon : float
        Length of a step, and what is missed of the first marginal: both grow with it.
    G0 : array_like, shape (n, m), optional
        Start; ``p q'`` by default.
    max_iter, tol
        Budget of iterations; ends once a plan moves by less, in Frobenius norm.
    marginal_loss : bool
        Whether the slope has the terms that are constant on plans.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``err``, ``gw_dist``, and without ``marginal_loss`` the ``loss`` that was followed.

    Notes
    -----
    Li, Tang, Kong, Liu, Li, So, Blanchet, ICLR 2023.
    """
    plan, said = _alternate(None, C1, C2, p, q, loss_fun, epsilon, 1.0, G0, max_iter, tol, marginal_loss, "gw_dist")
    return (plan, said) if log else plan


@public
def BAPG_gromov_wasserstein2(
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
    marginal_loss=False,
    verbose=False,
    log=False,
):
    """The objective at the plan of :func:`BAPG_gromov_wasserstein`, which is ``T`` in the log."""
    plan, said = _alternate(None, C1, C2, p, q, loss_fun, epsilon, 1.0, G0, max_iter, tol, marginal_loss, "gw_dist")
    return (said["gw_dist"], {**said, "T": plan}) if log else said["gw_dist"]


@public
def BAPG_fused_gromov_wasserstein(
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
    marginal_loss=False,
    verbose=False,
    log=False,
):
    """:func:`BAPG_gromov_wasserstein` with costs ``M`` between the spaces, of share ``1 - alpha``; the log has
    ``fgw_dist``."""
    plan, said = _alternate(M, C1, C2, p, q, loss_fun, epsilon, alpha, G0, max_iter, tol, marginal_loss, "fgw_dist")
    return (plan, said) if log else plan


@public
def BAPG_fused_gromov_wasserstein2(
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
    marginal_loss=False,
    verbose=False,
    log=False,
):
    """The objective at the plan of :func:`BAPG_fused_gromov_wasserstein`; the log has ``T``, ``lin_loss`` and
    ``quad_loss``."""
    plan, said = _alternate(M, C1, C2, p, q, loss_fun, epsilon, alpha, G0, max_iter, tol, marginal_loss, "fgw_dist")
    if not log:
        return said["fgw_dist"]
    linear = (1.0 - float(alpha)) * float((host(plan, "The plan") * costs(M)).sum())
    parts = {"lin_loss": Kind(plan)(np.float64(linear)), "quad_loss": said["fgw_dist"] - linear}
    return said["fgw_dist"], {**said, **parts, "T": plan}


def _alternate(M, C1, C2, p, q, loss_fun, epsilon, alpha, G0, max_iter, tol, whole, name):
    advice = "Use gromov_wasserstein2 or fused_gromov_wasserstein2, or detach the inputs with detach()."
    _derivatives.refuse("A plan by alternating projections", advice, M, C1, C2, p, q)
    kind, alpha, epsilon = Kind(M, C1, C2, p, q), float(alpha), _engine.positive(epsilon, "epsilon")
    f1, f2, h1, h2 = parts_of(costs(C1, "The relations C1"), costs(C2, "The relations C2"), loss_fun)
    symmetric = is_symmetric(h1) and is_symmetric(h2)
    p, q = weights(p, len(h1), "The weights p"), weights(q, len(h2), "The weights q")
    linear = 0.0 if M is None else (1.0 - alpha) * costs(M)
    # What the terms of each space alone add at the marginals, and to either slope.
    constant = (f1 @ p)[:, None] + (f2 @ q)[None, :]
    slope = linear + (alpha * (constant + (f1.T @ p)[:, None] + (f2.T @ q)[None, :]) if whole else 0.0)
    plan, errors = np.outer(p, q) if G0 is None else costs(G0, "The start G0"), []

    share = alpha / epsilon
    terms = [(2.0 * share * h1, h2.T)] if symmetric else [(share * h1, h2.T), (share * h1.T, h2)]
    steps = Exponents(terms, -slope / epsilon, None, float(p.sum()))
    for step in range(int(max_iter)):
        before = plan
        # A constant along what is scaled cancels.
        plan = steps.step(plan, 1)
        plan *= (p / plan.sum(axis=1))[:, None]
        plan = steps.step(plan, 0)
        plan *= q / plan.sum(axis=0)
        # As in POT, one iteration in ten is judged.
        if step % 10 == 0:
            errors.append(float(np.linalg.norm(plan - before)))
            if errors[-1] <= tol:
                break
    settled = bool(errors) and errors[-1] <= tol
    ended = _engine.Ended(settled, step + 1, errors[-1] if errors else np.inf, "Raise max_iter or epsilon.")
    ended.warn("The alternation of projections")
    cross = -float(((h1 @ plan @ h2.T) * plan).sum())
    of_costs = float((linear * plan).sum())
    value = of_costs + alpha * (cross + float((constant * plan).sum()))
    said = {"err": errors, name: kind(np.float64(value)), "status": ended.status}
    return kind(plan), said if whole else {**said, "loss": kind(np.float64(of_costs + alpha * cross))}
