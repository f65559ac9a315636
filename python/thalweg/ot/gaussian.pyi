"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def bures_barycenter_fixpoint(
    C: Any,
    weights: Any = None,
    num_iter: Any = 1000,
    eps: Any = 1e-07,
    log: bool = False,
    nx: Any = None,
) -> Any: ...
def bures_distance(Cs: Any, Ct: Any, paired: Any = False, log: bool = False, nx: Any = None) -> Any: ...
def bures_wasserstein_barycenter(
    m: Any,
    C: Any,
    weights: Any = None,
    method: str = "fixed_point",
    num_iter: Any = 1000,
    eps: Any = 1e-07,
    log: bool = False,
    step_size: Any = 1,
    batch_size: Any = None,
) -> Any: ...
def bures_wasserstein_distance(ms: Any, mt: Any, Cs: Any, Ct: Any, paired: Any = False, log: bool = False) -> Any: ...
def bures_wasserstein_distance_hd(
    ms: Any, mt: Any, Us: Any, Ut: Any, ls: Any, lt: Any, sigma2_s: Any, sigma2_t: Any, log: bool = False
) -> Any: ...
def bures_wasserstein_mapping(ms: Any, mt: Any, Cs: Any, Ct: Any, log: bool = False) -> Any: ...
def bures_wasserstein_mapping_hd(
    ms: Any, mt: Any, Us: Any, Ut: Any, ls: Any, lt: Any, sigma2_s: Any, sigma2_t: Any, log: bool = False
) -> Any: ...
def empirical_bures_wasserstein_barycenter(
    X: Any,
    reg: float = 1e-06,
    weights: Any = None,
    num_iter: Any = 1000,
    eps: Any = 1e-07,
    w: Any = None,
    bias: Any = True,
    log: bool = False,
) -> Any: ...
def empirical_bures_wasserstein_distance(
    xs: Any,
    xt: Any,
    reg: float = 1e-06,
    ws: Any = None,
    wt: Any = None,
    bias: Any = True,
    log: bool = False,
) -> Any: ...
def empirical_bures_wasserstein_distance_hd(
    xs: Any,
    xt: Any,
    d_intrinsic: Any,
    reg: float = 0.0,
    ws: Any = None,
    wt: Any = None,
    bias: bool = True,
    log: bool = False,
) -> Any: ...
def empirical_bures_wasserstein_mapping(
    xs: Any,
    xt: Any,
    reg: float = 1e-06,
    ws: Any = None,
    wt: Any = None,
    bias: Any = True,
    log: bool = False,
) -> Any: ...
def empirical_bures_wasserstein_mapping_hd(
    xs: Any,
    xt: Any,
    d_intrinsic: Any,
    reg: float = 0.0,
    ws: Any = None,
    wt: Any = None,
    bias: bool = True,
    log: bool = False,
) -> Any: ...
def empirical_gaussian_gromov_wasserstein_distance(
    xs: Any,
    xt: Any,
    ws: Any = None,
    wt: Any = None,
    log: bool = False,
) -> Any: ...
def empirical_gaussian_gromov_wasserstein_mapping(
    xs: Any,
    xt: Any,
    ws: Any = None,
    wt: Any = None,
    sign_eigs: Any = None,
    log: bool = False,
) -> Any: ...
def gaussian_gromov_wasserstein_distance(Cov_s: Any, Cov_t: Any, log: bool = False) -> Any: ...
def gaussian_gromov_wasserstein_mapping(
    mu_s: Any,
    mu_t: Any,
    Cov_s: Any,
    Cov_t: Any,
    sign_eigs: Any = None,
    log: bool = False,
) -> Any: ...
def bures_barycenter_gradient_descent(
    C: Any,
    weights: Any = None,
    num_iter: int = 1000,
    eps: float = 1e-07,
    log: bool = False,
    step_size: int = 1,
    batch_size: Any = None,
    averaged: bool = False,
    nx: Any = None,
) -> Any: ...
