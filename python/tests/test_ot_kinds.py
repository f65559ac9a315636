"""Arrays of other libraries in, and the same kind out."""

import numpy as np
import pytest

import thalweg.ot as ot

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 2)), rng.normal(size=(6, 2))
M = ot.dist(X, Y)


def every(X, Y, M):
    """One result of each family."""
    return {
        "dist": ot.dist(X, Y),
        "emd": ot.emd([], [], M),
        "emd2": ot.emd2([], [], M),
        "sinkhorn": ot.sinkhorn([], [], M, 1.0, stopThr=1e-6),
        "log": ot.sinkhorn([], [], M, 1.0, stopThr=1e-6, log=True)[1]["log_u"],
        "unbalanced": ot.sinkhorn_unbalanced([], [], M, 1.0, 1.0),
        "partial": ot.partial.partial_wasserstein([], [], M, 0.5),
        "sliced": ot.sliced_wasserstein_distance(X, Y, seed=0),
        "line": ot.emd_1d(X[:, 0], Y[:, 0]),
        "solve": ot.solve(M, reg=1.0, tol=1e-6).plan,
        "sample": ot.solve_sample(X, Y, reg=1.0, tol=1e-6).value,
        "spaces": ot.gromov_wasserstein(ot.dist(X, X), ot.dist(Y, Y)),
        "gaussian": ot.gaussian.empirical_bures_wasserstein_distance(X, Y),
        "barycenter": ot.barycenter(M[:, :2] / M[:, :2].sum(0), ot.dist(X, X), 1.0),
        "features": ot.coot.co_optimal_transport(X, Y)[1],
        "estimator": ot.da.SinkhornTransport(tol=1e-6).fit(Xs=X, Xt=Y).transform(Xs=X),
        "map": ot.da.LinearTransport().fit(Xs=X, Xt=Y).transform(Xs=X),
        "lazy": ot.solve_sample(X, Y, reg=1.0, tol=1e-6, lazy=True).lazy_plan[:],
    }


TRUTH = every(X, Y, M)


def agree(found, tolerance):
    for name, value in found.items():
        np.testing.assert_allclose(np.asarray(value), TRUTH[name], rtol=tolerance, atol=tolerance, err_msg=name)


def test_numpy_keeps_its_precision():
    found = every(X.astype(np.float32), Y.astype(np.float32), M.astype(np.float32))
    assert {np.asarray(value).dtype for value in found.values()} == {np.dtype(np.float32)}
    agree(found, 1e-4)
    # Whole numbers cannot hold a plan.
    assert ot.emd(np.array([1, 1]), np.array([1, 1]), np.array([[0, 1], [1, 0]])).dtype == np.float64


def test_any_order_and_stride_is_taken():
    wide = np.empty((10, 12))
    wide[::2, ::2] = M
    for same in (np.asfortranarray(M), wide[::2, ::2], M.tolist()):
        np.testing.assert_array_equal(ot.emd([], [], same), TRUTH["emd"])


def test_torch_stays_torch():
    torch = pytest.importorskip("torch")
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
        found = every(*(torch.tensor(z, dtype=dtype) for z in (X, Y, M)))
        assert all(isinstance(value, torch.Tensor) and value.dtype == dtype for value in found.values())
        agree(found, tolerance)


def test_torch_differentiates_exact_and_entropic_values():
    torch = pytest.importorskip("torch")
    costs = torch.tensor(M, requires_grad=True)
    ot.emd2([], [], costs).backward()
    np.testing.assert_allclose(costs.grad, TRUTH["emd"])
    x = torch.tensor(X, requires_grad=True)
    a = torch.full((5,), 0.2, dtype=torch.float64, requires_grad=True)
    value = ot.solve(((x[:, None] - torch.tensor(Y)) ** 2).sum(-1), a=a, reg=0.5, tol=1e-12).value
    value.backward()
    step = 1e-5
    for k in ((0, 0), (3, 1)):
        moved = [X.copy(), X.copy()]
        moved[0][k] += step
        moved[1][k] -= step
        ahead, behind = (ot.solve_sample(z, Y, reg=0.5, tol=1e-13).value for z in moved)
        assert float(x.grad[k]) == pytest.approx((ahead - behind) / 2 / step, rel=1e-5)
    # Weights can only move without changing their sum.
    ahead, behind = (
        ot.solve_sample(X, Y, np.full(5, 0.2) + s * np.array([1, -1, 0, 0, 0]), reg=0.5, tol=1e-13).value
        for s in (step, -step)
    )
    assert float(a.grad[0] - a.grad[1]) == pytest.approx((ahead - behind) / 2 / step, rel=1e-5)


def test_torch_differentiates_values_between_spaces():
    torch = pytest.importorskip("torch")
    first, second = ot.dist(X, X, "euclidean"), ot.dist(Y, Y, "euclidean")
    relations = torch.tensor(first, requires_grad=True)
    value, log = ot.gromov.gromov_wasserstein2(relations, torch.tensor(second), log=True)
    value.backward()
    step = np.zeros((5, 5))
    step[0, 1] = step[1, 0] = 1e-6
    plan = log["T"].numpy()
    ahead, behind = (ot.gromov_wasserstein2(first + s * step, second, G0=plan) for s in (1.0, -1.0))
    assert float(relations.grad[0, 1] + relations.grad[1, 0]) == pytest.approx((ahead - behind) / 2e-6, rel=1e-4)


def test_jax_stays_jax():
    jnp = pytest.importorskip("jax.numpy")
    found = every(*(jnp.asarray(z) for z in (X, Y, M)))
    assert all(isinstance(value, jnp.ndarray) for value in found.values())
    agree(found, 1e-4)


class Foreign:
    """Memory of another library, which NumPy can only reach by the protocol."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **kwargs):
        return self._array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class Wrapped:
    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype)


@pytest.mark.parametrize("wrap", [Foreign, Wrapped])
def test_protocols_are_enough(wrap):
    np.testing.assert_array_equal(ot.emd([], [], wrap(M)), TRUTH["emd"])
    np.testing.assert_array_equal(ot.dist(wrap(X), wrap(Y)), TRUTH["dist"])
