"""Matches with known answers, and the same match as the command line's."""

import json
import subprocess
import sys

import numpy as np
import pytest

import thalweg


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 2))
    order = rng.permutation(40)
    return a, (a + [2.0, -1.0])[order], order


def test_a_shifted_cloud_is_matched_to_itself(clouds):
    a, b, order = clouds
    found = thalweg.match(a, b)
    assert found.converged and abs(found.cost - 5.0) < 1e-12 and abs(found.record["gap"]) < 1e-12
    assert (order[found.plan.target] == found.plan.source).all()
    np.testing.assert_allclose(found.barycentric, a + [2.0, -1.0], atol=1e-12)
    np.testing.assert_allclose(found.plan.dense().sum(0), np.full(40, 1 / 40))
    f, g = found.potentials
    costs = ((a[:, None] - b[None]) ** 2).sum(-1)
    assert (f[:, None] + g[None] <= costs + 1e-9).all()
    assert abs((f.sum() + g.sum()) / 40 - 5.0) < 1e-9
    assert "cost 5" in repr(found) and "exact" in found._repr_html_()


@pytest.mark.parametrize("cost", ["sqeuclidean", "euclidean", "cosine", "cityblock"])
def test_values_are_carried_by_the_whole_plan(clouds, cost):
    a, b, _ = clouds
    found = thalweg.match(a, b, method="entropic", cost=cost, epsilon=0.2)
    whole = found.plan.dense()
    values = np.arange(80.0).reshape(40, 2)
    few = thalweg.match(a, b, method="entropic", cost=cost, epsilon=0.2, top_k=3)
    assert len(few.plan.mass) == 120 and few.record["plan"]["left_out"] > 0
    for match in (found, few):
        np.testing.assert_allclose(match.push(values), whole.T @ values, rtol=1e-12)
        np.testing.assert_allclose(match.pull(values[:, 0]), whole @ values[:, 0], rtol=1e-12)
        np.testing.assert_allclose(match.pull(b, mean=True), match.barycentric, rtol=1e-9)
        np.testing.assert_allclose(match.push(np.ones(40), mean=True), 1.0, rtol=1e-9)
    f, g = found.potentials
    costs = {
        "sqeuclidean": ((a[:, None] - b[None]) ** 2).sum(-1),
        "euclidean": np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)),
        "cosine": 1 - a @ b.T / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1),
        "cityblock": np.abs(a[:, None] - b[None]).sum(-1),
    }[cost]
    # The plan is that of its potentials, and its epsilon a fifth of the mean cost.
    epsilon = 0.2 * costs.mean()
    np.testing.assert_allclose(whole, np.exp((f[:, None] + g[None] - costs) / epsilon) / 1600, rtol=1e-6, atol=1e-18)
    assert abs((whole * costs).sum() - found.cost) < 1e-9


def test_a_plan_is_an_object(clouds):
    a, b, _ = clouds
    found = thalweg.match(a, b, method="entropic", epsilon=0.2)
    whole, (f, g) = found.plan.dense(), found.potentials
    new = np.random.default_rng(1).normal(size=(7, 2))
    epsilon = found.record["epsilon"]
    shares = np.exp((g - ((new[:, None] - b[None]) ** 2).sum(-1)) / epsilon)
    np.testing.assert_allclose(found.map(new), (shares / shares.sum(1, keepdims=True)) @ b, rtol=1e-9)
    np.testing.assert_allclose(found.map(a), found.barycentric, rtol=1e-9)
    few = found.top_k(3)
    largest = np.sort(whole, 1)[:, -3:]
    np.testing.assert_array_equal(np.sort(few.mass.reshape(40, 3), 1), largest)
    drawn = found.sample(np.full(5000, 4), seed=3)
    seen = np.bincount(drawn, minlength=40) / 5000
    share = whole[4] / whole[4].sum()
    assert (np.abs(seen - share) < 5 * np.sqrt(share * (1 - share) / 5000) + 1e-3).all()
    assert found.sample().shape == (40,)
    with pytest.raises(thalweg.InputError, match="whole numbers"):
        found.sample([0.5])
    with pytest.raises(thalweg.InputError, match="without an entropy"):
        thalweg.match(a, b).map(new)


