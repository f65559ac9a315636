"""The classes with scikit-learn conventions, by scikit-learn's own checks."""

import numpy as np
import pytest

import thalweg

pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from thalweg import estimators  # noqa: E402
from thalweg._methods import class_names  # noqa: E402

# As little training as each method takes: these checks are about conventions.
TINY = {
    "FlowMatching": {"network.hidden": [4]},
    "RectifiedFlow": {"network.hidden": [4], "rounds": 1},
    "StochasticInterpolants": {"network.hidden": [4]},
    "ActionMatching": {"hidden": [4]},
    "VelocityGrowthMatching": {"hidden": [4], "fine_tune": None},
}
FIT = {"fit.steps": 2, "fit.schedule.warmup": 1, "batch": 16}


def tiny(name):
    return getattr(thalweg, name)(settings={**TINY.get(name, {}), **FIT})


EXPECTED_FAILURES = {
    "check_methods_subset_invariance": "the integrator picks its steps for the rows of a block together, so that rows "
    "pushed apart agree to its tolerance of 1e-4 of their spread and not to 1e-7",
    "check_sample_weight_equivalence_on_dense_data": "rows are drawn for batches at random, so that a weight of two "
    "and two copies agree in law and not in bits",
}


def test_every_method_that_learns_has_a_class_and_a_line_here():
    names = {method["name"] for method in thalweg.methods() if method["learns"]}
    assert set(class_names().values()) == names and set(class_names()) == set(TINY)
    for name, method in class_names().items():
        cls = getattr(estimators, name)
        assert cls is getattr(thalweg, name) and cls._method == method and method in str(thalweg.methods())
        assert thalweg.methods(method)[0]["summary"] in cls.__doc__


@parametrize_with_checks([tiny(name) for name in TINY], expected_failed_checks=lambda _: EXPECTED_FAILURES)
def test_conventions(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", TINY)
def test_an_estimator_is_the_same_computation(name, snapshots):
    x, times = snapshots
    fitted = tiny(name).set_params(random_state=3).fit(x, times)
    run = thalweg.learn(x, times, method=class_names()[name], seed=3, settings={**TINY[name], **FIT})
    assert fitted.run_.to_bytes() == run.to_bytes()
    np.testing.assert_array_equal(fitted.transform(x), run.push(x, 0.0, 2.0))
    np.testing.assert_array_equal(fitted.predict(x), run.velocity(0.0, x))
    np.testing.assert_array_equal(clone(fitted).fit(x, times).transform(x), fitted.transform(x))


@pytest.mark.parametrize("name", TINY)
def test_rows_pushed_apart_agree_to_the_tolerance_of_the_integrator(name, snapshots):
    x, times = snapshots
    fitted = tiny(name).fit(x, times)
    apart = np.concatenate([fitted.transform(row[None]) for row in x[:20]])
    assert np.abs(apart - fitted.transform(x)[:20]).max() < 1e-3 * x.std()


def test_an_estimator_takes_part_in_pipelines_and_searches(snapshots):
    x, times = snapshots
    settings = [{**FIT, "fit.steps": steps, "network.hidden": [16]} for steps in (1, 400)]
    search = GridSearchCV(
        make_pipeline(StandardScaler(), thalweg.FlowMatching()),
        {"flowmatching__settings": settings},
        cv=KFold(2, shuffle=True, random_state=0),
        error_score="raise",
    ).fit(x, times)
    # The population moves, so that a model that was trained predicts better than one that was not.
    assert search.best_params_["flowmatching__settings"] == settings[1]
    fitted = thalweg.FlowMatching(settings=settings[1], start=0.0, end=1.0).fit(x, times)
    moved = fitted.transform(x[times == 0])
    assert abs((moved - x[times == 0]).mean(axis=0) - [1.0, 0.0]).max() < 0.15
    np.testing.assert_allclose(fitted.inverse_transform(moved), x[times == 0], atol=0.01)
    assert fitted.score(x, times) > -0.3
