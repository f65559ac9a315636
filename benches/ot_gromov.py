"""Transport between spaces, and along directions, beside POT and NumPy: the same arrays, in turns, medians, quartiles.

    python benches/ot_gromov.py [--rounds N] [--only WORD ...]

Every solve of ours is a process of its own, so it starts cold; its clock runs from the matrices (or points) to the
answer, on two threads. POT is `fused_gromov_wasserstein`, `gromov_wasserstein` and `entropic_gromov_wasserstein` at the
same tolerances and the same start, on as many threads as its BLAS takes. Objectives must agree: to 1e-7 where both go
along exact plans, which are the same at every iteration unless two are equally good, and to 1e-6 for entropic ones.
For the slices the peer is NumPy: project, sort, subtract. "Of the bound" is the share of our time that the products
alone need at the rate which NumPy's largest product reached in the same run; for slices it is that of writing and
reading every number twice.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import ot

HERE = Path(__file__).resolve().parent
BINARIES = HERE.parent / "target/release/examples"


def spaces(rng, n):
    """Distances in a cloud of the plane and in one of space, and costs between features, each at most one."""
    x, y = rng.standard_normal((n, 2)), rng.standard_normal((n, 3))
    matrices = ot.dist(x, x, "euclidean"), ot.dist(y, y, "euclidean"), ot.dist(*rng.standard_normal((2, n, 2)))
    return [m / m.max() for m in matrices]


def ours(binary, *words, **arrays):
    with tempfile.TemporaryDirectory() as scratch:
        paths = {}
        for name, array in arrays.items():
            paths[name] = str(Path(scratch) / name)
            np.ascontiguousarray(array, float).tofile(paths[name])
        command = [BINARIES / binary, *(paths.get(word, str(word)) for word in words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(v) for v in done.stdout.split()]


def clock(work):
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def rate():
    """Operations a second of NumPy's product."""
    a, b = np.random.default_rng(0).standard_normal((2, 1500, 1500))
    return 2 * 1500**3 / min(clock(lambda: a @ b)[0] for _ in range(5))


def spread(seconds):
    low, middle, high = np.percentile(seconds, [25, 50, 75])
    return f"{middle:.3f} ({low:.3f} to {high:.3f})", middle


def report(name, mine, theirs, bound):
    (text, own), (other, peer) = spread(mine), spread(theirs)
    print(f"| {name} | {text} | {other} | {peer / own:.1f} | {100 * bound / own:.0f} % |", flush=True)


def exact(name, n, alpha, rounds, flops):
    mine, theirs, bounds = [], [], []
    for seed in range(rounds):
        first, second, between = spaces(np.random.default_rng([seed, n]), n)
        m = "m" if alpha < 1 else "-"
        arrays = {"c1": first, "c2": second, "m": between}
        seconds, value, steps = ours("gromov_times", 2, "exact", "c1", "c2", m, alpha, 0, **arrays)
        if alpha < 1:
            solve = lambda: ot.gromov.fused_gromov_wasserstein2(between, first, second, alpha=alpha)
        else:
            solve = lambda: ot.gromov.gromov_wasserstein2(first, second)
        took, peer = clock(solve)
        assert abs(peer - value) <= 1e-7 * value, f"{name}: POT ends at {peer} and we at {value}"
        mine.append(seconds)
        theirs.append(took)
        bounds.append(2 * n**3 * steps / flops)
    report(name, mine, theirs, np.median(bounds))


def entropic(name, n, epsilon, rounds, flops):
    mine, theirs, bounds = [], [], []
    for seed in range(rounds):
        first, second, _ = spaces(np.random.default_rng([seed, n]), n)
        seconds, value, steps = ours("gromov_times", 2, "entropic", "c1", "c2", "-", 1, epsilon, c1=first, c2=second)
        took, peer = clock(lambda: ot.gromov.entropic_gromov_wasserstein2(first, second, epsilon=epsilon, tol=1e-9))
        assert abs(peer - value) <= 1e-6 * value, f"{name}: POT ends at {peer} and we at {value}"
        mine.append(seconds)
        theirs.append(took)
        bounds.append(4 * n**3 * steps / flops)
    report(name, mine, theirs, np.median(bounds))


def slices(d, rounds):
    n, k = 100_000, 100
    mine, theirs = [], []
    for seed in range(rounds):
        rng = np.random.default_rng([seed, d])
        x, y, u = rng.standard_normal((n, d)), rng.standard_normal((n, d)) + 0.1, rng.standard_normal((k, d))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        seconds, value = ours("sliced_times", 2, d, "x", "y", "u", x=x, y=y, u=u)
        took, peer = clock(lambda: np.mean((np.sort(x @ u.T, axis=0) - np.sort(y @ u.T, axis=0)) ** 2))
        by_rows = clock(lambda: np.mean((np.sort(u @ x.T) - np.sort(u @ y.T)) ** 2))
        assert abs(peer - value) <= 1e-12 * value, f"slices: NumPy says {peer} and we say {value}"
        mine.append(seconds)
        theirs.append(min(took, by_rows[0]))
    copied = np.empty(2 * n * k)
    bound = 4 * min(clock(lambda: np.copyto(copied, 1.0))[0] for _ in range(5))
    report(f"sliced W2, 100,000 points, 100 directions, d={d}", mine, theirs, bound)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    examples = ["--example", "gromov_times", "--example", "sliced_times"]
    subprocess.run(["cargo", "build", "--release", "-p", "thalweg-ot", *examples], cwd=HERE.parent, check=True)
    flops = rate()
    print(f"NumPy's product: {flops / 1e9:.0f} GFlop/s. Seconds: median (quartiles)\n")
    print("| case | thalweg | peer | ratio | of the bound |\n|---|---|---|---|---|")
    cases = {
        "fused Gromov-Wasserstein, n = 1000": lambda name: exact(name, 1000, 0.5, options.rounds, flops),
        "Gromov-Wasserstein, n = 500": lambda name: exact(name, 500, 1.0, options.rounds, flops),
        "entropic Gromov-Wasserstein, n = 500": lambda name: entropic(name, 500, 0.02, options.rounds, flops),
        "sliced, d = 2": lambda name: slices(2, options.rounds),
        "sliced, d = 50": lambda name: slices(50, options.rounds),
    }
    for name, run in cases.items():
        if not options.only or any(word in name for word in options.only):
            run(name)


if __name__ == "__main__":
    main()
