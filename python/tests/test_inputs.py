"""Every way to hand over data gives the same model, to the byte, and so does the command line."""

import json
import pathlib
import subprocess

import numpy as np
import pytest

import thalweg
from conftest import QUICK

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = ROOT / "target" / "debug" / "thalweg"


def learn(data, *args, **options):
    return thalweg.learn(data, *args, method="flow-matching", seed=4, settings=QUICK, **options)


def test_arrays_of_any_layout_are_one(snapshots):
    x, times = snapshots
    expected = learn(x, times).to_bytes()
    assert learn(np.asfortranarray(x), times.tolist()).to_bytes() == expected
    assert learn(x.tolist(), times.astype(int)).to_bytes() == expected
    assert learn(np.repeat(x, 2, axis=1)[:, ::2], times[:, None]).to_bytes() == expected
    parts = [x[times == t] for t in (0.0, 1.0, 2.0)]
    assert learn(parts, [0, 1, 2]).to_bytes() == expected
    assert learn(parts[::-1], [2, 1, 0]).to_bytes() == expected


def test_tables_are_one(snapshots):
    pandas = pytest.importorskip("pandas")
    x, times = snapshots
    columns = {"a": x[:, 0], "day": times, "b": x[:, 1]}
    expected = learn(columns, time_key="day").to_bytes()
    frame = pandas.DataFrame({**columns, "name": "cell"})
    with pytest.warns(thalweg.DataWarning, match="not numbers were skipped: name"):
        assert learn(frame, time_key="day").to_bytes() == expected
    assert learn(frame, "day", use_rep=["a", "b"]).to_bytes() == expected
    assert learn(frame[["a", "b"]], times).to_bytes() == expected
    numbered = pandas.DataFrame(columns)
    numbered.insert(0, "Unnamed: 0", range(len(x)))
    assert learn(numbered, time_key="day").to_bytes() == expected
    with pytest.warns(thalweg.DataWarning, match="`id` numbers the rows"):
        learn(numbered.rename(columns={"Unnamed: 0": "id"}), time_key="day")
    run = learn({"pca": x, "day": times}, time_key="day")
    assert run.features == ["pca_0", "pca_1"]
    weighted = learn({**columns, "w": np.full(len(x), 2.0)}, time_key="day", weights="w")
    assert [s["mass"] for s in weighted.record["data"]["snapshots"]] == [80.0, 80.0, 80.0]


def test_columns_may_have_whole_numbers_for_names(snapshots):
    pandas = pytest.importorskip("pandas")
    x, times = snapshots
    frame = pandas.DataFrame({0: x[:, 0], 1: x[:, 1], 5: times})
    run = learn(frame, time_key=5)
    assert run.features == ["0", "1"]
    assert run.to_bytes() == learn({"0": x[:, 0], "1": x[:, 1], "day": times}, time_key="day").to_bytes()
    assert learn(frame, time_key="5", use_rep=[0, 1]).to_bytes() == run.to_bytes()
    assert learn(frame, time_key=5, use_rep=np.int64(1)).features == ["1"]
    assert learn(frame, time_key=5, use_rep=np.array(["1", "0"])).features == ["1", "0"]


@pytest.fixture
def adata(snapshots):
    anndata = pytest.importorskip("anndata")
    pandas = pytest.importorskip("pandas")
    x, times = snapshots
    obs = pandas.DataFrame(
        {
            "integer": times.astype(int),
            "text": [f"{t:g}" for t in times],
            "category": pandas.Categorical([f"{t:g}" for t in times]),
            "numbers": pandas.Categorical(times),
            "nullable": pandas.array(times, dtype="Int64"),
            "weight": 1.0,
        },
        index=[f"cell{i}" for i in range(len(x))],
    )
    out = anndata.AnnData(X=x.copy(), obs=obs, obsm={"X_pca": x.copy()})
    out.var_names = ["gene_a", "gene_b"]
    return out


