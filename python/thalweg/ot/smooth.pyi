"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def smooth_ot_dual(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_type: str = "l2",
    method: str = "L-BFGS-B",
    stopThr: float = 1e-09,
    numItermax: int = 500,
    verbose: bool = False,
    log: bool = False,
    max_nz: Any = None,
) -> Any: ...
def smooth_ot_semi_dual(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_type: str = "l2",
    max_nz: Any = None,
    method: str = "L-BFGS-B",
    stopThr: float = 1e-09,
    numItermax: int = 500,
    verbose: bool = False,
    log: bool = False,
) -> Any: ...
