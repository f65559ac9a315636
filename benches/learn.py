"""A whole `thalweg learn` beside torchcfm's own loop: OT-CFM from eight Gaussians to two moons.

    python benches/learn.py [--steps N] [--rounds N] [--busy]

Both train the network of torchcfm's examples (three hidden layers of 64, SELU) for the same steps on batches of 256
paired by exact transport within the batch. thalweg's time is that of the command from its start to its end: reading,
training, evaluation and report. torchcfm's is that of its loop alone, with its own samplers, as in its examples; a
second column draws its batches from tables made beforehand, as thalweg does, so that the loop is not charged for
drawing points one by one. torchcfm's time grows evenly with the steps, so it runs for some seconds, and the time of a step is
multiplied.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def learn(table, steps, folder):
    network = '{"hidden":[64,64,64],"activation":"selu"}'
    settings = [f"fit.steps={steps}", "batch=256", f"network={network}", "fit.learning_rate=0.001"]
    flags = [flag for setting in settings for flag in ("--set", setting)]
    binary = HERE.parent / "target/release/thalweg"
    command = [binary, "learn", table, "--time", "time", "--method", "flow-matching", "--threads", "2", *flags]
    start = time.perf_counter()
    subprocess.run([*command, "-o", folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    total = time.perf_counter() - start
    events = (Path(folder) / "events/velocity.jsonl").read_text().splitlines()
    return total, json.loads(events[-1])["seconds"]


def peer(kind, steps, seconds):
    free = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    command = [sys.executable, str(HERE / "peers/torchcfm_loop.py"), kind, str(seconds)]
    done = subprocess.run(command, env=free, check=True, stdout=subprocess.PIPE, text=True)
    return steps * json.loads(done.stdout.splitlines()[-1])["seconds"]


def spread(values):
    lower, median, upper = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return f"{median:.3g} [{lower:.3g}, {upper:.3g}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="of each torchcfm loop")
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "thalweg-cli"], cwd=HERE.parent, check=True)
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if options.busy else None
    rows = []
    try:
        with tempfile.TemporaryDirectory() as scratch:
            table = Path(scratch) / "gaussians_to_moons.csv"
            subprocess.run([sys.executable, str(HERE / "peers/toy.py"), table], check=True)
            for k in range(options.rounds):
                own = learn(table, options.steps, Path(scratch) / f"run{k}")
                peers = (peer(kind, options.steps, options.seconds) for kind in ("tables", "samplers"))
                rows.append((*own, *peers))
    finally:
        if neighbour:
            neighbour.kill()
    total, training, tables, samplers = map(list, zip(*rows))
    ratio = lambda peer: spread([p / o for p, o in zip(peer, total)])
    print(f"\nSeconds for {options.steps} steps{' beside a busy process' if options.busy else ''}:\n")
    print("| thalweg learn, whole | of it training | torchcfm, from tables | torchcfm, own samplers | ratio, tables | ratio, samplers | required | aim |")
    print("|---|---|---|---|---|---|---|---|")
    print("|", " | ".join([*map(spread, (total, training, tables, samplers)), ratio(tables), ratio(samplers), "4", "7"]), "|")


main()
