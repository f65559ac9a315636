"""Road networks with known equilibria: `thalweg route` beside the best known flows.

    python benches/data/traffic.py DATA [--thalweg CMD] [--rounds N] [--sets NAME ...]

DATA holds `traffic_assignment/` with `siouxfalls.npz`, `anaheim.npz` and `chicagosketch.npz`: links, trips, the best
known volumes, and the first node that paths may pass through. They are written as tables into a folder for the time of
the run.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np

# Units of generalised cost a unit of toll and of length, and the objective that the collection states.
SETS = {
    "siouxfalls": ((0.0, 0.0), 4231335.28710744),
    "anaheim": ((0.0, 0.0), None),
    "chicagosketch": ((0.02, 0.04), 17313018.7387477),
}
WANTED = 1e-6


def tables(data, folder):
    """The network and the trips as CSV, and the objective of the best known flows."""
    links, known = data["links"], {(int(a), int(b)): x for a, b, x, _ in data["flow"]}
    toll, mile = SETS[data["name"]][0]
    a, b, capacity, length, free, rise, power, _, price, _ = links.T
    fixed = toll * price + mile * length
    first = int(data["first_thru"])
    # Centroids are closed by hand: each becomes a source and a sink that no path passes.
    ends = [(f"{int(i)}out" if i < first else int(i), f"{int(j)}in" if j < first else int(j)) for i, j in zip(a, b)]
    with open(folder / "net.csv", "w") as file:
        file.write("from,to,time,capacity,b,power,fixed\n")
        for (i, j), row in zip(ends, zip(free, capacity, rise, power, fixed)):
            file.write(f"{i},{j}," + ",".join(repr(float(v)) for v in row) + "\n")
    touched = {str(v) for pair in ends for v in pair}
    with open(folder / "trips.csv", "w") as file:
        file.write("from,to,amount\n")
        for i, j, amount in data["od"]:
            if i != j and amount > 0:
                i, j = (f"{int(v)}{side}" if v < first else int(v) for v, side in ((i, "out"), (j, "in")))
                assert {str(i), str(j)} <= touched
                file.write(f"{i},{j},{float(amount)!r}\n")
    x = np.array([known[int(i), int(j)] for i, j in zip(a, b)])
    return ((free + fixed) * x + free * rise * x / (power + 1) * (x / capacity) ** power).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--thalweg", default="thalweg")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", default=["siouxfalls", "anaheim"], choices=list(SETS))
    args = parser.parse_args()
    worst = 0.0
    heads = [("network", -15), ("gap asked", 10), ("objective", 18), ("best known", 18), ("difference", 12)]
    heads += [("proven to", 11), ("seconds", 9)]
    print("".join(name.rjust(width) if width > 0 else name.ljust(-width) for name, width in heads))
    for name in args.sets:
        data = {"name": name, **np.load(args.data / "traffic_assignment" / f"{name}.npz")}
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            known = tables(data, folder)
            stated = SETS[name][1]
            if stated is not None and abs(known / stated - 1) > 1e-12:
                raise SystemExit(f"The known flows of {name} have the objective {known}, not {stated}.")
            for gap in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12):
                command = shlex.split(args.thalweg) + ["route", "--network", str(folder / "net.csv")]
                command += ["--trips", str(folder / "trips.csv"), "--tolerance", str(gap), "--json"]
                command += ["-o", str(folder / "flows.npz")]
                runs = [json.loads(subprocess.run(command, stdout=-1, check=True).stdout) for _ in range(args.rounds)]
                found, seconds = runs[0], statistics.median(run["report"]["seconds"] for run in runs)
                off = found["objective"] / known - 1
                print(f"{name:<15}{gap:>10.0e}{found['objective']:>18.6f}{known:>18.6f}{off:>12.1e}"
                      f"{found['gap'] / known:>11.1e}{seconds:>9.4f}")
            worst = max(worst, abs(off))
    print(f"\nlargest relative difference at the smallest gap: {worst:.1e} (required: {WANTED:.0e})")
    raise SystemExit(worst > WANTED)


if __name__ == "__main__":
    main()
