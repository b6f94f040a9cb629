"""Many threads and many interpreters at the same time; who has the GIL meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import planish
from test_errors import CASES
from test_memory import successes
from views import bits, ramp, zeros


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    yield
    planish.set_cpu(None)
    planish.set_num_threads(0)


# ---- Threads ----


def test_every_function_from_many_threads() -> None:
    """Each thread does something of each kind, and gets the bits that it would get alone."""
    sizes = [(1, 5), (7, 300), (64, 768), (600, 513)]
    arrays = [(ramp(*size), ramp(size[1])) for size in sizes]

    def results(x: memoryview[float], weight: memoryview[float]) -> list[bytes]:
        y, mean, rstd = planish.layer_norm(x, weight, return_stats=True)
        return [bits(a) for a in (y, mean, rstd, *planish.layer_norm_backward(y, x, weight, mean=mean, rstd=rstd))]

    expected = [results(*pair) for pair in arrays]
    good, bad = successes(), list(CASES.values())

    def work(number: int) -> bool:
        if number % 50 == 0:
            planish.set_cpu(planish.cpus()[number % len(planish.cpus())])
        planish.set_num_threads(number % 4)
        planish.release_memory()
        good[number % len(good)]()
        wrong = bad[number % len(bad)]
        with pytest.raises(wrong.error):
            wrong.call()
        place = number % len(arrays)
        return results(*arrays[place]) == expected[place]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(800)))


# ---- The GIL ----


def others_run_during(call: Callable[[], object]) -> bool:
    """Whether a thread that waits for Python gets it during a call; between calls it gets nothing."""
    gate, ran = threading.Lock(), threading.Event()
    gate.acquire()

    def wait() -> None:
        with gate:
            ran.set()

    thread, interval = threading.Thread(target=wait), sys.getswitchinterval()
    thread.start()
    sys.setswitchinterval(1000)
    try:
        gate.release()  # from now on the thread wants the GIL
        call()
        return ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL")
def test_large_work_goes_on_without_the_gil() -> None:
    """32 KiB and more; whoever waits may be late."""
    planish.set_num_threads(1)
    x = zeros(4096, 1024)
    assert any(others_run_during(lambda: planish.layer_norm(x)) for _ in range(50))
    assert any(others_run_during(lambda: planish.layer_norm_backward(x, x)) for _ in range(50))


# ---- Interpreters ----


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_interpreters_one_after_the_other() -> None:
    code = """
import sys
interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
work = "import array, planish; print(planish.layer_norm(array.array('f', [1, 2]), eps=0).tolist(), flush=True)"
exec(work)
for _ in range(2):
    other = interpreters.create()
    assert interpreters.run_string(other, work) is None
    interpreters.destroy(other)
"""
    result = python(code)
    assert (result.returncode, result.stdout, result.stderr) == (0, "[-1.0, 1.0]\n" * 3, "")


def test_interpreters_at_the_same_time() -> None:
    """Since 3.12, each with a GIL of its own: nothing of Python's may be shared but what the process has once."""
    code = """
import sys, threading
interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
work = '''
import array, planish
x = memoryview(array.array("f", [i * i % 61 for i in range(1 << 18)])).cast("B").cast("f", (256, 1024))
first = None
for _ in range(20):
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    gradients = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd)
    found = [a.tobytes() for a in (y, mean, rstd, *gradients)]
    first = first or found
    assert found == first
    try:
        planish.layer_norm(x, axis=7)
    except ValueError as error:
        assert "axis 7" in str(error)
'''
failures = []
def run():
    other = interpreters.create()
    failures.append(interpreters.run_string(other, work))
    interpreters.destroy(other)
threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failures)
"""
    result = python(code)
    assert (result.returncode, result.stdout, result.stderr) == (0, "[None, None, None, None]\n", "")
