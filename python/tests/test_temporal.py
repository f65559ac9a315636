"""Couplings of an AnnData over time: lineages that cannot be mistaken, sums that are kept, growth that is met."""

import numpy as np
import pytest

import thalweg

anndata = pytest.importorskip("anndata")


@pytest.fixture
def lineages():
    """Two lineages far apart at three times; ``up`` divides once a unit of time, so that it doubles."""
    rng = np.random.default_rng(0)
    x, day, fate, rate = [], [], [], []
    for t in range(3):
        for name, height, count in (("up", 5.0, 20 * 2**t), ("down", -5.0, 20)):
            x.append(rng.normal(size=(count, 2)) * 0.3 + [t, height])
            day += [float(t)] * count
            fate += [name] * count
            rate += [np.log(2.0) if name == "up" else 0.0] * count
    order = rng.permutation(len(day))
    data = anndata.AnnData(np.zeros((len(day), 1), dtype=np.float32))
    data.obsm["X_pca"] = np.concatenate(x)[order]
    for key, values in (("day", day), ("fate", fate), ("rate", rate)):
        data.obs[key] = np.array(values)[order]
    return data


def test_lineages_are_told_apart(lineages):
    coupled = thalweg.temporal(lineages, "day", growth="rate", use_rep="X_pca", threads=1)
    assert coupled.converged and coupled.times.tolist() == [0.0, 1.0, 2.0]
    table = coupled.transition_table("fate", 0, 2)
    assert [row["group"] for row in table] == ["down", "up"]
    assert table[0]["down"] > 0.999 and table[1]["up"] > 0.999
    back = coupled.transition_table("fate", 0, 2, backward=True)
    assert abs(back[0]["down"] - 1.0) < 1e-3 and abs(sum(v for k, v in back[1].items() if k != "group") - 1.0) < 1e-12


def test_without_growth_the_other_lineage_must_feed_the_one_that_grows(lineages):
    # At day 1 two thirds of the cells are up, so a sixth of the mass must cross.
    coupled = thalweg.temporal(lineages, "day", threads=1)
    row = coupled.transition_table("fate", 0, 1)[0]
    assert abs(row["up"] - 1 / 3) < 1e-3


def test_amounts_are_carried_and_kept(lineages):
    coupled = thalweg.temporal(lineages, "day", growth="rate", threads=1)
    start = np.random.default_rng(1).uniform(size=len(coupled.rows[0]))
    end = coupled.push(start, 0, 2)
    assert end.shape == (100,) and abs(end.sum() - start.sum()) < 1e-9
    assert abs(coupled.pull(end, 0, 2).sum() - start.sum()) < 1e-9
    two = coupled.push(np.column_stack([start, 2 * start]), 0, 2)
    np.testing.assert_allclose(two, np.column_stack([end, 2 * end]))
    with pytest.raises(thalweg.InputError, match="no snapshot then"):
        coupled.push(start, 0, 7)
    with pytest.raises(thalweg.InputError, match="earlier"):
        coupled.pull(start, 2, 0)
    with pytest.raises(thalweg.InputError, match="40 cells"):
        coupled.push(start[:3], 0, 1)


def coupling(x, y, a, b, epsilon, rho):
    """The coupling by plain scaling in the log domain: Euclidean costs, all strengths as parts of the mean cost."""
    cost = np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))
    damping = 1.0 if rho is None else rho / (rho + epsilon)
    epsilon *= a @ cost @ b
    f, g = np.zeros(len(a)), np.zeros(len(b))

    def least(potential, cost, weights):
        z = (potential - cost) / epsilon + np.log(weights)
        top = z.max(1, keepdims=True)
        return -damping * epsilon * (top[:, 0] + np.log(np.exp(z - top).sum(1)))

    for _ in range(3000):
        f = least(g[None], cost, b[None])
        g = least(f[None], cost.T, a[None])
    return a[:, None] * b[None] * np.exp((f[:, None] + g[None] - cost) / epsilon)


