"""Partial plans in NumPy, which other solvers build on."""

import numpy as np

from .. import _thalweg
from . import _engine

# Nothing in double precision is met more closely.
_ROUNDING = 1e-14


def entropic_partial_plan(a, b, M, reg, m, stopThr, numItermax, given):
    """The plan in NumPy, and how the iteration ended."""
    tolerance = max(float(stopThr), _ROUNDING)
    plan, end = _thalweg.ot_entropic_partial(a, b, M, float(reg), m, tolerance, int(numItermax), given)
    return _engine.finite(plan, "The entropic partial plan"), _engine.Ended(*end)


def extended(kind, a, b, M, spare_b, spare_a, free, given):
    """Exact transport with a dummy on each side, which takes what is not moved.

    The dummy source fills what the targets do not get (``spare_b``), the dummy target takes what stays; both are free.
    Where mass between the dummies is not ``free`` it costs so much that there is none: the mass that moves is fixed.
    """
    forbidden = 2.0 * float(np.abs(M).max()) + 1.0
    extended = np.zeros((M.shape[0] + 1, M.shape[1] + 1))
    extended[:-1, :-1] = M
    extended[-1, -1] = 0.0 if free else forbidden
    long_a, long_b = np.append(a, max(spare_b, 0.0)), np.append(b, max(spare_a, 0.0))
    plan, u, v, proof = _thalweg.ot_exact(long_a, _engine.balanced(long_a, long_b), extended, given)
    said = {"cost": kind(np.float64(proof[0])), "u": kind(u[:-1]), "v": kind(v[:-1])}
    said["certificate"] = _engine.certificate(proof)
    return plan[:-1, :-1], {**said, "warning": None, "result_code": 1}
