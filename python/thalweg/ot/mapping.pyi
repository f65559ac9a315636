"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def joint_OT_mapping_kernel(
    xs: Any,
    xt: Any,
    mu: float = 1,
    eta: float = 0.001,
    kerneltype: str = 'gaussian',
    sigma: float = 1,
    bias: bool = False,
    verbose: bool = False,
    verbose2: bool = False,
    numItermax: int = 100,
    numInnerItermax: int = 10,
    stopInnerThr: float = 1e-06,
    stopThr: float = 1e-05,
    log: bool = False,
    *,
    threads: int | None = None,
    **kwargs: Any,
) -> Any: ...
def joint_OT_mapping_linear(
    xs: Any,
    xt: Any,
    mu: float = 1,
    eta: float = 0.001,
    bias: bool = False,
    verbose: bool = False,
    verbose2: bool = False,
    numItermax: int = 100,
    numInnerItermax: int = 10,
    stopInnerThr: float = 1e-06,
    stopThr: float = 1e-05,
    log: bool = False,
    *,
    threads: int | None = None,
    **kwargs: Any,
) -> Any: ...
