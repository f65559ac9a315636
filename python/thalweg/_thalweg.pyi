"""The native half. Arrays are float64 and C-contiguous and are borrowed, never copied, on the way in."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Protocol, Union

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]
_Path = Union[str, "PathLike[str]"]

class _Resources(Protocol):
    seed: int
    threads: int
    memory: int | None
    progress: Any

class _Job(Protocol):
    config: str
    command: str
    warnings: list[str]
    output: _Path | None
    resume: bool

class _Places(Protocol):
    graph: _Path
    source: list[str]
    target: list[str]

class _Side(Protocol):
    name: str
    x: _Array
    weights: _Array | None
    features: list[str] | None

_Source = Union[str, tuple[str, list[tuple[str, Union[_Array, list[str]]]]]]

__version__: str

class Model:
    @staticmethod
    def from_bytes(data: bytes) -> Model: ...
    @staticmethod
    def load(path: _Path) -> Model: ...
    def to_bytes(self) -> bytes: ...
    @property
    def features(self) -> list[str]: ...
    @property
    def times(self) -> list[float]: ...
    @property
    def method(self) -> str: ...
    @property
    def has_growth(self) -> bool: ...
    @property
    def has_score(self) -> bool: ...
    def velocity(self, rows: tuple[_Array, _Array, _Resources]) -> _Array: ...
    def growth(self, rows: tuple[_Array, _Array, _Resources]) -> _Array: ...
    def divergence(self, rows: tuple[_Array, _Array, _Resources]) -> _Array: ...
    def score(self, rows: tuple[_Array, _Array, _Resources]) -> _Array: ...
    def beyond(self, times: list[float]) -> str | None: ...
    def push(
        self, x: _Array, t0: float, t1: float, epsilon: float | None, resources: _Resources
    ) -> tuple[_Array, _Array | None]: ...
    def simulate(
        self, x: _Array, times: list[float], epsilon: float | None, resources: _Resources
    ) -> tuple[_Array, _Array | None]: ...

class Match:
    @property
    def record(self) -> str: ...
    def entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64], _Array, _Array]: ...
    def potentials(self) -> tuple[_Array, _Array]: ...
    def marginals(self) -> tuple[_Array, _Array]: ...
    def image(self) -> _Array: ...
    def push(self, values: _Array, resources: _Resources) -> _Array: ...
    def pull(self, values: _Array, resources: _Resources) -> _Array: ...
    def map(self, points: _Array, resources: _Resources) -> _Array: ...
    def sample(self, rows: NDArray[np.int64], resources: _Resources) -> NDArray[np.int64]: ...
    def top_k(
        self, k: int, resources: _Resources
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], _Array, _Array]: ...

def match_rows(
    source: _Side,
    target: _Side,
    costs: _Array | None,
    places: _Places | None,
    options: str,
    command: str,
    output: _Path | None,
    resources: _Resources,
) -> Match: ...
def match_files(
    source: _Path,
    target: _Path,
    features: str | None,
    target_features: str | None,
    weights: str | None,
    network: tuple[_Path, str] | None,
    options: str,
    command: str,
    output: _Path | None,
    resources: _Resources,
) -> Match: ...
def learn_rows(
    x: _Array, times: _Array, weights: _Array | None, features: list[str], job: _Job, resources: _Resources
) -> tuple[Model, str, str]: ...
def learn_file(path: _Path, features: str | None, job: _Job, resources: _Resources) -> tuple[Model, str, str]: ...
def open_run(root: _Path) -> tuple[Model, str, str]: ...
def keep_run(root: _Path, model: Model, record: str, metrics: str) -> None: ...
def write_page(root: _Path, resources: _Resources) -> _Path: ...
def write_figures(root: _Path, folder: _Path, format: str, resources: _Resources) -> list[_Path]: ...
def table(metrics: str) -> tuple[str, list[str]]: ...
def read_config(path: _Path) -> str: ...
def parse_bytes(text: str) -> int: ...
def measure(
    name: str,
    x: _Array,
    columns: list[str],
    dt: float,
    other: _Array | None,
    settings: str,
    resources: _Resources,
) -> str: ...
def measures() -> str: ...

class _Frames(Protocol):
    x: tuple[float, float, int, bool]
    y: tuple[float, float, int, bool]
    times: _Array
    values: _Array

def ftle(frames: _Frames, points: _Array, map: str, resources: _Resources) -> _Array: ...
def ftle_of_function(velocity: Any, points: _Array, map: str, resources: _Resources) -> _Array: ...
def exponents_of_function(
    law: Any,
    jacobian: Any,
    is_map: bool,
    start: _Array,
    settings: str,
    resources: _Resources,
) -> tuple[_Array, _Array, float]: ...
def interface_structures(
    frames: _Frames,
    scalar: _Array,
    config: str,
    map: str,
    viscosity: float,
    along: float,
    distances: _Array,
    resources: _Resources,
) -> dict[str, Any]: ...

class MarkovChain:
    @staticmethod
    def of(matrix: _Array) -> MarkovChain: ...
    def matrix(self) -> _Array: ...
    def stationary(self) -> _Array: ...
    def entropy_production(self) -> float: ...
    def arrow_of_time(self, start: _Array | None, steps: int, blocks: list[int] | None) -> float: ...
    def idempotence_defect(self) -> float: ...
    def reversed(self) -> MarkovChain: ...
    def power(self, steps: int) -> MarkovChain: ...

def vorticity_deviation(
    frames: _Frames, points: _Array, map: str, samples: int, resources: _Resources
) -> _Array: ...
def barriers(
    frames: _Frames,
    points: _Array,
    map: str,
    viscosity: float,
    samples: int,
    averaging: str,
    resources: _Resources,
) -> _Array: ...
def surrogate(x: _Array, kind: str, index: int, seed: int) -> _Array: ...
def methods(word: str) -> str: ...
def verify(word: str, resources: _Resources) -> str: ...
def distance(
    name: str,
    x: _Array,
    y: _Array,
    x_weights: _Array | None,
    y_weights: _Array | None,
    parameter: float | None,
    resources: _Resources,
) -> float: ...

class _Problem(Protocol):
    epsilon: float
    rho: tuple[float | None, float | None]
    tolerance: float
    max_iterations: int

_Whole = NDArray[np.int64]
_Entries = tuple[_Whole, _Whole, _Array]
_Proof = tuple[float, float, float]
_Ended = tuple[bool, int, float, Union[str, None]]
_Solved = tuple[_Array, _Array, float, float, _Ended]
_Warm = Union[tuple[_Array, _Array], None]

def ot_distances(
    x: _Array, y: _Array, metric: str, p: float, w: _Array | None, resources: _Resources
) -> _Array: ...
def ot_sliced_costs(
    x: _Array, y: _Array, a: _Array, b: _Array, directions: _Array, p: float, resources: _Resources
) -> _Array: ...
def ot_line_costs(x: _Array, a: _Array, y: _Array, b: _Array, p: float, resources: _Resources) -> _Array: ...
def ot_circle_costs(x: _Array, a: _Array, y: _Array, b: _Array, p: float, resources: _Resources) -> _Array: ...
class Flows:
    @property
    def record(self) -> str: ...
    def flow(self) -> _Array: ...
    def time(self) -> _Array: ...
    def ends(self) -> tuple[list[str], list[str]]: ...
    def paths(self) -> tuple[list[str], list[str], _Array, _Array, list[str]]: ...

def route(network: _Source, trips: _Source, zones: list[str], options: str, resources: _Resources) -> Flows: ...
def network_distances(
    network: _Source, sources: list[str], targets: list[str], zones: list[str], resources: _Resources
) -> _Array: ...
def ot_exact(
    a: _Array, b: _Array, cost: _Array, resources: _Resources
) -> tuple[_Array, _Array, _Array, _Proof]: ...
def ot_partial(
    a: _Array, b: _Array, cost: _Array, mass: float | None, price: float, resources: _Resources
) -> tuple[_Array, _Array, _Array, _Proof]: ...
def ot_exact_points(
    x: _Array, y: _Array, a: _Array, b: _Array, metric: str, resources: _Resources
) -> tuple[_Entries, _Array, _Array, _Proof]: ...
def ot_exact_batch(a: _Array, b: _Array, costs: _Array, resources: _Resources) -> tuple[_Array, _Array]: ...
def ot_line(x: _Array, a: _Array, y: _Array, b: _Array, p: float) -> tuple[_Entries, float]: ...
def ot_entropic(
    a: _Array, b: _Array, cost: _Array, problem: _Problem, warm: _Warm, resources: _Resources
) -> tuple[_Array, _Solved]: ...
def ot_entropic_batch(
    a: _Array, b: _Array, costs: _Array, problem: _Problem, resources: _Resources
) -> tuple[_Array, _Array, _Array, _Ended]: ...
def ot_entropic_points(
    x: _Array,
    y: _Array,
    a: _Array,
    b: _Array,
    metric: str,
    problem: _Problem,
    warm: _Warm,
    resources: _Resources,
) -> tuple[_Array, _Array, _Solved]: ...
def ot_entropic_partial(
    a: _Array,
    b: _Array,
    cost: _Array,
    epsilon: float,
    mass: float,
    tolerance: float,
    max_iterations: int,
    resources: _Resources,
) -> tuple[_Array, _Ended]: ...
def ot_majorise(
    a: _Array,
    b: _Array,
    cost: _Array,
    reference: _Array,
    plan: _Array,
    divergence: str,
    epsilon: float,
    rho: tuple[float, float],
    tolerance: float,
    max_iterations: int,
    resources: _Resources,
) -> tuple[_Array, _Ended]: ...

class _Spaces(Protocol):
    p: _Array
    q: _Array
    first: _Array
    second: _Array
    between: _Array | None
    alpha: float
    start: _Array | None
    loss: str

class _Inner(Protocol):
    epsilon: float
    scheme: str
    tolerance: float
    max_iterations: int

_Coupled = tuple[_Array, float, _Array, tuple[_Array, _Array], _Ended]

def ot_gromov(
    spaces: _Spaces, relative: float, absolute: float, max_iterations: int, resources: _Resources
) -> _Coupled: ...
def ot_entropic_gromov(
    spaces: _Spaces, inner: _Inner, tolerance: float, max_iterations: int, resources: _Resources
) -> _Coupled: ...
def ot_barycentre(
    histograms: _Array,
    weights: _Array,
    cost: _Array,
    epsilon: float,
    tolerance: float,
    max_iterations: int,
    resources: _Resources,
) -> tuple[_Array, _Ended]: ...
def ot_semi_dual(
    a: _Array,
    b: _Array,
    cost: _Array,
    epsilon: float,
    rate: float,
    ascent: str,
    draws: _Array,
    resources: _Resources,
) -> _Array: ...

_Member = tuple[list[tuple[str, float]], _Array, _Array, list[NDArray[np.bool_]]]

class KnownSystem:
    @staticmethod
    def named(name: str) -> KnownSystem: ...
    @staticmethod
    def own(words: str) -> KnownSystem: ...
    def having(self, values: list[tuple[str, float]], start: list[float] | None) -> KnownSystem: ...
    @property
    def record(self) -> str: ...
    def parameters(self) -> list[tuple[str, float]]: ...
    def start(self) -> _Array: ...
    def rates(self, t: float, x: _Array, past: _Array | None = None) -> _Array: ...
    def jacobian(self, t: float, x: _Array) -> _Array: ...
    def follow(self, options: str, resources: _Resources) -> Path: ...
    def stretch(self, asked: str, resources: _Resources) -> LawOutcome: ...
    def exponents(
        self,
        lengths: tuple[int, int, int, int],
        tolerance: float,
        leading: int,
        resources: _Resources,
    ) -> tuple[_Array, _Array, float | None, float]: ...

class Path:
    @property
    def report(self) -> str: ...
    def members(self) -> list[_Member]: ...
    def write(self, path: _Path) -> None: ...
    def page(self, path: _Path, exponents: bool, resources: _Resources) -> None: ...

class LawOutcome:
    @property
    def record(self) -> str: ...
    def fields(
        self,
    ) -> tuple[_Array, list[tuple[str, _Array]], list[tuple[str, str, _Array]]] | None: ...
    def series(self) -> tuple[_Array, list[tuple[str, _Array]]] | None: ...
    def write(self, path: _Path) -> None: ...
    def page(self, path: _Path, folder: bool) -> None: ...

def systems() -> str: ...
def follow_function(
    words: str,
    law: Any,
    noise: tuple[Any, bool] | None,
    delays: Sequence[float],
    options: str,
    resources: _Resources,
) -> Path: ...
def simulate_law(
    name: str, settings: list[tuple[str, str]], frames: int | None, resources: _Resources
) -> LawOutcome: ...
def read_surface_maps(path: _Path, memory: int | None) -> tuple[_Array, float, int, _Array]: ...
def surface_flux(
    config: str,
    maps: _Array | None,
    colatitudes: _Array | None,
    origin: float,
    observations: list[tuple[float, _Array, _Array, bool]],
    flow: tuple[_Path | None, list[tuple[float, _Array, _Array]]],
    resources: _Resources,
) -> dict[str, Any]: ...
