"""Weights, classes, generators and clocks."""

import sys
import time

import numpy as np

from ..._errors import InputError, NotFittedError
from .. import _derivatives
from .._kinds import Kind, costs, host, weights
from .._public import public

_clock = time.perf_counter()


@public
def unif(n, type_as=None):
    """``n`` equal weights that sum to one, shape ``(n,)``, of the kind of ``type_as``."""
    if not n > 0:
        raise InputError(f"There are no weights of {n} points.", "Pass a number of points of at least 1.")
    return Kind(type_as)(np.full(n, 1.0 / n))


@public
def clean_zeros(a, b, M):
    """Weights and costs without the points that weigh nothing."""
    kind = Kind(a, b, M)
    M_ = costs(M)
    a_, b_ = weights(a, M_.shape[0], "The weights a"), weights(b, M_.shape[1], "The weights b")
    return kind(a_[a_ > 0]), kind(b_[b_ > 0]), kind(M_[a_ > 0][:, b_ > 0])


@public
def proj_simplex(v, z=1):
    """The nearest points whose entries are not negative and sum to ``z``; ``(d,)``, or ``(d, k)`` column by column."""
    _derivatives.refuse("The projection on the simplex", "Detach the vector with detach().", v)
    kind, v = Kind(v), host(v, "The vector")
    columns = v[:, None] if v.ndim == 1 else v
    ordered = -np.sort(-columns, axis=0)
    excess = np.cumsum(ordered, axis=0) - z
    counts = np.arange(1, len(columns) + 1)[:, None]
    last = (ordered - excess / counts > 0).sum(axis=0)
    level = excess[last - 1, np.arange(columns.shape[1])] / last
    projected = np.maximum(columns - level, 0)
    return kind(projected[:, 0] if v.ndim == 1 else projected)


def label_normalization(y, start=0, nx=None):
    """Classes moved so that the least is ``start``."""
    return y - (min(y) - start)


@public
def labels_to_masks(y, type_as=None, nx=None):
    """Which of the classes each point has: zeros and ones, ``(n, classes)``, of the kind of ``type_as``."""
    members = np.unique(np.asarray(host(y, "The classes")), return_inverse=True)[1].reshape(-1)
    return Kind(y if type_as is None else type_as)(np.eye(members.max() + 1)[members])


@public
def list_to_array(*lst, nx=None):
    """Lists as arrays of the kind of the arrays among them; everything else as it is."""
    kind = Kind(*lst)
    arrays = [kind(np.asarray(x)) if isinstance(x, list) else x for x in lst]
    return arrays[0] if len(arrays) == 1 else arrays


def check_random_state(seed):
    """A generator of NumPy from None, a seed or a generator; one of torch draws its seed."""
    if seed is None or seed is np.random:
        return np.random.mtrand._rand
    if isinstance(seed, (int, np.integer)):
        return np.random.RandomState(seed)
    if isinstance(seed, np.random.RandomState):
        return seed
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(seed, torch.Generator):
        return np.random.RandomState(int(torch.randint(2**31 - 1, (1,), generator=seed)))
    raise InputError(f"{seed!r} cannot seed a generator.", "Give a whole number or a numpy.random.RandomState.")


def tic():
    """Starts the clock of :func:`toc` and :func:`toq`."""
    global _clock
    _clock = time.perf_counter()


def toc(message="Elapsed time : {} s"):
    """Prints and returns the seconds since :func:`tic`."""
    seconds = toq()
    print(message.format(seconds))
    return seconds


def toq():
    """The seconds since :func:`tic`."""
    return time.perf_counter() - _clock


def not_fitted(estimator):
    """The error of an estimator that is asked for what it has only once it is fitted."""
    sentence = f"This {type(estimator).__name__} is not fitted yet, so that nothing can be asked of it."
    return NotFittedError(sentence, "Call fit first.")


class BaseEstimator:
    """Parameters of a constructor, read and set by name."""

    def get_params(self, deep=True):
        """The parameters by name."""
        return {name: getattr(self, name, None) for name in self._names()}

    def set_params(self, **params):
        """Sets parameters by name and returns the estimator."""
        for name, value in params.items():
            if name not in self._names():
                raise InputError(f"{name} is no parameter of {type(self).__name__}.", f"They are {self._names()}.")
            setattr(self, name, value)
        return self

    def __getattr__(self, name):
        # Only what is missing comes here. What fitting leaves ends in "_", or is one of these.
        if (name.endswith("_") and not name.startswith("__")) or name in ("mu_s", "mu_t", "_kind", "_maps"):
            raise not_fitted(self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @classmethod
    def _names(cls):
        import inspect

        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")
