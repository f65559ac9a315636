"""What is wrong with its arguments every function of ``thalweg.ot`` says in a sentence, or else its result is finite.

The arguments are those of the computations of ``ot_cases``, spoilt one at a time.
"""

import functools
import inspect
import warnings

import numpy as np
import pytest
import thalweg
import thalweg.ot as ot
from ot_cases import CASES
from ot_cases._data import C1, C2, CLOSE, A, B, M, X, Y
from ot_cases.sliced import SPHERE

# Clocks, drawings, what takes shapes alone, and prices, which may be infinite.
WITHOUT_NUMBERS = {
    "get_parameter_pair",
    "is_all_finite",
    "tic",
    "toc",
    "toq",
    "check_random_state",
    "label_normalization",
    "plot1D_mat",
    "plot2D_samples_mat",
}
# What POT does not have, or gives other values for.
AXES = np.zeros(4), np.ones(4), np.eye(4)[:, :2], np.eye(4)[:, 1:3], np.array([5.0, 3.0]), np.array([4.0, 2.0])
LAST = np.r_[A, 0.4], np.r_[B, 0.4]
OTHERS = {
    ot.emd_batch: (A, B, np.stack([M, M])),
    ot.gaussian.bures_wasserstein_distance_hd: (*AXES, 0.5, 0.7),
    ot.gaussian.bures_wasserstein_mapping_hd: (*AXES, 0.5, 0.7),
    ot.gromov.entropic_fused_gromov_barycenters: (3, [X, Y], CLOSE, [A, B], A[:3] / A[:3].sum(), [0.4, 0.6]),
    ot.gromov.entropic_partial_fused_gromov_wasserstein: (M, C1, C2, A, B, 5.0, 0.6),
    ot.gromov.entropic_partial_fused_gromov_wasserstein2: (M, C1, C2, A, B, 5.0, 0.6),
    # POT takes the next larger point for each level; test_ot_forms.py holds ours to the distance that it stands for.
    ot.linear_circular_ot: (X % 1.0, Y % 1.0, A, B),
    ot.linear_sliced_wasserstein_sphere: (*SPHERE, A, B, 5, None, 3),
    ot.lp.dmmot_monge_1dgrid_optimize: (np.abs(X) / np.abs(X).sum(axis=0), 5),
    ot.optim.partial_cg: (A, B, *LAST, M, 1.0, lambda G: 0.5 * (G**2).sum(), lambda G: G),
}
# Masses, which may not be negative, by what POT calls them.
MASSES = set("a b p q ws wt w_s w_t wx wy wx_samp wx_feat wy_samp wy_feat u_weights v_weights".split())


# Computations that need a package which is not installed.
LACKING = []


class Overheard:
    """A module that keeps the first arguments that each of its functions is called with."""

    def __init__(self, module, calls):
        self._module, self._calls = module, calls

    def __getattr__(self, name):
        thing = getattr(self._module, name)
        if inspect.ismodule(thing):
            return Overheard(thing, self._calls)
        if not inspect.isfunction(thing):
            return thing

        @functools.wraps(thing)
        def called(*args, **kwargs):
            self._calls.setdefault(thing, (args, kwargs))
            return thing(*args, **kwargs)

        return called


def modules():
    return [ot, *(m for name in ot.__all__ if inspect.ismodule(m := getattr(ot, name)))]


def functions():
    named = {getattr(module, name): name for module in modules() for name in module.__all__}
    return {f: name for f, name in named.items() if inspect.isfunction(f) and name not in WITHOUT_NUMBERS}


@functools.lru_cache(None)
def overheard():
    calls = {function: (args, {}) for function, args in OTHERS.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for function in CASES.values():
            try:
                function(Overheard(ot, calls))
            except pytest.skip.Exception:
                LACKING.append(function)
    return {f: inspect.signature(f).bind(*args, **kwargs).arguments for f, (args, kwargs) in calls.items()}


def at(array, where, value):
    spoilt = np.array(array, dtype=np.float64)
    spoilt.flat[where] = value
    return spoilt


SPOILT = {
    "NaN": lambda x: at(x, -1, np.nan),
    "infinite": lambda x: at(x, 0, np.inf),
    "a row short": lambda x: np.asarray(x)[1:],
    "empty": lambda x: np.asarray(x)[:0],
    "an axis too many": lambda x: np.asarray(x)[None],
    "negative": lambda x: at(x, 0, -0.5),
}


def spoilings(value):
    """Ways to spoil an argument: arrays, lists of arrays, and numbers."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim:
        return {name: spoil(value) for name, spoil in SPOILT.items()}
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], np.ndarray) and value[0].ndim:
        return {name: [spoil(value[0]), *value[1:]] for name, spoil in SPOILT.items()}
    if isinstance(value, float):
        return {"NaN": np.nan}
    return {}


def is_finite(result):
    if isinstance(result, (tuple, list)):
        return all(is_finite(part) for part in result)
    if hasattr(result, "toarray"):
        result = result.toarray()
    if isinstance(result, (np.ndarray, np.number, float)):
        return np.asarray(result).dtype.kind not in "fc" or bool(np.isfinite(result).all())
    if hasattr(result, "value"):
        return is_finite([getattr(result, name) for name in ("value", "plan", "X") if hasattr(result, name)])
    return True


def test_every_function_has_a_case():
    missing = sorted(name for f, name in functions().items() if f not in overheard())
    assert not missing or LACKING


@pytest.mark.parametrize("function", functions(), ids=lambda f: functions()[f])
def test_spoilt_arguments_are_told_of(function):
    if function not in overheard() and LACKING:
        pytest.skip("Its computation needs a package that is not installed.")
    given, wrong = overheard()[function], []
    for parameter, value in given.items():
        for how, spoilt in spoilings(value).items():
            said = outcome(function, {**given, parameter: spoilt}, must=parameter in MASSES and how == "negative")
            wrong += [f"{parameter} {how}: {said}"] if said else []
    assert not wrong, "\n".join(wrong)


def outcome(function, given, must):
    """What is wrong with how a function takes its arguments; None where nothing is."""
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = function(*bound.args, **bound.kwargs)
        except thalweg.ThalwegError as error:
            sentence = str(error)
            return None if len(sentence.split()) > 3 and sentence.endswith(".") else sentence
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    if must:
        return "negative masses were taken"
    return None if is_finite(result) else "a result that is not finite, without a word"
