"""Layer norm as plain loops over Python floats with exactly rounded sums, and how far a float32 result may lie from it.

Tests/Reference is the same in C. Inputs are flat sequences, row after row; results are flat lists.
"""

from collections.abc import Sequence
from math import fsum, sqrt
from typing import NamedTuple

Floats = Sequence[float]


class Forward(NamedTuple):
    y: list[float]
    xhat: list[float]
    mean: list[float]
    rstd: list[float]
    std: list[float]  # the root of the variance without eps


class Backward(NamedTuple):
    """The gradients, each with a scale: the size of what was added up to make it, which a bound needs."""

    dx: list[float]
    dweight: list[float]
    dbias: list[float]
    dx_scale: list[float]
    dweight_scale: list[float]
    dbias_scale: list[float]


def forward(
    x: Floats, features: int, weight: Floats | None = None, bias: Floats | None = None, eps: float = 1e-5
) -> Forward:
    weight = weight or [1.0] * features
    bias = bias or [0.0] * features
    result = Forward([], [], [], [], [])
    for start in range(0, len(x), features):
        row = x[start : start + features]
        mean = fsum(row) / features
        variance = fsum((v - mean) ** 2 for v in row) / features
        rstd = 1 / sqrt(variance + eps)
        xhat = [(v - mean) * rstd for v in row]
        result.y.extend(h * w + b for h, w, b in zip(xhat, weight, bias, strict=True))
        result.xhat.extend(xhat)
        result.mean.append(mean)
        result.rstd.append(rstd)
        result.std.append(sqrt(variance))
    return result


def backward(dy: Floats, features: int, weight: Floats | None, xhat: Floats, rstd: Floats) -> Backward:
    weight = weight or [1.0] * features
    result = Backward([], [], [], [], [], [])
    for row, r in enumerate(rstd):
        span = slice(row * features, (row + 1) * features)
        h = xhat[span]
        g = [d * w for d, w in zip(dy[span], weight, strict=True)]
        g_avg = fsum(g) / features
        gh_avg = fsum(a * b for a, b in zip(g, h, strict=True)) / features
        result.dx.extend(r * (a - g_avg - b * gh_avg) for a, b in zip(g, h, strict=True))

        g_size = fsum(map(abs, g)) / features
        gh_size = fsum(abs(a) * max(1, abs(b)) for a, b in zip(g, h, strict=True)) / features
        unit = rounding_of(r) * r
        result.dx_scale.extend(unit * (abs(a) + g_size + max(1, abs(b)) * gh_size) for a, b in zip(g, h, strict=True))

    units = [rounding_of(r) for r in rstd]
    for column in range(features):
        d = dy[column::features]
        h = xhat[column::features]
        result.dweight.append(fsum(a * b for a, b in zip(d, h, strict=True)))
        result.dbias.append(fsum(d))
        result.dweight_scale.append(fsum(u * abs(a) * max(1, abs(b)) for u, a, b in zip(units, d, h, strict=True)))
        result.dbias_scale.append(fsum(map(abs, d)))
    return result


# ---- Bounds: Tests/Reference/include/bounds.h says where each comes from ----

U = 2.0**-24  # the largest relative error of one rounding to float
LEAST = 2.0**-149  # the smallest float: what rounding can cost a result that is subnormal


def y_bound(y: float, xhat: float, weight: float, affine: bool) -> float:
    return 4 * U * max(1, abs(xhat)) * abs(weight) + (U * abs(y) if affine else 0) + LEAST


def mean_bound(mean: float, std: float) -> float:
    return U * abs(mean) + 4 * U * std + LEAST


def rstd_bound(rstd: float) -> float:
    return 4 * U * rstd + LEAST


def rounding_of(rstd: float) -> float:
    """The rounding of rstd to float, in u: more than 1 where rstd is subnormal and has fewer digits."""
    return max(1, 2.0**-126 / rstd)


def dx_bound(scale: float) -> float:
    return 8 * U * scale + LEAST


def dweight_bound(dweight: float, scale: float) -> float:
    return U * (8 * scale + abs(dweight)) + LEAST


def dbias_bound(dbias: float, scale: float) -> float:
    return U * (8 * scale + abs(dbias)) + LEAST
