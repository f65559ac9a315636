"""What `solve` and its relatives give, also for many problems at once."""

import numpy as np

from ._data import CLOSE, REFERENCE, A, B, M, X, Y
from ._registry import case, each, sums

SOLVES = [
    {},
    {"reg": 1.0},
    {"reg": 1.0, "reg_type": "entropy"},
    {"unbalanced": 1.0},
    {"unbalanced": 1.0, "unbalanced_type": "L2"},
    {"reg": 1.0, "unbalanced": 1.0, "method": "sinkhorn"},
]
# POT adds 1e-15 and 1e-16 inside logarithms of its values; its unbalanced entropic value lacks terms (test_ot_forms).
for name in ("value", "value_linear", "plan"):
    each(f"solve {name}", SOLVES[:-1] if name == "value" else SOLVES, 1e-6)(
        lambda ot, given, name=name: getattr(ot.solve(M, A, B, **given), name)
    )
each("solve potentials", SOLVES[:2])(lambda ot, given: sums(ot.solve(M, A, B, **given).potentials))
SAMPLES = [{}, {"reg": 1.0}, {"reg": 1.0, "lazy": True}, {"lazy": True}, {"metric": "euclidean"}]
SAMPLES += [{"method": "sliced", "random_state": 0}, {"debias": True, "reg": 1.0}]
SAMPLES += [{"method": "max_sliced", "random_state": 0}, {"method": "gaussian"}]
each("solve_sample", SAMPLES, 1e-5)(lambda ot, given: ot.solve_sample(X, Y, A, B, **given).value_linear)

case("solve_sample 1d")(lambda ot: ot.solve_sample(X[:, :1], Y[:, :1], A, B, method="1d").value)
each("solve_sample", [{"method": "lowrank", "rank": 3}])(lambda ot, given: ot.solve_sample(X, Y, A, B, **given).plan)
MANY = np.stack([M, M + 1.0, 2.0 * M])
each("solve_batch", ["plan", "value", "value_linear"])(
    lambda ot, name: getattr(ot.solve_batch(MANY, 1.0, tol=1e-12, max_iter=10000), name)
)
case("solve_batch kl")(lambda ot: ot.solve_batch(MANY, 1.0, tol=1e-12, max_iter=10000, reg_type="kl").value)
case("solve_sample_batch")(
    lambda ot: ot.solve_sample_batch(np.stack([X, X + 1]), np.stack([Y, 2 * Y]), 1.0, tol=1e-12, max_iter=10000).value
)
each("dist_batch", ["sqeuclidean", "euclidean", "minkowski", "kl"])(
    lambda ot, name: ot.dist_batch(np.stack([X**2, X**4]), np.stack([Y**2, Y**4]), name, p=3)
)
BATCH = np.stack([CLOSE[0], CLOSE[0] ** 2]), np.stack([CLOSE[1], CLOSE[1] ** 1.5])
PROXIMAL = dict(reg=0.05, max_iter=5, tol=1e-12, max_iter_inner=1000, tol_inner=1e-12)
each("solve_gromov_batch", ["plan", "value", "value_quad", "value_linear"])(
    lambda ot, part: getattr(
        ot.batch.solve_gromov_batch(*BATCH, M=np.stack([M / 9, M / 5]), alpha=0.4, **PROXIMAL), part
    )
)
case("solve_gromov_batch asymmetric")(
    lambda ot: ot.batch.solve_gromov_batch(BATCH[0] + np.tril(np.ones((7, 7))), BATCH[1], **PROXIMAL).value
)
SHARES = [np.random.RandomState(k).dirichlet(np.ones(3), size=(2, k, k)) for k in (7, 9)]
each("solve_gromov_batch logits", [True, False])(
    lambda ot, logits: (
        ot.batch.solve_gromov_batch(
            np.log(SHARES[0]) if logits else SHARES[0], SHARES[1], loss="kl", logits=logits, **{**PROXIMAL, "reg": 0.5}
        ).value
    )
)
each("loss_quadratic_batch", ["kl", "l2"])(
    lambda ot, kind: ot.batch.loss_quadratic_batch(
        np.stack([A, A]), np.stack([B, B]), *BATCH, np.stack([REFERENCE] * 2), unbalanced=2.0, unbalanced_type=kind
    )
)
PLANS = np.stack([REFERENCE, np.outer(A, B)])
case("loss_linear_batch")(lambda ot: ot.batch.loss_linear_batch(MANY[:2], PLANS))
case("loss_linear_samples_batch")(
    lambda ot: ot.batch.loss_linear_samples_batch(np.stack([X, 2 * X]), np.stack([Y, Y]), PLANS)
)
case("loss_quadratic_samples_batch")(
    lambda ot: ot.batch.loss_quadratic_samples_batch(np.stack([A, A]), np.stack([B, B]), *BATCH, PLANS)
)
case("tensor_batch")(lambda ot: ot.batch.tensor_batch(np.stack([A, A]), np.stack([B, B]), *BATCH)["constC"])
case("entropy_batch")(lambda ot: ot.batch.entropy_batch(PLANS))
GOAL = np.array([0.1, -0.2, 0.3, 0.0, 0.5, -0.1, 0.2, 0.0, 0.1])
each("semidiscrete_c_transform", [0.0, 0.5])(
    lambda ot, reg: ot.semidiscrete.semidiscrete_c_transform(Y, X, GOAL, B, reg=reg)
)
each("semidiscrete_ot_map", [0.0, 0.5])(lambda ot, reg: ot.semidiscrete.semidiscrete_ot_map(Y, X, GOAL, B, reg=reg))
each("semidiscrete_atom_weights", [0.0, 0.5])(
    lambda ot, reg: ot.semidiscrete.semidiscrete_atom_weights(Y, X, GOAL, B, reg=reg)
)


def draws():
    generator = np.random.RandomState(4)
    return lambda k: generator.rand(k, 2)


each("solve_semidiscrete", [0.0, 0.2])(
    lambda ot, reg: ot.semidiscrete.solve_semidiscrete(Y, draws(), B, reg=reg, max_iter=200, max_cost=20.0)
)
