from collections.abc import Callable
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Array = NDArray[np.float64]
_Progress = Union[bool, Callable[[str, int, int, str], object], None]

class Measured(float):
    error: float | None
    figures: dict[str, dict[str, Any]]
    curves: list[dict[str, Any]]
    def __new__(cls, found: dict[str, Any]) -> Measured: ...

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
def ftle(
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
