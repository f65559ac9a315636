"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Callable
from typing import Any, Union

_Metric = Union[str, Callable[[Any, Any], float]]

def barycenter(
    A: Any,
    M: Any,
    weights: Any = None,
    verbose: bool = False,
    log: bool = False,
    solver: Any = "highs-ipm",
) -> Any: ...
def binary_search_circle(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    Lm: float = 10,
    Lp: float = 10,
    tm: float = -1,
    tp: float = 1,
    eps: float = 1e-06,
    require_sort: bool = True,
    log: bool = False,
    *,
    threads: int | None = None,
) -> Any: ...
def emd(
    a: Any,
    b: Any,
    M: Any,
    numItermax: int = 100000,
    log: bool = False,
    center_dual: bool = True,
    numThreads: int | str = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def emd2(
    a: Any,
    b: Any,
    M: Any,
    processes: Any = 1,
    numItermax: int = 100000,
    log: bool = False,
    return_matrix: bool = False,
    center_dual: bool = True,
    numThreads: int | str = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def emd2_1d(
    x_a: Any,
    x_b: Any,
    a: Any = None,
    b: Any = None,
    metric: _Metric = "sqeuclidean",
    p: float = 1.0,
    dense: bool = True,
    log: bool = False,
) -> Any: ...
def emd2_lazy(
    X_a: Any,
    X_b: Any,
    a: Any = None,
    b: Any = None,
    metric: _Metric = "sqeuclidean",
    numItermax: int = 100000,
    log: bool = False,
    return_matrix: bool = True,
    center_dual: bool = True,
    check_marginals: bool = True,
    potentials_init: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def emd_1d(
    x_a: Any,
    x_b: Any,
    a: Any = None,
    b: Any = None,
    metric: _Metric = "sqeuclidean",
    p: float = 1.0,
    dense: bool = True,
    log: bool = False,
    check_marginals: bool = True,
) -> Any: ...
def emd_1d_dual_backprop(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    require_sort: bool = True,
    *,
    threads: int | None = None,
) -> Any: ...
def emd_batch(
    a: Any,
    b: Any,
    M: Any,
    log: bool = False,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def free_support_barycenter(
    measures_locations: Any,
    measures_weights: Any,
    X_init: Any,
    b: Any = None,
    weights: Any = None,
    numItermax: int = 100,
    stopThr: float = 1e-07,
    verbose: bool = False,
    log: bool | None = None,
    numThreads: int = 1,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def linear_circular_ot(u_values: Any, v_values: Any = None, u_weights: Any = None, v_weights: Any = None) -> Any: ...
def semidiscrete_wasserstein2_unif_circle(u_values: Any, u_weights: Any = None) -> Any: ...
def wasserstein_1d(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    require_sort: Any = True,
    return_plans: Any = False,
    *,
    threads: int | None = None,
) -> Any: ...
def wasserstein_circle(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    Lm: float = 10,
    Lp: float = 10,
    tm: float = -1,
    tp: float = 1,
    eps: float = 1e-06,
    require_sort: bool = True,
    *,
    threads: int | None = None,
) -> Any: ...
def NorthWestMMGluing(pi_list: Any, a: Any = None, log: bool = False, nx: Any = None) -> Any: ...
def dmmot_monge_1dgrid_loss(A: Any, verbose: bool = False, log: bool = False) -> Any: ...
def dmmot_monge_1dgrid_optimize(
    A: Any,
    niters: int = 100,
    lr_init: float = 1e-05,
    lr_decay: float = 0.995,
    print_rate: int = 100,
    verbose: bool = False,
    log: bool = False,
) -> Any: ...
def emd_1d_sorted(
    u_weights: Any, v_weights: Any, u: Any, v: Any, metric: str = "sqeuclidean", p: float = 1.0
) -> Any: ...
def free_support_barycenter_generic_costs(
    measure_locations: Any,
    measure_weights: Any,
    X_init: Any,
    cost_list: Any,
    ground_bary: Any = None,
    a: Any = None,
    numItermax: int = 100,
    method: str = "L2_barycentric_proj",
    stopThr: float = 1e-05,
    log: bool = False,
    ground_bary_lr: float = 0.01,
    ground_bary_numItermax: int = 100,
    ground_bary_stopThr: float = 1e-05,
    ground_bary_solver: str = "SGD",
    clean_measure: bool = False,
) -> Any: ...
def generalized_free_support_barycenter(
    X_list: Any,
    a_list: Any,
    P_list: Any,
    n_samples_bary: Any,
    Y_init: Any = None,
    b: Any = None,
    weights: Any = None,
    numItermax: int = 100,
    stopThr: float = 1e-07,
    verbose: bool = False,
    log: Any = None,
    numThreads: int = 1,
    eps: int = 0,
) -> Any: ...
def ot_barycenter_energy(
    measure_locations: Any, measure_weights: Any, X: Any, a: Any, cost_list: Any, nx: Any = None
) -> Any: ...
