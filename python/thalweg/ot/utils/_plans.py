"""Plans whose entries are computed when asked for, and sparse ones."""

import numpy as np

from ..._errors import InputError
from .._kinds import Kind, host, rows
from .._public import public
from ._distances import dist


class LazyPlan:
    """An entropic plan ``exp(log_u_i + log_v_j - M_ij / reg)`` between points whose entries are computed when asked
    for.

    ``plan[i]``, ``plan[2:5]``, ``plan[:, j]`` and ``plan[:]`` give blocks; ``plan @ values`` averages ``(m, k)`` values
    without the matrix.

    Attributes
    ----------
    shape : tuple
        ``(n, m)``.
    """

    def __init__(self, x, y, log_u, log_v, metric, reg, kind):
        self._parts = (x, y, log_u, log_v)
        self._metric, self._reg, self._kind = metric, reg, kind
        self.shape = (len(x), len(y))

    def __getitem__(self, key):
        i, j = key if isinstance(key, tuple) else (key, slice(None))
        block = self._block(*(np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape, (i, j))))
        picked = block[0 if np.isscalar(i) else slice(None)]
        return self._kind(picked[..., 0] if np.isscalar(j) else picked)

    def __matmul__(self, values):
        return self._kind(self.times(host(values, "The values")))

    def times(self, values):
        """The plan times values of NumPy, ``(m, k)`` to ``(n, k)``."""
        every = np.arange(self.shape[1])
        return np.concatenate([self._block(i, every) @ values for i in self._batches()])

    def transposed_times(self, values):
        """The transposed plan times values of NumPy, ``(n, k)`` to ``(m, k)``."""
        every = np.arange(self.shape[1])
        return sum(self._block(i, every).T @ values[i] for i in self._batches())

    def sums(self, axis):
        """Sums along an axis: the marginal of the other side."""
        every = np.arange(self.shape[1])
        if axis in (1, -1):
            return self._kind(np.concatenate([self._block(i, every).sum(axis=1) for i in self._batches()]))
        return self._kind(sum(self._block(i, every).sum(axis=0) for i in self._batches()))

    def _batches(self):
        step = max(1, 2**22 // self.shape[1])
        return (np.arange(first, min(first + step, self.shape[0])) for first in range(0, self.shape[0], step))

    def _block(self, i, j):
        x, y, log_u, log_v = self._parts
        costs = dist(x[i], y[j], self._metric)
        return np.exp(log_u[i, None] + log_v[None, j] - costs / self._reg)


class FactoredPlan:
    """A plan ``Q diag(d) R'`` of low rank whose entries are computed when asked for.

    ``plan[i]``, ``plan[2:5]``, ``plan[:, j]`` and ``plan[:]`` give blocks; ``plan @ values`` averages ``(m, k)`` values in
    ``O((n + m) r k)``.

    Attributes
    ----------
    shape : tuple
        ``(n, m)``.
    Q, R : arrays, shapes (n, r) and (m, r)
    """

    def __init__(self, Q, R, d, kind):
        d = 1.0 if d is None else host(d, "The weights d")
        self._left, self._right, self._kind = Q * d, R, kind
        self.Q, self.R, self.shape = kind(Q), kind(R), (len(Q), len(R))

    def __getitem__(self, key):
        i, j = key if isinstance(key, tuple) else (key, slice(None))
        return self._kind(self._left[i] @ self._right[j].T)

    def __matmul__(self, values):
        return self._kind(self._left @ (self._right.T @ host(values, "The values")))

    def sums(self, axis):
        """Sums along an axis: the marginal of the other side."""
        if axis in (1, -1):
            return self._kind(self._left @ self._right.sum(axis=0))
        return self._kind(self._right @ self._left.sum(axis=0))


@public
def get_lowrank_lazytensor(Q, R, d=None, nx=None):
    """``Q diag(d) R'`` whose entries are computed when asked for; ``Q`` is ``(n, r)``, ``R`` is ``(m, r)``."""
    kind = Kind(Q, R, d)
    return FactoredPlan(rows(Q, "The factor Q"), rows(R, "The factor R"), d, kind)


def scipy_sparse():
    try:
        import scipy.sparse
    except ImportError:
        raise InputError("A sparse plan is a matrix of SciPy, which is not installed.", "Install scipy.") from None
    return scipy.sparse


def sparse_plan(entries, shape):
    """A SciPy matrix from rows, columns and masses."""
    i, j, masses = entries
    return scipy_sparse().coo_matrix((masses, (i, j)), shape=shape)