@pytest.mark.parametrize("rho", [None, 0.7])
def test_couplings_at_uneven_times_are_those_of_plain_scaling(rho):
    rng = np.random.default_rng(3)
    days, sizes = np.array([0.0, 1.0, 3.0]), (6, 8, 7)
    data = anndata.AnnData(np.zeros((sum(sizes), 1), dtype=np.float32))
    data.obsm["X_pca"] = rng.normal(size=(sum(sizes), 2))
    data.obs["day"], data.obs["rate"] = np.repeat(days, sizes), rng.uniform(-1.0, 1.0, sum(sizes))
    data.obs["kind"] = rng.choice(["p", "q", "r"], sum(sizes))
    coupled = thalweg.temporal(
        data, "day", growth="rate", epsilon=0.4, rho=rho, cost="euclidean", top_k=None, threads=1, write=True
    )
    ends = np.cumsum((0, *sizes))
    rows = [np.arange(*ends[k : k + 2]) for k in range(3)]
    x, rate, kind = data.obsm["X_pca"], np.asarray(data.obs["rate"]), np.asarray(data.obs["kind"])
    steps = []
    for k in range(2):
        a = np.exp(rate[rows[k]] * (days[k + 1] - days[k]))
        b = np.full(sizes[k + 1], 1.0 / sizes[k + 1])
        plan = coupling(x[rows[k]], x[rows[k + 1]], a / a.sum(), b, 0.4, rho)
        np.testing.assert_allclose(coupled.matches[k].plan.dense(), plan, rtol=1e-4)
        sent = plan.sum(1)
        np.testing.assert_allclose(data.obs["thalweg_descendants"].iloc[rows[k]], sent / sent.mean(), rtol=1e-4)
        kept = data.uns["thalweg_temporal"]["couplings"][f"{k}_{k + 1}"]
        assert set(kept["source"]) == set(rows[k]) and set(kept["target"]) == set(rows[k + 1])
        steps.append(plan)
    forward = [plan / plan.sum(1, keepdims=True) for plan in steps]
    back = [(plan / plan.sum(0)).T for plan in steps]
    first, last = ([kind[rows[k]] == name for name in ("p", "q", "r")] for k in (0, 2))
    for backward, mass, here, there, shares in (
        (False, steps[0].sum(1), first, last, forward[0] @ forward[1]),
        (True, steps[1].sum(0), last, first, back[1] @ back[0]),
    ):
        for row in coupled.transition_table("kind", 0, 3, backward=backward):
            own = here["pqr".index(row["group"])]
            for name, theirs in zip("pqr", there):
                if theirs.any():
                    expected = (mass[own] @ shares[np.ix_(own, theirs)]).sum() / mass[own].sum()
                    assert abs(row[name] - expected) < 1e-4


def test_what_is_written_is_the_couplings(lineages, tmp_path):
    coupled = thalweg.temporal(lineages, "day", growth="rate", rho=5.0, top_k=7, threads=1, write=True)
    written = lineages.uns["thalweg_temporal"]["couplings"]["0_1"]
    days = np.asarray(lineages.obs["day"])
    assert (days[written["source"]] == 0).all() and (days[written["target"]] == 1).all()
    assert len(written["mass"]) == 7 * 40
    descendants = np.asarray(lineages.obs["thalweg_descendants"])
    assert np.isnan(descendants[days == 2]).all() and np.isfinite(descendants[days < 2]).all()
    fates = np.asarray(lineages.obs["fate"])
    ratio = descendants[(days == 0) & (fates == "up")].mean() / descendants[(days == 0) & (fates == "down")].mean()
    assert abs(ratio - 2.0) < 0.1
    lineages.write_h5ad(tmp_path / "out.h5ad")
    assert len(anndata.read_h5ad(tmp_path / "out.h5ad").uns["thalweg_temporal"]["times"]) == 3
    assert "2 couplings" in repr(coupled)


def test_refusals(lineages):
    with pytest.raises(thalweg.InputError, match="no AnnData"):
        thalweg.temporal(np.zeros((3, 2)), "day")
    with pytest.raises(thalweg.InputError, match="rates"):
        thalweg.temporal(lineages, "day", growth=[1.0])
    with pytest.raises(thalweg.InputError, match="no obs column"):
        thalweg.temporal(lineages, "hour")


def test_what_is_missing_is_told_of(lineages):
    coupled = thalweg.temporal(lineages, "day", threads=1)
    values = np.ones(len(coupled.rows[0]))
    values[3] = np.nan
    with pytest.raises(thalweg.InputError, match=r"The values have NaN at 3 \(counted from 0\)"):
        coupled.push(values, 0, 1)
    with pytest.raises(thalweg.InputError, match="The values have NaN"):
        coupled.matches[0].push(values)
    with pytest.raises(thalweg.InputError, match="The values have inf"):
        coupled.pull(np.full(len(coupled.rows[1]), np.inf), 0, 1)
    lineages.obs["gaps"] = lineages.obs["day"].where(lineages.obs["day"] > 0)
    with pytest.raises(thalweg.InputError, match="The times in 'gaps' of obs have NaN at"):
        thalweg.temporal(lineages, "gaps")
    lineages.obs["one"] = 2.0
    with pytest.raises(thalweg.InputError, match="have the time 2, but couplings need two times"):
        thalweg.temporal(lineages, "one")
