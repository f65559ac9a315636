"""Transport between mixtures of Gaussians, whose plans are mixtures too. Names and conventions as in POT's ``ot.gmm``.

A mixture has means ``(k, d)``, covariances ``(k, d, d)`` and weights ``(k,)``: Delon, Desolneux, SIAM J. Imaging Sci. 13 (2020).
"""

import numpy as np

from .._errors import InputError
from . import _derivatives
from ._kinds import Kind, host
from ._public import public
from .gaussian import bures_wasserstein_barycenter, bures_wasserstein_distance, bures_wasserstein_mapping
from .lp import emd, emd2

__all__ = [
    "dist_bures_squared",
    "gaussian_logpdf",
    "gaussian_pdf",
    "gmm_barycenter_fixed_point",
    "gmm_ot_apply_map",
    "gmm_ot_loss",
    "gmm_ot_plan",
    "gmm_ot_plan_density",
    "gmm_pdf",
]


@public
def gaussian_logpdf(x, m, C):
    """Logarithm of the density of a Gaussian, mean ``(d,)`` and covariance ``(d, d)``, at points ``(..., d)``."""
    kind, x, m, C = _hosted(x, m, C)
    if not x.shape[-1] == m.shape[-1] == C.shape[-1] == C.shape[-2]:
        raise InputError(f"The points, the mean and the covariance have the shapes {x.shape}, {m.shape} and {C.shape}.")
    apart = x - m
    squares = (apart * (apart @ np.linalg.inv(C))).sum(axis=-1)
    return kind(-0.5 * (len(m) * np.log(2.0 * np.pi) + np.linalg.slogdet(C)[1] + squares))


@public
def gaussian_pdf(x, m, C):
    """Density of a Gaussian, as :func:`gaussian_logpdf`."""
    kind, x, m, C = _hosted(x, m, C)
    return kind(np.exp(gaussian_logpdf(x, m, C)))


@public
def gmm_pdf(x, m, C, w):
    """Density of a mixture at points ``(..., d)``."""
    kind, x, m, C, w = _hosted(x, m, C, w)
    if not len(m) == len(C) == len(w):
        raise InputError(f"The mixture has {len(m)} means, {len(C)} covariances and {len(w)} weights.")
    return kind(sum(share * gaussian_pdf(x, *each) for share, *each in zip(w, m, C)))


@public
def dist_bures_squared(m_s, m_t, C_s, C_t):
    """Squared W2 between the components of two mixtures, ``(k_s, k_t)``."""
    kind, m_s, m_t, C_s, C_t = _hosted(m_s, m_t, C_s, C_t)
    return kind(bures_wasserstein_distance(m_s, m_t, C_s, C_t) ** 2)


@public
def gmm_ot_loss(m_s, m_t, C_s, C_t, w_s, w_t, log=False):
    """Squared distance between mixtures when only mixtures may carry one to the other. The log is that of
    :func:`thalweg.ot.emd2`."""
    return emd2(w_s, w_t, dist_bures_squared(m_s, m_t, C_s, C_t), log=log)


@public
def gmm_ot_plan(m_s, m_t, C_s, C_t, w_s, w_t, log=False):
    """The plan between components, ``(k_s, k_t)``, of :func:`gmm_ot_loss`."""
    return emd(w_s, w_t, dist_bures_squared(m_s, m_t, C_s, C_t), log=log)


@public
def gmm_ot_apply_map(x, m_s, m_t, C_s, C_t, w_s, w_t, plan=None, method="bary", seed=None):
    """Where the plan between mixtures sends points ``(n, d)`` of the first.

    ``method`` is ``bary`` (the mean) or ``rand`` (one of the Gaussian maps, drawn from ``seed``).
    """
    if method not in ("bary", "rand"):
        raise InputError(f"Unknown method '{method}'.", "It is bary or rand.")
    kind, x, m_s, m_t, C_s, C_t, w_s, w_t = _hosted(x, m_s, m_t, C_s, C_t, w_s, w_t)
    plan = gmm_ot_plan(m_s, m_t, C_s, C_t, w_s, w_t) if plan is None else host(plan, "The plan")
    logs = np.stack([gaussian_logpdf(x, *each) for each in zip(m_s, C_s)], axis=1)
    parts = np.exp(logs - logs.max(axis=1, keepdims=True))
    parts = parts / (parts @ w_s)[:, None]
    pairs = np.argwhere(plan > 0)
    maps = [bures_wasserstein_mapping(m_s[i], m_t[j], C_s[i], C_t[j]) for i, j in pairs]
    if method == "bary":
        means = (plan[i, j] * parts[:, i, None] * (x @ A + b) for (i, j), (A, b) in zip(pairs, maps))
        return kind(sum(means, np.zeros_like(x)))
    drawn, names = np.random.RandomState(seed), {tuple(pair): k for k, pair in enumerate(pairs)}
    sent = np.empty_like(x)
    for n, point in enumerate(x):
        chances = (plan * parts[n][:, None]).ravel()
        A, b = maps[names[divmod(int(drawn.choice(plan.size, p=chances / chances.sum())), plan.shape[1])]]
        sent[n] = point @ A + b
    return kind(sent)


