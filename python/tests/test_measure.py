"""Measures of series against closed forms, and what is refused."""

import ast
import inspect
import pathlib
import pickle

import numpy as np
import pytest

import thalweg
from thalweg import measure


def logistic(n):
    x = [0.3]
    while len(x) < n:
        x.append(4 * x[-1] * (1 - x[-1]))
    return np.array(x)


def test_the_table_and_the_functions_agree():
    names = {line["name"].replace("-", "_") for line in measure.measures()}
    others = {"ftle", "lavd", "momentum_barriers", "exponents", "Chain", "Measured", "measures", "surrogate"}
    assert names | others == set(measure.__all__)


def test_a_chaotic_map():
    x = logistic(3000)
    found = measure.lyapunov(x, dt=0.5, theiler=2)
    assert abs(found - 2 * np.log(2)) < 0.14 and 0 < found.error < 0.1
    assert found.figures["largest Lyapunov exponent"]["unit"] == "per unit of time"
    assert found.curves[0]["x"][1] == 0.5 and found.curves[0]["y"].ndim == 1
    assert measure.surrogates(x[:500], statistic="prediction", count=39) == 1 / 40
    again = pickle.loads(pickle.dumps(found))
    assert again == found and again.figures == found.figures
    assert measure.lyapunov(x, threads=1, theiler=2) == measure.lyapunov(x, threads=2, theiler=2)


def test_two_series():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50_000, 1)), rng.normal(0.5, 1, size=(50_000, 1))
    assert abs(measure.state_divergence(x, y) - 0.125) < 0.02
    assert measure.spectral_distance(x[:, 0], x[:, 0]) < 1e-7
    assert measure.valid_time([1.0, -1.0, 1.0], [1.1, -1.3, 1.5], dt=0.5) == 1.0
    assert measure.smape([1.0, 2.0], [3.0, 2.0]) == pytest.approx(50)


def test_surrogates_keep_values_or_powers():
    x = np.cumsum(np.random.default_rng(0).normal(size=300))
    assert np.array_equal(np.sort(measure.surrogate(x)), np.sort(x))
    power = np.abs(np.fft.rfft(x))
    np.testing.assert_allclose(np.abs(np.fft.rfft(measure.surrogate(x, "phases", index=3))), power, rtol=1e-8)


def test_flow_maps_of_frames():
    x, y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 17)
    xx, yy = np.meshgrid(x, y)
    inner = np.array([[0.1, 0.2], [-0.3, 0.1]])
    saddle = measure.ftle(np.stack([0.5 * xx, -0.5 * yy], -1), x, y, length=1.0, at=inner, tolerance=1e-10)
    np.testing.assert_allclose(saddle, 0.5, atol=1e-6)
    assert measure.ftle(np.stack([yy, 0 * xx], -1), x, y, length=-0.5).shape == (17, 21)
    np.testing.assert_allclose(measure.lavd(np.stack([-yy, xx], -1), x, y, length=1.0, at=inner), 0, atol=1e-6)
    # u = (y^2, 0): the force is (2 nu, 0), and a shear leaves it as it is.
    found = measure.momentum_barriers(np.stack([yy**2, 0 * xx], -1), x, y, viscosity=0.3, length=1.0, at=inner)
    np.testing.assert_allclose(found, [[0.6, 0], [0.6, 0]], atol=1e-5)
    with pytest.raises(thalweg.InputError, match="shape"):
        measure.ftle(np.zeros((3, 4, 2)), x, y, length=1.0)


def test_flow_maps_of_functions():
    def saddle(t, x):
        return x * np.array([0.5, -0.5])

    found = measure.ftle(saddle, np.linspace(-1, 1, 5), np.linspace(0, 1, 4), length=-2.0, tolerance=1e-10)
    assert found.shape == (4, 5)
    np.testing.assert_allclose(found, 0.5, atol=1e-6)
    # In three dimensions, where points are given.
    three = measure.ftle(lambda t, x: x * np.array([0.1, -0.3, 0.7]), at=[[1.0, 0.0, 0.0]], length=1.0, tolerance=1e-10)
    np.testing.assert_allclose(three, 0.7, atol=1e-6)
    with pytest.raises(thalweg.InputError, match="without points"):
        measure.ftle(saddle, length=1.0)


