"""What ``thalweg.ot`` says of its own accord: in whose words, at which line, and of whom nothing can be asked yet."""

import warnings

import numpy as np
import pytest
import thalweg
import thalweg.ot as ot

rng = np.random.RandomState(0)
X, Y = rng.randn(6, 2), rng.randn(7, 3)
C1, C2 = ot.dist(X, X), ot.dist(Y, Y)
M = rng.rand(6, 7)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ot.gromov.unbalanced_co_optimal_transport(
            X, Y, epsilon=1.0, unbalanced_solver="sinkhorn", max_iter_ot=1, tol_ot=1e-9
        ), "max_iter_ot"),
        (lambda: ot.coot.co_optimal_transport(X, Y, epsilon=1e-3, nits_ot=1, nits_bcd=1), "nits_ot"),
        (lambda: ot.solve(M, reg=1e-4, max_iter=1), "max_iter"),
        (lambda: ot.gromov_wasserstein(C1, C2, max_iter=1, tol_rel=0, tol_abs=0), "max_iter"),
        (lambda: ot.da.SinkhornTransport(reg_e=1e-4, max_iter=1).fit(Xs=X, Xt=X[::-1] + 1.0), "max_iter"),
        (lambda: ot.sinkhorn([], [], M, 1e-4, numItermax=1), "numItermax"),
        (lambda: ot.bregman.sinkhorn_knopp([], [], M, 1e-4, numItermax=1), "numItermax"),
    ],
)  # fmt: skip
def test_advice_is_in_the_words_of_the_function_that_was_called_and_at_its_line(call, words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    told = [w for w in caught if w.category is thalweg.NotConvergedWarning]
    assert told and all(w.filename == __file__ for w in told)
    sentences = " ".join(str(w.message) for w in told)
    assert words in sentences and (words == "numItermax" or "numItermax" not in sentences)


ESTIMATORS = [name for name in ot.da.__all__ if name.endswith("Transport") and name != "BaseTransport"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_that_is_not_fitted_says_so(name):
    estimator = getattr(ot.da, name)()
    for method in ("transform", "inverse_transform", "transform_labels", "inverse_transform_labels"):
        if hasattr(estimator, method):
            with pytest.raises(thalweg.InputError, match=f"This {name} is not fitted yet"):
                getattr(estimator, method)(X)
    assert not hasattr(estimator, "coupling_") and not hasattr(estimator, "nothing")


def test_shapes_that_do_not_fit_are_told_with_their_names():
    with pytest.raises(thalweg.InputError, match=r"ot.gromov.tensor_product cannot compute .* hC1 \(6, 6\), hC2 \(7, 7\), T \(5, 7\)"):
        ot.gromov.gwloss(*ot.gromov.init_matrix(C1, C2, ot.unif(6), ot.unif(7)), np.ones((5, 7)))


def test_errors_of_a_function_of_the_caller_stay_what_they_are():
    def metric(x, y):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="^mine$"):
        ot.dist(X, X, metric)


def test_the_log_between_spaces_has_what_the_last_linear_problem_cost():
    for call in (ot.gromov_wasserstein, ot.gromov_wasserstein2):
        log = call(C1, C2, log=True)[1]
        assert log["cost"] == pytest.approx(log["u"].mean() + log["v"].mean())
        # The loss is quadratic, so that its slope at a plan costs that plan twice its value.
        assert log["cost"] == pytest.approx(2 * log["gw_dist"])
    assert np.isfinite(ot.fused_gromov_wasserstein(M, C1, C2, log=True)[1]["cost"])


def test_no_weights_are_no_weights():
    with pytest.raises(thalweg.InputError, match="weights of 0 points"):
        ot.unif(0)
