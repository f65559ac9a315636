"""Distances, weights, results and the small tools that scripts of optimal transport use."""

import sys
import time

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives
from ._engine import budget
from ._kinds import Kind, host, is_torch, rows

__all__ = [
    "BaryResult",
    "BaseEstimator",
    "FactoredPlan",
    "LazyPlan",
    "OTResult",
    "check_random_state",
    "clean_zeros",
    "cost_normalization",
    "dist",
    "dist0",
    "euclidean_distances",
    "kernel",
    "label_normalization",
    "labels_to_masks",
    "laplacian",
    "list_to_array",
    "proj_simplex",
    "tic",
    "toc",
    "toq",
    "unif",
]

_DETACH = "Detach the input with detach()."
_NATIVE = {
    "sqeuclidean",
    "euclidean",
    "cityblock",
    "chebyshev",
    "minkowski",
    "cosine",
    "correlation",
    "canberra",
    "braycurtis",
    "hamming",
}


def unif(n, type_as=None):
    """``n`` equal weights that sum to one, shape ``(n,)``, of the kind of ``type_as``."""
    return Kind(type_as)(np.full(n, 1.0 / n))


def dist(x1, x2=None, metric="sqeuclidean", p=2, w=None, backend="auto", nx=None, use_tensor=False, *, threads=None):
    """Distances between the rows of two clouds.

    Parameters
    ----------
    x1 : array_like, shape (n, d)
    x2 : array_like, shape (m, d), optional
        ``x1`` where it is left out.
    metric : str or callable
        ``sqeuclidean``, ``euclidean``, ``cityblock``, ``chebyshev``, ``minkowski``, ``cosine``, ``correlation``,
        ``canberra``, ``braycurtis``, ``hamming``; a function of two rows; any other name goes to SciPy.
    p : float
        Exponent of ``minkowski``.
    w : array_like, shape (d,), optional
        Weights of the coordinates in ``minkowski``.
    backend, nx, use_tensor
        Not used.

    Returns
    -------
    array, shape (n, m), of the kind of ``x1``

    Raises
    ------
    InputError
        Different dimensions, numbers that are not finite, an unknown metric.
    """
    kind = Kind(x1, x2)
    x = rows(x1, "The points x1")
    y = x if x2 is None else rows(x2, "The points x2")
    if callable(metric) or metric not in _NATIVE:
        _derivatives.refuse(f"The metric {metric}", "Use sqeuclidean, euclidean, cityblock or cosine.", x1, x2)
    if callable(metric):
        return kind(np.array([[metric(a, b) for b in y] for a in x], dtype=np.float64))
    if metric not in _NATIVE:
        return kind(_by_scipy(x, y, metric, p, w))
    weight = None if w is None or metric != "minkowski" else host(w, "The weights w")
    distances = _thalweg.ot_distances(x, y, metric, float(p), weight, budget(threads))
    if not _derivatives.wanted(x1, x2):
        return kind(distances)
    back = _derivatives.of_distances(x, y, distances, metric)
    if back is None:
        _derivatives.refuse(f"The metric {metric}", "Use sqeuclidean, euclidean, cityblock or cosine.", x1, x2)
    if x2 is None:
        return _derivatives.joined(kind, distances, (x1,), lambda slope: (sum(back(slope)),))
    return _derivatives.joined(kind, distances, (x1, x2), back)


def _by_scipy(x, y, metric, p, w):
    try:
        from scipy.spatial.distance import cdist
    except ImportError:
        raise InputError(
            f'There is no metric called "{metric}" without SciPy.', f"Install it, or use one of {sorted(_NATIVE)}."
        ) from None
    more = {"p": p} if metric.endswith("minkowski") else {}
    if w is not None:
        more["w"] = w
    try:
        return np.ascontiguousarray(cdist(x, y, metric=metric, **more))
    except (ValueError, TypeError) as error:
        raise InputError(f'The metric "{metric}" was refused: {error}') from None


