"""Work beside the interpreter: signals, threads, progress."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import thalweg
from conftest import QUICK

INTERRUPTED = """
import signal, sys, numpy as np, thalweg
# A job in the background inherits a SIGINT that is ignored, and Python would leave it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
x, t = rng.normal(size=(10000, 5)), np.repeat([0.0, 1.0], 5000)
settings = dict(item.split("=") for item in sys.argv[2:])
settings = {key: int(value) for key, value in settings.items()}
def tell(phase, done, total, note):
    # Points are pushed first of all in an evaluation.
    if sys.argv[1] in ("fit", phase):
        print("at work", flush=True)
try:
    config = {"evaluation": {"points": 5000}}  # exact distances that take many seconds
    thalweg.learn(x, t, method="flow-matching", config=config, settings=settings, progress=tell, threads=1)
    print("finished", flush=True)
except KeyboardInterrupt as error:
    print("interrupted:", error, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("delay", [0.0, 0.37, 1.3])
@pytest.mark.parametrize("phase, steps", [("fit", 10**7), ("integrate", 2)], ids=["training", "evaluation"])
def test_ctrl_c_is_answered_within_a_second(phase, steps, delay):
    words = [sys.executable, "-c", INTERRUPTED, phase, f"fit.steps={steps}", "fit.schedule.warmup=1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "at work\n"
        time.sleep(delay)
        child.send_signal(signal.SIGINT)
        start = time.perf_counter()
        line = next(line for line in child.stdout if line != "at work\n")
        seconds = time.perf_counter() - start
    assert line.startswith("interrupted:"), line
    assert seconds < 1.0, f"answered after {seconds:.2f} s"


def test_claims_are_measured_and_can_be_interrupted():
    every = sum(len(method["checks"]) for method in thalweg.methods())
    told = []

    def enough(phase, done, total, note):
        told.append((phase, done, total))
        raise StopIteration(note)

    with pytest.raises(StopIteration):
        thalweg.verify(progress=enough)
    assert told and (told[0][0] != "verify" or told[0][2] == every)


def test_other_threads_run_meanwhile(snapshots):
    beats, done = [], threading.Event()

    def beat():
        while not done.wait(0.005):
            beats.append(time.perf_counter())

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        start = time.perf_counter()
        thalweg.learn(*snapshots, settings={"fit.steps": 1000, "fit.max_seconds": None}, threads=1)
        end = time.perf_counter()
    finally:
        done.set()
        thread.join()
    during = np.array([b for b in beats if start < b < end])
    # Held for the whole call, the lock would leave one beat at most.
    assert len(during) > 0.2 * (end - start) / 0.005 and np.diff(during).max() < 0.5


def test_two_runs_at_once_do_not_disturb_each_other(snapshots):
    expected = [thalweg.learn(*snapshots, settings=QUICK, seed=seed).to_bytes() for seed in (0, 1)]
    found = {}
    threads = [
        threading.Thread(
            target=lambda s=s: found.update({s: thalweg.learn(*snapshots, settings=QUICK, seed=s).to_bytes()})
        )
        for s in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[0], found[1]] == expected


def test_progress_is_told_in_the_calling_thread_and_its_errors_arrive(snapshots):
    told = []
    thalweg.learn(
        *snapshots,
        settings=QUICK,
        progress=lambda phase, done, total, note: told.append((threading.get_ident(), phase, done, total)),
    )
    assert {thread for thread, *_ in told} == {threading.get_ident()}
    assert all(0 <= done <= total for _, _, done, total in told) and told[-1][1] == "evaluate"

    def refuse(*_):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        thalweg.learn(*snapshots, settings={"fit.steps": 10**7}, progress=refuse)


def test_the_bar_writes_lines_over_themselves(snapshots, capsys):
    thalweg.learn(*snapshots, settings=QUICK, progress=True)
    shown = capsys.readouterr().err
    assert shown.startswith("\r") and shown.endswith("\n") and "evaluate" in shown


FORKED = """
import multiprocessing, numpy as np, thalweg
rng = np.random.default_rng(0)
x, t = rng.normal(size=(40, 2)), np.repeat([0.0, 1.0], 20)
run = thalweg.learn(x, t, settings={"fit.steps": 2, "fit.schedule.warmup": 1}, threads=1)
points = rng.normal(size=(2000, 2))
here = run.velocity(0.5, points)  # before the fork: a pool of threads started here would be missing in the child
def there(_):
    return run.velocity(0.5, points)
with multiprocessing.get_context("fork").Pool(1) as pool:
    assert np.array_equal(pool.map_async(there, [0]).get(timeout=30)[0], here)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forking a process with threads is safe for some of them on Linux")
def test_a_law_can_be_evaluated_in_a_forked_child():
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=60)
