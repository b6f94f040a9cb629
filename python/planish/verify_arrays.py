"""The problems of verify.txt, which says what they mean, and their arrays."""

from __future__ import annotations

import struct
from array import array
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

# ---- The table ----


class Dtype(NamedTuple):
    number: int
    code: str  # of arrays that hold its bits
    bits: int
    least: int
    most: int


DTYPES = {
    "f32": Dtype(1, "I", 24, -149, 127),
    "f64": Dtype(2, "Q", 53, -1074, 1023),
    "bf16": Dtype(3, "H", 8, -133, 127),
    "f16": Dtype(4, "H", 11, -24, 15),
}


KINDS = ("unit", "subnormal", "tiny", "huge", "offset", "far", "constant", "outlier", "step", "alternating")
VALUES = (*KINDS, "mixed")


class Problem(NamedTuple):
    name: str
    rows: int
    features: int
    inner: int
    times: int
    values: str
    eps: float
    weight: bool
    bias: bool


class Line(NamedTuple):
    operation: str
    dtype: str
    weight: str
    bias: str
    layout: str
    digest: str


class Group(NamedTuple):
    """Problems, and the digests of their results by the number of the line."""

    problems: list[Problem]
    lines: dict[int, Line]


def read_table(text: str) -> list[Group]:
    groups = [Group([], {})]
    for number, line in enumerate(text.splitlines()):
        match line.split("#")[0].split():
            case ["problem", name, rows, features, inner, times, values, eps, weight, bias] if values in VALUES:
                if groups[-1].lines:
                    groups.append(Group([], {}))
                sizes = int(rows), int(features), int(inner), int(times)
                groups[-1].problems.append(Problem(name, *sizes, values, float(eps), weight == "1", bias == "1"))
            case ["digest", operation, dtype, weight, bias, layout, digest] if {dtype, weight, bias} <= DTYPES.keys():
                groups[-1].lines[number] = Line(operation, dtype, weight, bias, layout, digest)
            case [_, *_]:
                raise ValueError(f"line {number + 1} is not one of the table: {line}")
    return groups


# ---- Arrays ----

WORD = (1 << 64) - 1


@cache
def fnv1a(data: bytes) -> int:
    digest = 0xCBF29CE484222325
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 & WORD
    return digest


@cache
def draws(seed: str, count: int) -> list[int]:
    """Numbers of 64 bits from SplitMix64."""
    state, result = fnv1a(seed.encode()), []
    for _ in range(count):
        state = state + 0x9E3779B97F4A7C15 & WORD
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
        result.append(z ^ z >> 31)
    return result


def sample_values(kind: str, dtype: Dtype, sample: int, z: list[int]) -> list[float]:
    """The features of one sample. Doubles hold them exactly."""
    p, middle, features = dtype.bits, 1 << dtype.bits - 1, len(z)

    def units(e: int) -> list[float]:
        return [((v >> 64 - p) - middle) * 2.0**e for v in z]

    def above(noise: int) -> list[float]:
        return [(middle + (v >> 64 - noise)) * 2.0 ** (14 - p) for v in z]

    match kind:
        case "mixed":
            return sample_values(KINDS[sample % len(KINDS)], dtype, sample, z)
        case "unit":
            return units(1 - p)
        case "subnormal":
            return units(dtype.least)
        case "tiny":
            return units(dtype.least + 8)
        case "huge":
            return units(dtype.most + 1 - p)
        case "offset":
            return above(p // 2)
        case "far":
            return above(2)
        case "constant":
            return [(middle + sample % 8) * 2.0 ** (14 - p)] * features
        case "outlier":
            values = units(1 - p)
            values[(sample + features // 2) % features] = 3.0 * 2**14
            return values
        case "step":
            return above(p // 2)[:16] + units(1 - p)[16:]
        case "alternating":
            largest = (2 * middle - 1) * 2.0 ** (dtype.most + 1 - p)
            return [-largest if (sample + feature) % 2 else largest for feature in range(features)]
    raise ValueError(f"unknown values {kind!r}")


def encode(name: str, values: list[float]) -> array[int]:
    """The bits of values of the dtype."""
    match name:
        case "f64":
            return array("Q", array("d", values).tobytes())
        case "f16":
            return array("H", struct.pack(f"={len(values)}e", *values))
        case "bf16":  # the upper halves of floats; all CPU levels are little-endian
            return array("H", array("f", values).tobytes())[1::2]
    return array("I", array("f", values).tobytes())


@cache
def elements(problem: Problem, name: str, dtype: str, kind: str, samples: int) -> array[int]:
    """An input array, sample after sample."""
    z, n = draws(f"{problem.name}:{name}", samples * problem.features), problem.features
    values: list[float] = []
    for sample in range(samples):
        values += sample_values(kind, DTYPES[dtype], sample, z[sample * n : (sample + 1) * n])
    return encode(dtype, values)


class Place(NamedTuple):
    """How an array of a problem lies in memory. Distances are in elements."""

    rows: int
    features: int
    inner: int
    stride: int
    step: int

    def blank(self, code: str) -> array[int]:
        """Memory for it, all NaNs: what is read or left out by mistake shows."""
        return array(code, b"\xff" * (self.rows * self.stride * array(code).itemsize))


@cache
def runs(place: Place) -> list[tuple[slice, slice]]:
    """What goes where: slices of memory, and of the elements one sample after the other."""
    n = place.features
    sides = (place.rows, place.stride, place.inner * n), (place.inner, 1, n), (n, place.step, 1)
    (outer, *outer_steps), (middle, *middle_steps), (length, *steps) = sorted(sides)  # the longest ones in one go
    result = []
    for i, j in product(range(outer), range(middle)):
        starts = (i * a + j * b for a, b in zip(outer_steps, middle_steps, strict=True))
        there, here = (slice(at, at + (length - 1) * k + 1, k) for at, k in zip(starts, steps, strict=True))
        result.append((there, here))
    return result


PADS = {"x": 1, "y": 2, "dy": 3, "dx": 4}


@cache
def place_of(problem: Problem, layout: str, name: str) -> Place:
    pad, rows, n = PADS[name] if "strided" in layout else 0, problem.rows * problem.times, problem.features
    if "columns" not in layout:
        return Place(rows * problem.inner, n, 1, n + pad, 1)
    step = problem.inner + pad
    return Place(rows, n, problem.inner, n * step + pad, step)


@lru_cache(maxsize=64)
def placed(problem: Problem, name: str, dtype: str, layout: str) -> array[int]:
    """x or dy in memory."""
    place, kind = place_of(problem, layout, name), problem.values if name == "x" else "unit"
    contiguous = elements(problem, name, dtype, kind, problem.rows * problem.inner) * problem.times
    memory = place.blank(DTYPES[dtype].code)
    for there, here in runs(place):
        memory[there] = contiguous[here]
    return memory


def taken(memory: array[int], place: Place) -> bytes:
    """The elements of a result, sample after sample."""
    contiguous = array(memory.typecode, [0]) * (place.rows * place.inner * place.features)
    for there, here in runs(place):
        contiguous[here] = memory[there]
    return contiguous.tobytes()


def once(problem: Problem, data: bytes) -> bytes:
    """The first time's samples of a result, if they are the same bits every time."""
    first = data[: len(data) // problem.times]
    return first if first * problem.times == data else data
