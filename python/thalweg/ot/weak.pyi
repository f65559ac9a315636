"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def weak_optimal_transport(
    Xa: Any,
    Xb: Any,
    a: Any = None,
    b: Any = None,
    verbose: bool = False,
    log: bool = False,
    G0: Any = None,
    *,
    threads: int | None = None,
    numItermax: int = 200,
    **kwargs: Any,
) -> Any: ...
