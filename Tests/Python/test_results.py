"""What comes back: kinds, shapes, given outputs, levels of the CPU, threads."""

from __future__ import annotations

import ctypes
import resource
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import planish
from views import bits, floats, ramp, strided, zeros

X, DY = ramp(6, 8), floats(range(48), 6, 8)
WEIGHT, BIAS = ramp(8), floats(range(8))
STATM = Path("/proc/self/statm")


def test_fresh_results_are_memoryviews_like_x() -> None:
    y = planish.layer_norm(X)
    assert isinstance(y, memoryview)
    assert (y.format, y.shape, y.itemsize, y.c_contiguous, y.readonly) == ("f", (6, 8), 4, True, False)


@pytest.mark.parametrize("shape", [(8,), (1, 1), (6, 8), (2, 3, 5, 7)])
def test_fresh_results_are_aligned(shape: tuple[int, ...]) -> None:
    for result in planish.layer_norm(ramp(*shape), return_stats=True):
        owner = (ctypes.c_char * result.nbytes).from_buffer(result)
        assert ctypes.addressof(owner) % 64 == 0


def test_a_result_outlives_its_view() -> None:
    half = planish.layer_norm(X)[3:]
    assert half.tolist() == planish.layer_norm(X[3:]).tolist()


@pytest.mark.skipif(not STATM.exists(), reason="no /proc")
def test_memory_of_results_is_given_back() -> None:
    x = zeros(256, 4096)  # 4 MiB: more than malloc keeps

    def resident() -> int:
        return int(STATM.read_text().split()[1]) * resource.getpagesize()

    planish.layer_norm_backward(x, x)
    before = resident()
    for _ in range(20):
        planish.layer_norm(x)
        planish.layer_norm_backward(x, x)
    assert resident() - before < 4 * x.nbytes


def test_memory_of_a_result_cannot_be_made_by_hand() -> None:
    kind = type(planish.layer_norm(X).obj)
    with pytest.raises(TypeError, match=r"cannot create '.*Result' instances"):
        kind()


@pytest.mark.parametrize(
    ("axis", "outside", "over"),
    [
        (-1, (2, 3), (4,)),
        (2, (2, 3), (4,)),
        ((2,), (2, 3), (4,)),
        ((1, 2), (2,), (3, 4)),
        ((-1, -2), (2,), (3, 4)),
        ((2, 0, 1), (), (2, 3, 4)),
        (1, (2, 4), (3,)),
        (0, (3, 4), (2,)),
        ((1, 0), (4,), (2, 3)),
    ],
)
def test_shapes(axis: int | tuple[int, ...], outside: tuple[int, ...], over: tuple[int, ...]) -> None:
    x = ramp(2, 3, 4)
    y, mean, rstd = planish.layer_norm(x, axis=axis, return_stats=True)
    assert (y.shape, mean.shape, rstd.shape) == ((2, 3, 4), outside, outside)
    dx, dweight, dbias = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd, axis=axis)
    assert (dx.shape, dweight.shape, dbias.shape) == ((2, 3, 4), over, over)


def test_one_row_has_statistics_without_axes() -> None:
    x = array("f", [1, 2, 3, 6])
    y, mean, rstd = planish.layer_norm(x, eps=1, return_stats=True)
    assert mean.shape == rstd.shape == ()
    assert mean[()] == 3
    assert rstd[()] == pytest.approx(4.5**-0.5)
    given = planish.layer_norm_backward(y, x, mean=ctypes.c_float(mean[()]), rstd=rstd, eps=1)
    assert [bits(a) for a in given] == [bits(a) for a in planish.layer_norm_backward(y, x, eps=1)]


def test_no_rows() -> None:
    x = X[:0]
    y, mean, rstd = planish.layer_norm(x, WEIGHT, BIAS, return_stats=True)
    assert (y.shape, mean.shape, rstd.shape) == ((0, 8), (0,), (0,))
    dx, dweight, dbias = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd)
    assert dx.shape == (0, 8)
    assert dweight.tolist() == dbias.tolist() == [0] * 8


def test_weight_and_bias_by_position_name_and_none() -> None:
    y = bits(planish.layer_norm(X, WEIGHT, BIAS))
    assert bits(planish.layer_norm(bias=BIAS, weight=WEIGHT, x=X)) == y
    assert bits(planish.layer_norm(X, None, BIAS)) == bits(planish.layer_norm(X, bias=BIAS))
    plain = planish.layer_norm(X).tolist()
    scaled = planish.layer_norm(X, floats([2] * 8)).tolist()
    assert scaled == [[2 * v for v in row] for row in plain]  # type: ignore[attr-defined]


