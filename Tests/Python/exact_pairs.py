"""Pairs of float64: the wide numbers of float64 in docs/numerics.md."""

from __future__ import annotations

import math
from dataclasses import dataclass

from exact_floats import divide, fma, power_of_two, square_root


def exact_sum(a: float, b: float) -> tuple[float, float]:
    """a + b rounded, and what rounding took from it: nothing where that is not a number."""
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    return total, 0.0 if math.isnan(error) else error


@dataclass(slots=True)
class Pair:
    """The number high + low."""

    high: float
    low: float = 0.0

    @classmethod
    def renormalized(cls, a: float, b: float) -> Pair:
        """a + b where |a| is not less than |b|."""
        if not math.isfinite(a):
            return cls(a)
        high = a + b
        return cls(high, b - (high - a))

    @property
    def narrowed(self) -> float:
        return self.high + self.low if math.isfinite(self.high) else self.high

    def __add__(self, other: Pair) -> Pair:
        total, error = exact_sum(self.high, other.high)
        return Pair.renormalized(total, error + (self.low + other.low))

    def __neg__(self) -> Pair:
        return Pair(-self.high, -self.low)

    def __sub__(self, other: Pair) -> Pair:
        return self + -other

    def __mul__(self, other: Pair) -> Pair:
        product = self.high * other.high
        error = fma(self.high, other.high, -product)
        return Pair.renormalized(product, error + (self.high * other.low + self.low * other.high))

    def __truediv__(self, other: Pair) -> Pair:
        quotient = divide(self.high, other.high)
        if not (math.isfinite(quotient) and math.isfinite(other.high)):
            return Pair(quotient)
        rest = self - other * Pair(quotient)
        return Pair.renormalized(quotient, rest.high / other.high)

    def __lt__(self, other: Pair) -> bool:
        return self.high < other.high or (self.high == other.high and self.low < other.low)

    def square_root(self) -> Pair:
        root = square_root(self.high)
        if not 0 < root < math.inf:
            return Pair(root)
        rest = self - Pair(root) * Pair(root)
        return Pair.renormalized(root, rest.high / (2 * root))

    def scaled(self, exponent: int) -> Pair:
        """2^exponent * self, in factors of at most 2^1000."""
        result = self
        while exponent != 0:
            step = max(-1000, min(1000, exponent))
            factor = power_of_two(step)
            result = Pair(result.high * factor, result.low * factor)
            exponent -= step
        return result


def add_to_lane(lane: Pair, v: float) -> Pair:
    """A running sum is not renormalized: low gathers what rounding takes from high."""
    high, error = exact_sum(lane.high, v)
    return Pair(high, lane.low + error)
