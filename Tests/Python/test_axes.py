"""Axes in the middle and in front: the same bits as with the data transposed, so that the axes are the last ones."""

from __future__ import annotations

import math
import mmap
import os
import struct
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest

import planish
from tensors import CODES, FORMATS, raw, tensor, values_of
from views import bits, ramp, steps_of, strided, zeros

norm: Callable[..., Any] = planish.layer_norm
grad: Callable[..., Any] = planish.layer_norm_backward

SHAPE = (2, 3, 4, 5)
RANGES = [(first, end) for first in range(4) for end in range(first + 1, 5)]


def transposed(values: Sequence[float], shape: Sequence[int], order: Sequence[int]) -> list[float]:
    """The values in C order after the axes are put into this order."""
    steps = [steps_of(shape, 1)[axis] for axis in order]
    places = product(*(range(shape[axis]) for axis in order))
    return [values[sum(i * step for i, step in zip(place, steps, strict=True))] for place in places]


def pattern(count: int, factor: int) -> list[float]:
    return [(i * i * factor + i * 3) % 61 / 4 - 7 for i in range(count)]


def run(dtype: str, shape: Sequence[int], axis: object, x: list[float], dy: list[float], over: Sequence[int]) -> Any:
    count = math.prod(over)
    weight, bias = tensor(dtype, pattern(count, 5), *over), tensor(dtype, pattern(count, 11), *over)
    xs, dys = tensor(dtype, x, *shape), tensor(dtype, dy, *shape)
    y, mean, rstd = norm(xs, weight, bias, axis=axis, return_stats=True)
    given = grad(dys, xs, weight, mean=mean, rstd=rstd, axis=axis)
    computed = grad(dys, xs, weight, axis=axis)
    assert [raw(a) for a in given] == [raw(a) for a in computed]
    return (y, mean, rstd, *given)


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize(("first", "end"), RANGES)
@pytest.mark.parametrize("shape", [SHAPE, (2, 70, 3, 7), (3, 1, 5, 1), (1, 4, 1, 1), (4, 1, 1, 6)], ids=str)
def test_as_if_transposed(dtype: str, first: int, end: int, shape: tuple[int, ...]) -> None:
    x, dy = pattern(math.prod(shape), 7), pattern(math.prod(shape), 13)
    order = [axis for axis in range(4) if not first <= axis < end] + list(range(first, end))
    outside, over = tuple(shape[axis] for axis in order[: 4 + first - end]), shape[first:end]
    got = run(dtype, shape, tuple(range(first, end)), x, dy, over)
    moved = (*outside, *over)
    last = tuple(range(-len(over), 0))
    expected = run(dtype, moved, last, transposed(x, shape, order), transposed(dy, shape, order), over)

    assert [a.shape for a in got] == [shape, outside, outside, shape, over, over]
    for a, b in zip(got, expected, strict=True):
        values = values_of(a)
        assert (transposed(values, shape, order) if a.shape == shape else values) == values_of(b)


@pytest.mark.parametrize("axis", [1, -3, (1,), (-3,)])
def test_spellings_of_channels_first(axis: object) -> None:
    x = ramp(*SHAPE)
    assert bits(norm(x, axis=axis)) == bits(norm(x, axis=1))
    assert bits(norm(x, axis=(2, 1))) == bits(norm(x, axis=(-3, -2)))


@pytest.mark.parametrize("shape", [(0, 3, 4), (2, 3, 0), (0, 3, 0)])
def test_nothing_to_normalize(shape: tuple[int, ...]) -> None:
    memory = ramp(64)
    x = strided(memory, shape, steps_of(shape, 4))
    y, mean, rstd = norm(x, axis=1, return_stats=True)
    assert (y.shape, mean.shape, rstd.shape) == (shape, shape[::2], shape[::2])
    dx, dweight, dbias = grad(y, x, mean=mean, rstd=rstd, axis=1)
    assert dx.shape == shape
    assert dweight.tolist() == dbias.tolist() == [0, 0, 0]


# ---- Layouts: shape, strides in bytes, start, axis; whether they are used where they are ----

