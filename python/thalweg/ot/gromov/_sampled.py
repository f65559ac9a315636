"""Plans between spaces from samples of the objective, for losses of any kind."""

import numpy as np

from ... import _thalweg
from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, host, weights
from .._public import public
from ..lp import emd
from ..utils import check_random_state
from ..utils._plans import scipy_sparse, sparse_plan

# How often the pointwise plans look at the objective, and how many steps that hardly move end the sampled ones.
_LOOK, _STILL = 10, 100
# The least exponent that an entropic step keeps.
_LEAST = -200.0


@public
def GW_distance_estimation(
    C1,
    C2,
    p,
    q,
    loss_fun,
    T,
    nb_samples_p=None,
    nb_samples_q=None,
    std=True,
    random_state=None,
):
    """The mean loss over pairs of pairs that are drawn from a plan, and its standard deviation.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
    p, q : array_like, shapes (n,) and (m,)
    loss_fun : callable
        From two arrays of relations, which broadcast, to the loss of each entry.
    T : array_like or sparse matrix of SciPy, shape (n, m)
        A plan.
    nb_samples_p : int, optional
        Points of the larger space, drawn without replacement; all by default, or for sparse plans ``5 sqrt(n log n)``.
    nb_samples_q : int, optional
        Partners drawn for each, 1 by default; at least 2 with ``std``.

    Returns
    -------
    mean : float
    std : float
        With ``std``.
    """
    kind, C1, C2 = Kind(C1, C2, p, q), costs(C1, "The relations C1"), costs(C2, "The relations C2")
    p, q = weights(p, len(C1), "The weights p"), weights(q, len(C2), "The weights q")
    found = _estimate(kind, C1, C2, p, q, loss_fun, T, (nb_samples_p, nb_samples_q), std, random_state)
    return tuple(kind(np.float64(v)) for v in found) if std else kind(np.float64(found[0]))


@public
def pointwise_gromov_wasserstein(
    C1,
    C2,
    p,
    q,
    loss_fun,
    alpha=1,
    max_iter=100,
    threshold_plan=0,
    log=False,
    verbose=False,
    random_state=None,
):
    """A plan from costs between the relations of one point of each space at a time, which are problems on the line.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
    p, q : array_like, shapes (n,) and (m,)
        Weights with equal sums.
    loss_fun : callable
        From two arrays of relations, which broadcast, to the loss of each entry; need not be a square.
    alpha : float
        Step towards the plan of every iteration.
    threshold_plan : float
        Entries of a mixed plan that are not above it are dropped.

    Returns
    -------
    T : sparse matrix of SciPy, shape (n, m)
        The best one by its estimated objective.
    log : dict
        With ``log=True``: ``gw_dist_estimated`` and ``gw_dist_std``.

    Notes
    -----
    Kerdoncuff, Emonet, Sebban, Machine Learning 110 (2021). An iteration costs ``O((n + m) log (n + m))``.
    """
    kind, C1, C2, p, q = _given(C1, C2, p, q)
    scipy_sparse()
    drawn = check_random_state(random_state)

    def along(i, j):
        """The plan between the relations of two points."""
        entries, _ = _thalweg.ot_line(C1[i], p, C2[j], q, 2.0)
        return sparse_plan(entries, (len(p), len(q))).tocsr()

    plan = along(_one(drawn, p), _one(drawn, q))
    best, least = plan, np.inf
    for step in range(int(max_iter)):
        i = _one(drawn, p)
        j = _one(drawn, _row(plan, i))
        plan = along(i, j) if alpha == 1 else _above((1.0 - alpha) * plan + alpha * along(i, j), threshold_plan)
        if step % _LOOK == 0 or step == max_iter - 1:
            (value,) = _estimate(kind, C1, C2, p, q, loss_fun, plan, (None, None), False, drawn)
            best, least = (plan, value) if value < least else (best, least)
            if verbose:
                print(f"Pointwise Gromov-Wasserstein: iteration {step + 1}, estimate {least:.6g}")
    if not log:
        return best
    mean, std = _estimate(kind, C1, C2, p, q, loss_fun, best, (None, None), True, drawn)
    return best, {"gw_dist_estimated": kind(np.float64(mean)), "gw_dist_std": kind(np.float64(std))}


