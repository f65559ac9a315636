"""Computations that scripts written for POT make, on small data with fixed seeds.

Each is a function of a module that may be POT or ``thalweg.ot``. What POT gives lies in ``ot_recorded.json`` with its
version; ``python -m ot_cases`` writes it anew.
"""

import pathlib

import numpy as np

from . import (
    barycentres,
    distances,
    entropic,
    estimators,
    exact,
    gallery,
    gaussians,
    joined,
    penalties,
    sliced,
    solvers,
    spaces,
    spaces_apart,
    spaces_parts,
    unbalanced,
)
from ._registry import CASES, TOLERANCES

RECORDED = pathlib.Path(__file__).parent.with_name("ot_recorded.json")


def pot():
    """POT with the modules that it does not import by itself."""
    import ot
    import ot.coot
    import ot.datasets
    import ot.gmm
    import ot.lowrank
    import ot.mapping
    import ot.plot
    import ot.semidiscrete

    return ot


def plain(value):
    return np.asarray(value, dtype=np.float64)


def tolerance(name):
    return TOLERANCES.get(name, 1e-7)
