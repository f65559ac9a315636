"""The cases of `benches/nn.py` in PyTorch as most people write them: eager, default Adam, two threads."""

import math
import os

import torch
from serve import serve
from torch import nn
from torch.nn import functional as F

POOL = 8192
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
torch.manual_seed(0)


def pool(dim):
    """Eight Gaussians on a circle in the plane; elsewhere one Gaussian."""
    noise = torch.randn(POOL, dim)
    if dim != 2:
        return 1 + 0.5 * noise
    angle = torch.arange(POOL) % 8 * (math.pi / 4)
    return 5 * torch.stack([angle.cos(), angle.sin()], 1) + 0.3 * noise


def network(inputs, width, outputs, activation):
    inner = [nn.Linear(width, width), activation(), nn.Linear(width, width), activation()]
    return nn.Sequential(nn.Linear(inputs, width), activation(), *inner, nn.Linear(width, outputs))


def training(dim, width, batch, outputs, activation, loss):
    model, data = network(dim + 1, width, outputs, activation), pool(dim)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    state = {"step": 0}

    def step():
        first = state["step"] * batch % POOL
        state["step"] += 1
        x1 = data[first : first + batch]
        x0, t = torch.randn_like(x1), torch.rand(batch, 1)
        value = loss(model, x0, x1, t)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        return value.detach()

    return step


def flow(model, x0, x1, t):
    return F.mse_loss(model(torch.cat([(1 - t) * x0 + t * x1, t], 1)), x1 - x0)


def action(model, x0, x1, t):
    start = model(torch.cat([x0, torch.zeros_like(t)], 1)).mean()
    end = model(torch.cat([x1, torch.ones_like(t)], 1)).mean()
    between = torch.cat([(1 - t) * x0 + t * x1, t], 1).requires_grad_(True)
    (slope,) = torch.autograd.grad(model(between).sum(), between, create_graph=True)
    return start - end + (0.5 * slope[:, :-1].square().sum(1) + slope[:, -1]).mean()


def sampling(dim, width):
    model, x, t = network(dim + 1, width, dim, nn.SELU), torch.randn(10_000, dim), torch.zeros(10_000, 1)
    state = {"x": x, "step": 0}

    @torch.no_grad()
    def step():
        t.fill_(0.01 * (state["step"] % 100))
        state["x"] = state["x"] + 0.01 * model(torch.cat([state["x"], t], 1))
        state["step"] += 1
        if state["step"] % 100 == 0:
            state["x"] = torch.randn(10_000, dim)
        return state["x"].mean()

    return step


def product(n):
    a, b, out = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    return lambda: torch.mm(a, b, out=out)[0, 0]


CASES = {
    "a": lambda: training(2, 64, 256, 2, nn.SELU, flow),
    "b": lambda: training(50, 512, 1024, 50, nn.SELU, flow),
    "c": lambda: sampling(50, 512),
    "c2": lambda: sampling(2, 64),
    "d1a": lambda: training(2, 64, 256, 1, nn.SiLU, action),
    "d1b": lambda: training(50, 512, 1024, 1, nn.SiLU, action),
    "sgemm": lambda: product(2048),
}

serve(f"torch {torch.__version__}", CASES)
