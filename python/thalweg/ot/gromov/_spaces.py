"""Two spaces as the native half takes them, and what their objective's derivatives are."""

from typing import NamedTuple, Optional

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import costs, host, weights


class Spaces(NamedTuple):
    """Two spaces; read by the native half."""

    p: np.ndarray
    q: np.ndarray
    first: np.ndarray
    second: np.ndarray
    between: Optional[np.ndarray]
    alpha: float
    start: Optional[np.ndarray]
    loss: str


def posed(M, C1, C2, p, q, loss_fun, alpha, G0):
    C1, C2 = costs(C1, "The relations C1"), costs(C2, "The relations C2")
    p, q = weights(p, len(C1), "The weights p"), weights(q, len(C2), "The weights q")
    q = _engine.balanced(p, q)
    between = None if M is None else costs(M)
    start = None if G0 is None else costs(G0, "The start G0")
    if start is not None and start.shape == (len(p), len(q)):
        missed = abs(start.sum(axis=1) - p).max() + abs(start.sum(axis=0) - q).max()
        if missed > 2e-8:
            raise InputError(f"The start G0 misses its marginals by {missed:.1e}.", "Give a plan between p and q.")
    return Spaces(p, q, C1, C2, between, float(alpha), start, loss_fun)


def structure_slopes(plan, C1, C2, loss_fun, alpha):
    """Both spaces with the derivatives of the objective by them, at a fixed plan."""
    first, second = host(C1, "C1"), host(C2, "C2")
    rows, columns = plan.sum(axis=1), plan.sum(axis=0)
    if loss_fun == "square_loss":
        by_first = 2 * first * np.outer(rows, rows) - 2 * plan @ second @ plan.T
        by_second = 2 * second * np.outer(columns, columns) - 2 * plan.T @ first @ plan
    else:
        by_first = np.log(first + 1e-18) * np.outer(rows, rows) - plan @ np.log(second + 1e-18) @ plan.T
        by_second = np.outer(columns, columns) - plan.T @ first @ plan / (second + 1e-18)
    return (C1, alpha * by_first), (C2, alpha * by_second)


def slopes(plan, said, C1, C2, p, q, loss_fun, alpha):
    """Inputs with the derivatives of the objective by them, at a fixed plan."""
    u, v = host(said["u"], "u"), host(said["v"], "v")
    return *structure_slopes(plan, C1, C2, loss_fun, alpha), (p, u - u.mean()), (q, v - v.mean())


def parts(kind, plan, said, M, alpha):
    linear = (1 - float(alpha)) * float((plan * host(M, "M")).sum())
    return {**said, "T": kind(plan), "lin_loss": kind(np.float64(linear)), "quad_loss": said["fgw_dist"] - linear}