@pytest.mark.parametrize("key", ["integer", "text", "category", "numbers", "nullable"])
def test_times_of_an_anndata_have_any_encoding(adata, snapshots, key):
    x, times = snapshots
    run = learn(adata, time_key=key, use_rep="X_pca")
    assert run.features == ["X_pca_0", "X_pca_1"]
    assert run.to_bytes() == learn({"X_pca": x, "day": times}, time_key="day").to_bytes()


def test_coordinates_of_an_anndata_are_dense_or_sparse(adata):
    sparse = pytest.importorskip("scipy.sparse")
    expected = learn(adata, time_key="integer", use_rep="X")
    assert expected.features == ["gene_a", "gene_b"]
    for kind in (sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array):
        other = adata.copy()
        other.X = kind(adata.X)
        assert learn(other, time_key="integer", use_rep="X").to_bytes() == expected.to_bytes()
        assert learn(other, time_key="integer", use_rep=["gene_a", "gene_b"]).to_bytes() == expected.to_bytes()
    with pytest.warns(thalweg.DataWarning, match="features are obsm:X_pca"):
        default = learn(adata, time_key="integer", weights="weight")
    assert default.to_bytes() == learn(adata, time_key="integer", use_rep="obsm:X_pca").to_bytes()


def test_an_anndata_on_disk_and_in_memory_are_one(adata, tmp_path):
    path = tmp_path / "cells.h5ad"
    adata.write_h5ad(path)
    for key in ("integer", "category", "nullable"):
        for use_rep in ("X_pca", "X"):
            on_disk = learn(path, time_key=key, use_rep=use_rep)
            assert on_disk.to_bytes() == learn(adata, time_key=key, use_rep=use_rep).to_bytes()


def test_a_backed_anndata_is_read_from_its_file(adata, tmp_path):
    anndata = pytest.importorskip("anndata")
    path = tmp_path / "cells.h5ad"
    adata.write_h5ad(path)
    backed = anndata.read_h5ad(path, backed="r")
    in_memory = learn(adata, time_key="integer", use_rep="X")
    assert learn(backed, time_key="integer", use_rep="X").to_bytes() == in_memory.to_bytes()
    backed.file.close()


@pytest.mark.skipif(not COMMAND.is_file(), reason="the command line has not been built")
@pytest.mark.parametrize("method", ["flow-matching", "velocity-growth-matching"])
def test_the_command_line_leaves_the_same_bytes(snapshots, tmp_path, method):
    x, times = snapshots
    table = tmp_path / "cells.csv"
    rows = "\n".join(f"{a!r},{t!r},{b!r}" for (a, b), t in zip(x.tolist(), times.tolist()))
    table.write_text(f"a,day,b\n{rows}\n")
    settings = {**QUICK, "fine_tune": None} if method == "velocity-growth-matching" else QUICK
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    words = ["learn", table, "--time", "day", "--hold-out", "1", "--seed", "4", "--method", method, "--threads", "1"]
    subprocess.run([COMMAND, *words, *sets, "-o", tmp_path / "cli"], check=True, capture_output=True)
    expected = (tmp_path / "cli" / "model.safetensors").read_bytes()
    options = dict(time_key="day", hold_out=[1], seed=4, method=method, settings=settings)
    run = thalweg.learn(table, output=tmp_path / "py", **options)
    assert (tmp_path / "py" / "model.safetensors").read_bytes() == expected == run.to_bytes()
    assert thalweg.learn({"a": x[:, 0], "day": times, "b": x[:, 1]}, threads=2, **options).to_bytes() == expected
    # Either can open what the other left, and the evaluations are equal.
    assert thalweg.load(tmp_path / "cli").evaluation == run.evaluation
    points = tmp_path / "points.csv"
    points.write_text("a,b\n0.5,0.25\n")
    words = ["push", tmp_path / "py", "--points", points, "--from", "0", "--to", "2", "-o", tmp_path / "moved.csv"]
    subprocess.run([COMMAND, *words], check=True, capture_output=True)
    moved = np.genfromtxt(tmp_path / "moved.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(run.push([[0.5, 0.25]], 0, 2)[0], [moved["a"], moved["b"]])
