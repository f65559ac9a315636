"""Training steps and sampling beside PyTorch eager and JAX jit, in turns, in one run.

    python benches/nn.py [CASE ...] [--rounds N] [--seconds S] [--busy] [--curves]

Each round times each case in each program, one after the other, so that all see the same machine; a figure is the
median over the rounds of the median of a round, in milliseconds a step, with the quartiles over the rounds, and a
ratio is the median over the rounds of the ratio within a round. `--busy` runs beside a process that keeps one core
busy. `--curves` compares training losses in place of times.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Case: what it is, the ratio to PyTorch eager that is required and the one aimed at, and floating-point operations
# of the arithmetic that cannot be spared (products of the layers only).
CASES = {
    "a": ("training step, 2-D, width 64, batch 256", 3.0, 6.0),
    "b": ("training step, 50-D, width 512, batch 1024", 1.0, 1.35),
    "c": ("Euler step of 10,000 points, 50-D, width 512", 1.2, 1.5),
    "c2": ("Euler step of 10,000 points, 2-D, width 64", None, None),
    "d1a": ("action matching step, 2-D", None, None),
    "d1b": ("action matching step, 50-D", 0.8, 1.2),
    "b/tape": ("as b, on the tape", 0.8, None),
    "d1b/tape": ("as d1b, on the tape", 0.8, None),
}


def operations(case):
    """Multiplications and additions of the products that the derivative rules cannot do without."""
    name = case.split("/")[0]
    dim, width, batch = (50, 512, 1024) if name in ("b", "c", "d1b") else (2, 64, 256)
    outputs = 1 if name.startswith("d") else dim
    first, all_layers = (dim + 1) * width, (dim + 1) * width + 2 * width * width + width * outputs
    if name.startswith("c"):
        return 2 * 10_000 * all_layers
    # Forward, weight gradient and input gradient, of which the first layer needs no last.
    values = lambda rows: 6 * rows * all_layers - 2 * rows * first
    if not name.startswith("d"):
        return values(batch)
    # Forward, back, tangent, back again, and the weight gradient over two channels.
    return values(2 * batch) + 12 * batch * all_layers


class Program:
    """A bench that answers requests."""

    def __init__(self, command, **environment):
        free = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**free, **environment}
        )
        self.name = json.loads(self.process.stdout.readline())["peer"]

    def ask(self, verb, case, amount):
        time.sleep(0.25)  # The threads of the program before spin for a while after its last step.
        self.process.stdin.write(f"{verb} {case} {amount}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended at `{verb} {case} {amount}`.")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def engine():
    """Builds the engine's bench and gives the command that runs it."""
    build = ["cargo", "build", "--release", "-p", "thalweg-nn", "--bench", "executors", "--message-format=json"]
    done = subprocess.run(build, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True)
    made = [json.loads(line).get("executable") for line in done.stdout.splitlines()]
    return [next(path for path in reversed(made) if path), "serve"]


def spread(values):
    lower, median, upper = (statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3)
    return f"{median:.3g} [{lower:.3g}, {upper:.3g}]"


def times(programs, cases, rounds, seconds):
    ours, eager, jit = programs
    peak, rows = [], {case: [] for case in cases}
    for case in cases:
        for program in programs:
            program.ask("time", case if program is ours else case.split("/")[0], 0)
    for _ in range(rounds):
        peak.append(2 * 2048**3 / eager.ask("time", "sgemm", 0.5)["median"] / 1e6)
        for case in cases:
            plain = case.split("/")[0]
            asked = [ours.ask("time", case, seconds), eager.ask("time", plain, seconds), jit.ask("time", plain, seconds)]
            rows[case].append([answer["median"] for answer in asked])
    limit = max(peak)
    print(f"\nProduct of 2048 x 2048 x 2048 in PyTorch: {spread(peak)} GFLOP/s, at best {limit:.0f}\n")
    print("| case | thalweg ms | torch eager ms | jax jit ms | eager / ours | required | aim | jit / ours | of the peak |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in cases:
        table = list(zip(*rows[case]))
        ratio, other = ([p / o for p, o in zip(peer, table[0])] for peer in table[1:])
        _, required, aim = CASES[case]
        share = operations(case) / (statistics.median(table[0]) * 1e6) / limit
        figures = [*map(spread, table), spread(ratio), required or "", aim or "", spread(other), f"{share:.0%}"]
        print("|", " | ".join(map(str, [case, *figures])), "|")


def curves(programs, cases, steps):
    print("\nMean loss over each tenth of a training:\n")
    for case in cases:
        for program in programs:
            plain = case if program is programs[0] else case.split("/")[0]
            values = program.ask("curve", plain, steps[plain.split("/")[0]])["curve"]
            print(f"{case:<9} {program.name:<16}", *(f"{v:9.4f}" for v in values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.7)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--curves", action="store_true")
    options = parser.parse_args()
    cases = options.cases or list(CASES)
    if unknown := set(cases) - set(CASES):
        parser.error(f"There is no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}.")
    peers = [[sys.executable, str(HERE / "peers" / name)] for name in ("torch_eager.py", "jax_jit.py")]
    programs = [Program(command, THREADS="2", OMP_NUM_THREADS="2") for command in (engine(), *peers)]
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if options.busy else None
    try:
        print(", ".join(p.name for p in programs), "beside a busy process" if options.busy else "")
        if options.curves:
            curves(programs, cases, {"a": 3000, "b": 300, "d1a": 3000, "d1b": 100})
        else:
            times(programs, cases, options.rounds, options.seconds)
    finally:
        if neighbour:
            neighbour.kill()
        for program in programs:
            program.close()


main()
