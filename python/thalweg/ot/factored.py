"""Transport through a few points in between. Names and conventions as in POT's ``ot.factored``."""

import numpy as np

from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, rows, weights
from ._public import public
from .lp._exact import exact_plan
from .utils import FactoredPlan, dist

__all__ = ["factored_optimal_transport"]


@public
def factored_optimal_transport(
    Xa,
    Xb,
    a=None,
    b=None,
    reg=0.0,
    r=100,
    X0=None,
    stopThr=1e-7,
    numItermax=100,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """Plans from both clouds to ``r`` points of equal weights that lie best between them, in squared W2.

    Parameters
    ----------
    Xa : array_like, shape (n, d)
    Xb : array_like, shape (m, d)
    a, b : array_like, shapes (n,) and (m,), optional
    reg : float
        Strength of the entropy of both plans; exact ones without it.
    X0 : array_like, shape (r, d), optional
        Start; normal draws of NumPy's global generator by default.
    stopThr, numItermax
        Ends once the points move by less, in Frobenius norm.

    Returns
    -------
    Ga : array, shape (n, r)
    Gb : array, shape (r, m)
    X : array, shape (r, d)
    log : dict
        With ``log=True``: ``delta_iter``, ``ua``, ``va``, ``ub``, ``vb`` (duals, or logarithms of scalings), ``costa``,
        ``costb`` and ``lazy_plan``, whose entries are computed when asked for.

    Notes
    -----
    Forrow, Huetter, Nitzan, Rigollet, Schiebinger, Weed, AISTATS 2019.
    """
    _derivatives.refuse("A factored plan", "Detach the inputs with detach().", Xa, Xb, a, b)
    kind, x, y = Kind(Xa, Xb, a, b), rows(Xa, "The points Xa"), rows(Xb, "The points Xb")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    middle = np.random.randn(r, x.shape[1]) if X0 is None else rows(X0, "The start X0")
    equal, given = np.full(len(middle), 1.0 / len(middle)), budget(threads, memory)

    def plan(p, q, M):
        q = _engine.balanced(p, q)
        if reg > 0:
            tolerance, most = kwargs.get("stopThr", 1e-9), kwargs.get("numItermax", 1000)
            solved = _engine.entropic(p, q, M, reg, (None, None), tolerance, most, None, given)
            solved.ended.warn("A plan of factored transport")
            return solved.plan, solved.log_u, solved.log_v
        return exact_plan(p, q, M, given)

    moved = []
    for _ in range(numItermax):
        of_a, of_b = plan(a, equal, dist(x, middle)), plan(equal, b, dist(middle, y))
        before, middle = middle, 0.5 * len(equal) * (of_a[0].T @ x + of_b[0] @ y)
        moved.append(float(np.linalg.norm(middle - before)))
        if moved[-1] < stopThr:
            break
    found = kind(of_a[0]), kind(of_b[0]), kind(middle)
    if not log:
        return found
    said = {"delta_iter": moved, "ua": kind(of_a[1]), "va": kind(of_a[2]), "ub": kind(of_b[1]), "vb": kind(of_b[2])}
    costa, costb = (of_a[0] * dist(x, before)).sum(), (of_b[0] * dist(before, y)).sum()
    said.update(costa=kind(costa), costb=kind(costb))
    return *found, {**said, "lazy_plan": FactoredPlan(of_a[0] * len(equal), of_b[0].T, None, kind)}
