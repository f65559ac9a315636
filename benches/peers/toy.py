"""Writes the table of `benches/learn.py`: 10,000 points of eight Gaussians at time 0, of two moons at time 1."""

import sys

import numpy as np

COUNT = 10_000


def gaussians(rng, n):
    angle = rng.integers(8, size=n) * (np.pi / 4)
    return 5 * np.stack([np.cos(angle), np.sin(angle)], 1) + np.sqrt(0.1) * rng.standard_normal((n, 2))


def moons(rng, n):
    """As in scikit-learn with noise 0.2, then scaled by three and shifted by minus one, as torchcfm does."""
    angle, second = rng.uniform(0, np.pi, n), rng.integers(2, size=n)
    x = np.where(second, 1 - np.cos(angle), np.cos(angle))
    y = np.where(second, 0.5 - np.sin(angle), np.sin(angle))
    return 3 * (np.stack([x, y], 1) + 0.2 * rng.standard_normal((n, 2))) - 1


def main():
    rng = np.random.default_rng(0)
    points = np.concatenate([gaussians(rng, COUNT), moons(rng, COUNT)])
    times = np.repeat([0, 1], COUNT)
    header = "time,x,y"
    np.savetxt(sys.argv[1], np.column_stack([times, points]), delimiter=",", header=header, comments="", fmt="%.6g")


if __name__ == "__main__":
    main()
