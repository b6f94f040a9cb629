"""Layer normalization as a textbook has it, in double precision: what Planish's results are compared with."""

from __future__ import annotations  # memoryview[float] at run time is newer than Python 3.11

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import fsum, inf, isnan, sqrt

from embeddings import Embeddings, rows


@dataclass
class Expectation:
    """The values of one result.

    Each is a sum of terms; `terms` is the sum of their absolute values, which says how much rounding to expect: a
    rounding step is 2^-24 of it (float has 24 bits).
    """

    values: list[float] = field(default_factory=list)
    terms: list[float] = field(default_factory=list)

    def add(self, value: float, terms: float) -> None:
        """One more value."""
        self.values.append(value)
        self.terms.append(terms)

    def compare(self, values: Iterable[float]) -> tuple[float, float]:
        """The largest difference as it is, and in rounding steps of its element; infinite for not-a-number."""
        largest = steps = 0.0
        for value, expected, terms in zip(values, self.values, self.terms, strict=True):
            distance = abs(value - expected)
            if isnan(distance):
                distance = inf
            largest = max(largest, distance)
            if distance > 0:
                steps = max(steps, distance / (terms * 2**-24))
        return largest, steps


def average(values: Iterable[float], count: int) -> float:
    """The average of count numbers, their sum exactly rounded."""
    return fsum(values) / count


def size_of(x_hat: float) -> float:
    """How far rounding can reach into (x - mean) * rstd.

    The error of the mean is the same for the whole row, about a rounding step of 1, so an element close to 0 is no more
    exact than that.
    """
    return max(1.0, abs(x_hat))


class Textbook:
    """What forward, and backward for the gradient dy, have to give."""

    def __init__(self, e: Embeddings, dy: memoryview[float]) -> None:
        self.y, self.mean, self.rstd = Expectation(), Expectation(), Expectation()
        self.dx, self.dweight, self.dbias = Expectation(), Expectation(), Expectation()
        weight, bias = list(e.weight), list(e.bias)
        rows_of_dy = rows(dy)
        rows_of_x_hat = []
        for x_row, dy_row in zip(rows(e.x), rows_of_dy, strict=True):
            x_hat = self.forward(x_row, weight, bias, e.eps)
            self.backward(x_hat, dy_row, weight)
            rows_of_x_hat.append(x_hat)
        for h_column, d_column in zip(zip(*rows_of_x_hat, strict=True), zip(*rows_of_dy, strict=True), strict=True):
            self.dweight.add(
                fsum(d * h for d, h in zip(d_column, h_column, strict=True)),
                fsum(abs(d) * size_of(h) for d, h in zip(d_column, h_column, strict=True)),
            )
            self.dbias.add(fsum(d_column), fsum(map(abs, d_column)))

    def forward(self, x: list[float], weight: list[float], bias: list[float], eps: float) -> list[float]:
        """One row of y and its statistics; the answer is (x - mean) * rstd."""
        mean = average(x, len(x))
        rstd = 1 / sqrt(average(((value - mean) ** 2 for value in x), len(x)) + eps)
        self.mean.add(mean, average(map(abs, x), len(x)))
        self.rstd.add(rstd, rstd)
        x_hat = [(value - mean) * rstd for value in x]
        for h, w, b in zip(x_hat, weight, bias, strict=True):
            self.y.add(h * w + b, size_of(h) * abs(w) + abs(b))
        return x_hat

    def backward(self, x_hat: list[float], dy: list[float], weight: list[float]) -> None:
        """One row of dx."""
        n = len(x_hat)
        rstd = self.rstd.values[-1]
        g = [d * w for d, w in zip(dy, weight, strict=True)]
        gx = [a * h for a, h in zip(g, x_hat, strict=True)]
        average_g, average_gx = average(g, n), average(gx, n)
        absolute_g, absolute_gx = average(map(abs, g), n), average(map(abs, gx), n)
        for a, h in zip(g, x_hat, strict=True):
            self.dx.add(
                rstd * (a - average_g - h * average_gx),
                rstd * (abs(a) + absolute_g + size_of(h) * absolute_gx),
            )
