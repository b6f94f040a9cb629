"""Tensors of torch and JAX, by DLPack; the extension itself knows nothing of either."""

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
        y, mean, _ = planish.layer_norm(x, weight, return_stats=True)
        out = torch.empty_like(x)
        assert planish.layer_norm(x, weight, out=out) is out
        got = torch.from_dlpack(y.obj if isinstance(y, memoryview) else y)
        assert got.dtype == kind
        assert torch.equal(got, out)
        wide = torch.nn.functional.layer_norm(x.double(), (8,), weight.double())
        assert torch.allclose(out.double(), wide, atol=float(torch.finfo(kind).eps) * 4, rtol=torch.finfo(kind).eps)
        assert torch.allclose(torch.from_dlpack(mean.obj).double(), x.double().mean(-1), atol=1e-6)

    def test_mixed_precision(self, torch: Any) -> None:
        x, weight = torch.randn(6, 8).bfloat16(), torch.linspace(1, 2, 8)
        dx, dweight, _ = planish.layer_norm_backward(x, x, weight)
        assert torch.from_dlpack(dx).dtype == torch.bfloat16
        assert torch.from_dlpack(dweight.obj).dtype == torch.float32

    def test_layouts(self, torch: Any) -> None:
        x = torch.randn(6, 4, 8)
        parts = [x[:, :, 1:6], x[::2, 1], x.mT, x[0, 0].expand(5, 8), x[:0], x.permute(1, 0, 2)]
        for part in [*parts, torch.randn(2, 4, 3, 3).contiguous(memory_format=torch.channels_last)]:
            assert planish.layer_norm(part) == planish.layer_norm(part.clone(memory_format=torch.contiguous_format))
            if part.numel():
                first = planish.layer_norm(part, axis=0)
                assert first == planish.layer_norm(part.clone(memory_format=torch.contiguous_format), axis=0)

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
        y = planish.layer_norm(x)
        back = jnp.from_dlpack(y.obj if isinstance(y, memoryview) else y)
        assert (back.dtype, back.shape) == (dtype, (3, 8))
        wide = jnp.asarray(planish.layer_norm(x.astype("float32")))
        assert bool((back == wide.astype(dtype)).all())

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    def test_arrays_are_immutable(self, jnp: Any, dtype: str) -> None:
        x = jnp.zeros((2, 4), dtype)
        with pytest.raises(BufferError, match=r"^out (is read-only|comes in an unversioned DLPack capsule)"):
            planish.layer_norm(x, out=x)
