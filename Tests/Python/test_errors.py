"""Every error: its type and its text."""

from __future__ import annotations

import array
import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import planish
from views import bits, floats, ramp, strided, zeros

norm: Callable[..., Any] = planish.layer_norm  # untyped: most calls here are wrong on purpose
grad: Callable[..., Any] = planish.layer_norm_backward

X = ramp(2, 4)
ROW = floats(range(4))
MEMORY = ramp(8, 8)
READ_ONLY = X.toreadonly()
INTS = array.array("i", range(4))
DEEP = ramp(2, 3, 4)
SWAPPED = ">f" if sys.byteorder == "little" else "<f"
ANY = "'f' (float32), 'd' (float64), bfloat16 or 'e' (float16)"
PLANES = (
    "it must be contiguous behind axis {}, with this axis and what comes before it in order and a constant stride apart"
)


class Case(NamedTuple):
    """A wrong call and what it raises."""

    call: Callable[[], object]
    error: type[Exception]
    text: str


TYPES = {
    "x is a str": Case(lambda: norm("x"), TypeError, "x must be an array with the buffer protocol or DLPack, not str"),
    "x is None": Case(
        lambda: norm(None), TypeError, "x must be an array with the buffer protocol or DLPack, not NoneType"
    ),
    "x is a list": Case(
        lambda: norm([1.0]), TypeError, "x must be an array with the buffer protocol or DLPack, not list"
    ),
    "x is int32": Case(lambda: norm(INTS), TypeError, f"x has format 'i'; expected {ANY}"),
    "x is bytes": Case(lambda: norm(b"1234"), TypeError, f"x has format 'B'; expected {ANY}"),
    "weight is float64": Case(
        lambda: norm(X, array.array("d", range(4))),
        TypeError,
        "weight has dtype float64, but x has dtype float32; expected float32",
    ),
    "x is of the other byte order": Case(
        lambda: norm(strided(MEMORY, (4,), (4,), format=SWAPPED)),
        TypeError,
        f"x has format '{SWAPPED}'; expected {ANY}",
    ),
    "weight is a float": Case(
        lambda: norm(X, 1.0), TypeError, "weight must be an array with the buffer protocol or DLPack, not float"
    ),
    "weight is int32": Case(lambda: norm(X, INTS), TypeError, "weight has format 'i'; expected 'f' (float32)"),
    "bias is int32": Case(lambda: norm(X, None, INTS), TypeError, "bias has format 'i'; expected 'f' (float32)"),
    "dy is int32": Case(lambda: grad(INTS, X), TypeError, "dy has format 'i'; expected 'f' (float32)"),
    "mean is int32": Case(
        lambda: grad(X, X, mean=INTS, rstd=INTS), TypeError, "mean has format 'i'; expected 'f' (float32)"
    ),
    "out is a str": Case(
        lambda: norm(X, out="y"), TypeError, "out must be an array with the buffer protocol or DLPack, not str"
    ),
    "out is int32": Case(lambda: norm(X, out=INTS), TypeError, "out has format 'i'; expected 'f' (float32)"),
    "out is a tuple": Case(
        lambda: norm(X, out=(X, X, X)), TypeError, "out must be an array with the buffer protocol or DLPack, not tuple"
    ),
    "out has a str": Case(
        lambda: norm(X, out=(None, "m", None), return_stats=True),
        TypeError,
        "out[1] must be an array with the buffer protocol or DLPack, not str",
    ),
    "out is no tuple": Case(lambda: grad(X, X, out=X), TypeError, "out must be a tuple of three, not memoryview"),
    "needs is a bool": Case(lambda: grad(X, X, needs=True), TypeError, "needs must be a tuple of three, not bool"),
    "axis is a str": Case(lambda: norm(X, axis="1"), TypeError, "axis must be an int or a tuple of ints, not str"),
    "axis is None": Case(lambda: norm(X, axis=None), TypeError, "axis must be an int or a tuple of ints, not NoneType"),
    "axis has a float": Case(
        lambda: norm(X, axis=(1.0,)), TypeError, "axis must be an int or a tuple of ints, not float"
    ),
    "eps is a str": Case(lambda: norm(X, eps="1"), TypeError, "eps must be a number, not str"),
    "eps is complex": Case(lambda: norm(X, eps=1j), TypeError, "eps must be a number, not complex"),
    "level is an int": Case(
        lambda: planish.set_cpu(2),  # type: ignore[arg-type]
        TypeError,
        "level must be a str or None, not int",
    ),
}

