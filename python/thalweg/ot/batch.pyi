"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Callable
from typing import Any, Union

_Metric = Union[str, Callable[[Any, Any], float]]

def dist_batch(X1: Any, X2: Any = None, metric: _Metric = "sqeuclidean", p: float = 2, nx: Any = None) -> Any: ...
def loss_linear_batch(M: Any, T: Any, nx: Any = None) -> Any: ...
def loss_linear_samples_batch(X: Any, Y: Any, T: Any, metric: _Metric = "sqeuclidean") -> Any: ...
def loss_quadratic_batch(
    a: Any,
    b: Any,
    Ca: Any,
    Cb: Any,
    T: Any,
    M: Any = None,
    alpha: Any = None,
    unbalanced: Any = None,
    unbalanced_type: str = "kl",
    loss: str = "sqeuclidean",
    symmetric: bool = True,
    nx: Any = None,
    logits: Any = None,
    recompute_const: bool = False,
    log: bool = False,
) -> Any: ...
def loss_quadratic_samples_batch(*args: Any, **kwargs: Any) -> Any: ...
def solve_batch(
    M: Any,
    reg: float | None = None,
    a: Any = None,
    b: Any = None,
    max_iter: int = 1000,
    tol: float = 1e-05,
    method: str = "auto",
    inner_iter: float = 1,
    inner_reg: float = 0.001,
    reg_type: str = "entropy",
    grad: str = "envelope",
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def solve_gromov_batch(
    Ca: Any,
    Cb: Any,
    reg: float = 0.01,
    a: Any = None,
    b: Any = None,
    loss: str = "sqeuclidean",
    symmetric: Any = None,
    M: Any = None,
    alpha: Any = None,
    T_init: Any = None,
    max_iter: int = 50,
    tol: float = 1e-05,
    max_iter_inner: int = 50,
    tol_inner: float = 1e-05,
    grad: str = "envelope",
    logits: Any = None,
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def solve_sample_batch(
    X_a: Any,
    X_b: Any,
    reg: float | None = None,
    a: Any = None,
    b: Any = None,
    metric: _Metric = "sqeuclidean",
    p: float = 2,
    max_iter: int = 1000,
    tol: float = 1e-05,
    method: str = "auto",
    inner_iter: float = 1,
    inner_reg: float = 0.001,
    reg_type: str = "entropy",
    grad: str = "envelope",
    *,
    threads: int | None = None,
    memory: int | str | None = None,
) -> Any: ...
def tensor_batch(
    a: Any,
    b: Any,
    Ca: Any,
    Cb: Any,
    symmetric: bool = True,
    nx: Any = None,
    loss: str = "sqeuclidean",
    logits: Any = None,
) -> Any: ...
def entropy_batch(T: Any, nx: Any = None, eps: float = 1e-16) -> Any: ...
