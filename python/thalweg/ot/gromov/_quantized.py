"""Plans between large spaces by way of a few representatives: Chowdhury, Miller, Needham, ECML PKDD 2021.

Representatives are matched by (fused) Gromov-Wasserstein transport, and the points around two of them by how far they are from
their own, which is a problem on the line.
"""

import random

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine
from .._kinds import Kind, costs, host, masses, relations, rows, weights
from .._public import public
from ..lp import emd_1d
from ..utils import dist
from ._exact import fused_gromov_wasserstein, gromov_wasserstein
from ._terms import gwloss, init_matrix


@public
def quantized_fused_gromov_wasserstein(
    C1, C2, npart1, npart2, p=None, q=None, C1_aux=None, C2_aux=None, F1=None, F2=None, alpha=1.0, part_method="fluid",
    rep_method="random", log=False, armijo=False, max_iter=1e4, tol_rel=1e-9, tol_abs=1e-9, random_state=0, **kwargs,
):  # fmt: skip
    """A plan between spaces of which ``npart1`` and ``npart2`` parts are matched by their representatives.

    Parameters
    ----------
    C1, C2 : array_like, shapes (n, n) and (m, m)
    npart1, npart2 : int
    p, q : array_like, shapes (n,) and (m,), optional
        Weights; equal by default.
    C1_aux, C2_aux : array_like, shapes (n, n) and (m, m), optional
        Relations by which the spaces are parted, ``C1`` and ``C2`` by default.
    F1, F2 : array_like, shapes (n, d) and (m, d), optional
        Features, of share ``1 - alpha``.
    part_method : str
        As in :func:`get_graph_partition`; with ``_fused`` behind it the relations have their share ``alpha`` and the squared
        distances of features the rest.
    rep_method : str
        As in :func:`get_graph_representants`, also with ``_fused``.

    Returns
    -------
    T_global : array, shape (npart1, npart2)
    Ts_local : dict
        For each pair of parts that share mass, the plan between their points, of mass 1.
    T : array, shape (n, m)
    log : dict
        With ``log=True``: ``global dist``, ``local dist (i,j)``, and ``qFGW_dist``, the objective at the whole plan.
    """
    _detached(C1, C2, p, q, F1, F2)
    sides = []
    for C, aux, w, F, count, name in ((C1, C1_aux, p, F1, npart1, "1"), (C2, C2_aux, q, F2, npart2, "2")):
        C = relations(C, f"The relations C{name}")
        aux = C if aux is None else relations(aux, f"The relations C{name}_aux")
        F = None if F is None else rows(F, f"The features F{name}")
        apart = None if F is None or alpha == 1.0 else dist(F, F)
        blended, how = _blended(aux, apart, part_method, alpha)
        part = get_graph_partition(blended, count, how, random_state=random_state)
        blended, how = _blended(aux, apart, rep_method, alpha)
        chosen = get_graph_representants(blended, part, how, random_state)
        w = weights(w, len(C), f"The weights of C{name}")
        sides.append((part, *format_partitioned_graph(C, w, part, chosen, F, apart, alpha)))
    budgets = dict(max_iter=max_iter, tol_rel=tol_rel, tol_abs=tol_abs)
    return _whole(Kind(C1, C2), sides, alpha, log, budgets, (C1, C2, F1, F2))


@public
def quantized_fused_gromov_wasserstein_samples(
    X1, X2, npart1, npart2, p=None, q=None, F1=None, F2=None, alpha=1.0, method="kmeans", log=False, armijo=False,
    max_iter=1e4, tol_rel=1e-9, tol_abs=1e-9, random_state=0, **kwargs,
):  # fmt: skip
    """:func:`quantized_fused_gromov_wasserstein` between points ``(n, d)`` and ``(m, e)`` under squared distances, which are
    computed to representatives only; ``method`` as in :func:`get_partition_and_representants_samples`."""
    _detached(X1, X2, p, q, F1, F2)
    sides = []
    for X, w, F, count, name in ((X1, p, F1, npart1, "1"), (X2, q, F2, npart2, "2")):
        X = rows(X, f"The points X{name}")
        part, chosen = get_partition_and_representants_samples(X, count, method, random_state)
        w = weights(w, len(X), f"The weights of X{name}")
        sides.append((part, *format_partitioned_samples(X, w, part, chosen, F, alpha)))
    budgets = dict(max_iter=max_iter, tol_rel=tol_rel, tol_abs=tol_abs)
    spaces = (dist(X1, X1), dist(X2, X2), F1, F2) if log else None
    return _whole(Kind(X1, X2), sides, alpha, log, budgets, spaces)


