"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Callable
from typing import Any, Union

from .utils import OTResult

_Metric = Union[str, Callable[[Any, Any], float]]

def solve(
    M: Any,
    a: Any = None,
    b: Any = None,
    reg: float | None = None,
    c: Any = None,
    reg_type: Any = 'KL',
    unbalanced: Any = None,
    unbalanced_type: Any = 'KL',
    method: str | None = None,
    n_threads: int | str = 1,
    max_iter: int | None = None,
    plan_init: Any = None,
    potentials_init: Any = None,
    tol: float | None = None,
    verbose: bool = False,
    grad: Any = 'autodiff',
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> OTResult: ...
def solve_sample(
    X_a: Any,
    X_b: Any,
    a: Any = None,
    b: Any = None,
    metric: _Metric = 'sqeuclidean',
    reg: float | None = None,
    c: Any = None,
    reg_type: Any = 'KL',
    unbalanced: Any = None,
    unbalanced_type: Any = 'KL',
    lazy: bool = False,
    batch_size: Any = None,
    method: str | None = None,
    n_threads: int | str = 1,
    max_iter: int | None = None,
    plan_init: Any = None,
    rank: Any = 100,
    scaling: Any = 0.95,
    potentials_init: Any = None,
    X_init: Any = None,
    tol: float | None = None,
    verbose: bool = False,
    grad: Any = 'autodiff',
    random_state: Any = None,
    debias: Any = False,
    n_projections: int = 50,
    projections: Any = None,
    scaler: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> OTResult: ...
