"""The cases of `benches/nn.py` in JAX: one jitted function a step, parameters donated, Adam from optax."""

import math

import jax
import numpy as np
import optax
from jax import numpy as jnp
from serve import serve

POOL = 8192
KEY = jax.random.PRNGKey(0)


def pool(dim):
    noise = np.random.default_rng(1).standard_normal((POOL, dim)).astype(np.float32)
    if dim != 2:
        return jnp.asarray(1 + 0.5 * noise)
    angle = np.arange(POOL) % 8 * (math.pi / 4)
    return jnp.asarray((5 * np.stack([np.cos(angle), np.sin(angle)], 1) + 0.3 * noise).astype(np.float32))


def network(inputs, width, outputs):
    def linear(key, rows, columns):
        bound = 1 / math.sqrt(rows)
        one, two = jax.random.split(key)
        draw = lambda k, shape: jax.random.uniform(k, shape, minval=-bound, maxval=bound)
        return draw(one, (rows, columns)), draw(two, (columns,))

    sizes = [inputs, width, width, width, outputs]
    return [linear(k, *shape) for k, shape in zip(jax.random.split(KEY, 4), zip(sizes, sizes[1:]))]


def run(params, z, activation):
    for weight, bias in params[:-1]:
        z = activation(z @ weight + bias)
    weight, bias = params[-1]
    return z @ weight + bias


def training(dim, width, batch, outputs, loss):
    optimiser, data = optax.adam(1e-3), pool(dim)
    params = network(dim + 1, width, outputs)
    state = {"params": params, "moments": optimiser.init(params), "key": KEY, "step": 0}

    def update(params, moments, key, x1):
        key, noise, times = jax.random.split(key, 3)
        x0, t = jax.random.normal(noise, x1.shape), jax.random.uniform(times, (batch, 1))
        value, slope = jax.value_and_grad(loss)(params, x0, x1, t)
        change, moments = optimiser.update(slope, moments)
        return optax.apply_updates(params, change), moments, key, value

    update = jax.jit(update, donate_argnums=(0, 1))

    def step():
        first = state["step"] * batch % POOL
        state["step"] += 1
        x1 = data[first : first + batch]
        arguments = state["params"], state["moments"], state["key"], x1
        state["params"], state["moments"], state["key"], value = update(*arguments)
        return value.block_until_ready()

    return step


def beside(x, t):
    return jnp.concatenate([x, t], 1)


def flow(params, x0, x1, t):
    return jnp.mean((run(params, beside((1 - t) * x0 + t * x1, t), jax.nn.selu) - (x1 - x0)) ** 2)


def action(params, x0, x1, t):
    potential = lambda z: run(params, z, jax.nn.silu)
    slope = jax.grad(lambda z: potential(z).sum())(beside((1 - t) * x0 + t * x1, t))
    ends = potential(beside(x0, 0 * t)).mean() - potential(beside(x1, 0 * t + 1)).mean()
    return ends + (0.5 * (slope[:, :-1] ** 2).sum(1) + slope[:, -1]).mean()


def sampling(dim, width):
    params = network(dim + 1, width, dim)
    euler = jax.jit(lambda x, t: x + 0.01 * run(params, beside(x, jnp.full((10_000, 1), t)), jax.nn.selu))
    state = {"x": jax.random.normal(KEY, (10_000, dim)), "step": 0}

    def step():
        state["x"] = euler(state["x"], 0.01 * (state["step"] % 100)).block_until_ready()
        state["step"] += 1
        if state["step"] % 100 == 0:
            state["x"] = jax.random.normal(KEY, (10_000, dim))
        return 0.0

    return step


CASES = {
    "a": lambda: training(2, 64, 256, 2, flow),
    "b": lambda: training(50, 512, 1024, 50, flow),
    "c": lambda: sampling(50, 512),
    "c2": lambda: sampling(2, 64),
    "d1a": lambda: training(2, 64, 256, 1, action),
    "d1b": lambda: training(50, 512, 1024, 1, action),
}

serve(f"jax {jax.__version__}", CASES)