@public
def quantized_fused_gromov_wasserstein_partitioned(
    CR1, CR2, list_R1, list_R2, list_p1, list_p2, MR=None, alpha=1.0, build_OT=False, log=False, armijo=False,
    max_iter=1e4, tol_rel=1e-9, tol_abs=1e-9, nx=None, **kwargs,
):  # fmt: skip
    """The plans of :func:`quantized_fused_gromov_wasserstein` from spaces that are parted already.

    Parameters
    ----------
    CR1, CR2 : array_like, shapes (k, k) and (l, l)
        Relations of the representatives.
    list_R1, list_R2 : list of array_like
        How the points of each part relate to its representative.
    list_p1, list_p2 : list of array_like
        Weights of the points of each part.
    MR : array_like, shape (k, l), optional
        Costs between representatives, of share ``1 - alpha``.
    build_OT : bool
        Whether to put the whole plan together, its points in the order of the parts; None otherwise.

    Returns
    -------
    T_global, Ts_local, T, log
        As there.
    """
    if not 0 < alpha <= 1:
        raise InputError(f"alpha is {alpha!r}, but it must be above 0 and at most 1.")
    kind = Kind(CR1, CR2)
    parts = [
        [masses(host(w, "The weights of a part"), "The weights of a part") for w in side] for side in (list_p1, list_p2)
    ]
    p, q = (np.array([w.sum() for w in side]) for side in parts)
    given = dict(max_iter=max_iter, tol_rel=tol_rel, tol_abs=tol_abs, log=True)
    if alpha == 1:
        over, said = gromov_wasserstein(CR1, CR2, p, q, **given)
        distance = said["gw_dist"]
    else:
        over, said = fused_gromov_wasserstein(MR, CR1, CR2, p, q, alpha=alpha, **given)
        distance = said["fgw_dist"]
    over, told, local = host(over, "The plan"), {"global dist": distance}, {}
    for i, j in zip(*np.nonzero(over)):
        shares = parts[0][i] / p[i], parts[1][j] / q[j]
        plan, found = emd_1d(list_R1[i], list_R2[j], *shares, log=True)
        local[int(i), int(j)], told[f"local dist ({i},{j})"] = plan, found["cost"]
    whole = None
    if build_OT:
        blocks = [
            [
                over[i, j] * host(local[i, j], "A plan") if (i, j) in local else np.zeros((len(w), len(v)))
                for j, v in enumerate(parts[1])
            ]
            for i, w in enumerate(parts[0])
        ]
        whole = kind(np.block(blocks))
    found = kind(over), local, whole
    return (*found, told) if log else found


