"""Learn how a population moves and grows from arrays, and see what the model is worth.

A population starts as one cloud, drifts to the right and divides. It is seen on four days, other individuals each
time; day 2 is kept back from training.
"""

import numpy as np

import thalweg

rng = np.random.default_rng(0)
days = [0.0, 1.0, 2.0, 3.0]
sizes = [200, 260, 340, 440]  # about 30 % more every day
snapshots = [np.c_[1.2 * day + 0.3 * rng.normal(size=n), 0.3 * rng.normal(size=n)] for day, n in zip(days, sizes)]

# Settings are for a quick look; leave them out for a real one.
run = thalweg.learn(
    snapshots, days, hold_out=[2.0], settings={"fit.steps": 600, "fine_tune": None}, output="runs/quickstart"
)

print(run)
print(run.metrics)

founders = snapshots[0][:5]
moved, weights = run.push(founders, 0.0, 3.0, return_weights=True)
for before, after, weight in zip(founders, moved, weights):
    print(f"{before.round(2)} on day 0 is at {after.round(2)} on day 3 and has become {weight:.2f}")

print("velocity at the founders:", run.velocity(0.0, founders).round(2).tolist())
print("growth a day at the founders:", run.growth(0.0, founders).round(2).tolist())
print("page:", run.page())
