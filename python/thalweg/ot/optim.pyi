"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def cg(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    f: Any,
    df: Any,
    G0: Any = None,
    line_search: Any = None,
    numItermax: int = 200,
    numItermaxEmd: Any = 100000,
    stopThr: float = 1e-09,
    stopThr2: Any = 1e-09,
    verbose: bool = False,
    log: bool = False,
    nx: Any = None,
    *,
    threads: int | None = None,
    **kwargs: Any,
) -> Any: ...
def gcg(
    a: Any,
    b: Any,
    M: Any,
    reg1: Any,
    reg2: Any,
    f: Any,
    df: Any,
    G0: Any = None,
    numItermax: int = 10,
    numInnerItermax: int = 200,
    stopThr: float = 1e-09,
    stopThr2: Any = 1e-09,
    verbose: bool = False,
    log: bool = False,
    *,
    threads: int | None = None,
    **kwargs: Any,
) -> Any: ...
