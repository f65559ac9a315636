"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def semidiscrete_atom_weights(
    X_target: Any, X_source: Any, semi_dual_potential: Any, a_target: Any = None, metric: Any = None, reg: float = 0.0
) -> Any: ...
def semidiscrete_c_transform(
    X_target: Any, X_source: Any, semi_dual_potential: Any, a_target: Any = None, metric: Any = None, reg: float = 0.0
) -> Any: ...
def semidiscrete_ot_map(
    X_target: Any, X_source: Any, semi_dual_potential: Any, a_target: Any = None, metric: Any = None, reg: float = 0.0
) -> Any: ...
def solve_semidiscrete(
    X_target: Any,
    sampler_source: str = "unif",
    a_target: Any = None,
    metric: Any = None,
    reg: float = 0.0,
    max_iter: int = 10000,
    batch_size: int = 32,
    lr0: Any = None,
    lr_exponent: float = 0.6666666666666666,
    init_potential: Any = None,
    decreasing_reg: bool = True,
    decreasing_reg_initial_eps: float = 0.1,
    decreasing_reg_exponent: float = 0.5,
    max_cost: Any = None,
    polyak_average: bool = True,
    log: bool = False,
) -> Any: ...