def test_costs_of_the_caller(clouds):
    a, b, _ = clouds
    largest = np.abs(a[:, None] - b[None]).max(-1)
    asked = []

    def chebyshev(x, y):
        asked.append(len(x))
        return np.abs(x[:, None] - y[None]).max(-1)

    by_array, by_function = thalweg.match(a, b, cost=largest), thalweg.match(a, b, cost=chebyshev)
    assert by_array.cost == by_function.cost and sum(asked) == 40
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(largest)
    assert abs(by_array.cost - largest[rows, columns].mean()) < 1e-12
    assert "chebyshev" in by_function.record["command"][0]
    with pytest.raises(thalweg.InputError, match="shape"):
        thalweg.match(a, b, cost=lambda x, y: np.zeros(3))
    with pytest.raises(thalweg.InputError, match="held whole"):
        thalweg.match(a, b, cost=largest, memory=1000)


def test_clouds_in_different_spaces(clouds):
    a, _, _ = clouds
    turn = np.array([[0.6, -0.8], [0.8, 0.6], [0.0, 0.0]])
    found = thalweg.match(a, a @ turn.T + 3.0, method="gromov", cost="euclidean")
    plan, apart = found.plan.dense(), np.sqrt(((a[:, None] - a[None]) ** 2).sum(-1))
    # Relations are the same on both sides: the objective is a quadratic form of one matrix.
    square = (apart**2).mean(1)
    form = square.mean() * 2 - 2 * np.einsum("ij,kl,ik,jl->", plan, plan, apart, apart, optimize=True)
    assert abs(found.cost - form) < 1e-9
    assert found.record["gap"] is None and found.barycentric.shape == (40, 3) and "local" in found._repr_html_()


def test_a_law_and_its_sites():
    x, y = np.meshgrid((np.arange(12) + 0.5) / 12, (np.arange(5) + 0.5) / 5)
    pixels = np.column_stack([x.ravel(), y.ravel()])
    sites = np.array([[0.0, 0.5], [1.0, 0.5]])
    found = thalweg.match(pixels, sites, b_weights=[3, 7], method="semi-discrete", rows="pixels")
    assert abs(found.cost - ((0.3**3 + 0.7**3) / 3 + 1 / 12)) < 1e-9 and abs(found.record["gap"]) < 1e-9
    rng = np.random.default_rng(0)
    draws, sites = rng.normal(size=(4000, 3)), rng.normal(size=(20, 3))
    found = thalweg.match(draws, sites, method="semi-discrete", epsilon=0.1, top_k=2)
    assert found.converged and np.abs(found.marginals[1] - 1 / 20).sum() <= 0.02


def test_tables_and_weights(clouds):
    a, b, _ = clouds
    weights = np.linspace(1.0, 2.0, 40)
    table = {"u": a[:, 0], "v": a[:, 1], "w": weights}
    # Columns in another order are matched by name.
    other = {"w": weights[::-1], "v": b[:, 1], "u": b[:, 0]}
    named = thalweg.match(table, other, weights="w", method="entropic")
    plain = thalweg.match(a, b, a_weights=weights, b_weights=weights[::-1], method="entropic")
    np.testing.assert_array_equal(named.plan.mass, plain.plan.mass)
    np.testing.assert_allclose(plain.marginals[0], weights / weights.sum(), rtol=1e-5)
    grown = thalweg.match(a, b, a_weights=weights, b_weights=3 * weights, method="unbalanced", rho=2.0)
    assert 1.0 < grown.record["plan"]["mass"] < 3.0


def test_the_folder_is_that_of_the_command_line(clouds, tmp_path):
    a, b, _ = clouds
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    found = thalweg.match(tmp_path / "a.npy", tmp_path / "b.npy", output=tmp_path / "out", threads=1)
    kept = np.load(tmp_path / "out" / "plan.npz")
    for name in ("source", "target", "mass", "cost"):
        np.testing.assert_array_equal(kept[name], getattr(found.plan, name))
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "projection.npy"), found.barycentric)
    assert json.loads((tmp_path / "out" / "match.json").read_text()) == found.record
    assert "Proven optimal" in open(found.page(), encoding="utf-8").read()
    rows = thalweg.match(a, b, threads=2)
    np.testing.assert_array_equal(rows.plan.mass, found.plan.mass)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"b": np.zeros((3, 3))}, "a has 2 coordinates and b has 3"),
        ({"b": np.array([[np.nan, 0.0]])}, "nan|NaN"),
        ({"epsilon": 0.1}, "epsilon means nothing to the method exact"),
        ({"method": "entropic", "epsilon": 0.1, "epsilon_absolute": 1.0}, "Both epsilon"),
        ({"method": "simplex"}, "exact, entropic"),
        ({"b_weights": np.zeros(40)}, "b: The weights sum to 0"),
        ({"b_weights": [1.0]}, "40 rows"),
        ({"use_rep": "x"}, "no columns with names"),
        ({"memory": "1MB"}, "Raise memory to at least"),
        ({"b": "b.npy"}, "One side is a file"),
    ],
)
def test_refusals_say_what_is_wrong(clouds, arguments, sentence):
    a, b, _ = clouds
    with pytest.raises(thalweg.InputError, match=sentence):
        thalweg.match(a, arguments.pop("b", b), **arguments)