@public
def gmm_ot_plan_density(x, y, m_s, m_t, C_s, C_t, w_s, w_t, plan=None, atol=1e-2):
    """Density of the plan between mixtures at pairs of points, ``(n, m)``, as far as ``y`` is within ``atol`` of where a
    Gaussian map sends ``x``."""
    kind, x, y, m_s, m_t, C_s, C_t, w_s, w_t = _hosted(x, y, m_s, m_t, C_s, C_t, w_s, w_t)
    if x.shape[-1] != y.shape[-1]:
        raise InputError(f"The points x have {x.shape[-1]} coordinates and y {y.shape[-1]}; they must have as many.")
    plan = gmm_ot_plan(m_s, m_t, C_s, C_t, w_s, w_t) if plan is None else host(plan, "The plan")
    density = np.zeros((len(x), len(y)))
    for i, j in np.argwhere(plan > 0):
        A, b = bures_wasserstein_mapping(m_s[i], m_t[j], C_s[i], C_t[j])
        near = np.linalg.norm((x @ A + b)[:, None] - y[None], axis=2) < atol
        density += plan[i, j] * gaussian_pdf(x, m_s[i], C_s[i])[:, None] * near
    return kind(density)


@public
def gmm_barycenter_fixed_point(
    means_list,
    covs_list,
    w_list,
    means_init,
    covs_init,
    weights,
    w_bar=None,
    iterations=100,
    log=False,
    barycentric_proj_method="euclidean",
):
    """A mixture that is near to several, by fixed-point steps from ``means_init`` ``(n, d)`` and ``covs_init`` ``(n, d, d)``.

    Parameters
    ----------
    means_list, covs_list, w_list : lists of arrays, one mixture an entry
    weights : array_like, one number a mixture
    w_bar : array_like, shape (n,), optional
        Weights of the components; equal by default.
    barycentric_proj_method : str
        What of a mixture a component is sent to: the mean (``euclidean``) or the Bures barycentre (``bures``).

    Returns
    -------
    means : array, shape (n, d)
    covs : array, shape (n, d, d)
    log : dict
        With ``log=True``: ``means_its`` and ``covs_its``, at the start and after every step.
    """
    if barycentric_proj_method not in ("euclidean", "bures"):
        raise InputError(f"Unknown barycentric_proj_method '{barycentric_proj_method}'.", "It is euclidean or bures.")
    kind, means, covs, shares = _hosted(means_init, covs_init, weights)
    mixtures = [_hosted(*each)[1:] for each in zip(means_list, covs_list, w_list)]
    w_bar = np.full(len(means), 1.0 / len(means)) if w_bar is None else host(w_bar, "The weights w_bar")
    course = [(means, covs)]

    def sent(plan, m, C):
        rows = plan / plan.sum(axis=1, keepdims=True)
        if barycentric_proj_method == "euclidean":
            return rows @ m, np.einsum("ij,jab->iab", rows, C)
        return tuple(np.stack(part) for part in zip(*(bures_wasserstein_barycenter(m, C, row) for row in rows)))

    for _ in range(iterations):
        found = [sent(gmm_ot_plan(means, m, covs, C, w_bar, w), m, C) for m, C, w in mixtures]
        m_found, C_found = (np.stack(part, axis=1) for part in zip(*found))
        each = [bures_wasserstein_barycenter(m, C, shares) for m, C in zip(m_found, C_found)]
        means, covs = (np.stack(part) for part in zip(*each))
        course.append((means, covs))
    if not log:
        return kind(means), kind(covs)
    its = [[kind(part) for part in parts] for parts in zip(*course)]
    return kind(means), kind(covs), {"means_its": its[0], "covs_its": its[1]}


def _hosted(*arrays):
    """The kind of the caller's arrays, and the arrays in NumPy."""
    _derivatives.refuse("A mixture of Gaussians", "Detach the inputs with detach().", *arrays)
    return Kind(*arrays), *(host(x, "The parameters of a mixture") for x in arrays)
