from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

_Progress = Union[bool, Callable[[str, int, int, str], object], None]

def surface_flux(
    map: Any = None,
    *,
    days: float = 28.0,
    every: float | None = None,
    observations: Sequence[Mapping[str, Any]] = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: _Progress = False,
    **settings: Any,
) -> Any: ...
