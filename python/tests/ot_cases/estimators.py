"""Domain adaptation, and maps fitted with a plan."""

import numpy as np

from ._data import LABELS, NEW, TOLD, TOLD_ALL, WIDE, A, B, M, X, Y
from ._registry import case, each

case("sinkhorn_l1l2_gl", 1e-4)(lambda ot: ot.da.sinkhorn_l1l2_gl(A, LABELS, B, M, 0.5, 0.2, numInnerItermax=5000))


def fitted(ot, name, **given):
    return getattr(ot.da, name)(**given).fit(Xs=X, Xt=Y, ys=LABELS)


ESTIMATORS = {
    "EMDTransport": {},
    "SinkhornTransport": {"reg_e": 0.5, "tol": 1e-12},
    "SinkhornLpl1Transport": {"reg_e": 0.5, "reg_cl": 0.2, "tol": 1e-12, "max_inner_iter": 5000},
    "LinearTransport": {},
    "SinkhornL1l2Transport": {"reg_e": 0.5, "reg_cl": 0.2, "tol": 1e-12, "max_inner_iter": 5000},
}
# Where the generalised gradient of POT ends depends on its line search.
LOOSE = {"SinkhornL1l2Transport": 1e-3}
for name, given in ESTIMATORS.items():
    case(f"{name} transform", LOOSE.get(name))(
        lambda ot, name=name, given=given: fitted(ot, name, **given).transform(Xs=X)
    )
    case(f"{name} new", LOOSE.get(name))(lambda ot, name=name, given=given: fitted(ot, name, **given).transform(Xs=NEW))
    case(f"{name} inverse", LOOSE.get(name))(
        lambda ot, name=name, given=given: fitted(ot, name, **given).inverse_transform(Xt=Y)
    )
case("SinkhornTransport nearest")(
    lambda ot: fitted(ot, "SinkhornTransport", out_of_sample_map="ferradans").transform(Xs=NEW)
)
case("SinkhornTransport norm")(lambda ot: fitted(ot, "SinkhornTransport", norm="max", reg_e=0.1).transform(Xs=NEW))
case("EMDTransport labels")(lambda ot: fitted(ot, "EMDTransport").transform_labels(LABELS))
case("EMDTransport told")(lambda ot: ot.da.EMDTransport().fit(Xs=X, ys=LABELS, Xt=Y, yt=TOLD).coupling_)
case("sinkhorn_lpl1_mm")(
    lambda ot: ot.da.sinkhorn_lpl1_mm(A, LABELS, B, M, 0.5, 0.2, numInnerItermax=5000, stopInnerThr=1e-12)
)
case("UnbalancedSinkhornTransport")(
    lambda ot: fitted(ot, "UnbalancedSinkhornTransport", reg_m=1.0, max_iter=1000, tol=1e-12).coupling_
)
case("LinearGWTransport")(lambda ot: ot.da.LinearGWTransport(sign_eigs="skewness").fit(Xs=X, Xt=WIDE).transform(Xs=X))
case("LinearGWTransport inverse")(
    lambda ot: ot.da.LinearGWTransport(sign_eigs="skewness").fit(Xs=X, Xt=WIDE).inverse_transform(Xt=WIDE)
)
for bias in (False, True):
    case(f"joint_OT_mapping_linear bias {bias}")(
        lambda ot, bias=bias: ot.mapping.joint_OT_mapping_linear(X, Y, mu=0.5, eta=0.1, bias=bias)[1]
    )
    case(f"joint_OT_mapping_kernel bias {bias}")(
        lambda ot, bias=bias: ot.mapping.joint_OT_mapping_kernel(X, Y, mu=0.5, eta=0.1, sigma=2.0, bias=bias)[1]
    )
case("MappingTransport")(
    lambda ot: ot.da.MappingTransport(kernel="gaussian", eta=1e-2, bias=True).fit(Xs=X, Xt=Y).transform(Xs=NEW)
)
each("emd_laplace", ["pos", "disp"])(
    lambda ot, reg: ot.da.emd_laplace(A, B, X, Y, M, "gauss", 1.0, reg, 0.1, stopThr=1e-12, stopInnerThr=1e-12)
)
case("EMDLaplaceTransport", 1e-3)(lambda ot: ot.da.EMDLaplaceTransport(reg_lap=0.1).fit(Xs=X, Xt=Y).transform(Xs=NEW))
each("JCPOTTransport", ["transform", "new", "labels", "back"])(
    lambda ot, what: (
        lambda fitted: {
            "transform": lambda: np.concatenate(fitted.transform(Xs=[X, Y])),
            "new": lambda: fitted.transform(Xs=NEW),
            "labels": lambda: fitted.transform_labels([y.copy() for y in TOLD_ALL]),
            "back": lambda: np.concatenate(fitted.inverse_transform_labels(np.arange(9) % 3)),
        }[what]()
    )(ot.da.JCPOTTransport(reg_e=1.0).fit(Xs=[X, Y], ys=[y.copy() for y in TOLD_ALL], Xt=WIDE[:, :2]))
)
case("distribution_estimation_uniform")(lambda ot: ot.da.distribution_estimation_uniform(X))
