"""What is learned, against what is known without it."""

import numpy as np
import pytest

import thalweg


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_shifted_cloud_is_carried_to_where_it_was_shifted(seed):
    # The optimal transport between a cloud and its translate is the translation, so every point moves by it.
    rng = np.random.default_rng(seed)
    shift = np.array([3.0, -1.0])
    start = rng.normal(size=(200, 2))
    run = thalweg.learn(
        [start, start + shift],
        [0.0, 2.0],
        method="flow-matching",
        seed=seed,
        settings={"fit.steps": 600, "network.hidden": [32, 32]},
    )
    moved = run.push(start, 0.0, 2.0)
    assert np.abs((moved - start).mean(axis=0) - shift).max() < 0.1
    assert thalweg.w1(moved, start + shift) < 0.35
    # Half way in time is half way in space, and the velocity is shift over span.
    middle = run.simulate(start, [0.0, 1.0, 2.0])
    assert middle.points.shape == (3, 200, 2)
    np.testing.assert_array_equal(middle.points[0], start)
    assert np.abs((middle.points[1] - start).mean(axis=0) - shift / 2).max() < 0.1
    assert np.abs(run.velocity(1.0, start + shift / 2).mean(axis=0) - shift / 2).max() < 0.15
    assert np.all(middle.weights == 1.0) and not run.has_growth
    back = run.push(moved, 2.0, 0.0)
    assert np.abs(back - start).max() < 0.05


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_cluster_that_triples_has_growth_log_three(seed):
    # Two clusters far apart: one keeps its number, the other triples within a unit of time.
    rng = np.random.default_rng(seed)
    kept, grown = np.array([-4.0, 0.0]), np.array([4.0, 0.0])

    def cluster(centre, n):
        return centre + 0.3 * rng.normal(size=(n, 2))

    first = np.concatenate([cluster(kept, 200), cluster(grown, 200)])
    second = np.concatenate([cluster(kept, 200), cluster(grown, 600)])
    run = thalweg.learn(
        [first, second],
        [0.0, 1.0],
        seed=seed,
        settings={"fit.steps": 800, "hidden": [32, 32], "fine_tune": None, "coupling.rho": 0.05},
    )
    assert run.method == "velocity-growth-matching" and run.has_growth
    _, weights = run.push(np.concatenate([cluster(kept, 100), cluster(grown, 100)]), 0.0, 1.0, return_weights=True)
    assert abs(np.log(weights[:100]).mean()) < 0.15
    assert abs(np.log(weights[100:]).mean() - np.log(3)) < 0.15
    np.testing.assert_allclose(np.exp(run.growth(0.5, grown[None])), 3.0, rtol=0.2)


def test_distances_agree_with_their_definitions():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(60, 3)), rng.normal(size=(80, 3)) + 1.0
    pairs = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=2)  # noqa: E731
    energy = 2 * pairs(x, y).mean() - pairs(x, x).mean() - pairs(y, y).mean()
    assert thalweg.energy_distance(x, y) == pytest.approx(energy, rel=1e-12)
    kernel = lambda a, b: np.exp(-(pairs(a, b) ** 2) / 2 / 0.7**2).mean()  # noqa: E731
    assert thalweg.mmd(x, y, bandwidth=0.7) == pytest.approx(np.sqrt(kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)))
    shift = np.array([3.0, 4.0, 0.0])
    assert thalweg.w1(x, x + shift) == pytest.approx(5.0)
    assert thalweg.w2(x, x + shift) == pytest.approx(5.0)
    line = np.sort(rng.normal(size=50)), np.sort(rng.normal(size=50))
    assert thalweg.w1(line[0][:, None], line[1][:, None]) == pytest.approx(np.abs(line[0] - line[1]).mean())
    # In one dimension there is one direction.
    assert thalweg.sliced_w2(line[0][:, None], line[1][:, None], directions=4) == pytest.approx(
        np.sqrt(((line[0] - line[1]) ** 2).mean())
    )
    # Along the shift a translate is farthest.
    assert thalweg.max_sliced_w2(x, x + shift) == pytest.approx(5.0)
    # Weight two is two copies.
    assert thalweg.w1(x, y, x_weights=np.r_[2.0, np.ones(59)]) == pytest.approx(thalweg.w1(np.r_[x[:1], x], y))
