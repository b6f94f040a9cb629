"""Numbers of fixed formats, as docs/numerics.md uses them, held in Python floats: a Python float is a float64, and
every float32, bfloat16 and float16 is one of its values.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from operator import add
from typing import NamedTuple

INF, NAN = math.inf, math.nan
Floats = Sequence[float]


# ---- float32 ----


def singles(values: Iterable[float]) -> list[float]:
    """The nearest float32 of each value; beyond the range it is an infinity.

    A sum, difference, product or quotient of two float32 may be rounded to float64 first: with more than 2 * 24 + 1
    bits, the second rounding never meets a tie that the first one made.
    """
    return array("f", values).tolist()


def fma_singles(a: Floats, b: Floats, c: Floats) -> list[float]:
    """a * b + c, rounded once.

    The product is exact in float64. The sum is rounded to odd there: where it is not exact, to the neighbour whose last
    bit is 1, which is never a tie for float32.
    """
    products = [x * y for x, y in zip(a, b, strict=True)]
    sums = array("d", map(add, products, c))
    exact_sums = sums.tolist()
    bits = memoryview(sums).cast("B").cast("q")
    for i, (product, addend, total) in enumerate(zip(products, c, exact_sums, strict=True)):
        part = total - product
        error = (product - (total - part)) + (addend - part)
        # A comparison with NaN is false: infinities and NaN stay as they are.
        if (error > 0 or error < 0) and not bits[i] & 1:
            bits[i] += 1 if (error > 0) == (total > 0) else -1
    return singles(sums)


# ---- float64 ----

SPLITTER = 2.0**27 + 1


def halves(v: float) -> tuple[float, float]:
    """v as a sum of two numbers of at most 26 bits (Veltkamp)."""
    scaled = SPLITTER * v
    high = scaled - (scaled - v)
    return high, v - high


def fma(a: float, b: float, c: float) -> float:
    """a * b + c, rounded once (math.fma came with Python 3.13)."""
    product = a * b
    if 2.0**-900 < abs(product) < 2.0**900 and max(abs(a), abs(b), abs(c)) < 2.0**900:
        a_high, a_low = halves(a)
        b_high, b_low = halves(b)
        error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low  # exact (Dekker)
        return math.fsum((product, error, c))  # rounds once
    if not (math.isfinite(a) and math.isfinite(b)) or 0 in (a, b):
        return product + c
    return fraction_fma(a, b, c) if math.isfinite(c) else c


def fraction_fma(a: float, b: float, c: float) -> float:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(exact)
    except OverflowError:
        return INF if exact > 0 else -INF


def divide(a: float, b: float) -> float:
    """a / b where b may be +0."""
    if b != 0:
        return a / b
    return NAN if a == 0 or a != a else math.copysign(INF, a)


def square_root(v: float) -> float:
    return NAN if v < 0 else math.sqrt(v)


def without_low_bits(v: float, formats: str, count: int) -> float:
    """`formats` are those of a number and of its bits, as struct calls them. NaNs stay NaNs."""
    number, bits = formats[0], formats[1]
    if math.isnan(v):
        return v
    [pattern] = struct.unpack(bits, struct.pack(number, v))
    [cut] = struct.unpack(number, struct.pack(bits, pattern >> count << count))
    return float(cut)


def power_of_two(exponent: int) -> float:
    return math.ldexp(1.0, exponent)


# ---- What is stored ----


class Storage(NamedTuple):
    """A dtype: its number in planish.h and the bytes of its values. A value beyond its range becomes an infinity."""

    code: int
    size: int
    decode: Callable[[bytes], list[float]]
    encode: Callable[[Iterable[float]], bytes]


def decode_bfloat16(data: bytes) -> list[float]:
    upper = memoryview(data).cast("H")
    return array("f", array("I", (bits << 16 for bits in upper)).tobytes()).tolist()


def single_to_odd(v: float) -> int:
    """The bits of a float32 that rounds to fewer bits as v does: v, or else its neighbour with an odd last bit."""
    nearest = array("f", [v])
    bits: int = array("I", nearest.tobytes())[0]
    if nearest[0] == v or v != v or bits & 1:
        return bits
    return bits + (1 if abs(v) > abs(nearest[0]) else -1)


def encode_bfloat16(values: Iterable[float]) -> bytes:
    """To the nearest, ties to even: carries run into the exponent as they should."""
    bits = memoryview(array("I", map(single_to_odd, values)).tobytes()).cast("B").cast("I")
    rounded = (0x7FC0 if b & 0x7FFFFFFF > 0x7F800000 else b + 0x7FFF + (b >> 16 & 1) >> 16 for b in bits)
    return array("H", rounded).tobytes()


def encode_float16(values: Iterable[float]) -> bytes:
    """To the nearest, ties to even. struct refuses what overflows: 65520 is the tie between the largest and 2^16."""
    kept = [math.copysign(INF, v) if abs(v) >= 65520 else v for v in values]
    return struct.pack(f"{len(kept)}e", *kept)


STORAGE = {
    "float32": Storage(1, 4, lambda data: array("f", data).tolist(), lambda values: array("f", values).tobytes()),
    "float64": Storage(2, 8, lambda data: array("d", data).tolist(), lambda values: array("d", values).tobytes()),
    "bfloat16": Storage(3, 2, decode_bfloat16, encode_bfloat16),
    "float16": Storage(4, 2, lambda data: list(struct.unpack(f"{len(data) // 2}e", data)), encode_float16),
}
