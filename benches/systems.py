"""Known laws beside numba, JAX, diffrax, scipy and dysts: the same equations, in turns, medians and quartiles.

    python benches/systems.py [--rounds N] [--only WORD ...]

Every task of ours is a process of its own on one thread (two for many states), and its clock includes the compilation of
the law; functions of numba, JAX and diffrax are compiled before their clock starts. Where the result is large every program
is called before, so that all have their memory. A ratio is taken within a round,
where both met the same machine: above one, the engine is faster. The last column is our time over the least that the
arithmetic alone can take on this processor.
"""

import argparse
import subprocess
import time
import warnings
from pathlib import Path

import diffrax
import dysts.analysis
import dysts.flows
import jax
import jax.numpy as jnp
import numpy as np
from numba import njit
from scipy.integrate import ode, odeint

jax.config.update("jax_enable_x64", True)
ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / "target/release/examples/system_times"


def ours(task, threads, *names):
    said = subprocess.run([BINARY, task, str(threads), *names], capture_output=True, text=True, check=True).stdout
    return said.splitlines()


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@njit
def products(n):
    x = np.int64(1)
    for _ in range(n):
        x = (x * 3) ^ 5
    return x


def clock():
    """Cycles a second: products of whole numbers that wait for each other take three, and what is done to each of them one."""
    products(10)
    return 4e7 / min(seconds_of(lambda: products(10**7)) for _ in range(5))


CLOCK = clock()


@njit
def lorenz(x, y, z):
    return 10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z


@njit
def rk4_step(x, y, z, h):
    a, b, c = lorenz(x, y, z)
    d, e, f = lorenz(x + 0.5 * h * a, y + 0.5 * h * b, z + 0.5 * h * c)
    k, l, m = lorenz(x + 0.5 * h * d, y + 0.5 * h * e, z + 0.5 * h * f)
    p, q, r = lorenz(x + h * k, y + h * l, z + h * m)
    w = h / 6.0
    return x + w * (a + 2 * d + 2 * k + p), y + w * (b + 2 * e + 2 * l + q), z + w * (c + 2 * f + 2 * m + r)


@njit
def numba_chain(n, h):
    out = np.empty((n + 1, 3))
    x = y = z = 1.0
    out[0] = 1.0
    for k in range(n):
        x, y, z = rk4_step(x, y, z, h)
        out[k + 1, 0], out[k + 1, 1], out[k + 1, 2] = x, y, z
    return out


@njit
def numba_chains(x, y, z, n, h):
    for _ in range(n):
        for i in range(x.size):
            x[i], y[i], z[i] = rk4_step(x[i], y[i], z[i], h)


def field(t, s, args):
    x, y, z = s
    return jnp.stack([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])


def jax_march(n, h, keep):
    def step(s, _):
        a = field(0, s, None)
        b = field(0, s + 0.5 * h * a, None)
        c = field(0, s + 0.5 * h * b, None)
        d = field(0, s + h * c, None)
        s = s + h / 6.0 * (a + 2 * b + 2 * c + d)
        return s, (s if keep else None)

    return jax.jit(lambda s: jax.lax.scan(step, s, None, length=n))


def diffrax_end(solver, end):
    control = diffrax.PIDController(rtol=1e-9, atol=1e-9)

    def solve(s):
        saved = diffrax.SaveAt(t1=True)
        return diffrax.diffeqsolve(
            diffrax.ODETerm(field), solver, 0.0, end, 1e-3, s, saveat=saved, stepsize_controller=control, max_steps=10**7
        ).ys

    return solve


@njit
def rates_odeint(s, t):
    return np.array(lorenz(s[0], s[1], s[2]))


@njit
def rates_ode(t, s):
    return np.array(lorenz(s[0], s[1], s[2]))


def dop853(end, start):
    solver = ode(rates_ode).set_integrator("dop853", rtol=1e-9, atol=1e-9, nsteps=10**7)
    solver.set_initial_value(start, 0.0)
    return solver.integrate(end)


def around(n):
    k = np.arange(n)
    return np.stack([1 + 1e-3 * np.sin(k), 1 + 1e-3 * np.cos(k), np.ones(n)], 1)


