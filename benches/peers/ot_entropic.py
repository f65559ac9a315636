"""The peers of `ot_entropic.py`: POT by kernel and in the log domain, OTT, GeomLoss, on the driver's problems.

Each answers `KIND N DIM EPSILON FILE PEER` with seconds from points to potentials, iterations, and the L1 error of the
marginals of the plan they give, measured in double precision.
"""

import json
import os
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def costs(x, y):
    return np.maximum((x * x).sum(1)[:, None] + (y * y).sum(1)[None] - 2 * x @ y.T, 0.0)


def pot(kind, x, y, epsilon, method):
    import ot

    start = time.perf_counter()
    m = costs(x, y)
    a, b = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    reg = epsilon * m.mean()
    if kind == "unbalanced":
        # POT stops at a relative change of its scalings; its own marginals have no prescribed value to measure.
        plan, log = ot.unbalanced.sinkhorn_unbalanced(
            a, b, m, reg, m.mean(), reg_type="kl", numItermax=100_000, stopThr=1e-6, log=True
        )
        return time.perf_counter() - start, len(log["err"]), abs(log["err"][-1]), (plan * m).sum()
    # POT compares the 2-norm of one marginal every ten iterations: 1e-6 in L1 is 1e-6 / sqrt(n) for even errors.
    plan, log = ot.sinkhorn(
        a, b, m, reg, method=method, numItermax=100_000, stopThr=1e-6 / np.sqrt(len(x)), log=True, warn=False
    )
    seconds = time.perf_counter() - start
    error = np.abs(plan.sum(0) - b).sum() + np.abs(plan.sum(1) - a).sum()
    return seconds, log.get("niter", len(log["err"]) * 10), error, (plan * m).sum()


def ott(kind, x, y, epsilon, _):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from ott.geometry import pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import sinkhorn

    mean = costs(x, y).mean()
    tau = 1 / (1 + epsilon) if kind == "unbalanced" else 1.0

    @jax.jit
    def solve(x, y):
        geometry = pointcloud.PointCloud(x, y, epsilon=epsilon * mean)
        problem = linear_problem.LinearProblem(geometry, tau_a=tau, tau_b=tau)
        return sinkhorn.Sinkhorn(threshold=1e-6, max_iterations=100_000)(problem)

    x, y = jnp.asarray(x), jnp.asarray(y)
    solve(x, y).f.block_until_ready()
    start = time.perf_counter()
    out = solve(x, y)
    out.f.block_until_ready()
    seconds = time.perf_counter() - start
    plan = np.asarray(out.matrix)
    error = np.abs(plan.sum(0) - 1 / len(y)).sum() + np.abs(plan.sum(1) - 1 / len(x)).sum()
    iterations = int(10 * (np.asarray(out.errors) > -1).sum())
    return seconds, iterations, error if tau == 1.0 else float("nan"), (plan * costs(np.asarray(x), np.asarray(y))).sum()


def mean_cost(x, y):
    spread = ((x - x.mean(0)) ** 2).sum(1).mean() + ((y - y.mean(0)) ** 2).sum(1).mean()
    return spread + ((x.mean(0) - y.mean(0)) ** 2).sum()


def measured(x, y, f, g, epsilon):
    """Marginal error and cost of the plan `exp((f + g - |x - y|^2) / epsilon)`, in blocks."""
    error, cost, columns = 0.0, 0.0, np.zeros(len(y))
    for start in range(0, len(x), 500):
        part = slice(start, start + 500)
        m = costs(x[part], y)
        plan = np.exp((f[part, None] + g[None] - m) / epsilon)
        error += np.abs(plan.sum(1) - 1 / len(x)).sum()
        cost += (plan * m).sum()
        columns += plan.sum(0)
    return error + np.abs(columns - 1 / len(y)).sum(), cost


def ott_blocked(_, x, y, epsilon, threshold):
    """OTT in single precision without a cost matrix, to the marginal error that it can reach."""
    import jax
    from jax.interpreters import batching

    # OTT 0.6 asks for a function that newer versions of JAX no longer have; here nothing is batched.
    if not hasattr(batching, "is_vmappable"):
        batching.is_vmappable = lambda _: False
    import jax.numpy as jnp
    from ott.geometry import pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import sinkhorn

    epsilon *= mean_cost(x, y)

    @jax.jit
    def solve(x, y):
        geometry = pointcloud.PointCloud(x, y, epsilon=epsilon, batch_size=500)
        solver = sinkhorn.Sinkhorn(threshold=threshold, max_iterations=200, inner_iterations=1)
        return solver(linear_problem.LinearProblem(geometry))

    single = [jnp.asarray(v, dtype=jnp.float32) for v in (x, y)]
    compiled = solve.lower(*single).compile()
    start = time.perf_counter()
    out = compiled(*single)
    out.f.block_until_ready()
    seconds = time.perf_counter() - start
    f, g = (np.asarray(v, dtype=np.float64) for v in (out.f, out.g))
    return seconds, int((np.asarray(out.errors) > -1).sum()), *measured(x, y, f, g, epsilon)


def geomloss(_, x, y, epsilon, scaling):
    """GeomLoss with KeOps in single precision; it has no rule for the marginals, only a schedule of epsilons."""
    import torch
    from geomloss import SamplesLoss

    epsilon *= mean_cost(x, y)
    torch.set_num_threads(2)
    single = [torch.tensor(v, dtype=torch.float32) for v in (x, y)]
    settings = {"p": 2, "blur": float(np.sqrt(epsilon / 2)), "scaling": scaling, "debias": False}
    solve = SamplesLoss("sinkhorn", potentials=True, backend="online", **settings)
    solve(*(v[:100] for v in single))  # KeOps compiles.
    start = time.perf_counter()
    f, g = solve(*single)
    seconds = time.perf_counter() - start
    # Its cost is |x - y|^2 / 2, and its plan has the weights of the points.
    f, g = (2 * v.double().numpy().ravel() for v in (f, g))
    f, g = f - epsilon * np.log(len(x)), g - epsilon * np.log(len(y))
    return seconds, 0, *measured(x, y, f, g, epsilon)


PEERS = {
    "pot": (pot, "sinkhorn"),
    "pot-log": (pot, "sinkhorn_log"),
    "ott": (ott, None),
    "ott-blocked": (ott_blocked, 1e-4),
    "geomloss": (geomloss, 0.5),
}


def main():
    # Answers go where the driver reads; what the libraries print, KeOps while it compiles, goes to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps({"peer": "peers"}), file=answers, flush=True)
    for line in sys.stdin:
        kind, n, dim, epsilon, file, peer = line.split()
        values = np.fromfile(file).reshape(-1, int(dim))
        solve, method = PEERS[peer]
        seconds, iterations, error, cost = solve(kind, values[: int(n)], values[int(n) :], float(epsilon), method)
        answer = {"seconds": seconds, "passes": int(iterations), "error": float(error), "cost": float(cost)}
        print(json.dumps(answer), file=answers, flush=True)


os.environ.setdefault("OMP_NUM_THREADS", "2")
main()
