"""What a run is good for afterwards."""

import json
import pickle
import re
import tracemalloc
import xml.etree.ElementTree

import numpy as np
import pytest

import thalweg
from conftest import QUICK


def test_a_run_survives_pickling(quick_run):
    copy = pickle.loads(pickle.dumps(quick_run))
    x = np.random.default_rng(1).normal(size=(7, 2))
    assert copy.to_bytes() == quick_run.to_bytes()
    np.testing.assert_array_equal(copy.push(x, 0, 2), quick_run.push(x, 0, 2))
    assert copy.evaluation == quick_run.evaluation and copy.record == quick_run.record


def test_damaged_bytes_are_refused(quick_run):
    good = quick_run.to_bytes()
    load = type(quick_run._model).from_bytes
    for bad in (b"", good[:-1], good[: len(good) // 2], good[:-3] + b"\xff\xff\xff", b"\xff" * 64):
        with pytest.raises(thalweg.InputError, match="damaged or was not written by thalweg"):
            load(bad)


def test_a_run_without_a_folder_can_be_saved_and_loaded(quick_run, tmp_path):
    quick_run.save(tmp_path / "kept")
    kept = thalweg.load(tmp_path / "kept")
    assert kept.to_bytes() == quick_run.to_bytes() and kept.evaluation == quick_run.evaluation
    assert (tmp_path / "kept" / "metrics.csv").read_text().count("\n") == 1 + len(quick_run.metrics)
    with pytest.raises(thalweg.InputError, match="already holds a run"):
        quick_run.save(tmp_path / "kept")
    with pytest.raises(thalweg.InputError, match="Learn it with output"):
        quick_run.page()


def test_a_run_with_a_folder_has_a_page_and_goes_on(snapshots, tmp_path):
    options = dict(settings=QUICK, method="flow-matching", seed=1)
    run = thalweg.learn(*snapshots, output=tmp_path / "run", **options)
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"run.json", "model.safetensors", "metrics.json", "metrics.csv", "report.html", "points.npz"} <= left
    assert run.page().endswith("report.html")
    run.save(tmp_path / "copy")
    assert thalweg.load(tmp_path / "copy").page().startswith(str(tmp_path / "copy"))
    with pytest.raises(thalweg.InputError, match="already holds a run.* resume=True"):
        thalweg.learn(*snapshots, output=tmp_path / "run", **options)
    again = thalweg.learn(*snapshots, output=tmp_path / "run", resume=True, **options)
    assert again.to_bytes() == run.to_bytes()
    with pytest.raises(thalweg.InputError, match="the seed 1"):
        thalweg.learn(*snapshots, output=tmp_path / "run", resume=True, **{**options, "seed": 2})
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["command"][0].startswith("thalweg.learn(<ndarray>, method='flow-matching', seed=1")


def test_figures_are_written_as_vectors_and_as_pixels(snapshots, tmp_path):
    run = thalweg.learn(*snapshots, output=tmp_path / "run", settings=QUICK, method="flow-matching")
    vectors = run.figures()
    assert vectors and all(path.startswith(str(tmp_path / "run" / "figures")) for path in vectors)
    for path in vectors:
        assert xml.etree.ElementTree.parse(path).getroot().tag.endswith("svg")
    with pytest.raises(thalweg.InputError, match='"svg" or "png", not "pdf"'):
        run.figures(tmp_path / "none", format="pdf")
    try:
        pixels = run.figures(tmp_path / "pixels", format="png")
    except thalweg.FailedError as error:
        pytest.skip(str(error))  # without a font
    assert len(pixels) == len(vectors)
    for path in pixels:
        with open(path, "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_run_that_was_saved_from_memory_says_why_it_has_no_page(quick_run, tmp_path):
    quick_run.save(tmp_path / "kept")
    with pytest.raises(thalweg.InputError, match="learned without output.*Learn it again with output=") as caught:
        thalweg.load(tmp_path / "kept").page()
    assert "does not exist" not in str(caught.value)


def test_threads_stay_with_a_run_and_not_with_its_folder(snapshots, tmp_path, monkeypatch):
    run = thalweg.learn(*snapshots, threads=2, settings=QUICK, method="flow-matching")
    assert run.threads == 2 and pickle.loads(pickle.dumps(run)).threads == 2
    run.save(tmp_path / "kept")
    kept = thalweg.load(tmp_path / "kept")
    assert kept.threads is None
    x = np.random.default_rng(1).normal(size=(5000, 2))
    expected = run.velocity(0.5, x)
    for threads in (0, 1, 3):
        kept.threads = threads
        np.testing.assert_array_equal(kept.velocity(0.5, x), expected)
    # Set, they are checked where they are used; unset, the environment is asked.
    kept.threads = 1025
    with pytest.raises(thalweg.InputError, match="threads is 1025"):
        kept.push(x, 0, 1)
    kept.threads = None
    monkeypatch.setenv("THALWEG_THREADS", "-1")
    with pytest.raises(thalweg.InputError, match="THALWEG_THREADS is '-1'"):
        kept.push(x, 0, 1)


def test_a_run_whose_folder_is_gone_says_so(snapshots, tmp_path):
    run = thalweg.learn(*snapshots, output=tmp_path / "run", settings=QUICK, method="flow-matching")
    (tmp_path / "file").write_text("")
    with pytest.raises(thalweg.FailedError, match="could not be saved"):
        run.save(tmp_path / "file" / "copy")
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    for call in (lambda: run.save(tmp_path / "copy"), run.page):
        with pytest.raises(thalweg.InputError, match="run is not there any more. Restore it"):
            call()
    run.folder = None
    run.save(tmp_path / "copy")
    assert thalweg.load(tmp_path / "copy").to_bytes() == run.to_bytes()
    with pytest.raises(thalweg.InputError, match="path is 5"):
        run.save(5)


def test_the_evaluation_is_a_table(quick_run):
    left_out = [row for row in quick_run.metrics if row["protocol"] == "left-out"]
    assert [row["time"] for row in left_out] == [1.0] and left_out[0]["from"] == 0.0
    assert all(row["model_w1"] >= 0 for row in quick_run.metrics)
    frame = pytest.importorskip("pandas") and quick_run.metrics.to_pandas()
    assert frame.shape == (len(quick_run.metrics), 18)
    assert "two halves" in str(quick_run.metrics) and "left-out: closer than" in str(quick_run.metrics)
    assert "@" in quick_run.citation and quick_run.settings["fit"]["steps"] == 20


def test_the_notebook_view_fits_light_and_dark(quick_run):
    html = quick_run._repr_html_()
    assert "left-out: closer than the previous snapshot" in html and "W1 model" in html
    # Colours come from the page around it.
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|white|black", html)
    assert html.count("<tr>") == 1 + len(quick_run.metrics) and "flow-matching" in repr(quick_run)
    import xml.etree.ElementTree as tree

    tree.fromstring(html)  # every tag is closed


def test_one_time_for_all_or_one_for_each(quick_run):
    rng = np.random.default_rng(5)
    x, t = rng.normal(size=(9000, 2)), rng.choice([0.0, 0.5, 2.0], size=9000)
    each = quick_run.velocity(t, x)
    for time in np.unique(t):
        np.testing.assert_allclose(each[t == time], quick_run.velocity(time, x[t == time]), rtol=1e-5, atol=1e-6)
    step = 1e-3
    numeric = sum(
        (quick_run.velocity(0.5, x[:50] + e)[:, k] - quick_run.velocity(0.5, x[:50] - e)[:, k]) / 2 / step
        for k, e in enumerate(step * np.eye(2))
    )
    np.testing.assert_allclose(quick_run.divergence(0.5, x[:50]), numeric, atol=1e-2)


def test_arrays_go_in_without_a_copy(quick_run):
    from thalweg._arrays import matrix

    x = np.random.default_rng(0).normal(size=(200_000, 2))
    assert matrix(x) is x
    for other in (x.astype(np.float32), np.asfortranarray(x)):
        assert not np.shares_memory(matrix(other), other)
    before = x.copy()
    tracemalloc.start()
    try:
        moved = quick_run.velocity(0.0, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # NumPy tells tracemalloc of its buffers; the result belongs to the native half.
    assert peak < 0.1 * x.nbytes
    assert moved.shape == x.shape and np.array_equal(x, before)
    x.flags.writeable = False
    np.testing.assert_array_equal(quick_run.velocity(0.0, x), moved)


def test_an_anndata_takes_the_results_and_keeps_them_on_disk(tmp_path):
    anndata = pytest.importorskip("anndata")
    rng = np.random.default_rng(0)
    adata = anndata.AnnData(X=rng.normal(size=(90, 3)))
    adata.obs["day"] = [str(k) for k in np.repeat([0, 1, 2], [20, 30, 40])]
    adata.obsm["X_pca"] = adata.X[:, :2].astype(np.float32)
    settings = {**QUICK, "fine_tune": None}
    run = thalweg.learn(adata, time_key="day", settings=settings, use_rep="X_pca", hold_out=[1], write=True)
    assert run.has_growth
    days = adata.obs["day"].astype(float).to_numpy()
    np.testing.assert_array_equal(adata.obsm["thalweg_velocity"], run.velocity(days, adata.obsm["X_pca"]))
    np.testing.assert_array_equal(adata.obs["thalweg_growth"], run.growth(days, adata.obsm["X_pca"]))
    adata.write_h5ad(tmp_path / "cells.h5ad")
    back = anndata.read_h5ad(tmp_path / "cells.h5ad")
    np.testing.assert_array_equal(back.obsm["thalweg_velocity"], adata.obsm["thalweg_velocity"])
    np.testing.assert_array_equal(back.obs["thalweg_growth"], adata.obs["thalweg_growth"])
    uns = back.uns["thalweg"]
    assert (uns["method"], uns["id"], uns["use_rep"]) == ("velocity-growth-matching", "S039", "obsm:X_pca")
    assert json.loads(uns["settings"]) == run.settings
    np.testing.assert_array_equal(uns["metrics"]["model_w1"], [row["model_w1"] for row in run.metrics])
    assert list(uns["metrics"]["protocol"]) == ["left-out", "one-step-ahead"]
    assert thalweg.load(back).to_bytes() == run.to_bytes()
    thalweg.learn(adata, time_key="day", settings=settings, use_rep="X_pca", write=True, key_added="second")
    assert "second_velocity" in adata.obsm and "second" in adata.uns and "second_growth" in adata.obs


def test_noise_of_any_size_where_there_is_a_score(snapshots, quick_run):
    x = snapshots[0][:50]
    run = thalweg.learn(*snapshots, method="stochastic-interpolants", settings=QUICK)
    plain, noisy = run.push(x, 0, 2), run.push(x, 0, 2, epsilon=0.1)
    np.testing.assert_allclose(run.push(x, 0, 2, epsilon=0.0), plain, atol=1e-2)
    assert not np.allclose(noisy, plain) and not np.array_equal(noisy, run.push(x, 0, 2, epsilon=0.1, seed=1))
    path = run.simulate(x, [0, 1, 2], epsilon=0.1)
    assert path.points.shape == (3, 50, 2) and np.isfinite(path.points).all()
    with pytest.raises(thalweg.InputError, match="has no score"):
        quick_run.push(x, 0, 2, epsilon=0.1)
    with pytest.raises(thalweg.InputError, match="between 0 and"):
        run.push(x, 0, 2, epsilon=-1)


def test_beyond_the_training_times_a_push_warns(snapshots, quick_run):
    x = snapshots[0][:5]
    for call in (lambda: quick_run.push(x, 0, 3), lambda: quick_run.simulate(x, [0, 1, 3])):
        with pytest.warns(thalweg.DataWarning, match="Beyond the times 0 to 2"):
            call()
