"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def expected_sliced_plan(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    projections: Any = None,
    metric: str = 'sqeuclidean',
    p: float = 2,
    n_projections: Any = None,
    beta: float = 0.0,
    seed: Any = None,
    dense: bool = True,
    batch_size: Any = None,
    log: bool = False,
) -> Any: ...
def get_projections_sphere(
    d: Any, n_projections: int, seed: Any = None, backend: Any = None, type_as: Any = None
) -> Any: ...
def get_random_projections(
    d: int,
    n_projections: int,
    seed: Any = None,
    backend: Any = None,
    type_as: Any = None,
) -> Any: ...
def linear_sliced_wasserstein_sphere(
    X_s: Any,
    X_t: Any = None,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
) -> Any: ...
def max_sliced_wasserstein_distance(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    p: float = 2,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
    scaler: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def min_sliced_transport_plan(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    projections: Any = None,
    metric: str = 'sqeuclidean',
    p: float = 2,
    n_projections: Any = None,
    seed: Any = None,
    batch_size: Any = None,
    dense: bool = True,
    log: bool = False,
) -> Any: ...
def projection_sphere_to_circle(
    x: Any, n_projections: int = 50, projections: Any = None, seed: Any = None, backend: Any = None
) -> Any: ...
def sliced_plans(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    metric: str = 'sqeuclidean',
    p: float = 1,
    projections: Any = None,
    n_projections: Any = None,
    seed: Any = None,
    batch_size: Any = None,
    log: bool = False,
) -> Any: ...
def sliced_wasserstein_distance(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    p: float = 2,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
    scaler: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def sliced_wasserstein_sphere(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    p: float = 2,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
    *,
    threads: int | None = None,
) -> Any: ...
def sliced_wasserstein_sphere_unif(
    X_s: Any, a: Any = None, n_projections: int = 50, projections: Any = None, seed: Any = None, log: bool = False
) -> Any: ...
