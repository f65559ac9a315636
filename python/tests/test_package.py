"""The package as such: what importing it costs, stubs that agree, examples that run."""

import ast
import inspect
import pathlib
import pickle
import subprocess
import sys

import pytest

import thalweg
from thalweg import _thalweg

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = pathlib.Path(thalweg.__file__).parent


def test_importing_it_imports_nothing_heavy():
    code = "import sys, numpy; before = set(sys.modules); import thalweg; print(*set(sys.modules) - before)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = {name.split(".")[0] for name in out.split()}
    assert "thalweg" in loaded
    assert not loaded & {"pandas", "scipy", "sklearn", "anndata", "h5py", "matplotlib", "IPython", "torch", "jax"}
    # New modules of the standard library are few and small as well.
    assert len(out.split()) < 60, out


def stub(name):
    return ast.parse((PACKAGE / name).read_text()).body


def parameters(function):
    args = function.args
    return [a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs]]


def compare(body, module, where):
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found = getattr(module, node.name)
            if any(getattr(d, "id", "") == "property" for d in node.decorator_list):
                continue
            assert parameters(node) == list(inspect.signature(found).parameters), f"{where}.{node.name}"
            defaults = [d for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None]
            given = [p.default for p in inspect.signature(found).parameters.values() if p.default is not p.empty]
            assert [ast.literal_eval(d) for d in defaults if not _is_overload(node)] in (given, [])
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            compare([n for n in node.body if not isinstance(n, ast.AnnAssign)], getattr(module, node.name), node.name)


def _is_overload(node):
    return any(getattr(d, "id", "") == "overload" for d in node.decorator_list)


def test_the_stub_of_the_native_half_is_complete_and_right():
    body = stub("_thalweg.pyi")
    compare(body, _thalweg, "_thalweg")
    described = {n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    public = {name for name in vars(_thalweg) if not name.startswith("_")}
    assert {name for name in described if not name.startswith("_")} == public
    model = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == "Model")
    assert {n.name for n in model.body} == {name for name in vars(_thalweg.Model) if not name.startswith("_")}


def test_the_stub_of_the_package_is_complete_and_right():
    body = stub("__init__.pyi")
    compare([n for n in body if getattr(n, "name", "") != "Trajectories"], _Everything(), "thalweg")
    described = {n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    estimators = {a.name for n in body if isinstance(n, ast.ImportFrom) for a in n.names if n.module == "estimators"}
    assert set(thalweg.__all__) - {"__version__"} <= described
    assert described | estimators | {"__version__"} == set(dir(thalweg)) | {"Table", "Metrics"}
    run = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == "Run")
    methods = {n.name for n in run.body if isinstance(n, ast.FunctionDef)}
    assert methods == {name for name in vars(thalweg.Run) if not name.startswith("_")}


class _Everything:
    """The package and the two classes that are reached through it only."""

    def __getattr__(self, name):
        from thalweg import _run, _table

        return {"Table": _table.Table, "Metrics": _run.Metrics}.get(name) or getattr(thalweg, name)


def test_everything_public_says_what_it_does():
    things = [getattr(thalweg, name) for name in thalweg.__all__ if name != "__version__"]
    things += [value for name, value in vars(thalweg.Run).items() if not name.startswith("_")]
    assert [thing for thing in things if not (getattr(thing, "__doc__", None) or "").strip()] == []


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(thalweg.InputError("It is wrong.", "Mend it.")))
    assert (str(error), error.advice) == ("It is wrong. Mend it.", "Mend it.")


def test_the_registry_is_at_hand():
    every = thalweg.methods()
    assert {"S004", "S039", "S043", "S083", "S086"} <= {method["id"] for method in every}
    assert thalweg.methods("S086")[0]["name"] == "flow-matching" and "flow-matching" in str(every)
    assert every._repr_html_().count("<tr>") == 1 + len(every)
    assert all(method["checks"] and method["docs"] and method["bibtex"] for method in every)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "python").glob("*.py")), ids=lambda path: path.name)
def test_the_examples_run(path, tmp_path):
    if "anndata" in path.name:
        pytest.importorskip("anndata")
    out = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    assert out.stdout.strip()
