"""Left-out snapshots of real and simulated populations: thalweg beside the exact-OT straight line.

For every data set, every interior time is held out in a run of its own, at every seed and with every method, all at
the defaults of the program. Printed is the mean left-out W1 over the interior times: mean and standard deviation over
the seeds, and its ratio to the straight line that the README of the data set gives.

    python benches/data/left_out.py DATA --runs RUNS [--thalweg CMD] [--methods default S086 ...] [--seeds 0 1 2]

DATA holds the data sets, each in a folder with a README. Runs that are in RUNS already are not repeated.
"""

import argparse
from statistics import mean

from common import SETS, Runner, arguments, spread, straight_line, verdict

METHODS = ["default", "S086", "S083", "S043", "S004", "S039"]
FEW = 1.05


def main():
    parser = arguments(__doc__)
    parser.add_argument("--methods", nargs="+", default=METHODS, help="numbers or names; `default` names none")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    args = parser.parse_args()
    runner = Runner(args)
    jobs = [
        (name, method, seed, time)
        for name in args.sets
        for method in args.methods
        for seed in args.seeds
        for time in SETS[name].interior
    ]
    found = runner.all(jobs)
    print(f"{'data set':<24}{'method':<12}{'left-out W1':>12}{'± seeds':>9}{'straight':>10}{'ratio':>8}"
          f"{'own line':>10}{'seconds':>9}  by time")
    best, default = {}, {}
    for name in args.sets:
        times = SETS[name].interior
        reference = straight_line(args.data, name)
        line = mean(reference[t] for t in times)
        for method in args.methods:
            rows = {(s, t): found[name, method, s, t] for s in args.seeds for t in times}
            means = [mean(rows[s, t].left_out["model"]["w1"] for t in times) for s in args.seeds]
            own = mean(r.left_out["straight_line"]["w1"] for r in rows.values())
            ratio = mean(means) / line
            each = " ".join(
                f"{t:g}:{mean(rows[s, t].left_out['model']['w1'] for s in args.seeds) / reference[t]:.3f}" for t in times
            )
            print(f"{name:<24}{method:<12}{mean(means):>12.4f}{spread(means):>9.4f}{line:>10.4f}{ratio:>8.3f}"
                  f"{own / line:>10.3f}{mean(r.seconds for r in rows.values()):>9.1f}  {each}")
            if method == "default":
                default[name] = ratio
            best[name] = min(best.get(name, (9.0, "")), (ratio, method))
    print()
    below = sum(ratio < 1.0 for ratio, _ in best.values())
    print("best method:", ", ".join(f"{name} {ratio:.3f} ({method})" for name, (ratio, method) in best.items()))
    verdict(f"best method below the line on {below} of {len(best)} (required: all but one)", below >= len(best) - 1)
    worst = max(ratio for ratio, _ in best.values())
    verdict(f"best method never above {FEW} of the line (worst {worst:.3f})", worst <= FEW)
    if default:
        worst = max(default.values())
        verdict(f"default method within {FEW} of the line everywhere (worst {worst:.3f})", worst <= FEW)


if __name__ == "__main__":
    main()
