"""The problems on which the reference and the library are compared, and their arrays, made from seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

import exact
from exact import Problem
from exact_floats import INF, NAN, STORAGE, Floats
from exact_library import Parameters, statistic_of

DTYPES = tuple(STORAGE)
# (largest, smallest normal) of each dtype
RANGE = {
    "float32": (float.fromhex("0x1.fffffep127"), 2.0**-126),
    "float64": (float.fromhex("0x1.fffffffffffffp1023"), 2.0**-1022),
    "bfloat16": (float.fromhex("0x1.fep127"), 2.0**-126),
    "float16": (65504.0, 2.0**-14),
}

# Finite rows, then rows that are not.
FINITE = (
    "unit", "offset 1e2", "offset 1e4", "offset 1e6", "first 16 far", "outlier", "ramp", "constant", "zeros",
    "tiny", "subnormal", "huge", "alternating", "largest", "one huge", "1e-150", "1e150", "1e-300", "1e300",
)  # fmt: skip
NOT_FINITE = ("nan", "inf", "-inf", "inf and -inf", "inf among huge")


def stored(values: Floats, dtype: str) -> list[float]:
    """The values as an array of the dtype holds them."""
    storage = STORAGE[dtype]
    return storage.decode(storage.encode(values))


def row_of(kind: str, n: int, dtype: str, random: Random) -> list[float]:
    """Before it is stored."""
    largest, least = RANGE[dtype]
    noise = [random.gauss(0, 1) for _ in range(n)]
    place = random.randrange(n)
    match kind.split():
        case ["offset", size]:
            return [min(float(size), largest / 2) + v for v in noise]
        case ["first", "16", "far"]:
            return [(1e4 if i < 16 else 0) + v for i, v in enumerate(noise)]
        case ["outlier"]:
            return [min(3e6, largest / 2) if i == place else v for i, v in enumerate(noise)]
        case ["ramp"]:
            return [i * 0.125 - 7 for i in range(n)]
        case ["constant"]:
            return [1e4 + noise[0]] * n
        case ["zeros"]:
            return [math.copysign(0, v) for v in noise]
        case ["tiny"]:
            return [v * least * 100 for v in noise]
        case ["subnormal"]:
            return [v * least / 8 for v in noise]
        case ["huge"]:
            return [math.remainder(v, 1) * largest for v in noise]
        case ["alternating"]:
            return [-largest if i % 2 else largest for i in range(n)]
        case ["largest"]:
            return [largest] * n
        case ["one", "huge"]:
            return [largest if i == place else v for i, v in enumerate(noise)]
        case ["nan"]:
            return [NAN if i == place else v for i, v in enumerate(noise)]
        case ["inf"] | ["-inf"]:
            return [float(kind) if i == place else v for i, v in enumerate(noise)]
        case ["inf", "and", "-inf"]:
            return [math.copysign(INF, v) if i in (0, place) else v for i, v in enumerate(noise)]
        case ["inf", "among", "huge"]:
            return [INF if i == place else largest for i in range(n)]
        case [scale] if kind != "unit":
            # Outside a dtype's range: somewhere near its end.
            factor = max(min(float(scale), largest / 64), least)
            return [v * factor for v in noise]
    return noise


class Arrays(NamedTuple):
    x: list[float]
    dy: list[float]
    weight: list[float] | None
    bias: list[float] | None


@dataclass(frozen=True)
class Case:
    """Row r is of kind kinds[r mod their number]. `statistics`: what backward is given of mean and rstd."""

    problem: Problem
    kinds: tuple[str, ...] = ("unit",)
    weight: str | None = "x"  # of x's dtype, or float32, or None where it is absent
    bias: str | None = "x"
    statistics: str = "forward's"
    dy: str = "unit"  # or cancelling; or spoiled, and weight and bias with it

    def __str__(self) -> str:
        p = self.problem
        shape = f"{p.rows}x{p.features}" + (f"x{p.inner}" if p.inner > 1 else "")
        kind = f"{self.kinds[0]}{'...' if len(self.kinds) > 1 else ''}"
        words = p.dtype, shape, kind, p.eps, self.weight, self.bias, self.statistics, self.dy
        return " ".join(map(str, words)).replace(" ", "-")

    @property
    def parameters(self) -> Parameters:
        same = self.problem.dtype
        return Parameters(*(same if dtype in ("x", None) else str(dtype) for dtype in (self.weight, self.bias)))

    @cached_property
    def arrays(self) -> Arrays:
        random, problem = Random(str(self)), self.problem

        def floats(count: int, dtype: str) -> list[float]:
            values = [random.gauss(0, 1) for _ in range(count)]
            if self.dy == "spoiled":
                for bad in (NAN, INF, -INF):
                    values[random.randrange(count)] = bad
            return stored(values, dtype)

        rows = problem.rows * problem.inner
        x = [0.0] * (rows * problem.features)
        for r in range(rows):
            row = row_of(self.kinds[r % len(self.kinds)], problem.features, problem.dtype, random)
            problem.put(x, r, stored(row, problem.dtype))
        return Arrays(
            x=x,
            dy=self._cancelling(random) if self.dy == "cancelling" else floats(len(x), problem.dtype),
            weight=floats(problem.features, self.parameters.weight) if self.weight else None,
            bias=floats(problem.features, self.parameters.bias) if self.bias else None,
        )

    def _cancelling(self, random: Random) -> list[float]:
        """Panels of rows, or blocks of features, that differ much in size, each of which comes again with the other
        sign: of the wide sums, nothing is left but the rounding of their last bits.
        """
        problem = self.problem
        span = {"float64": 75, "float16": 10}.get(problem.dtype, 40)

        def mirrored(count: int, period: int, make: Callable[[int], list[float]]) -> list[float]:
            """Groups of `period` items of a size, then the same in another order, with the other sign."""
            groups = []
            for first in range(0, count // 2, period):
                size = random.randint(-span, span) if count > period else 0
                items = [make(size) for _ in range(first, min(first + period, count // 2))]
                groups.append([v for item in items for v in item])
            again = [[-v for v in group] for group in random.sample(groups, len(groups))]
            return [v for group in groups + again for v in group]

        def row(size: int) -> list[float]:
            return mirrored(problem.features, 256, lambda other: [random.gauss(0, 1) * 2.0 ** (size + other)])

        return stored(mirrored(problem.rows, 32, row), problem.dtype)

    @cached_property
    def forward(self) -> exact.Forward:
        arrays = self.arrays
        return exact.forward(self.problem, arrays.x, arrays.weight, arrays.bias)

    @cached_property
    def given(self) -> tuple[list[float], list[float]] | None:
        """mean and rstd as backward is given them."""
        _, mean, rstd = self.forward
        statistic = statistic_of(self.problem.dtype)
        digit = 2.0 ** (-52 if statistic == "float64" else -23)
        match self.statistics:
            case "none":
                return None
            case "rounded":  # a last bit off: backward corrects it
                mean = [m * (1 + digit) for m in mean]
            case "meant":  # far off: backward takes it as it is
                mean = [m + 0.5 for m in mean]
            case "useless":  # an rstd outside of the safe range is not used
                rstd = [(0.0, INF, -1.0, 2.0**-700, 2.0**500)[i % 5] for i in range(len(rstd))]
            case "edge":  # the ends of the safe range are used
                ends = (2.0**-512, 2.0**450) if statistic == "float64" else (2.0**-64, 2.0**50)
                rstd = [ends[i % 2] for i in range(len(rstd))]
        return stored(mean, statistic), stored(rstd, statistic)

    @cached_property
    def expected(self) -> dict[str, list[float]]:
        """The results of the reference, stored."""
        arrays, dtype, parameters = self.arrays, self.problem.dtype, self.parameters
        y, mean, rstd = self.forward
        dx, dweight, dbias = exact.backward(self.problem, arrays.dy, arrays.x, arrays.weight, self.given)
        return {
            "y": stored(y, dtype),
            "mean": mean,
            "rstd": rstd,
            "dx": stored(dx, dtype),
            "dweight": stored(dweight, parameters.weight),
            "dbias": stored(dbias, parameters.bias),
        }
