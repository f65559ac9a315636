"""One call for linear transport under a cost matrix."""

import numpy as np

from ..._errors import InputError
from .. import _derivatives, _engine, lp, partial, unbalanced as relaxed
from .._engine import budget
from .._kinds import Kind, costs, host, weights
from .._public import public
from ..bregman._sinkhorn import tell
from ..optim import cg
from ..smooth import smooth_ot_dual
from ..utils import OTResult


@public(numItermax="max_iter", stopThr="tol")
def solve(
    M,
    a=None,
    b=None,
    reg=None,
    c=None,
    reg_type="KL",
    unbalanced=None,
    unbalanced_type="KL",
    method=None,
    n_threads=1,
    max_iter=None,
    plan_init=None,
    potentials_init=None,
    tol=None,
    verbose=False,
    grad="autodiff",
    *,
    threads=None,
    memory=None,
):
    """Optimal transport under a cost matrix.

    Parameters
    ----------
    M : array_like, shape (n, m)
        Costs.
    a, b : array_like, shapes (n,) and (m,), optional
        Weights; equal by default.
    reg : float, optional
        Strength of the regularisation; exact transport without it.
    reg_type : str or pair of callables
        ``KL`` (relative to ``c``, by default ``a b'``), ``entropy``, ``L2`` (``reg |G|^2 / 2``, by SciPy; both marginals
        are met), or a penalty and its derivative, as in :func:`thalweg.ot.optim.cg`.
    unbalanced : float or pair, optional
        Price of missing each marginal; both are met without it.
    unbalanced_type : str
        ``KL``, ``L2``, or ``TV``, which without ``reg`` is solved exactly. With ``reg``, all but ``KL`` goes to SciPy.
    max_iter, tol : optional
        Budget of iterations and stopping rule of the iterative solvers.
    threads, memory
        As in :func:`thalweg.ot.emd`.

    Returns
    -------
    OTResult
        ``plan``, ``value``, ``value_linear``, ``potentials`` (for entropic transport the logarithms of the scalings, as
        in POT), ``status``, and for exact transport ``certificate``. With torch ``value`` can be differentiated by
        ``M``, ``a`` and ``b`` where both marginals are met.
    """
    given = dict(threads=threads_of(threads, n_threads), memory=memory)
    kind = Kind(M, a, b)
    if reg is None or reg == 0:
        if unbalanced is None:
            return _exact(kind, a, b, M, given)
        return _majorised(kind, a, b, M, c, unbalanced, unbalanced_type, max_iter, tol, plan_init, verbose, given)
    if isinstance(reg_type, tuple) and unbalanced is None:
        return _penalised(kind, a, b, M, reg, reg_type, max_iter, tol, plan_init, verbose, given["threads"])
    if unbalanced is None and str(reg_type).lower() == "l2":
        return _squared(kind, a, b, M, reg, max_iter, tol, verbose)
    penalties = str(reg_type).lower(), str(unbalanced_type).lower()
    if unbalanced is not None and (penalties[0] not in ("kl", "entropy") or penalties[1] != "kl"):
        return _by_lbfgs(
            kind, a, b, M, reg, c, reg_type, unbalanced, unbalanced_type, max_iter, tol, plan_init, verbose
        )
    reg_type = entropic_type(reg_type)
    if unbalanced is None:
        return _entropic(kind, a, b, M, reg, reg_type, max_iter, tol, potentials_init, verbose, given)
    plan, said = relaxed.sinkhorn_unbalanced(
        a,
        b,
        M,
        reg,
        unbalanced,
        "sinkhorn",
        reg_type,
        c,
        potentials_init,
        max_iter or 1000,
        tol or 1e-9,
        verbose,
        True,
        **given,
    )
    potentials = said["logu"], said["logv"]
    return OTResult(potentials, said["total_cost"], said["cost"], plan=plan, log=said, status=said["status"])


def threads_of(threads, n_threads):
    return n_threads if threads is None and n_threads not in (1, None) else threads


def entropic_type(reg_type):
    name = reg_type.lower() if isinstance(reg_type, str) else "a pair of functions"
    if name not in ("kl", "entropy"):
        raise InputError(f"The regularisation {name} is not offered here.", "It is KL or entropy, or L2 for solve.")
    return name


def _exact(kind, a, b, M, given):
    cost, said = lp.emd2(a, b, M, log=True, return_matrix=True, **given)
    potentials, certificate = (said["u"], said["v"]), said["certificate"]
    return OTResult(potentials, cost, cost, plan=said["G"], log=said, status="Converged", certificate=certificate)


