"""Calls that a type checker must reject, each on a line of its own, and the words of mypy and of pyright for it."""

# ruff: noqa: B018, F841, RUF059

from __future__ import annotations

from array import array

import planish


def forward(x: memoryview[float], a: array[float]) -> None:
    planish.layer_norm()  # rejected: call-overload
    planish.layer_norm("x")  # rejected: call-overload
    planish.layer_norm([1.0, 2.0])  # rejected: call-overload
    planish.layer_norm(None)  # rejected: call-overload
    planish.layer_norm(x, 1.0)  # rejected: call-overload
    planish.layer_norm(x, a, [1.0])  # rejected: call-overload
    planish.layer_norm(x, a, a, -1)  # rejected: call-overload
    planish.layer_norm(x, axis="last")  # rejected: call-overload
    planish.layer_norm(x, axis=1.5)  # rejected: call-overload
    planish.layer_norm(x, axis=[-2, -1])  # rejected: call-overload
    planish.layer_norm(x, eps="small")  # rejected: call-overload
    planish.layer_norm(x, eps=None)  # rejected: call-overload
    planish.layer_norm(x, epsilon=1e-5)  # rejected: call-overload
    planish.layer_norm(x, out="y")  # rejected: call-overload
    planish.layer_norm(x, out=(a, a, a))  # rejected: call-overload
    planish.layer_norm(x, out=(a, a), return_stats=True)  # rejected: call-overload
    planish.layer_norm(x, out=[a, a, a], return_stats=True)  # rejected: call-overload
    planish.layer_norm(x, return_stats=1)  # rejected: call-overload


def forward_results(x: memoryview[float], a: array[float]) -> None:
    text: str = planish.layer_norm(x)  # rejected: assignment
    y, mean = planish.layer_norm(x, return_stats=True)  # rejected: misc
    planish.layer_norm(x).append(1.0)  # rejected: attr-defined
    planish.layer_norm(x, out=a).shape  # rejected: attr-defined


def backward(x: memoryview[float], a: array[float]) -> None:
    planish.layer_norm_backward(x)  # rejected: call-overload
    planish.layer_norm_backward(x, 1.0)  # rejected: call-overload
    planish.layer_norm_backward("dy", x)  # rejected: call-overload
    planish.layer_norm_backward(x, x, a, a)  # rejected: call-overload
    planish.layer_norm_backward(x, x, bias=a)  # rejected: call-overload
    planish.layer_norm_backward(x, x, mean="mean")  # rejected: call-overload
    planish.layer_norm_backward(x, x, mean=a, rstd=1.0)  # rejected: call-overload
    planish.layer_norm_backward(x, x, axis=None)  # rejected: call-overload
    planish.layer_norm_backward(x, x, needs=True)  # rejected: call-overload
    planish.layer_norm_backward(x, x, needs=(True, True))  # rejected: arg-type
    planish.layer_norm_backward(x, x, needs=("dx", "dweight", "dbias"))  # rejected: arg-type
    planish.layer_norm_backward(x, x, out=a)  # rejected: call-overload
    planish.layer_norm_backward(x, x, out=(a, a))  # rejected: arg-type
    planish.layer_norm_backward(x, x, out=(a, a, "dbias"))  # rejected: type-var


def backward_results(x: memoryview[float]) -> None:
    dx, dweight, dbias = planish.layer_norm_backward(x, x, needs=(True, False, False))
    dweight.tolist()  # rejected: union-attr
    planish.layer_norm_backward(x, x).tolist()  # rejected: attr-defined


def others() -> None:
    planish.set_num_threads("2")  # rejected: arg-type
    planish.set_num_threads(1.5)  # rejected: arg-type
    planish.set_num_threads(None)  # rejected: arg-type
    planish.set_num_threads(threads=2)  # rejected: call-arg
    planish.set_cpu(2)  # rejected: arg-type
    planish.set_cpu()  # rejected: call-arg
    planish.release_memory(1)  # rejected: call-arg
    planish.cpu().bit_length()  # rejected: attr-defined
    planish.cpus().append("avx2")  # rejected: attr-defined
    planish.layernorm(b"")  # rejected: attr-defined
