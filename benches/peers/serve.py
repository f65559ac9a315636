"""How a peer answers the driver: lines in, one line of JSON out a request.

`time CASE SECONDS` gives quartiles of the milliseconds a step; `curve CASE STEPS` trains anew and gives the mean
loss over each tenth. A case is made when it is first asked for and stays warm.
"""

import json
import sys
import time


def quartiles(times):
    ordered = sorted(times)
    return {name: 1e3 * ordered[len(ordered) * q // 4] for name, q in (("lower", 1), ("median", 2), ("upper", 3))}


def timed(step, seconds):
    """Times steps one by one, as the engine's own bench does."""
    step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return {**quartiles(times), "steps": len(times)}


def curve(step, steps):
    losses = [float(step()) for _ in range(steps)]
    tenth = steps // 10
    return {"curve": [sum(losses[k * tenth : (k + 1) * tenth]) / tenth for k in range(10)]}


def serve(name, cases):
    print(json.dumps({"peer": name}), flush=True)
    warm = {}
    for line in sys.stdin:
        verb, case, amount = line.split()
        if verb == "curve":
            answer = curve(cases[case](), int(amount))
        else:
            if case not in warm:
                warm[case] = cases[case]()
                for _ in range(5):
                    warm[case]()
            answer = timed(warm[case], float(amount))
        print(json.dumps({"case": case, **answer}), flush=True)
