"""Flows through networks against closed forms, and what is refused."""

import ast
import inspect
import pathlib

import numpy as np
import pytest

import thalweg
from thalweg import network

ROADS = {
    "from": ["a", "a", "b", "c", "b"],
    "to": ["b", "c", "d", "d", "c"],
    "time": [1e-9, 50, 50, 1e-9, 10],
    "b": [1e10, 1, 1, 1e10, 1],
    "capacity": [1, 50, 50, 1, 10],
    "power": [1, 1, 1, 1, 1],
}
TRIPS = {"from": ["a", "a"], "to": ["d", "d"], "amount": [4.0, 2.0]}


def test_braess():
    found = network.equilibrium(ROADS, TRIPS)
    assert found.converged and abs(found.total_time / 6 - 92) < 1e-6
    np.testing.assert_allclose(found.flow, [4, 2, 2, 4, 2], atol=1e-6)
    assert found.ends == (ROADS["from"], ROADS["to"])
    assert 0 <= found.gap <= 1e-9 * found.objective and found.bound <= found.objective
    paths = found.paths()
    assert sorted("".join(path["nodes"]) for path in paths) == ["abcd", "abd", "acd"]
    assert sum(path["flow"] for path in paths) == pytest.approx(6)
    assert abs(network.optimum(ROADS, TRIPS).total_time / 6 - 83) < 1e-6


def test_names_of_nodes_may_be_numbers_of_any_kind():
    edges = {"from": np.array([1, 2]), "to": [2.0, 3.0], "time": [1, 1], "capacity": [2, 4]}
    trips = {"from": [1], "to": np.array([3], dtype=np.int32), "amount": [2]}
    found = network.min_congestion(edges, trips)
    assert found.objective == pytest.approx(1.0) and found.ends == (["1", "2"], ["2", "3"])
    assert network.shortest(edges, trips).flow.tolist() == [2.0, 2.0]


def test_goods_that_are_alike_take_the_cheapest_way():
    edges = {"from": [0, 0, 1], "to": [1, 2, 2], "time": [1, 3, 1], "capacity": [1, 5, 5]}
    found = network.min_cost(edges, {"from": [0], "to": [2], "amount": [2]})
    assert found.flow.tolist() == [1.0, 1.0, 1.0] and found.objective == 5.0 and found.paths() == []


def test_distances():
    edges = {"from": [0, 1, 2], "to": [1, 2, 0], "time": [1, 2, 4], "fixed": [0, 0.5, 0]}
    assert network.distances(edges, [0, 1, 2]).tolist() == [[0, 1, 3.5], [6.5, 0, 2.5], [4, 5, 0]]
    assert network.distances({"from": ["x"], "to": ["y"], "time": [1]}, ["y", "x"], ["x"]).tolist() == [[np.inf], [0]]
    with pytest.raises(thalweg.InputError, match="node z"):
        network.distances(edges, [0], ["z"])


def test_files_are_read_as_the_command_line_reads_them(tmp_path):
    (tmp_path / "net.tntp").write_text("<FIRST THRU NODE> 1\n<END OF METADATA>\n1 2 5 0 1 0.15 4 0 0 1 ;\n")
    (tmp_path / "trips.tntp").write_text("<END OF METADATA>\nOrigin 1\n2 : 5.0;\n")
    found = network.equilibrium(tmp_path / "net.tntp", tmp_path / "trips.tntp")
    assert found.time.tolist() == [1.15] and found.flow.tolist() == [5.0]


@pytest.mark.parametrize(
    ("roads", "trips", "said"),
    [
        ({}, {"from": ["d"], "to": ["a"], "amount": [1]}, "1 go from d to a, but no path does"),
        ({}, {"from": ["a"], "to": ["z"], "amount": [1]}, "node z"),
        ({}, {"from": ["a"], "to": ["d"], "amount": [-1]}, "amount -1"),
        ({"capacity": [1, 50, 50, -1, 10]}, TRIPS, "capacity -1"),
        ({"power": [1, 0.5, 1, 1, 1]}, TRIPS, "power 0.5"),
        ({"time": [1, 1, 1, 1, np.nan]}, TRIPS, "NaN"),
        ({"time": [1, 1]}, TRIPS, "different lengths"),
        ({}, [1, 2], "mapping of columns"),
        ({}, {"from": ["a"], "to": ["d"]}, "no column `amount`"),
    ],
)
def test_what_cannot_be_routed_is_refused(roads, trips, said):
    with pytest.raises(thalweg.InputError, match=said):
        network.equilibrium({**ROADS, **roads}, trips)


def test_iterations_that_ran_out_are_told():
    with pytest.warns(thalweg.NotConvergedWarning, match="Allow 8 iterations"):
        network.equilibrium(ROADS, TRIPS, max_iterations=2)
    with pytest.raises(thalweg.FailedError):
        network.equilibrium(ROADS, TRIPS, max_iterations=2, strict=True)


def test_threads_do_not_change_a_bit():
    flows = [network.equilibrium(ROADS, TRIPS, threads=k).flow.tobytes() for k in (1, 2)]
    assert flows[0] == flows[1]


def test_the_stub_is_complete_and_right():
    body = ast.parse(pathlib.Path(network.__file__).with_suffix(".pyi").read_text()).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    assert {node.name for node in functions} | {"Flows"} == set(network.__all__)
    for node in functions:
        parameters = inspect.signature(getattr(network, node.name)).parameters
        assert [a.arg for a in [*node.args.args, *node.args.kwonlyargs]] == list(parameters), node.name
        given = [ast.literal_eval(d) for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None]
        assert given == [p.default for p in parameters.values() if p.default is not p.empty], node.name
