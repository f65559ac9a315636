"""What missing a marginal costs."""

import numpy as np

from ..._errors import InputError
from .._kinds import is_torch


def _relative(p, q):
    """``sum p log(p / q)``."""
    positive = p > 0
    ratios = p[positive] / q[positive]
    return (p[positive] * (ratios.log() if is_torch(ratios) else np.log(ratios))).sum()


def divergence(p, q, div):
    """``kl``, with its terms of mass, or half the squared difference, ``l2``, in the caller's arrays."""
    if div == "l2":
        return 0.5 * float(((p - q) ** 2).sum())
    return _relative(p, q) - p.sum() + q.sum()


def cost_name(returned):
    """The key of the log that ``returnCost`` asks for."""
    names = {"linear": "cost", "total": "total_cost"}
    if returned not in names:
        raise InputError(f"Unknown returnCost = {returned}.", "It is linear or total.")
    return names[returned]
