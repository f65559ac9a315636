"""The nonlinear Klein-Gordon equation beside NumPy and scipy.fft: the same field, in turns, medians, quartiles.

    python benches/klein_gordon.py [--rounds N] [--modes N] [--steps N]

Peers make the same leapfrog steps. "As published" is the reference code's own way, re-created: the two-step form with a
complex transform and its inverse a step (`numpy.fft`, which is pocketfft), new arrays at each operation. "At its best" is
what scipy allows: real transforms, everything else in place. Both peers run a share of the steps and are scaled up; ours
runs them all. Fields must agree to 1e-6 after the share.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy.fft

ROOT = Path(__file__).resolve().parent.parent
LENGTH, SHARE = 240.0, 20


def slope(potential, u):
    return u * (u * u - 1.0) if potential == "quartic" else np.sin(u)


def published(potential, u, v, k, h, steps):
    """Two-step form with complex transforms."""
    force = lambda u: np.real(np.fft.ifft(-(k**2) * np.fft.fft(u))) - slope(potential, u)
    before = u - h * v + 0.5 * h**2 * force(u)
    for _ in range(steps):
        u, before = 2 * u - before + h**2 * force(u), u
    return u


def best(potential, u, v, k, h, steps):
    """Kicks and drifts in place, with real transforms."""
    k2, u, v, kick = -(k[: len(u) // 2 + 1] ** 2), u.copy(), v.copy(), 0.5 * h
    scratch = np.empty_like(u)
    for _ in range(steps):
        modes = scipy.fft.rfft(u)
        modes *= k2
        force = scipy.fft.irfft(modes, len(u), overwrite_x=True)
        if potential == "quartic":
            np.multiply(u, u, out=scratch)
            scratch -= 1.0
            scratch *= u
        else:
            np.sin(u, out=scratch)
        force -= scratch
        force *= kick
        v += force
        np.multiply(v, h, out=scratch)
        u += scratch
        kick = h
    return u


def ours(potential, u, v, h, steps):
    binary = ROOT / "target/release/examples/klein_gordon_times"
    with tempfile.TemporaryDirectory() as scratch:
        paths = [str(Path(scratch) / name) for name in ("u", "v", "out")]
        u.tofile(paths[0])
        v.tofile(paths[1])
        command = [binary, potential, len(u), LENGTH, h, steps, *paths]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
        return float(done.stdout), np.fromfile(paths[2])


def start(potential, n):
    """Kink and antikink, or a sine-Gordon breather, with ten small waves on top so that no mode is empty by symmetry."""
    x = (np.arange(n) - n // 2) * LENGTH / n
    if potential == "quartic":
        u = np.tanh((x + 20) / np.sqrt(2)) - np.tanh((x - 20) / np.sqrt(2)) - 1
    else:
        u = 4 * np.arctan(np.sqrt(3) / np.cosh(np.sqrt(0.75) * x))
    waves = sum(0.01 * np.cos(2 * np.pi * m * x / LENGTH + m) for m in range(1, 11))
    return u + waves, np.zeros(n)


def clock(work):
    begin = time.perf_counter()
    value = work()
    return time.perf_counter() - begin, value


def spread(seconds):
    low, middle, high = np.percentile(seconds, [25, 50, 75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=100_000)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-p", "thalweg-field", "--example", "klein_gordon_times"]
    subprocess.run(build, cwd=ROOT, check=True)
    n, share = options.modes, max(options.steps // SHARE, 1)
    k = 2 * np.pi * np.fft.fftfreq(n, LENGTH / n)
    h = 0.5 / np.abs(k).max()
    print(f"{n} modes, {options.steps} steps; seconds: median (quartiles)\n")
    print("| potential | thalweg | as published | ratio | at its best | ratio |\n|---|---|---|---|---|---|")
    for potential in ("quartic", "sine-gordon"):
        u, v = start(potential, n)
        rows = []
        for _ in range(options.rounds):
            mine, _ = ours(potential, u, v, h, options.steps)
            _, short = ours(potential, u, v, h, share)
            scale = options.steps / share
            (slow, first), (fast, second) = (
                clock(lambda peer=peer: peer(potential, u, v, k, h, share)) for peer in (published, best)
            )
            apart = max(np.abs(first - short).max(), np.abs(second - short).max())
            assert apart < 1e-6, f"fields are {apart} apart"
            rows.append((mine, slow * scale, fast * scale))
        mine, slow, fast = np.array(rows).T
        ratios = [np.median(peer / mine) for peer in (slow, fast)]
        print(f"| {potential} | {spread(mine)} | {spread(slow)} | {ratios[0]:.1f} | {spread(fast)} | {ratios[1]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
