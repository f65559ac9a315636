"""Spaces that are near to several at once and whose weights each of them chooses."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, costs, host, rows, weights
from .._public import public
from ..utils import check_random_state, dist
from ._barycentres import _spaces
from ._quadratic import parts_of
from ._semirelaxed import _start, cheapest, semirelaxed_fused_gromov_wasserstein, semirelaxed_gromov_wasserstein

_DRAWN = ("product", "random_product", "random")
# A start that is the same everywhere is shaken by so much.
_NOISE = 0.01


@public
def semirelaxed_gromov_barycenters(
    N,
    Cs,
    ps=None,
    lambdas=None,
    loss_fun="square_loss",
    symmetric=True,
    max_iter=1000,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    G0="product",
    random_state=None,
    **kwargs,
):
    """Relations of ``N`` points that several spaces are near to, each with weights of its own on them.

    Parameters
    ----------
    N : int
    Cs : list of array_like, shapes (n_s, n_s)
    ps : list of array_like, shapes (n_s,), optional
    lambdas : array_like, one number a space, optional
        How much each space counts.
    stop_criterion : str
        ``barycenter`` (the relations move by less than ``tol``) or ``loss`` (the objective changes by a smaller fraction).
    init_C : array_like, shape (N, N), optional
        Start; made of the starts of the plans, and shaken from ``random_state``, by default.
    G0 : str
        How plans start: ``product``, ``random_product`` or ``random``.

    Returns
    -------
    C : array, shape (N, N)
    log : dict
        With ``log=True``: ``T`` (the plans), ``p`` (the weights, one row a space), ``err`` and, for the criterion ``loss``,
        ``loss``.

    Notes
    -----
    Vincent-Cuaz, Flamary, Corneli, Vayer, Courty, ICLR 2022.
    """
    kind, spaces = _spaces(Cs, None, ps, lambdas)
    plans, C = _begun(N, spaces, loss_fun, symmetric, init_C, G0, random_state)

    def plan(C, _, s, start):
        given = dict(loss_fun=loss_fun, G0=start, max_iter=max_iter, tol_rel=tol, tol_abs=0.0, log=True)
        return semirelaxed_gromov_wasserstein(spaces.relations[s], C, spaces.weights[s], **given)

    fixed = False, True
    _, C, course = _alternate(
        plan, "srgw_dist", spaces, plans, C, None, loss_fun, fixed, max_iter, tol, stop_criterion, warmstartT and G0, G0
    )
    if not log:
        return kind(C)
    by_loss = stop_criterion == "loss"
    said = {"err": course["changes" if by_loss else "structure"], **_last(kind, course)}
    return kind(C), {**said, "loss": course["losses"]} if by_loss else said


@public
def semirelaxed_fgw_barycenters(
    N,
    Ys,
    Cs,
    ps=None,
    lambdas=None,
    alpha=0.5,
    fixed_structure=False,
    fixed_features=False,
    p=None,
    loss_fun="square_loss",
    symmetric=True,
    max_iter=100,
    tol=1e-9,
    stop_criterion="barycenter",
    warmstartT=False,
    verbose=False,
    log=False,
    init_C=None,
    init_X=None,
    G0="product",
    random_state=None,
    **kwargs,
):
    """As :func:`semirelaxed_gromov_barycenters` between spaces with features ``Ys`` ``(n_s, d)``; ``alpha`` is the share of
    the relations, and ``p`` is not used.

    Returns
    -------
    X : array, shape (N, d)
    C : array, shape (N, N)
    log : dict
        With ``log=True``: ``T``, ``p``, ``Ms``, and ``err_feature`` and ``err_structure``, or for the criterion ``loss``,
        ``loss`` and ``err_rel_loss``.
    """
    kind, spaces = _spaces(Cs, Ys, ps, lambdas)
    if (fixed_structure and init_C is None) or (fixed_features and init_X is None):
        raise InputError(
            "What is fixed must be given.", "Pass init_C for fixed_structure and init_X for fixed_features."
        )
    plans, C = _begun(N, spaces, loss_fun, symmetric, init_C, G0, random_state)
    X = _features(plans, spaces) if init_X is None else rows(init_X, "The start init_X")

    def plan(C, M, s, start):
        given = dict(alpha=alpha, G0=start, max_iter=max_iter, tol_rel=tol, tol_abs=0.0, log=True)
        return semirelaxed_fused_gromov_wasserstein(
            M, spaces.relations[s], C, spaces.weights[s], loss_fun, **given
        )

    fixed = fixed_structure, fixed_features
    X, C, course = _alternate(
        plan, "srfgw_dist", spaces, plans, C, X, loss_fun, fixed, max_iter, tol, stop_criterion, warmstartT and G0, G0
    )
    if not log:
        return kind(X), kind(C)
    said = {**_last(kind, course), "Ms": [kind(dist(Y, X)) for Y in spaces.features]}
    if stop_criterion == "loss":
        return kind(X), kind(C), {**said, "loss": course["losses"], "err_rel_loss": course["changes"]}
    return kind(X), kind(C), {**said, "err_feature": course["features"], "err_structure": course["structure"]}


@public
def semirelaxed_init_plan(
    C1, C2, p, M=None, alpha=1.0, method="product", use_target=True, random_state=0, nx=None
):
    """A plan from ``p`` to the points of ``C2`` to start from: ``product``, ``random_product`` or ``random``; with costs ``M``
    and ``alpha`` below 1 mixed with the cheapest one."""
    kind, p = Kind(C1, C2, p), weights(p, np.shape(C1)[0], "The weights p")
    plan = _start(p, np.shape(C2)[0], method, random_state)
    return kind(plan if M is None or alpha == 1 else alpha * plan + (1.0 - alpha) * cheapest(p, costs(M)))


@public
def init_matrix_semirelaxed(C1, C2, p, loss_fun="square_loss", nx=None):
    """``(constC, hC1, hC2, fC2t)`` of plans whose first marginal alone is ``p``: shapes ``(n, m)``, ``(n, n)``, ``(m, m)`` and
    ``(m, m)``; the cost of a plan ``T`` is ``constC + 1 1' T fC2t - hC1 T hC2'``."""
    kind = Kind(C1, C2, p)
    f1, f2, h1, h2 = parts_of(costs(C1, "The relations C1"), costs(C2, "The relations C2"), loss_fun)
    constant = np.repeat((f1 @ weights(p, len(f1), "The weights p"))[:, None], len(f2), axis=1)
    return kind(constant), kind(h1), kind(h2), kind(f2.T)


@public
def update_barycenter_structure(
    Ts, Cs, lambdas, p=None, loss_fun="square_loss", target=True, check_zeros=True, nx=None
):
    """The relations of least objective at fixed plans.

    Parameters
    ----------
    Ts : list of array_like
        Plans, ``(n_s, N)``, or ``(N, n_s)`` where ``target`` is False.
    Cs : list of array_like, shapes (n_s, n_s)
    lambdas : array_like, one number a space
    p : array_like, shape (N,) or (spaces, N), optional
        Weights of the result, one for all or one a space; those of the plans by default.

    Returns
    -------
    C : array, shape (N, N)
    """
    kind, plans, shares, own = _at_plans(Ts, lambdas, p, target)
    relations = [costs(C, "The relations of a space") for C in Cs]
    if loss_fun == "kl_loss" and not target:
        relations = [np.log(np.maximum(C, 1e-16)) for C in relations]
    elif loss_fun not in ("square_loss", "kl_loss"):
        raise InputError(f'There is no loss called "{loss_fun}".', "The losses are square_loss and kl_loss.")
    total = sum(w * T.T @ C @ T for w, T, C in zip(shares, plans, relations))
    outer = np.outer(own, own) if own.ndim == 1 else sum(w * np.outer(q, q) for w, q in zip(shares, own))
    mean = np.divide(total, outer, out=total.copy(), where=outer > 0)
    return kind(np.exp(mean) if loss_fun == "kl_loss" and not target else mean)


@public
def update_barycenter_feature(
    Ts, Ys, lambdas, p=None, loss_fun="square_loss", target=True, check_zeros=True, nx=None
):
    """The features of least objective at fixed plans: as :func:`update_barycenter_structure`, of ``Ys`` ``(n_s, d)``."""
    if loss_fun != "square_loss":
        raise InputError(f'Features know no loss "{loss_fun}".', "The loss of features is square_loss.")
    kind, plans, shares, own = _at_plans(Ts, lambdas, p, target)
    total = sum(w * T.T @ rows(Y, "The features of a space") for w, T, Y in zip(shares, plans, Ys))
    masses = own if own.ndim == 1 else sum(w * q for w, q in zip(shares, own))
    return kind(np.divide(total, masses[:, None], out=total.copy(), where=masses[:, None] > 0))


def _at_plans(Ts, lambdas, p, target):
    plans = [host(T, "A plan") if target else host(T, "A plan").T for T in Ts]
    own = np.stack([T.sum(axis=0) for T in plans]) if p is None else host(p, "The weights p")
    return Kind(*Ts), plans, weights(lambdas, len(plans), "The weights of the spaces"), own


def _begun(N, spaces, loss_fun, symmetric, init_C, G0, random_state):
    """Plans to start from, and relations."""
    if G0 not in _DRAWN:
        raise InputError(f'There is no start called "{G0}".', "They are product, random_product and random.")
    plans = [_start(p, N, G0, random_state) for p in spaces.weights]
    if init_C is not None:
        return plans, costs(init_C, "The start init_C")
    C = update_barycenter_structure(plans, spaces.relations, spaces.shares, loss_fun=loss_fun)
    if G0 == "random":
        return plans, C
    noise = check_random_state(random_state).uniform(-_NOISE, _NOISE, size=(N, N))
    return plans, C + (0.5 * (noise + noise.T) if symmetric else noise)


def _features(plans, spaces):
    return update_barycenter_feature(plans, spaces.features, spaces.shares)


def _alternate(plan, name, spaces, plans, C, X, loss_fun, fixed, max_iter, tol, criterion, warm, G0):
    """Plans from every space, then the relations and the features that are best for them, until either settles."""
    if criterion not in ("barycenter", "loss"):
        raise InputError(f"Unknown stop_criterion '{criterion}'.", "It is barycenter or loss.")
    course = {"losses": [], "changes": [], "structure": [], "features": []}
    before = 1e15
    for _ in range(int(max_iter)):
        Ms = [None if X is None else dist(Y, X) for Y in spaces.features or spaces.relations]
        found = [plan(C, M, s, plans[s] if warm else G0) for s, M in enumerate(Ms)]
        plans = [T for T, _ in found]
        moved = {"structure": 0.0, "features": 0.0}
        if not fixed[1]:
            old, X = X, _features(plans, spaces)
            moved["features"] = float(np.linalg.norm(X - old))
        if not fixed[0]:
            old, C = C, update_barycenter_structure(plans, spaces.relations, spaces.shares, loss_fun=loss_fun)
            moved["structure"] = float(np.linalg.norm(C - old))
        loss = float(sum(said[name] for _, said in found))
        change = abs(loss - before) / before if before else np.nan
        before = loss
        for key, value in (("losses", loss), ("changes", change), *moved.items()):
            course[key].append(value)
        watched = [moved["structure"]] if X is None else list(moved.values())
        if (min(watched) if criterion == "barycenter" else change) <= tol:
            break
    return X, C, {**course, "plans": plans}


def _last(kind, course):
    return {"T": [kind(T) for T in course["plans"]], "p": kind(np.stack([T.sum(axis=0) for T in course["plans"]]))}
