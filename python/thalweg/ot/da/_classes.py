"""Entropic plans that send each target sources of few classes."""

import numpy as np

from .._kinds import Kind, costs, host
from .._public import public
from ..bregman import sinkhorn
from ..optim import gcg


@public(numItermax="numInnerItermax", stopThr="stopInnerThr")
def sinkhorn_lpl1_mm(
    a,
    labels_a,
    b,
    M,
    reg,
    eta=0.1,
    numItermax=10,
    numInnerItermax=200,
    stopInnerThr=1e-9,
    verbose=False,
    log=False,
    *,
    threads=None,
):
    """An entropic plan that sends each target sources of few classes.

    Adds ``eta`` times the sum, over targets and classes, of the root of the mass that a class sends there, by
    majorisation: Courty, Flamary, Tuia, Rakotomamonjy, PAMI 39 (2017).

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    labels_a : array_like, shape (n,)
        Classes of the sources.
    M : array_like, shape (n, m)
    reg, eta : float
    numItermax, numInnerItermax, stopInnerThr
        Budget of outer iterations; budget and stopping rule of the entropic problem of each.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``, of the last entropic problem.
    """
    kind, M = Kind(M, a, b), costs(M)
    members = np.unique(np.asarray(labels_a), return_inverse=True)[1].reshape(-1)
    classes = np.eye(members.max() + 1)[members]
    penalty, plan, said = np.zeros_like(M), None, None
    for _ in range(numItermax):
        plan, said = sinkhorn(
            a, b, M + eta * penalty, reg, numItermax=numInnerItermax, stopThr=stopInnerThr, log=True, threads=threads
        )
        # The slope of the root of a class's mass, kept finite at none.
        received = classes.T @ host(plan, "The plan")
        penalty = classes @ (0.5 * (received + 1e-3) ** -0.5)
    return (kind(host(plan, "The plan")), said) if log else kind(host(plan, "The plan"))


@public(numItermax="numInnerItermax", stopThr="stopInnerThr")
def sinkhorn_l1l2_gl(
    a,
    labels_a,
    b,
    M,
    reg,
    eta=0.1,
    numItermax=10,
    numInnerItermax=200,
    stopInnerThr=1e-9,
    eps=1e-12,
    verbose=False,
    log=False,
    *,
    threads=None,
):
    """An entropic plan that sends each target sources of few classes: adds ``eta`` times the sum, over targets and classes,
    of the Euclidean norm of the entries of a class.

    Parameters as in :func:`sinkhorn_lpl1_mm`; by generalised conditional gradient (:func:`thalweg.ot.optim.gcg`).
    """
    members = np.unique(np.asarray(labels_a), return_inverse=True)[1].reshape(-1)
    classes = np.eye(members.max() + 1)[members]

    def norms(G):
        return np.sqrt(classes.T @ G**2)

    def slope(G):
        G = host(G, "The plan")
        return G / np.maximum(classes @ norms(G), eps)

    return gcg(
        a,
        b,
        M,
        reg,
        eta,
        lambda G: norms(host(G, "The plan")).sum(),
        slope,
        numItermax=numItermax,
        numInnerItermax=numInnerItermax,
        stopThr=stopInnerThr,
        verbose=verbose,
        log=log,
        threads=threads,
    )