LAYOUTS = {
    "planes": ((3, 4, 5), (80, 20, 4), 0, 1, True),
    "planes of a wider array": ((3, 4, 5), (320, 32, 4), 8, 1, True),
    "rows of wider planes": ((2, 3, 2, 4), (192, 64, 16, 4), 16, 1, True),
    "every second channel": ((2, 3, 5), (240, 40, 4), 0, 1, True),
    "every second sample": ((2, 3, 5), (120, 20, 4), 0, 1, True),
    "axes of one element anywhere": ((1, 3, 1, 4, 1, 5, 1), (-1, 80, 7, 20, 3, 4, 9), 0, 3, True),
    "one sample": ((1, 3, 5), (0, 20, 4), 0, 1, True),
    "one channel": ((3, 1, 5), (32, 0, 4), 0, 1, True),
    "one pixel, channels together": ((3, 4, 1), (32, 4, 99), 0, 1, True),
    "two axes of channels": ((2, 2, 3, 5), (240, 60, 20, 4), 0, (1, 2), True),
    "in front": ((4, 3, 2), (48, 8, 4), 0, 0, True),
    "one pixel, channels apart": ((3, 4, 1), (32, 8, 4), 0, 1, False),
    "channels that do not collapse": ((2, 2, 2, 5), (240, 80, 20, 4), 0, (1, 2), False),
    "columns of planes": ((2, 3, 2, 4), (192, 64, 32, 4), 16, 1, False),
    "channels last": ((2, 4, 5), (80, 4, 16), 0, 1, False),
    "samples between channels": ((3, 4, 5), (20, 60, 4), 0, 1, False),
    "reversed": ((3, 4, 5), (80, 20, -4), 16, 1, False),
    "channels reversed": ((3, 4, 5), (80, -20, 4), 60, 1, False),
    "one channel read many times": ((3, 4, 5), (80, 0, 4), 0, 1, False),
    "pixels read many times": ((3, 4, 5), (80, 20, 0), 0, 1, False),
    "no whole elements apart": ((3, 4, 5), (90, 22, 4), 0, 1, False),
    "as far apart as can be": ((1, 2, 5), (2**63 - 4, 20, 4), 0, 1, True),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(layout: tuple[tuple[int, ...], tuple[int, ...], int, Any, bool]) -> None:
    shape, strides, start, axis, in_place = layout
    memory, other = ramp(256), zeros(256)
    x = strided(memory, shape, strides, start)
    plain = memoryview(bytearray(x.tobytes())).cast("B").cast("f", shape)
    expected = norm(plain, axis=axis, return_stats=True)
    assert [bits(a) for a in norm(x, axis=axis, return_stats=True)] == [bits(a) for a in expected]
    gradients = [bits(a) for a in grad(plain, plain, axis=axis)]
    assert [bits(a) for a in grad(x, x, axis=axis)] == gradients

    out = strided(other, shape, strides, start)
    if in_place:
        assert norm(x, axis=axis, out=out) is out
        assert bits(out) == bits(expected[0])
        assert sum(v != 0 for v in other.tolist()) <= math.prod(shape)  # nothing is written elsewhere
        assert bits(grad(x, plain, axis=axis, out=(out, None, None))[0]) == gradients[0]
        norm(x, axis=axis, out=x)
        assert bits(x) == bits(expected[0])
    else:
        with pytest.raises(BufferError, match="out has strides"):
            norm(x, axis=axis, out=out)


def test_planes_are_read_and_written_in_place() -> None:
    memory, other = ramp(4, 64, 512), zeros(4, 64, 512)
    x, out = (strided(m, (4, 64, 500), (64 * 2048, 2048, 4), 8) for m in (memory, other))
    norm(x, axis=1, out=out)
    tracemalloc.start()
    norm(x, axis=1, out=out)
    grad(x, x, axis=1, needs=(True, False, False), out=(out, None, None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 16


# ---- Sizes beyond 32 bits, in memory of which only a few pages are ever touched ----

FAR = 2**31 + 24  # elements


@pytest.fixture
def sparse() -> Callable[[int], memoryview]:
    """Makes that many bytes of zeros."""
    made = []

    def make(size: int) -> memoryview:
        no_reserve = 0x4000
        try:
            made.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve))
        except OSError:
            pytest.skip(f"no address space of {size} bytes")
        return memoryview(made[-1])

    return make


@pytest.mark.parametrize(
    ("shape", "axis"), [((3, 8), -1), ((3, 2, 4), 1), ((1, 3, 5), 1), ((3, 1, 5), (1, 2))], ids=str
)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_strides_of_more_than_2_31_elements(
    sparse: Callable[[int], memoryview], dtype: str, shape: tuple[int, ...], axis: Any
) -> None:
    itemsize = CODES[dtype][1] // 8
    far = next(i for i, extent in enumerate(shape) if extent == 3)
    strides = steps_of(shape, itemsize)
    strides[far] = FAR * itemsize
    count = math.prod(shape)
    plain = tensor(dtype, pattern(count, 7), *shape)
    memory, other = sparse(itemsize * (2 * FAR + 64)), sparse(itemsize * (2 * FAR + 64))
    piece = len(raw(plain)) // 3
    for i in range(3):
        start = i * FAR * itemsize
        memory[start : start + piece] = raw(plain)[i * piece : (i + 1) * piece]
    x, out = (strided(m, shape, strides, format=FORMATS[dtype]) for m in (memory, other))
    assert raw(norm(x, axis=axis, out=out)) == raw(norm(plain, axis=axis))
    assert [raw(a) for a in grad(x, x, axis=axis)] == [raw(a) for a in grad(plain, plain, axis=axis)]


@pytest.mark.parametrize(
    ("shape", "axis"), [((2**21 + 1, 1024), -1), ((1, 1024, 2**21 + 1), 1), ((1024, 2**21 + 1), 0)], ids=str
)
@pytest.mark.skipif(not os.environ.get("PLANISH_TEST_LARGE"), reason="takes a minute: set PLANISH_TEST_LARGE=1")
def test_more_than_2_31_elements(sparse: Callable[[int], memoryview], shape: tuple[int, ...], axis: int) -> None:
    """x is zeros but for the last element; the sums hold what it makes."""
    memory = sparse(2 * math.prod(shape))
    memory[-2:] = struct.pack("e", 1)
    x = strided(memory, shape, steps_of(shape, 2), format="e")
    _, dweight, dbias = grad(x, x, axis=axis, eps=1, needs=(False, True, True))
    last = tensor("float16", [0] * 1023 + [1])
    expected = grad(last, last, eps=1)
    assert [raw(dweight), raw(dbias)] == [raw(expected[1]), raw(expected[2])]
