"""Transport with a penalty of the caller's, by conditional gradient. Names and conventions as in POT's ``ot.optim``."""

import numpy as np

from .. import _thalweg
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, weights

__all__ = ["cg", "gcg"]

# Of what a step promises by its slope, the share that it must keep; and the first step that is tried.
_KEPT, _FIRST = 1e-4, 0.99


def cg(
    a,
    b,
    M,
    reg,
    f,
    df,
    G0=None,
    line_search=None,
    numItermax=200,
    numItermaxEmd=100000,
    stopThr=1e-9,
    stopThr2=1e-9,
    verbose=False,
    log=False,
    nx=None,
    *,
    threads=None,
    **kwargs,
):
    """A stationary plan of ``<G, M> + reg f(G)``.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    M : array_like, shape (n, m)
    reg : float
    f : callable
        From a plan ``(n, m)`` to a number.
    df : callable
        From a plan to the derivative of ``f``, ``(n, m)``.
    G0 : array_like, shape (n, m), optional
        Start, a plan; ``a b'`` by default.
    line_search : callable, optional
        ``line_search(cost, G, direction, Mi, cost_G, df_G)`` gives the step, any number, and the cost there; by default
        steps are halved by a parabola until the cost falls by enough (Armijo).
    numItermax, stopThr, stopThr2
        Budget of iterations; ends once one changes the cost by less than the fraction ``stopThr`` or by ``stopThr2``.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``loss`` (at the start and after every iteration), ``u``, ``v``.
    """
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b, given = _engine.balanced(a, b), budget(threads)

    def nearest(slope):
        plan, u, v, _ = _thalweg.ot_exact(a, b, slope, given)
        return plan, _engine.centred(u, v, a, b)

    def cost(G):
        return float((M * G).sum()) + reg * float(f(kind(G)))

    def slope(G):
        return M + reg * host(df(kind(G)), "The derivative df(G)")

    start = np.outer(a, b) / a.sum() if G0 is None else costs(G0, "The start G0")
    G, said = _descend(start, cost, slope, nearest, line_search, numItermax, stopThr, stopThr2, verbose)
    return (kind(G), {**said, "u": kind(said["u"]), "v": kind(said["v"])}) if log else kind(G)


def gcg(
    a,
    b,
    M,
    reg1,
    reg2,
    f,
    df,
    G0=None,
    numItermax=10,
    numInnerItermax=200,
    stopThr=1e-9,
    stopThr2=1e-9,
    verbose=False,
    log=False,
    *,
    threads=None,
    **kwargs,
):
    """A stationary plan of ``<G, M> + reg1 sum G log G + reg2 f(G)``, along entropic plans. Otherwise as :func:`cg`."""
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b, given = _engine.balanced(a, b), budget(threads)

    def nearest(slope):
        solved = _engine.entropic(a, b, slope, reg1, (None, None), 1e-9, numInnerItermax, None, given)
        return solved.plan, (solved.log_u, solved.log_v)

    def cost(G):
        entropy = (G[G > 0] * np.log(G[G > 0])).sum()
        return float((M * G).sum() + reg1 * entropy) + reg2 * float(f(kind(G)))

    def entropy_slope(G):
        return reg1 * (np.log(np.maximum(G, np.finfo(float).tiny)) + 1)

    def slope(G):
        return M + reg2 * host(df(kind(G)), "The derivative df(G)")

    start = np.outer(a, b) / a.sum() if G0 is None else costs(G0, "The start G0")
    G, said = _descend(start, cost, slope, nearest, None, numItermax, stopThr, stopThr2, verbose, entropy_slope)
    return (kind(G), {**said, "u": kind(said["u"]), "v": kind(said["v"])}) if log else kind(G)


def _descend(G, cost, slope, nearest, line_search, numItermax, stopThr, stopThr2, verbose, kept=None):
    """Steps towards the plan that ``nearest`` gives; ``kept`` is the slope of the part that is not linearised."""
    loss, duals = [cost(G)], (np.zeros(G.shape[0]), np.zeros(G.shape[1]))
    for step in range(numItermax):
        gradient = np.ascontiguousarray(slope(G))
        towards, duals = nearest(gradient)
        direction = towards - G
        whole = gradient if kept is None else gradient + kept(G)
        if line_search is None:
            length, value = _armijo(cost, G, direction, float((whole * direction).sum()), loss[-1])
        else:
            length, _, value = line_search(cost, G, direction, gradient, loss[-1], gradient)[:3]
        G = G + length * direction
        loss.append(float(value))
        change = abs(loss[-1] - loss[-2])
        if verbose:
            print(f"{step + 1:5d} | cost {loss[-1]:.8e} | change {change:.3e}")
        if change < stopThr2 or change < stopThr * abs(loss[-1]):
            break
    return G, {"loss": loss, "u": duals[0], "v": duals[1]}


def _armijo(cost, G, direction, slope, value):
    """A step that lowers the cost by a share of what the slope promises, and the cost there; no step if none does."""
    length = _FIRST
    for _ in range(60):
        there = cost(G + length * direction)
        if there <= value + _KEPT * length * slope:
            return length, there
        # The lowest point of the parabola through both costs and the slope, within reason.
        bend = there - value - slope * length
        parabola = -slope * length**2 / (2 * bend) if bend > 0 else 0.5 * length
        length = min(max(parabola, 0.1 * length), 0.5 * length)
    return 0.0, value
