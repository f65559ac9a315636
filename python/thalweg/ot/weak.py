"""Weak transport: a plan is judged by where it sends each point on average. Names and conventions as in POT's
``ot.weak``."""

import numpy as np

from . import _derivatives
from ._kinds import Kind, costs, rows, weights
from ._public import public
from .optim import cg

__all__ = ["weak_optimal_transport"]


@public
def weak_optimal_transport(
    Xa, Xb, a=None, b=None, verbose=False, log=False, G0=None, *, threads=None, numItermax=200, **kwargs
):
    """A plan of least ``sum_i a_i |x_i - sum_j G_ij y_j / a_i|^2``, by conditional gradient.

    Parameters
    ----------
    Xa : array_like, shape (n, d)
    Xb : array_like, shape (m, d)
    a, b : array_like, shapes (n,) and (m,), optional
        Weights, equal by default; those of ``a`` positive.
    G0 : array_like, shape (n, m), optional
        Start, a plan; ``a b'`` by default.
    numItermax, stopThr, stopThr2
        As in :func:`thalweg.ot.optim.cg`.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``loss`` (at the start and after every iteration), ``u``, ``v``.

    Notes
    -----
    Gozlan, Roberto, Samson, Tetali, J. Funct. Anal. 273 (2017).
    """
    _derivatives.refuse("A plan of weak transport", "Detach the inputs with detach().", Xa, Xb, a, b)
    kind, x, y = Kind(Xa, Xb, a, b), rows(Xa, "The points Xa"), rows(Xb, "The points Xb")
    a, b = weights(a, len(x), "The weights a"), weights(b, len(y), "The weights b")
    start = None if G0 is None else costs(G0, "The start G0")

    def missed(G):
        return x - G @ y / a[:, None]

    plan, said = cg(
        a,
        b,
        np.zeros((len(x), len(y))),
        1.0,
        lambda G: float(a @ (missed(G) ** 2).sum(axis=1)),
        lambda G: -2.0 * missed(G) @ y.T,
        start,
        numItermax=numItermax,
        verbose=verbose,
        log=True,
        threads=threads,
        **kwargs,
    )
    return (kind(plan), {**said, "u": kind(said["u"]), "v": kind(said["v"])}) if log else kind(plan)
