"""What every public function says of arguments that are no numbers or do not go together."""

import functools
import inspect

import numpy as np

from .._errors import FailedError, InputError, ThalwegError
from ._engine import spoken

# Whose errors are about the arguments. Those of a function of the caller's are the caller's.
_OURS = {"thalweg", "numpy", "scipy"}
_ABOUT_ARGUMENTS = ValueError, IndexError, ZeroDivisionError, OverflowError, np.linalg.LinAlgError


def public(function=None, **names):
    """The function; a number that is NaN is refused, and where NumPy's own words come out of it, they are told with the
    name of the function and the shapes of what it was given.

    ``names`` are what it calls the budgets ``numItermax`` and ``stopThr`` of the functions that it calls.
    """
    if function is None:
        return functools.partial(public, **names)

    @functools.wraps(function)
    def called(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if isinstance(value, float) and value != value:
                raise InputError(f"{_named(function, args, kwargs, value)} is NaN, but it must be a number.")
        try:
            if not names:
                return function(*args, **kwargs)
            with spoken(**names):
                return function(*args, **kwargs)
        except ThalwegError:
            raise
        except _ABOUT_ARGUMENTS as error:
            if not _is_ours(error):
                raise
            kind = FailedError if isinstance(error, np.linalg.LinAlgError) else InputError
            raise kind(*_sentence(function, args, kwargs, error)) from error

    return called


def _named(function, args, kwargs, value):
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    nested = {**given, **{k: v for k, v in kwargs.items() if k not in given}}
    return next(name for name, v in nested.items() if v is value)


def _is_ours(error):
    """Whether every frame that the error went through is of this package or of what it computes with."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__", "").split(".")[0] not in _OURS:
            return False
        step = step.tb_next
    return True


def _sentence(function, args, kwargs, error):
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    shapes = [f"{name} {shape}" for name, value in given.items() if (shape := _shape(value)) is not None]
    path = [part for part in function.__module__.split(".")[1:] if not part.startswith("_")]
    name = ".".join([*path, function.__name__])
    words = str(error).strip().rstrip(".") or type(error).__name__
    return f"{name} cannot compute with these shapes: {', '.join(shapes)}.", f"What stopped it: {words}."


def _shape(value):
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "shape"):
        return f"[{', '.join(str(_shape(part)) for part in value)}]"
    return tuple(value.shape) if hasattr(value, "shape") and value.shape else None
