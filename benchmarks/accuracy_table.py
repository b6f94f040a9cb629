"""Every case on every library, as tables of Markdown."""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from accuracy_cases import DOUBLE, FORWARD, FOUND, GRADIENTS, SIXTEEN, SIXTEEN_GRADIENTS, VANISHING, Case
from accuracy_measure import Problem, exact_gradients, gradient_units, vanishing, y_rounding, y_units
from accuracy_peers import Library, UnsupportedError

Numbers = tuple[float, ...]
Measure = Callable[[Library], Numbers]


@dataclass
class Line:
    """One case: what was measured on each library, None where it has nothing for the case."""

    case: Case
    numbers: dict[str, Numbers | None] = field(default_factory=dict)

    def ours(self) -> float:
        return (self.numbers["planish"] or (math.nan,))[0]


@dataclass(frozen=True)
class Table:
    title: str
    text: str
    cases: Sequence[Case]
    measure: Callable[[Problem], Measure]
    limited: bool = False  # to 4 units, in planish
    percent: bool = False  # the first number is a share


def gradients(problem: Problem) -> Measure:
    exact = exact_gradients(problem)
    p = problem
    return lambda library: gradient_units(p, exact, library.backward(p.dy, p.x, p.weight, p.case.eps))


TABLES = (
    Table(
        "float32: y",
        "Without weight and bias, in units of u · max(1, |y|).",
        FORWARD,
        lambda p: lambda library: (y_units(p, library),),
        limited=True,
    ),
    Table(
        "float32: y of rows that were built against Planish",
        "The same units. Nobody searched for the worst rows of the peers.",
        FOUND,
        lambda p: lambda library: (y_units(p, library),),
    ),
    Table(
        "float64: y",
        "The same, but u is 2^-53.",
        DOUBLE,
        lambda p: lambda library: (y_units(p, library),),
        limited=True,
    ),
    Table(
        "bfloat16 and float16: y",
        "Without weight and bias: the share of elements that are not the correctly rounded result, and the largest"
        " error in units in the last place, of which rounding alone may cost 0.5.",
        SIXTEEN,
        lambda p: lambda library: y_rounding(p, library),
        percent=True,
    ),
    Table(
        "float32: gradients",
        "dx / dweight / dbias with a random weight, N(1, 0.1), and random dy, N(0, 1) unless stated.",
        GRADIENTS,
        gradients,
    ),
    Table(
        "bfloat16 and float16: gradients",
        "dx / dweight / dbias as before; half a unit in the last place of a 16-bit result is added to its unit, so that"
        " rounding alone may cost 1.",
        SIXTEEN_GRADIENTS,
        gradients,
    ),
    Table(
        "float32: sums of dx that vanish",
        "|Σ dx| / |Σ dx · x̂| over a row, in units of u · Σ |dx|. Both are 0 where dx is exact.",
        VANISHING,
        lambda p: lambda library: vanishing(p, library.backward(p.dy, p.x, p.weight, p.case.eps)),
    ),
)


def run(table: Table, libraries: Sequence[Library], quick: bool) -> list[Line]:
    lines = []
    for case in table.cases:
        if quick and case.slow:
            continue
        start = time.perf_counter()
        line = Line(case)
        with np.errstate(all="ignore"):
            measure = table.measure(Problem.of(case))
            for library in libraries:
                try:
                    line.numbers[library.name] = measure(library)
                except UnsupportedError:
                    line.numbers[library.name] = None
        lines.append(line)
        seconds = time.perf_counter() - start
        print(f"{table.title}, {case.label}, {shape(case)}: {seconds:.1f} s", file=sys.stderr)
    return lines


# ---- As text ----


def number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞"
    if value >= 10_000:
        mantissa, exponent = f"{value:.1e}".split("e+")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def share(value: float) -> str:
    return f"{100 * value:.2g} %" if value < 0.1 else f"{100 * value:.0f} %"


def cell(line: Line, name: str, percent: bool) -> str:
    """The best in a line is bold, number by number."""
    numbers = line.numbers[name]
    if numbers is None:
        return "-"
    texts = []
    for i, value in enumerate(numbers):
        write = share if percent and i == 0 else number
        finite = [other[i] for other in line.numbers.values() if other is not None and math.isfinite(other[i])]
        best = bool(finite) and write(value) == write(min(finite))
        texts.append(f"**{write(value)}**" if best else write(value))
    return " / ".join(texts)


def shape(case: Case) -> str:
    """As in the other benchmarks; powers of two that nobody knows by heart are written as such."""
    power = case.features.bit_length() - 1
    features = f"2^{power}" if case.features == 1 << power and power >= 16 else str(case.features)
    return f"{case.rows}x{features}"


def markdown(table: Table, lines: Sequence[Line]) -> str:
    names = list(lines[0].numbers)
    dtypes = len({line.case.dtype for line in lines}) > 1
    head = ["rows", "shape", "eps", *names]
    result = [f"## {table.title}", "", table.text, "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for line in lines:
        label = f"{line.case.dtype}: {line.case.label}" if dtypes else line.case.label
        cells = [cell(line, name, table.percent) for name in names]
        result.append(
            f"| {' | '.join([label, shape(line.case), f'{line.case.eps:.0e}', *cells])} |".replace("0e+00", "0")
        )
    return "\n".join(result)
