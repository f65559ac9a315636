"""An estimator that fits a map together with the plan that it follows."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, host, rows
from ..mapping import joint_OT_mapping_kernel, joint_OT_mapping_linear
from ..utils import BaseEstimator, kernel
from ._base import shares


class MappingTransport(BaseEstimator):
    """The plan ``coupling_`` and the map ``mapping_`` of :mod:`thalweg.ot.mapping`; ``kernel`` is ``linear`` or
    ``gaussian``. Parameters as there."""

    def __init__(
        self,
        mu=1,
        eta=0.001,
        bias=False,
        metric="sqeuclidean",
        norm=None,
        kernel="linear",
        sigma=1,
        max_iter=100,
        tol=1e-5,
        max_inner_iter=10,
        inner_tol=1e-6,
        log=False,
        verbose=False,
        verbose2=False,
    ):
        self.mu = mu
        self.eta = eta
        self.bias = bias
        self.metric = metric
        self.norm = norm
        self.kernel = kernel
        self.sigma = sigma
        self.max_iter = max_iter
        self.tol = tol
        self.max_inner_iter = max_inner_iter
        self.inner_tol = inner_tol
        self.log = log
        self.verbose = verbose
        self.verbose2 = verbose2

    def fit(self, Xs=None, ys=None, Xt=None, yt=None):
        """Fits the plan and the map from ``Xs`` ``(n, d)`` to ``Xt`` ``(m, d)``; classes are not used."""
        if Xs is None or Xt is None:
            raise InputError("An estimator is fitted to Xs and Xt, but one of them is missing.", "Pass both by name.")
        if self.kernel not in ("linear", "gaussian"):
            raise InputError(f"The kernel is {self.kernel!r}.", "It is linear or gaussian.")
        self._kind, self.xs_, self.xt_ = Kind(Xs, Xt), Xs, Xt
        given = dict(
            mu=self.mu,
            eta=self.eta,
            bias=self.bias,
            verbose=self.verbose,
            numItermax=self.max_iter,
            numInnerItermax=self.max_inner_iter,
            stopThr=self.tol,
            stopInnerThr=self.inner_tol,
            log=True,
        )
        if self.kernel == "linear":
            self.coupling_, self.mapping_, said = joint_OT_mapping_linear(Xs, Xt, **given)
        else:
            self.coupling_, self.mapping_, said = joint_OT_mapping_kernel(Xs, Xt, sigma=self.sigma, **given)
        self.log_ = said if self.log else {}
        return self

    def transform(self, Xs):
        """Where ``Xs`` goes: the fitted samples to the means of their targets, others by the map."""
        points, own = rows(Xs, "The points Xs"), rows(self.xs_, "The fitted points")
        if points.shape == own.shape and np.array_equal(points, own):
            return self._kind(shares(host(self.coupling_, "The plan")) @ rows(self.xt_, "The fitted points"))
        inputs = points if self.kernel == "linear" else kernel(points, own, method="gaussian", sigma=self.sigma)
        if self.bias:
            inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
        return self._kind(inputs @ host(self.mapping_, "The map"))
