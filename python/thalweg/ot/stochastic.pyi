"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Callable
from typing import Any, Union

_Metric = Union[str, Callable[[Any, Any], float]]

def averaged_sgd_entropic_transport(
    a: Any, b: Any, M: Any, reg: float, numItermax: int = 300000, lr: Any = None, random_state: Any = None
) -> Any: ...
def c_transform_entropic(b: Any, M: Any, reg: float, beta: Any) -> Any: ...
def loss_dual_entropic(
    u: Any, v: Any, xs: Any, xt: Any, reg: float = 1, ws: Any = None, wt: Any = None, metric: _Metric = "sqeuclidean"
) -> Any: ...
def loss_dual_quadratic(
    u: Any, v: Any, xs: Any, xt: Any, reg: float = 1, ws: Any = None, wt: Any = None, metric: _Metric = "sqeuclidean"
) -> Any: ...
def plan_dual_entropic(
    u: Any, v: Any, xs: Any, xt: Any, reg: float = 1, ws: Any = None, wt: Any = None, metric: _Metric = "sqeuclidean"
) -> Any: ...
def plan_dual_quadratic(
    u: Any, v: Any, xs: Any, xt: Any, reg: float = 1, ws: Any = None, wt: Any = None, metric: _Metric = "sqeuclidean"
) -> Any: ...
def sag_entropic_transport(
    a: Any, b: Any, M: Any, reg: float, numItermax: int = 10000, lr: Any = None, random_state: Any = None
) -> Any: ...
def sgd_entropic_regularization(
    a: Any, b: Any, M: Any, reg: float, batch_size: Any, numItermax: Any, lr: Any, random_state: Any = None
) -> Any: ...
def solve_dual_entropic(
    a: Any, b: Any, M: Any, reg: float, batch_size: Any, numItermax: int = 10000, lr: float = 1, log: bool = False
) -> Any: ...
def solve_semi_dual_entropic(
    a: Any, b: Any, M: Any, reg: float, method: str, numItermax: int = 10000, lr: Any = None, log: bool = False
) -> Any: ...
