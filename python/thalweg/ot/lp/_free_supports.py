"""Barycentres of a free support under costs of the caller's, and of measures in subspaces."""

import sys

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import Kind, costs, host, is_torch, rows, weights
from .._public import public
from ._barycentres import free_support_barycenter
from ._exact import emd, emd2
from ._joined import NorthWestMMGluing


@public
def ot_barycenter_energy(measure_locations, measure_weights, X, a, cost_list, nx=None):
    """``sum_k T_k(X, a, Y_k, b_k)``, the exact costs from points ``(n, d)`` of weights ``a`` to each measure under its cost: a
    function from ``(n, d)`` and ``(m_k, d_k)`` points to ``(n, m_k)`` costs, or one for all."""
    functions = _each(cost_list, len(measure_locations))
    rows(X, "The points X")
    return sum(emd2(a, b, cost(X, Y)) for Y, b, cost in zip(measure_locations, measure_weights, functions))


@public
def free_support_barycenter_generic_costs(
    measure_locations,
    measure_weights,
    X_init,
    cost_list,
    ground_bary=None,
    a=None,
    numItermax=100,
    method="L2_barycentric_proj",
    stopThr=1e-5,
    log=False,
    ground_bary_lr=1e-2,
    ground_bary_numItermax=100,
    ground_bary_stopThr=1e-5,
    ground_bary_solver="SGD",
    clean_measure=False,
):
    """Points of least sum of exact costs to all measures, by steps that move each to the barycentre of where plans send it.

    Parameters
    ----------
    measure_locations : list of array_like, shapes (m_k, d_k)
    measure_weights : list of array_like, shapes (m_k,)
    X_init : array_like, shape (n, d)
    cost_list : callable or list of callable
        From ``(n, d)`` and ``(m_k, d_k)`` points to ``(n, m_k)`` costs.
    ground_bary : callable, optional
        From a list of ``(n, d_k)`` points to the points ``(n, d)`` of least sum of costs. With torch it may be left out: it is
        found by ``ground_bary_numItermax`` steps of ``ground_bary_solver`` (``SGD`` or ``Adam``), of length
        ``ground_bary_lr``, from the points before.
    a : array_like, shape (n,), optional
    method : str
        ``L2_barycentric_proj`` (weights stay, points go to the barycentre of their mean targets) or ``true_fixed_point``
        (plans are glued, so that points and weights change in number).
    numItermax, stopThr
        Budget of steps; ends once one lowers the objective by less than this fraction.
    clean_measure : bool
        Whether ``true_fixed_point`` joins points that coincide.

    Returns
    -------
    X : array, shape (n, d)
    a : array, shape (n,)
        Of ``true_fixed_point`` only.
    log : dict
        With ``log=True``: ``X_list``, ``V_list`` (the objective), ``exit_status``, and ``a_list`` of ``true_fixed_point``.

    Notes
    -----
    Tanguy, Delon, Gozlan, 2024 (arXiv 2501.04016), algorithms 2 and 3.
    """
    if method not in ("L2_barycentric_proj", "true_fixed_point"):
        raise InputError(f"Unknown method '{method}'.", "It is L2_barycentric_proj or true_fixed_point.")
    glue, functions = method == "true_fixed_point", _each(cost_list, len(measure_locations))
    if ground_bary is None:
        if glue or not is_torch(X_init):
            raise InputError(
                "ground_bary is needed here.", "Give a function; it is found with torch and L2_barycentric_proj only."
            )
        settings = ground_bary_solver, ground_bary_lr, ground_bary_numItermax, ground_bary_stopThr
    kind, X = Kind(X_init, *measure_locations), X_init
    a = kind(weights(a, len(rows(X_init, "The start X_init")), "The weights a"))
    value = float(ot_barycenter_energy(measure_locations, measure_weights, X, a, functions))
    course = {"X_list": [X], "a_list": [a], "V_list": [value], "exit_status": "Max iterations reached"}
    for _ in range(int(numItermax)):
        plans = [emd(a, b, cost(X, Y)) for Y, b, cost in zip(measure_locations, measure_weights, functions)]
        if glue:
            J, a = NorthWestMMGluing(plans)
            targets = [Y[J[:, k]] for k, Y in enumerate(measure_locations)]
        else:
            targets = [G @ Y / a[:, None] for G, Y in zip(plans, measure_locations)]
        X = ground_bary(targets) if ground_bary is not None else _descended(targets, X, functions, *settings)
        if glue and clean_measure:
            X, a = _joined(kind, X, a)
        before, value = value, float(ot_barycenter_energy(measure_locations, measure_weights, X, a, functions))
        for name, entry in (("X_list", X), ("a_list", a), ("V_list", value)):
            course[name].append(entry)
        if abs(before - value) < stopThr * max(abs(before), 1e-300):
            course["exit_status"] = "Local optimum"
            break
    else:
        _engine.Ended(False, int(numItermax), abs(before - value), "Raise numItermax.").warn("The barycentre")
    if not glue:
        course.pop("a_list")
    found = (X, a) if glue else (X,)
    return (*found, course) if log else (found if glue else X)


