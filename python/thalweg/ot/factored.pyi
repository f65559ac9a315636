"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def factored_optimal_transport(
    Xa: Any,
    Xb: Any,
    a: Any = None,
    b: Any = None,
    reg: float = 0.0,
    r: float = 100,
    X0: Any = None,
    stopThr: float = 1e-07,
    numItermax: int = 100,
    verbose: bool = False,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
    **kwargs: Any,
) -> Any: ...