@public
def sampled_gromov_wasserstein(
    C1,
    C2,
    p,
    q,
    loss_fun,
    nb_samples_grad=100,
    epsilon=1,
    max_iter=500,
    log=False,
    verbose=False,
    random_state=None,
    *,
    threads=None,
    memory=None,
):
    """A plan from derivatives of the objective that are estimated by a few of its terms.

    Parameters
    ----------
    C1 : array_like, shape (n, n)
    C2 : array_like, shape (m, m)
    p, q : array_like, shapes (n,) and (m,)
        Weights with equal sums.
    loss_fun : callable
        From two arrays of relations, which broadcast, to the loss of each entry; need not be a square.
    nb_samples_grad : int or pair of int
        Pairs that are drawn for an iteration: points of the first space without replacement, and partners of each.
    epsilon : float
        Of the entropy relative to the plan before, in units of the largest cost; exact plans for 0.

    Returns
    -------
    T : array, shape (n, m)
    log : dict
        With ``log=True``: ``gw_dist_estimated`` and ``gw_dist_std``.

    Notes
    -----
    Kerdoncuff, Emonet, Sebban, Machine Learning 110 (2021).
    """
    kind, C1, C2, p, q = _given(C1, C2, p, q)
    drawn, given = check_random_state(random_state), _engine.budget(threads, memory)
    symmetric = all(np.allclose(C, C.T, rtol=1e-10, atol=1e-10) for C in (C1, C2))
    plan, still = np.outer(p, q), 0
    for step in range(int(max_iter)):
        cost = _drawn_costs(kind, C1, C2, p, plan, loss_fun, _counts(nb_samples_grad, len(p)), symmetric, drawn)
        if cost.max() == 0:
            continue
        cost = cost / cost.max()
        if epsilon > 0:
            kept = np.log(np.clip(plan, np.exp(_LEAST), 1.0))
            cost = cost - epsilon * kept
            solved = _engine.entropic(p, q, cost, epsilon, (None, None), 1e-9, 1000, None, given)
            after = solved.plan
        else:
            after = emd(p, q, cost, threads=threads, memory=memory)
        change = float(((plan - after) ** 2).mean())
        if verbose:
            print(f"Sampled Gromov-Wasserstein: iteration {step + 1}, change {change:.3e}")
        plan, still = after, still + 1 if change <= 1e-19 else 0
        if still > _STILL:
            break
    if not log:
        return kind(plan)
    mean, std = _estimate(kind, C1, C2, p, q, loss_fun, plan, (None, None), True, drawn)
    return kind(plan), {"gw_dist_estimated": kind(np.float64(mean)), "gw_dist_std": kind(np.float64(std))}


def _given(C1, C2, p, q):
    _derivatives.refuse("A plan from samples of the objective", "Detach the inputs with detach().", C1, C2, p, q)
    kind, C1, C2 = Kind(C1, C2, p, q), costs(C1, "The relations C1"), costs(C2, "The relations C2")
    p, q = weights(p, len(C1), "The weights p"), weights(q, len(C2), "The weights q")
    return kind, C1, C2, p, _engine.balanced(p, q)


def _counts(asked, n):
    """How many points of the first space are drawn, and how many partners of each."""
    if isinstance(asked, (int, np.integer)):
        return (n, asked // n) if asked > n else (int(asked), 1)
    return tuple(asked)


def _drawn_costs(kind, C1, C2, p, plan, loss_fun, counts, symmetric, drawn):
    """What each pair costs beside pairs that are drawn from the plan: a mean for each point, added up."""
    total = np.zeros((len(p), len(C2)))
    for i in drawn.choice(len(p), size=counts[0], p=p, replace=False):
        row = plan[i]
        partners = drawn.choice(len(row), size=counts[1], p=row / row.sum(), replace=False)
        # Of relations that are not symmetric either half of the derivative is taken by chance.
        first, second = (C1, C2) if symmetric or drawn.rand(1)[0] <= 0.5 else (C1.T, C2.T)
        total += _losses(kind, loss_fun, first[i][None, :, None], second[partners][:, None, :]).mean(axis=0)
    return total


def _losses(kind, loss_fun, first, second):
    return host(loss_fun(kind(np.ascontiguousarray(first)), kind(np.ascontiguousarray(second))), "The losses")


def _estimate(kind, C1, C2, p, q, loss_fun, T, counts, std, random_state):
    sparse, drawn = hasattr(T, "tocsr"), check_random_state(random_state)
    T = T.tocsr() if sparse else host(T, "The plan T")
    if T.shape != (len(p), len(q)):
        raise InputError(f"The plan T has the shape {T.shape}, but there are {len(p)} and {len(q)} points.")
    if len(p) < len(q):
        # The larger space is drawn from first.
        C1, C2, p, q, T = C2, C1, q, p, T.T.tocsr() if sparse else T.T
    n, many = len(p), counts[0]
    if many is None:
        many = int(5 * np.sqrt(n * np.log(n))) if sparse else n
    many, partners = min(many, n), max(2 if std else 1, counts[1] or 1)
    first, second = (drawn.choice(n, size=many, p=p, replace=False) for _ in range(2))
    k, l = np.zeros((many, partners), dtype=int), np.zeros((many, partners), dtype=int)
    for s in range(many):
        for place, i in ((k, first[s]), (l, second[s])):
            row = _row(T, i)
            place[s] = drawn.choice(len(q), size=partners, p=row / row.sum(), replace=True)
    values = np.stack(
        [_losses(kind, loss_fun, C1[np.ix_(first, second)], C2[np.ix_(k[:, s], l[:, s])]) for s in range(partners)]
    )
    mean = float(values.mean())
    return (mean, float(np.sqrt((values.std(axis=0) ** 2).sum())) / many**2) if std else (mean,)


def _row(T, i):
    return T[[i], :].toarray().ravel() if hasattr(T, "tocsr") else T[i]


def _one(drawn, p):
    return int(drawn.choice(len(p), size=1, p=p / p.sum())[0])


def _above(plan, threshold):
    """The entries of a sparse plan above a threshold."""
    plan.data[plan.data <= threshold] = 0.0
    plan.eliminate_zeros()
    return plan
