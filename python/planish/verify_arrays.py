"""The problems of verify.txt, which says what they mean, and their arrays."""

from __future__ import annotations

import struct
from array import array
from functools import cache
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


class Problem(NamedTuple):
    name: str
    rows: int
    features: int
    inner: int
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


def read_table(text: str) -> tuple[list[Problem], dict[int, Line]]:
    """The problems, and the digests by the number of their line."""
    problems: list[Problem] = []
    lines: dict[int, Line] = {}
    for number, line in enumerate(text.splitlines()):
        match line.split("#")[0].split():
            case ["problem", name, rows, features, inner, values, eps, weight, bias] if values in (*KINDS, "mixed"):
                sizes = int(rows), int(features), int(inner)
                problems.append(Problem(name, *sizes, values, float(eps), weight == "1", bias == "1"))
            case ["digest", operation, dtype, weight, bias, layout, digest] if {dtype, weight, bias} <= DTYPES.keys():
                lines[number] = Line(operation, dtype, weight, bias, layout, digest)
            case [_, *_]:
                raise ValueError(f"line {number + 1} is not one of the table: {line}")
    return problems, lines


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

    def slices(self) -> list[slice]:
        """Where each sample is."""
        length = (self.features - 1) * self.step + 1
        starts = (row * self.stride + i for row in range(self.rows) for i in range(self.inner))
        return [slice(start, start + length, self.step) for start in starts]


PADS = {"x": 1, "y": 2, "dy": 3, "dx": 4}


@cache
def place_of(problem: Problem, layout: str, name: str) -> Place:
    pad = PADS[name] if "strided" in layout else 0
    if "columns" not in layout:
        n = problem.features
        return Place(problem.rows * problem.inner, n, 1, n + pad, 1)
    step = problem.inner + pad
    return Place(problem.rows, problem.features, problem.inner, problem.features * step + pad, step)


@cache
def placed(problem: Problem, name: str, dtype: str, layout: str) -> array[int]:
    """x or dy in memory."""
    place, n = place_of(problem, layout, name), problem.features
    kind = problem.values if name == "x" else "unit"
    contiguous = elements(problem, name, dtype, kind, problem.rows * problem.inner)
    memory = place.blank(DTYPES[dtype].code)
    for sample, where in enumerate(place.slices()):
        memory[where] = contiguous[sample * n : (sample + 1) * n]
    return memory


def taken(memory: array[int], place: Place) -> bytes:
    """The elements of a result, sample after sample."""
    return b"".join(memory[where].tobytes() for where in place.slices())
