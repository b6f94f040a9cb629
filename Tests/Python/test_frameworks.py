"""Tensors of torch and JAX, in and out; the extension itself imports neither."""

from __future__ import annotations

from typing import Any

import pytest

import planish


class TestTorch:
    @pytest.fixture
    def torch(self) -> Any:
        return pytest.importorskip("torch")

    @pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
    def test_dtypes(self, torch: Any, dtype: str) -> None:
        kind = getattr(torch, dtype)
        x, weight = torch.randn(6, 4, 8).to(kind), torch.linspace(1, 2, 8).to(kind)
        y, mean, rstd = planish.layer_norm(x, weight, return_stats=True)
        assert {type(result) for result in (y, mean, rstd)} == {torch.Tensor}
        assert (y.dtype, mean.dtype) == (kind, torch.float64 if dtype == "float64" else torch.float32)
        assert (y.shape, rstd.shape, y.data_ptr() % 64) == ((6, 4, 8), (6, 4), 0)
        out = torch.empty_like(x)
        assert planish.layer_norm(x, weight, out=out) is out
        assert torch.equal(y, out)
        wide = torch.nn.functional.layer_norm(x.double(), (8,), weight.double())
        assert torch.allclose(out.double(), wide, atol=float(torch.finfo(kind).eps) * 4, rtol=torch.finfo(kind).eps)
        assert torch.allclose(mean.double(), x.double().mean(-1), atol=1e-6)

    def test_mixed_precision(self, torch: Any) -> None:
        x, weight = torch.randn(6, 8).bfloat16(), torch.linspace(1, 2, 8)
        dx, dweight, _ = planish.layer_norm_backward(x, x, weight)
        assert dx.dtype == torch.bfloat16
        assert dweight.dtype == torch.float32

    def test_layouts(self, torch: Any) -> None:
        x = torch.randn(6, 4, 8)
        parts = [x[:, :, 1:6], x[::2, 1], x.mT, x[0, 0].expand(5, 8), x[:0], x.permute(1, 0, 2)]
        for part in [*parts, torch.randn(2, 4, 3, 3).contiguous(memory_format=torch.channels_last)]:
            dense = part.clone(memory_format=torch.contiguous_format)
            for axis in (-1, 0) if part.numel() else (-1,):
                assert torch.equal(planish.layer_norm(part, axis=axis), planish.layer_norm(dense, axis=axis))

    def test_kinds(self, torch: Any) -> None:
        x = torch.nn.Parameter(torch.randn(2, 8), requires_grad=False)
        assert type(planish.layer_norm(x)) is torch.Tensor
        y, _, _ = planish.layer_norm_backward(memoryview(bytearray(64)).cast("f", (2, 8)), x)
        assert type(y) is torch.Tensor
        assert type(planish.layer_norm(memoryview(bytearray(64)).cast("f", (2, 8)), x[0])) is memoryview

    def test_memory_is_recycled(self, torch: Any) -> None:
        x = torch.randn(64, 512)
        planish.release_memory()
        y = planish.layer_norm(x)
        expected = y.clone()
        for _ in range(3):
            planish.layer_norm(x + 1)
        assert torch.equal(y, expected)
        del y
        assert planish.release_memory() >= 2 * x.nbytes

    def test_the_negatives_of_what_memory_holds(self, torch: Any) -> None:
        """The imaginary part of a conjugate; neither __dlpack__ nor torch.from_dlpack tells."""
        x = torch.complex(torch.randn(8), torch.randn(8)).conj().imag
        assert x.is_neg()
        with pytest.raises(BufferError, match=r"^x holds the negatives of its numbers; resolve_neg\(\) gives a copy$"):
            planish.layer_norm(x)
        assert planish.layer_norm(x.resolve_neg()).shape == (8,)

    def test_what_torch_refuses(self, torch: Any) -> None:
        with pytest.raises(BufferError, match="require gradient"):
            planish.layer_norm(torch.zeros(4, requires_grad=True))
        with pytest.raises(TypeError, match=r"^x has dtype int64; expected float32, float64, bfloat16 or float16$"):
            planish.layer_norm(torch.zeros(4, dtype=torch.int64))


class TestJax:
    @pytest.fixture
    def jnp(self) -> Any:
        return pytest.importorskip("jax.numpy")

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
    def test_dtypes(self, jnp: Any, dtype: str) -> None:
        x = jnp.linspace(-3, 5, 24, dtype=dtype).reshape(3, 8)
        y, mean, _ = planish.layer_norm(x, return_stats=True)
        assert {type(y), type(mean)} == {type(x)}
        assert (y.dtype, y.shape, mean.dtype) == (dtype, (3, 8), "float32")
        wide = planish.layer_norm(x.astype("float32"))
        assert bool((y == wide.astype(dtype)).all())
        assert type(planish.layer_norm_backward(y, x)[1]) is type(x)

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    def test_arrays_are_immutable(self, jnp: Any, dtype: str) -> None:
        x = jnp.zeros((2, 4), dtype)
        with pytest.raises(BufferError, match=r"^out (is read-only|comes in an unversioned DLPack capsule)"):
            planish.layer_norm(x, out=x)
