"""Memory of results: handed out again, up to a bound, and never while somebody can see it."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import planish
from test_memory import growth
from views import bits, ramp, zeros

MIB = 1 << 20
SIZES = {"malloc": (64, 256), "just less than a huge page": (2, 262143), "pages": (3, 400_000)}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Each test starts and ends with nothing kept."""
    planish.release_memory()
    yield
    planish.release_memory()


def address(view: memoryview[float]) -> int:
    return ctypes.addressof((ctypes.c_char * view.nbytes).from_buffer(view))


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code with arrays of 1, 2, 3 MiB at hand, and no bound but what is given here."""
    start = "import planish\nx1, x2, x3 = (memoryview(bytearray(n << 20)).cast('f', (n, 1 << 18)) for n in (1, 2, 3))\n"
    clean = {name: value for name, value in os.environ.items() if name != "PLANISH_CACHE_BYTES"}
    command = [sys.executable, "-c", start + code]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shape", SIZES.values(), ids=SIZES)
def test_memory_is_handed_out_again(shape: tuple[int, int]) -> None:
    x = ramp(*shape)
    y = planish.layer_norm(x)
    expected, first = bits(y), address(y)
    del y
    planish.layer_norm(zeros(*shape))  # writes other values there
    y = planish.layer_norm(x)
    assert address(y) == first
    assert bits(y) == expected


def test_two_results_take_turns() -> None:
    x, addresses = ramp(3, 400_000), set()
    for _ in range(10):
        y = planish.layer_norm(x)
        addresses.add(address(y))
    assert len(addresses) == 2


def test_a_result_takes_no_much_larger_memory() -> None:
    planish.layer_norm(zeros(8, 1 << 18))
    y = planish.layer_norm(zeros(3, 1 << 18))
    assert planish.release_memory() >= 8 * MIB
    assert y.nbytes == 3 * MIB


def test_small_memory_is_not_kept() -> None:
    planish.layer_norm(ramp(63, 256), return_stats=True)
    assert planish.release_memory() == 0


@pytest.mark.parametrize("shape", SIZES.values(), ids=SIZES)
def test_release(shape: tuple[int, int]) -> None:
    x = ramp(*shape)
    y = planish.layer_norm(x)
    assert planish.release_memory() == 0
    expected = bits(y)
    z = planish.layer_norm(x)
    del z
    assert planish.release_memory() == x.nbytes
    assert planish.release_memory() == 0
    assert bits(y) == expected


def test_memory_that_a_view_shows_is_not_taken() -> None:
    x = ramp(3, 400_000)
    part = planish.layer_norm(x)[1:2]
    expected = bits(part)
    others = [planish.layer_norm(zeros(3, 400_000)) for _ in range(3)]
    assert planish.release_memory() == 0
    assert bits(part) == expected
    del part, others
    assert planish.release_memory() >= 4 * x.nbytes


@pytest.mark.parametrize("version", [None, (1, 0)])
def test_memory_that_a_capsule_holds_is_not_taken(version: tuple[int, int] | None) -> None:
    x = ramp(3, 400_000)
    y = planish.layer_norm(x)
    first = address(y)
    capsule = y.obj.__dlpack__(max_version=version)  # type: ignore[attr-defined]
    del y
    gc.collect()
    assert planish.release_memory() == 0
    assert address(planish.layer_norm(x)) != first
    assert x.nbytes <= planish.release_memory() < 2 * x.nbytes
    del capsule
    assert address(planish.layer_norm(x)) == first


def test_memory_of_a_call_that_fails_is_kept() -> None:
    x = zeros(3, 400_000)
    with pytest.raises(ValueError, match="eps is -1"):
        planish.layer_norm(x, eps=-1)
    assert planish.release_memory() >= x.nbytes


def test_nobody_finds_a_result_before_it_is_written() -> None:
    x = ramp(5, 77_777)
    seen: list[object] = []

    class Spy:
        def __bool__(self) -> bool:
            seen.extend(a for a in gc.get_objects() if isinstance(a, memoryview) and a.shape == x.shape and a is not x)
            return True

    spy: Any = Spy()
    planish.layer_norm_backward(x, x, needs=(True, spy, True))
    assert seen == []


def test_bound() -> None:
    code = "for x in (x1, x2, x3): planish.layer_norm(x)\nprint(planish.release_memory() >> 20)"
    for limit, kept in ((100, 6), (6, 6), (5, 5), (4, 3), (2, 2), (1, 1)):
        result = python(code, PLANISH_CACHE_BYTES=str(limit * MIB))
        assert (result.stdout, result.stderr) == (f"{kept}\n", "")


@pytest.mark.parametrize(("text", "kept"), [("0", 0), ("00", 0), ("65535", 0), ("", 1), ("9" * 19, 1)])
def test_bounds_of_other_kinds(text: str, kept: int) -> None:
    result = python("planish.layer_norm(x1)\nprint(planish.release_memory() >> 20)", PLANISH_CACHE_BYTES=text)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{kept}\n", "")


def test_default_bound_is_256_mib() -> None:
    code = "x = memoryview(x1).cast('B').cast('f')\ny = [planish.layer_norm(x3) for _ in range(100)]\ndel y\n"
    result = python(code + "print(planish.release_memory())")
    assert 3 * 32 * MIB <= int(result.stdout) <= 256 * MIB  # there are 32 pieces at most


@pytest.mark.parametrize("text", ["-1", "1e6", "64M", " 5", "9" * 21, "\udcff"], ids=ascii)
def test_bound_that_is_no_number(text: str) -> None:
    result = python("planish.layer_norm(x1)\nprint(planish.release_memory() >> 20)", PLANISH_CACHE_BYTES=text)
    assert (result.returncode, result.stdout) == (0, "1\n")
    assert f"RuntimeWarning: PLANISH_CACHE_BYTES is {text!a}; it must be a number of bytes" in result.stderr


def test_threads() -> None:
    arrays = [ramp(3, 5_500 * n) for n in range(1, 60, 9)]
    expected = [bits(planish.layer_norm(x)) for x in arrays]

    def work(number: int) -> bool:
        if number % 10 == 0:
            planish.release_memory()
        place = number % len(arrays)
        return bits(planish.layer_norm(arrays[place])) == expected[place]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(500)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_starts_with_nothing_kept() -> None:
    code = """
