"""What a call may use."""

import operator
import os
import sys
from reprlib import repr as shown
from typing import NamedTuple, Optional

import numpy as np

from . import _thalweg
from ._errors import InputError
from ._progress import Bar

# As many as the engine starts.
_MOST_THREADS = 1024


class Resources(NamedTuple):
    """Seed, threads (0: all cores), memory in bytes and progress of a call; read by the native half."""

    seed: int = 0
    threads: int = 0
    memory: Optional[int] = None
    progress: object = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A line of progress that was begun is ended, also where the work was not.
        if isinstance(self.progress, Bar):
            self.progress.close()


def resources(seed=0, threads=None, memory=None, progress=False):
    """Checked resources from what a user gives."""
    return Resources(
        seed=whole(seed, "seed", 0, 2**64 - 1),
        threads=_threads(threads),
        memory=memory if memory is None else _bytes(memory),
        progress=_callback(progress),
    )


def _threads(threads):
    """``threads``, or where it is None what the environment says, or all cores."""
    name = "threads" if threads is not None else "The environment variable THALWEG_THREADS"
    asked = os.environ.get("THALWEG_THREADS", 0) if threads is None else threads
    return whole(asked, name, 0, _MOST_THREADS, "0 uses every core.")


def whole(value, name, least, most, advice=None):
    """A whole number from ``least`` to ``most``; text that is one, and 3.0, are taken, but not 2.7."""
    try:
        number = int(value) if isinstance(value, str) else operator.index(value)
    except (TypeError, ValueError):
        is_whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
        number = int(value) if is_whole else None
    if number is None or not least <= number <= most:
        raise InputError(f"{name} is {shown(value)}, but it must be a whole number from {least} to {most}.", advice)
    return number


def path(value, name):
    """A path as text."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise InputError(f"{name} is {value!r}, but it must be a path.") from None


def _bytes(memory):
    return _thalweg.parse_bytes(memory if isinstance(memory, str) else str(memory))


def _callback(progress):
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if progress is True:
        return Bar(sys.stderr)
    if progress is False:
        return None
    if not callable(progress):
        raise InputError(
            f"progress is {progress!r}, but it must be True, False, None or a function.",
            "The function is called with (phase, done, total, note).",
        )
    return progress
