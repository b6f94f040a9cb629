"""What can be read and written: kinds of arrays, and layouts."""

from __future__ import annotations

import ctypes
import mmap
import tracemalloc
from array import array
from pathlib import Path

import pytest

import planish
from views import bits, floats, ramp, strided, zeros

X = ramp(6, 8)
Y = bits(planish.layer_norm(X))


def contiguous(view: memoryview[float]) -> memoryview[float]:
    """A copy in C order; the view itself if it is empty, which `cast` refuses."""
    return memoryview(view.tobytes()).cast("f", view.shape or ()) if view.nbytes else view


def test_array_array_is_one_row() -> None:
    y = planish.layer_norm(array("f", [1, 2, 3, 4]), eps=0)
    assert y.tolist() == pytest.approx([-1.3416408, -0.4472136, 0.4472136, 1.3416408], abs=1e-6)


def test_ctypes_array() -> None:
    x = ((ctypes.c_float * 8) * 6)()
    ctypes.memmove(x, X.tobytes(), ctypes.sizeof(x))
    y = planish.layer_norm(x)
    assert y.shape == (6, 8)
    assert bits(y) == Y


def test_ctypes_array_as_out() -> None:
    out = ((ctypes.c_float * 8) * 6)()
    assert planish.layer_norm(X, out=out) is out
    assert bytes(out) == Y


@pytest.mark.parametrize("prefix", ["", "@"])
def test_format_prefixes_of_memoryview(prefix: str) -> None:
    x = memoryview(X.tobytes()).cast(f"{prefix}f", (6, 8))  # type: ignore[call-overload]
    assert bits(planish.layer_norm(x)) == Y


def test_bytes_are_read() -> None:
    assert bits(planish.layer_norm(memoryview(X.tobytes()).cast("f", (6, 8)))) == Y


def test_mmap_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x.f32"
    file.write_bytes(X.tobytes())
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as whole,
        whole.cast("f", (6, 8)) as x,
    ):
        assert bits(planish.layer_norm(x)) == Y


@pytest.mark.parametrize("offset", range(1, 5))
def test_misaligned(offset: int) -> None:
    memory = bytearray(offset) + X.tobytes()
    x = memoryview(memory)[offset:].cast("f", (6, 8))
    assert bits(planish.layer_norm(x)) == Y
    assert bits(planish.layer_norm(x, out=x)) == Y


def test_every_second_row() -> None:
    y = planish.layer_norm(X[::2])
    assert y.shape == (3, 8)
    assert bits(y) == bits(planish.layer_norm(contiguous(X[::2])))


def test_reversed_rows() -> None:
    assert bits(planish.layer_norm(X[::-1])) == bits(planish.layer_norm(contiguous(X[::-1])))


def test_reversed_features() -> None:
    x = floats(range(5))
    assert bits(planish.layer_norm(x[::-1])) == bits(planish.layer_norm(contiguous(x[::-1])))


LAYOUTS = {
    "columns of a wider array": ((6, 5), (32, 4), 8),
    "a plane of outer axes that collapse": ((3, 2, 5), (64, 32, 4), 0),
    "one outer axis of one element": ((6, 1, 5), (32, 999, 4), 0),
    "outer axes that do not collapse": ((2, 2, 5), (96, 32, 4), 0),
    "transposed": ((8, 6), (4, 32), 0),
    "one row read many times": ((4, 8), (0, 4), 32),
    "one element read many times": ((2, 8), (32, 0), 0),
    "windows that overlap": ((5, 8), (4, 4), 0),
    "negative strides": ((6, 8), (-32, -4), 188),
    "a row stride that is no number of elements": ((5, 6), (33, 4), 0),
    "every second feature": ((6, 4), (32, 8), 4),
    "one row": ((1, 8), (-1, 4), 32),
    "no rows": ((0, 8), (64, 4), 0),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(layout: tuple[tuple[int, ...], tuple[int, ...], int]) -> None:
    memory = ramp(6, 8)
    x = strided(memory, *layout)
    plain = contiguous(x)
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    assert y.shape == x.shape
    assert [bits(a) for a in (y, mean, rstd)] == [bits(a) for a in planish.layer_norm(plain, return_stats=True)]

    gradients = planish.layer_norm_backward(x, x)
    assert [bits(a) for a in gradients] == [bits(a) for a in planish.layer_norm_backward(plain, plain)]
    gradients = planish.layer_norm_backward(y, x)
    assert [bits(a) for a in gradients] == [bits(a) for a in planish.layer_norm_backward(y, plain)]


def test_axes_together_need_contiguous_rows_only() -> None:
    memory = ramp(4, 3, 8)
    x = strided(memory, (2, 3, 8), (192, 32, 4))
    y = planish.layer_norm(x, axis=(1, 2))
    assert bits(y) == bits(planish.layer_norm(contiguous(x), axis=(-1, -2)))


def test_strided_weight_and_statistics_are_packed() -> None:
    weight = floats(range(16))[::2]
    assert bits(planish.layer_norm(X, weight, weight)) == bits(
        planish.layer_norm(X, contiguous(weight), contiguous(weight))
    )
    _, mean, rstd = planish.layer_norm(X, return_stats=True)
    wide = floats(v for m in mean for v in (m, 0))[::2]
    assert [bits(a) for a in planish.layer_norm_backward(X, X, mean=wide, rstd=rstd)] == [
        bits(a) for a in planish.layer_norm_backward(X, X, mean=mean, rstd=rstd)
    ]


def test_weight_over_two_axes() -> None:
    weight, bias = ramp(3, 8), floats(range(24), 3, 8)
    x = ramp(2, 3, 8)
    y = planish.layer_norm(x, weight, bias, axis=(1, 2))
    flat = planish.layer_norm(
        floats(memoryview(x.tobytes()).cast("f"), 2, 24),
        floats(memoryview(weight.tobytes()).cast("f")),
        floats(memoryview(bias.tobytes()).cast("f")),
    )
    assert bits(y) == bits(flat)


def test_rows_are_read_and_written_in_place() -> None:
    memory, other = ramp(64, 1024), zeros(64, 1024)
    x, out = (strided(m, (64, 1000), (4096, 4), 8) for m in (memory, other))
    planish.layer_norm(x, out=out)
    tracemalloc.start()
    planish.layer_norm(x, out=out)
    planish.layer_norm_backward(x, x, needs=(True, False, False), out=(out, None, None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 16


def test_nothing_is_written_between_rows() -> None:
    memory = floats([7] * 64, 8, 8)
    out = strided(memory, (8, 5), (32, 4), 8)
    x = ramp(8, 5)
    assert planish.layer_norm(x, out=out) is out
    assert out.tolist() == planish.layer_norm(x).tolist()
    rows: list[list[float]] = memory.tolist()  # type: ignore[assignment]
    assert [row[:2] + row[7:] for row in rows] == [[7, 7, 7]] * 8
