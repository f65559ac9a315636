"""Whatever a user calls an array, as the native half takes it: float64, C order, copied only where it must be."""

import numpy as np

from ._errors import InputError


def matrix(x, what="The points"):
    """``n x d`` float64 in C order; the same object where it is that already."""
    if hasattr(x, "toarray"):
        x = x.toarray()
    array = numeric(x, what)
    if array.ndim != 2:
        hint = " Reshape one point with x.reshape(1, -1) and one coordinate with x.reshape(-1, 1)."
        raise InputError(
            f"{what} have {array.ndim} axes, but rows of coordinates have 2.", hint.strip() if array.ndim < 2 else None
        )
    return np.ascontiguousarray(array)


def vector(x, what, rows=None):
    """``n`` float64 in C order, checked against a number of rows."""
    array = numeric(x, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise InputError(f"{what} have {array.ndim} axes, but one number a row has 1.")
    if rows is not None and len(array) != rows:
        raise InputError(f"{what} have {len(array)} entries, but there are {rows} rows.")
    return np.ascontiguousarray(array)


def numeric(x, what):
    """float64 of any shape; text that is a number is one."""
    array = np.asarray(x)
    if array.dtype.kind == "c":
        raise InputError(f"{what} are complex numbers.", "Give real and imaginary parts as columns of their own.")
    if array.dtype.kind in "mM":
        raise InputError(
            f"{what} are dates or durations ({array.dtype}).",
            "Convert them to numbers, for example to days since the first.",
        )
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise InputError(
            f'{what} must be numbers, but "{_first_bad(array)}" is not one.', "Give numbers only."
        ) from None


def _first_bad(array):
    for value in array.ravel():
        try:
            float(value)
        except (TypeError, ValueError):
            return value
    return array.dtype
