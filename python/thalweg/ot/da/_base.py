"""What the estimators share."""

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import Kind, host, rows
from .._public import public
from ..utils import BaseEstimator, cost_normalization, dist, unif

# The label of a sample whose class is not known.
_UNKNOWN = -1


@public
def distribution_estimation_uniform(X):
    """Equal weights for the rows of ``X``."""
    return unif(X.shape[0], type_as=X)


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
        with _engine.spoken(numItermax="max_iter", stopThr="tol"):
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
        means = shares(plan) @ there
        if points.shape == own.shape and np.array_equal(points, own):
            return self._kind(means)
        nearest = np.argmin(host(dist(points, own), "The distances"), axis=1)
        return self._kind(means[nearest] + points - own[nearest])

    def _classes(self, y, plan):
        members = np.unique(np.asarray(y), return_inverse=True)[1].reshape(-1)
        return self._kind(shares(plan.T) @ np.eye(members.max() + 1)[members])


def shares(plan):
    """Rows divided by their sums; rows without mass stay zero."""
    sums = plan.sum(axis=1, keepdims=True)
    return np.divide(plan, sums, out=np.zeros_like(plan), where=sums > 0)