CALLS = {
    "no argument": Case(lambda: norm(), TypeError, "layer_norm() missing required argument 'x' (pos 1)"),
    "no x": Case(lambda: grad(X), TypeError, "layer_norm_backward() missing required argument 'x' (pos 2)"),
    "too many": Case(
        lambda: norm(X, ROW, ROW, -1), TypeError, "layer_norm() takes at most 3 positional arguments (4 given)"
    ),
    "x twice": Case(lambda: norm(X, x=X), TypeError, "layer_norm() got multiple values for argument 'x'"),
    "unknown name": Case(
        lambda: norm(X, epsilon=1), TypeError, "layer_norm() got an unexpected keyword argument 'epsilon'"
    ),
}

SHAPES = {
    "x has no dimensions": Case(lambda: norm(zeros()), ValueError, "x has no dimensions; it must have at least one"),
    "weight is too short": Case(
        lambda: norm(X, ROW[:3]), ValueError, "weight has shape (3,), but x over axis -1 has shape (4,)"
    ),
    "bias has two dimensions": Case(
        lambda: norm(X, bias=X), ValueError, "bias has shape (2, 4), but x over axis -1 has shape (4,)"
    ),
    "weight is flat": Case(
        lambda: norm(DEEP, ramp(12), axis=(1, -1)),
        ValueError,
        "weight has shape (12,), but x over axis (1, -1) has shape (3, 4)",
    ),
    "dy is too short": Case(lambda: grad(ROW, X), ValueError, "dy has shape (4,), but x has shape (2, 4)"),
    "mean is too long": Case(
        lambda: grad(X, X, mean=ROW, rstd=ROW), ValueError, "mean has shape (4,), but x outside axis -1 has shape (2,)"
    ),
    "rstd has two dimensions": Case(
        lambda: grad(X, X, mean=ROW[:2], rstd=X),
        ValueError,
        "rstd has shape (2, 4), but x outside axis -1 has shape (2,)",
    ),
    "mean of one row": Case(
        lambda: grad(ROW, ROW, mean=ROW, rstd=ROW),
        ValueError,
        "mean has shape (4,), but x outside axis -1 has shape ()",
    ),
    "mean alone": Case(
        lambda: grad(X, X, mean=ROW[:2]), ValueError, "mean is given, but rstd is not; both or neither are needed"
    ),
    "rstd alone": Case(
        lambda: grad(X, X, rstd=ROW[:2]), ValueError, "rstd is given, but mean is not; both or neither are needed"
    ),
    "out is too short": Case(lambda: norm(X, out=ROW), ValueError, "out has shape (4,), but y has shape (2, 4)"),
    "out[1] is too long": Case(
        lambda: norm(X, out=(None, ROW, None), return_stats=True),
        ValueError,
        "out[1] has shape (4,), but mean has shape (2,)",
    ),
    "out[2] is too long": Case(
        lambda: grad(X, X, out=(None, None, X)), ValueError, "out[2] has shape (2, 4), but dbias has shape (4,)"
    ),
    "out has two entries": Case(
        lambda: norm(X, out=(X, ROW), return_stats=True),
        ValueError,
        "out has 2 entries; it must have 3: (y, mean, rstd)",
    ),
    "gradients have four entries": Case(
        lambda: grad(X, X, out=(None,) * 4), ValueError, "out has 4 entries; it must have 3: (dx, dweight, dbias)"
    ),
    "needs has two entries": Case(
        lambda: grad(X, X, needs=(True, False)),
        ValueError,
        "needs has 2 entries; it must have 3: (dx, dweight, dbias)",
    ),
    "out for what is not needed": Case(
        lambda: grad(X, X, needs=(True, False, True), out=(None, ROW, None)),
        ValueError,
        "out[1] is given, but needs[1] says that dweight is not needed",
    ),
    "mean of channels first": Case(
        lambda: grad(DEEP, DEEP, mean=ROW, rstd=ROW, axis=1),
        ValueError,
        "mean has shape (4,), but x outside axis 1 has shape (2, 4)",
    ),
    "weight over an axis in front": Case(
        lambda: norm(DEEP, ROW, axis=0), ValueError, "weight has shape (4,), but x over axis 0 has shape (2,)"
    ),
    "x is too large": Case(
        lambda: norm(strided(MEMORY, (1 << 32, 1 << 32, 0, 1), (0, 0, 0, 4)), axis=-1),
        ValueError,
        f"x has shape {(1 << 32, 1 << 32, 0, 1)}, which is too large",
    ),
    "features are too many": Case(
        lambda: norm(strided(MEMORY, (0, 1 << 32, 1 << 32), (0, 0, 4)), axis=(1, 2)),
        ValueError,
        f"x has shape {(0, 1 << 32, 1 << 32)}, which is too large",
    ),
    "what follows is too large": Case(
        lambda: norm(strided(MEMORY, (0, 1, 1 << 32, 1 << 32), (0, 0, 0, 4)), axis=1),
        ValueError,
        f"x has shape {(0, 1, 1 << 32, 1 << 32)}, which is too large",
    ),
    "no channels": Case(
        lambda: norm(strided(MEMORY, (2, 0, 3), (4, 4, 4)), axis=1), ValueError, "features is 0; it must be 1 or more"
    ),
    "no features": Case(lambda: norm(array.array("f")), ValueError, "features is 0; it must be 1 or more"),
}

