"""What a call may use."""

import os
import sys
from typing import NamedTuple, Optional

from . import _thalweg
from ._errors import InputError
from ._progress import Bar


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
        seed=_count(seed, "seed", 2**64 - 1),
        threads=_count(_threads(threads), "threads", 4096),
        memory=memory if memory is None else _bytes(memory),
        progress=_callback(progress),
    )


def _threads(threads):
    return os.environ.get("THALWEG_THREADS", 0) if threads is None else threads


def _count(value, name, most):
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if isinstance(value, float) and number != value:
        number = -1
    if not 0 <= number <= most:
        raise InputError(f"{name} is {value!r}, but it must be a whole number from 0 to {most}.")
    return number


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
