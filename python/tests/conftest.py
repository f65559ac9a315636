"""Small populations with known answers."""

import numpy as np
import pytest

QUICK = {"fit.steps": 20, "fit.schedule.warmup": 2}


@pytest.fixture
def snapshots():
    """Three snapshots of a cloud that moves by (1, 0) a unit of time; 40 points each, shuffled."""
    rng = np.random.default_rng(0)
    times = rng.permutation(np.repeat([0.0, 1.0, 2.0], 40))
    x = 0.2 * rng.normal(size=(120, 2))
    x[:, 0] += times
    return x, times


@pytest.fixture(scope="session")
def quick_run():
    """A run that has hardly learned anything, for everything but its truth."""
    import thalweg

    rng = np.random.default_rng(0)
    times = np.repeat([0.0, 1.0, 2.0], 40)
    x = 0.2 * rng.normal(size=(120, 2)) + times[:, None]
    return thalweg.learn(x, times, method="flow-matching", settings=QUICK, hold_out=1.0)
