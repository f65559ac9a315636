"""The terms of unbalanced transport between spaces, which scripts put together themselves.

Relations come as ``data = (X^2, Y^2, X, Y)``, prices as ``(rho_x, rho_y, ...)``; ``inf`` and 0 stand for a marginal that is met
and for one that is free, neither of which costs anything.
"""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, costs, host, masses
from .._public import public


@public
def div_between_product(mu, nu, alpha, beta, divergence, nx=None):
    """The divergence of ``mu nu'`` from ``alpha beta'``, ``kl`` (with its terms of mass) or ``l2`` (half the squared
    difference), by its factors; all may be vectors or matrices."""
    kind = Kind(mu, nu, alpha, beta)
    mu, nu, alpha, beta = (_mass(z, f"The weights {name}") for z, name in zip((mu, nu, alpha, beta), _NAMES))
    if _known(divergence) == "l2":
        squares = [float((z**2).sum()) for z in (mu, nu, alpha, beta)]
        crossed = float((mu * alpha).sum() * (nu * beta).sum())
        return kind(np.float64(0.5 * (squares[0] * squares[1] + squares[2] * squares[3]) - crossed))
    total = [float(z.sum()) for z in (mu, nu, alpha, beta)]
    value = total[1] * _relative(mu, alpha) + total[0] * _relative(nu, beta)
    return kind(np.float64(value - total[0] * total[1] + total[2] * total[3]))


@public
def div_to_product(pi, a, b, pi1=None, pi2=None, divergence="kl", mass=True, nx=None):
    """The divergence of a plan ``(n, m)`` from ``a b'``; the relative entropy alone without ``mass``.

    ``pi1`` and ``pi2`` are the marginals of the plan, which are summed where they are left out.
    """
    kind, pi = Kind(pi, a, b), masses(costs(pi, "The plan pi"), "The plan pi")
    a, b = _mass(a, "The weights a"), _mass(b, "The weights b")
    if _known(divergence) == "l2":
        crossed = float(a @ pi @ b)
        return kind(np.float64(0.5 * (float((pi**2).sum()) + float((a**2).sum() * (b**2).sum())) - crossed))
    rows = pi.sum(axis=1) if pi1 is None else _mass(pi1, "The marginal pi1")
    columns = pi.sum(axis=0) if pi2 is None else _mass(pi2, "The marginal pi2")
    value = _relative(pi, np.ones_like(pi)) - _logs(rows, a) - _logs(columns, b)
    return kind(np.float64(value - pi.sum() + a.sum() * b.sum() if mass else value))


@public
def uot_cost_matrix(data, pi, tuple_p, hyperparams, divergence, reg_type, nx=None):
    """What each pair pays in the problem of one plan at the other plan ``pi``: ``(n, m)``.

    Parameters
    ----------
    data : tuple
        ``(X^2, Y^2, X, Y, M)``, shapes ``(n, d)``, ``(m, e)`` twice, and ``(n, m)`` or None.
    pi : array_like, shape (d, e)
    tuple_p : pair of array_like, shapes (d,) and (e,)
        Weights from which the marginals of ``pi`` are measured.
    hyperparams : tuple
        ``(rho_x, rho_y, epsilon)``.
    reg_type : str
        ``joint`` or ``independent``.
    """
    kind = Kind(*data[2:4], pi)
    X2, Y2, X, Y = (costs(z, "The relations") for z in data[:4])
    pi, (a, b) = costs(pi, "The plan pi"), (_mass(w, "The weights") for w in tuple_p)
    rows, columns = pi.sum(axis=1), pi.sum(axis=0)
    cost = (X2 @ rows)[:, None] + (Y2 @ columns)[None, :] - 2.0 * X @ pi @ Y.T
    cost = cost if data[4] is None else cost + costs(data[4])
    if _known(divergence) == "kl":
        rho_x, rho_y, epsilon = hyperparams
        cost = cost + sum(r * _relative(p, w) for r, p, w in ((rho_x, rows, a), (rho_y, columns, b)) if 0 < r < np.inf)
        if reg_type == "joint" and epsilon > 0:
            cost = cost + epsilon * float(div_to_product(pi, a, b, mass=False))
    return kind(cost)


