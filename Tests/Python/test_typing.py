"""What a type checker makes of each call: `assert_type` is checked by mypy and pyright, and runs as well."""

from __future__ import annotations

from array import array
from typing import assert_type

import planish
from views import ramp, zeros


def test_forward() -> None:
    x, out = ramp(2, 4), array("f", bytes(32))
    y = planish.layer_norm(x)
    assert_type(y, "memoryview[float]")
    assert_type(planish.layer_norm(x, ramp(4), ramp(4), axis=(-1,), eps=1), "memoryview[float]")
    assert_type(planish.layer_norm(array("f", [1, 2]), out=array("f", [1, 2])), "array[float]")
    stats = planish.layer_norm(x, return_stats=True)
    assert_type(stats, "tuple[memoryview[float], memoryview[float], memoryview[float]]")
    given = planish.layer_norm(x[0:1], out=(zeros(1, 4), array("f", [0]), zeros(1)), return_stats=True)
    assert_type(given, "tuple[memoryview[float], array[float], memoryview[float]]")
    assert len(out) == 8


def test_backward() -> None:
    x = ramp(2, 4)
    gradients = planish.layer_norm_backward(x, x)
    assert_type(gradients, "tuple[memoryview[float], memoryview[float], memoryview[float]]")
    some = planish.layer_norm_backward(x, x, needs=(True, False, False))
    assert_type(some, "tuple[memoryview[float] | None, memoryview[float] | None, memoryview[float] | None]")
    given = planish.layer_norm_backward(x, x, out=(zeros(2, 4), array("f", bytes(16)), zeros(4)))
    assert_type(given, "tuple[memoryview[float], array[float], memoryview[float]]")


def test_names() -> None:
    assert_type(planish.cpu(), str)
    assert_type(planish.cpus(), "tuple[str, ...]")
    assert_type(planish.get_include(), str)
    assert_type(planish.release_memory(), int)
    assert_type(planish.get_num_threads(), int)
    assert_type(planish.get_library(), str)
