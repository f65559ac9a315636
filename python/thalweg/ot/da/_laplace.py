"""Exact plans that keep neighbours together."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, costs, rows
from .._public import public
from ..optim import _along_parabola, cg
from ..utils import dist, kernel, laplacian
from ._base import BaseTransport, distribution_estimation_uniform


@public
def emd_laplace(
    a,
    b,
    xs,
    xt,
    M,
    sim="knn",
    sim_param=None,
    reg="pos",
    eta=1,
    alpha=0.5,
    numItermax=100,
    stopThr=1e-9,
    numInnerItermax=100000,
    stopInnerThr=1e-9,
    log=False,
    verbose=False,
    *,
    threads=None,
):
    """A plan of least ``<G, M> + eta`` times how far neighbours of one side are sent apart on the other.

    Parameters
    ----------
    a, b : array_like, shapes (n,) and (m,)
    xs, xt : array_like, shapes (n, d) and (m, d)
    M : array_like, shape (n, m)
    sim : str
        What neighbours are: ``knn`` (the ``sim_param`` nearest, 3 by default) or ``gauss`` (a kernel of that width).
    reg : str
        ``pos`` for the places that points are sent to, ``disp`` for the displacements.
    alpha : float
        Share of the neighbours in ``xs``; the rest is that of those in ``xt``.
    numItermax, stopThr, stopInnerThr
        Budget and stopping rules of the conditional gradient, as in :func:`thalweg.ot.optim.cg`.

    Returns
    -------
    G : array, shape (n, m)
    log : dict
        With ``log=True``: ``loss``, ``u``, ``v``.

    Notes
    -----
    Flamary, Courty, Rakotomamonjy, Tuia, NIPS Workshop on Optimal Transport 2014.
    """
    if reg not in ("pos", "disp"):
        raise InputError(f"Unknown reg '{reg}'.", "It is pos or disp.")
    kind, x, y, M = Kind(M, a, b, xs, xt), rows(xs, "The points xs"), rows(xt, "The points xt"), costs(M)
    of_x, of_y = (2.0 * laplacian(_similar(z, sim, sim_param)) for z in (x, y))
    shares = float(alpha), 1.0 - float(alpha)
    if reg == "disp":
        M = M - eta * (shares[0] / len(x) * of_x @ x @ y.T + shares[1] / len(y) * x @ y.T @ of_y)

    def slope(G):
        return shares[0] * of_x @ G @ (y @ y.T) + shares[1] * (x @ x.T) @ G @ of_y

    def spread(G):
        return 0.5 * float((slope(G) * G).sum())

    budgets = dict(numItermax=numItermax, stopThr=stopThr, stopThr2=stopInnerThr, verbose=verbose, threads=threads)
    plan, said = cg(a, b, M, eta, spread, slope, line_search=_along_parabola, log=True, **budgets)
    said = {**said, "u": kind(said["u"]), "v": kind(said["v"])}
    return (kind(plan), said) if log else kind(plan)


class EMDLaplaceTransport(BaseTransport):
    """Exact transport that keeps neighbours together: :func:`emd_laplace` with ``eta = reg_lap`` and ``alpha = reg_src``."""

    def __init__(
        self,
        reg_type="pos",
        reg_lap=1.0,
        reg_src=1.0,
        metric="sqeuclidean",
        norm=None,
        similarity="knn",
        similarity_param=None,
        max_iter=100,
        tol=1e-9,
        max_inner_iter=100000,
        inner_tol=1e-9,
        log=False,
        verbose=False,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="ferradans",
    ):
        self.reg_type = reg_type
        self.reg_lap = reg_lap
        self.reg_src = reg_src
        self.metric = metric
        self.norm = norm
        self.similarity = similarity
        self.similarity_param = similarity_param
        self.max_iter = max_iter
        self.tol = tol
        self.max_inner_iter = max_inner_iter
        self.inner_tol = inner_tol
        self.log = log
        self.verbose = verbose
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = np.inf

    def _plan(self, ys):
        return emd_laplace(
            self.mu_s,
            self.mu_t,
            self.xs_,
            self.xt_,
            self.cost_,
            self.similarity,
            self.similarity_param,
            self.reg_type,
            self.reg_lap,
            self.reg_src,
            self.max_iter,
            self.tol,
            stopInnerThr=self.inner_tol,
            log=self.log,
            verbose=self.verbose,
        )


def _similar(x, sim, parameter):
    """How near each pair of points is, symmetric."""
    if parameter is not None and not isinstance(parameter, (int, float, np.number)):
        raise InputError(f"sim_param is {parameter!r}, but it must be a number.")
    apart = dist(x, x)
    if sim == "gauss":
        width = 1.0 / (2.0 * apart.mean() ** 2) if parameter is None else parameter
        return kernel(x, x, method="gaussian", sigma=width)
    if sim != "knn":
        raise InputError(f"Unknown similarity '{sim}'.", "It is knn or gauss.")
    count = 3 if parameter is None else int(parameter)
    if not 0 < count < len(x):
        raise InputError(f"There are {len(x)} points, so that the {count} nearest of each cannot be taken.")
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :count]
    graph = np.zeros_like(apart)
    np.put_along_axis(graph, nearest, 1.0, axis=1)
    return 0.5 * (graph + graph.T)
