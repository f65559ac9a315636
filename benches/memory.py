"""Peak memory and time of `thalweg learn` on 100,000 cells in 50 dimensions.

    python benches/memory.py [--method ID ...] [--cells N] [--dim D] [--set KEY=VALUE ...]

The cells lie in five snapshots of unequal size on a branching, growing population; training and evaluation are at
their defaults. The peak is the resident set that the system reports for the finished process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def population(cells, dim):
    """Two branches that part as time goes by, each snapshot 1.3 times the one before."""
    rng = np.random.default_rng(0)
    share = 1.3 ** np.arange(5)
    counts = np.round(cells * share / share.sum()).astype(int)
    counts[-1] += cells - counts.sum()
    times = np.repeat(np.arange(5.0), counts)
    branch = rng.choice([-1.0, 1.0], cells)
    points = rng.standard_normal((cells, dim)) * np.geomspace(3, 0.3, dim)
    points[:, 0] += 4 * times
    points[:, 1] += branch * times**1.5
    return times, points.astype(np.float32)


def learn(table, folder, method, settings):
    binary = str(HERE.parent / "target/release/thalweg")
    command = [binary, "learn", str(table), "--time", "time", "--threads", "2", "-o", str(folder)]
    command += ["--method", method] if method != "default" else []
    command += [flag for setting in settings for flag in ("--set", setting)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"`{' '.join(command)}` ended with status {os.waitstatus_to_exitcode(status)}.")
    return usage.ru_maxrss / 1024, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", action="append")
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=50)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "thalweg-cli"], cwd=HERE.parent, check=True)
    print(f"{options.cells} cells in {options.dim} dimensions, two threads, required below 2048 MiB\n", flush=True)
    print("| method | peak MiB | seconds |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "cells.npz"
        times, points = population(options.cells, options.dim)
        np.savez(table, time=times, x=points)
        for method in options.method or ["default", "flow-matching"]:
            peak, seconds = learn(table, Path(scratch) / method, method, options.set)
            print(f"| {method} | {peak:.0f} | {seconds:.1f} |", flush=True)


main()
