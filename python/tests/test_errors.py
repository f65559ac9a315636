"""What is refused, and in what words: a sentence with the value, and what to do."""

import numpy as np
import pytest

import thalweg
from conftest import QUICK

X = np.random.default_rng(0).normal(size=(30, 2))
T = np.repeat([0.0, 1.0, 2.0], 10)


def with_value(array, place, value):
    changed = array.copy()
    changed[place] = value
    return changed


BAD = {
    "no times": (lambda: thalweg.learn(X), "came without times"),
    "lengths": (lambda: thalweg.learn(X, T[:-1]), "The times have 29 entries, but there are 30 rows"),
    "one snapshot": (lambda: thalweg.learn(X, np.zeros(30)), "there is one, at time 0"),
    "NaN": (lambda: thalweg.learn(with_value(X, (3, 1), np.nan), T), "Row 3 has the value NaN in column 1"),
    "infinity": (lambda: thalweg.learn(with_value(X, (3, 1), np.inf), T), "Row 3 has the value inf in column 1"),
    "NaN time": (lambda: thalweg.learn(X, with_value(T, 7, np.nan)), "Row 7 has the time NaN"),
    "text": (lambda: thalweg.learn([["a", 1.0]] * 30, T), '"a" is not one'),
    "text time": (lambda: thalweg.learn(X, ["day one"] * 30), '"day one" is not one'),
    "dates": (lambda: thalweg.learn(X, np.full(30, "2024-01-01", "datetime64[D]")), "dates or durations"),
    "complex": (lambda: thalweg.learn(X + 1j, T), "complex numbers"),
    "one axis": (lambda: thalweg.learn(X[:, 0], T), r"reshape\(-1, 1\)"),
    "no columns": (lambda: thalweg.learn(X[:, :0], T), "0 columns"),
    "negative weight": (lambda: thalweg.learn(X, T, weights=with_value(np.ones(30), 12, -2.0)), "is -2"),
    "zero weights": (lambda: thalweg.learn(X, T, weights=T), "at time 0: The weights sum to 0"),
    "empty snapshot": (lambda: thalweg.learn([X, X[:0]], [0, 1]), "Snapshot 1 .* has no rows"),
    "duplicate hold-out": (lambda: thalweg.learn(X, T, hold_out=[1, 1]), "Time 1 is held out twice"),
    "unknown hold-out": (lambda: thalweg.learn(X, T, hold_out=[7]), "no snapshot at time 7"),
    "unknown method": (lambda: thalweg.learn(X, T, method="flow-machting"), "nearest are flow-matching"),
    "unknown setting": (lambda: thalweg.learn(X, T, settings={"fit.stepz": 3}), "stepz"),
    "setting out of range": (lambda: thalweg.learn(X, T, settings={"fit.steps": -3}), "-3"),
    "setting no JSON": (lambda: thalweg.learn(X, T, settings={"fit.steps": object()}), "cannot be written as JSON"),
    "setting NaN": (lambda: thalweg.learn(X, T, settings={"sigma": np.nan}), "cannot be written as JSON"),
    "unknown configuration": (lambda: thalweg.learn(X, T, config={"seeed": 3}), "seeed"),
    "memory": (lambda: thalweg.learn(X, T, memory="4 parsecs"), "parsecs"),
    "threads": (lambda: thalweg.learn(X, T, threads=-2), "threads is -2"),
    "seed": (lambda: thalweg.learn(X, T, seed=0.5), "seed is 0.5"),
    "progress": (lambda: thalweg.learn(X, T, progress=3), "progress is 3"),
    "missing column": (lambda: thalweg.learn({"x": X[:, 0], "day": T}, time_key="dya"), "Did you mean `day`"),
    "unnamed time": (lambda: thalweg.learn({"x": X[:, 0], "day": T}), "Name it with time_key"),
    "missing file": (lambda: thalweg.learn("no/such.csv", time_key="day"), "does not exist"),
    "unknown format": (lambda: thalweg.learn("cells.xlsx", time_key="day"), "no known format"),
    "file without time": (lambda: thalweg.learn("cells.csv"), "Name it with time_key"),
    "write into an array": (lambda: thalweg.learn(X, T, write=True), "Only an AnnData"),
    "resume nothing": (lambda: thalweg.learn(X, T, resume=True), "Name its folder with output"),
    "unknown registry": (lambda: thalweg.methods("S999"), "no method called"),
    "no run": (lambda: thalweg.load("no/such/run"), "folder of a finished run"),
    "metric dimensions": (lambda: thalweg.w1(X, X[:, :1]), "2.*1|1.*2"),
    "empty cloud": (lambda: thalweg.w1(X, X[:0]), "at least one point"),
    "directions": (lambda: thalweg.sliced_w2(X, X, directions=0), "projection|direction"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(name):
    call, words = BAD[name]
    with pytest.raises(thalweg.InputError, match=words) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    message = str(caught.value)
    assert message.rstrip().endswith(".") and "--" not in message, message


def test_points_that_do_not_fit_the_run_are_refused(quick_run):
    for call in (
        lambda: quick_run.velocity(0.0, np.zeros((3, 5))),
        lambda: quick_run.push(np.zeros((3, 5)), 0, 1),
        lambda: quick_run.simulate(np.zeros((3, 5)), [0, 1]),
    ):
        with pytest.raises(thalweg.InputError, match="5 coordinates and the run was learned on 2"):
            call()
    with pytest.raises(thalweg.InputError, match="too far from the times 0 to 2"):
        quick_run.push(np.zeros((1, 2)), 0, 50)
    with pytest.raises(thalweg.InputError, match="not a finite number"):
        quick_run.velocity(np.nan, np.zeros((1, 2)))
    with pytest.raises(thalweg.InputError, match="2 times came with 3 points"):
        quick_run.velocity([0.0, 1.0], np.zeros((3, 2)))
    with pytest.raises(thalweg.InputError, match="strict order"):
        quick_run.simulate(np.zeros((1, 2)), [0.0, 2.0, 1.0])
    with pytest.raises(thalweg.InputError, match="has no score"):
        quick_run.score(0.0, np.zeros((1, 2)))
    with pytest.raises(thalweg.InputError, match="Row 0"):
        quick_run.push([[np.nan, 0.0]], 0, 1)
    assert quick_run.push(np.zeros((0, 2)), 0, 1).shape == (0, 2)
    assert quick_run.velocity(0.0, np.zeros((0, 2))).shape == (0, 2)
    np.testing.assert_array_equal(quick_run.push([[0.5, 0.5]], 1, 1), [[0.5, 0.5]])


def test_a_training_that_explodes_is_not_passed_over_in_silence():
    settings = {**QUICK, "fit.learning_rate": 1e6, "fit.steps": 200}
    with pytest.raises(thalweg.FailedError, match="learning rate") as caught:
        thalweg.learn(X, T, method="flow-matching", settings=settings)
    assert isinstance(caught.value, RuntimeError) and str(caught.value).endswith(".")


def test_a_budget_that_runs_out_warns_or_raises(snapshots):
    settings = {"fit.steps": 10**7, "fit.max_seconds": 0.2}
    with pytest.warns(thalweg.NotConvergedWarning, match="time ran out"):
        run = thalweg.learn(*snapshots, settings=settings)
    assert not run.converged
    with pytest.raises(thalweg.FailedError, match="time ran out"):
        thalweg.learn(*snapshots, settings=settings, strict=True)


def test_more_dimensions_than_samples_are_a_warning():
    with pytest.warns(thalweg.DataWarning, match="more dimensions than samples"):
        thalweg.learn(np.random.default_rng(0).normal(size=(6, 9)), np.repeat([0, 1], 3), settings=QUICK)


def test_a_budget_of_memory_is_obeyed_for_a_sparse_matrix():
    anndata = pytest.importorskip("anndata")
    sparse = pytest.importorskip("scipy.sparse")
    adata = anndata.AnnData(X=sparse.random(100, 2000, 0.01, "csr"))
    adata.obs["day"] = np.arange(100) % 2
    with pytest.raises(thalweg.InputError, match="1,600,000 bytes and the memory budget is 1,000,000"):
        thalweg.learn(adata, time_key="day", use_rep="X", memory="1MB")
