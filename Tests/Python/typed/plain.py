"""What a type checker makes of calls with buffers: nothing but the standard library is needed."""

from __future__ import annotations

import mmap
from array import array
from typing import Any, assert_type

import planish

Three = tuple[memoryview[float], memoryview[float], memoryview[float]]


def forward(x: memoryview[float], a: array[float], file: mmap.mmap, wanted: bool) -> None:
    assert_type(planish.layer_norm(x), memoryview[float])
    assert_type(planish.layer_norm(a), memoryview[float])
    assert_type(planish.layer_norm(memoryview(file).cast("f")), memoryview[float])
    assert_type(planish.layer_norm(x, x, x, axis=(-2, -1), eps=1), memoryview[float])
    assert_type(planish.layer_norm(x, None, bias=a, return_stats=False), memoryview[float])
    assert_type(planish.layer_norm(x, return_stats=True), Three)
    assert_type(planish.layer_norm(x, return_stats=wanted), memoryview[float] | Three)


def forward_out(x: memoryview[float], a: array[float]) -> None:
    assert_type(planish.layer_norm(x, out=a), array[float])
    assert_type(
        planish.layer_norm(x, out=a, return_stats=True), tuple[array[float], memoryview[float], memoryview[float]]
    )
    assert_type(
        planish.layer_norm(x, out=(a, x, a), return_stats=True), tuple[array[float], memoryview[float], array[float]]
    )
    some = planish.layer_norm(x, out=(a, None, x), return_stats=True)
    assert_type(some, tuple[array[float] | memoryview[float], memoryview[float], memoryview[float]])


def backward(x: memoryview[float], a: array[float], wanted: bool) -> None:
    assert_type(planish.layer_norm_backward(x, x), Three)
    assert_type(planish.layer_norm_backward(x, x, x, mean=a, rstd=a, axis=1, eps=0.5, needs=(True, True, True)), Three)
    some = planish.layer_norm_backward(x, x, needs=(True, False, wanted))
    assert_type(some, tuple[memoryview[float] | None, memoryview[float] | None, memoryview[float] | None])
    assert_type(planish.layer_norm_backward(x, x, out=(a, x, a)), tuple[array[float], memoryview[float], array[float]])
    mixed = planish.layer_norm_backward(x, x, needs=(True, True, False), out=(a, None, None))
    assert_type(
        mixed, tuple[array[float] | memoryview[float] | None, memoryview[float] | None, memoryview[float] | None]
    )


def other_kinds(tensor: Tensor) -> None:
    assert_type(planish.layer_norm(tensor), Any)
    assert_type(planish.layer_norm_backward(tensor, tensor), Any)


class Tensor:
    """Of a framework that the stubs do not know."""

    def __dlpack__(self, *, stream: object = None) -> object:
        return None


def names() -> None:
    assert_type(planish.__version__, str)
    assert_type(planish.cpu(), str)
    assert_type(planish.cpus(), tuple[str, ...])
    assert_type(planish.set_cpu("avx2"), None)
    assert_type(planish.set_cpu(None), None)
    assert_type(planish.get_num_threads(), int)
    assert_type(planish.set_num_threads(2), None)
    assert_type(planish.release_memory(), int)
    assert_type(planish.get_include(), str)
    assert_type(planish.get_library(), str)
