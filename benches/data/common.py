"""What the benchmarks on data share: where the sets lie, what their READMEs state, and cached runs of the program."""

import argparse
import concurrent.futures
import json
import re
import shlex
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class DataSet:
    """A table of points with times, in an NPZ file."""

    file: str
    times: int
    section: str = ""

    @property
    def interior(self):
        """Times with a neighbour on both sides."""
        return range(1, self.times - 1)


SETS = {
    "embryoid_5d": DataSet("sbirr_snapshots/sbirr.npz", 5, "### embryoid_5d"),
    "dyngen_5d": DataSet("dyngen_5d/dyngen_5d.npz", 5),
    "simulation_gene_2d": DataSet("simulation_gene_2d/simulation_gene_2d.npz", 5),
    "emt_a549_10d": DataSet("emt_a549_10d/emt_a549_10d.npz", 4),
    "mouse_hematopoiesis_2d": DataSet("mouse_hematopoiesis_2d/mouse_hematopoiesis_2d.npz", 3),
}
GROWING = {
    "simulation_gene_2d": SETS["simulation_gene_2d"],
    "mouse_hematopoiesis_2d": SETS["mouse_hematopoiesis_2d"],
    "gaussian_mixture_50d": DataSet("gaussian_mixture_50d/gaussian_mixture_50d.npz", 2),
}


def straight_line(data, name):
    """W1 of the exact-OT straight line at each left-out time, as the README beside the data states it."""
    kind = SETS[name]
    text = (data / kind.file).parent.joinpath("README.md").read_text()
    text = text[text.index(kind.section) :] if kind.section else text
    text = text[text.index("exact-OT straight-line") :]
    rows = re.findall(r"^\| (\d+) \|.*\| ([\d.]+) \|$", text, re.MULTILINE)
    table = {int(time): float(value) for time, value in rows[: kind.times - 2]}
    if set(table) != set(kind.interior):
        raise SystemExit(f"The README of {name} gives the line at {sorted(table)}, not at {list(kind.interior)}.")
    return table


def table(data, name, folder):
    """The file to learn from. Snapshots stacked in one array are unstacked into a table in `folder`."""
    path = data / {**SETS, **GROWING}[name].file
    with np.load(path) as arrays:
        if name not in arrays:
            return path
        stacked = arrays[name]
    flat = folder / f"{name}.npz"
    if not flat.exists():
        count, each, dim = stacked.shape
        np.savez(flat, X=stacked.reshape(-1, dim), t=np.repeat(np.arange(count), each))
    return flat


def spread(values):
    """Standard deviation of one figure over the seeds."""
    return statistics.stdev(values) if len(values) > 1 else float("nan")


def arguments(doc):
    """The arguments that all these benchmarks take."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with the data sets")
    parser.add_argument("--runs", type=Path, default=Path(tempfile.gettempdir()) / "thalweg-benches")
    parser.add_argument("--thalweg", default="thalweg", help="the program, or a command line that runs it")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    return parser


@dataclass(frozen=True)
class Run:
    """What a finished run states of itself."""

    rows: list
    seconds: float

    @property
    def left_out(self):
        (row,) = [r for r in self.rows if r["protocol"] == "left-out"]
        return row


class Runner:
    """Runs `thalweg learn` at its defaults, at most once for each question."""

    def __init__(self, args):
        self.args = args
        args.runs.mkdir(parents=True, exist_ok=True)

    def all(self, jobs):
        """The runs of all jobs `(set, method, seed, held-out time or None)`."""
        with concurrent.futures.ThreadPoolExecutor(self.args.jobs) as pool:
            return dict(zip(jobs, pool.map(lambda job: self.one(*job), jobs)))

    def folder(self, name, method, seed, held):
        return self.args.runs / f"{name}-{method}-{'all' if held is None else f'without-{held}'}-seed{seed}"

    def one(self, name, method, seed, held):
        folder = self.folder(name, method, seed, held)
        options = ["--time", "t", "--features", "X", "--seed", str(seed), "--threads", "1"]
        options += [] if method == "default" else ["--method", method]
        options += [] if held is None else ["--hold-out", str(held)]
        self.learn(table(self.args.data, name, self.args.runs), options, folder)
        record = json.loads((folder / "run.json").read_text())
        return Run(json.loads((folder / "metrics.json").read_text())["rows"], record["seconds"])

    def push(self, name, seed, points, start, end):
        """Masses to which points grow under the law of velocity-growth matching."""
        return self.carry(self.folder(name, "S039", seed, None), points, start, end)[1]

    def carry(self, folder, points, start, end):
        """Points moved by a run, and the mass each grows to."""
        with tempfile.TemporaryDirectory() as place:
            before, after = Path(place) / "before.npz", Path(place) / "after.npz"
            np.savez(before, X=points)
            options = ["--points", before, "--features", "X", "--from", start, "--to", end, "--threads", 1, "-o", after]
            self.run("push", folder, *options)
            with np.load(after) as moved:
                return moved["X"], moved["weight"]

    def learn(self, source, options, folder):
        if (folder / "metrics.json").exists():
            return
        resume = ["--resume"] if folder.exists() else []
        self.run("learn", source, *options, "-o", folder, *resume)

    def run(self, *words):
        command = [*shlex.split(self.args.thalweg), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr}")


def verdict(what, holds):
    """A requirement and whether it is met."""
    print(("met:     " if holds else "NOT MET: ") + what)
