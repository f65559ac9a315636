"""Estimators that carry points by a linear map between Gaussians."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, host, rows
from ..gaussian import empirical_bures_wasserstein_mapping, empirical_gaussian_gromov_wasserstein_mapping
from ._base import BaseTransport, distribution_estimation_uniform


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
