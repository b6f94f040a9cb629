"""docs/numerics.md is exact: a reference written from it gives the library's bits, at every CPU level."""

from __future__ import annotations

import struct

import pytest

import exact
import exact_library
from exact import Problem
from exact_cases import DTYPES, FINITE, NOT_FINITE, RANGE, Case, stored
from exact_floats import INF, NAN, Floats
from exact_library import statistic_of

FEATURES = (1, 2, 15, 16, 17, 64, 65, 255, 256, 257, 300, 513, 771)
# One of them is too small to cover squares that underflow.
EPS = {"float32": (0.0, 1e-5, 1e-33), "float64": (0.0, 1e-5, 1e-290)}
PRESENCES = ((None, None), ("x", None), (None, "x"), ("x", "x"))
MIXED_PRESENCES = (*PRESENCES, ("float32", "float32"), ("float32", "x"), ("x", "float32"), (None, "float32"))


def presences(dtype: str) -> tuple[tuple[str | None, str | None], ...]:
    return MIXED_PRESENCES if dtype in ("bfloat16", "float16") else PRESENCES


def shapes(dtype: str) -> list[Case]:
    """Every number of features and of rows, with rows of all finite kinds."""
    sizes = [(rows, features) for features in FEATURES for rows in (1, 3, 33)]
    sizes += [(70, 16), (70, 257)]
    choices = presences(dtype)
    cases = []
    for i, (rows, features) in enumerate(sizes):
        weight, bias = choices[i % len(choices)]
        statistics = "none" if i % 2 else "forward's"
        cases.append(Case(Problem(dtype, rows, features), FINITE[i % 7 :] + FINITE, weight, bias, statistics))
    return cases


def values(dtype: str) -> list[Case]:
    """Every kind of row, with every eps and a few numbers of features."""
    return [
        Case(Problem(dtype, len(kinds), features, eps=eps), kinds, weight, bias)
        for kinds in (FINITE, NOT_FINITE)
        for eps in EPS[statistic_of(dtype)]
        for features, weight, bias in ((9, None, "x"), (21, "x", "x"), (300, None, None))
    ]


def spoiled(dtype: str) -> list[Case]:
    """dy, weight and bias that are not finite."""
    kinds = ("unit", "huge")
    return [Case(Problem(dtype, 40, 30), kinds, given, given, dy="spoiled") for given in ("x", None)]


def cancelling(dtype: str) -> list[Case]:
    """Sums that show their order; the tall one has more than 64 panels."""
    return [
        Case(Problem(dtype, rows, features), (kind,), None, None, dy="cancelling")
        for rows, features, kind in ((2112, 2, "unit"), (192, 30, "unit"), (2, 2048, "constant"))
    ]


def parameters(dtype: str) -> list[Case]:
    """Every presence of weight and bias, and every dtype of theirs."""
    return [Case(Problem(dtype, 3, 100), ("unit", "tiny", "huge"), *presence) for presence in presences(dtype)]


def statistics(dtype: str) -> list[Case]:
    """Statistics that backward computes, or is given: right, rounded, meant otherwise, and of no use."""
    kinds = ("unit", "offset 1e2", "offset 1e6", "first 16 far", "tiny", "huge", "constant")
    return [
        Case(Problem(dtype, 7, 150), kinds, presence, None, given)
        for given in ("none", "forward's", "rounded", "meant", "useless", "edge")
        for presence in ("x", None)
    ]


def layouts(dtype: str) -> list[Case]:
    """Rows whose elements lie apart; their panels go over [rows][inner]."""
    return [
        Case(Problem(dtype, 3, 70, inner), FINITE, presence, presence, given)
        for inner, presence, given in ((2, None, "none"), (19, "x", "forward's"))
    ]


def long_rows(dtype: str) -> list[Case]:
    """More than a chunk."""
    features = 16384 + 300
    return [Case(Problem(dtype, 1, features), (kind,), None, None) for kind in ("offset 1e4", "alternating")]


CASES = [
    case
    for dtype in DTYPES
    for group in (shapes, values, spoiled, cancelling, parameters, statistics, layouts, long_rows)
    for case in group(dtype)
]


def bits(results: Floats) -> list[bytes]:
    """All NaNs are equal."""
    return [struct.pack("d", NAN if v != v else v) for v in results]


# x̂ is 1 - 2^-(digits - 1), and x̂ · weight + bias less than an ulp of an ulp from a tie: rounding it twice goes wrong.
@pytest.mark.parametrize(("dtype", "digits"), [("float32", 24), ("float64", 53)])
def test_fma_rounds_once(dtype: str, digits: int, level: str) -> None:
    problem = Problem(dtype, 1, 2, eps=2.0 ** (2 - digits))
    x, weight, bias = [1.0, -1.0], [(1 + 2.0 ** (1 - digits)) * 2.0**-digits] * 2, [1 + 2.0 ** (1 - digits)] * 2
    results = exact_library.forward(problem, exact_library.Parameters(dtype, dtype), x, weight, bias)
    assert results["rstd"] == [1 - 2.0 ** (1 - digits)]
    assert results["y"] == exact.forward(problem, x, weight, bias).y == bias


# (weight, y): x̂ is 1 and -1.
TIES = {
    "float16": (
        (65520, INF),
        (65519, 65504),
        (1 + 2**-11, 1),
        (1 + 3 * 2**-11, 1 + 2**-9),
        (2**-25, 0),
        (3e-8, 2**-24),
    ),
    "bfloat16": (
        (RANGE["float32"][0], INF),
        (1 + 2**-8, 1),
        (1 + 3 * 2**-8, 1 + 2**-6),
        (2**-134, 0),
        (2**-133, 2**-133),
    ),
}


@pytest.mark.parametrize("dtype", TIES)
def test_16_bits_round_to_nearest_even(dtype: str, level: str) -> None:
    problem, parameters = Problem(dtype, 1, 2, eps=0.0), exact_library.Parameters("float32", dtype)
    for weight, y in TIES[dtype]:
        results = exact_library.forward(problem, parameters, [1, -1], [weight] * 2, None)
        assert results["y"] == stored([weight, -weight], dtype) == [y, -y]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bits(case: Case, level: str) -> None:
    """y, mean, rstd, dx, dweight and dbias."""
    problem, names, (x, dy, weight, bias) = case.problem, case.parameters, case.arrays
    results = exact_library.forward(problem, names, x, weight, bias)
    results |= exact_library.backward(problem, names, dy, x, weight, case.given)
    for name, expected in case.expected.items():
        wrong = [
            (i, found.hex(), right.hex())
            for i, (found, right) in enumerate(zip(results[name], expected, strict=True))
            if bits([found]) != bits([right])
        ]
        assert not wrong, f"{name} of {case} at {level}: {len(wrong)} of {len(expected)} differ, first {wrong[:3]}"
