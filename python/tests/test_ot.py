"""Optimal transport against closed forms, brute force and laws, and what is refused."""

import itertools
import subprocess
import sys
import time

import numpy as np
import pytest

import thalweg
import thalweg.ot as ot


def problem(seed, n=6, m=8):
    rng = np.random.default_rng(seed)
    a, b = rng.random(n) + 0.05, rng.random(m) + 0.05
    return a / a.sum(), b / b.sum(), rng.normal(size=(n, 2)), rng.normal(size=(m, 2)) + 1.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_permutation_is_cheaper(seed):
    M = np.random.default_rng(seed).normal(size=(6, 6))
    best = min(sum(M[i, j] for i, j in enumerate(p)) for p in itertools.permutations(range(6)))
    G, log = ot.emd([], [], M, log=True)
    assert log["cost"] == pytest.approx(best / 6, abs=1e-14)
    assert ((G > 0).sum(axis=0) == 1).all() and log["warning"] is None and log["result_code"] == 1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_certificate_proves_the_plan(seed):
    a, b, x, y = problem(seed)
    M = ot.dist(x, y)
    G, log = ot.emd(a, b, M, log=True)
    proof = log["certificate"]
    np.testing.assert_allclose(G.sum(axis=1), a, atol=1e-15)
    np.testing.assert_allclose(G.sum(axis=0), b, atol=1e-15)
    assert (log["u"][:, None] + log["v"] <= M + 1e-12).all()
    assert proof["primal"] == pytest.approx((G * M).sum()) and abs(proof["gap"]) < 1e-13
    assert proof["dual"] == pytest.approx(a @ log["u"] + b @ log["v"])
    # Mass scales the plan and the cost, and leaves the duals.
    assert ot.emd2(3 * a, 3 * b, M) == pytest.approx(3 * proof["primal"])
    np.testing.assert_allclose(ot.emd(3 * a, 3 * b, M), 3 * G, atol=1e-14)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_shift_costs_its_square_and_a_batch_is_its_problems(seed):
    a, _, x, _ = problem(seed)
    shift = np.array([3.0, -4.0])
    assert ot.solve_sample(x, x + shift, a, a).value == pytest.approx(25.0)
    assert ot.solve_sample(x, x + shift, a, a, metric="euclidean", lazy=True).value == pytest.approx(5.0)
    stack = np.stack([ot.dist(x, x + k * shift) for k in range(4)])
    G, log = ot.emd_batch(a, None, stack, log=True)
    for k in range(4):
        np.testing.assert_allclose(G[k], ot.emd(a, [], stack[k]), atol=1e-15)
        assert log["cost"][k] == pytest.approx(ot.emd2(a, [], stack[k]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_order_and_scale_do_not_matter(seed):
    a, b, x, y = problem(seed)
    M, reg = ot.dist(x, y), 0.3
    rng = np.random.default_rng(seed + 10)
    i, j = rng.permutation(len(a)), rng.permutation(len(b))
    for solver in (
        lambda a, b, M, s: ot.emd(a, b, M),
        lambda a, b, M, s: ot.sinkhorn(a, b, M, reg * s),
        lambda a, b, M, s: ot.sinkhorn_unbalanced(a, b, M, reg * s, 1.0 * s, stopThr=1e-12),
        lambda a, b, M, s: ot.partial.partial_wasserstein(a, b, M, 0.5),
        lambda a, b, M, s: ot.partial.entropic_partial_wasserstein(a, b, M, reg * s, 0.5),
        lambda a, b, M, s: ot.unbalanced.mm_unbalanced(a, b, M, 1.0 * s, stopThr=1e-4),
    ):
        plan = solver(a, b, M, 1.0)
        np.testing.assert_allclose(solver(a[i], b[j], M[i][:, j], 1.0), plan[i][:, j], atol=1e-8)
        np.testing.assert_allclose(solver(b, a, np.ascontiguousarray(M.T), 1.0), plan.T, atol=1e-8)
        np.testing.assert_allclose(solver(a, b, 7.0 * M, 7.0), plan, atol=1e-8)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_entropic_plans_have_their_marginals_at_any_strength(seed):
    a, b, x, y = problem(seed)
    M = ot.dist(x, y)
    exact = ot.emd2(a, b, M)
    for reg in (1e-3, 1e-1, 10.0):
        G, log = ot.sinkhorn(a, b, M, reg, numItermax=100_000, log=True)
        assert abs(G.sum(axis=1) - a).sum() + abs(G.sum(axis=0) - b).sum() < 1e-8
        np.testing.assert_allclose(np.exp(log["log_u"][:, None] + log["log_v"] - M / reg), G, rtol=1e-9, atol=1e-300)
        # The entropy of the plan, at most log n, bounds what it costs more.
        assert exact - 1e-8 <= (G * M).sum() <= exact + reg * np.log(len(a) * len(b))
    # Without any cost that counts the plan is independent.
    np.testing.assert_allclose(ot.sinkhorn(a, b, M, 1e9), np.outer(a, b), rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_unbalanced_plans_meet_their_optimality_conditions(seed):
    a, b, x, y = problem(seed)
    M, reg, price = ot.dist(x, y), 0.4, 1.3
    G = ot.unbalanced.sinkhorn_unbalanced(a, 2 * b, M, reg, price, stopThr=1e-13)
    slope = M + reg * np.log(G / np.outer(a, 2 * b))
    slope += price * np.log(G.sum(axis=1) / a)[:, None] + price * np.log(G.sum(axis=0) / (2 * b))
    assert abs(slope).max() < 1e-8
    # A high price is balanced transport, and without a cost nothing is missed.
    np.testing.assert_allclose(ot.sinkhorn_unbalanced(a, b, M, reg, 1e7), ot.sinkhorn(a, b, M, reg), atol=1e-5)
    nothing = ot.sinkhorn_unbalanced(a, b, 0 * M, reg, price, stopThr=1e-13)
    np.testing.assert_allclose(nothing, np.outer(a, b), atol=1e-9)
    zero = np.append(a, 0.0)
    more = ot.sinkhorn_unbalanced(zero, 2 * b, np.vstack([M, M[:1]]), reg, price, stopThr=1e-13)
    np.testing.assert_allclose(more[:-1], G, atol=1e-10)
    assert (more[-1] == 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_total_variation_is_the_optimum_of_its_linear_programme(seed):
    optimize = pytest.importorskip("scipy.optimize")
    a, b, x, y = problem(seed)
    M, (n, m) = ot.dist(x, y), (len(a), len(b))
    # Unknown: the plan, then what is missing of each marginal.
    conditions = np.zeros((n + m, n * m + n + m))
    for i in range(n):
        conditions[i, i * m : (i + 1) * m] = 1.0
    for j in range(m):
        conditions[n + j, j : n * m : m] = 1.0
    conditions[:, n * m :] = np.eye(n + m)
    objective = np.concatenate([M.ravel(), np.full(n, 0.8), np.full(m, 1.1)])
    truth = optimize.linprog(objective, A_eq=conditions, b_eq=np.concatenate([a, 2 * b])).fun
    found = ot.solve(M, a, 2 * b, unbalanced=(0.8, 1.1), unbalanced_type="TV")
    assert found.value == pytest.approx(truth, abs=1e-10)
    assert found.certificate["dual"] == pytest.approx(truth, abs=1e-10)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_partial_plans_are_the_cheapest_of_their_mass(seed):
    optimize = pytest.importorskip("scipy.optimize")
    a, b, x, y = problem(seed)
    M, (n, m) = ot.dist(x, y), (len(a), len(b))
    caps = np.zeros((n + m, n * m))
    for i in range(n):
        caps[i, i * m : (i + 1) * m] = 1.0
    for j in range(m):
        caps[n + j, j::m] = 1.0
    bounds = np.concatenate([a, b])
    truth = optimize.linprog(M.ravel(), A_ub=caps, b_ub=bounds, A_eq=np.ones((1, n * m)), b_eq=[0.6]).fun
    G = ot.partial.partial_wasserstein(a, b, M, 0.6)
    assert G.sum() == pytest.approx(0.6) and (G.sum(axis=1) <= a + 1e-12).all() and (G.sum(axis=0) <= b + 1e-12).all()
    assert ot.partial.partial_wasserstein2(a, b, M, 0.6) == pytest.approx(truth, abs=1e-9)
    entropic = ot.partial.entropic_partial_wasserstein(a, b, M, 1e-2, 0.6, numItermax=20_000, stopThr=1e-9)
    assert truth - 1e-6 <= (entropic * M).sum() <= truth + 1e-2 * np.log(n * m)
    assert entropic.sum() == pytest.approx(0.6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_penalty_of_ones_own_is_minimised(seed):
    a, b, x, y = problem(seed)
    M = ot.dist(x, y)
    square = (lambda G: 0.5 * (G**2).sum(), lambda G: G)
    G, log = ot.optim.cg(a, b, M, 5.0, *square, log=True, numItermax=2000, stopThr=1e-8)
    assert max(np.diff(log["loss"])) <= 0
    # The objective is convex: the best plan against its slope bounds how far it is from the minimum.
    slope = M + 5.0 * G
    assert ((G - ot.emd(a, b, slope)) * slope).sum() < 1e-3 * log["loss"][-1]
    G, log = ot.optim.gcg(a, b, M, 0.5, 5.0, *square, log=True, numItermax=500, stopThr=1e-13)
    assert max(np.diff(log["loss"])) <= 0
    # With the entropy the slope is a sum of a row and of a column, up to what the last step left.
    slope = M + 5.0 * G + 0.5 * np.log(G)
    slope -= slope.mean(axis=1, keepdims=True)
    assert abs(slope - slope.mean(axis=0)).max() < 1e-4
    np.testing.assert_allclose(ot.optim.gcg(a, b, M, 0.5, 0.0, *square), ot.sinkhorn(a, b, M, 0.5), atol=1e-6)


def test_the_line_is_sorted():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=50), rng.normal(size=50)
    assert ot.emd2_1d(x, y, metric="euclidean") == pytest.approx(abs(np.sort(x) - np.sort(y)).mean())
    assert ot.wasserstein_1d(x, y, p=2) == pytest.approx(((np.sort(x) - np.sort(y)) ** 2).mean())
    assert ot.wasserstein_1d(np.stack([x, y], 1), np.stack([y, y], 1)).shape == (2,)
    _, plans = ot.wasserstein_1d(x[:, None], y[:, None], return_plans=True)
    np.testing.assert_allclose(plans[0].toarray(), ot.emd_1d(x, y))
    assert ot.sliced_wasserstein_distance(x[:, None], y[:, None]) ** 2 == pytest.approx(ot.emd2_1d(x, y))


def test_lazy_plans_are_dense_plans_that_nobody_holds():
    a, b, x, y = problem(5)
    for given in ({"reg": 0.5}, {"reg": 0.5, "unbalanced": 2.0}, {"reg": 0.5, "unbalanced": (np.inf, 2.0)}):
        dense = ot.solve_sample(x, y, a, b, tol=1e-12, **given)
        lazy = ot.solve_sample(x, y, a, b, tol=1e-12, lazy=True, **given)
        np.testing.assert_allclose(lazy.lazy_plan[:], dense.plan, atol=1e-9)
        np.testing.assert_allclose(lazy.lazy_plan[2, 3:5], dense.plan[2, 3:5], atol=1e-9)
        np.testing.assert_allclose(lazy.lazy_plan[:, 1], dense.plan[:, 1], atol=1e-9)
        np.testing.assert_allclose(lazy.lazy_plan @ y, dense.plan @ y, atol=1e-9)
        np.testing.assert_allclose(lazy.marginal_a, dense.marginal_a, atol=1e-9)
        np.testing.assert_allclose(lazy.marginal_b, dense.marginal_b, atol=1e-9)
        assert lazy.value_linear == pytest.approx(dense.value_linear) and lazy.plan is None
    exact = ot.solve_sample(x, y, a, b, lazy=True)
    np.testing.assert_allclose(exact.plan, ot.emd(a, b, ot.dist(x, y)), atol=1e-14)
    assert "Converged" in repr(exact) and exact.certificate["gap"] < 1e-12


def test_threads_leave_the_bytes():
    a, b, x, y = problem(6, 60, 70)
    M = ot.dist(x, y, threads=1)
    assert M.tobytes() == ot.dist(x, y, threads=2).tobytes()
    for solver in (
        lambda t: ot.emd(a, b, M, threads=t),
        lambda t: ot.sinkhorn(a, b, M, 0.3, threads=t),
        lambda t: ot.unbalanced.mm_unbalanced(a, b, M, 1.0, numItermax=50, stopThr=1.0, threads=t),
        lambda t: ot.partial.entropic_partial_wasserstein(a, b, M, 0.3, 0.5, threads=t),
        lambda t: ot.sliced_wasserstein_distance(x, y, seed=0, threads=t),
    ):
        assert np.asarray(solver(1)).tobytes() == np.asarray(solver(2)).tobytes()


a3, M3 = np.full(3, 1 / 3), np.eye(3)
REFUSED = {
    "shapes": (lambda: ot.emd(a3, a3, M3[:2]), "The weights a have 3 entries, but there are 2"),
    "masses": (lambda: ot.emd(a3, 2 * a3, M3), "a sums to 1 and b to 2.*check_marginals"),
    "axes": (lambda: ot.emd(a3, a3, M3[0]), "The costs M have 1 axes"),
    "NaN": (lambda: ot.emd(a3, a3, M3 * np.nan), "NaN"),
    "infinity": (lambda: ot.sinkhorn(a3, a3, np.full((3, 3), np.inf), 1.0), "inf|NaN"),
    "negative": (lambda: ot.emd([2.0, -1.0, 0.0], a3, M3), "Weight 1 is -1"),
    "method": (lambda: ot.sinkhorn(a3, a3, M3, 1.0, method="newton"), "Unknown method 'newton'.*sinkhorn_log"),
    "reg": (lambda: ot.sinkhorn(a3, a3, M3, 0.0), "epsilon .* is 0"),
    "text": (lambda: ot.sinkhorn(a3, a3, M3, "strong"), "reg is 'strong'"),
    "metric": (lambda: ot.dist(M3, M3, "hyperbolic"), "hyperbolic"),
    "dimensions": (lambda: ot.dist(M3, M3[:, :2]), "3 coordinates and the target has 2"),
    "points": (lambda: ot.dist(a3, M3), r"1 axes.*reshape\(-1, 1\)"),
    "mass": (lambda: ot.partial.partial_wasserstein(a3, a3, M3, 2.0), "The mass that moves is 2, but the source has 1 and the target 1"),
    "price": (lambda: ot.sinkhorn_unbalanced(a3, a3, M3, 1.0, -1.0), "rho is -1"),
    "prices": (lambda: ot.sinkhorn_unbalanced(a3, a3, M3, 1.0, [1, 2, 3]), "3 were given"),
    "exponent": (lambda: ot.wasserstein_1d(a3, a3, p=0.5), "exponent p is 0.5"),
    "returned": (lambda: ot.sinkhorn_unbalanced2(a3, a3, M3, 1.0, 1.0, returnCost="all"), "returnCost = all"),
    "memory": (lambda: ot.emd(a3, a3, M3, memory="64B"), "needs about 216 B and the memory budget is 64 B"),
    "threads": (lambda: ot.emd(a3, a3, M3, threads=-1), "threads is -1"),
    "solver": (lambda: ot.solve_sample(M3, M3, method="nystroem"), 'The method "nystroem" is not offered'),
    "regularisation": (lambda: ot.solve(M3, reg=1.0, reg_type="max"), "regularisation max is not offered"),
    "lazy metric": (lambda: ot.solve_sample(M3, M3, reg=1.0, lazy=True, metric="cosine"), "cosine.*sqeuclidean"),
    "histograms": (lambda: ot.barycenter(np.triu(np.ones((3, 3))), M3, 1.0), "go from 1 to 3"),
    "batch": (lambda: ot.emd_batch(a3, a3, M3), "3 axes, but M has 2"),
    "moments": (lambda: ot.gaussian.empirical_bures_wasserstein_distance(M3 * 1e200, M3), "no finite mean and covariance"),
    "empty": (lambda: ot.emd([], [], np.zeros((0, 3))), r"shape \(0, 3\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_sentence_says_what_is_wrong(name):
    call, words = REFUSED[name]
    with pytest.raises(thalweg.InputError, match=words):
        call()


def test_what_does_not_converge_says_what_helps():
    a, b, x, y = problem(7)
    M = ot.dist(x, y)
    with pytest.warns(thalweg.NotConvergedWarning, match="numItermax above 1 or reg"):
        ot.sinkhorn(a, b, M, 1e-3, numItermax=1)
    with pytest.warns(thalweg.NotConvergedWarning, match="numItermax above 1 or reg"):
        ot.sinkhorn_unbalanced(a, b, M, 1e-3, 1.0, numItermax=1)
    with pytest.warns(UserWarning, match="do nothing: numItreMax"):
        ot.sinkhorn(a, b, M, 1.0, numItreMax=3)
    assert "Not converged" in ot.sinkhorn2(a, b, M, 1e-3, numItermax=1, log=True)[1]["status"]


def test_ctrl_c_ends_a_long_solve():
    code = (
        "import signal, threading, os, time, numpy as np, thalweg.ot as ot\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "x = np.random.default_rng(0).normal(size=(1500, 2))\n"
        "M = ot.dist(x, x + 1.0)\n"
        "threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "start = time.time()\n"
        "try:\n"
        "    ot.sinkhorn([], [], M, 1e-3, numItermax=10**9, stopThr=1e-15)\n"
        "except KeyboardInterrupt:\n"
        "    print(time.time() - start)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert out.returncode == 0 and float(out.stdout) < 10.0, out.stderr


def test_importing_it_is_light():
    code = "import sys, thalweg; assert 'thalweg.ot' not in sys.modules; thalweg.ot.emd; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "thalweg.ot.lp" in loaded and not {"scipy", "matplotlib", "torch", "sklearn", "ot"} & set(loaded)


def test_the_clock():
    ot.tic()
    time.sleep(0.01)
    assert 0.01 <= ot.toq() < 60.0
