"""Layer norm in the order of operations of docs/numerics.md, written from that page: the bits that the library gives,
in plain Python. Section titles are those of the page.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple

from exact_arithmetic import Arithmetic, Double, Single, W
from exact_floats import NAN, Floats


@dataclass(frozen=True)
class Problem:
    """Arrays are [rows][features][inner], one number after the other; x is of dtype `dtype`."""

    dtype: str
    rows: int
    features: int
    inner: int = 1
    eps: float = 1e-5

    def row(self, values: Floats, r: int) -> list[float]:
        """The features of row r of rows * inner."""
        start = self._start(r)
        return list(values[start : start + self.features * self.inner : self.inner])

    def put(self, values: list[float], r: int, row: Floats) -> None:
        start = self._start(r)
        values[start : start + self.features * self.inner : self.inner] = row

    def _start(self, r: int) -> int:
        return r // self.inner * self.features * self.inner + r % self.inner


class Forward(NamedTuple):
    y: list[float]
    mean: list[float]
    rstd: list[float]


class Backward(NamedTuple):
    """What remains to be done to dx, dweight and dbias is to store them in their dtypes."""

    dx: list[float]
    dweight: list[float]
    dbias: list[float]


def forward(problem: Problem, x: Floats, weight: Floats | None, bias: Floats | None) -> Forward:
    if problem.dtype == "float64":
        return LayerNorm(Double(), problem).forward(x, weight, bias)
    return LayerNorm(Single(), problem).forward(x, weight, bias)


def backward(
    problem: Problem, dy: Floats, x: Floats, weight: Floats | None, statistics: tuple[Floats, Floats] | None
) -> Backward:
    """`statistics` are mean and rstd, where they are given."""
    if problem.dtype == "float64":
        return LayerNorm(Double(), problem).backward(dy, x, weight, statistics)
    return LayerNorm(Single(), problem).backward(dy, x, weight, statistics)


@dataclass(frozen=True)
class Moments(Generic[W]):
    """The mean is pivot + shift."""

    pivot: float
    shift: W
    rstd: W


@dataclass(frozen=True)
class Spread(Generic[W]):
    """avg(d) and avg(d²) of the deviations from a pivot."""

    pivot: float
    shift: W
    square: W


@dataclass(frozen=True)
class Rescaled(Generic[W]):
    """`row` is 2^-exponent times the row as it is, and so are its moments."""

    row: list[float]
    exponent: int
    moments: Moments[W]


class LayerNorm(Generic[W]):
    def __init__(self, arithmetic: Arithmetic[W], problem: Problem) -> None:
        self.a: Arithmetic[W] = arithmetic
        self.problem = problem
        self.count: W = arithmetic.wide(float(problem.features))
        self.inverse: W = arithmetic.divide(arithmetic.wide(1.0), self.count)

    # ---- Statistics ----

    def spread_around(self, row: Floats, pivot: float) -> Spread[W]:
        d = self.a.subtract(row, pivot)
        return Spread(pivot, self.a.divide(self.a.sum(d), self.count), self.a.sum_of_products(d, d) * self.inverse)

    def first_pivot(self, row: Floats) -> float:
        n = len(row)
        step = n // 64 * 16 if n >= 64 else 16
        few = [*row, *[0.0] * 64]
        lanes = [v for k in range(4) for v in few[k * step : k * step + 16]]
        return self.a.shortened(self.a.round([self.a.total(self.a.folded(lanes)) / min(n, 64)])[0])

    def spread(self, row: Floats) -> Spread[W]:
        spread = self.spread_around(row, self.first_pivot(row))
        if spread.square < self.a.wide(7.0) * (spread.shift * spread.shift):
            return self.spread_around(row, self.a.narrow(self.a.wide(spread.pivot) + spread.shift))
        return spread

    def mean(self, moments: Moments[W]) -> W:
        return self.a.wide(moments.pivot) + moments.shift

    def moments(self, spread: Spread[W], eps: W) -> tuple[Moments[W], W]:
        """And variance + eps."""
        variance = spread.square - spread.shift * spread.shift + eps
        rstd = self.a.divide(self.a.wide(1.0), self.a.square_root(variance))
        return Moments(spread.pivot, spread.shift, rstd), variance

    def plain_moments(self, row: Floats) -> Moments[W] | None:
        """None if the row has to be rescaled."""
        spread = self.spread(row)
        moments, variance = self.moments(spread, self.a.wide(self.problem.eps))
        if not self.a.is_finite(spread.square) or variance < self.a.wide(self.a.least_variance):
            return None
        return moments

    # ---- Rescaled rows ----

    def rescaled(self, row: list[float]) -> Rescaled[W]:
        zero = self.a.wide(0.0)
        total = self.a.sum(self.a.multiply(row, [2.0**-64] * len(row)))
        if not self.a.is_finite(total):
            return Rescaled(row, 0, Moments(self.a.narrow(total), zero, self.a.wide(NAN)))
        largest = max(map(abs, row))
        exponent = 0 if largest == 0 else math.frexp(largest)[1] - 1
        scaled = self.a.scale(row, -exponent)
        spread = self.spread(scaled)
        of_eps = self.a.divide(self.a.wide(1.0), self.a.square_root(self.a.wide(self.problem.eps)))
        if not zero < spread.square:
            return Rescaled(row, 0, Moments(row[0], zero, of_eps))
        eps = self.a.scaled(self.a.wide(self.problem.eps), -2 * exponent)
        if not self.a.is_finite(eps):
            rstd = self.a.scaled(of_eps, exponent)
            return Rescaled(scaled, exponent, Moments(spread.pivot, spread.shift, rstd))
        return Rescaled(scaled, exponent, self.moments(spread, eps)[0])

    # ---- Forward ----

    def forward(self, x: Floats, weight: Floats | None, bias: Floats | None) -> Forward:
        result = Forward([NAN] * len(x), [], [])
        for r in range(self.problem.rows * self.problem.inner):
            row = self.problem.row(x, r)
            mean, rstd, y = self.forward_row(row, weight, bias)
            self.problem.put(result.y, r, y)
            result.mean.append(mean)
            result.rstd.append(rstd)
        return result

    def forward_row(
        self, row: list[float], weight: Floats | None, bias: Floats | None
    ) -> tuple[float, float, list[float]]:
        narrow = self.a.narrow
        moments = self.plain_moments(row)
        exponent = 0
        if moments is None:
            rescaled = self.rescaled(row)
            row, exponent, moments = rescaled.row, rescaled.exponent, rescaled.moments
        shift = narrow(self.a.wide(0.0) - moments.shift * moments.rstd)
        y = self.normalized(row, moments.pivot, self.usable_rstd(moments.rstd), shift)
        if weight is not None and bias is not None:
            y = self.a.fma(y, weight, bias)
        elif weight is not None:
            y = self.a.multiply(y, weight)
        elif bias is not None:
            y = self.a.add(y, bias)
        mean = narrow(self.a.scaled(self.mean(moments), exponent))
        return mean, narrow(self.a.scaled(moments.rstd, -exponent)), y

    def usable_rstd(self, rstd: W) -> float:
        """It overflows only beside deviations of 0, which it must leave at 0."""
        narrowed = self.a.narrow(rstd)
        return self.a.largest if narrowed == math.inf and self.a.is_finite(rstd) else narrowed

    def normalized(self, row: Floats, mean: float, rstd: float, shift: float) -> list[float]:
        n = len(row)
        return self.a.fma(self.a.subtract(row, mean), [rstd] * n, [shift] * n)

    # ---- Backward ----

    def backward(
        self, dy: Floats, x: Floats, weight: Floats | None, statistics: tuple[Floats, Floats] | None
    ) -> Backward:
        dx = [NAN] * len(x)

        def terms(r: int) -> tuple[list[float], list[float]]:
            """dy and x̂ of a row, whose dx is noted."""
            row, row_dy = self.problem.row(x, r), self.problem.row(dy, r)
            given = None if statistics is None else (statistics[0][r], statistics[1][r])
            row_dx, normalized = self.backward_row(row_dy, row, weight, given)
            self.problem.put(dx, r, row_dx)
            return row_dy, normalized

        dweight, dbias = self.parameter_gradients(terms)
        return Backward(dx, dweight, dbias)

    def backward_row(
        self, dy: Floats, row: list[float], weight: Floats | None, given: tuple[float, float] | None
    ) -> tuple[list[float], list[float]]:
        """dx and x̂."""
        a, n = self.a, len(row)
        exponent = 0
        if given is None:
            moments = self.plain_moments(row)
            given = None if moments is None else (a.narrow(self.mean(moments)), self.usable_rstd(moments.rstd))
        elif given[1] < a.safe_rstd[0] or given[1] > a.safe_rstd[1]:
            given = None
        if given is None:
            rescaled = self.rescaled(row)
            row, exponent = rescaled.row, rescaled.exponent
            given = a.narrow(self.mean(rescaled.moments)), self.usable_rstd(rescaled.moments.rstd)
        mean, rstd = given

        g = dy if weight is None else a.multiply(dy, weight)
        uncentered = a.multiply(a.subtract(row, mean), [rstd] * n)
        average_uncentered = a.sum(uncentered) * self.inverse
        average_g = a.sum(g) * self.inverse
        average_product = a.sum_of_products(g, uncentered) * self.inverse

        shift = self.centering_shift(average_uncentered, mean, rstd)
        average = a.narrow(average_g)
        remainder = a.narrow((a.wide(average) - average_g) * a.wide(rstd))
        slope = -a.narrow(average_product + a.wide(shift) * average_g)

        normalized = self.normalized(row, mean, rstd, shift)
        projected = a.fma(normalized, [slope] * n, a.subtract(g, average))
        dx = a.fma(projected, [rstd] * n, [remainder] * n)
        return a.scale(dx, -exponent), normalized

    def centering_shift(self, average: W, mean: float, rstd: float) -> float:
        a = self.a
        rounding = a.wide(abs(mean)) * a.wide(rstd) * a.wide(a.mean_tolerance)
        plausible = average < rounding and a.wide(0.0) - average < rounding
        return -a.narrow(average) if plausible else 0.0

    # ---- dweight and dbias ----

    def parameter_gradients(
        self, terms: Callable[[int], tuple[list[float], list[float]]]
    ) -> tuple[list[float], list[float]]:
        a, features = self.a, self.problem.features
        rows = self.problem.rows * self.problem.inner
        rows_per_block = 32 * max(1, -(-rows // (32 * 64)))
        zeros: list[W] = [a.wide(0.0)] * features
        totals = zeros, zeros
        for first in range(0, rows, rows_per_block):
            last = min(first + rows_per_block, rows)
            block = zeros, zeros
            for panel in range(first, last, 32):
                dweight, dbias = [0.0] * features, [0.0] * features
                for r in range(panel, min(panel + 32, last)):
                    dy, normalized = terms(r)
                    dweight = a.fma(dy, normalized, dweight)
                    dbias = a.add(dbias, dy)
                block = a.add_vector(block[0], dweight), a.add_vector(block[1], dbias)
            totals = a.add_lanes(totals[0], block[0]), a.add_lanes(totals[1], block[1])
        return a.narrow_lanes(totals[0]), a.narrow_lanes(totals[1])
