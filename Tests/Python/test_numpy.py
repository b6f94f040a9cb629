"""NumPy arrays as input and out; the extension itself knows nothing of NumPy."""

from __future__ import annotations

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


@pytest.mark.parametrize("dtype", [">f4", "f8", "f2", "i4", "c8", "?"])
def test_other_dtypes(x: Any, dtype: str) -> None:
    with pytest.raises(TypeError, match=r"^x has format '.+'; expected 'f' \(float32\)$"):
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