@public
def generalized_free_support_barycenter(
    X_list,
    a_list,
    P_list,
    n_samples_bary,
    Y_init=None,
    b=None,
    weights=None,
    numItermax=100,
    stopThr=1e-7,
    verbose=False,
    log=None,
    numThreads=1,
    eps=0,
):
    """Points whose images under the maps ``P_k`` are near each measure: least ``sum_k w_k W2^2(nu_k, P_k # mu)``.

    Parameters
    ----------
    X_list, a_list : lists of array_like, shapes (n_k, d_k) and (n_k,)
    P_list : list of array_like, shapes (d_k, d)
    n_samples_bary : int
    Y_init : array_like, shape (n_samples_bary, d), optional
        Start in coordinates of the root of ``sum_k w_k P_k' P_k``; drawn by default.
    b : array_like, shape (n_samples_bary,), optional
    weights : array_like, one number a measure, optional
    eps : float
        Added to the diagonal of ``sum_k w_k P_k' P_k``, which must have an inverse.

    Returns
    -------
    Y : array, shape (n_samples_bary, d)
    log : dict
        As of :func:`free_support_barycenter`.

    Notes
    -----
    Delon, Gozlan, Saint-Dizier, 2021 (arXiv 2105.09755).
    """
    kind, maps = Kind(*X_list, *P_list), [costs(P, "A map of P_list") for P in P_list]
    shares = np.full(len(maps), 1.0 / len(maps)) if weights is None else host(weights, "The weights").ravel()
    form = float(eps) * np.eye(maps[0].shape[1]) + sum(w * P.T @ P for w, P in zip(shares, maps))
    values, vectors = np.linalg.eigh(form)
    if not values[0] > 1e-14 * values[-1]:
        raise InputError(
            "The maps P_list do not see every direction.", "Set eps to a small number, or give other maps."
        )
    inverse = (vectors / np.sqrt(values)) @ vectors.T
    clouds = [rows(X, "The points of X_list") @ P @ inverse for X, P in zip(X_list, maps)]
    start = np.random.randn(n_samples_bary, len(form)) if Y_init is None else rows(Y_init, "The start Y_init")
    Y, said = free_support_barycenter(clouds, a_list, start, b, shares, numItermax, stopThr, verbose, True)
    return (kind(Y @ inverse), said) if log else kind(Y @ inverse)


def _each(cost_list, count):
    functions = [cost_list] * count if callable(cost_list) else list(cost_list)
    if len(functions) != count:
        raise InputError(
            f"There are {len(functions)} costs and {count} measures.", "Give one for each, or one for all."
        )
    return functions


def _descended(targets, X, functions, solver, rate, most, least):
    """Points of least sum of costs to the targets, row by row, by steps of torch."""
    torch = sys.modules["torch"]
    X = X.clone().detach().requires_grad_(True)
    steps = (torch.optim.Adam if solver == "Adam" else torch.optim.SGD)([X], lr=rate)
    before = None
    for _ in range(int(most)):
        steps.zero_grad()
        loss = sum(torch.diag(cost(X, Y)).sum() for cost, Y in zip(functions, targets))
        loss.backward()
        steps.step()
        if before is not None and before - loss.item() < least:
            break
        before = loss.item()
    return X.detach()


def _joined(kind, X, a):
    """Points that coincide as one."""
    places, back = np.unique(host(X, "The points"), axis=0, return_inverse=True)
    return kind(places), kind(np.bincount(back.ravel(), host(a, "The weights"), len(places)))
