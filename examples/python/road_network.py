"""Six drivers, four roads and a bridge that makes all of them slower (Braess's paradox)."""

import numpy as np

import thalweg
import thalweg.ot as ot

roads = {
    "from": ["home", "home", "north", "south", "north"],
    "to": ["north", "south", "work", "work", "south"],
    "time": [1e-9, 50, 50, 1e-9, 10],
    "b": [1e10, 1, 1, 1e10, 1],
    "capacity": [1, 50, 50, 1, 10],
    "power": [1, 1, 1, 1, 1],
}
trips = {"from": ["home"], "to": ["work"], "amount": [6.0]}

with_bridge = thalweg.network.equilibrium(roads, trips)
without = thalweg.network.equilibrium({name: column[:4] for name, column in roads.items()}, trips)
best = thalweg.network.optimum(roads, trips)
each = [found.total_time / 6 for found in (with_bridge, without, best)]
print("minutes each: {:.2f} with the bridge, {:.2f} without, {:.2f} at best".format(*each))
for path in with_bridge.paths():
    print(f"{path['flow']:.2f} go", " - ".join(path["nodes"]))

# Distances along the roads are a cost like any other.
cost = thalweg.network.distances(roads, ["home", "north"], ["south", "work"])
plan = ot.emd(ot.unif(2), ot.unif(2), cost)
print("cheapest pairing along the empty roads:", np.argmax(plan, axis=1))