@public
def get_graph_partition(C, npart, part_method="random", F=None, alpha=1.0, random_state=0, nx=None):
    """The part, from 0 on, that each point of a space belongs to, ``(n,)``.

    ``part_method`` is ``random``, ``louvain`` (which chooses how many parts there are) or ``fluid`` (both need networkx; they
    look at ``C`` as weights of edges), or ``spectral`` (needs scikit-learn). Every point is a part of its own where ``npart``
    is their number or more.
    """
    kind, C, npart = Kind(C), relations(C, "The relations C"), int(npart)
    if npart < 1:
        raise InputError(f"A space cannot have {npart} parts.", "Ask for at least one.")
    if alpha != 1.0 and F is None:
        raise InputError(f"alpha is {alpha:g}, but there are no features F.", "Pass them, or leave alpha at 1.")
    if npart >= len(C):
        if npart > len(C):
            _engine.warn(f"There are {len(C)} points and {npart} parts were asked for: each point is one.")
        return kind(np.arange(len(C), dtype=np.float64))
    if npart == 1:
        return kind(np.zeros(len(C)))
    if part_method == "random":
        return kind(np.array(random.Random(random_state).choices(range(npart), k=len(C)), dtype=np.float64))
    if part_method in ("louvain", "fluid"):
        networks = _networkx(part_method)
        graph = networks.from_numpy_array(C)
        if part_method == "louvain":
            sets = networks.community.louvain_communities(graph, seed=random_state)
        else:
            sets = networks.community.asyn_fluidc(graph, npart, seed=random_state)
        part = np.zeros(len(C))
        for k, members in enumerate(sets):
            part[list(members)] = k
        return kind(part)
    if part_method == "spectral":
        cluster = _sklearn("spectral")
        found = cluster.SpectralClustering(n_clusters=npart, random_state=random_state, affinity="precomputed").fit(C)
        return kind(found.labels_.astype(np.float64))
    raise InputError(
        f'There is no part_method called "{part_method}".', "They are random, louvain, fluid and spectral."
    )


@public
def get_graph_representants(C, part, rep_method="pagerank", random_state=0, nx=None):
    """One point of each part: a list of rows, parts in order. ``rep_method`` is ``random`` or ``pagerank`` (the point of the
    highest rank in its part; needs networkx)."""
    C, members = relations(C, "The relations C"), _members(part)
    if sum(map(len, members)) != len(C):
        raise InputError(f"There are {sum(map(len, members))} parts of points, but {len(C)} points.")
    if len(members) == len(C):
        return [int(m[0]) for m in members]
    if rep_method == "random":
        drawn = random.Random(random_state)
        return [int(drawn.choice(m)) for m in members]
    if rep_method == "pagerank":
        networks, C = _networkx("pagerank"), masses(C, "The relations C")
        ranks = (list(networks.pagerank(networks.from_numpy_array(C[np.ix_(m, m)])).values()) for m in members)
        return [int(m[np.argmax(rank)]) for m, rank in zip(members, ranks)]
    raise InputError(f'There is no rep_method called "{rep_method}".', "They are random and pagerank.")


@public
def get_partition_and_representants_samples(X, npart, method="kmeans", random_state=0, nx=None):
    """The part of each of the points ``(n, d)``, and a list of one point of each part.

    ``method`` is ``random`` or ``kmeans`` (needs scikit-learn; the points that are nearest to the centres represent).
    """
    kind, X, npart = Kind(X), rows(X, "The points X"), int(npart)
    if npart >= len(X):
        if npart > len(X):
            _engine.warn(f"There are {len(X)} points and {npart} parts were asked for: each point is one.")
        return kind(np.arange(len(X), dtype=np.float64)), list(range(len(X)))
    drawn = random.Random(random_state)
    if npart == 1:
        return kind(np.zeros(len(X))), [drawn.choice(range(len(X)))]
    if method == "random":
        part = np.array(drawn.choices(range(npart), k=len(X)), dtype=np.float64)
        return kind(part), [int(drawn.choice(m)) for m in _members(part)]
    if method == "kmeans":
        found = _sklearn("kmeans").KMeans(n_clusters=npart, random_state=random_state).fit(X)
        nearest = (dist(X[found.labels_ == k], c[None, :]).argmin() for k, c in enumerate(found.cluster_centers_))
        members = _members(found.labels_)
        return kind(found.labels_.astype(np.float64)), [int(m[k]) for m, k in zip(members, nearest)]
    raise InputError(f'There is no method called "{method}".', "They are random and kmeans.")


