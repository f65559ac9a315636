"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def smooth_ot_dual(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_type: str = "l2",
    method: str = "L-BFGS-B",
    stopThr: float = 1e-09,
    numItermax: int = 500,
    verbose: bool = False,
    log: bool = False,
    max_nz: Any = None,
) -> Any: ...
def smooth_ot_semi_dual(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_type: str = "l2",
    max_nz: Any = None,
    method: str = "L-BFGS-B",
    stopThr: float = 1e-09,
    numItermax: int = 500,
    verbose: bool = False,
    log: bool = False,
) -> Any: ...

class Regularization:
    def __init__(self, gamma: float = 1.0) -> None: ...
    def delta_Omega(self, X: Any) -> Any: ...
    def max_Omega(self, X: Any, b: Any) -> Any: ...
    def Omega(self, T: Any) -> Any: ...

class NegEntropy(Regularization):
    def delta_Omega(self, X: Any) -> Any: ...
    def max_Omega(self, X: Any, b: Any) -> Any: ...
    def Omega(self, T: Any) -> Any: ...

class SparsityConstrained(SquaredL2):
    def __init__(self, max_nz: Any, gamma: float = 1.0) -> None: ...
    def delta_Omega(self, X: Any) -> Any: ...
    def max_Omega(self, X: Any, b: Any) -> Any: ...
    def Omega(self, T: Any) -> Any: ...

class SquaredL2(Regularization):
    def delta_Omega(self, X: Any) -> Any: ...
    def max_Omega(self, X: Any, b: Any) -> Any: ...
    def Omega(self, T: Any) -> Any: ...

def dual_obj_grad(alpha: Any, beta: Any, a: Any, b: Any, C: Any, regul: Any) -> Any: ...
def get_plan_from_dual(alpha: Any, beta: Any, C: Any, regul: Any) -> Any: ...
def get_plan_from_semi_dual(alpha: Any, b: Any, C: Any, regul: Any) -> Any: ...
def projection_simplex(V: Any, z: int = 1, axis: Any = None) -> Any: ...
def semi_dual_obj_grad(alpha: Any, a: Any, b: Any, C: Any, regul: Any) -> Any: ...
def solve_dual(
    a: Any,
    b: Any,
    C: Any,
    regul: Any,
    method: str = "L-BFGS-B",
    tol: float = 0.001,
    max_iter: int = 500,
    verbose: bool = False,
) -> Any: ...
def solve_semi_dual(
    a: Any,
    b: Any,
    C: Any,
    regul: Any,
    method: str = "L-BFGS-B",
    tol: float = 0.001,
    max_iter: int = 500,
    verbose: bool = False,
) -> Any: ...
