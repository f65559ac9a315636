from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from . import Table

_Array = NDArray[np.float64]
_Progress = Union[bool, Callable[[str, int, int, str], object], None]

class Flows:
    flow: _Array
    time: _Array
    ends: tuple[list[str], list[str]]
    objective: float
    bound: float
    gap: float
    total_time: float
    report: dict[str, Any]
    record: dict[str, Any]
    @property
    def converged(self) -> bool: ...
    def paths(self) -> Table: ...

def equilibrium(
    network: Any,
    trips: Any,
    *,
    zones: Sequence[Any] = (),
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
) -> Flows: ...
def optimum(
    network: Any,
    trips: Any,
    *,
    zones: Sequence[Any] = (),
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
) -> Flows: ...
def shortest(
    network: Any,
    trips: Any,
    *,
    zones: Sequence[Any] = (),
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
) -> Flows: ...
def min_congestion(
    network: Any,
    trips: Any,
    *,
    zones: Sequence[Any] = (),
    tolerance: float = 1e-6,
    max_iterations: int = 1000,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
) -> Flows: ...
def min_cost(
    network: Any,
    trips: Any,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
) -> Flows: ...
def distances(
    network: Any,
    sources: Sequence[Any],
    targets: Sequence[Any] | None = None,
    *,
    zones: Sequence[Any] = (),
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
) -> _Array: ...