@njit
def numba_tangents(n, h, every):
    """Lorenz with its three tangents by RK4, orthonormal again every so many steps."""
    s = np.ones(12)
    s[3:] = np.eye(3).ravel()
    logs = np.zeros(3)
    k = np.empty((4, 12))
    for step in range(n):
        p = s.copy()
        for stage in range(4):
            x, y, z = p[0], p[1], p[2]
            k[stage, 0], k[stage, 1], k[stage, 2] = lorenz(x, y, z)
            for j in range(3):
                u, v, w = p[3 + 3 * j], p[4 + 3 * j], p[5 + 3 * j]
                k[stage, 3 + 3 * j] = 10.0 * (v - u)
                k[stage, 4 + 3 * j] = (28.0 - z) * u - v - x * w
                k[stage, 5 + 3 * j] = y * u + x * v - 8.0 / 3.0 * w
            if stage < 3:
                c = h if stage == 2 else 0.5 * h
                for i in range(12):
                    p[i] = s[i] + c * k[stage, i]
        for i in range(12):
            s[i] += h / 6.0 * (k[0, i] + 2 * k[1, i] + 2 * k[2, i] + k[3, i])
        if step % every == 0:
            for i in range(3):
                v = s[3 + 3 * i : 6 + 3 * i]
                for j in range(i):
                    u = s[3 + 3 * j : 6 + 3 * j]
                    v -= (u @ v) * u
                length = np.sqrt(v @ v)
                logs[i] += np.log(length)
                v /= length
    return logs / (n * h)


def spread(values):
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.4g} ({low:.4g} to {high:.4g})"


def row(name, mine, theirs, least=None):
    """Times in milliseconds, and within each round the ratio to the fastest peer."""
    ratios = [min(own) / me for me, own in zip(mine, zip(*theirs.values()))]
    best = min(theirs, key=lambda peer: np.median(theirs[peer]))
    others = "; ".join(f"{peer} {1e3 * np.median(times):.4g}" for peer, times in theirs.items())
    limit = f"{np.median(mine) / least:.1f}" if least else ""
    ours_text = spread(1e3 * np.array(mine))
    print(f"| {name} | {ours_text} | {spread(1e3 * np.array(theirs[best]))} {best} | {spread(ratios)} | {limit} | {others} |", flush=True)


def rounds_of(count, mine, peers):
    """Ours and each peer in turns."""
    times, others = [], {name: [] for name in peers}
    for _ in range(count):
        times.append(mine())
        for name, work in peers.items():
            others[name].append(work())
    return times, others


def first_number(task, threads):
    return lambda: float(ours(task, threads)[0].split()[0])


def warm(work):
    work()
    return lambda: seconds_of(work)


def chain(rounds):
    march = jax_march(10**6, 0.01, True)
    peers = {
        "numba": warm(lambda: numba_chain(10**6, 0.01)),
        "JAX": warm(lambda: jax.block_until_ready(march(jnp.ones(3)))),
    }
    # Three points one after the other, each a product and a multiply-add (4 cycles each), and an end of three.
    row("Lorenz-63, 10^6 RK4 steps kept", *rounds_of(rounds, first_number("rk4", 1), peers), 36e6 / CLOCK)


def chains(rounds):
    start = around(64)
    march = jax_march(10**5, 0.01, False)
    x, y, z = (np.ascontiguousarray(c) for c in start.T)
    peers = {
        "numba": warm(lambda: numba_chains(x.copy(), y.copy(), z.copy(), 10**5, 0.01)),
        "JAX": warm(lambda: jax.block_until_ready(march(jnp.asarray(start.T)))),
    }
    # 44 operations on eight states each, two at a time.
    row("Lorenz-63, 64 chains of 10^5 RK4 steps", *rounds_of(rounds, first_number("rk4-64", 1), peers), 6.4e6 * 44 / 16 / CLOCK)


