"""Whatever a user calls an array, as the native half takes it: float64, C order, copied only where it must be."""

from reprlib import repr as shown

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


def finite(array, what):
    """The array; refuses what is NaN or infinite, and says where."""
    # One pass: squares cannot cancel what is not finite. Where they overflow, every entry is looked at.
    if np.isfinite(np.vdot(array, array)):
        return array
    bad = np.argwhere(~np.isfinite(array))
    if len(bad) == 0:
        return array
    place = tuple(map(int, bad[0]))
    called = "NaN" if np.isnan(array[place]) else f"{array[place]}"
    where = f" at {place[0] if len(place) == 1 else place} (counted from 0)" if place else ""
    raise InputError(f"{what} have {called}{where}, but must be finite.", "Leave out what is missing, or replace it.")


def number(value, what):
    """One float64; text that is a number is one."""
    # NumPy would take None for NaN.
    array = numeric(value, what) if value is not None else np.empty(0)
    if array.size != 1:
        raise InputError(f"{what} is {shown(value)}, but it must be one number.")
    return float(array.reshape(()))


def figure(value, what):
    """A finite number: JSON, in which settings travel, has no others."""
    value = number(value, what)
    if not np.isfinite(value):
        raise InputError(f"{what} is {value}, but must be a finite number.")
    return value


def refuse_masked(x, what):
    """Refuses masked values: NumPy would drop the mask, and what lies under it is not data."""
    masked = _masked(x)
    if masked:
        raise InputError(
            f"{what} have {masked:,} masked {'value' if masked == 1 else 'values'}, and a mask would be lost.",
            "Leave the rows with masked values out, or give them values with filled().",
        )


def plain(x, what):
    """An array of any type without masked values."""
    refuse_masked(x, what)
    try:
        return np.asarray(x)
    except ValueError:
        raise InputError(f"{what} are ragged: {_uneven(x)}.", "Give every row the same number of entries.") from None


def _masked(x):
    """How many values are masked, in an array or in a list of arrays."""
    if isinstance(x, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(x).sum())
    if isinstance(x, (list, tuple)):
        return sum(_masked(part) for part in x if isinstance(part, (list, tuple, np.ma.MaskedArray)))
    return 0


def _uneven(x):
    """Where the first row lies that is not as long as the ones before it."""
    if not isinstance(x, (list, tuple)):
        return "NumPy makes no array of them"
    first = np.shape(x[0]) if _is_even(x[0]) else None
    for k, row in enumerate(x):
        if not _is_even(row) or first is None:
            return f"the parts of entry {k} (counted from 0) have different lengths"
        if np.shape(row) != first:
            return f"entry 0 has the shape {first} and entry {k} (counted from 0) has {np.shape(row)}"
    return "their entries have different shapes"


def _is_even(row):
    try:
        np.shape(row)
    except ValueError:
        return False
    return True


def numeric(x, what):
    """float64 of any shape; text that is a number is one."""
    # A tensor that takes part in a derivative gives its values only when it is let go of.
    array = plain(x.detach() if getattr(x, "requires_grad", False) else x, what)
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
