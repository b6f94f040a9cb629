"""The shared cases: the table in Tests/Cases, the arrays that belong to a case, and its digest.

The format and the generator are described in Tests/Cases/README.md; Tests/Reference/cases.c is the same in C.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import planish

TABLE = Path(__file__).resolve().parent.parent / "Cases" / "layer_norm.txt"
LARGEST = float.fromhex("0x1.fffffep127")
MIX = ("unit", "offset6", "tiny", "huge")


@dataclass(frozen=True)
class Case:
    name: str
    rows: int
    features: int
    stride: int
    weight: bool
    bias: bool
    values: str
    eps: float
    digest: str | None


def parse_case(line: str) -> Case | None:
    """The case in a line of the table; None if the line holds none."""
    if not line.strip() or line.startswith("#"):
        return None
    name, rows, features, stride, weight, bias, values, eps, digest = line.split()
    return Case(
        name=name,
        rows=int(rows),
        features=int(features),
        stride=int(stride),
        weight={"0": False, "1": True}[weight],
        bias={"0": False, "1": True}[bias],
        values=values,
        eps=float(eps),
        digest=None if digest == "-" else digest,
    )


def read_cases() -> list[Case]:
    return [case for case in map(parse_case, TABLE.read_text().splitlines()) if case is not None]


# ---- The arrays ----


def fnv1a(data: bytes, digest: int = 0xCBF29CE484222325) -> int:
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return digest


def units(seed: str) -> Iterator[float]:
    """Numbers in [-1, 1) of 24 bits each, from SplitMix64."""
    state = fnv1a(seed.encode())
    while True:
        state = state + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        z = (z ^ z >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        yield ((z ^ z >> 31) >> 40) / 2**23 - 1


def x_row(values: str, row: int, u: list[float]) -> Iterable[float]:
    """A row of x from its units, before it is rounded to float."""
    features = len(u)
    match values:
        case "unit":
            return u
        case "offset4":
            return (1e4 + v for v in u)
        case "offset6":
            return (1e6 + v for v in u)
        case "constant":
            return [1e4 + u[0]] * features
        case "tiny":
            return (v * 2.0**-120 for v in u)
        case "huge":
            return (v * 2.0**120 for v in u)
        case "subnormal":
            return (v * 2.0**-126 for v in u)
        case "outlier":
            place = (row + features // 2) % features
            return (3e6 if column == place else v for column, v in enumerate(u))
        case "step":
            return (1e4 + v if column < 16 else v for column, v in enumerate(u))
        case "ramp":
            return (row + column * 0.125 for column in range(features))
        case "alternating":
            return (-LARGEST if (row + column) % 2 else LARGEST for column in range(features))
        case "zeros":
            return [0.0] * features
        case "mixed":
            return x_row(MIX[row % 4], row, u)
    raise ValueError(f"unknown values {values!r}")


class Inputs(NamedTuple):
    x: array[float]
    dy: array[float]
    weight: array[float] | None
    bias: array[float] | None


def make_inputs(case: Case) -> Inputs:
    def floats(name: str, count: int) -> array[float]:
        return array("f", (u for u, _ in zip(units(f"{case.name}:{name}"), range(count), strict=False)))

    x: array[float] = array("f")
    draw = units(f"{case.name}:x")
    for row in range(case.rows):
        x.extend(x_row(case.values, row, [next(draw) for _ in range(case.features)]))
    return Inputs(
        x=x,
        dy=floats("dy", case.rows * case.features),
        weight=floats("weight", case.features) if case.weight else None,
        bias=floats("bias", case.features) if case.bias else None,
    )


# ---- Running a case ----


class Results(NamedTuple):
    y: list[float]
    mean: list[float]
    rstd: list[float]
    dx: list[float]
    dweight: list[float]
    dbias: list[float]


def matrix(values: array[float], rows: int, features: int) -> memoryview[float]:
    """The values as rows of features."""
    if rows == 0:  # a shape that memoryview.cast refuses
        return memoryview((ctypes.c_float * features * 0)())
    return memoryview(values).cast("B").cast("f", (rows, features))


def floats_of(view: memoryview[float]) -> list[float]:
    """The elements of a result of any shape, one after the other."""
    return list(array("f", view.tobytes()))


def run(
    x: memoryview[float], dy: memoryview[float], weight: array[float] | None, bias: array[float] | None, eps: float
) -> Results:
    """Forward, and backward with forward's statistics."""
    y, mean, rstd = planish.layer_norm(x, weight, bias, eps=eps, return_stats=True)
    dx, dweight, dbias = planish.layer_norm_backward(dy, x, weight, mean=mean, rstd=rstd, eps=eps)
    return Results(*map(floats_of, (y, mean, rstd, dx, dweight, dbias)))


def run_case(case: Case) -> Results:
    """What the library makes of a case."""
    inputs = make_inputs(case)
    x = matrix(inputs.x, case.rows, case.features)
    dy = matrix(inputs.dy, case.rows, case.features)
    return run(x, dy, inputs.weight, inputs.bias, case.eps)


def digest_of(results: Results) -> str:
    data = array("f", (value for values in results for value in values))
    if sys.byteorder == "big":
        data.byteswap()
    return f"{fnv1a(data.tobytes()):016x}"
