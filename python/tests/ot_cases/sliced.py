"""Transport by directions."""

import numpy as np

from ._data import DIRECTIONS, A, B, X, Y
from ._registry import case, each

each("sliced", [1, 2])(lambda ot, p: ot.sliced_wasserstein_distance(X, Y, A, B, p=p, seed=3))
case("sliced log")(lambda ot: ot.sliced_wasserstein_distance(X, Y, seed=3, log=True)[1]["projected_emds"])
case("sliced given")(lambda ot: ot.sliced_wasserstein_distance(X, Y, projections=DIRECTIONS))
case("max_sliced")(lambda ot: ot.max_sliced_wasserstein_distance(X, Y, A, B, seed=3))
case("projections")(lambda ot: ot.sliced.get_random_projections(3, 4, seed=1))
SPHERE = [
    Z / np.sqrt((Z**2).sum(axis=1, keepdims=True)) for Z in (np.hstack([X, X[::-1, :1]]), np.hstack([Y, Y[::-1, 1:]]))
]
each("sliced_wasserstein_sphere", [1, 2], 1e-6)(
    lambda ot, p: ot.sliced_wasserstein_sphere(*SPHERE, A, B, p=p, n_projections=20, seed=3)
)
case("sliced_wasserstein_sphere_unif")(
    lambda ot: ot.sliced_wasserstein_sphere_unif(SPHERE[0], n_projections=20, seed=3)
)
case("projection_sphere_to_circle")(lambda ot: ot.sliced.projection_sphere_to_circle(SPHERE[0], 4, seed=1)[0])
SIX = np.vstack([X, X[:1] + 0.7]), Y[:8]
case("sliced_plans")(lambda ot: ot.sliced.sliced_plans(*SIX, n_projections=5, seed=0)[1])
case("min_sliced_transport_plan")(lambda ot: ot.sliced.min_sliced_transport_plan(*SIX, n_projections=5, seed=0)[0])
each("expected_sliced_plan", [0.0, 0.5])(
    lambda ot, beta: ot.sliced.expected_sliced_plan(*SIX, n_projections=5, seed=0, beta=beta)[0]
)
case("expected_sliced_plan weights")(
    lambda ot: ot.sliced.expected_sliced_plan(X, Y, A, B, n_projections=5, seed=0, metric="minkowski", p=3)[1]
)
case("get_projections_sphere")(lambda ot: ot.sliced.get_projections_sphere(3, 4, seed=2))
