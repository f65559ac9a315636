"""Domain adaptation: estimators that carry one cloud onto another. Names and conventions as in POT's ``ot.da``."""

import numpy as np

from .._errors import InputError
from ._kinds import Kind, costs, host, rows
from .bregman import sinkhorn
from .gaussian import empirical_bures_wasserstein_mapping, empirical_gaussian_gromov_wasserstein_mapping
from .lp import emd
from .optim import gcg
from .unbalanced import sinkhorn_unbalanced
from .utils import BaseEstimator, cost_normalization, dist, unif

__all__ = [
    "BaseTransport",
    "EMDTransport",
    "LinearGWTransport",
    "LinearTransport",
    "SinkhornL1l2Transport",
    "SinkhornLpl1Transport",
    "SinkhornTransport",
    "UnbalancedSinkhornTransport",
    "distribution_estimation_uniform",
    "sinkhorn_l1l2_gl",
    "sinkhorn_lpl1_mm",
]

# The label of a sample whose class is not known.
_UNKNOWN = -1


def distribution_estimation_uniform(X):
    """Equal weights for the rows of ``X``."""
    return unif(X.shape[0], type_as=X)


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


class BaseTransport(BaseEstimator):
    """What the estimators share: costs and weights when fitted, and maps along the plan ``coupling_`` afterwards.

    Attributes
    ----------
    coupling_ : array, shape (n_source, n_target)
    cost_ : array, shape (n_source, n_target)
    mu_s, mu_t : arrays, weights of both sides
    xs_, xt_ : the samples
    log_ : dict
    """

    def fit(self, Xs=None, ys=None, Xt=None, yt=None):
        """Finds the plan from ``Xs`` ``(n, d)`` to ``Xt`` ``(m, d)``.

        With classes ``ys`` and ``yt`` (-1 where unknown), pairs of different classes cost at least ``limit_max`` times
        the largest cost.
        """
        self._pose(Xs, ys, Xt, yt)
        found = self._plan(ys)
        self.coupling_, self.log_ = found if self.log else (found, {})
        return self

    def fit_transform(self, Xs=None, ys=None, Xt=None, yt=None):
        """:meth:`fit`, then :meth:`transform` of ``Xs``."""
        return self.fit(Xs, ys, Xt, yt).transform(Xs, ys, Xt, yt)

    def transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """Where ``Xs`` goes: the fitted samples to the means of their targets, others along with the nearest of
        them."""
        return self._carried(Xs, self.xs_, self.xt_, host(self.coupling_, "The plan"))

    def inverse_transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """Where ``Xt`` comes from, as :meth:`transform` with both sides exchanged."""
        return self._carried(Xt, self.xt_, self.xs_, host(self.coupling_, "The plan").T)

    def transform_labels(self, ys=None):
        """What share of each target's mass comes from each class: shape ``(n_target, n_classes)``."""
        return self._classes(ys, host(self.coupling_, "The plan"))

    def inverse_transform_labels(self, yt=None):
        """What share of each source's mass goes to each class: shape ``(n_source, n_classes)``."""
        return self._classes(yt, host(self.coupling_, "The plan").T)

    def _pose(self, Xs, ys, Xt, yt):
        if Xs is None or Xt is None:
            raise InputError("An estimator is fitted to Xs and Xt, but one of them is missing.", "Pass both by name.")
        self._kind = Kind(Xs, Xt)
        cost = dist(Xs, Xt, metric=self.metric)
        cost, self.norm_cost_ = cost_normalization(cost, self.norm, return_value=True)
        if ys is not None and yt is not None:
            cost = self._told(host(cost, "The costs"), np.asarray(ys), np.asarray(yt))
        self.cost_ = cost
        self.mu_s, self.mu_t = self.distribution_estimation(Xs), self.distribution_estimation(Xt)
        self.xs_, self.xt_ = Xs, Xt

    def _told(self, cost, ys, yt):
        """Costs that know the classes."""
        # A limit without bounds would leave no finite cost.
        limit = cost.max() * (self.limit_max if np.isfinite(self.limit_max) else 1e6)
        known = (ys != _UNKNOWN)[:, None] & (yt != _UNKNOWN)[None, :]
        return self._kind(np.where(known & (ys[:, None] != yt[None, :]), np.maximum(cost, limit), cost))

    def _carried(self, X, fitted, targets, plan):
        points, own, there = rows(X, "The points"), rows(fitted, "The fitted points"), rows(targets, "The targets")
        means = _shares(plan) @ there
        if points.shape == own.shape and np.array_equal(points, own):
            return self._kind(means)
        nearest = np.argmin(host(dist(points, own), "The distances"), axis=1)
        return self._kind(means[nearest] + points - own[nearest])

    def _classes(self, y, plan):
        members = np.unique(np.asarray(y), return_inverse=True)[1].reshape(-1)
        return self._kind(_shares(plan.T) @ np.eye(members.max() + 1)[members])