import os, threading, warnings
warnings.simplefilter("ignore")  # since 3.12 Python warns of forks beside threads, which is what is tested
expected = planish.layer_norm(x3).tolist()
stop = threading.Event()
def work():
    while not stop.is_set():
        planish.layer_norm(x1)
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        kept = planish.release_memory()
        same = planish.layer_norm(x3).tolist() == expected
        os._exit(0 if kept == 0 and same and planish.release_memory() >= x3.nbytes else 1)
    if os.waitpid(child, 0)[1] != 0: print("the child failed")
stop.set()
for thread in threads: thread.join()
print(planish.release_memory() > 0)
"""
    result = python(code)
    assert (result.stdout, result.stderr) == ("True\n", "")


def test_interpreters_share_what_is_kept() -> None:
    code = """
import sys
interpreters = __import__("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
other = interpreters.create()
work = "import planish; planish.layer_norm(memoryview(bytearray(3 << 20)).cast('f'))"
assert interpreters.run_string(other, work) is None
interpreters.destroy(other)
print(planish.release_memory() >> 20)
"""
    result = python(code)
    assert (result.stdout, result.stderr) == ("3\n", "")


def test_references_over_many_calls() -> None:
    x, large = ramp(1, 64), ramp(64, 256)
    kind = type(planish.layer_norm(x).obj)
    before = sys.getrefcount(kind), sys.getrefcount(None), sys.getrefcount(x)
    blocks, size = growth(lambda: planish.layer_norm(x, axis=-1, eps=1e-5, return_stats=True), 100_000)
    assert (blocks < 100, size < 10_000) == (True, True)
    blocks, size = growth(lambda: planish.layer_norm(large), 10_000)
    assert (blocks < 100, size < 10_000) == (True, True)
    after = sys.getrefcount(kind), sys.getrefcount(None), sys.getrefcount(x)
    assert all(abs(a - b) < 100 for a, b in zip(before, after, strict=True))
    assert planish.release_memory() < 2 * large.nbytes
