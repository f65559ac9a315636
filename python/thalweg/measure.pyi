from collections.abc import Callable, Sequence
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .systems import Exponents

_Array = NDArray[np.float64]
_Progress = Union[bool, Callable[[str, int, int, str], object], None]

class Measured(float):
    error: float | None
    figures: dict[str, dict[str, Any]]
    curves: list[dict[str, Any]]
    def __new__(cls, found: dict[str, Any]) -> Measured: ...

class Chain:
    def __init__(self, matrix: ArrayLike) -> None: ...
    @classmethod
    def from_counts(cls, counts: ArrayLike) -> Chain: ...
    @property
    def matrix(self) -> _Array: ...
    def stationary(self) -> _Array: ...
    def entropy_production(self) -> float: ...
    def arrow_of_time(
        self, steps: int = 1, *, start: ArrayLike | None = None, blocks: Sequence[int] | None = None
    ) -> float: ...
    def idempotence_defect(self) -> float: ...
    def reversed(self) -> Chain: ...
    def power(self, steps: int) -> Chain: ...
    def __len__(self) -> int: ...

def measures() -> list[dict[str, Any]]: ...
def surrogate(x: ArrayLike, kind: str = "iaaft", *, index: int = 0, seed: int = 0) -> _Array: ...
def dimension(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def drift(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def embedding(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def entropy(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def lyapunov(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def permutation_entropy(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def recurrence(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def sample_entropy(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def spectrum(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def surrogates(
    x: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def mase(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def smape(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def spectral_distance(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def state_divergence(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def valid_time(
    x: ArrayLike,
    y: ArrayLike,
    *,
    dt: float = 1.0,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Measured: ...
def exponents(
    law: Callable[[float, _Array], ArrayLike],
    start: ArrayLike,
    *,
    jacobian: Callable[[float, _Array], ArrayLike] | None = None,
    kind: str = "flow",
    count: int | None = None,
    interval: float | None = None,
    settle: float = 100.0,
    length: float = 1000.0,
    tolerance: float = 1e-7,
    threads: int | None = None,
    progress: _Progress = None,
) -> Exponents: ...
def ftle(
    velocity: ArrayLike | Callable[[float, _Array], ArrayLike],
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    times: ArrayLike | None = None,
    *,
    length: float,
    start: float | None = None,
    at: ArrayLike | None = None,
    periodic: tuple[bool, bool] = (False, False),
    tolerance: float = 1e-7,
    offset: float | None = None,
    threads: int | None = None,
) -> _Array: ...
def lavd(
    velocity: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    times: ArrayLike | None = None,
    *,
    length: float,
    start: float | None = None,
    at: ArrayLike | None = None,
    periodic: tuple[bool, bool] = (False, False),
    tolerance: float = 1e-7,
    offset: float | None = None,
    samples: int = 100,
    threads: int | None = None,
) -> _Array: ...
def momentum_barriers(
    velocity: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    times: ArrayLike | None = None,
    *,
    viscosity: float,
    length: float,
    start: float | None = None,
    at: ArrayLike | None = None,
    periodic: tuple[bool, bool] = (False, False),
    tolerance: float = 1e-7,
    offset: float | None = None,
    samples: int = 40,
    averaging: str = "pulled-back",
    threads: int | None = None,
) -> _Array: ...
