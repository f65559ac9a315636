"""Paths of a stochastic equation beside NumPy, JAX and diffrax: the same law and steps, in turns, medians and quartiles.

    python benches/systems_noise.py [--rounds N]

Ten independent Ornstein-Uhlenbeck processes, dx_i = -k_i x_i dt + s dW_i, from 1 to time 1 in 1,000 steps of Euler and
Maruyama, 100,000 paths of which the ends are kept. Ours is a process of its own, and its clock includes the reading and the
compilation of the law. NumPy draws into a buffer and works in place; JAX and diffrax are compiled before their clock starts
and use both cores. Peers move fewer paths, which fit the caches, and their times are scaled. The last columns are the largest
errors of a mean and of a variance over the ten states, in their standard errors.
"""

import argparse
import subprocess
import time
from pathlib import Path

import diffrax
import jax
import jax.numpy as jnp
import lineax
import numpy as np

jax.config.update("jax_enable_x64", True)
ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / "target/release/examples/system_times"
PATHS = 100_000
STEPS, DIM, NOISE = 1000, 10, 0.7
RATES = np.linspace(0.5, 2.3, DIM)


def exact(t=1.0):
    return np.exp(-RATES * t), NOISE**2 * (1 - np.exp(-2 * RATES * t)) / (2 * RATES)


def errors(n, found):
    """The largest errors of a mean and of a variance, in standard errors."""
    mean, variance = exact()
    return (
        np.abs((found[0] - mean) / np.sqrt(variance / n)).max(),
        np.abs((found[1] / variance - 1) / np.sqrt(2 / n)).max(),
    )


def ours(threads):
    """The seconds that the engine's own clock showed, means and variances."""
    said = subprocess.run([BINARY, "paths", str(threads)], capture_output=True, text=True, check=True).stdout.split()
    figures = np.array(said[1:], dtype=float)
    return float(said[0]), figures[::2], figures[1::2]


def in_numpy(paths):
    def work(seed):
        draw = np.random.Generator(np.random.SFC64(seed))
        h = 1 / STEPS
        x, noise = np.ones((paths, DIM)), np.empty((paths, DIM))
        factor, size = 1 - h * RATES, NOISE * np.sqrt(h)
        for _ in range(STEPS):
            draw.standard_normal(out=noise)
            noise *= size
            x *= factor
            x += noise
        return x

    return work


def in_diffrax(paths):
    rates = jnp.asarray(RATES)

    def solve(key):
        path = diffrax.UnsafeBrownianPath(shape=(DIM,), key=key)
        terms = diffrax.MultiTerm(
            diffrax.ODETerm(lambda t, x, args: -rates * x),
            diffrax.ControlTerm(lambda t, x, args: lineax.DiagonalLinearOperator(NOISE * jnp.ones_like(x)), path),
        )
        return diffrax.diffeqsolve(
            terms, diffrax.Euler(), 0.0, 1.0, 1 / STEPS, jnp.ones(DIM), adjoint=diffrax.DirectAdjoint(), max_steps=STEPS + 1
        ).ys

    several = jax.jit(jax.vmap(solve))
    keys = lambda seed: jax.random.split(jax.random.PRNGKey(seed), paths)
    several(keys(0)).block_until_ready()
    return lambda seed: np.asarray(several(keys(seed)))


def in_jax(paths):
    """The loop by hand: what diffrax could come to."""
    h = 1 / STEPS
    factor, size = jnp.asarray(1 - h * RATES), NOISE * h**0.5

    @jax.jit
    def march(key):
        def step(x, key):
            return x * factor + size * jax.random.normal(key, x.shape), None

        return jax.lax.scan(step, jnp.ones((paths, DIM)), jax.random.split(key, STEPS))[0]

    march(jax.random.PRNGKey(0)).block_until_ready()
    return lambda seed: np.asarray(march(jax.random.PRNGKey(seed)))


def theirs(work, paths, seed):
    start = time.perf_counter()
    end = work(seed)
    return (time.perf_counter() - start) * PATHS / paths, end.mean(0), end.var(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "thalweg-systems", "--example", "system_times"]
    subprocess.run(build, cwd=ROOT, check=True)
    peers = {"NumPy": (in_numpy, 5000), "JAX, a loop by hand": (in_jax, 2000), "diffrax Euler": (in_diffrax, 2000)}
    made = {name: (make(paths), paths) for name, (make, paths) in peers.items()}
    found = {}
    for seed in range(options.rounds):
        for threads in (2, 1):
            found.setdefault((f"thalweg, {threads} threads", PATHS), []).append(ours(threads))
        for name, (work, paths) in made.items():
            found.setdefault((name, paths), []).append(theirs(work, paths, seed))
    print("| program | paths | seconds | times ours | ns a normal | error of a mean | of a variance |\n|---|---|---|---|---|---|---|")
    mine = np.array([run[0] for run in next(iter(found.values()))])
    for (name, paths), runs in found.items():
        own = np.array([run[0] for run in runs])
        low, middle, high = np.percentile(own, [25, 50, 75])
        mean, variance = errors(paths, runs[-1][1:])
        each = 1e9 * middle / (PATHS * STEPS * DIM)
        print(
            f"| {name} | {paths} | {middle:.3g} ({low:.3g} to {high:.3g}) | {np.median(own / mine):.2f} | {each:.2f} |"
            f" {mean:.1f} | {variance:.1f} |"
        )


if __name__ == "__main__":
    main()
