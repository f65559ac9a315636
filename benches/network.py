"""Flows through networks beside what Python has for them, in turns, in one run.

    python benches/network.py [CASE ...] [--rounds N]

Equilibria: a Frank-Wolfe in NumPy with scipy's Dijkstra, to a relative gap of 1e-4, where it still gets in reasonable
time; the engine to the same gap, and to 1e-10. Cheapest flows: networkx's network simplex on whole numbers. Distances:
scipy's Dijkstra, compiled, one thread. Largest gaps between the answers are printed. Networks are random and fresh each round:
crossings in a square, each with roads to its nearest. A figure is the median over the rounds with the quartiles, and a
ratio the median of the ratios within a round.
"""

import argparse
import statistics
import time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

import thalweg

CASES = ["equilibrium", "cost", "distances"]
GAP = 1e-4


def roads(n, seed):
    """Crossings in the unit square with roads in both directions to the four nearest, and a tour through all."""
    rng = np.random.default_rng(seed)
    at = rng.random((n, 2))
    near = cKDTree(at).query(at, 5)[1][:, 1:]
    pairs = {(i, int(j)) for i in range(n) for j in near[i]} | {(i, (i + 1) % n) for i in range(n)}
    ends = np.array(sorted(pairs | {(b, a) for a, b in pairs}))
    length = np.linalg.norm(at[ends[:, 0]] - at[ends[:, 1]], axis=1) + 0.01
    return rng, ends, length


def frank_wolfe(ends, length, capacity, trips):
    """Link flows to a relative gap of 1e-4: steepest step to all-or-nothing flows, exact line search by bisection."""
    n = ends.max() + 1
    place = {tuple(pair): e for e, pair in enumerate(ends)}
    origins = sorted({o for o, _, _ in trips})

    def cost(x):
        return length * (1 + 0.15 * (x / capacity) ** 4)

    def load(c):
        graph = csr_array((c, (ends[:, 0], ends[:, 1])), shape=(n, n))
        distance, before = dijkstra(graph, indices=origins, return_predecessors=True)
        row = {o: k for k, o in enumerate(origins)}
        flow, least = np.zeros(len(ends)), 0.0
        for o, d, amount in trips:
            least += amount * distance[row[o], d]
            while d != o:
                previous = before[row[o], d]
                flow[place[previous, d]] += amount
                d = previous
        return flow, least

    x, _ = load(length)
    for _ in range(2000):
        c = cost(x)
        y, least = load(c)
        if (x @ c - least) / (x @ c) < GAP:
            return x
        low, high = 0.0, 1.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if cost(x + middle * (y - x)) @ (y - x) < 0 else (low, middle)
        x = x + low * (y - x)
    raise SystemExit("Frank-Wolfe did not reach the gap.")


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def equilibrium(seed):
    rng, ends, length = roads(200, seed)
    capacity = 5 + 5 * rng.random(len(ends))
    trips = [(int(a), int(b), 1 + rng.random()) for a, b in rng.integers(0, 200, (400, 2)) if a != b]
    table = {"from": ends[:, 0], "to": ends[:, 1], "time": length, "capacity": capacity}
    demand = dict(zip(("from", "to", "amount"), map(list, zip(*trips))))
    fast, ours = timed(lambda: thalweg.network.equilibrium(table, demand, tolerance=GAP))
    exact, best = timed(lambda: thalweg.network.equilibrium(table, demand))
    slow, x = timed(lambda: frank_wolfe(ends, length, capacity, trips))
    objective = (length * (x + 0.15 * capacity * (x / capacity) ** 5 / 5)).sum()
    yield "engine, gap 1e-4", fast, ours.objective / best.objective - 1
    yield "engine, gap 1e-10", exact, best.gap / best.objective
    yield "Frank-Wolfe in NumPy, gap 1e-4", slow, objective / best.objective - 1


def cost(seed):
    import networkx

    rng, ends, length = roads(1000, seed)
    price, capacity = rng.integers(1, 1000, len(ends)), rng.integers(1, 50, len(ends))
    # The tour carries everything if need be.
    capacity[(ends[:, 1] - ends[:, 0]) % 1000 == 1] = 10**6
    a, b, amount = rng.integers(0, 1000, 300), rng.integers(0, 1000, 300), rng.integers(1, 20, 300)
    table = {"from": ends[:, 0], "to": ends[:, 1], "time": price, "capacity": capacity, "b": np.zeros(len(ends))}
    demand = {"from": a, "to": b, "amount": amount}
    net = np.zeros(1000, int)
    np.add.at(net, b, amount)
    np.add.at(net, a, -amount)
    graph = networkx.DiGraph()
    graph.add_nodes_from((v, {"demand": int(d)}) for v, d in enumerate(net))
    weighed = zip(ends, price, capacity)
    graph.add_edges_from((int(i), int(j), {"weight": int(w), "capacity": int(c)}) for (i, j), w, c in weighed)
    fast, ours = timed(lambda: thalweg.network.min_cost(table, demand))
    slow, (value, _) = timed(lambda: networkx.network_simplex(graph))
    yield "engine", fast, ours.objective / value - 1
    yield "networkx network_simplex", slow, 0.0


def distances(seed):
    _, ends, length = roads(5000, seed)
    table = {"from": ends[:, 0], "to": ends[:, 1], "time": length}
    sources = list(range(0, 5000, 10))
    graph = csr_array((length, (ends[:, 0], ends[:, 1])), shape=(5000, 5000))
    fast, ours = timed(lambda: thalweg.network.distances(table, sources, range(5000), threads=1))
    slow, truth = timed(lambda: dijkstra(graph, indices=sources))
    yield "engine, 1 thread", fast, np.abs(ours / np.maximum(truth, 1e-9) - 1)[truth > 0].max()
    yield "scipy dijkstra", slow, 0.0


def spread(values):
    ordered = sorted(values)
    lower, upper = (ordered[len(ordered) * q // 4] for q in (1, 3))
    return f"{statistics.median(values):.4f} ({lower:.4f} to {upper:.4f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| case | program | seconds | relative difference | engine is faster by |")
    print("|---|---|---|---|---|")
    for case in options.cases or CASES:
        found = [list(globals()[case](seed)) for seed in range(options.rounds)]
        for k, (name, _, _) in enumerate(found[0]):
            ratio = statistics.median(row[k][1] / row[0][1] for row in found)
            worst = max(abs(row[k][2]) for row in found)
            print(f"| {case} | {name} | {spread([row[k][1] for row in found])} | {worst:.1e} | {ratio:.1f} |", flush=True)


if __name__ == "__main__":
    main()
