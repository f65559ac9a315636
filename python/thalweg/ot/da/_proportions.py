"""An estimator that several labelled samples agree on."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, host, rows
from ..bregman import jcpot_barycenter
from ..utils import BaseEstimator, dist
from ._base import shares

# POT's iterations, whatever max_iter says; more are taken where more are asked for.
_LEAST = 100


class JCPOTTransport(BaseEstimator):
    """Entropic plans from several labelled samples to one whose proportions of classes they agree on.

    ``Xs`` and ``ys`` are lists, one entry a sample. After :meth:`fit`: ``coupling_`` (one plan a sample), ``proportions_``,
    ``log_``. See :func:`thalweg.ot.bregman.jcpot_barycenter`.
    """

    def __init__(
        self,
        reg_e=0.1,
        max_iter=10,
        tol=1e-8,
        verbose=False,
        log=False,
        metric="sqeuclidean",
        out_of_sample_map="ferradans",
    ):
        self.reg_e = reg_e
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.log = log
        self.metric = metric
        self.out_of_sample_map = out_of_sample_map

    def fit(self, Xs, ys=None, Xt=None, yt=None):
        """Finds the proportions and the plans from every sample of ``Xs``, of classes ``ys``, to ``Xt`` ``(m, d)``."""
        if Xs is None or ys is None or Xt is None:
            raise InputError("The estimator is fitted to Xs, ys and Xt, but one is missing.", "Pass all by name.")
        self._kind, self.xs_, self.xt_ = Kind(*Xs, Xt), Xs, Xt
        most = max(int(self.max_iter), _LEAST)
        found, said = jcpot_barycenter(
            Xs, ys, Xt, self.reg_e, self.metric, most, self.tol, self.verbose, log=True, warn=False
        )
        self.proportions_, self.coupling_ = found, said["gamma"]
        self.log_ = said if self.log else {}
        return self

    def transform(self, Xs=None, ys=None, Xt=None, yt=None, batch_size=128):
        """Where ``Xs`` goes: for the fitted samples a list of the means of their targets; other points, one array, go along
        with the nearest of them."""
        means = [shares(host(G, "A plan")) @ rows(self.xt_, "The points Xt") for G in self.coupling_]
        if isinstance(Xs, (list, tuple)) and len(Xs) == len(self.xs_):
            own = [(rows(x, "The points Xs"), rows(z, "The points Xs")) for x, z in zip(Xs, self.xs_)]
            if all(x.shape == z.shape and np.allclose(x, z) for x, z in own):
                return [self._kind(z) for z in means]
        points, own = rows(Xs, "The points Xs"), np.concatenate([rows(z, "The fitted points") for z in self.xs_])
        nearest = np.argmin(dist(points, own), axis=1)
        return self._kind(np.concatenate(means)[nearest] + points - own[nearest])

    def transform_labels(self, ys=None):
        """What share of each target comes from each class: shape ``(m, classes)``, the mean over samples."""
        labels = [np.asarray(host(y, "The classes")).astype(int) for y in ys]
        count = len(np.unique(np.concatenate(labels)))
        total = 0.0
        for y, G in zip(labels, self.coupling_):
            total = total + shares(host(G, "A plan")).T @ np.eye(count)[y - y.min()]
        return self._kind(total / len(labels))

    def inverse_transform_labels(self, yt=None):
        """What share of each source goes to each class, a list: shapes ``(n_s, classes)``."""
        labels = np.asarray(host(yt, "The classes")).astype(int)
        labels = labels - labels.min()
        members = np.eye(labels.max() + 1)[labels]
        return [self._kind(shares(host(G, "A plan")) @ members) for G in self.coupling_]