def test_exponents_of_functions_have_their_closed_forms():
    linear = measure.exponents(lambda t, x: x * np.array([0.3, -1.0]), [1e-6, 1.0], settle=5, length=20)
    np.testing.assert_allclose(linear.values, [0.3, -1.0], atol=1e-5)

    def henon(t, x):
        return np.stack([1 - 1.4 * x[:, 0] ** 2 + x[:, 1], 0.3 * x[:, 0]], axis=1)

    def slopes(t, x):
        return np.stack([-2.8 * x[:, 0], np.ones(len(x)), np.full(len(x), 0.3), np.zeros(len(x))], axis=1)

    for jacobian in (None, slopes):
        found = measure.exponents(henon, [0.1, 0.1], kind="map", jacobian=jacobian, length=4000)
        # The sum is the logarithm of the determinant, and the first is published (0.419).
        assert found.values.sum() == pytest.approx(np.log(0.3), abs=1e-6)
        assert abs(found.values[0] - 0.419) < 4 * found.errors[0] + 0.002 and 1.2 < found.kaplan_yorke < 1.3
    with pytest.raises(ZeroDivisionError):
        measure.exponents(lambda t, x: 1 / 0, [1.0])
    with pytest.raises(thalweg.InputError, match="kind"):
        measure.exponents(henon, [0.1, 0.1], kind="delay")


def test_chains_have_their_closed_forms():
    p, q = 0.7, 0.3
    ring = measure.Chain([[0, p, q], [q, 0, p], [p, q, 0]])
    rate = (p - q) * np.log(p / q)
    assert ring.entropy_production() == pytest.approx(rate, rel=1e-12)
    assert ring.arrow_of_time(7) == pytest.approx(7 * rate, rel=1e-12)
    np.testing.assert_allclose(ring.stationary(), 1 / 3)
    np.testing.assert_allclose(ring.reversed().matrix, ring.matrix.T)
    np.testing.assert_allclose(ring.power(5).matrix, np.linalg.matrix_power(ring.matrix, 5))
    # Who sees nothing sees no arrow; a projection is idempotent; a walk between two states is reversible.
    assert ring.arrow_of_time(4, blocks=[0, 0, 0]) == pytest.approx(0, abs=1e-12)
    assert 0 < ring.arrow_of_time(4, blocks=[0, 1, 1], start=[0.5, 0.25, 0.25])
    assert measure.Chain([[0.5, 0.5], [0.5, 0.5]]).idempotence_defect() == pytest.approx(0, abs=1e-15)
    assert measure.Chain.from_counts([[3, 1], [2, 2]]).entropy_production() == pytest.approx(0, abs=1e-15)
    assert measure.Chain([[0, 1, 0], [0, 0, 1], [1, 0, 0]]).entropy_production() == np.inf
    assert np.array_equal(pickle.loads(pickle.dumps(ring)).matrix, ring.matrix)
    for wrong in ([[0.5, 0.4], [0.5, 0.5]], [[1.0]] * 2, [[np.nan]]):
        with pytest.raises(thalweg.InputError):
            measure.Chain(wrong)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: measure.lyapunov([1.0, 2.0]), "2 points"),
        (lambda: measure.lyapunov(logistic(500), dims=3), "dims"),
        (lambda: measure.entropy([1.0, np.nan]), "finite"),
        (lambda: measure.entropy([1.0, 2.0], dt=0), "positive"),
        (lambda: measure.smape([1.0, 2.0], [[1.0, 2.0]]), "columns"),
        (lambda: measure.surrogate(logistic(100), "random"), "random"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, said):
    with pytest.raises(thalweg.InputError, match=said):
        call()


def test_the_stub_is_complete_and_right():
    body = ast.parse(pathlib.Path(measure.__file__).with_suffix(".pyi").read_text()).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    assert {node.name for node in functions} | {"Chain", "Measured"} == set(measure.__all__)
    for node in functions:
        parameters = inspect.signature(getattr(measure, node.name)).parameters
        rest = [node.args.kwarg] if node.args.kwarg else []
        assert [a.arg for a in [*node.args.args, *node.args.kwonlyargs, *rest]] == list(parameters), node.name
        given = [ast.literal_eval(d) for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None]
        assert given == [p.default for p in parameters.values() if p.default is not p.empty], node.name
