"""The two arithmetics of docs/numerics.md: float32 whose sums of sums are float64, and float64 whose sums of sums are
pairs of float64.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from exact_floats import Floats, divide, fma, fma_singles, power_of_two, singles, square_root, without_low_bits
from exact_pairs import Pair, add_to_lane, exact_sum

W = TypeVar("W", float, Pair)


class Arithmetic(ABC, Generic[W]):
    """Vectors of narrow numbers are lists of floats; W is the wide number."""

    least_variance: float  # below it, squares may have underflowed
    largest: float  # finite
    safe_rstd: tuple[float, float]
    mean_tolerance: float

    @abstractmethod
    def round(self, values: Iterable[float]) -> list[float]: ...
    @abstractmethod
    def fma(self, a: Floats, b: Floats, c: Floats) -> list[float]: ...
    @abstractmethod
    def shortened(self, value: float) -> float: ...

    def add(self, a: Floats, b: Floats) -> list[float]:
        return self.round([x + y for x, y in zip(a, b, strict=True)])

    def multiply(self, a: Floats, b: Floats) -> list[float]:
        return self.round([x * y for x, y in zip(a, b, strict=True)])

    def subtract(self, a: Floats, b: float) -> list[float]:
        return self.round([x - b for x in a])

    def scale(self, a: Floats, exponent: int) -> list[float]:
        """Times a power of two, in two factors, since it may be beyond the range."""
        half = int(exponent / 2)  # towards zero
        for part in (half, exponent - half):
            factor = power_of_two(part)
            a = self.round([x * factor for x in a])
        return list(a)

    def total(self, vector: Floats) -> float:
        """The sum of 16 numbers by halving."""
        while len(vector) > 1:
            half = len(vector) // 2
            vector = self.add(vector[:half], vector[half:])
        return vector[0]

    # Wide numbers

    @abstractmethod
    def wide(self, value: float) -> W: ...
    @abstractmethod
    def narrow(self, value: W) -> float: ...
    @abstractmethod
    def is_finite(self, value: W) -> bool: ...
    @abstractmethod
    def divide(self, a: W, b: W) -> W: ...
    @abstractmethod
    def square_root(self, value: W) -> W: ...
    @abstractmethod
    def scaled(self, value: W, exponent: int) -> W: ...

    # Wide running sums, one to a lane

    @abstractmethod
    def add_vector(self, lanes: list[W], vector: Floats) -> list[W]: ...
    @abstractmethod
    def add_lanes(self, a: list[W], b: list[W]) -> list[W]: ...
    @abstractmethod
    def narrow_lanes(self, lanes: list[W]) -> list[float]: ...
    @abstractmethod
    def wide_total(self, lanes: list[W]) -> W: ...

    # Sums over a row

    def sum(self, values: Floats) -> W:
        def lanes(i: int, end: int) -> list[float]:
            t = _groups(values, i, end)
            return self.add(self.add(t[0], t[1]), self.add(t[2], t[3]))

        return self._sum(len(values), lanes)

    def sum_of_products(self, a: Floats, b: Floats) -> W:
        def lanes(i: int, end: int) -> list[float]:
            u, v = _groups(a, i, end), _groups(b, i, end)
            near = self.fma(u[1], v[1], self.multiply(u[0], v[0]))
            return self.add(near, self.fma(u[3], v[3], self.multiply(u[2], v[2])))

        return self._sum(len(a), lanes)

    def _sum(self, features: int, block_lanes: Callable[[int, int], list[float]]) -> W:
        total = self.wide(0.0)
        for chunk in range(0, features, 16384):
            end = min(chunk + 16384, features)
            wide_lanes = [self.wide(0.0)] * 16
            for block in range(chunk, end, 256):
                wide_lanes = self.add_vector(wide_lanes, self.folded(block_lanes(block, min(block + 256, end))))
            total = total + self.wide_total(wide_lanes)
        return total

    def folded(self, lanes: list[float]) -> list[float]:
        """64 lanes to 16."""
        lanes = self.add(lanes[:32], lanes[32:])
        return self.add(lanes[:16], lanes[16:])


def _groups(values: Floats, start: int, end: int) -> list[list[float]]:
    """The terms of a block, 64 at a time, four times; zeros where there are none."""
    block = [*values[start:end], *[0.0] * (256 - (end - start))]
    return [block[i : i + 64] for i in range(0, 256, 64)]


class Single(Arithmetic[float]):
    """float32, and float64 as the wide type."""

    least_variance = 2.0**-100
    largest = 2.0**127 * (2 - 2.0**-23)
    safe_rstd = (2.0**-64, 2.0**50)
    mean_tolerance = 2.0**-21

    def round(self, values: Iterable[float]) -> list[float]:
        return singles(values)

    def fma(self, a: Floats, b: Floats, c: Floats) -> list[float]:
        return fma_singles(a, b, c)

    def shortened(self, value: float) -> float:
        return without_low_bits(value, "fI", 12)

    def wide(self, value: float) -> float:
        return value

    def narrow(self, value: float) -> float:
        return singles([value])[0]

    def is_finite(self, value: float) -> bool:
        return math.isfinite(value)

    def divide(self, a: float, b: float) -> float:
        return divide(a, b)

    def square_root(self, value: float) -> float:
        return square_root(value)

    def scaled(self, value: float, exponent: int) -> float:
        return value * power_of_two(exponent)

    def add_vector(self, lanes: list[float], vector: Floats) -> list[float]:
        return [lane + v for lane, v in zip(lanes, vector, strict=True)]

    def add_lanes(self, a: list[float], b: list[float]) -> list[float]:
        return self.add_vector(a, b)

    def narrow_lanes(self, lanes: list[float]) -> list[float]:
        return lanes  # storing them is their one rounding

    def wide_total(self, lanes: list[float]) -> float:
        while len(lanes) > 1:
            half = len(lanes) // 2
            lanes = self.add_lanes(lanes[:half], lanes[half:])
        return lanes[0]


class Double(Arithmetic[Pair]):
    """float64, and pairs of float64 as the wide type."""

    least_variance = 2.0**-900
    largest = 2.0**1023 * (2 - 2.0**-52)
    safe_rstd = (2.0**-512, 2.0**450)
    mean_tolerance = 2.0**-50

    def round(self, values: Iterable[float]) -> list[float]:
        return list(values)

    def fma(self, a: Floats, b: Floats, c: Floats) -> list[float]:
        return list(map(fma, a, b, c))

    def shortened(self, value: float) -> float:
        return without_low_bits(value, "dQ", 27)

    def wide(self, value: float) -> Pair:
        return Pair(value)

    def narrow(self, value: Pair) -> float:
        return value.narrowed

    def is_finite(self, value: Pair) -> bool:
        return math.isfinite(value.high)

    def divide(self, a: Pair, b: Pair) -> Pair:
        return a / b

    def square_root(self, value: Pair) -> Pair:
        return value.square_root()

    def scaled(self, value: Pair, exponent: int) -> Pair:
        return value.scaled(exponent)

    def add_vector(self, lanes: list[Pair], vector: Floats) -> list[Pair]:
        return [add_to_lane(lane, v) for lane, v in zip(lanes, vector, strict=True)]

    def add_lanes(self, a: list[Pair], b: list[Pair]) -> list[Pair]:
        result = []
        for x, y in zip(a, b, strict=True):
            high, error = exact_sum(x.high, y.high)
            result.append(Pair(high, x.low + (y.low + error)))
        return result

    def narrow_lanes(self, lanes: list[Pair]) -> list[float]:
        return [lane.high + lane.low for lane in lanes]

    def wide_total(self, lanes: list[Pair]) -> Pair:
        while len(lanes) > 1:
            half = len(lanes) // 2
            sums = []
            for a, b in zip(lanes[:half], lanes[half:], strict=True):
                high, error = exact_sum(a.high, b.high)
                sums.append(Pair(high, (a.low + b.low) + error))
            lanes = sums
        return Pair.renormalized(lanes[0].high, lanes[0].low)
