"""What a type checker makes of calls with NumPy's arrays."""

from __future__ import annotations

from array import array
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import planish

Float = NDArray[np.float32]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def forward(x: Float, m: Matrix, file: np.memmap[tuple[int], np.dtype[np.float32]], wanted: bool) -> None:
    assert_type(planish.layer_norm(x), Float)
    assert_type(planish.layer_norm(file), Float)
    assert_type(planish.layer_norm(m, array("d")), NDArray[np.float64])
    assert_type(planish.layer_norm(x, return_stats=True), tuple[Float, Float, Float])
    assert_type(planish.layer_norm(x, return_stats=wanted), Float | tuple[Float, Float, Float])


def forward_out(x: Float, m: Matrix, a: array[float]) -> None:
    assert_type(planish.layer_norm(x, out=m), Matrix)
    assert_type(planish.layer_norm(x, out=a, return_stats=True), tuple[array[float], Float, Float])
    assert_type(planish.layer_norm(x, out=(x, a, m), return_stats=True), tuple[Float, array[float], Matrix])
    assert_type(planish.layer_norm(x, out=(a, None, x), return_stats=True), tuple[array[float] | Float, Float, Float])
    assert_type(planish.layer_norm(a, out=x), Float)


def backward(x: Float, a: array[float], wanted: bool) -> None:
    assert_type(planish.layer_norm_backward(x, x), tuple[Float, Float, Float])
    assert_type(planish.layer_norm_backward(a, x, x, mean=x, rstd=a), tuple[Float, Float, Float])
    some = planish.layer_norm_backward(x, x, needs=(wanted, False, True))
    assert_type(some, tuple[Float | None, Float | None, Float | None])
    assert_type(planish.layer_norm_backward(x, x, out=(x, a, x)), tuple[Float, array[float], Float])