def adaptive(rounds):
    tsit = jax.jit(diffrax_end(diffrax.Tsit5(), 1000.0))
    peers = {
        "diffrax Tsit5": warm(lambda: jax.block_until_ready(tsit(jnp.ones(3)))),
        "LSODA": warm(lambda: odeint(rates_odeint, np.ones(3), [0.0, 1000.0], rtol=1e-9, atol=1e-9, mxstep=10**7)),
        "scipy dop853": warm(lambda: dop853(1000.0, np.ones(3))),
    }
    # 39,600 steps of twelve stages, of which each waits for the one before: 19 cycles.
    row("Lorenz-63, tolerance 1e-9, T = 1000", *rounds_of(rounds, first_number("adaptive", 1), peers), 39_600 * 12 * 19 / CLOCK)


def ensemble(rounds):
    """Peers move fewer states; their times are scaled."""
    few, some = around(10), around(500)
    tsit = jax.jit(jax.vmap(diffrax_end(diffrax.Tsit5(), 100.0)))
    scale = lambda work, factor: lambda: factor * work()
    peers = {
        "diffrax Tsit5, 500": scale(warm(lambda: jax.block_until_ready(tsit(jnp.asarray(some)))), 20),
        "scipy dop853, 10": scale(warm(lambda: [dop853(100.0, s) for s in few]), 1000),
    }
    # 4,030 tries of 390 operations on eight states each, two at a time, on two cores.
    row("Lorenz-63, 10,000 states, 1e-9, T = 100", *rounds_of(rounds, first_number("ensemble", 2), peers), 1e4 * 4030 * 390 / 32 / CLOCK)


def known(every):
    names = [line.split()[0] for line in ours("names", 1)]
    return [(n, getattr(dysts.flows, n)()) for n in names[::every] if hasattr(dysts.flows, n)]


def catalogue(rounds):
    """One in six, so that a round takes a minute."""
    models = known(6)

    def course(model):
        model.make_trajectory(10, pts_per_period=100, method="DOP853", rtol=1e-9, atol=1e-9)
        return lambda: model.make_trajectory(1000, pts_per_period=100, method="DOP853", rtol=1e-9, atol=1e-9)

    works = [course(model) for _, model in models]
    names = [name for name, _ in models]
    mine = lambda: sum(float(line.split()[1]) for line in ours("catalogue", 1, *names))
    peers = {"dysts, DOP853 at 1e-9": lambda: sum(seconds_of(work) for work in works)}
    row(f"{len(names)} flows of the catalogue, 1000 points each", *rounds_of(rounds, mine, peers))


def has_jacobian(model):
    """Whether dysts knows the Jacobian, without which it finds no spectrum."""
    try:
        return model.jac(model.ic, 0) is not None
    except NotImplementedError:
        return False


def spectra(rounds):
    """Eight orbits of 250 periods each; dysts follows 20 periods, scaled."""
    models = [(name, model) for name, model in known(16) if has_jacobian(model)]
    names = [name for name, _ in models]

    def exponents():
        work = lambda m: dysts.analysis.find_lyapunov_exponents(m, 2000, pts_per_period=100, method="DOP853", rtol=1e-9, atol=1e-9)
        return 100 * sum(seconds_of(lambda: work(model)) for _, model in models)

    mine = lambda: sum(float(line.split()[1]) for line in ours("spectra", 1, *names))
    row(f"{len(names)} spectra, 2000 periods each", *rounds_of(rounds, mine, {"dysts, scaled": exponents}))
    steps = int(2000 * 0.7514 / 0.001)
    peers = {"numba, RK4 with h = 0.001": warm(lambda: numba_tangents(steps, 0.001, 10))}
    mine = lambda: float(ours("spectra", 1, "Lorenz63")[0].split()[1])
    row("spectrum of Lorenz-63, 2000 periods", *rounds_of(rounds, mine, peers))


TASKS = [chain, chains, adaptive, ensemble, catalogue, spectra]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    build = ["cargo", "build", "--release", "-p", "thalweg-systems", "--example", "system_times"]
    subprocess.run(build, cwd=ROOT, check=True)
    print(f"milliseconds: median (quartiles); ratio to the fastest peer of the round; our time over the least, at {CLOCK / 1e9:.1f} GHz\n")
    print("| task | thalweg | fastest peer | ratio | over least | peers |\n|---|---|---|---|---|---|")
    for task in TASKS:
        if not options.only or any(word in task.__name__ for word in options.only):
            task(options.rounds)


if __name__ == "__main__":
    main()
