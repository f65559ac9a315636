"""``thalweg.ot`` against what POT gave, as recorded, and against POT itself where it is installed."""

import inspect
import json
import warnings

import numpy as np
import pytest

import thalweg.ot
from ot_cases import CASES, RECORDED, plain, pot, tolerance

RECORD = json.loads(RECORDED.read_text())


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_that_pot_gave(name):
    found = CASES[name](thalweg.ot)
    np.testing.assert_allclose(plain(found), RECORD["values"][name], rtol=tolerance(name), atol=tolerance(name))


def test_every_record_has_its_case():
    assert RECORD["program"] == "POT" and set(RECORD["values"]) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_pot_still_gives_what_was_recorded(name):
    pytest.importorskip("ot")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = CASES[name](pot())
    np.testing.assert_allclose(plain(found), RECORD["values"][name], rtol=1e-6, atol=1e-6)


MODULES = [name for name in thalweg.ot.__all__ if inspect.ismodule(getattr(thalweg.ot, name))]


@pytest.mark.parametrize("module", ["", *MODULES])
def test_signatures_are_those_of_pot(module):
    theirs = pytest.importorskip(f"ot.{module}" if module else "ot", exc_type=ImportError)
    ours = getattr(thalweg.ot, module) if module else thalweg.ot
    compared = 0
    for name in ours.__all__:
        thing, other = getattr(ours, name), getattr(theirs, name, None)
        if not callable(thing) or other is None or name in ("OTResult", "BaryResult", "BaseEstimator", "Dataset"):
            continue
        compared += 1
        mine, given = inspect.signature(thing).parameters, inspect.signature(other).parameters
        positional = {n: p for n, p in mine.items() if p.kind is p.POSITIONAL_OR_KEYWORD}
        wanted = {n: p for n, p in given.items() if p.kind is p.POSITIONAL_OR_KEYWORD}
        assert list(positional) == list(wanted), name
        for parameter in wanted:
            assert _same(positional[parameter].default, wanted[parameter].default), (name, parameter)
        # Whatever else is taken here has a name, so that no script can mean something else by it.
        more = {p.kind for n, p in mine.items() if n not in wanted}
        assert more - {p.kind for p in given.values()} <= {
            inspect.Parameter.KEYWORD_ONLY,
            inspect.Parameter.VAR_KEYWORD,
        }
    assert compared


def _same(mine, theirs):
    # Functions that are defaults have a name of their own on either side.
    return mine == theirs or (callable(mine) and callable(theirs))