def euclidean_distances(X, Y, squared=False, nx=None):
    """Euclidean distances between rows, or their squares: shape ``(n, m)``."""
    return dist(X, Y, "sqeuclidean" if squared else "euclidean")


def dist0(n, method="lin_square"):
    """Squared distances between the numbers 0 to ``n - 1``, shape ``(n, n)``; zero for any other ``method``."""
    if method != "lin_square":
        return 0
    x = np.arange(n, dtype=np.float64)[:, None]
    return dist(x, x)


def kernel(x1, x2, method="gaussian", sigma=1, **kwargs):
    """``exp(-|x - y|^2 / (2 sigma^2))`` between rows, shape ``(n, m)``."""
    if method.lower() not in ("gaussian", "gauss", "rbf"):
        raise InputError(f'There is no kernel called "{method}".', "The kernel is gaussian.")
    exponent = dist(x1, x2) / (-2 * sigma**2)
    return exponent.exp() if is_torch(exponent) else Kind(x1, x2)(np.exp(host(exponent, "The distances")))


def laplacian(x):
    """Graph Laplacian ``diag(sum_i x_ij) - x`` of a weight matrix, shape ``(n, n)``."""
    _derivatives.refuse("The Laplacian", _DETACH, x)
    kind, x = Kind(x), host(x, "The weights")
    return kind(np.diag(x.sum(axis=0)) - x)


def cost_normalization(C, norm=None, return_value=False, value=None):
    """Costs divided by their ``median`` or ``max``, or under ``log(1 + C)`` (``log``) once or twice (``loglog``).

    ``value`` overrides the divisor; with ``return_value`` it is returned as well (None where there is none).
    """
    _derivatives.refuse("A normalised cost", "Divide the costs by a number, or detach them with detach().", C)
    kind, scaled = Kind(C), host(C, "The costs")
    if norm in ("median", "max"):
        value = float(np.median(scaled) if norm == "median" else scaled.max()) if value is None else float(value)
        scaled = scaled / value
    elif norm == "log":
        scaled = np.log1p(scaled)
    elif norm == "loglog":
        scaled = np.log1p(np.log1p(scaled))
    elif norm is not None:
        raise InputError(f'There is no normalisation called "{norm}".', "They are median, max, log and loglog.")
    return (kind(scaled), value) if return_value else kind(scaled)


def clean_zeros(a, b, M):
    """Weights and costs without the points that weigh nothing."""
    kind = Kind(a, b, M)
    a_, b_, M_ = host(a, "The weights a"), host(b, "The weights b"), host(M, "The costs M")
    return kind(a_[a_ > 0]), kind(b_[b_ > 0]), kind(M_[a_ > 0][:, b_ > 0])


def proj_simplex(v, z=1):
    """The nearest points whose entries are not negative and sum to ``z``; ``(d,)``, or ``(d, k)`` column by column."""
    _derivatives.refuse("The projection on the simplex", _DETACH, v)
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


def labels_to_masks(y, type_as=None, nx=None):
    """Which of the classes each point has: zeros and ones, ``(n, classes)``, of the kind of ``type_as``."""
    members = np.unique(np.asarray(host(y, "The classes")), return_inverse=True)[1].reshape(-1)
    return Kind(y if type_as is None else type_as)(np.eye(members.max() + 1)[members])


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


_clock = time.perf_counter()


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

    @classmethod
    def _names(cls):
        import inspect

        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")


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


