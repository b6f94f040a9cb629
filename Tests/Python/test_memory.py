"""Nothing leaks, on any path: references, buffers, memory."""

from __future__ import annotations

import contextlib
import gc
import sys
import tracemalloc
from array import array
from collections.abc import Callable

import pytest

import planish
from test_errors import CASES
from views import ramp, zeros

CALLS = 100_000


def successes() -> list[Callable[[], object]]:
    """A call for each kind of argument and result."""
    x, dy, weight, mean = ramp(4, 8), ramp(4, 8), ramp(8), zeros(4)
    y = zeros(4, 8)
    return [
        lambda: planish.layer_norm(x),
        lambda: planish.layer_norm(x[::-1], weight, weight[::-1], axis=(1,), return_stats=True),
        lambda: planish.layer_norm(x, out=y),
        lambda: planish.layer_norm(x, out=(y, None, mean), return_stats=True),
        lambda: planish.layer_norm_backward(dy, x, weight),
        lambda: planish.layer_norm_backward(dy[::-1], x[::-1], weight, mean=mean, rstd=mean[::-1]),
        lambda: planish.layer_norm_backward(dy, x, needs=(False, True, False), out=(None, weight, None)),
        planish.cpu,
        planish.get_num_threads,
    ]


def growth(work: Callable[[], object], calls: int) -> tuple[int, int]:
    """Blocks and bytes that are still there after so many calls, once everything is warm."""
    for _ in range(100):
        work()
    gc.collect()
    tracemalloc.start()
    work()
    blocks, (size, _) = sys.getallocatedblocks(), tracemalloc.get_traced_memory()
    for _ in range(calls):
        work()
    gc.collect()
    grown = sys.getallocatedblocks() - blocks, tracemalloc.get_traced_memory()[0] - size
    tracemalloc.stop()
    return grown


@pytest.fixture(autouse=True)
def best_level() -> None:
    planish.set_cpu(None)


def test_calls_that_succeed() -> None:
    calls = successes()

    def work() -> None:
        for call in calls:
            call()

    blocks, size = growth(work, CALLS // len(calls))
    assert blocks < 100
    assert size < 10_000


def test_calls_that_fail() -> None:
    def work() -> None:
        for case in CASES.values():
            with contextlib.suppress(case.error):
                case.call()

    blocks, size = growth(work, CALLS // len(CASES))
    assert blocks < 100
    assert size < 10_000


def test_choosing_a_level() -> None:
    """On its own: asking a virtual machine's CPU what it has takes a millisecond."""
    blocks, size = growth(lambda: planish.set_cpu(planish.cpus()[-1]), 200)
    assert blocks < 20
    assert size < 2_000


def test_large_results_are_freed() -> None:
    x = ramp(64, 256)
    tracemalloc.start()
    for _ in range(20):
        planish.layer_norm(x, return_stats=True)
        planish.layer_norm_backward(x[::-1], x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * x.nbytes


def test_references_to_arguments() -> None:
    x, axis, eps, needs = ramp(4, 8), (-1,), 0.25, (True, True, False)
    y, mean = zeros(4, 8), zeros(4)
    out, gradients = (y, mean, None), (y, None, None)
    given = (x, axis, eps, needs, y, mean, out, gradients, None, True)
    before = [sys.getrefcount(a) for a in given]
    for _ in range(100):
        planish.layer_norm(x, None, None, axis=axis, eps=eps, out=out, return_stats=True)
        planish.layer_norm_backward(x, x, axis=axis, eps=eps, needs=needs, out=gradients)
    after = [sys.getrefcount(a) for a in given]
    assert all(abs(a - b) < 10 for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"axis": 3},
        {"axis": "x"},
        {"eps": -1},
        {"weight": array("f", [1])},
        {"weight": "w"},
        {"out": "y"},
        {"out": bytes(16)},
    ],
    ids=repr,
)
def test_buffers_are_released(wrong: dict[str, object]) -> None:
    x, out = array("f", range(4)), array("f", range(4))
    planish.layer_norm(x, x, x, out=out)
    with pytest.raises((TypeError, ValueError, BufferError)):
        planish.layer_norm(**({"x": x, "weight": x, "bias": x, "out": out} | wrong))  # type: ignore[call-overload]
    x.append(0)  # refused as long as someone holds the buffer
    out.append(0)
