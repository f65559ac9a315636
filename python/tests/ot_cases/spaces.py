"""Plans between spaces."""

import numpy as np

from ._data import C1, C2, ONE_WAY, A, B, M
from ._registry import case, each

for loss in ("square_loss", "kl_loss"):
    for which, (first, second) in {"symmetric": (C1, C2), "one-way": ONE_WAY}.items():
        name = f"{loss} {which}"
        case(f"gromov_wasserstein {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov.gromov_wasserstein(first, second, A, B, loss)
        )
        case(f"gromov_wasserstein2 {name}")(
            lambda ot, first=first, second=second, loss=loss: ot.gromov_wasserstein2(first, second, A, B, loss)
        )
        each(f"fused_gromov_wasserstein {name}", [0.3, 0.8])(
            lambda ot, alpha, first=first, second=second, loss=loss: ot.fused_gromov_wasserstein(
                M, first, second, A, B, loss, alpha=alpha
            )
        )
case("gromov_wasserstein loss")(lambda ot: ot.gromov_wasserstein(C1, C2, A, B, log=True)[1]["loss"])
case("gromov_wasserstein start")(lambda ot: ot.gromov_wasserstein(C1, C2, A, B, G0=ot.emd(A, B, M)))
case("fused_gromov_wasserstein2")(lambda ot: ot.fused_gromov_wasserstein2(M, C1, C2, A, B, alpha=0.4))
each("fused_gromov_wasserstein2 log", ["lin_loss", "quad_loss"])(
    lambda ot, key: ot.fused_gromov_wasserstein2(M, C1, C2, A, B, alpha=0.4, log=True)[1][key]
)
ENTROPIC = dict(epsilon=1.0, max_iter=2000, tol=1e-10)
# POT looks at the change of its plan once in ten iterations.
each("entropic_gromov_wasserstein", ["PGD", "PPA"], 1e-6)(
    lambda ot, solver: ot.gromov.entropic_gromov_wasserstein(C1, C2, A, B, solver=solver, **ENTROPIC)
)
case("entropic_gromov_wasserstein2", 1e-6)(
    lambda ot: ot.gromov.entropic_gromov_wasserstein2(*ONE_WAY, A, B, **ENTROPIC)
)
case("entropic_fused_gromov_wasserstein", 1e-6)(
    lambda ot: ot.gromov.entropic_fused_gromov_wasserstein(M, C1, C2, A, B, alpha=0.4, **ENTROPIC)
)
case("solve_gromov")(lambda ot: ot.solve_gromov(C1, C2, M, A, B, alpha=0.4).value)
for given in ({"reg": 5.0}, {}):
    each(f"solve_gromov partial {given}", ["value", "plan"], 1e-6)(
        lambda ot, name, given=given: getattr(
            ot.solve_gromov(C1, C2, a=A, b=B, unbalanced=0.6, unbalanced_type="partial", **given), name
        )
    )
    each(f"solve_gromov semirelaxed {given}", ["value", "plan"], 1e-6)(
        lambda ot, name, given=given: getattr(
            ot.solve_gromov(C1, C2, a=A, b=B, unbalanced_type="semirelaxed", **given), name
        )
    )
case("solve_gromov entropic", 1e-6)(
    lambda ot: ot.solve_gromov(C1, C2, a=A, b=B, reg=1.0, max_iter=2000, tol=1e-10).value
)
case("solve_gromov quadratic")(lambda ot: ot.solve_gromov(C1, C2, a=A, b=B).plan)
each("partial", ["partial_gromov_wasserstein", "partial_gromov_wasserstein2"])(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, A, B, 0.6)
)
each("partial", ["entropic_partial_gromov_wasserstein", "entropic_partial_gromov_wasserstein2"], 1e-6)(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, A, B, 2.5, 0.6, tol=1e-10)
)
each("partial", ["gwloss_partial", "gwgrad_partial"])(
    lambda ot, name: getattr(ot.partial, name)(C1, C2, np.outer(A, B))
)
for loss in ("square_loss", "kl_loss"):
    each(f"terms {loss}", ["gwloss", "gwggrad", "tensor_product"])(
        lambda ot, name, loss=loss: getattr(ot.gromov, name)(*ot.gromov.init_matrix(C1, C2, A, B, loss), np.outer(A, B))
    )

for whole in (False, True):
    each(f"BAPG marginal_loss={whole}", ["BAPG_gromov_wasserstein", "BAPG_gromov_wasserstein2"])(
        lambda ot, name, whole=whole: getattr(ot.gromov, name)(*ONE_WAY, A, B, epsilon=2.0, marginal_loss=whole)
    )
    each(f"BAPG fused marginal_loss={whole}", ["square_loss", "kl_loss"])(
        lambda ot, loss, whole=whole: ot.gromov.BAPG_fused_gromov_wasserstein2(
            M, C1, C2, A, B, loss, 5.0, alpha=0.4, marginal_loss=whole
        )
    )
case("entropic_fused_gromov_wasserstein2", 1e-6)(
    lambda ot: ot.gromov.entropic_fused_gromov_wasserstein2(M, C1, C2, A, B, alpha=0.4, **ENTROPIC)
)
case("BAPG_fused_gromov_wasserstein")(
    lambda ot: ot.gromov.BAPG_fused_gromov_wasserstein(M, C1, C2, A, B, epsilon=5.0, alpha=0.4)
)
