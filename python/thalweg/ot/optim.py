"""Transport with a penalty of the caller's, by conditional gradient. Names and conventions as in POT's ``ot.optim``."""

import numpy as np

from .. import _thalweg
from . import _engine
from ._engine import budget
from ._kinds import Kind, costs, host, weights
from ._public import public

__all__ = [
    "cg",
    "gcg",
    "generic_conditional_gradient",
    "line_search_armijo",
    "partial_cg",
    "semirelaxed_cg",
    "solve_1d_linesearch_quad",
]

# Of what a step promises by its slope, the share that it must keep; and the first step that is tried.
_KEPT, _FIRST = 1e-4, 0.99


@public
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
        With ``log=True``: ``loss`` (at the start and after every iteration), and of the last linear problem ``cost``, ``u`` and
        ``v``.
    """
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    b, given = _engine.balanced(a, b), budget(threads)

    def nearest(slope):
        plan, u, v, proof = _thalweg.ot_exact(a, b, slope, given)
        duals = dict(zip("uv", map(kind, _engine.centred(u, v, a, b))))
        return plan, {"cost": kind(np.float64(proof[0])), **duals, "warning": None, "result_code": 1}

    cost, slope = _penalised(kind, M, reg, f, df)
    start = np.outer(a, b) / a.sum() if G0 is None else costs(G0, "The start G0")
    budgets = numItermax, stopThr, stopThr2, verbose
    return _given(kind, *_descend(start, cost, slope, nearest, line_search, budgets), log)


@public
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
        return solved.plan, {"u": kind(solved.log_u), "v": kind(solved.log_v)}

    cost, slope = _penalised(kind, M, reg2, f, df)
    start = np.outer(a, b) / a.sum() if G0 is None else costs(G0, "The start G0")
    budgets = numItermax, stopThr, stopThr2, verbose
    whole = lambda G: cost(G) + reg1 * _negentropy(G)
    return _given(kind, *_descend(start, whole, slope, nearest, None, budgets, lambda G: reg1 * _log_slope(G)), log)


@public
def line_search_armijo(
    f, xk, pk, gfk, old_fval, args=(), c1=1e-4, alpha0=0.99, alpha_min=0.0, alpha_max=None, nx=None, **kwargs
):
    """A step along ``pk`` that lowers ``f`` by at least ``c1`` of what the slope ``gfk`` promises.

    Shortened by parabolas and cubics from ``alpha0`` on, and kept between ``alpha_min`` and ``alpha_max``. Returns the step (0 where none
    does), how often ``f`` was called, and its value there.
    """
    kind, x, direction = Kind(xk), host(xk, "The point xk"), host(pk, "The direction pk")
    calls = [0]

    def value(point):
        calls[0] += 1
        return float(f(kind(point), *args))

    first = value(x) if old_fval is None else float(old_fval)
    slope = float((direction * host(gfk, "The slope gfk")).sum())
    bounds = alpha_min, np.inf if alpha_max is None else alpha_max
    length, there = _armijo(value, x, direction, slope, first, c1, alpha0, bounds)
    return length, calls[0], there


@public
def semirelaxed_cg(
    a,
    b,
    M,
    reg,
    f,
    df,
    G0=None,
    line_search=None,
    numItermax=200,
    stopThr=1e-9,
    stopThr2=1e-9,
    verbose=False,
    log=False,
    nx=None,
    **kwargs,
):
    """As :func:`cg` over plans whose first marginal alone is given; ``b`` is that of the start."""
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")

    def nearest(slope):
        best = slope <= slope.min(axis=1, keepdims=True) + 1e-15
        return best * (a / best.sum(axis=1))[:, None], {}

    cost, slope = _penalised(kind, M, reg, f, df)
    start = np.outer(a, b) / b.sum() if G0 is None else costs(G0, "The start G0")
    budgets = numItermax, stopThr, stopThr2, verbose
    return _given(kind, *_descend(start, cost, slope, nearest, line_search, budgets), log)


@public
def partial_cg(
    a,
    b,
    a_extended,
    b_extended,
    M,
    reg,
    f,
    df,
    G0=None,
    line_search=line_search_armijo,
    numItermax=200,
    stopThr=1e-9,
    stopThr2=1e-9,
    warn=True,
    verbose=False,
    log=False,
    *,
    threads=None,
    memory=None,
    **kwargs,
):
    """As :func:`cg` over plans of a part of the mass. Both extended weights end with as many dummies, which take what does
    not move; ``(n + k,)`` and ``(m + k,)``."""
    kind, M = Kind(a, b, M), costs(M)
    a, b = weights(a, M.shape[0], "The weights a"), weights(b, M.shape[1], "The weights b")
    stays = host(a_extended, "a_extended")[len(a) :].sum()
    mass, given = float(b.sum() - stays), budget(threads, memory)

    def nearest(slope):
        plan, u, v, _ = _thalweg.ot_partial(a, b, slope, mass, 0.0, given)
        return plan, {"u": kind(u), "v": kind(v)}

    cost, slope = _penalised(kind, M, reg, f, df)
    start = np.outer(a, b) if G0 is None else costs(G0, "The start G0")
    budgets, own = (numItermax, stopThr, stopThr2, verbose), None if line_search is line_search_armijo else line_search
    return _given(kind, *_descend(start, cost, slope, nearest, own, budgets), log)


@public
def generic_conditional_gradient(
    a,
    b,
    M,
    f,
    df,
    reg1,
    reg2,
    lp_solver,
    line_search,
    G0=None,
    numItermax=200,
    stopThr=1e-9,
    stopThr2=1e-9,
    verbose=False,
    log=False,
    nx=None,
    **kwargs,
):
    """A stationary plan of ``<G, M> + reg1 f(G) + reg2 sum G log G`` along the plans of the caller's own solver.

    ``lp_solver(a, b, cost, **kwargs)`` gives a plan and a dict for the log; ``line_search(cost, G, direction, Mi, cost_G, df_G,
    **kwargs)`` a step, any number, the cost there, and if it likes the derivative of ``f`` there. ``reg2`` may be None.
    Otherwise as :func:`cg`.
    """
    kind, M = Kind(a, b, M), host(M, "The costs M")
    cost, slope = _penalised(kind, M, reg1, f, df)
    whole, tilted = cost, slope
    if reg2 is not None:
        whole = lambda G: cost(G) + reg2 * _negentropy(G)

        def tilted(G, found=None):
            gradient, own = slope(G, found)
            return gradient + reg2 * _log_slope(G), own

    def nearest(gradient):
        plan, said = lp_solver(a, b, kind(gradient), **kwargs)
        return host(plan, "The plan of lp_solver"), said

    def search(cost, G, direction, *rest):
        return line_search(lambda G: cost(host(G, "The plan")), kind(G), kind(direction), *rest, **kwargs)

    start = np.outer(host(a, "The weights a"), host(b, "The weights b")) if G0 is None else costs(G0, "The start G0")
    budgets = numItermax, stopThr, stopThr2, verbose
    return _given(kind, *_descend(start, whole, tilted, nearest, search, budgets), log)


@public
def solve_1d_linesearch_quad(a, b):
    """The least point of ``a x^2 + b x`` between 0 and 1."""
    if a > 0:
        return min(1.0, max(0.0, -b / (2.0 * a)))
    return 1.0 if a + b < 0 else 0.0


def _penalised(kind, M, reg, f, df):
    """The cost of a plan, and its derivative with that of ``f``, unless this one is known."""

    def cost(G):
        return float((M * G).sum()) + reg * float(f(kind(G)))

    def slope(G, found=None):
        own = host(df(kind(G)) if found is None else found, "The derivative df(G)")
        return M + reg * own, own

    return cost, slope


def _given(kind, G, said, log):
    return (kind(G), said) if log else kind(G)


def _negentropy(G):
    return float((G[G > 0] * np.log(G[G > 0])).sum())


def _log_slope(G):
    return np.log(np.maximum(G, np.finfo(float).tiny)) + 1.0




def _descend(G, cost, slope, nearest, line_search, budgets, kept=None):
    """Steps towards the plan that ``nearest`` gives; ``kept`` is the slope of the part that is not linearised."""
    most, relative, absolute, verbose = budgets
    loss, said, known = [cost(G)], {}, None
    for step in range(int(most)):
        gradient, own = slope(G, known)
        towards, said = nearest(np.ascontiguousarray(gradient))
        direction = towards - G
        whole = gradient if kept is None else gradient + kept(G)
        if line_search is None:
            (length, value), known = _armijo(cost, G, direction, float((whole * direction).sum()), loss[-1]), None
        else:
            length, _, value, *more = line_search(cost, G, direction, gradient, loss[-1], own)
            known = more[0] if more else None
        G = G + float(length) * direction
        loss.append(float(value))
        change = abs(loss[-1] - loss[-2])
        if verbose:
            print(f"{step + 1:5d} | cost {loss[-1]:.8e} | change {change:.3e}")
        if change < absolute or change < relative * abs(loss[-1]):
            break
    return G, {"loss": loss, **said}


def _armijo(cost, G, direction, slope, value, kept=_KEPT, first=_FIRST, bounds=(0.0, np.inf)):
    """A step that lowers the cost by a share of what the slope promises, and the cost there; no step if none does.

    Backtracking to the lowest point of a parabola, then of cubics: Nocedal and Wright, Numerical Optimization, section 3.5.
    """

    def at(length):
        return cost(G + min(max(length, bounds[0]), bounds[1]) * direction)

    def lacks(length, there):
        """What the cost there is above the tangent."""
        return there - value - slope * length

    before, length, there, low = None, first, at(first), bounds[0]
    for _ in range(60):
        if there <= value + kept * length * slope:
            return min(max(length, low), bounds[1]), there
        if not length > low:
            break
        if before is None:
            bend = lacks(length, there)
            tried = -slope * length**2 / (2.0 * bend) if bend > 0 else 0.5 * length
        else:
            tried = _cubic(*before, length, lacks(length, there), slope)
        before, length, there = (length, lacks(length, there)), tried, at(tried)
        if before[0] != first and there > value + kept * length * slope and not 0.04 < length / before[0] <= 0.5:
            length = 0.5 * before[0]
            there = at(length)
    return 0.0, value


def _cubic(earlier, lacked, length, lacks, slope):
    """The lowest point of the cubic through both steps and the slope at zero."""
    factor = earlier**2 * length**2 * (length - earlier)
    a = (earlier**2 * lacks - length**2 * lacked) / factor
    b = (length**3 * lacked - earlier**3 * lacks) / factor
    return (-b + np.sqrt(abs(b**2 - 3.0 * a * slope))) / (3.0 * a)


def _along_parabola(cost, G, direction, slope, cost_G, df_G, **_):
    """The best step where the cost is quadratic along the direction, and the cost there."""
    whole, tilt = cost(G + direction), float((slope * direction).sum())
    bend = whole - cost_G - tilt
    length = solve_1d_linesearch_quad(bend, tilt)
    return length, 1, cost_G + tilt * length + bend * length**2
