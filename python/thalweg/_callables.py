"""Laws that are functions of Python."""

import numpy as np

from ._errors import InputError


def checked(function, what, width=None):
    """The function with its result as an array of the shape of the states; with ``width``, of that many numbers a state."""

    def call(t, x, *past):
        found = np.asarray(function(t, x, *past), dtype=np.float64)
        if width is not None and found.size == len(x) * width:
            found = found.reshape(len(x), width)
        wanted = x.shape if width is None else (len(x), width)
        if found.shape != wanted:
            arguments = "t, x, past" if past else "t, x"
            raise InputError(
                f"{what}({arguments}) gave an array of shape {found.shape} for states of shape {x.shape}.",
                "Give one value a state, for many states at a time: index them as x[:, 0].",
            )
        return np.ascontiguousarray(found)

    return call
