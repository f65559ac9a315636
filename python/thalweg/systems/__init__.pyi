from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import Table

_Array = NDArray[np.float64]
_Path = Union[str, "PathLike[str]"]
_Progress = Union[bool, Callable[[str, int, int, str], object], None]
_Kind = Literal["flow", "map", "delay"]
_Sense = Literal["ito", "stratonovich", "anti-ito"]
_Scheme = Literal["euler-maruyama", "heun", "milstein", "sra1", "sri1", "platen"]
_Terms = Union[float, str, Mapping[str, Union[float, str]], None]

def names(kind: _Kind | None = None, tag: str | Sequence[str] | None = None) -> list[str]: ...
def tags() -> dict[str, int]: ...
def search(word: str, kind: _Kind | None = None, tag: str | Sequence[str] | None = None) -> list[str]: ...
def table(kind: _Kind | None = None, tag: str | Sequence[str] | None = None) -> Table: ...
def get(name: str, /, **parameters: float) -> System: ...

class System:
    def __init__(
        self,
        name: str,
        states: Sequence[str],
        equations: str | Sequence[str],
        start: ArrayLike,
        *,
        parameters: Mapping[str, float] | None = None,
        kind: _Kind = "flow",
        period: float | None = None,
        step: float | None = None,
    ) -> None: ...
    def having(self, *, start: ArrayLike | None = None, **parameters: float) -> System: ...
    @property
    def record(self) -> dict[str, Any]: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def states(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> dict[str, float]: ...
    @property
    def start(self) -> _Array: ...
    def rates(self, x: ArrayLike, t: float = 0.0, *, past: ArrayLike | None = None) -> _Array: ...
    def jacobian(self, x: ArrayLike, t: float = 0.0) -> _Array: ...
    def exponents(
        self,
        *,
        orbits: int = 8,
        stretches: int = 200,
        settle: int = 50,
        restarts: int = 20,
        leading: int = 3,
        tolerance: float = 1e-8,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: _Progress = None,
    ) -> Exponents: ...
    def ftle(
        self,
        length: float,
        *,
        x: tuple[float, float, int] | None = None,
        y: tuple[float, float, int] | None = None,
        plane: tuple[str, str] | None = None,
        frames: int = 1,
        tolerance: float = 1e-7,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: _Progress = None,
    ) -> LawResult: ...
    def trajectory(
        self,
        n: int = 1000,
        points_per_period: float = 100,
        *,
        dt: float | None = None,
        discard: int = 0,
        start: ArrayLike | None = None,
        ensemble: int = 1,
        spread: float = 1e-3,
        sweep: Mapping[str, ArrayLike] | None = None,
        drive: _Terms = None,
        noise: _Terms = None,
        sense: _Sense = "ito",
        scheme: _Scheme | None = None,
        step: float | None = None,
        observation_noise: float = 0.0,
        gaps: float = 0.0,
        gap_length: float | None = None,
        tolerance: float = 1e-9,
        seed: int = 0,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: _Progress = None,
        strict: bool = False,
    ) -> Orbits: ...

def from_function(
    rates: Callable[..., ArrayLike],
    start: ArrayLike,
    *,
    kind: _Kind = "flow",
    delay: float | Sequence[float] | None = None,
    states: Sequence[str] | None = None,
    name: str = "function",
    period: float | None = None,
    noise: Callable[[float, _Array], ArrayLike] | None = None,
    additive: bool = False,
) -> Function: ...

class Function:
    start: _Array
    states: tuple[str, ...]
    name: str
    kind: str
    delays: tuple[float, ...]
    def rates(self, x: ArrayLike, t: float = 0.0, *, past: ArrayLike | None = None) -> _Array: ...
    def trajectory(
        self,
        n: int = 1000,
        points_per_period: float = 100,
        *,
        dt: float | None = None,
        discard: int = 0,
        start: ArrayLike | None = None,
        ensemble: int = 1,
        spread: float = 1e-3,
        noise: _Terms = None,
        sense: _Sense = "ito",
        scheme: _Scheme | None = None,
        step: float | None = None,
        observation_noise: float = 0.0,
        gaps: float = 0.0,
        gap_length: float | None = None,
        tolerance: float = 1e-9,
        seed: int = 0,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: _Progress = None,
        strict: bool = False,
    ) -> Orbits: ...

class Orbits:
    times: _Array
    values: _Array
    observed: NDArray[np.bool_]
    parameters: list[dict[str, float]]
    states: tuple[str, ...]
    name: str
    report: dict[str, Any]
    @property
    def converged(self) -> bool: ...
    def __len__(self) -> int: ...
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]: ...
    def to_pandas(self) -> Any: ...
    def to_xarray(self) -> Any: ...
    def write(self, path: _Path) -> None: ...
    def page(
        self, path: _Path, *, exponents: bool = False, threads: int | None = None, progress: _Progress = None
    ) -> None: ...

class Exponents:
    values: _Array
    errors: _Array
    divergence: float | None
    kaplan_yorke: float

def laws() -> dict[str, str]: ...
def simulate(
    name: str,
    /,
    *,
    frames: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> LawResult: ...

class LawResult:
    name: str
    times: _Array | None
    axes: dict[str, _Array]
    fields: dict[str, _Array]
    units: dict[str, str]
    series: dict[str, _Array]
    facts: dict[str, float]
    settings: dict[str, str]
    report: dict[str, Any]
    def to_xarray(self) -> Any: ...
    def write(self, path: _Path) -> None: ...
    def page(self, path: _Path) -> None: ...
    def keep(self, folder: _Path) -> None: ...

def __getattr__(name: str) -> Callable[..., System]: ...
