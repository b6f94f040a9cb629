"""NumPy arrays in and out; the extension itself imports no NumPy."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import planish

np: Any = pytest.importorskip("numpy")


@pytest.fixture
def x() -> Any:
    return np.random.default_rng(0).standard_normal((6, 4, 8), np.float32)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[:, :, 1:6],
        lambda x: x[::2, 1],
        lambda x: x[:, ::-1],
        lambda x: x.T,
        lambda x: x.transpose(1, 0, 2),
        lambda x: np.broadcast_to(x[0, 0], (5, 8)),
        lambda x: np.asfortranarray(x),
        lambda x: x[None, :, None],
        lambda x: x[:0],
    ],
)
def test_layouts(x: Any, view: Any) -> None:
    part = view(x)
    got = planish.layer_norm(part, return_stats=True)
    expected = planish.layer_norm(part.copy(order="C"), return_stats=True)
    for a, b in zip(got, expected, strict=True):
        assert a.shape == b.shape
        assert np.array_equal(np.asarray(a), np.asarray(b))


def test_values(x: Any) -> None:
    y, mean, rstd = map(np.asarray, planish.layer_norm(x, axis=(1, 2), return_stats=True))
    wide = x.astype(np.float64)
    center, variance = wide.mean((1, 2), keepdims=True), wide.var((1, 2), keepdims=True)
    assert np.allclose(y, (wide - center) / np.sqrt(variance + 1e-5), atol=1e-6)
    assert np.allclose(mean, center[:, 0, 0], atol=1e-7)
    assert np.allclose(rstd, 1 / np.sqrt(variance[:, 0, 0] + 1e-5), rtol=1e-6)


def test_out(x: Any) -> None:
    wide = np.zeros((6, 4, 10), np.float32)
    out = wide[:, :, 1:9]
    assert planish.layer_norm(x, out=out) is out
    assert np.array_equal(out, planish.layer_norm(x))
    assert not wide[:, :, 0].any()
    assert not wide[:, :, 9].any()


def test_fields_of_records_are_packed() -> None:
    records = np.zeros(5, np.dtype([("tag", "u1"), ("row", "f4", 8)]))
    records["row"] = np.arange(40).reshape(5, 8)
    assert np.array_equal(planish.layer_norm(records["row"]), planish.layer_norm(records["row"].copy()))


@pytest.mark.parametrize("dtype", [">f4", ">f8", "u2", "i4", "c8", "?", "g"])
def test_other_dtypes(x: Any, dtype: str) -> None:
    with pytest.raises(TypeError, match=r"^x has format '.+'; expected 'f' \(float32\), .*'e' \(float16\)$"):
        planish.layer_norm(x.astype(dtype))


def test_read_only_out(x: Any) -> None:
    out = np.zeros_like(x)
    out.flags.writeable = False
    with pytest.raises(BufferError, match=r"^out is read-only$"):
        planish.layer_norm(x, out=out)


def test_statistics_without_axes() -> None:
    row = np.arange(4, dtype=np.float32)
    mean, rstd = np.zeros((), np.float32), np.zeros((), np.float32)
    planish.layer_norm(row, out=(None, mean, rstd), return_stats=True)
    dx, _, _ = planish.layer_norm_backward(row, row, mean=mean, rstd=rstd)
    assert mean == 1.5
    assert np.array_equal(dx, planish.layer_norm_backward(row, row)[0])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_dtypes(x: Any, dtype: str) -> None:
    x = x.astype(dtype)
    y, mean, rstd = map(np.asarray, planish.layer_norm(x, return_stats=True))
    assert (y.dtype, mean.dtype, rstd.dtype) == (dtype, *("f8" if dtype == "f8" else "f4",) * 2)
    wide = x.astype("f8")
    center, variance = wide.mean(-1, keepdims=True), wide.var(-1, keepdims=True)
    unit = {"f2": 2.0**-10, "f4": 2.0**-21, "f8": 2.0**-49}[dtype]
    assert np.allclose(y, (wide - center) / np.sqrt(variance + 1e-5), atol=unit, rtol=unit)


def test_channels_first(x: Any) -> None:
    x = x.reshape(6, 4, 2, 4)
    y, mean, _ = map(np.asarray, planish.layer_norm(x, axis=1, return_stats=True))
    last = np.asarray(planish.layer_norm(np.ascontiguousarray(x.transpose(0, 2, 3, 1))))
    assert np.array_equal(y, last.transpose(0, 3, 1, 2))
    assert mean.shape == (6, 2, 4)
    part = x[:, ::2, 1:]
    out = np.zeros_like(x)[:, ::2, 1:]
    assert planish.layer_norm(part, axis=1, out=out) is out
    assert np.array_equal(out, planish.layer_norm(part.copy(), axis=1))


@pytest.fixture
def bfloat16() -> Any:
    return pytest.importorskip("ml_dtypes").bfloat16


def same(result: Any, array: Any) -> bool:
    """Two arrays of ml_dtypes.bfloat16 hold the same bits."""
    return result.dtype == array.dtype and bool(np.array_equal(result.view("u2"), array.view("u2")))


def test_bfloat16(x: Any, bfloat16: Any) -> None:
    short = x.astype(bfloat16)
    weight = np.linspace(1, 2, 8).astype(bfloat16)
    y, mean, rstd = planish.layer_norm(short, weight, return_stats=True)
    wide = [np.asarray(a) for a in planish.layer_norm(short.astype("f4"), weight.astype("f4"), return_stats=True)]
    assert same(y, wide[0].astype(bfloat16))
    assert np.array_equal(mean, wide[1])
    assert np.array_equal(rstd, wide[2])
    gradients = planish.layer_norm_backward(short, short, weight, mean=mean, rstd=rstd)
    exact = planish.layer_norm_backward(short.astype("f4"), short.astype("f4"), weight.astype("f4"))
    assert all(same(a, np.asarray(b).astype(bfloat16)) for a, b in zip(gradients, exact, strict=True))


def test_bfloat16_out_and_layouts(x: Any, bfloat16: Any) -> None:
    short = x.astype(bfloat16)
    out = np.zeros((6, 4, 10), bfloat16)[:, :, 1:9]
    assert planish.layer_norm(short, out=out) is out
    assert same(planish.layer_norm(short), out)
    for part in (short[::2, :, :5], short.T, short[:, ::-1], short[:0]):
        assert same(planish.layer_norm(part), planish.layer_norm(part.copy()))
    assert planish.layer_norm(short, out=short) is short
    assert np.array_equal(short, out)
    short.flags.writeable = False
    with pytest.raises(BufferError, match=r"^out is read-only$"):
        planish.layer_norm(out, out=short)


def test_other_dtypes_of_ml_dtypes(bfloat16: Any) -> None:
    float8 = np.zeros((2, 4), pytest.importorskip("ml_dtypes").float8_e4m3fn)
    with pytest.raises(TypeError, match=r"^x has dtype float8_e4m3fn; expected float32, .* or float16$"):
        planish.layer_norm(float8)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_results_are_numpys(x: Any, dtype: str) -> None:
    kind = np.dtype(pytest.importorskip("ml_dtypes").bfloat16 if dtype == "bfloat16" else dtype)
    x, statistic = x.astype(kind), "float64" if dtype == "float64" else "float32"
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    gradients = planish.layer_norm_backward(x, x, mean=mean, rstd=rstd)
    results = [y, mean, rstd, *gradients]
    assert [type(result) for result in results] == [np.ndarray] * 6
    assert [result.dtype for result in results] == [kind, statistic, statistic, kind, kind, kind]
    assert [result.shape for result in results] == [(6, 4, 8), (6, 4), (6, 4), (6, 4, 8), (8,), (8,)]
    assert all(result.flags.c_contiguous and result.flags.writeable and result.flags.aligned for result in results)
    assert all(result.ctypes.data % 64 == 0 for result in results)
    assert not planish.layer_norm_backward(x, x, needs=(True, False, True))[1]


def test_x_decides(x: Any) -> None:
    weight = memoryview(bytearray(32)).cast("f")
    assert type(planish.layer_norm(x, weight)) is np.ndarray
    assert type(planish.layer_norm(weight, np.ones(8, np.float32))) is memoryview
    assert [type(a) for a in planish.layer_norm_backward(weight, np.ones(8, np.float32))] == [np.ndarray] * 3
    out = np.zeros_like(x)
    given = planish.layer_norm(memoryview(x), out=(out, None, None), return_stats=True)
    assert given[0] is out
    assert type(given[1]) is memoryview


def test_subclasses_get_plain_arrays(tmp_path: Any) -> None:
    class Own(np.ndarray):
        pass

    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(2, 8))
    for special in (mapped, np.zeros((2, 8), np.float32).view(Own)):
        assert type(planish.layer_norm(special)) is np.ndarray


def test_memory_of_arrays_is_kept_and_recycled() -> None:
    planish.release_memory()
    x = np.zeros((64, 512), np.float32)
    part = planish.layer_norm(x + 1, bias=np.arange(512, dtype=np.float32))[3:4]
    expected = part.copy()
    others = [planish.layer_norm(x) for _ in range(3)]
    assert planish.release_memory() == 0
    assert np.array_equal(part, expected)
    del part, others
    assert planish.release_memory() >= 4 * x.nbytes


def test_results_are_tensors() -> None:
    x = np.arange(8, dtype=np.float32)
    y = planish.layer_norm(memoryview(x))
    shared = np.from_dlpack(y.obj)
    assert np.array_equal(shared, y)
    shared[:] = 0
    assert not np.asarray(y).any()
    copy = np.from_dlpack(y.obj, copy=True)
    copy[:] = 1
    assert not np.asarray(y).any()


def test_nothing_leaks(x: Any) -> None:
    from test_memory import growth

    before = [sys.getrefcount(a) for a in (np.ndarray, x.dtype, None)]
    for work in (
        lambda: planish.layer_norm(x, return_stats=True),
        lambda: planish.layer_norm_backward(x, x, needs=(True, False, True)),
    ):
        blocks, size = growth(work, 10_000)
        assert (blocks < 100, size < 10_000) == (True, True)
    after = [sys.getrefcount(a) for a in (np.ndarray, x.dtype, None)]
    assert all(abs(a - b) < 1000 for a, b in zip(before, after, strict=True))  # fewer than there were calls