class EMDTransport(BaseTransport):
    """Exact transport. Parameters as in POT; ``max_iter`` does nothing, and ``out_of_sample_map`` is ``ferradans``."""

    def __init__(
        self,
        metric="sqeuclidean",
        norm=None,
        log=False,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="ferradans",
        limit_max=10,
        max_iter=100000,
    ):
        self.metric = metric
        self.norm = norm
        self.log = log
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = limit_max
        self.max_iter = max_iter

    def _plan(self, ys):
        return emd(self.mu_s, self.mu_t, self.cost_, log=self.log)


class SinkhornTransport(BaseTransport):
    """Entropic transport of strength ``reg_e``.

    ``out_of_sample_map`` is ``continuous`` (the entropic map, which is defined everywhere) or ``ferradans`` (as in
    :class:`EMDTransport`).
    """

    def __init__(
        self,
        reg_e=1.0,
        method="sinkhorn_log",
        max_iter=1000,
        tol=1e-8,
        verbose=False,
        log=False,
        metric="sqeuclidean",
        norm=None,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="continuous",
        limit_max=np.inf,
    ):
        if out_of_sample_map not in ("ferradans", "continuous"):
            raise InputError(f"out_of_sample_map is {out_of_sample_map!r}.", "It is continuous or ferradans.")
        self.reg_e = reg_e
        self.method = method
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.log = log
        self.metric = metric
        self.norm = norm
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = limit_max

    def fit(self, Xs=None, ys=None, Xt=None, yt=None):
        self.log = self.log or self.out_of_sample_map == "continuous"
        return super().fit(Xs, ys, Xt, yt)

    def transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        if self.out_of_sample_map == "ferradans":
            return super().transform(Xs, ys, Xt, yt, batch_size)
        return self._averaged(Xs, self.xt_, self.log_["log_v"])

    def inverse_transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        if self.out_of_sample_map == "ferradans":
            return super().inverse_transform(Xs, ys, Xt, yt, batch_size)
        return self._averaged(Xt, self.xs_, self.log_["log_u"])

    def _plan(self, ys):
        return sinkhorn(
            self.mu_s, self.mu_t, self.cost_, self.reg_e, self.method, self.max_iter, self.tol, self.verbose, self.log
        )

    def _averaged(self, X, there, log_scaling):
        """The mean of the other side under the entropic plan, conditional on a point."""
        points, there, scaling = rows(X, "The points"), rows(there, "The targets"), host(log_scaling, "The scalings")
        means = np.empty_like(points)
        for first in range(0, len(points), 1024):
            block = slice(first, first + 1024)
            cost = cost_normalization(dist(points[block], there, metric=self.metric), self.norm, value=self.norm_cost_)
            logits = scaling[None, :] - cost / self.reg_e
            means[block] = _shares(np.exp(logits - logits.max(axis=1, keepdims=True))) @ there
        return self._kind(means)


