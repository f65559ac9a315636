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
    "number of a method": (lambda: thalweg.methods(5), "method is 5.* a name"),
    "claims of a number": (lambda: thalweg.verify(5), "method is 5.* a name"),
    "times as a column": (lambda: thalweg.learn(X, time_key=T), "time_key is array.{,70} name of a column"),
    "unknown registry": (lambda: thalweg.methods("S999"), "no method called"),
    "no run": (lambda: thalweg.load("no/such/run"), "folder of a finished run"),
    "metric dimensions": (lambda: thalweg.w1(X, X[:, :1]), "2.*1|1.*2"),
    "empty cloud": (lambda: thalweg.w1(X, X[:0]), "at least one point"),
    "directions": (lambda: thalweg.sliced_w2(X, X, directions=0), "directions is 0"),
    "part of a direction": (lambda: thalweg.sliced_w2(X, X, directions=2.7), "directions is 2.7.* whole number"),
    "single float": (lambda: thalweg.sliced_w2(X, X, directions=np.float32(2.5)), "directions is .*2.5"),
    "endless directions": (lambda: thalweg.sliced_w2(X, X, directions=1e18), r"directions is 1e\+18.* to 1000000"),
    "infinite directions": (lambda: thalweg.sliced_w2(X, X, directions=np.inf), "directions is inf"),
    "bandwidth": (lambda: thalweg.mmd(X, X, bandwidth="wide"), '"wide" is not one'),
    "nothing": (lambda: thalweg.learn([], []), "no points: the list is empty"),
    "ragged rows": (lambda: thalweg.learn([[1, 2], [3]], [0, 1]), r"ragged: entry 0 has the shape \(2,\) and entry 1"),
    "ragged snapshot": (lambda: thalweg.learn([[[1, 2], [3]], [[1, 2]]], [0, 1]), "points of snapshot 0 are ragged"),
    "ragged times": (lambda: thalweg.learn(X, [[0, 1], [2]]), "The times are ragged"),
    "ragged cloud": (lambda: thalweg.w1([[1, 2], [3, [4]]], X), "parts of entry 1"),
    "times of snapshots": (lambda: thalweg.learn([X, X], [0, 1, 2]), "3 times for 2 snapshots"),
    "weight of snapshots": (lambda: thalweg.learn([X, X], [0, 1], weights=2.0), "a list of weights"),
    "set held out": (lambda: thalweg.learn(X, T, hold_out={1}), r"hold_out is \{1\}.* list of times"),
    "mapping held out": (lambda: thalweg.learn(X, T, hold_out={"t": 1}), "hold_out is .*'t'.* list of times"),
    "NaN held out": (lambda: thalweg.learn(X, T, hold_out=[1, np.nan]), "time nan of hold_out is not a finite"),
    "matrix held out": (lambda: thalweg.learn(X, T, hold_out=[[1], [2]]), "hold_out have 2 axes"),
    "text held out": (lambda: thalweg.learn(X, T, hold_out="noon"), '"noon" is not one'),
    "column of no name": (lambda: thalweg.learn({"x": X, "day": T}, time_key=1.5), "time_key is 1.5.* name of"),
    "missing number": (lambda: thalweg.learn({"x": X, "day": T}, time_key=5), "no column `5`. Available: x, day"),
    "no features": (lambda: thalweg.learn({"x": X, "day": T}, time_key="day", use_rep=1.5), "use_rep is 1.5"),
    "configuration": (lambda: thalweg.learn(X, T, config=5), "config.* is 5"),
    "settings of configuration": (lambda: thalweg.learn(X, T, config={"settings": 5}, settings=QUICK), "settings is 5"),
    "output": (lambda: thalweg.learn(X, T, output=5), "output is 5.* path"),
    "source": (lambda: thalweg.load(5), "source is 5.* path"),
    "many threads": (lambda: thalweg.learn(X, T, threads=1025), "threads is 1025.* from 0 to 1024"),
    "missing configuration": (lambda: thalweg.learn(X, T, config="no/such.toml"), "JSON file with config[.]"),
    "output of a file": (lambda: thalweg.learn(X, T, output=__file__), "Choose another output[.]"),
    "resume elsewhere": (lambda: thalweg.learn(X, T, output="no/such", resume=True), "Check output, or leave resume"),
    "empty key": (lambda: thalweg.learn(X, T, settings={"a..b": 1}), "of settings .*settings={'fit.steps': 2000}"),
    "deep key": (lambda: thalweg.learn(X, T, settings={"a" + 99 * ".b": 1}), r"thalweg.methods\('ID'\)"),
}

