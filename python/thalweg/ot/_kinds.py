"""Arrays of any kind in, the caller's kind and precision out."""

import sys

import numpy as np

from .._arrays import finite, numeric
from .._errors import InputError


def host(x, what):
    """``x`` as finite float64 in C order, wherever it came from: lists, NumPy, torch, JAX, ``__array__``, ``__dlpack__``."""
    return finite(unchecked(x, what), what)


def unchecked(x, what):
    """As :func:`host`, where infinite numbers have a meaning."""
    # What most calls bring, and what nothing has to be done to.
    if type(x) is np.ndarray and x.dtype == np.float64 and x.flags.c_contiguous:
        return x
    if hasattr(x, "toarray"):
        x = x.toarray()
    if is_torch(x):
        x = x.detach().cpu().numpy()
    elif not isinstance(x, np.ndarray) and not hasattr(x, "__array__") and hasattr(x, "__dlpack__"):
        x = np.from_dlpack(x)
    return np.asarray(numeric(x, what), order="C")


def rows(x, what):
    """``n x d`` finite float64 in C order, at least one of each."""
    array = _axes(host(x, what), what, 2, "rows of coordinates", "Reshape one coordinate with x.reshape(-1, 1).")
    return _filled(array, what, "transport needs points, and points need coordinates")


def costs(M, what="The costs M"):
    """``n x m`` float64 in C order."""
    if hasattr(M, "toarray"):
        raise InputError(
            f"{what} are sparse, and what they leave out has no cost.", "Pass every cost in a dense matrix."
        )
    array = _axes(host(M, what), what, 2, "one cost for each pair", "Compute them with thalweg.ot.dist.")
    return _filled(array, what, "transport needs points on both sides")


def histograms(A, what="The histograms A"):
    """``n x k`` masses in C order, a histogram a column."""
    return masses(costs(A, what), what)


def relations(C, what):
    """How the points of a space relate: ``n x n`` float64 in C order."""
    array = costs(C, what)
    if array.shape[0] != array.shape[1]:
        raise InputError(f"{what} have the shape {array.shape}, but a space relates its points to themselves.")
    return array


def plan(G, shape, what):
    """A plan that the caller gives, of a shape that is known."""
    array = costs(G, what)
    if array.shape != shape:
        raise InputError(f"{what} has the shape {array.shape}, but {shape} was expected.")
    return array


def weights(a, n, what):
    """``n`` float64 that sum to one where ``a`` is None or empty, else ``a``."""
    array = None if a is None else host(a, what)
    if array is None or array.size == 0:
        return np.full(n, 1.0 / n)
    if array.ndim == 2 and array.shape[1] == 1:
        array = np.ascontiguousarray(array[:, 0])
    _axes(array, what, 1, "one weight a point", None)
    if len(array) != n:
        raise InputError(f"{what} have {len(array)} entries, but there are {n} points on that side.")
    return masses(array, what)


def masses(array, what):
    """The array; refuses masses that are negative."""
    if array.size and array.min() < 0:
        k = int(array.argmin())
        raise InputError(f"Weight {k} is {array.flat[k]:g}: {_within(what)} must not be negative.")
    return array


def stacked(a, shape, what):
    """``(k, n)`` from the same, from one row for all, or from None."""
    if a is None:
        return np.full(shape, 1.0 / shape[1])
    a = host(a, what)
    if a.shape not in (shape, shape[1:]):
        raise InputError(f"{what} have the shape {a.shape}, but {shape} or {shape[1:]} was expected.")
    return np.ascontiguousarray(np.broadcast_to(masses(a, what), shape))


def _axes(array, what, axes, meaning, advice):
    if array.ndim != axes:
        raise InputError(f"{what} have {array.ndim} axes, but {meaning} have {axes}.", advice)
    return array


def _filled(array, what, why):
    if array.size == 0:
        raise InputError(f"{what} have the shape {array.shape}, but {why}.")
    return array


def _within(what):
    """A name within a sentence."""
    return what[0].lower() + what[1:] if what.startswith(("The ", "A ")) else what


class Kind:
    """What the caller works with, told from the first of its arrays that says; lists and None count as NumPy."""

    def __init__(self, *arrays):
        said = [x for x in arrays if _says_its_kind(x)]
        # Where the caller differentiates, the result must be able to.
        self._like = next((x for x in said if is_torch(x) and x.requires_grad), said[0] if said else None)

    @property
    def is_torch(self):
        return is_torch(self._like)

    def __call__(self, values):
        """``values``, an array or a number of NumPy, as the caller's kind; tensors as they are."""
        like = self._like
        if like is None or is_torch(values):
            return values
        if isinstance(like, np.ndarray):
            return np.asarray(values).astype(_floating(like.dtype), copy=False)[()]
        if self.is_torch:
            torch = sys.modules["torch"]
            dtype = like.dtype if like.dtype.is_floating_point else torch.float64
            return torch.as_tensor(np.asarray(values), dtype=dtype, device=like.device)
        if hasattr(like, "__array_namespace__"):
            space = like.__array_namespace__()
            return space.asarray(np.asarray(values), dtype=_dtype_of(space, like))
        return values

    def stack(self, values, axis=0):
        """Results of this kind side by side, along a new axis."""
        if self.is_torch:
            return sys.modules["torch"].stack(values, axis)
        return self(np.stack([np.asarray(v) for v in values], axis))

    def value(self, number, *gradients):
        """A number; where the caller differentiates with torch, its derivatives are those of ``gradients``, pairs of an
        input and of the derivative by it."""
        result = self(np.float64(number))
        if self.is_torch:
            for x, derivative in gradients:
                if is_torch(x) and x.requires_grad:
                    slope = sys.modules["torch"].as_tensor(np.asarray(derivative), dtype=x.dtype, device=x.device)
                    result = result + ((x - x.detach()) * slope).sum().to(result.dtype)
        return result


def is_torch(x):
    """Whether ``x`` is a tensor of torch, which is not imported for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def _says_its_kind(x):
    if x is None or isinstance(x, (list, tuple, int, float, str)):
        return False
    return getattr(x, "size", 1) != 0 or is_torch(x)


def _floating(dtype):
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def _dtype_of(space, like):
    return like.dtype if space.isdtype(like.dtype, "real floating") else None