@public
def uot_parameters_and_measures(pi, tuple_weights, hyperparams, reg_type, divergence, nx):
    """What the problem of one plan at the other plan ``pi`` has for weights ``(wx, wy, wxy)``, prices ``(rho_x, rho_y)`` and
    entropy ``epsilon``; arguments as in :func:`uot_cost_matrix`."""
    kind = Kind(pi, *tuple_weights)
    pi, (rho_x, rho_y, epsilon) = costs(pi, "The plan pi"), hyperparams
    given, joint = [_mass(w, "The weights") for w in tuple_weights], reg_type == "joint"
    if _known(divergence) == "kl":
        mass = float(pi.sum())
        return tuple_weights, (rho_x * mass, rho_y * mass), epsilon * mass if joint else epsilon
    # |p q' - a b'|^2 is |q|^2 |p - a <b, q> / |q|^2|^2 and a constant.
    sides = (pi.sum(axis=1), pi.sum(axis=0), pi)
    squares = [float((z**2).sum()) for z in sides]
    moved = [w * float((z * w).sum()) / s for w, z, s in zip(given, sides, squares)]
    last = moved[2] if joint else given[2]
    entropy = epsilon * squares[2] if joint else epsilon
    return tuple(map(kind, (*moved[:2], last))), (rho_x * squares[0], rho_y * squares[1]), entropy


@public
def fused_unbalanced_across_spaces_cost(
    M_linear, data, tuple_pxy_samp, tuple_pxy_feat, pi_samp, pi_feat, hyperparams, divergence, reg_type, nx
):
    """The distortion and the whole objective of :func:`fused_unbalanced_across_spaces_divergence` at two plans.

    Parameters
    ----------
    M_linear : pair of array_like or None, shapes (n, m) and (d, e)
    data : tuple
        ``(X^2, Y^2, X, Y)``.
    tuple_pxy_samp, tuple_pxy_feat : tuple
        Weights of either space and their product.
    pi_samp, pi_feat : array_like, shapes (n, m) and (d, e)
    hyperparams : tuple
        ``(rho_x, rho_y, epsilon of samples, epsilon of features)``; the first of both entropies where ``reg_type`` is
        ``joint``.
    """
    kind = Kind(pi_samp, pi_feat, *data)
    P, Q = costs(pi_samp, "The plan pi_samp"), costs(pi_feat, "The plan pi_feat")
    X2, Y2, X, Y = (costs(z, "The relations") for z in data)
    rho_x, rho_y, *entropies = hyperparams
    distortion = float(P.sum(axis=1) @ X2 @ Q.sum(axis=1) + P.sum(axis=0) @ Y2 @ Q.sum(axis=0))
    distortion -= 2.0 * float(((X @ Q @ Y.T) * P).sum())
    value = distortion + sum(float((costs(M) * G).sum()) for M, G in zip(M_linear, (P, Q)) if M is not None)
    for axis, rho in ((1, rho_x), (0, rho_y)):
        if 0 < rho < np.inf:
            weights = tuple_pxy_samp[1 - axis], tuple_pxy_feat[1 - axis]
            value += rho * float(div_between_product(P.sum(axis=axis), Q.sum(axis=axis), *weights, divergence))
    if reg_type == "joint":
        both = tuple_pxy_samp[2], tuple_pxy_feat[2]
        value += entropies[0] * float(div_between_product(P, Q, *both, divergence)) if entropies[0] else 0.0
    else:
        for entropy, G, (a, b, _) in zip(entropies, (P, Q), (tuple_pxy_samp, tuple_pxy_feat)):
            value += entropy * float(div_to_product(G, a, b, divergence=divergence)) if entropy else 0.0
    return kind(np.float64(distortion)), kind(np.float64(value))


_NAMES = "mu", "nu", "alpha", "beta"


def _known(divergence):
    name = str(divergence).lower()
    if name not in ("kl", "l2"):
        raise InputError(f"Unknown divergence '{divergence}'.", "It is kl or l2.")
    return name


def _mass(w, what):
    return masses(host(w, what), what)


def _relative(p, q):
    """``sum p log(p / q)``; infinite where there is mass outside ``q``, which has no finite value to give."""
    positive = p > 0
    if (q[positive] == 0).any():
        raise InputError(
            "There is mass where its reference has none, which is infinitely far.", "Give a positive reference."
        )
    return float((p[positive] * np.log(p[positive] / q[positive])).sum())


def _logs(p, w):
    """``<p, log w>``."""
    positive = p > 0
    if (w[positive] == 0).any():
        raise InputError(
            "There is mass where its reference has none, which is infinitely far.", "Give positive weights."
        )
    return float((p[positive] * np.log(w[positive])).sum())
