"""Fates of barcoded cells: where thalweg takes early cells of day 2 by day 6, against what their clones became.

Learns from coordinates and days of all cells on the neutrophil/monocyte branch, at the defaults, and pushes the scored
cells (early on day 2, not `nm2_heldout`) from day 2 to day 6. The file does not label the cells of day 6, so the fate of
a place is that of the nearest labelled cells: the mean neutrophil share among clonal relatives of the 20 nearest cells
of day 2 that are not early and not held out. No scored cell and no cell of a held-out clone, of which the truth is made,
is among them. Reported is the Pearson correlation with `nm2_truth`,

- `unmoved`: of the scored cells where they are: what the labels tell without any dynamics;
- `moved`: of their places on day 6;
- `blurred`: of 32 copies of each cell, blurred as the training blurs (0.1 of the spread of the data), each counted with
  the mass it grows to.

    python benches/data/fates.py DATA --runs RUNS [--thalweg CMD] [--seeds 0 1 2]
"""

import resource

import numpy as np
from common import Runner, arguments, spread, verdict

NEUTROPHIL, MONOCYTE = 5, 6
NEAREST = (10, 20, 50)
COPIES, BLUR = 32, 0.1
ENTRY, STRETCH = 0.19, 0.52
GIB = 8


def main():
    args = arguments(__doc__).parse_args()
    runner = Runner(args)
    cells = Cells(args.data / "larry_neutrophil_monocyte" / "larry.npz")
    source = args.runs / "larry.npz"
    np.savez(source, X=cells.points, day=cells.day)
    print(f"{len(cells.day)} cells, {len(cells.scored)} scored, {len(cells.share)} labelled")
    for k in NEAREST:
        print(f"unmoved, {k} nearest: {cells.correlation(cells.fates(cells.scored, k)):.4f}")
    found = []
    for seed in args.seeds:
        folder = args.runs / f"larry-seed{seed}"
        options = ["--time", "day", "--features", "X", "--seed", str(seed), "--threads", "1", "--memory", f"{GIB}GiB"]
        runner.learn(source, options, folder)
        found.append(judge(runner, cells, folder, seed))
    print(f"peak memory of the largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20:.2f} GiB")
    moved, blurred = np.array(found).T
    for name, values in (("moved", moved), ("blurred", blurred)):
        print(f"{name}: {values.mean():.4f} ± {spread(values.tolist()):.4f} over the seeds")
    verdict(f"correlation of the moved cells at least {ENTRY} (lowest {moved.min():.3f})", moved.min() >= ENTRY)
    verdict(f"correlation of the moved cells at least {STRETCH} (lowest {moved.min():.3f})", moved.min() >= STRETCH)


def judge(runner, cells, folder, seed):
    ends, _ = runner.carry(folder, cells.scored, 2, 6)
    row = [cells.correlation(cells.fates(ends, k)) for k in NEAREST]
    print(f"seed {seed}: moved, {' / '.join(map(str, NEAREST))} nearest: {' / '.join(f'{v:.4f}' for v in row)}", end="; ")
    noise = np.random.default_rng(seed).normal(scale=BLUR * cells.spread, size=(COPIES, *cells.scored.shape))
    ends, weights = runner.carry(folder, (cells.scored + noise).reshape(-1, 2), 2, 6)
    weights = weights.reshape(COPIES, -1)
    fates = (cells.fates(ends, 20).reshape(COPIES, -1) * weights).sum(0) / weights.sum(0)
    print(f"blurred: {cells.correlation(fates):.4f}", flush=True)
    return row[NEAREST.index(20)], cells.correlation(fates)


class Cells:
    """The cells of the branch, which of them are scored, and the labels."""

    def __init__(self, path):
        with np.load(path) as file:
            arrays = dict(file)
        branch, second = arrays["nm_mask"], arrays["day"] == 2
        self.points = arrays["xy"][branch].astype(float)
        self.day = arrays["day"][branch]
        places = arrays["xy"][branch & second].astype(float)
        early, held = arrays["early_day2"][branch[second]], arrays["nm2_heldout"]
        fate = arrays["clonal_fate"][branch[second]]
        counts = fate[:, [NEUTROPHIL, MONOCYTE]].sum(1)
        labelled = (counts > 0) & ~early & ~held
        self.scored = places[early & ~held]
        self.truth = arrays["nm2_truth"][early & ~held]
        self.labelled = places[labelled]
        self.share = fate[labelled, NEUTROPHIL] / counts[labelled]
        days = [self.points[self.day == d] for d in (2, 4, 6)]
        mean = np.mean([p.mean(0) for p in days], axis=0)
        self.spread = np.sqrt(np.mean([((p - mean) ** 2).mean() for p in days]))

    def fates(self, points, nearest):
        """Mean neutrophil share of the labelled cells nearest to each point."""
        out = np.empty(len(points))
        for start in range(0, len(points), 2000):
            part = slice(start, start + 2000)
            distance = ((points[part, None] - self.labelled[None]) ** 2).sum(-1)
            out[part] = self.share[np.argpartition(distance, nearest, axis=1)[:, :nearest]].mean(1)
        return out

    def correlation(self, fates):
        return np.corrcoef(fates, self.truth)[0, 1]


if __name__ == "__main__":
    main()
