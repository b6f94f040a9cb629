"""The gradients are the derivatives of the forward pass: of the reference's, and of the library's own."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from math import fsum

import pytest

import planish
import reference
from cases import floats_of, matrix, units

SHAPES = [(1, 2), (2, 3), (3, 8), (2, 17), (4, 5), (1, 33)]
EPS = 1e-3

Loss = Callable[[list[float], list[float], list[float]], float]


class Problem:
    def __init__(self, rows: int, features: int) -> None:
        draw = units(f"gradients of {rows} rows of {features}")

        def floats(count: int) -> list[float]:
            return [next(draw) for _ in range(count)]

        self.rows, self.features = rows, features
        self.x, self.dy = floats(rows * features), floats(rows * features)
        self.weight, self.bias = floats(features), floats(features)

    def reference_loss(self, x: list[float], weight: list[float], bias: list[float]) -> float:
        """A loss whose gradient with respect to y is dy."""
        y = reference.forward(x, self.features, weight, bias, EPS).y
        return fsum(a * b for a, b in zip(y, self.dy, strict=True))

    def library_loss(self, x: list[float], weight: list[float], bias: list[float]) -> float:
        y = planish.layer_norm(self.matrix(x), array("f", weight), array("f", bias), eps=EPS)
        return fsum(a * b for a, b in zip(floats_of(y), self.dy, strict=True))

    def gradients(self) -> list[list[float]]:
        """dx, dweight and dbias from the library."""
        dy, x = self.matrix(self.dy), self.matrix(self.x)
        return [floats_of(g) for g in planish.layer_norm_backward(dy, x, array("f", self.weight), eps=EPS)]

    def differences(self, loss: Loss, step: float) -> list[list[float]]:
        """The same from central differences of the loss."""
        arguments = [self.x, self.weight, self.bias]

        def slopes(place: int) -> Iterator[float]:
            for index in range(len(arguments[place])):
                ends = []
                for shift in (step, -step):
                    moved = [list(values) for values in arguments]
                    moved[place][index] += shift
                    ends.append(loss(*moved))
                yield (ends[0] - ends[1]) / (2 * step)

        return [list(slopes(place)) for place in range(3)]

    def matrix(self, values: list[float]) -> memoryview[float]:
        return matrix(array("f", values), self.rows, self.features)


@pytest.mark.parametrize(("rows", "features"), SHAPES)
def test_differences_of_the_reference(rows: int, features: int) -> None:
    """In float64 the differences are good to about 1e-8; what remains is the library's float32."""
    problem = Problem(rows, features)
    check(problem.gradients(), problem.differences(problem.reference_loss, 1e-5), 1e-6)


@pytest.mark.parametrize(("rows", "features"), SHAPES)
def test_differences_of_the_library(rows: int, features: int) -> None:
    """In float32 a step large enough to be seen is also large enough to bend: about three digits."""
    problem = Problem(rows, features)
    check(problem.gradients(), problem.differences(problem.library_loss, 2**-9), 2e-3)


def check(gradients: list[list[float]], differences: list[list[float]], tolerance: float) -> None:
    """Within the tolerance of the largest one of each gradient."""
    for name, got, expected in zip(("dx", "dweight", "dbias"), gradients, differences, strict=True):
        largest = max(1.0, *map(abs, expected))
        for index, (g, e) in enumerate(zip(got, expected, strict=True)):
            assert abs(g - e) <= tolerance * largest, f"{name}[{index}] is {g}, differences say {e}"