@public
def format_partitioned_graph(C, p, part, rep_indices, F=None, M=None, alpha=1.0, nx=None):
    """A parted space as :func:`quantized_fused_gromov_wasserstein_partitioned` takes it: relations of the representatives, how
    the points of each part relate to theirs, weights of each part, and the features of the representatives where there are
    features ``F`` ``(n, d)``.

    Relations within a part have the share ``alpha`` and the costs ``M`` ``(n, n)`` between features the rest.
    """
    kind, C, members = Kind(C, p), relations(C, "The relations C"), _members(part)
    p, chosen = weights(p, len(C), "The weights p"), [int(r) for r in rep_indices]
    if alpha != 1.0 and (M is None or F is None):
        raise InputError(f"alpha is {alpha:g}, but there are no features.", "Pass F and M, or leave alpha at 1.")
    blended = C if alpha == 1.0 else alpha * C + (1.0 - alpha) * costs(M)
    near = [kind(blended[r, m]) for r, m in zip(chosen, members)]
    found = kind(C[np.ix_(chosen, chosen)]), near, [kind(p[m]) for m in members]
    return found if F is None else (*found, kind(rows(F, "The features F")[chosen]))


@public
def format_partitioned_samples(X, p, part, rep_indices, F=None, alpha=1.0, nx=None):
    """:func:`format_partitioned_graph` of points ``(n, d)`` under squared distances; what is near in a part is ``(k, 1)``."""
    kind, X, members = Kind(X, p), rows(X, "The points X"), _members(part)
    p, chosen = weights(p, len(X), "The weights p"), [int(r) for r in rep_indices]
    if alpha != 1.0 and F is None:
        raise InputError(f"alpha is {alpha:g}, but there are no features F.", "Pass them, or leave alpha at 1.")
    F = None if F is None else rows(F, "The features F")
    near = []
    for r, m in zip(chosen, members):
        apart = alpha * dist(X[m], X[[r]])
        near.append(kind(apart if alpha == 1.0 else apart + (1.0 - alpha) * dist(F[m], F[[r]])))
    found = kind(dist(X[chosen], X[chosen])), near, [kind(p[m]) for m in members]
    return found if F is None else (*found, kind(F[chosen]))


def _whole(kind, sides, alpha, log, budgets, spaces):
    """The plans between two parted spaces, and the whole one in the order of their points."""
    (part1, CR1, R1, p1, *F1), (part2, CR2, R2, p2, *F2) = sides
    between = dist(F1[0], F2[0]) if F1 and F2 and alpha != 1.0 else None
    found = quantized_fused_gromov_wasserstein_partitioned(
        CR1, CR2, R1, R2, p1, p2, between, alpha, True, log, **budgets
    )
    order = [np.argsort(np.concatenate(_members(part)), kind="stable") for part in (part1, part2)]
    over, local, whole = found[:3]
    plan = host(whole, "The plan")[np.ix_(*order)]
    plans = kind(over), {k: kind(T) for k, T in local.items()}, kind(plan)
    if not log:
        return plans
    C1, C2, F1, F2 = spaces
    value = alpha * float(gwloss(*init_matrix(C1, C2, plan.sum(axis=1), plan.sum(axis=0)), plan))
    value += 0.0 if alpha == 1.0 else (1.0 - alpha) * float((host(dist(F1, F2), "The costs") * plan).sum())
    return *plans, {**found[3], "qFGW_dist": kind(np.float64(value))}


def _blended(C, apart, method, alpha):
    """Relations to look at, and the name of the method without ``_fused``."""
    if not method.endswith("_fused"):
        return C, method
    if apart is None:
        raise InputError(f"{method} needs features and alpha below 1.", "Pass F1 and F2, or leave _fused out.")
    return alpha * C + (1.0 - alpha) * apart, method[: -len("_fused")]


def _members(part):
    """The rows of each part, parts in order."""
    part = np.asarray(host(part, "The parts")).ravel()
    return [np.flatnonzero(part == k) for k in np.unique(part)]


def _detached(*arrays):
    _derivatives.refuse("A quantised plan between spaces", "Detach the inputs with detach().", *arrays)


def _networkx(method):
    try:
        import networkx
    except ImportError:
        raise InputError(f"{method} needs networkx, which is not installed.", "Install it, or use random.") from None
    return networkx


def _sklearn(method):
    try:
        import sklearn.cluster
    except ImportError:
        raise InputError(
            f"{method} needs scikit-learn, which is not installed.", "Install it, or use random."
        ) from None
    return sklearn.cluster