def test_out_is_returned_itself() -> None:
    expected = planish.layer_norm(X, return_stats=True)
    y, mean, rstd = zeros(6, 8), array("f", bytes(24)), zeros(6)
    assert planish.layer_norm(X, out=y) is y
    assert bits(y) == bits(expected[0])

    got = planish.layer_norm(X, out=(y, mean, rstd), return_stats=True)
    assert all(a is b for a, b in zip(got, (y, mean, rstd), strict=True))
    assert (mean.tobytes(), bits(rstd)) == (bits(expected[1]), bits(expected[2]))


def test_out_may_be_y_alone_or_have_gaps() -> None:
    expected = [bits(a) for a in planish.layer_norm(X, return_stats=True)]
    y, rstd = zeros(6, 8), zeros(6)
    one = planish.layer_norm(X, out=y, return_stats=True)
    assert one[0] is y
    assert [bits(a) for a in one] == expected
    gaps = planish.layer_norm(X, out=(None, None, rstd), return_stats=True)
    assert gaps[2] is rstd
    assert [memoryview(a).tobytes() for a in gaps] == expected


def test_gradients_into_out() -> None:
    expected = [bits(a) for a in planish.layer_norm_backward(DY, X, WEIGHT)]
    dx, dweight, dbias = zeros(6, 8), zeros(8), zeros(8)
    got = planish.layer_norm_backward(DY, X, WEIGHT, out=(dx, dweight, dbias))
    assert all(a is b for a, b in zip(got, (dx, dweight, dbias), strict=True))
    assert [bits(a) for a in got] == expected
    part = planish.layer_norm_backward(DY, X, WEIGHT, out=(None, dweight, None))
    assert part[1] is dweight
    assert [memoryview(a or b"").tobytes() for a in part] == expected


@pytest.mark.parametrize("needs", [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_needs(needs: tuple[int, int, int]) -> None:
    expected = planish.layer_norm_backward(DY, X, WEIGHT)
    got = planish.layer_norm_backward(DY, X, WEIGHT, needs=(needs[0] == 1, needs[1] == 1, needs[2] == 1))
    for need, a, b in zip(needs, got, expected, strict=True):
        assert a is None if not need else bits(a) == bits(b)


def test_given_statistics_give_the_same_gradients() -> None:
    _, mean, rstd = planish.layer_norm(X, return_stats=True)
    given = planish.layer_norm_backward(DY, X, WEIGHT, mean=mean, rstd=rstd)
    assert [bits(a) for a in given] == [bits(a) for a in planish.layer_norm_backward(DY, X, WEIGHT)]


def test_in_place() -> None:
    x, dy = floats(WEIGHT.tolist() * 6, 6, 8), floats(range(48), 6, 8)
    y, dx = bits(planish.layer_norm(x)), bits(planish.layer_norm_backward(dy, x)[0])
    planish.layer_norm_backward(dy, x, out=(dy, None, None))
    assert bits(dy) == dx
    assert planish.layer_norm(x, out=x) is x
    assert bits(x) == y


def test_in_place_between_other_columns() -> None:
    memory = ramp(6, 8)
    x = strided(memory, (6, 5), (32, 4), 8)
    y = planish.layer_norm(x).tolist()
    planish.layer_norm(x, out=x)
    assert x.tolist() == y


def test_a_packed_input_may_share_memory_with_out() -> None:
    x = ramp(6, 8)
    expected = planish.layer_norm(x[::-1]).tolist()
    planish.layer_norm(x[::-1], out=x)
    assert x.tolist() == expected


def test_levels_agree(level: str) -> None:
    assert planish.cpu() == level
    got = [bits(a) for a in planish.layer_norm(X, WEIGHT, BIAS, return_stats=True)]
    got += [bits(a) for a in planish.layer_norm_backward(DY, X, WEIGHT)]
    planish.set_cpu("baseline" if "baseline" in planish.cpus() else None)
    expected = [bits(a) for a in planish.layer_norm(X, WEIGHT, BIAS, return_stats=True)]
    expected += [bits(a) for a in planish.layer_norm_backward(DY, X, WEIGHT)]
    assert got == expected


@pytest.mark.parametrize("shape", [(6, 8), (200, 300)], ids=["small", "large"])
def test_threads(shape: tuple[int, int]) -> None:
    x, dy = ramp(*shape), ramp(*shape)
    y, gradients = bits(planish.layer_norm(x)), [bits(a) for a in planish.layer_norm_backward(dy, x)]

    def work(_: int) -> bool:
        same = bits(planish.layer_norm(x)) == y
        return same and [bits(a) for a in planish.layer_norm_backward(dy, x)] == gradients

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