MASKED = np.ma.masked_greater(X, 0.5)
LATE = np.ma.masked_greater(T, 1.5)
MASKS = {
    "points": (lambda: thalweg.learn(MASKED, T), MASKED),
    "rows": (lambda: thalweg.learn(list(MASKED), T), MASKED),
    "snapshots": (lambda: thalweg.learn([MASKED, X], [0, 1]), MASKED),
    "column": (lambda: thalweg.learn({"x": MASKED, "day": T}, time_key="day"), MASKED),
    "named column": (lambda: thalweg.learn({"x": MASKED, "day": T}, time_key="day", use_rep="x"), MASKED),
    "cloud": (lambda: thalweg.w2(X, MASKED), MASKED),
    "times": (lambda: thalweg.learn(X, LATE), LATE),
    "weights": (lambda: thalweg.learn(X, T, weights=LATE), LATE),
    "held out": (lambda: thalweg.learn(X, T, hold_out=np.ma.masked_equal([1.0, 2.0], 2.0)), np.ma.array([1], mask=[1])),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(name):
    call, words = BAD[name]
    with pytest.raises(thalweg.InputError, match=words) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    message = str(caught.value)
    assert message.rstrip().endswith(".") and "--" not in message, message


@pytest.mark.parametrize("name", MASKS)
def test_values_under_a_mask_are_counted_and_refused(name):
    call, array = MASKS[name]
    with pytest.raises(thalweg.InputError, match=f" {array.size - array.count()} masked value"):
        call()


def test_a_mask_that_hides_nothing_is_no_mask():
    clear = np.ma.array(X, mask=np.zeros(X.shape, bool))
    shifted = np.ma.array(X + [1.0, 0.0])
    # The same cloud moved by (1, 0): the distance is 1 in closed form.
    assert thalweg.w2(clear, shifted) == pytest.approx(1.0, rel=1e-12)
    expected = thalweg.learn(X, T, settings=QUICK, hold_out=None)
    assert thalweg.learn(clear, np.ma.array(T), settings=QUICK).to_bytes() == expected.to_bytes()
    assert "hold_out" not in expected.record["command"][0] and expected.times.tolist() == [0.0, 1.0, 2.0]


def test_masked_points_of_a_run_and_of_an_estimator_are_refused(quick_run):
    for call in (lambda: quick_run.velocity(0.0, MASKED), lambda: quick_run.push(MASKED, 0, 1)):
        with pytest.raises(thalweg.InputError, match=f"{MASKED.size - MASKED.count()} masked"):
            call()
    pytest.importorskip("sklearn")
    for x, t in ((MASKED, T), (X, LATE)):
        with pytest.raises(thalweg.InputError, match="masked"):
            thalweg.FlowMatching(settings=QUICK).fit(x, t)


def test_threads_of_the_environment_are_checked_and_named(monkeypatch, quick_run):
    monkeypatch.setenv("THALWEG_THREADS", "many")
    with pytest.raises(thalweg.InputError, match="variable THALWEG_THREADS is 'many'"):
        thalweg.w1(X, X)
    monkeypatch.setenv("THALWEG_THREADS", "1025")
    with pytest.raises(thalweg.InputError, match="THALWEG_THREADS is '1025'.* to 1024"):
        quick_run.push(X, 0, 1)
    assert thalweg.w1(X, X, threads=1) == 0.0


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
    with pytest.raises(thalweg.InputError, match="The time t0.*None"):
        quick_run.push(np.zeros((1, 2)), None, 1)
    with pytest.raises(thalweg.InputError, match='"noon" is not one'):
        quick_run.velocity("noon", np.zeros((1, 2)))
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


def small_anndata():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(X=X.copy())
    adata.obs["day"] = T
    return adata


@pytest.mark.parametrize("options", [dict(), dict(strict=True)], ids=["diverged", "out of budget"])
def test_a_training_that_failed_leaves_an_anndata_as_it_was(options):
    adata = small_anndata()
    settings = {**QUICK, "fit.learning_rate": 1e6, "fit.steps": 200}
    if options:
        settings = {"fit.steps": 10**7, "fit.max_seconds": 0.2}
    with pytest.raises(thalweg.FailedError):
        thalweg.learn(
            adata, time_key="day", use_rep="X", method="flow-matching", settings=settings, write=True, **options
        )
    assert not adata.obsm and not adata.uns and list(adata.obs.columns) == ["day"]


def test_a_damaged_run_in_an_anndata_is_refused():
    adata = small_anndata()
    thalweg.learn(adata, time_key="day", use_rep="X", method="flow-matching", settings=QUICK, write=True)
    good = dict(adata.uns["thalweg"])
    assert thalweg.load(adata).method == "flow-matching"
    damaged = [
        ({"record": "{}"}, "its record has no settings"),
        ({"record": "[]"}, "its record has no settings"),
        ({"record": "{"}, "is damaged"),
        ({"evaluation": "{}"}, "its evaluation has no 'rows'"),
        ({"evaluation": "[5]"}, "is damaged"),
        ({"evaluation": '{"rows": [5]}'}, "is damaged"),
        ({"model": good["model"][:-1]}, "is damaged"),
        ({"model": "no bytes"}, "is damaged"),
        ({"model": [300]}, "is damaged"),
    ]
    for change, words in damaged:
        adata.uns["thalweg"] = {**good, **change}
        with pytest.raises(thalweg.InputError, match=rf"uns\['thalweg'\].*{words}"):
            thalweg.load(adata)
    for key in ("record", "evaluation"):
        adata.uns["thalweg"] = {name: value for name, value in good.items() if name != key}
        with pytest.raises(thalweg.InputError, match=f"has no {key}"):
            thalweg.load(adata)
    for value in (5, "model", None, ["model"], {}):
        adata.uns["thalweg"] = value
        with pytest.raises(thalweg.InputError, match=r"no run under uns\['thalweg'\]"):
            thalweg.load(adata)


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
