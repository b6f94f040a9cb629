"""The dtypes: which go together, what comes back, and that 16-bit results are float32's, rounded once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import planish
import reference
from cases import units
from tensors import CODES, FORMATS, Tensor, decode, dtype_of, encode, raw, tensor, values_of

norm: Callable[..., Any] = planish.layer_norm
grad: Callable[..., Any] = planish.layer_norm_backward

DTYPES = list(CODES)
SHORT = ["bfloat16", "float16"]
SHAPES = [(1, 1), (3, 5), (2, 64), (7, 130), (40, 33), (2, 3000)]


def numbers(name: str, count: int, dtype: str) -> list[float]:
    """Numbers in [-1, 1) that the dtype holds exactly."""
    return decode(dtype, encode(dtype, (u for u, _ in zip(units(name), range(count), strict=False))))


class Data:
    """Values that both `dtype` and float32 hold, and parameters that `parameter` holds."""

    def __init__(self, dtype: str, parameter: str, rows: int, features: int) -> None:
        self.rows, self.features = rows, features
        self.x, self.dy = (numbers(name, rows * features, dtype) for name in ("x", "dy"))
        self.weight, self.bias = (numbers(name, features, parameter) for name in ("weight", "bias"))

    def run(self, dtype: str, parameter: str, given: bool = True) -> list[Any]:
        """y, mean, rstd, dx, dweight, dbias."""
        x, dy = (tensor(dtype, values, self.rows, self.features) for values in (self.x, self.dy))
        weight = tensor(parameter, self.weight) if given else None
        bias = tensor(parameter, self.bias) if given else None
        return [*norm(x, weight, bias, return_stats=True), *grad(dy, x, weight)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("given", [True, False], ids=["affine", "plain"])
@pytest.mark.parametrize("own", [True, False], ids=["own", "float32"])
@pytest.mark.parametrize("dtype", SHORT)
def test_16_bit_results_are_rounded_once(dtype: str, own: bool, given: bool, shape: tuple[int, int]) -> None:
    parameter = dtype if own else "float32"
    data = Data(dtype, parameter, *shape)
    got = data.run(dtype, parameter, given)
    expected = data.run("float32", "float32", given)
    kinds = [dtype, "float32", "float32", dtype, *[parameter if given else dtype] * 2]
    assert [dtype_of(a) for a in got] == kinds
    assert [raw(a) for a in got] == [bytes(encode(kind, values_of(a))) for kind, a in zip(kinds, expected, strict=True)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_float64(shape: tuple[int, int]) -> None:
    data = Data("float64", "float64", *shape)
    y, mean, rstd, dx, dweight, dbias = data.run("float64", "float64")
    assert {dtype_of(a) for a in (y, mean, rstd, dx, dweight, dbias)} == {"float64"}
    f = reference.forward(data.x, data.features, data.weight, data.bias)
    b = reference.backward(data.dy, data.features, data.weight, f.xhat, f.rstd)
    # The reference itself is float64: some roundings of each side, of sizes as in the bounds of float32.
    unit = 2.0**-48
    for got, exact, sizes in (
        (y, f.y, [max(1, abs(h)) for h in f.xhat]),
        (mean, f.mean, f.std),
        (rstd, f.rstd, f.rstd),
        (dx, b.dx, [s / reference.rounding_of(1) for s in b.dx_scale]),
        (dweight, b.dweight, b.dweight_scale),
        (dbias, b.dbias, b.dbias_scale),
    ):
        for g, e, size in zip(values_of(got), exact, sizes, strict=True):
            assert abs(g - e) <= unit * (size + abs(e)) + 2.0**-60


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_a_fresh_result_is(dtype: str) -> None:
    y, mean, _ = norm(tensor(dtype, range(12), 3, 4), return_stats=True)
    assert mean.format == ("d" if dtype == "float64" else "f")
    assert y.shape == (3, 4)
    assert isinstance(y, memoryview) == (dtype != "bfloat16")
    view = memoryview(y)
    assert (view.format, view.shape, view.c_contiguous, view.readonly) == (FORMATS[dtype], (3, 4), True, False)


@pytest.mark.parametrize("dtype", DTYPES)
def test_results_are_arrays_again(dtype: str) -> None:
    x = tensor(dtype, range(12), 3, 4)
    y = norm(x)
    assert raw(norm(y)) == raw(norm(tensor(dtype, values_of(y), 3, 4)))
    assert raw(grad(y, y, norm(tensor(dtype, [1, 2, 3, 4])))[0])
    assert norm(x, out=y) is y


@pytest.mark.parametrize("dtype", DTYPES)
def test_out(dtype: str) -> None:
    x, weight = tensor(dtype, range(12), 3, 4), tensor(dtype, range(4))
    given = [tensor(dtype, [0] * 12, 3, 4), *(tensor("float64" if dtype == "float64" else "float32", [0] * 3),) * 2]
    given[2] = tensor("float64" if dtype == "float64" else "float32", [0] * 3)
    got = norm(x, weight, out=tuple(given), return_stats=True)
    assert all(a is b for a, b in zip(got, given, strict=True))
    assert [raw(a) for a in got] == [raw(a) for a in norm(x, weight, return_stats=True)]
    assert norm(x, weight, out=given[0]) is given[0]

    gradients = (tensor(dtype, [0] * 12, 3, 4), tensor(dtype, [0] * 4), tensor(dtype, [0] * 4))
    assert all(a is b for a, b in zip(grad(x, x, weight, out=gradients), gradients, strict=True))
    assert [raw(a) for a in gradients] == [raw(a) for a in grad(x, x, weight)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_in_place(dtype: str) -> None:
    x = tensor(dtype, range(12), 3, 4)
    y, dx = raw(norm(x)), raw(grad(x, tensor(dtype, range(1, 13), 3, 4))[0])
    assert raw(grad(x, tensor(dtype, range(1, 13), 3, 4), out=(x, None, None))[0]) == raw(x) == dx
    x = tensor(dtype, range(12), 3, 4)
    assert raw(norm(x, out=x)) == y


# ---- weight, bias and their gradients ----


@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("weight_own", [True, False])
@pytest.mark.parametrize("bias_own", [True, False])
def test_weight_and_bias_are_independent(dtype: str, weight_own: bool, bias_own: bool) -> None:
    x = tensor(dtype, range(12), 3, 4)
    weight, bias = ([1.0, -2.0, 0.5, 3.0], [0.25, 1.0, -1.0, 8.0])  # the same numbers in every dtype
    y = norm(x, tensor(dtype if weight_own else "float32", weight), tensor(dtype if bias_own else "float32", bias))
    assert raw(y) == raw(norm(x, tensor(dtype, weight), tensor(dtype, bias)))


@pytest.mark.parametrize("dtype", SHORT)
def test_gradients_of_parameters(dtype: str) -> None:
    """They come in weight's dtype, without weight in x's, or as `out` says."""
    x, dy = tensor(dtype, range(12), 3, 4), tensor(dtype, range(4, 16), 3, 4)
    own, wide = tensor(dtype, [1] * 4), tensor("float32", [1] * 4)
    assert [dtype_of(a) for a in grad(dy, x)] == [dtype] * 3
    assert [dtype_of(a) for a in grad(dy, x, own)] == [dtype] * 3
    assert [dtype_of(a) for a in grad(dy, x, wide)] == [dtype, "float32", "float32"]

    exact = [raw(a) for a in grad(dy, x, wide)]
    short = [raw(a) for a in grad(dy, x, own)]
    assert short[1:] == [bytes(encode(dtype, decode("float32", a))) for a in exact[1:]]
    for weight, dweight, dbias in (
        (None, "float32", "float32"),
        (None, "float32", dtype),
        (None, dtype, "float32"),
        (own, dtype, "float32"),
        (wide, "float32", dtype),
    ):
        out = (None, tensor(dweight, [0] * 4), tensor(dbias, [0] * 4))
        grad(dy, x, weight, out=out)
        assert raw(out[1]) == (exact if dweight == "float32" else short)[1]
        assert raw(out[2]) == (exact if dbias == "float32" else short)[2]


REFUSED = [
    (dtype, other)
    for dtype in DTYPES
    for other in DTYPES
    if other != dtype and not (other == "float32" and CODES[dtype][1] == 16)
]


@pytest.mark.parametrize(("dtype", "other"), REFUSED)
def test_combinations_that_are_refused(dtype: str, other: str) -> None:
    x, row, wide = tensor(dtype, range(12), 3, 4), tensor(other, range(4)), tensor(other, range(12), 3, 4)
    allowed = f"{dtype} or float32" if dtype == "float16" else dtype
    allowed = f"float32 or {dtype}" if dtype in SHORT else allowed
    statistics = "float64" if dtype == "float64" else "float32"

    def check(argument: str, expected: str, call: Callable[[], object], owner: str = f"x has dtype {dtype}") -> None:
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == f"{argument} has dtype {other}, but {owner}; expected {expected}"

    check("weight", allowed, lambda: norm(x, row))
    check("bias", allowed, lambda: norm(x, None, row))
    check("weight", allowed, lambda: grad(x, x, row))
    check("dy", dtype, lambda: grad(wide, x))
    check("out", dtype, lambda: norm(x, out=wide))
    check("out[0]", dtype, lambda: grad(x, x, out=(wide, None, None)))
    check("out[1]", allowed, lambda: grad(x, x, out=(None, row, None)))
    check("out[2]", allowed, lambda: grad(x, x, out=(None, None, row)))
    given = tensor(dtype, range(4))
    check("out[1]", dtype, lambda: grad(x, x, given, out=(None, row, None)), f"weight has dtype {dtype}")
    if other != statistics:
        short = tensor(other, range(3))
        check("mean", statistics, lambda: grad(x, x, mean=short, rstd=short))
        check("out[1]", statistics, lambda: norm(x, out=(None, short, None), return_stats=True))


# ---- Formats ----


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("prefix", ["", "@", "=", "<"])
def test_prefixes_of_formats(dtype: str, prefix: str) -> None:
    from views import strided

    data = encode(dtype, range(8))
    itemsize = len(data) // 8
    x = strided(memoryview(data), (2, 4), (4 * itemsize, itemsize), format=prefix + FORMATS[dtype])
    assert raw(norm(x)) == raw(norm(tensor(dtype, range(8), 2, 4)))


def test_bits_are_no_bfloat16() -> None:
    """A memoryview of a bfloat16 result is one of 16-bit integers."""
    y = norm(Tensor("bfloat16", encode("bfloat16", range(8)), 2, 4))
    with pytest.raises(TypeError) as caught:
        norm(memoryview(y))
    assert str(caught.value).startswith("x has format 'H'; expected 'f' (float32), 'd' (float64), bfloat16 or")


@pytest.mark.parametrize("dtype", SHORT)
def test_values_at_the_edges(dtype: str) -> None:
    """Subnormals are kept, what is too large becomes infinite."""
    huge, least = (60000.0, 2.0**-24) if dtype == "float16" else (3e38, 2.0**-133)
    y = values_of(norm(tensor(dtype, [huge, -huge, huge, -huge], 1, 4)))
    assert y == [1, -1, 1, -1]
    y = values_of(norm(tensor(dtype, [1, -1], 1, 2), tensor(dtype, [least, least]), eps=0))
    assert y == [least, -least]
    y = values_of(norm(tensor(dtype, [1, -1], 1, 2), tensor("float32", [3.4e38, 3.4e38]), eps=0))
    assert y == [math.inf, -math.inf]
