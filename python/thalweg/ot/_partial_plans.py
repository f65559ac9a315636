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


def exact_partial_plan(kind, a, b, M, mass, price, constant, given):
    """The exact plan that moves ``mass``, or else what pays at the ``price`` of a unit that stays on either side.

    ``constant`` is what the objective of the proof has beyond that of the log.
    """
    plan, u, v, (primal, dual, gap) = _thalweg.ot_partial(a, b, M, mass, price, given)
    said = {"cost": kind(np.float64(primal - constant)), "u": kind(u), "v": kind(v)}
    said["certificate"] = _engine.certificate((primal - constant, dual - constant, gap))
    return plan, {**said, "warning": None, "result_code": 1}
