"""Calls of the native half that several modules share."""

import re
import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Optional

import numpy as np

from .. import _thalweg
from .._errors import FailedError, InputError, NotConvergedWarning
from .._resources import resources
from . import _derivatives

# What sentences of the engine call a setting, and what POT's functions call it.
_NAMES = {"max_iterations": "numItermax", "the iterations": "numItermax", "epsilon": "reg", "the tolerance": "stopThr"}


# What the function that the caller called names the budgets of the functions that it calls.
_spoken = ContextVar("names of budgets", default={})


@contextmanager
def spoken(**names):
    """Advice within speaks of ``numItermax`` and ``stopThr`` by the names that the outermost caller knows."""
    token = _spoken.set(_spoken.get() or names)
    try:
        yield
    finally:
        _spoken.reset(token)


# Whether what does not converge is part of a longer computation, which says how it ended itself.
_within = ContextVar("within a longer computation", default=False)


@contextmanager
def within():
    """Budgets that run out here end a step of a longer computation, and nobody is told."""
    token = _within.set(True)
    try:
        yield
    finally:
        _within.reset(token)


def warn(sentence, category=UserWarning):
    """Warns at the first line that is not of this package, whatever lies between."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "thalweg":
        frame, level = frame.f_back, level + 1
    warnings.warn(sentence, category, stacklevel=level)


class Problem(NamedTuple):
    """An entropic problem and its budgets; read by the native half."""

    epsilon: float
    rho: tuple
    tolerance: float
    max_iterations: int


class Ended(NamedTuple):
    """How an iteration ended."""

    converged: bool
    iterations: int
    residual: float
    advice: Optional[str]

    def warn(self, solver):
        """Warns where it did not converge."""
        if not self.converged and not _within.get():
            advice = self.advice or "Raise numItermax."
            for name, here in (*_NAMES.items(), *_spoken.get().items()):
                advice = re.sub(rf"\b{name}\b", here, advice)
            warn(f"{solver} did not converge in {self.iterations} iterations. {advice}", NotConvergedWarning)

    @property
    def status(self):
        return "Converged" if self.converged else f"Not converged: {self.advice}"


class Entropic(NamedTuple):
    """A solved entropic problem: the plan is ``a b exp((f + g - M) / reg)``."""

    plan: Optional[np.ndarray]
    f: np.ndarray
    g: np.ndarray
    cost: float
    objective: float
    ended: Ended
    errors: list
    reg: float
    a: np.ndarray
    b: np.ndarray
    rho: tuple = (None, None)

    def joined(self, kind, M, a, b):
        """The plan as the caller's kind, with its derivatives by what the caller gave."""
        back = _derivatives.of_entropic(self.plan, self.reg, self.a, self.b, self.rho)
        return _derivatives.joined(kind, self.plan, (M, a, b), back)

    @property
    def log_u(self):
        """Logarithm of the left scaling: the plan is ``diag(u) exp(-M / reg) diag(v)``."""
        return _plus_log(self.f / self.reg, self.a)

    @property
    def log_v(self):
        return _plus_log(self.g / self.reg, self.b)


def budget(threads=None, memory=None, numThreads=1):
    """Resources of a call from its own keywords; ``numThreads`` is what POT's scripts say."""
    if threads is None and numThreads not in (1, None):
        threads = 0 if numThreads == "max" else numThreads
    return resources(0, threads, memory)


def balanced(a, b, check=True):
    """``b`` scaled to the mass of ``a``; refuses masses that differ."""
    mass, other = a.sum(), b.sum()
    if check and not abs(mass - other) < 1.5e-6:
        raise InputError(
            f"Both sides must have the same mass, but a sums to {mass:g} and b to {other:g}.",
            "Normalise them, pass check_marginals=False to scale b, or use unbalanced or partial transport.",
        )
    return b if mass == other or other == 0 else b * (mass / other)


def certificate(proof):
    """What proves a plan optimal: its cost, the value of its duals, and the gap that bounds what it is short of."""
    return dict(zip(("primal", "dual", "gap"), map(float, proof)))


def centred(u, v, a, b):
    """Duals shifted so that both sides contribute equally, as POT gives them."""
    shift = (b @ v - a @ u) / (a.sum() + b.sum())
    return u + shift, v - shift


def entropic(a, b, M, reg, rho, stopThr, numItermax, warmstart, given):
    """Entropic transport under a cost matrix; ``rho`` is a weight, or None for an exact marginal, on each side."""
    problem = Problem(positive(reg, "reg"), rho, max(float(stopThr) / a.sum(), 1e-300), max(int(numItermax), 1))
    plan, solved = _thalweg.ot_entropic(a, b, M, problem, _start(warmstart, a, b, problem.epsilon), given)
    f, g, cost, objective, ended, errors = solved
    return Entropic(plan, f, g, cost, objective, Ended(*ended), errors, problem.epsilon, a, b, rho)


def entropic_points(x, y, a, b, metric, reg, rho, stopThr, numItermax, warmstart, given):
    """As :func:`entropic` between points, without a matrix; also the two marginals of the plan."""
    problem = Problem(positive(reg, "reg"), rho, max(float(stopThr) / a.sum(), 1e-300), max(int(numItermax), 1))
    warm = _start(warmstart, a, b, problem.epsilon)
    row_sums, column_sums, solved = _thalweg.ot_entropic_points(x, y, a, b, metric, problem, warm, given)
    f, g, cost, objective, ended, errors = solved
    solution = Entropic(None, f, g, cost, objective, Ended(*ended), errors, problem.epsilon, a, b, rho)
    return solution, row_sums, column_sums


def pair(parameter):
    """A weight for each side from one or two numbers; None stands for a marginal that must be met."""
    values = np.ravel(np.asarray(parameter, dtype=np.float64))
    if values.size not in (1, 2):
        raise InputError(f"A penalty is one number or one for each side, but {values.size} were given.")
    return tuple(None if v == np.inf else float(v) for v in (values[0], values[-1]))


def known(kwargs, *names):
    """Says which keywords of other solvers are not used here."""
    unused = sorted(set(kwargs) - set(names))
    if unused:
        warn(f"These keywords are not known here and do nothing: {', '.join(unused)}.")


def finite(plan, what):
    """The plan; refuses one that overflowed, which no residual would tell."""
    if not np.isfinite(plan).all():
        raise FailedError(
            f"{what} is not finite: its exponentials overflowed.",
            "Scale the costs, the strength reg and the prices so that their ratios stay within a few hundred.",
        )
    return plan


def _start(warmstart, a, b, reg):
    """Potentials from logarithms of scalings."""
    if warmstart is None:
        return None
    log_u, log_v = (np.asarray(w, dtype=np.float64) for w in warmstart)
    return tuple(
        np.ascontiguousarray(np.nan_to_num(reg * _plus_log(w, 1.0 / np.where(p > 0, p, 1.0)), nan=0.0))
        for w, p in ((log_u, a), (log_v, b))
    )


def _plus_log(x, weight):
    with np.errstate(divide="ignore"):
        return x + np.log(weight)


def positive(value, name):
    """One number; the native half says whether it is out of range."""
    _derivatives.refuse(name, "Pass it as a number, for example with item().", value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {value!r}, but it must be one number.") from None
