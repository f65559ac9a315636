from os import PathLike
from typing import Any, Literal, NamedTuple, Union, overload
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import ot as ot
from .estimators import ActionMatching as ActionMatching
from .estimators import FlowMatching as FlowMatching
from .estimators import RectifiedFlow as RectifiedFlow
from .estimators import StochasticInterpolants as StochasticInterpolants
from .estimators import VelocityGrowthMatching as VelocityGrowthMatching

_Array = NDArray[np.float64]
_Path = Union[str, "PathLike[str]"]
_Progress = Union[bool, Callable[[str, int, int, str], object], None]

__version__: str

class ThalwegError(Exception):
    message: str
    advice: str | None
    def __init__(self, message: str, advice: str | None = None) -> None: ...

class InputError(ThalwegError, ValueError): ...
class FailedError(ThalwegError, RuntimeError): ...
class DataWarning(UserWarning): ...
class NotConvergedWarning(UserWarning): ...

class Table(list[dict[str, Any]]):
    columns: list[str]
    def to_pandas(self) -> Any: ...

class Metrics(Table):
    verdicts: list[str]

class Trajectories(NamedTuple):
    times: _Array
    points: _Array
    weights: _Array

class Run:
    method: str
    features: list[str]
    times: _Array
    metrics: Metrics
    settings: dict[str, Any]
    report: dict[str, Any]
    citation: str
    warnings: list[str]
    record: dict[str, Any]
    evaluation: dict[str, Any]
    folder: str | None
    threads: int | None
    @property
    def has_growth(self) -> bool: ...
    @property
    def has_score(self) -> bool: ...
    @property
    def status(self) -> str: ...
    @property
    def converged(self) -> bool: ...
    def velocity(self, t: ArrayLike, x: ArrayLike) -> _Array: ...
    def growth(self, t: ArrayLike, x: ArrayLike) -> _Array: ...
    def divergence(self, t: ArrayLike, x: ArrayLike) -> _Array: ...
    def score(self, t: ArrayLike, x: ArrayLike) -> _Array: ...
    @overload
    def push(
        self,
        x: ArrayLike,
        t0: float,
        t1: float,
        *,
        return_weights: Literal[False] = False,
        epsilon: float | None = None,
        seed: int = 0,
    ) -> _Array: ...
    @overload
    def push(
        self,
        x: ArrayLike,
        t0: float,
        t1: float,
        *,
        return_weights: Literal[True],
        epsilon: float | None = None,
        seed: int = 0,
    ) -> tuple[_Array, _Array]: ...
    def simulate(
        self, x: ArrayLike, times: ArrayLike, *, epsilon: float | None = None, seed: int = 0
    ) -> Trajectories: ...
    def to_bytes(self) -> bytes: ...
    def save(self, path: _Path) -> None: ...
    def page(self, open_browser: bool = False) -> str: ...
    def figures(self, folder: _Path | None = None, format: Literal["svg", "png"] = "svg") -> list[str]: ...

def learn(
    data: Any,
    times: ArrayLike | str | None = None,
    *,
    time_key: str | int | None = None,
    use_rep: str | int | Sequence[str | int] | None = None,
    weights: str | ArrayLike | None = None,
    method: str | None = None,
    hold_out: float | Sequence[float] | None = (),
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    config: _Path | Mapping[str, Any] | None = None,
    output: _Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
    write: bool = False,
    key_added: str = "thalweg",
) -> Run: ...
def load(source: Any, *, key: str = "thalweg") -> Run: ...
def methods(method: str = "all") -> Table: ...
def verify(method: str = "all", *, seed: int = 0, threads: int | None = None, progress: _Progress = None) -> Table: ...
def w1(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    threads: int | None = None,
) -> float: ...
def w2(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    threads: int | None = None,
) -> float: ...
def sliced_w2(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    directions: int = 128,
    seed: int = 0,
    threads: int | None = None,
) -> float: ...
def mmd(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    bandwidth: float | None = None,
    threads: int | None = None,
) -> float: ...
def energy_distance(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    threads: int | None = None,
) -> float: ...
