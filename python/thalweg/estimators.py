"""Estimators with scikit-learn conventions: one class for every method that learns.

``X`` are points, ``y`` the time of each. ``transform`` moves points from one time to another, so that a learned law
takes part in pipelines, searches and cross-validation. ``est.run_`` is the :class:`thalweg.Run` behind an estimator.

This module needs scikit-learn; ``thalweg`` imports it when one of its classes is first asked for.
"""

import numpy as np

try:
    from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "The estimator classes of thalweg need scikit-learn 1.6 or newer: pip install scikit-learn. "
        "thalweg.learn needs only NumPy."
    ) from error

from ._arrays import refuse_masked
from ._learn import learn
from ._methods import class_names, methods
from ._metrics import w1

_PARAMETERS = """
    Parameters
    ----------
    settings : mapping, optional
        Settings of the method, nested or dotted, as in :func:`thalweg.learn`; what is absent keeps its default.
    start, end : float, optional
        Times that ``transform`` moves points from and to; by default the first and the last time of ``y``.
    random_state : int, RandomState or None
        Seed of every random stream.
    n_jobs : int, optional
        Threads; None means 1, and 0, -1 and what is below all cores. The result does not depend on it.
    memory : int or str, optional
        Budget in bytes, or such as ``"4GiB"``.

    Attributes
    ----------
    run_ : thalweg.Run
        The learned law and its evaluation.
    times_ : ndarray, shape (k,)
        The distinct times of ``y``.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where ``X`` had names.
"""


class SnapshotEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """What the classes of all methods have in common; not for use itself."""

    _method = None

    def __init__(self, *, settings=None, start=None, end=None, random_state=0, n_jobs=None, memory=None):
        self.settings = settings
        self.start = start
        self.end = end
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.memory = memory

    def fit(self, X, y, sample_weight=None):
        """Learn the law.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Points.
        y : array_like, shape (n,)
            The time of each; two or more distinct ones.
        sample_weight : array_like, shape (n,), optional
            Not negative.

        Returns
        -------
        self
        """
        X, y = self._rows(X, y, reset=True)
        if sample_weight is not None:
            refuse_masked(sample_weight, "The weights")
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        times = np.unique(y)
        if len(times) < 2:
            raise ValueError(
                f"{len(times)} distinct time in y (n_samples={len(X)}): dynamics need at least two snapshots."
            )
        self.run_ = learn(
            X,
            y,
            weights=sample_weight,
            method=self._method,
            settings=self.settings,
            seed=_seed(self.random_state),
            threads=_threads(self.n_jobs),
            memory=self.memory,
            progress=False,
        )
        self.times_ = times
        return self

    def transform(self, X):
        """Move points from ``start`` to ``end``.

        Parameters
        ----------
        X : array_like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, d)
        """
        return self._push(X, *self._span())

    def inverse_transform(self, X):
        """Move points from ``end`` back to ``start``; shapes as in :meth:`transform`."""
        return self._push(X, *reversed(self._span()))

    def predict(self, X):
        """Velocity of points at ``start``, in units of ``X`` per unit of ``y``; shape (n, d)."""
        check_is_fitted(self)
        return self.run_.velocity(self._span()[0], self._points(X))

    def score(self, X, y):
        """Minus the mean W1 between each snapshot of ``X`` and the one before it, pushed there; 0 is perfect.

        Parameters
        ----------
        X : array_like, shape (n, d)
        y : array_like, shape (n,)
            The time of each point; two or more distinct ones.

        Returns
        -------
        float
            In units of ``X``.
        """
        check_is_fitted(self)
        X, y = self._rows(X, y, reset=False)
        times = np.unique(y)
        if len(times) < 2:
            raise ValueError(f"{len(times)} distinct time in y (n_samples={len(X)}): a score needs at least two.")
        return -float(np.mean([self._distance(X, y, *pair) for pair in zip(times, times[1:])]))

    def _distance(self, X, y, before, after):
        moved, weights = self.run_.push(X[y == before], before, after, return_weights=True)
        return w1(moved, X[y == after], weights, threads=_threads(self.n_jobs))

    def _rows(self, X, y, reset):
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None: it is the time."
            )
        refuse_masked(X, "The points")
        refuse_masked(y, "The times")
        X, y = validate_data(self, X, y, reset=reset, dtype=np.float64, order="C", y_numeric=True)
        return X, np.ascontiguousarray(y, dtype=np.float64)

    def _points(self, X):
        refuse_masked(X, "The points")
        return validate_data(self, X, reset=False, dtype=np.float64, order="C")

    def _span(self):
        check_is_fitted(self)
        return tuple(
            float(default if given is None else given)
            for given, default in ((self.start, self.times_[0]), (self.end, self.times_[-1]))
        )

    def _push(self, X, start, end):
        return self.run_.push(self._points(X), start, end)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags


def _seed(random_state):
    """A seed of the engine from what scikit-learn takes."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _threads(n_jobs):
    """The engine's 0 is scikit-learn's -1."""
    return 1 if n_jobs is None else max(int(n_jobs), 0)


def _estimator(name, method):
    """The class of a method, with its page as documentation."""
    defaults = "\n".join(f"    {key} = {value!r}" for key, value in method["settings"].items())
    doc = (
        f"{method['summary']}\n{_PARAMETERS}\n    Settings and their defaults::\n\n    {defaults}\n\n{method['docs']}\n"
    )
    return type(name, (SnapshotEstimator,), {"_method": method["name"], "__doc__": doc, "__module__": __name__})


globals().update({name: _estimator(name, methods(method)[0]) for name, method in class_names().items()})

__all__ = ["SnapshotEstimator", *class_names()]
