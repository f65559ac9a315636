"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def compute_lr_sqeuclidean_matrix(X_s: Any, X_t: Any, rescale_cost: Any, nx: Any = None) -> Any: ...
def get_lowrank_lazytensor(Q: Any, R: Any, d: Any = None, nx: Any = None) -> Any: ...
def kernel_nystroem(
    X_s: Any, X_t: Any, anchors: int = 50, sigma: float = 1.0, random_state: Any = None
) -> Any: ...
def lowrank_sinkhorn(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    reg: float = 0,
    rank: Any = None,
    alpha: float = 1e-10,
    rescale_cost: bool = True,
    init: str = "random",
    reg_init: float = 0.1,
    seed_init: float = 49,
    gamma_init: str = "rescale",
    numItermax: int = 2000,
    stopThr: float = 1e-07,
    warn: bool = True,
    log: bool = False,
) -> Any: ...
def sinkhorn_low_rank_kernel(
    K1: Any,
    K2: Any,
    a: Any = None,
    b: Any = None,
    numItermax: int = 1000,
    stopThr: float = 1e-09,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Any = None,
) -> Any: ...
