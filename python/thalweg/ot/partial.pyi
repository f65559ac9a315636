"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Sequence
from typing import Any

def entropic_partial_wasserstein(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    m: Any = None,
    method: str = "sinkhorn",
    numItermax: int = 1000,
    stopThr: float = 1e-100,
    verbose: bool = False,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def partial_wasserstein(
    a: Any,
    b: Any,
    M: Any,
    m: Any = None,
    nb_dummies: Any = 1,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
    **kwargs: Any,
) -> Any: ...
def partial_wasserstein2(
    a: Any,
    b: Any,
    M: Any,
    m: Any = None,
    nb_dummies: Any = 1,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
    **kwargs: Any,
) -> Any: ...
def partial_wasserstein_lagrange(
    a: Any,
    b: Any,
    M: Any,
    reg_m: float | Sequence[float] | None = None,
    nb_dummies: Any = 1,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
    **kwargs: Any,
) -> Any: ...
