"""Who goes where between two clouds: exactly, with a proof, and smoothly, without a matrix."""

import numpy as np

import thalweg.ot as ot

rng = np.random.default_rng(0)
x, y = rng.normal(size=(300, 2)), rng.normal(size=(400, 2)) + [3.0, 0.0]

M = ot.dist(x, y)
plan, log = ot.emd(ot.unif(300), ot.unif(400), M, log=True)
proof = log["certificate"]
print(f"exact: W2 = {np.sqrt(proof['primal']):.3f}, proven to {abs(proof['gap']):.0e}")

smooth = ot.solve_sample(x, y, reg=0.1 * M.mean(), lazy=True)
moved = smooth.lazy_plan @ y / smooth.marginal_a[:, None]
print(f"entropic: cost {smooth.value_linear:.3f}, mean displacement {(moved - x).mean(axis=0).round(2)}")

some, log = ot.partial.partial_wasserstein(ot.unif(300), ot.unif(400), M, m=0.5, log=True)
print(f"half of the mass: cost {log['partial_w_dist']:.3f}")
