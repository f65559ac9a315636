from os import PathLike
from typing import Any, Callable, Dict, List, Literal, Mapping, NamedTuple, Optional, Sequence, Tuple, Union, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    advice: Optional[str]
    def __init__(self, message: str, advice: Optional[str] = None) -> None: ...

class InputError(ThalwegError, ValueError): ...
class FailedError(ThalwegError, RuntimeError): ...
class DataWarning(UserWarning): ...
class NotConvergedWarning(UserWarning): ...

class Table(List[Dict[str, Any]]):
    columns: List[str]
    def to_pandas(self) -> Any: ...

class Metrics(Table):
    verdicts: List[str]

class Trajectories(NamedTuple):
    times: _Array
    points: _Array
    weights: _Array

class Run:
    method: str
    features: List[str]
    times: _Array
    metrics: Metrics
    settings: Dict[str, Any]
    report: Dict[str, Any]
    citation: str
    warnings: List[str]
    record: Dict[str, Any]
    evaluation: Dict[str, Any]
    folder: Optional[str]
    threads: Optional[int]
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
        self, x: ArrayLike, t0: float, t1: float, *, return_weights: Literal[False] = False, seed: int = 0
    ) -> _Array: ...
    @overload
    def push(
        self, x: ArrayLike, t0: float, t1: float, *, return_weights: Literal[True], seed: int = 0
    ) -> Tuple[_Array, _Array]: ...
    def simulate(self, x: ArrayLike, times: ArrayLike, *, seed: int = 0) -> Trajectories: ...
    def to_bytes(self) -> bytes: ...
    def save(self, path: _Path) -> None: ...
    def page(self, open_browser: bool = False) -> str: ...

def learn(
    data: Any,
    times: Union[ArrayLike, str, None] = None,
    *,
    time_key: Optional[str] = None,
    use_rep: Union[str, Sequence[str], None] = None,
    weights: Union[str, ArrayLike, None] = None,
    method: Optional[str] = None,
    hold_out: Union[float, Sequence[float]] = (),
    seed: Optional[int] = None,
    settings: Optional[Mapping[str, Any]] = None,
    config: Union[_Path, Mapping[str, Any], None] = None,
    output: Optional[_Path] = None,
    resume: bool = False,
    threads: Optional[int] = None,
    memory: Union[int, str, None] = None,
    progress: _Progress = None,
    strict: bool = False,
    write: bool = False,
    key_added: str = "thalweg",
) -> Run: ...
def load(source: Any, *, key: str = "thalweg") -> Run: ...
def methods(method: str = "all") -> Table: ...
def verify(method: str = "all", *, seed: int = 0, threads: Optional[int] = None, progress: _Progress = None) -> Table: ...
def w1(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: Optional[ArrayLike] = None,
    y_weights: Optional[ArrayLike] = None,
    *,
    threads: Optional[int] = None,
) -> float: ...
def w2(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: Optional[ArrayLike] = None,
    y_weights: Optional[ArrayLike] = None,
    *,
    threads: Optional[int] = None,
) -> float: ...
def sliced_w2(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: Optional[ArrayLike] = None,
    y_weights: Optional[ArrayLike] = None,
    *,
    directions: int = 128,
    seed: int = 0,
    threads: Optional[int] = None,
) -> float: ...
def mmd(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: Optional[ArrayLike] = None,
    y_weights: Optional[ArrayLike] = None,
    *,
    bandwidth: Optional[float] = None,
    threads: Optional[int] = None,
) -> float: ...
def energy_distance(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: Optional[ArrayLike] = None,
    y_weights: Optional[ArrayLike] = None,
    *,
    threads: Optional[int] = None,
) -> float: ...
