"""One call for barycentres of clouds."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives
from .._kinds import Kind, rows, weights
from .._public import public
from ..utils import BaryResult
from ._points import solve_sample


@public(numItermax="max_iter", stopThr="tol")
def solve_bary_sample(
    X_a_list,
    n,
    a_list=None,
    w=None,
    X_b_init=None,
    b=None,
    metric="sqeuclidean",
    reg=None,
    c=None,
    reg_type="KL",
    unbalanced=None,
    unbalanced_type="KL",
    lazy=False,
    method=None,
    auto_bary_method="L2_barycentric_proj",
    warmstart=True,
    stopping_criterion="loss",
    max_iter_bary=1000,
    tol_bary=1e-5,
    random_state=0,
    verbose=False,
    **kwargs,
):
    """``n`` points that lie nearest to several clouds at once, by alternating plans and means.

    Parameters
    ----------
    X_a_list : list of array_like, shapes (n_k, d)
    n : int
        Number of points of the barycentre.
    a_list : list of array_like, shapes (n_k,), optional
    w : array_like, one number a cloud, optional
        How much each counts; equal by default.
    X_b_init : array_like, shape (n, d), optional
        Start; normal draws about the mean of the clouds by default.
    b : array_like, shape (n,), optional
    metric : str
        ``sqeuclidean``, or ``euclidean``, where the means only approach the best points, as in POT.
    reg, c, reg_type, unbalanced, unbalanced_type
        As in :func:`thalweg.ot.solve_sample`; unbalanced weights of the barycentre are those that it receives.
    stopping_criterion : str
        ``loss`` (the weighted sum of values) or ``bary`` (the squared displacement); ends once it changes by less than the
        fraction ``tol_bary``.
    lazy, method, auto_bary_method, warmstart
        Not used.

    Returns
    -------
    BaryResult
        ``X``, ``b``, ``value``, ``value_linear``, ``list_res`` (an OTResult from each cloud) and ``log``
        (``stopping_criterion``, one number a round).
    """
    if metric not in ("sqeuclidean", "euclidean"):
        raise InputError(f"Barycentres under {metric} are not offered.", "Use sqeuclidean or euclidean.")
    if stopping_criterion not in ("loss", "bary"):
        raise InputError(f"Unknown stopping_criterion '{stopping_criterion}'.", "It is loss or bary.")
    _derivatives.refuse("A barycentre of clouds", "Detach the inputs with detach().", *X_a_list)
    kind, clouds = Kind(X_b_init, *X_a_list), [rows(x, "The points of a cloud") for x in X_a_list]
    masses = [weights(None if a_list is None else a_list[k], len(x), "The weights") for k, x in enumerate(clouds)]
    shares, b = weights(w, len(clouds), "The weights w"), weights(b, n, "The weights b")
    X = _start(clouds, n, random_state) if X_b_init is None else rows(X_b_init, "The start X_b_init")
    given = dict(metric=metric, reg=reg, c=c, reg_type=reg_type, unbalanced=unbalanced, unbalanced_type=unbalanced_type)
    given.update(threads=kwargs.get("threads"), memory=kwargs.get("memory"))
    course = [np.inf]
    for _ in range(max_iter_bary):
        results = [solve_sample(x, X, a, b, **given) for x, a in zip(clouds, masses)]
        sent = sum(share * result.plan.T @ x for share, result, x in zip(shares, results, clouds))
        received = b if unbalanced is None else sum(s * r.plan.sum(axis=0) for s, r in zip(shares, results))
        means = sent / np.where(received > 0, received, 1.0)[:, None]
        value = float(sum(share * result.value for share, result in zip(shares, results)))
        course.append(value if stopping_criterion == "loss" else float(((means - X) ** 2).sum()))
        if verbose:
            print(f"Barycentre: round {len(course) - 1}, {stopping_criterion} {course[-1]:.6g}")
        before = course[-2]
        if np.isfinite(before) and abs(course[-1] - before) <= tol_bary * abs(before):
            break
        X = means
    linear = float(sum(share * result.value_linear for share, result in zip(shares, results)))
    return BaryResult(
        X=kind(X),
        b=kind(b),
        value=kind(np.float64(value)),
        value_linear=kind(np.float64(linear)),
        log={"stopping_criterion": course[1:]},
        list_res=results,
    )


def _start(clouds, n, random_state):
    """Normal draws with the mean and the spread of all clouds."""
    mean, spread = (np.mean([part(x, axis=0) for x in clouds], axis=0) for part in (np.mean, np.std))
    return mean + spread * np.random.RandomState(random_state).randn(n, clouds[0].shape[1])
