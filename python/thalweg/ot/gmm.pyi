"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def dist_bures_squared(m_s: Any, m_t: Any, C_s: Any, C_t: Any) -> Any: ...
def gaussian_logpdf(x: Any, m: Any, C: Any) -> Any: ...
def gaussian_pdf(x: Any, m: Any, C: Any) -> Any: ...
def gmm_barycenter_fixed_point(
    means_list: Any,
    covs_list: Any,
    w_list: Any,
    means_init: Any,
    covs_init: Any,
    weights: Any,
    w_bar: Any = None,
    iterations: float = 100,
    log: bool = False,
    barycentric_proj_method: str = "euclidean",
) -> Any: ...
def gmm_ot_apply_map(
    x: Any,
    m_s: Any,
    m_t: Any,
    C_s: Any,
    C_t: Any,
    w_s: Any,
    w_t: Any,
    plan: Any = None,
    method: str = "bary",
    seed: Any = None,
) -> Any: ...
def gmm_ot_loss(m_s: Any, m_t: Any, C_s: Any, C_t: Any, w_s: Any, w_t: Any, log: bool = False) -> Any: ...
def gmm_ot_plan(m_s: Any, m_t: Any, C_s: Any, C_t: Any, w_s: Any, w_t: Any, log: bool = False) -> Any: ...
def gmm_ot_plan_density(
    x: Any, y: Any, m_s: Any, m_t: Any, C_s: Any, C_t: Any, w_s: Any, w_t: Any, plan: Any = None, atol: float = 0.01
) -> Any: ...
def gmm_pdf(x: Any, m: Any, C: Any, w: Any) -> Any: ...
