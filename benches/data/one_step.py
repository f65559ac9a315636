"""Growing populations: masses at every observed time, and one-step-ahead W1 beside the sampling floor.

Velocity-growth matching learns from all snapshots, at its defaults and at every seed. Printed, as mean ± standard
deviation over the seeds: the relative error of the mass, once carried from the snapshot before and once from the first;
and the mean W1 of the snapshot before, carried to this time, over that of two random halves of this snapshot.

    python benches/data/one_step.py DATA --runs RUNS [--thalweg CMD] [--seeds 0 1 2]
"""

from statistics import mean

import numpy as np
from common import GROWING, Runner, arguments, spread, table, verdict

MASS, FLOOR = 0.05, 1.25
# A floor of fewer points than this in a half says more about the sample than about the population.
HALF = 200


def main():
    args = arguments(__doc__).parse_args()
    runner = Runner(args)
    jobs = [(name, "S039", seed, None) for name in GROWING for seed in args.seeds]
    found = runner.all(jobs)
    print(f"{'data set':<24}{'time':>4}{'cells':>7}{'mass error, step':>20}{'from the first':>20}{'W1':>16}{'floor':>16}"
          f"{'ratio':>7}")
    masses, ratios = [], []
    for name in GROWING:
        with np.load(table(args.data, name, args.runs)) as arrays:
            points, times = arrays["X"], arrays["t"]
        counts = {t: int((times == t).sum()) for t in np.unique(times)}
        carried = {s: from_the_first(runner, name, s, points[times == 0], counts) for s in args.seeds}
        for k, time in enumerate(list(counts)[1:]):
            rows = [found[name, "S039", s, None].rows[k] for s in args.seeds]
            step = [r["mass_error"] for r in rows]
            total = [carried[s][time] for s in args.seeds]
            reached, floor = ([r[who]["w1"] for r in rows] for who in ("model", "floor"))
            ratio = mean(reached) / mean(floor)
            enough = counts[time] // 2 >= HALF
            masses += [mean(step), mean(total)]
            ratios += [ratio] if enough else []
            print(f"{name:<24}{time:>4g}{counts[time]:>7}{share(step):>20}{share(total):>20}"
                  f"{figure(reached):>16}{figure(floor):>16}{ratio:>7.3f}{'' if enough else ' (few cells)'}")
    print()
    verdict(f"mass error at most {MASS:.0%} at every time (worst {max(masses):.1%})", max(masses) <= MASS)
    verdict(f"W1 at most {FLOOR} of the floor at every time (worst {max(ratios):.3f})", max(ratios) <= FLOOR)


def from_the_first(runner, name, seed, first, counts):
    """Relative error of the mass at each time, carried from the first snapshot."""
    weights = {t: runner.push(name, seed, first, 0, t) for t in list(counts)[1:]}
    return {t: abs(w.mean() * counts[0] / counts[t] - 1.0) for t, w in weights.items()}


def share(values):
    return f"{mean(values):.2%} ±{spread(values):.2%}"


def figure(values):
    return f"{mean(values):.4f} ±{spread(values):.4f}"


if __name__ == "__main__":
    main()