def test_what_does_not_converge_warns_or_raises(clouds):
    a, b, _ = clouds
    short = {"method": "entropic", "epsilon": 1e-3, "max_iterations": 3}
    with pytest.warns(thalweg.NotConvergedWarning, match="max_iterations"):
        found = thalweg.match(a, b, **short)
    assert found.status == "exhausted (iterations)"
    with pytest.raises(thalweg.FailedError, match="did not converge"):
        thalweg.match(a, b, strict=True, **short)


def test_the_tolerance_is_what_is_met(clouds):
    a, b, _ = clouds
    errors = []
    for tolerance in (1e-2, 1e-9):
        found = thalweg.match(a, b, method="entropic", epsilon=0.02, tolerance=tolerance)
        errors.append(np.abs(found.plan.dense().sum(1) - 1 / 40).sum() + np.abs(found.plan.dense().sum(0) - 1 / 40).sum())
        assert found.converged and errors[-1] < 2 * tolerance
    assert errors[0] > 1e-7 > errors[1]


def test_matching_needs_nothing_but_numpy():
    code = "import sys, numpy, thalweg; thalweg.match(numpy.eye(3), numpy.eye(3)); print('scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "False"


ROADS = "from,to,time\na,b,1\nb,a,1\nb,c,2\nc,b,2\nc,d,1\nd,c,1\na,d,9\n"


def test_paths_along_a_network_are_a_cost(tmp_path):
    graph = tmp_path / "roads.csv"
    graph.write_text(ROADS)
    x = np.arange(4.0)[:, None]
    # A line: a - b - c - d at 0, 1, 3, 4. Along it exact transport is that on the line.
    places = dict(zip("abcd", (0.0, 1.0, 3.0, 4.0)))
    here, there = list("aabd"), list("cdbc")
    found = thalweg.match(x, x, cost="graph", graph=graph, a_nodes=here, b_nodes=there, threads=1)
    on_the_line = sum(abs(np.sort([places[n] for n in here]) - np.sort([places[n] for n in there]))) / 4
    assert abs(found.cost - on_the_line) < 1e-12 and found.record["options"]["cost"] == "graph"
    tables = [{"x": x[:, 0], "at": np.array(nodes)} for nodes in (here, there)]
    by_name = thalweg.match(*tables, use_rep="x", cost="graph", graph=graph, node="at", threads=1)
    assert by_name.cost == found.cost
    for name, nodes in (("a.csv", here), ("b.csv", there)):
        rows = "\n".join(f"{k},{node}" for k, node in enumerate(nodes))
        (tmp_path / name).write_text(f"x,at\n{rows}\n")
    files = [tmp_path / name for name in ("a.csv", "b.csv")]
    assert thalweg.match(*files, use_rep="x", cost="graph", graph=graph, node="at", threads=1).cost == found.cost


def test_elastic_costs_are_those_of_their_formula(clouds):
    a, b, _ = clouds
    found = thalweg.match(a, b, cost="elastic", gamma=0.3, threads=1)
    apart = a[:, None] - b[None]
    costs = 0.5 * (apart**2).sum(axis=2) + 0.3 * np.abs(apart).sum(axis=2)
    assert abs(found.cost - thalweg.match(a, b, cost=costs, threads=1).cost) < 1e-12


@pytest.mark.parametrize(
    "given, sentence",
    [
        ({"cost": "graph"}, "needs a network"),
        ({"graph": "roads.csv"}, "means nothing to this cost"),
        ({"cost": "graph", "graph": "roads.csv"}, "nodes of the rows of a are missing"),
        ({"cost": "graph", "graph": "roads.csv", "node": "at"}, "no columns with names"),
        ({"cost": "graph", "graph": "roads.csv", "a_nodes": ["a"], "b_nodes": ["b"]}, r"nodes of a have the shape \(1,\)"),
        ({"cost": "elastic"}, "gamma"),
        ({"gamma": 1.0}, "gamma means nothing"),
    ],
)
def test_costs_say_what_they_need(clouds, given, sentence):
    with pytest.raises(thalweg.InputError, match=sentence):
        thalweg.match(*clouds[:2], **given)