class SinkhornLpl1Transport(BaseTransport):
    """Entropic transport with the class penalty of :func:`sinkhorn_lpl1_mm`; ``fit`` needs ``ys``."""

    def __init__(
        self,
        reg_e=1.0,
        reg_cl=0.1,
        max_iter=10,
        max_inner_iter=200,
        log=False,
        tol=1e-8,
        verbose=False,
        metric="sqeuclidean",
        norm=None,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="ferradans",
        limit_max=np.inf,
    ):
        self.reg_e = reg_e
        self.reg_cl = reg_cl
        self.max_iter = max_iter
        self.max_inner_iter = max_inner_iter
        self.log = log
        self.tol = tol
        self.verbose = verbose
        self.metric = metric
        self.norm = norm
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = limit_max

    def _plan(self, ys):
        if ys is None:
            raise InputError("The class penalty needs the classes ys.", "Pass them, or use SinkhornTransport.")
        return sinkhorn_lpl1_mm(
            self.mu_s,
            ys,
            self.mu_t,
            self.cost_,
            self.reg_e,
            self.reg_cl,
            self.max_iter,
            self.max_inner_iter,
            self.tol,
            self.verbose,
            self.log,
        )


class SinkhornL1l2Transport(BaseTransport):
    """Entropic transport with the class penalty of :func:`sinkhorn_l1l2_gl`; ``fit`` needs ``ys``."""

    def __init__(
        self,
        reg_e=1.0,
        reg_cl=0.1,
        max_iter=10,
        max_inner_iter=200,
        tol=1e-8,
        verbose=False,
        log=False,
        metric="sqeuclidean",
        norm=None,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="ferradans",
        limit_max=10,
    ):
        self.reg_e = reg_e
        self.reg_cl = reg_cl
        self.max_iter = max_iter
        self.max_inner_iter = max_inner_iter
        self.tol = tol
        self.verbose = verbose
        self.log = log
        self.metric = metric
        self.norm = norm
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = limit_max

    def _plan(self, ys):
        if ys is None:
            raise InputError("The class penalty needs the classes ys.", "Pass them, or use SinkhornTransport.")
        return sinkhorn_l1l2_gl(
            self.mu_s,
            ys,
            self.mu_t,
            self.cost_,
            self.reg_e,
            self.reg_cl,
            self.max_iter,
            self.max_inner_iter,
            self.tol,
            verbose=self.verbose,
            log=self.log,
        )


class UnbalancedSinkhornTransport(BaseTransport):
    """Entropic transport of strength ``reg_e`` whose marginals may be missed at the price ``reg_m``."""

    def __init__(
        self,
        reg_e=1.0,
        reg_m=0.1,
        method="sinkhorn",
        max_iter=10,
        tol=1e-9,
        verbose=False,
        log=False,
        metric="sqeuclidean",
        norm=None,
        distribution_estimation=distribution_estimation_uniform,
        out_of_sample_map="ferradans",
        limit_max=10,
    ):
        self.reg_e = reg_e
        self.reg_m = reg_m
        self.method = method
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.log = log
        self.metric = metric
        self.norm = norm
        self.distribution_estimation = distribution_estimation
        self.out_of_sample_map = out_of_sample_map
        self.limit_max = limit_max

    def _plan(self, ys):
        # Ten iterations, POT's default, are not meant to converge here: they cost little more when they may.
        most = max(self.max_iter, 1000)
        return sinkhorn_unbalanced(
            self.mu_s,
            self.mu_t,
            self.cost_,
            self.reg_e,
            self.reg_m,
            self.method,
            numItermax=most,
            stopThr=self.tol,
            verbose=self.verbose,
            log=self.log,
        )


