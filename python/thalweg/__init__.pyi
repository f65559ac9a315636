from os import PathLike
from typing import Any, Literal, NamedTuple, Union, overload
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import measure as measure
from . import network as network
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
class NotFittedError(InputError, AttributeError): ...
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
class Plan(NamedTuple):
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    mass: _Array
    cost: _Array
    shape: tuple[int, int]
    def dense(self) -> _Array: ...

class Match:
    plan: Plan
    cost: float
    barycentric: _Array
    potentials: tuple[_Array, _Array]
    marginals: tuple[_Array, _Array]
    report: dict[str, Any]
    record: dict[str, Any]
    folder: str | None
    threads: int | None
    @property
    def factors(self) -> tuple[_Array, _Array, _Array] | None: ...
    @property
    def status(self) -> str: ...
    @property
    def converged(self) -> bool: ...
    def push(self, values: ArrayLike, *, mean: bool = False) -> _Array: ...
    def pull(self, values: ArrayLike, *, mean: bool = False) -> _Array: ...
    def map(self, points: ArrayLike) -> _Array: ...
    def sample(self, rows: ArrayLike | None = None, *, seed: int = 0) -> NDArray[np.int64]: ...
    def top_k(self, k: int) -> Plan: ...
    def page(self, open_browser: bool = False) -> str: ...

def match(
    a: Any,
    b: Any,
    *,
    use_rep: str | int | Sequence[str | int] | None = None,
    b_use_rep: str | int | Sequence[str | int] | None = None,
    weights: str | None = None,
    a_weights: ArrayLike | None = None,
    b_weights: ArrayLike | None = None,
    cost: Literal["sqeuclidean", "euclidean", "cosine", "cityblock", "elastic", "graph"]
    | ArrayLike
    | Callable[[Any, Any], ArrayLike] = "sqeuclidean",
    gamma: float | None = None,
    graph: _Path | None = None,
    node: str | None = None,
    a_nodes: ArrayLike | None = None,
    b_nodes: ArrayLike | None = None,
    method: Literal["exact", "entropic", "unbalanced", "partial", "semi-discrete", "gromov", "low-rank"] = "exact",
    epsilon: float | None = None,
    epsilon_absolute: float | None = None,
    rho: float | None = None,
    rho_absolute: float | None = None,
    alpha: float | None = None,
    rows: Literal["draws", "pixels"] = "draws",
    rank: int | None = None,
    mass: float | None = None,
    top_k: int | None = None,
    tolerance: float | None = None,
    max_iterations: int | None = None,
    seed: int = 0,
    output: _Path | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
) -> Match: ...
class Temporal:
    times: _Array
    rows: list[NDArray[np.int64]]
    matches: list[Match]
    @property
    def converged(self) -> bool: ...
    def push(self, values: ArrayLike, t0: float, t1: float) -> _Array: ...
    def pull(self, values: ArrayLike, t0: float, t1: float) -> _Array: ...
    def transition_table(self, key: str, t0: float, t1: float, *, backward: bool = False) -> Table: ...

def temporal(
    adata: Any,
    time_key: str,
    *,
    growth: str | ArrayLike | None = None,
    epsilon: float = 0.05,
    rho: float | None = None,
    use_rep: str | int | Sequence[str | int] | None = None,
    cost: Literal["sqeuclidean", "euclidean", "cosine", "cityblock"] = "sqeuclidean",
    top_k: int | None = 50,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    strict: bool = False,
    write: bool = False,
    key_added: str = "thalweg",
) -> Temporal: ...
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
def max_sliced_w2(
    x: ArrayLike,
    y: ArrayLike,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    *,
    directions: int = 64,
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
