"""The stubs of ``thalweg.ot`` say what the functions take, and every function says what it does."""

import ast
import importlib
import inspect
import pathlib

import pytest

import thalweg.ot as ot

MODULES = [name for name in ot.__all__ if inspect.ismodule(getattr(ot, name))]


@pytest.mark.parametrize("name", MODULES)
def test_a_stub_has_the_signatures_of_its_module(name):
    module = importlib.import_module(f"thalweg.ot.{name}")
    nodes = ast.parse(pathlib.Path(module.__file__).with_suffix(".pyi").read_text()).body
    described = {node.name: node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert set(described) == set(module.__all__)
    for thing, node in described.items():
        found = getattr(module, thing)
        assert (found.__doc__ or "").strip(), f"{name}.{thing}"
        pairs = [(found, node)] if isinstance(node, ast.FunctionDef) else _methods(found, node)
        for function, stub in pairs:
            args = stub.args
            named = [a.arg for a in [*args.posonlyargs, *args.args]]
            named += [args.vararg.arg] if args.vararg else []
            named += [a.arg for a in args.kwonlyargs] + ([args.kwarg.arg] if args.kwarg else [])
            assert named == list(inspect.signature(function).parameters), f"{name}.{thing}.{stub.name}"


def _methods(found, node):
    return [
        (getattr(found, n.name), n)
        for n in node.body
        if isinstance(n, ast.FunctionDef) and not isinstance(inspect.getattr_static(found, n.name), property)
    ]


def test_the_stub_of_the_package_names_everything():
    nodes = ast.parse(pathlib.Path(ot.__file__).with_suffix(".pyi").read_text()).body
    named = {alias.asname for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert named == set(ot.__all__)


def test_drawings_show_every_entry_that_counts():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    a, b = ot.datasets.make_1D_gauss(6, m=2, s=1), ot.datasets.make_1D_gauss(8, m=5, s=1)
    for style in ("yx", "xy"):
        pyplot.figure()
        axes = ot.plot.plot1D_mat(a, b, ot.emd_1d(range(6), range(8), a, b), "plan", plot_style=style)
        assert axes[2].images[0].get_array().shape == ((6, 8) if style == "yx" else (8, 6))
    pyplot.figure()
    G = ot.unif(3)[:, None] * [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    ot.plot.plot2D_samples_mat([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 1]], G)
    assert len(pyplot.gca().lines) == 4
    pyplot.close("all")
