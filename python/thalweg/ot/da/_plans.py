"""Estimators that carry points along a plan."""

import numpy as np

from ..._errors import InputError
from .._kinds import rows, unchecked
from ..bregman import sinkhorn
from ..lp import emd
from ..unbalanced import sinkhorn_unbalanced
from ..utils import cost_normalization, dist
from ._base import BaseTransport, distribution_estimation_uniform, shares
from ._classes import sinkhorn_l1l2_gl, sinkhorn_lpl1_mm


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
        points, there, scaling = rows(X, "The points"), rows(there, "The targets"), unchecked(log_scaling, "The scalings")
        means = np.empty_like(points)
        for first in range(0, len(points), 1024):
            block = slice(first, first + 1024)
            cost = cost_normalization(dist(points[block], there, metric=self.metric), self.norm, value=self.norm_cost_)
            logits = scaling[None, :] - cost / self.reg_e
            means[block] = shares(np.exp(logits - logits.max(axis=1, keepdims=True))) @ there
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
