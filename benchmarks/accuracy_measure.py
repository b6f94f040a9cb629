"""How far a result is from the exact one, in units; docs/accuracy.md says which."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from accuracy_cases import Case, normal
from accuracy_exact import Array, Long, Rows, blocks, column_sums
from accuracy_peers import BF16, F16, F32, F64, Gradients, Library

DIGITS = {BF16: 8, F16: 11, F32: 24, F64: 53}
LEAST_EXPONENT = {BF16: -126, F16: -14, F32: -126, F64: -1022}  # of a normal number
U = 2.0**-24


def seed_of(case: Case) -> int:
    """The same rows in every run, whatever other cases there are."""
    return crc32(f"{case.label} {case.rows} {case.features} {case.eps:g} {case.dtype}".encode())


def worst(error: Array, unit: Array) -> float:
    """The largest error in units. NaN if there is one; infinite results are infinitely far off."""
    return float(np.max(np.abs(error) / unit))


def last_place(exact: Array, dtype: np.dtype) -> Array:
    """The unit in the last place of the exact result's dtype."""
    exponent = np.frexp(exact)[1] - 1
    one: Array = np.ldexp(Long(1), np.maximum(exponent, LEAST_EXPONENT[dtype]) - (DIGITS[dtype] - 1))
    return one


def largest(dtype: np.dtype) -> float:
    return (2 - 2.0 ** (1 - DIGITS[dtype])) * 2.0 ** (1 - LEAST_EXPONENT[dtype])


@dataclass(frozen=True)
class Problem:
    """A case with its arrays and the exact x̂."""

    case: Case
    x: Array
    weight: Array
    dy: Array
    exact: list[tuple[slice, Rows]]

    @classmethod
    def of(cls, case: Case) -> "Problem":
        g = np.random.default_rng(seed_of(case))
        with np.errstate(over="raise"):
            x = np.clip(case.make(g, case.rows, case.features), -largest(case.dtype), largest(case.dtype))
            x = x.astype(case.dtype, order="C")
            weight = normal(g, 1, case.features, mean=1, sigma=0.1)[0].astype(case.parameter)
            dy = (case.dy or normal)(g, case.rows, case.features).astype(case.dtype)
        return cls(case, x, weight, dy, list(blocks(x, case.eps)))


# ---- y ----


def y_units(problem: Problem, library: Library) -> float:
    """Without weight and bias, in units of u · max(1, |y|)."""
    y = library.forward(problem.x, None, None, problem.case.eps)
    unit = Long(2) ** -DIGITS[problem.case.dtype]
    errors = [worst(y[s] - rows.xhat, unit * np.maximum(1, np.abs(rows.xhat))) for s, rows in problem.exact]
    return float(np.max(errors))


def y_rounding(problem: Problem, library: Library) -> tuple[float, float]:
    """Of 16-bit y: the share that is not the correctly rounded result, and the largest error in the last place."""
    y = library.forward(problem.x, None, None, problem.case.eps)
    wrong, largest_error = 0, 0.0
    for s, rows in problem.exact:
        place = last_place(rows.xhat, problem.case.dtype)
        got = y[s].astype(Long)
        wrong += int(np.count_nonzero(got != np.rint(rows.xhat / place) * place))
        largest_error = float(np.maximum(largest_error, worst(got - rows.xhat, place)))
    return wrong / problem.x.size, largest_error


# ---- Gradients ----


@dataclass(frozen=True)
class ExactGradients:
    """Each with its unit, as in Tests/Reference/include/bounds.h."""

    dx: list[Array]
    dx_unit: list[Array]
    dweight: Array
    dweight_unit: Array
    dbias: Array
    dbias_unit: Array


def average(terms: Array) -> Array:
    result: Array = terms.mean(axis=1, keepdims=True)
    return result


def result_rounding(exact: Array, dtype: np.dtype) -> Array:
    """What rounding to 16 bits may cost; a float32 result's rounding is part of u already."""
    return np.zeros_like(exact) if dtype == F32 else last_place(exact, dtype) / 2


def exact_gradients(problem: Problem) -> ExactGradients:
    """The averages over a row in long double: 2^-60 of the terms, a unit being 2^-24 of them."""
    case = problem.case
    dx, dx_unit = [], []
    dweight, dbias = [], []
    dweight_size, dbias_size = np.zeros((2, case.features), Long)
    for s, rows in problem.exact:
        dy, xhat, rstd = problem.dy[s].astype(Long), rows.xhat, rows.rstd
        g, size = dy * problem.weight, np.maximum(1, np.abs(xhat))
        rounding = np.maximum(1, 2.0**-126 / rstd)
        exact = rstd * (g - average(g) - xhat * average(g * xhat))
        scale = rstd * rounding * (np.abs(g) + average(np.abs(g)) + size * average(np.abs(g) * size))
        dx.append(exact)
        dx_unit.append(np.maximum(U * scale, 2.0**-149) + result_rounding(exact, case.dtype))
        dweight.append((dy * xhat).astype(np.float64))
        dweight_size += (np.abs(dy) * size * rounding).sum(axis=0)
        dbias.append(dy.astype(np.float64))
        dbias_size += np.abs(dy).sum(axis=0)
    weight_sum, bias_sum = column_sums(dweight), column_sums(dbias)
    weight_unit = U * dweight_size + result_rounding(weight_sum, case.parameter)
    bias_unit = U * dbias_size + result_rounding(bias_sum, case.parameter)
    return ExactGradients(dx, dx_unit, weight_sum, weight_unit, bias_sum, bias_unit)


def gradient_units(problem: Problem, exact: ExactGradients, result: Gradients) -> tuple[float, float, float]:
    """dx, dweight and dbias. Where the exact result is larger than the largest float, infinity is right."""
    errors = []
    for (s, _), right, unit in zip(problem.exact, exact.dx, exact.dx_unit, strict=True):
        got = result.dx[s].astype(Long)
        got = np.where(np.isinf(got) & (np.abs(right) > largest(problem.case.dtype)), right, got)
        errors.append(worst(got - right, unit))
    return (
        float(np.max(errors)),
        worst(result.dweight.astype(Long) - exact.dweight, exact.dweight_unit),
        worst(result.dbias.astype(Long) - exact.dbias, exact.dbias_unit),
    )


def vanishing(problem: Problem, result: Gradients) -> tuple[float, float]:
    """|Σ dx| and |Σ dx·x̂|, which are 0 where dx is exact, in units of u · Σ|dx|: the worst row."""
    sums = []
    for s, rows in problem.exact:
        dx = result.dx[s].astype(Long)
        unit = U * np.abs(dx).sum(axis=1)
        sums.append((worst(dx.sum(axis=1), unit), worst((dx * rows.xhat).sum(axis=1), unit)))
    dx_sum, dot = np.max(sums, axis=0)
    return float(dx_sum), float(dot)
