"""The library through its C interface: every dtype, whatever the Python layer takes."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import planish
from exact import Problem
from exact_floats import STORAGE, Floats

LIBRARY = ctypes.CDLL(str(planish.get_library()))
POINTER = ctypes.c_void_p


class Norm(ctypes.Structure):
    """planish_layer_norm."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        *((name, ctypes.c_int32) for name in ("dtype", "weight_dtype", "bias_dtype", "reserved")),
        *((name, ctypes.c_int64) for name in ("rows", "features", "inner")),
        ("eps", ctypes.c_double),
        *((f"{name}_stride", ctypes.c_int64) for name in ("x", "y", "dy", "dx")),
        *((f"{name}_feature_stride", ctypes.c_int64) for name in ("x", "y", "dy", "dx")),
    )


LIBRARY.planish_layer_norm_forward.argtypes = [ctypes.POINTER(Norm)] + [POINTER] * 6
LIBRARY.planish_layer_norm_backward.argtypes = [ctypes.POINTER(Norm)] + [POINTER] * 8


class Parameters(NamedTuple):
    """The dtypes of weight and dweight, bias and dbias."""

    weight: str
    bias: str


def statistic_of(dtype: str) -> str:
    return "float64" if dtype == "float64" else "float32"


def norm_of(problem: Problem, parameters: Parameters) -> Norm:
    return Norm(
        size=ctypes.sizeof(Norm),
        dtype=STORAGE[problem.dtype].code,
        weight_dtype=STORAGE[parameters.weight].code,
        bias_dtype=STORAGE[parameters.bias].code,
        rows=problem.rows,
        features=problem.features,
        inner=problem.inner,
        eps=problem.eps,
    )


def given(values: Floats | None, dtype: str) -> bytes | None:
    return None if values is None else STORAGE[dtype].encode(values)


class Result:
    """Memory for an array, to be written by the library."""

    def __init__(self, count: int, dtype: str) -> None:
        self.dtype = dtype
        self.memory = (ctypes.c_char * (count * STORAGE[dtype].size))()

    def values(self) -> list[float]:
        return STORAGE[self.dtype].decode(self.memory.raw)


def forward(
    problem: Problem, parameters: Parameters, x: Floats, weight: Floats | None, bias: Floats | None
) -> dict[str, list[float]]:
    statistic, statistics = statistic_of(problem.dtype), problem.rows * problem.inner
    results = {
        "y": Result(len(x), problem.dtype),
        "mean": Result(statistics, statistic),
        "rstd": Result(statistics, statistic),
    }
    status = LIBRARY.planish_layer_norm_forward(
        norm_of(problem, parameters),
        given(x, problem.dtype),
        given(weight, parameters.weight),
        given(bias, parameters.bias),
        *(result.memory for result in results.values()),
    )
    assert status == 0
    return {name: result.values() for name, result in results.items()}


def backward(
    problem: Problem,
    parameters: Parameters,
    dy: Floats,
    x: Floats,
    weight: Floats | None,
    statistics: tuple[Floats, Floats] | None,
) -> dict[str, list[float]]:
    mean, rstd = statistics or (None, None)
    results = {
        "dx": Result(len(x), problem.dtype),
        "dweight": Result(problem.features, parameters.weight),
        "dbias": Result(problem.features, parameters.bias),
    }
    status = LIBRARY.planish_layer_norm_backward(
        norm_of(problem, parameters),
        given(dy, problem.dtype),
        given(x, problem.dtype),
        given(weight, parameters.weight),
        given(mean, statistic_of(problem.dtype)),
        given(rstd, statistic_of(problem.dtype)),
        *(result.memory for result in results.values()),
    )
    assert status == 0
    return {name: result.values() for name, result in results.items()}
