"""Exact transport beside POT and scipy: the same points, alternating, medians and quartiles.

    python benches/ot_exact.py [--rounds N] [--only WORD ...] [--large]

Every solve of ours is a process of its own, so it starts cold; its clock runs from points (or from the matrix) to the
proven optimum on two threads. POT is `emd` and scipy `linear_sum_assignment`, each with the cost matrix that it needs
in its time except where both start from a matrix. Costs must agree to 1e-9 of the largest cost. `--large` adds 20,000
to 10^6 points, which no peer here solves. The last column is the largest resident memory of our process.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

HERE = Path(__file__).resolve().parent
BINARY = HERE.parent / "target/release/examples/exact_times"


def uniform(rng, n, d, k):
    return rng.random((n, d))


def clusters(rng, n, d, k):
    """Eight tight clusters; their masses differ between the sides."""
    t = rng.random(n)
    c = np.floor(8 * (t if k == 0 else t * t))
    centres = np.stack([np.cos(2.39996 * c + j) * (1 + c) for j in range(d)], 1)
    return centres + 0.01 * rng.standard_normal((n, d))


def lattice(rng, n, d, k):
    side = int(np.ceil(np.sqrt(n))) + 7 * k
    i = np.arange(n)
    return np.stack([i % side, i // side], 1) / side


def repeated(rng, n, d, k):
    return rng.integers(0, 6, (n, d)) + 0.5 * k


def crossing(rng, n, d, k):
    points = np.zeros((n, d))
    points[:, k] = rng.random(n) - 0.5
    return points


def shifted(rng, n, d, k):
    return rng.random((n, d)) + 10.0 * k


def heavy(rng, n, d, k):
    return rng.standard_normal((n, d)) / rng.random((n, 1))


def gauss_to_uniform(rng, n, d, k):
    return rng.random((n, d)) if k else rng.standard_normal((n, d))


def ours(folder, mode, x, y, weights, threads=2):
    names = []
    for name, array in [("x", x), ("y", y), *zip("ab", weights or ())]:
        path = folder / name
        np.ascontiguousarray(array, float).tofile(path)
        names.append(str(path))
    command = [BINARY, str(x.shape[1]), str(threads), mode, *names]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [float(v) for v in said.split()]


def clock(work):
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def pot(x, y, weights, cost=None):
    a, b = weights or ([], [])
    return clock(lambda: ot.emd2(a, b, ot.dist(x, y) if cost is None else cost, numItermax=10**8))


def scipy_assignment(x, y, cost=None):
    def work():
        c = cdist(x, y, "sqeuclidean") if cost is None else cost
        i, j = linear_sum_assignment(c)
        return c[i, j].mean()

    return clock(work)


def spread(seconds):
    low, middle, high = np.percentile(seconds, [25, 50, 75])
    return f"{middle:.4f} ({low:.4f} to {high:.4f})", middle


def case(name, rounds, draw, n, m, d, mode, weighted, peers):
    mine, theirs = [], {peer: [] for peer in peers}
    worst = most = 0.0
    for seed in range(rounds):
        rng = np.random.default_rng([seed, n, m, d])
        x, y = draw(rng, n, d, 0), draw(rng, m, d, 1)
        weights = None
        if weighted:
            weights = [w / w.sum() for w in (0.1 + rng.random(n), 0.1 + rng.random(m))]
        cost = ot.dist(x, y) if mode == "matrix" else None
        with tempfile.TemporaryDirectory() as scratch:
            seconds, primal, gap, scale, memory = ours(Path(scratch), mode, x, y, weights)
        mine.append(seconds)
        most = max(most, memory)
        worst = max(worst, abs(gap) / max(scale, 1e-300))
        for peer in peers:
            took, value = pot(x, y, weights, cost) if peer == "POT" else scipy_assignment(x, y, cost)
            theirs[peer].append(took)
            assert abs(value - primal) <= 1e-9 * scale, f"{name}: {peer} says {value} and we say {primal}"
    text, own = spread(mine)
    columns = [spread(theirs[p]) if p in theirs else ("", np.inf) for p in ("POT", "scipy")]
    best = min(middle for _, middle in columns)
    ratio = f"{best / own:.1f}" if np.isfinite(best) else ""
    print(f"| {name} | {text} | {columns[0][0]} | {columns[1][0]} | {ratio} | {worst:.0e} | {most:.0f} |", flush=True)


def batches(d, rounds, threads):
    mine, theirs = [], []
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        x, y = rng.random((256 * 40, d)), rng.random((256 * 40, d))
        with tempfile.TemporaryDirectory() as scratch:
            seconds, *_, memory = ours(Path(scratch), "batches", x, y, None, threads)
        mine.append(seconds)
        theirs.append(np.mean([scipy_assignment(x[k : k + 256], y[k : k + 256])[0] for k in range(0, len(x), 256)]))
    (text, own), (other, peer) = spread(mine), spread(theirs)
    name = f"batch 256, d={d}, threads {threads}"
    print(f"| {name} | {text} | | {other} | {peer / own:.1f} | | {memory:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-p", "thalweg-ot", "--example", "exact_times"]
    subprocess.run(build, cwd=HERE.parent, check=True)
    print("seconds: median (quartiles); ratio to the faster peer\n")
    print("| case | thalweg | POT | scipy | ratio | gap / scale | MiB |\n|---|---|---|---|---|---|---|")
    both, square = ["POT", "scipy"], [(n, d) for d in (2, 50) for n in (1000, 2000, 5000)]
    cases = [(f"uniform {n}, d={d}", uniform, n, n, d, "clouds", False, both) for n, d in square]
    cases += [(f"from a matrix {n}, d=2", uniform, n, n, 2, "matrix", False, both) for n in (1000, 5000)]
    hard = [clusters, lattice, repeated, crossing, shifted, heavy, gauss_to_uniform]
    cases += [(f"{f.__name__.replace('_', ' ')} 2000, d=2", f, 2000, 2000, 2, "clouds", False, both) for f in hard]
    weighted = [(5000, 4000, d, "clouds") for d in (2, 3)] + [(5000, 4000, 2, "matrix"), (1000, 800, 50, "clouds")]
    for n, m, d, mode in weighted:
        cases.append((f"weights {n} x {m}, d={d}, {mode}", uniform, n, m, d, mode, True, ["POT"]))
    if options.large:
        sizes = [(20_000, 2), (100_000, 2), (100_000, 3), (1_000_000, 2)]
        cases += [(f"uniform {n}, d={d}", uniform, n, n, d, "clouds", False, []) for n, d in sizes]
        cases += [(f"weights {n} x {m}, d=2", uniform, n, m, 2, "clouds", True, []) for n, m in [(20_000, 16_000)]]
    wanted = lambda name: not options.only or any(word in name for word in options.only)
    for name, *rest in cases:
        if wanted(name):
            case(name, options.rounds, *rest)
    for d in (2, 50):
        if wanted(f"batch {d}"):
            batches(d, options.rounds, 1)
            batches(d, options.rounds, 2)


if __name__ == "__main__":
    main()