class OTResult:
    """What :func:`~thalweg.ot.solve` and its relatives give; None stands for what a solver does not compute.

    Attributes
    ----------
    plan : array, shape (n, m)
    sparse_plan : scipy.sparse matrix, shape (n, m)
    lazy_plan : LazyPlan, shape (n, m)
    value : the whole objective
    value_linear : its transport cost
    value_quad : its quadratic part
    potentials : pair of arrays, shapes (n,) and (m,)
    potential_a, potential_b : each of them
    marginals, marginal_a, marginal_b : sums of the plan over columns and over rows
    status : str, "Converged" or what ran out
    certificate : dict with ``primal``, ``dual`` and ``gap``; exact transport only
    log : dict
    """

    def __init__(
        self,
        potentials=None,
        value=None,
        value_linear=None,
        value_quad=None,
        plan=None,
        log=None,
        sparse_plan=None,
        lazy_plan=None,
        status=None,
        certificate=None,
    ):
        self.potentials, self.value, self.value_linear, self.value_quad = potentials, value, value_linear, value_quad
        self._plan, self._sparse_plan, self.lazy_plan = plan, sparse_plan, lazy_plan
        self.log, self.status, self.certificate = log, status, certificate

    def __repr__(self):
        shown = [f"{name}={getattr(self, name):g}" for name in ("value", "value_linear") if _is_number(self, name)]
        plan = self._plan if self._plan is not None else self._sparse_plan
        plan = plan if plan is not None else self.lazy_plan
        shown += [] if plan is None else [f"plan={type(plan).__name__}(shape={tuple(plan.shape)})"]
        return f"OTResult({', '.join([*shown, f'status={self.status!r}'])})"

    @property
    def plan(self):
        if self._plan is None and self._sparse_plan is not None:
            return self._sparse_plan.toarray()
        return self._plan

    @property
    def sparse_plan(self):
        if self._sparse_plan is not None:
            return self._sparse_plan
        return None if self._plan is None else _scipy_sparse().csr_matrix(host(self._plan, "The plan"))

    @property
    def potential_a(self):
        return None if self.potentials is None else self.potentials[0]

    @property
    def potential_b(self):
        return None if self.potentials is None else self.potentials[1]

    @property
    def marginals(self):
        pair = self.marginal_a, self.marginal_b
        return None if pair[0] is None else pair

    @property
    def marginal_a(self):
        return self._marginal(1)

    @property
    def marginal_b(self):
        return self._marginal(0)

    def _marginal(self, axis):
        if self._plan is not None:
            return self._plan.sum(axis)
        if self._sparse_plan is not None:
            return np.asarray(self._sparse_plan.sum(axis)).ravel()
        return None if self.lazy_plan is None else self.lazy_plan.sums(axis)

    @property
    def citation(self):
        """How to cite the program that solved it."""
        return "thalweg (https://github.com/thalweg/thalweg); conventions after POT, JMLR 22(78), 2021."


class BaryResult:
    """What :func:`~thalweg.ot.solve_bary_sample` gives; None stands for what a solver does not compute.

    Attributes
    ----------
    X : array, shape (n, d)
    C : array, shape (n, n)
    b : array, shape (n,)
    value, value_linear, value_quad : the whole objective, its transport cost, its quadratic part
    list_res : list of OTResult, one a measure
    status : str
    log : dict
    """

    def __init__(
        self,
        X=None,
        C=None,
        b=None,
        value=None,
        value_linear=None,
        value_quad=None,
        log=None,
        list_res=None,
        status=None,
    ):
        self.X, self.C, self.b = X, C, b
        self.value, self.value_linear, self.value_quad = value, value_linear, value_quad
        self.log, self.list_res, self.status = log, list_res, status

    def __repr__(self):
        value = "None" if self.value is None else f"{float(self.value):g}"
        return f"BaryResult(value={value}, X={None if self.X is None else tuple(self.X.shape)})"


def _is_number(result, name):
    return getattr(result, name) is not None


def _scipy_sparse():
    try:
        import scipy.sparse
    except ImportError:
        raise InputError("A sparse plan is a matrix of SciPy, which is not installed.", "Install scipy.") from None
    return scipy.sparse


def sparse_plan(entries, shape):
    """A SciPy matrix from rows, columns and masses."""
    i, j, masses = entries
    return _scipy_sparse().coo_matrix((masses, (i, j)), shape=shape)