VALUES = {
    "axis is too large": Case(lambda: norm(X, axis=5), ValueError, "axis 5 is out of range for x with 2 dimensions"),
    "axis is too small": Case(lambda: norm(ROW, axis=-2), ValueError, "axis -2 is out of range for x with 1 dimension"),
    "axis is huge": Case(
        lambda: norm(X, axis=2**70), ValueError, f"axis {2**70} is out of range for x with 2 dimensions"
    ),
    "axis has one that is too large": Case(
        lambda: norm(X, axis=(1, 2)), ValueError, "axis 2 is out of range for x with 2 dimensions"
    ),
    "axis is empty": Case(lambda: norm(X, axis=()), ValueError, "axis is (); it must name at least one axis of x"),
    "axis is there twice": Case(lambda: norm(X, axis=(1, -1)), ValueError, "axis (1, -1) names axis 1 of x twice"),
    "axes are apart": Case(
        lambda: norm(DEEP, axis=(0, 2)), ValueError, "axis (0, 2) names axes of x that are not adjacent"
    ),
    "axes are apart in a tuple of three": Case(
        lambda: norm(ramp(2, 3, 4, 2), axis=(-1, 0, 1)),
        ValueError,
        "axis (-1, 0, 1) names axes of x that are not adjacent",
    ),
    "eps is nan": Case(lambda: norm(X, eps=math.nan), ValueError, "eps is nan; it must be finite and 0 or more"),
    "eps is infinite": Case(
        lambda: grad(X, X, eps=math.inf), ValueError, "eps is inf; it must be finite and 0 or more"
    ),
    "eps is negative": Case(lambda: norm(X, eps=-1), ValueError, "eps is -1; it must be finite and 0 or more"),
    "eps is too large": Case(
        lambda: norm(X, eps=10**400), ValueError, "eps is too large; it must be finite and 0 or more"
    ),
    "level has a null": Case(lambda: planish.set_cpu("avx2\0"), ValueError, "level contains a null character"),
}

BUFFERS = {
    "out is bytes": Case(lambda: norm(ROW, out=memoryview(bytes(16)).cast("f")), BufferError, "out is read-only"),
    "out is read-only": Case(lambda: norm(X, out=READ_ONLY), BufferError, "out is read-only"),
    "out[2] is read-only": Case(
        lambda: grad(X, X, out=(None, None, ROW.toreadonly())), BufferError, "out[2] is read-only"
    ),
    "out has every second feature": Case(
        lambda: norm(ROW, out=floats(range(8))[::2]), BufferError, "out has strides (8,); it must be contiguous"
    ),
    "out is reversed": Case(
        lambda: norm(X, out=ramp(2, 4)[::-1]),
        BufferError,
        "out has strides (-16, 4); its rows must be contiguous, in order and a constant stride apart",
    ),
    "out is transposed": Case(
        lambda: norm(X, out=strided(MEMORY, (2, 4), (4, 8))),
        BufferError,
        "out has strides (4, 8); its rows must be contiguous, in order and a constant stride apart",
    ),
    "rows of out overlap": Case(
        lambda: norm(X, out=strided(MEMORY, (2, 4), (12, 4))),
        BufferError,
        "out has strides (12, 4); its rows must be contiguous, in order and a constant stride apart",
    ),
    "rows of out are one": Case(
        lambda: norm(X, out=strided(MEMORY, (2, 4), (0, 4))),
        BufferError,
        "out has strides (0, 4); its rows must be contiguous, in order and a constant stride apart",
    ),
    "pixels of out are apart": Case(
        lambda: norm(ramp(2, 3, 4), axis=1, out=strided(MEMORY, (2, 3, 4), (96, 32, 8))),
        BufferError,
        "out has strides (96, 32, 8); " + PLANES.format(1),
    ),
    "channels of out are last": Case(
        lambda: norm(ramp(2, 3, 4), axis=(1,), out=strided(MEMORY, (2, 3, 4), (48, 4, 12))),
        BufferError,
        "out has strides (48, 4, 12); " + PLANES.format("(1,)"),
    ),
    "channels of out are reversed": Case(
        lambda: grad(ramp(2, 3, 4), DEEP, axis=1, out=(strided(MEMORY, (2, 3, 4), (48, -16, 4), 32), None, None)),
        BufferError,
        "out[0] has strides (48, -16, 4); " + PLANES.format(1),
    ),
    "samples of out lie inside each other": Case(
        lambda: norm(ramp(2, 3, 4), axis=1, out=strided(MEMORY, (2, 3, 4), (16, 32, 4))),
        BufferError,
        "out has strides (16, 32, 4); " + PLANES.format(1),
    ),
    "mean is not contiguous": Case(
        lambda: norm(X, out=(None, ROW[::2], None), return_stats=True),
        BufferError,
        "out[1] has strides (8,); it must be contiguous",
    ),
    "dbias is not contiguous": Case(
        lambda: grad(X, X, out=(None, None, floats(range(8))[::2])),
        BufferError,
        "out[2] has strides (8,); it must be contiguous",
    ),
}

