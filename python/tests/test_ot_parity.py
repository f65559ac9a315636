"""What POT 0.9.7 has and ``thalweg.ot`` has not. The list is the truth of ``docs/src/ot.md``: whoever adds a function takes
it off, and a newer POT adds to it."""

import importlib
import pkgutil

import pytest

import thalweg.ot as ot

# Tools of POT itself, and what is not transport.
NOT_TRANSPORT = {"backend", "helpers", "dr", "gnn"}
MISSING_MODULES = {"bsp", "regpath", "sgot"}
MISSING = {
    "batch": {
        "bregman_log_projection_batch",
        "bregman_projection_batch",
        "proximal_bregman_log_plan_batch",
    },
    "bregman": {
        "empirical_sinkhorn2_geomloss",
        "geomloss",
        "old_geomloss",
        "screenkhorn",
    },
    "da": {
        "NearestBrenierPotential",
    },
    "datasets": {
        "make_gauss_hd",
    },
    "lp": {
        "check_number_threads",
    },
    "mapping": {
        "nearest_brenier_potential_fit",
        "nearest_brenier_potential_predict_bounds",
    },
    "utils": {
        "UndefinedParameter",
        "check_number_threads",
        "check_params",
        "deprecated",
        "fun_to_numpy",
        "parmap",
    },
}


def names_of(module):
    """What a module of POT offers of its own."""
    listed = getattr(module, "__all__", None)
    own = [n for n in dir(module) if getattr(getattr(module, n), "__module__", None) == module.__name__]
    # POT lists a name that it does not have.
    return {n for n in (listed or own) if not n.startswith("_") and hasattr(module, n)}


def missing(name):
    theirs = importlib.import_module(f"ot.{name}")
    return {n for n in names_of(theirs) if not hasattr(getattr(ot, name), n)}


def modules():
    pot = pytest.importorskip("ot")
    if not pot.__version__.startswith("0.9.7"):
        pytest.skip("The list is that of POT 0.9.7.")
    return {module.name for module in pkgutil.iter_modules(pot.__path__)} - NOT_TRANSPORT


def test_every_missing_module_is_listed():
    assert {name for name in modules() if not hasattr(ot, name)} == MISSING_MODULES


def test_every_missing_function_is_listed():
    assert {name: gone for name in modules() - MISSING_MODULES if (gone := missing(name))} == MISSING
