"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def make_1D_gauss(n: int, m: Any, s: Any) -> Any: ...
def make_2D_samples_gauss(n: int, m: Any, sigma: Any, random_state: Any = None) -> Any: ...
def make_data_classif(
    dataset: Any,
    n: int,
    nz: Any = 0.5,
    theta: Any = 0,
    p: float = 0.5,
    random_state: Any = None,
    **kwargs: Any,
) -> Any: ...
