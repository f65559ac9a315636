"""Computations by name."""

import numpy as np

CASES = {}
# Where POT stops short of, or rounds away from, what it computes; the reason stands beside the case.
TOLERANCES = {}


def case(name, tolerance=None):
    def keep(function):
        CASES[name] = function
        if tolerance is not None:
            TOLERANCES[name] = tolerance
        return function

    return keep


def each(name, values, tolerance=None):
    """One case for every value."""

    def keep(function):
        for value in values:
            case(f"{name} {value}", tolerance)(lambda ot, value=value: function(ot, value))
        return function

    return keep


def sums(potentials):
    """What is unique of two potentials."""
    return np.asarray(potentials[0])[:, None] + np.asarray(potentials[1])[None, :]
