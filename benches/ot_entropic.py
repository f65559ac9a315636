"""Entropic transport beside POT, OTT and GeomLoss, in turns, in one run.

    python benches/ot_entropic.py [CASE ...] [--rounds N] [--peers NAME ...]

Each round makes fresh points, uniform in the unit cube, and gives them to each program in turn; all stop at an L1 error
of the marginals of 1e-6, and the error each reached is measured and printed (for POT's unbalanced solver, which has no
such rule, the relative change of the scalings at which it stops). A figure is the median over the rounds with the
quartiles, and a ratio the median of the ratios within a round. Compilation is not counted.

The lazy cases hold no plan: `--peers ott-blocked geomloss`, in single precision, to the error that each reaches (GeomLoss has
no rule). Against 100,000 points these take hours; their seconds at 10,000 times 100 stand for them.

The last column is the time of the processor for a pair in a pass, all passes at the final epsilon. At best that is
`(2 d + 30) / (4 x 16)` cycles of a core with two 512-bit multiply-adds in single precision, twice as much in double: 30
operations for a power of two and the sums.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent

LAZY = 1 << 27

# Case: kind, points a side, dimension, epsilon over the mean cost, the ratio to the peer that is required and aimed at, and
# the memory of the engine.
CASES = {
    "1000": ("balanced", 1000, 2, 0.05, None, None),
    "2000/fine": ("balanced", 2000, 2, 0.005, 40, 300),
    "5000": ("balanced", 5000, 2, 0.05, 15, 50),
    "5000/fine": ("balanced", 5000, 2, 0.005, 40, 300),
    "unbalanced": ("unbalanced", 5000, 2, 0.05, 15, 40),
    "50-D": ("balanced", 2000, 50, 0.05, None, None),
    "lazy/10000": ("balanced", 10_000, 50, 0.05, 3, 8, LAZY),
    "lazy": ("balanced", 100_000, 50, 0.05, 3, 8, 1 << 30),
}


class Program:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        json.loads(self.process.stdout.readline())

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"A program ended at `{request}`.")
        return json.loads(line)


def engine():
    build = ["cargo", "build", "--release", "-p", "thalweg-ot", "--bench", "entropic", "--message-format=json"]
    done = subprocess.run(build, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True)
    made = [json.loads(line).get("executable") for line in done.stdout.splitlines()]
    return [next(path for path in reversed(made) if path)]


def spread(values):
    ordered = sorted(values)
    lower, upper = (ordered[len(ordered) * q // 4] for q in (1, 3))
    return f"{statistics.median(values):.3f} ({lower:.3f} to {upper:.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=["pot"], help="pot, pot-log, ott, ott-blocked, geomloss")
    options = parser.parse_args()
    command, peers = engine(), Program([sys.executable, str(HERE / "peers/ot_entropic.py")])
    titles = ("case", "program", "seconds", "iterations", "marginal error", "cost", "engine is faster by", "wanted", "ns a pair")
    print("|", " | ".join(titles), "|\n" + "|---" * len(titles) + "|", flush=True)
    for case in options.cases or [name for name in CASES if "lazy" not in name]:
        kind, n, dim, epsilon, least, aim, *memory = CASES[case]
        ours = Program(command + [f"memory={m}" for m in memory])
        answers = {name: [] for name in ["engine", *options.peers]}
        for seed in range(options.rounds):
            with tempfile.NamedTemporaryFile() as file:
                np.random.default_rng(seed).random((2 * n, dim)).tofile(file.name)
                request = f"{kind} {n} {dim} {epsilon} {file.name}"
                answers["engine"].append(ours.ask(request))
                for peer in options.peers:
                    answers[peer].append(peers.ask(f"{request} {peer}"))
        for name, found in answers.items():
            ratios = [p["seconds"] / e["seconds"] for p, e in zip(found, answers["engine"])]
            ratio = f"{statistics.median(ratios):.1f}" if name != "engine" else ""
            wanted = f"{least}, aim {aim}" if name in ("pot", "ott-blocked", "geomloss") and least else ""
            passes = statistics.median(f["passes"] for f in found)
            error, cost = max(f["error"] for f in found), found[-1]["cost"]
            seconds = spread([f["seconds"] for f in found])
            pair = statistics.median(2e9 * f["seconds"] / (n * n * f["passes"]) for f in found) if name == "engine" else None
            fields = (case, name, seconds, f"{passes:.0f}", f"{error:.1e}", f"{cost:.8f}", ratio, wanted)
            print("|", " | ".join(fields), "|", f"{pair:.2f} |" if pair else "|", flush=True)


main()