def _entropic(kind, a, b, M, reg, reg_type, max_iter, tol, warmstart, verbose, given):
    M_ = costs(M)
    a_, b_ = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    b_ = _engine.balanced(a_, b_)
    resources = budget(**given)
    solved = _engine.entropic(a_, b_, M_, reg, (None, None), tol or 1e-9, max_iter or 1000, warmstart, resources)
    solved.ended.warn("Sinkhorn")
    if verbose:
        tell(solved)
    value = solved.objective
    if reg_type == "entropy":
        value += reg * (entropy(a_) + entropy(b_))
    plan = solved.joined(kind, M, a, b)
    slopes = (a, solved.f - solved.f.mean()), (b, solved.g - solved.g.mean()), (M, solved.plan)
    return OTResult(
        (kind(solved.log_u), kind(solved.log_v)),
        kind.value(value, *slopes),
        _derivatives.paid(kind, plan, M, solved.cost),
        plan=plan,
        status=solved.ended.status,
    )


def _squared(kind, a, b, M, reg, max_iter, tol, verbose):
    """``<G, M> + reg |G|^2 / 2`` by its dual."""
    plan, said = smooth_ot_dual(a, b, M, reg, "l2", "L-BFGS-B", tol or 1e-9, max_iter or 1000, verbose, True)
    G = host(plan, "The plan")
    linear = float((G * costs(M)).sum())
    value = linear + 0.5 * float(reg) * float((G**2).sum())
    return OTResult(
        (said["alpha"], said["beta"]), kind(np.float64(value)), kind(np.float64(linear)), plan=plan, log=said
    )


def _by_lbfgs(kind, a, b, M, reg, c, reg_type, prices, penalty, max_iter, tol, plan_init, verbose):
    functions = reg_type if isinstance(reg_type, tuple) else str(reg_type).lower()
    given = dict(numItermax=max_iter or 1000, stopThr=tol or 1e-12, verbose=verbose, log=True)
    plan, said = relaxed.lbfgsb_unbalanced(a, b, M, reg, prices, c, functions, penalty, plan_init, **given)
    return OTResult(None, said["total_cost"], said["cost"], plan=plan, log=said)


def _penalised(kind, a, b, M, reg, functions, max_iter, tol, plan_init, verbose, threads):
    plan, said = cg(
        a, b, M, reg, *functions, plan_init, None, max_iter or 1000, stopThr=tol or 1e-9, verbose=verbose, log=True,
        threads=threads,
    )  # fmt: skip
    linear = (host(plan, "The plan") * costs(M)).sum()
    value = kind(np.float64(said["loss"][-1]))
    return OTResult((said["u"], said["v"]), value, kind(linear), plan=plan, log=said)


def entropy(p):
    """``sum p log p``."""
    return float((p[p > 0] * np.log(p[p > 0])).sum())


def _majorised(kind, a, b, M, c, prices, penalty, max_iter, tol, plan_init, verbose, given):
    penalty = str(penalty).lower()
    if penalty == "tv":
        return _total_variation(kind, a, b, M, prices, given)
    plan, said = relaxed.mm_unbalanced(
        a, b, M, prices, c, 0, penalty, plan_init, max_iter or 1000, tol or 1e-12, verbose, True, **given
    )
    return OTResult(None, said["total_cost"], said["cost"], plan=plan, log=said, status=said["status"])


def _total_variation(kind, a, b, M, prices, given):
    """``<G, M> + r1 |G 1 - a| + r2 |G' 1 - b|`` exactly: a pair pays where moving costs less than leaving both."""
    M_ = costs(M)
    a_, b_ = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    r1, r2 = _engine.pair(prices)
    if r1 is None or r2 is None:
        raise InputError(
            "The price of missing a marginal must be finite under TV.", "Use balanced or partial transport."
        )
    plan, said = partial.partial_wasserstein_lagrange(a_, b_, M_, r1 + r2, log=True, **given)
    linear = float((plan * M_).sum())
    value = float(linear + r1 * np.abs(plan.sum(axis=1) - a_).sum() + r2 * np.abs(plan.sum(axis=0) - b_).sum())
    certificate = said["certificate"]
    certificate = {**certificate, "primal": value, "dual": value - certificate["gap"]}
    return OTResult(
        None,
        kind(np.float64(value)),
        kind(np.float64(linear)),
        plan=kind(plan),
        status="Converged",
        certificate=certificate,
    )
