"""One call for linear transport, from costs or from points. Conventions as in POT's ``ot.solve`` and
``solve_sample``."""

from ._barycentres import solve_bary_sample
from ._costs import solve
from ._points import solve_sample
from ._spaces import solve_gromov

__all__ = [
    "solve",
    "solve_bary_sample",
    "solve_gromov",
    "solve_sample",
]