class LinearTransport(BaseTransport):
    """The optimal map ``x -> x A_ + B_`` between the Gaussians fitted to both sides, and its inverse."""

    def __init__(self, reg=1e-8, bias=True, log=False, distribution_estimation=distribution_estimation_uniform):
        self.reg = reg
        self.bias = bias
        self.log = log
        self.distribution_estimation = distribution_estimation

    def fit(self, Xs=None, ys=None, Xt=None, yt=None):
        """Fits ``A_`` ``(d, d)`` and ``B_`` ``(1, d)``, and ``A1_`` and ``B1_`` of the inverse."""
        if Xs is None or Xt is None:
            raise InputError("An estimator is fitted to Xs and Xt, but one of them is missing.", "Pass both by name.")
        self._kind = Kind(Xs, Xt)
        self.mu_s, self.mu_t = self.distribution_estimation(Xs), self.distribution_estimation(Xt)
        A, B, said = empirical_bures_wasserstein_mapping(
            rows(Xs, "The points Xs"), rows(Xt, "The points Xt"), self.reg, self.mu_s, self.mu_t, self.bias, True
        )
        inverse = np.linalg.inv(A)
        self._maps = (A, B), (inverse, -B @ inverse)
        (self.A_, self.B_), (self.A1_, self.B1_) = ((self._kind(C), self._kind(d)) for C, d in self._maps)
        self.log_ = said if self.log else {}
        return self

    def transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """``Xs A_ + B_``."""
        return self._kind(rows(Xs, "The points Xs") @ self._maps[0][0] + self._maps[0][1])

    def inverse_transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """``Xt A1_ + B1_``."""
        return self._kind(rows(Xt, "The points Xt") @ self._maps[1][0] + self._maps[1][1])


class LinearGWTransport(BaseTransport):
    """The optimal map ``x -> x A_ + B_`` of Gromov-Wasserstein transport between the Gaussians fitted to both sides, whose
    dimensions may differ, and the map back.

    ``sign_eigs`` chooses among the equally good maps, as in
    :func:`thalweg.ot.gaussian.empirical_gaussian_gromov_wasserstein_mapping`.
    """

    def __init__(self, log=False, sign_eigs=None, distribution_estimation=distribution_estimation_uniform):
        self.sign_eigs = sign_eigs
        self.log = log
        self.distribution_estimation = distribution_estimation

    def fit(self, Xs=None, ys=None, Xt=None, yt=None):
        """Fits ``A_`` ``(d, e)`` and ``B_`` ``(1, e)``, and ``A1_`` and ``B1_`` of the map back."""
        if Xs is None or Xt is None:
            raise InputError("An estimator is fitted to Xs and Xt, but one of them is missing.", "Pass both by name.")
        self._kind = Kind(Xs, Xt)
        self.mu_s, self.mu_t = self.distribution_estimation(Xs), self.distribution_estimation(Xt)
        clouds = (
            (rows(Xs, "The points Xs"), host(self.mu_s, "mu_s")),
            (rows(Xt, "The points Xt"), host(self.mu_t, "mu_t")),
        )
        self._maps, logs = [], []
        for (x, a), (y, b) in (clouds, clouds[::-1]):
            *found, said = empirical_gaussian_gromov_wasserstein_mapping(
                x, y, a[:, None], b[:, None], self.sign_eigs, True
            )
            self._maps.append(found)
            logs.append(said)
        (self.A_, self.B_), (self.A1_, self.B1_) = ((self._kind(A), self._kind(b)) for A, b in self._maps)
        self.log_ = logs[0] if self.log else {}
        return self

    def transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """``Xs A_ + B_``."""
        return self._kind(rows(Xs, "The points Xs") @ self._maps[0][0] + self._maps[0][1])

    def inverse_transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """``Xt A1_ + B1_``."""
        return self._kind(rows(Xt, "The points Xt") @ self._maps[1][0] + self._maps[1][1])


def _shares(plan):
    """Rows divided by their sums; rows without mass stay zero."""
    sums = plan.sum(axis=1, keepdims=True)
    return np.divide(plan, sums, out=np.zeros_like(plan), where=sums > 0)
