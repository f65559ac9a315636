"""torchcfm's own loop: OT-CFM from eight Gaussians to two moons, its matcher, its network, its samplers.

    python torchcfm_loop.py samplers|tables SECONDS

prints the seconds a step over so long. `tables` draws batches from points made beforehand in place of the samplers.
"""

import json
import sys
import time

import numpy as np
import torch
from toy import COUNT, gaussians, moons
from torchcfm.conditional_flow_matching import ExactOptimalTransportConditionalFlowMatcher
from torchcfm.models.models import MLP

BATCH = 256


def samplers():
    from torchcfm.utils import sample_8gaussians, sample_moons

    return lambda: (sample_8gaussians(BATCH), sample_moons(BATCH))


def tables():
    rng = np.random.default_rng(0)
    source, target = (torch.tensor(law(rng, COUNT), dtype=torch.float32) for law in (gaussians, moons))
    pick = lambda table: table[torch.randint(COUNT, (BATCH,))]
    return lambda: (pick(source), pick(target))


def main():
    kind, limit = sys.argv[1], float(sys.argv[2])
    torch.set_num_threads(2)
    torch.manual_seed(0)
    draw = {"samplers": samplers, "tables": tables}[kind]()
    model = MLP(dim=2, time_varying=True)
    optimizer = torch.optim.Adam(model.parameters())
    matcher = ExactOptimalTransportConditionalFlowMatcher(sigma=0.0)
    losses = []

    def step():
        optimizer.zero_grad()
        x0, x1 = draw()
        t, xt, ut = matcher.sample_location_and_conditional_flow(x0, x1)
        loss = torch.mean((model(torch.cat([xt, t[:, None]], dim=-1)) - ut) ** 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    for _ in range(5):
        step()
    start = time.perf_counter()
    steps = 0
    while time.perf_counter() - start < limit:
        step()
        steps += 1
    print(json.dumps({"seconds": (time.perf_counter() - start) / steps, "loss": losses[-1]}))


main()