OVERLAPS = {
    "y starts inside x": Case(
        lambda: norm(MEMORY[:4], out=MEMORY[1:5]), ValueError, "y overlaps x, 32 bytes from its start"
    ),
    "y is x with another stride": Case(
        lambda: norm(strided(MEMORY, (2, 4), (32, 4)), out=strided(MEMORY, (2, 4), (16, 4))),
        ValueError,
        "y overlaps x, 0 bytes from its start",
    ),
    "y is weight": Case(lambda: norm(ramp(4), ROW, out=ROW), ValueError, "y overlaps weight, 0 bytes from its start"),
    "dx is x": Case(
        lambda: grad(ramp(2, 8), MEMORY[:2], out=(MEMORY[:2], None, None)),
        ValueError,
        "dx overlaps x, 0 bytes from its start",
    ),
    "dbias is dweight": Case(
        lambda: grad(ramp(2, 4), X, out=(None, ROW, ROW)), ValueError, "dbias overlaps dweight, 0 bytes from its start"
    ),
}

CASES = TYPES | CALLS | SHAPES | VALUES | BUFFERS | OVERLAPS


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_text(case: Case) -> None:
    with pytest.raises(case.error) as caught:
        case.call()
    assert str(caught.value) == case.text
    assert type(caught.value) is case.error


def test_a_buffer_that_fails_raises_its_own_error() -> None:
    released = memoryview(bytearray(16)).cast("f")
    released.release()
    with pytest.raises(ValueError, match="released memoryview"):
        norm(released)


def test_an_eps_that_fails_raises_its_own_error() -> None:
    class Odd:
        def __float__(self) -> float:
            raise KeyError("odd")

    with pytest.raises(KeyError, match="odd"):
        norm(X, eps=Odd())


def test_a_flag_that_fails_raises_its_own_error() -> None:
    class Odd:
        def __bool__(self) -> bool:
            raise KeyError("odd")

    with pytest.raises(KeyError, match="odd"):
        norm(X, return_stats=Odd())
    with pytest.raises(KeyError, match="odd"):
        grad(X, X, needs=(True, Odd(), True))


@pytest.mark.parametrize("name", ["", "o", "outs", "out\0", "\0", "öut", "\udcff"], ids=ascii)
def test_keywords_that_are_almost_one(name: str) -> None:
    text = f"layer_norm() got an unexpected keyword argument '{name}'"
    with pytest.raises(TypeError) as caught:
        norm(X, **{name: None})
    assert str(caught.value) == text


def test_level_that_does_not_exist() -> None:
    before = planish.cpu()
    with pytest.raises(ValueError, match="nonsense"):
        planish.set_cpu("nonsense")
    assert planish.cpu() == before


def test_result_that_does_not_fit_into_memory() -> None:
    x = strided(MEMORY, (1 << 56, 4), (0, 4))
    with pytest.raises(MemoryError):
        norm(x)


def test_outputs_are_as_they_were() -> None:
    out = floats([7] * 8, 2, 4)
    with pytest.raises(ValueError, match="eps is nan"):
        norm(X, out=out, eps=math.nan)
    assert bits(out) == bits(floats([7] * 8))
