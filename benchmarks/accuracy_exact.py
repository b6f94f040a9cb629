"""Layer norm to compare with: sums as exact integers, elements in x87 long double (64 digits).

The mean and the variance of a row come from exact sums of x and x². With d = x - mean, where the mean is a pair of
doubles, an element of y is off by less than 2^-61 of max(1, |y|): a thousandth of a float64's unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import fsum, isqrt
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Long = np.longdouble

LIMB = 18  # three limbs hold a double's 53 digits, and products of limbs have 36
CHUNK = 1 << 16  # so many products of limbs sum up to less than 2^53: exactly, in doubles
MANY = 300  # rows: from here on, row statistics are computed for all rows at once
AT_ONCE = 1 << 20  # elements

if np.finfo(Long).nmant < 63:
    raise SystemExit("the exact reference needs x87 long double: run this on x86-64")


def limbs(values: Array) -> tuple[list[Array], Array]:
    """Three arrays of whole numbers and one of exponents: values = (l0·2^36 + l1·2^18 + l2) · 2^(exponent - 54)."""
    mantissa, exponent = np.frexp(values)
    rest = np.ldexp(mantissa, 3 * LIMB)
    parts = []
    for place in (2 * LIMB, LIMB, 0):
        part = np.trunc(np.ldexp(rest, -place))
        rest = rest - np.ldexp(part, place)
        parts.append(part)
    return parts, exponent.astype(np.int64)


def exact_dot(a: Array, b: Array) -> Fraction:
    """Σ a·b of doubles, without any rounding."""
    total = Fraction(0)
    for start in range(0, len(a), CHUNK):
        a_limbs, a_exponent = limbs(a[start : start + CHUNK])
        b_limbs, b_exponent = limbs(b[start : start + CHUNK])
        exponent = a_exponent + b_exponent
        least = int(exponent.min())
        chunk = 0
        for i, a_limb in enumerate(a_limbs):
            for j, b_limb in enumerate(b_limbs):
                product = a_limb * b_limb
                if product.any():
                    sums = np.bincount(exponent - least, weights=product)
                    place = (4 - i - j) * LIMB
                    chunk += sum(int(sums[k]) << (int(k) + place) for k in np.flatnonzero(sums))
        total += chunk * Fraction(2) ** (least - 6 * LIMB)
    return total


def inverse_root(value: Fraction) -> Fraction:
    """1 / √value, to 150 digits at least."""
    up, down = value.denominator, value.numerator
    places = 160 + max(0, down.bit_length() - up.bit_length()) // 2
    return Fraction(isqrt((up << (2 * places)) // down), 1 << places)


def pair(value: Fraction) -> tuple[Long, Long]:
    """The nearest double, and the nearest double to what is left."""
    high = float(value)
    return Long(high), Long(float(value - Fraction(high)))


@dataclass(frozen=True)
class Rows:
    """What is exact about some rows of x. Long doubles; a column for the statistics."""

    xhat: Array
    rstd: Array


def one_row(row: Array, eps: float) -> tuple[Array, Long]:
    """x̂ and rstd of a row of doubles, from exact sums."""
    ones = np.ones(len(row))
    mean = exact_dot(row, ones) / len(row)
    variance = exact_dot(row, row) / len(row) - mean**2 + Fraction(eps)
    if variance == 0:
        raise SystemExit("a constant row with eps 0 has no defined result")
    root = inverse_root(variance)
    exponent = root.numerator.bit_length() - root.denominator.bit_length()  # it may be a subnormal double
    rstd = np.ldexp(Long(0) + sum(pair(root / Fraction(2) ** exponent)), exponent)
    high, low = pair(mean)
    return ((row.astype(Long) - high) - low) * rstd, rstd


def many_rows(x: Array, eps: float) -> tuple[Array, Array]:
    """The same for many short rows of floats at once: two passes in long double around a corrected mean."""
    d = x.astype(Long)
    for _ in range(2):
        d -= d.mean(axis=1, keepdims=True)
    rstd = 1 / np.sqrt((d * d).mean(axis=1, keepdims=True) + eps)
    return d * rstd, rstd


def blocks(x: Array, eps: float) -> Iterator[tuple[slice, Rows]]:
    """Some rows at a time, so that the long doubles of a large array need not all be there at once."""
    rows, features = x.shape
    step = max(1, AT_ONCE // features)
    for start in range(0, rows, step):
        span = slice(start, min(start + step, rows))
        block = x[span].astype(np.float64)
        if rows >= MANY:
            xhat, rstd = many_rows(block, eps)
            check = one_row(block[0], eps)[0]
            assert np.all(np.abs(xhat[0] - check) <= 2.0**-50 * np.maximum(1, np.abs(check)))
        else:
            results = [one_row(row, eps) for row in block]
            xhat = np.stack([r[0] for r in results])
            rstd = np.array([[r[1]] for r in results])
        yield span, Rows(xhat, rstd)


def column_sums(terms: list[Array]) -> Array:
    """The sum down each column of blocks of doubles, each rounded once."""
    turned = [np.ascontiguousarray(block.T) for block in terms]
    columns = range(terms[0].shape[1])
    return np.array([fsum(chain.from_iterable(block[c].tolist() for block in turned)) for c in columns])
