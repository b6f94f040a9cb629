"""The table of cases that drives the measurement: which rows, of what shape and dtype, and what is asked of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from accuracy_exact import Array
from accuracy_peers import BF16, F16, F32, F64

Generator = np.random.Generator
Make = Callable[[Generator, int, int], Array]  # rows by features, doubles; rounded to the dtype of the case
LARGEST = float(np.finfo(np.float32).max)
EPS = float(np.float32(1e-5))  # a float, because that is what some peers take


@dataclass(frozen=True)
class Case:
    label: str
    rows: int
    features: int
    make: Make
    eps: float = EPS
    dtype: np.dtype = F32
    parameter: np.dtype = F32  # of weight, dweight and dbias
    dy: Make | None = None
    slow: bool = False  # left out by --quick


# ---- Rows ----


def normal(g: Generator, rows: int, features: int, *, mean: float = 0, sigma: float = 1) -> Array:
    return mean + sigma * g.standard_normal((rows, features))


def uniform(g: Generator, rows: int, features: int, *, start: float = 0, width: float = 1) -> Array:
    return start + width * g.random((rows, features))


def outlier(g: Generator, rows: int, features: int, *, place: int, value: float = 3e6) -> Array:
    x = g.standard_normal((rows, features))
    x[:, place] = value
    return x


def alternating(g: Generator, rows: int, features: int, *, value: float = LARGEST) -> Array:
    return np.tile(np.where(np.arange(features) % 2 == 0, value, -value), (rows, 1))


def two_valued(g: Generator, rows: int, features: int) -> Array:
    """±a: every square is the same, and so is the direction in which a running sum of them is rounded."""
    x = np.where(g.random((rows, features)) < 0.5, -1, 1) * (1 + g.random((rows, 1)))
    x[:, 0] = -x[:, -1]
    return x


def two_any(g: Generator, rows: int, features: int) -> Array:
    """Two unrelated values, in any proportion. One of each, at least."""
    a, b = g.standard_normal((2, rows, 1)) * 2.0 ** g.integers(-6, 7, (2, rows, 1))
    x: Array = np.where(g.random((rows, features)) < g.random((rows, 1)), a, b)
    x[:, :1], x[:, -1:] = a, b
    return x


def three_of_power_two(g: Generator, rows: int, features: int) -> Array:
    """Three values many powers of two apart."""
    values = g.standard_normal((rows, 3)) * 2.0 ** g.integers(-12, 13, (rows, 3))
    x = np.take_along_axis(values, g.integers(0, 3, (rows, features)), axis=1)
    x[:, :3] = values
    return x


def runs(g: Generator, rows: int, features: int, *, base: str, others: tuple[tuple[int, int, str], ...]) -> Array:
    """One value, but for runs of others: from where, how many, which. As hexadecimal floats."""
    x = np.full((rows, features), float.fromhex(base))
    for start, count, value in others:
        x[:, np.arange(start, start + count) % features] = float.fromhex(value)
    return x


def same_rounding(g: Generator, rows: int, features: int) -> Array:
    """Random signs, and magnitudes whose squares all round down in float32, by nearly half a unit (odd rows: up)."""
    values = (1 + g.random(200_000)).astype(np.float32)
    exact = values.astype(np.float64) ** 2
    error = (exact.astype(np.float32) - exact) / np.spacing(exact.astype(np.float32))
    x: Array = g.choice((-1.0, 1.0), (rows, features))
    x[0::2] *= g.choice(values[error < -0.45], x[0::2].shape)
    x[1::2] *= g.choice(values[error > 0.45], x[1::2].shape)
    return x


def constant_but_one(g: Generator, rows: int, features: int) -> Array:
    x = np.repeat(normal(g, rows, 1, sigma=100), features, axis=1)
    x[np.arange(rows), g.integers(0, features, rows)] += g.choice((-1, 1), rows) * (0.01 + g.random(rows))
    return x


def repeated(g: Generator, rows: int, features: int) -> Array:
    """The second half of the rows is the first half once more: for gradients that cancel."""
    return np.tile(g.standard_normal((rows // 2, features)), (2, 1))


def cancelling(g: Generator, rows: int, features: int) -> Array:
    """Gradients for `repeated` that cancel in dweight and dbias, but for a thousandth."""
    first = g.standard_normal((rows // 2, features))
    return np.concatenate((first, -first + 1e-3 * g.standard_normal(first.shape)))


# ---- Cases ----

SCALES = (1e-38, 1e-30, 1e-20, 1e20, 1e30, 1e38)
OFFSETS = (1e2, 1e4, 1e6, 1e8)
DRAWS: dict[str, Make] = {
    **{f"N({offset:.0e}, 1)": partial(normal, mean=offset) for offset in OFFSETS},
    "N(1e+08, 100)": partial(normal, mean=1e8, sigma=100),
    "1e5 + uniform · 1e-2": partial(uniform, start=1e5, width=1e-2),
    "N(0, 1), first element 3e6": partial(outlier, place=0),
    "N(0, 1), element 20 is 3e6": partial(outlier, place=20),
    "N(0, 1), last element 3e6": partial(outlier, place=-1),
}
ADVERSARIAL: dict[str, Make] = {
    "±a, a random": two_valued,
    "two random values": two_any,
    "three values powers of two apart": three_of_power_two,
    "squares that round the same way": same_rounding,
    "constant but for one element": constant_but_one,
}
# Where a search came that changed rows of three values bit by bit for as long as planish got worse. Those of two values
# stayed below 4.1.
FOUND = [
    Case("all a, but for runs of b and c", 1, features, partial(runs, base=base, others=(b, c)), 0.0)
    for features, base, b, c in (
        (481, "0x1.df2818p+0", (269, 68, "-0x1.a4b0b2p+2"), (169, 3, "-0x1.3dd9b6p+1")),
        (194, "-0x1.35eceep+3", (16, 34, "0x1.01cafap+3"), (24, 2, "-0x1.28775ep-2")),
        (310, "0x1.4b912ep+4", (56, 268, "-0x1.12e1dap+4"), (238, 8, "0x1.dc02dp+0")),
    )
]


def scaled(scale: float) -> Case:
    """Where eps would outweigh the variance there is none."""
    return Case(f"N(0, 1) · {scale:.0e}", 64, 768, partial(normal, sigma=scale), 0.0 if scale < 1 else EPS)


FORWARD = [
    Case("N(0, 1)", 200, 64, normal),
    Case("N(0, 1)", 64, 768, normal),
    Case("N(0, 1)", 16, 4096, normal),
    Case("N(0, 1)", 2, 65536, normal),
    Case("N(0, 1)", 1, 2**20, normal, slow=True),
    Case("N(0, 1)", 1, 2**24, normal, slow=True),
    *(Case(label, 64, 768, make) for label, make in DRAWS.items()),
    Case("N(1e+06, 1)", 1, 2**20, partial(normal, mean=1e6), slow=True),
    *map(scaled, SCALES),
    *(Case(f"± the largest float, in turns{odd}", 2, n, alternating) for odd, n in (("", 768), (", odd count", 767))),
    *(Case("N(0, 1) · 1e-6", 64, 768, partial(normal, sigma=1e-6), float(np.float32(eps))) for eps in (0, 1e-12, EPS)),
    *(Case(label, 4000, n, make, 0.0) for label, make in ADVERSARIAL.items() for n in (7, 256, 1000)),
]

TALL = 10**6
GRADIENTS = [
    Case("N(0, 1)", 64, 768, normal),
    Case("N(0, 1)", 2, 65536, normal),
    *(Case(label, 64, 768, make) for label, make in DRAWS.items()),
    *map(scaled, SCALES),
    Case("± the largest float, in turns", 2, 768, alternating),
    Case("N(0, 1), tall", TALL // 10, 16, normal),
    Case("N(0, 1), tall", TALL, 16, normal, slow=True),
    Case("N(0, 1), tall, dy uniform in [0, 1)", TALL, 16, normal, dy=uniform, slow=True),
    Case("N(0, 1), tall, signs that cancel", TALL // 10, 16, repeated, dy=cancelling),
    Case("N(0, 1), tall, signs that cancel", TALL, 16, repeated, dy=cancelling, slow=True),
]

SIXTEEN = [
    Case(label, rows, features, make, dtype=dtype, parameter=dtype)
    for dtype, scale in ((BF16, 1e30), (F16, 1e4))
    for label, rows, features, make in (
        ("N(0, 1)", 1000, 768, normal),
        ("N(0, 1)", 2, 65536, normal),
        ("N(100, 1)", 1000, 768, partial(normal, mean=100)),
        (f"N(0, 1) · {scale:.0e}", 1000, 768, partial(normal, sigma=scale)),
        ("±a, a random", 1000, 256, two_valued),
    )
]

SIXTEEN_GRADIENTS = [
    Case(
        f"N(0, 1), tall, {kind} weight",
        10**5,
        64,
        normal,
        dtype=dtype,
        parameter=parameter,
        slow=dtype == F16 or parameter == F32,
    )
    for dtype, parameter, kind in (
        (BF16, F32, "float32"),
        (BF16, BF16, "bfloat16"),
        (F16, F32, "float32"),
        (F16, F16, "float16"),
    )
]

DOUBLE = [
    Case(label, rows, features, make, eps, F64, F64)
    for label, rows, features, make, eps in (
        ("N(0, 1)", 200, 64, normal, EPS),
        ("N(0, 1)", 64, 768, normal, EPS),
        ("N(0, 1)", 2, 65536, normal, EPS),
        ("N(1e6, 1)", 64, 768, partial(normal, mean=1e6), EPS),
        ("N(1e12, 1)", 64, 768, partial(normal, mean=1e12), EPS),
        ("N(0, 1), first element 3e12", 64, 768, partial(outlier, place=0, value=3e12), EPS),
        ("N(0, 1) · 1e-300", 64, 768, partial(normal, sigma=1e-300), 0.0),
        ("N(0, 1) · 1e300", 64, 768, partial(normal, sigma=1e300), EPS),
        ("± the largest double, in turns", 2, 767, partial(alternating, value=float(np.finfo(F64).max)), EPS),
        ("±a, a random", 4000, 256, two_valued, 0.0),
        ("two random values", 4000, 7, two_any, 0.0),
        ("two random values", 4000, 256, two_any, 0.0),
    )
]

VANISHING = [  # with an eps, the second sum is not 0
    Case("N(0, 1)", 64, 768, normal, 0.0),
    Case("N(1e6, 1)", 64, 768, partial(normal, mean=1e6), 0.0),
]
