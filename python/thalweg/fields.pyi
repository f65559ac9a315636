from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from numpy.typing import ArrayLike

_Progress = Union[bool, Callable[[str, int, int, str], object], None]

def interface_structures(
    scalar: ArrayLike,
    velocity: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    times: ArrayLike | None = None,
    *,
    viscosity: float,
    length: float,
    start: float | None = None,
    along: float = 1.0,
    distances: ArrayLike | None = None,
    periodic: tuple[bool, bool] = (False, False),
    tolerance: float = 1e-7,
    offset: float | None = None,
    threads: int | None = None,
    progress: _Progress = None,
    **settings: Any,
) -> Any: ...
def surface_flux(
    map: Any = None,
    *,
    days: float = 28.0,
    every: float | None = None,
    observations: Sequence[Mapping[str, Any]] = (),
    flow: Any = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = False,
    **settings: Any,
) -> Any: ...
