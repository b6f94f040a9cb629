"""planish.torch.layer_norm beside torch's own: values, gradients, errors, and what torch does with odd arguments."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402
from torch.testing import assert_close  # noqa: E402

import planish  # noqa: E402
from planish.torch import layer_norm  # noqa: E402

DTYPES = ["float32", "float64", "bfloat16", "float16"]


def torchs_tests() -> list[Any]:
    """What torch knows of its own layer norms to test them."""
    methods = pytest.importorskip("torch.testing._internal.common_methods_invocations")
    return [info for info in methods.op_db if info.name in ("nn.functional.layer_norm", "native_layer_norm")]


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Any:
    """layer_norm that may not fall back on torch's."""
    monkeypatch.setattr(functional, "layer_norm", None)
    return layer_norm


def both(x: Any, *arguments: Any) -> tuple[Any, Any]:
    """Results and gradients of both, with a gradient that every dtype holds exactly."""
    answers = []
    for function in (functional.layer_norm, layer_norm):
        given = [a.detach().clone().requires_grad_(a.requires_grad) if torch.is_tensor(a) else a for a in arguments]
        leaf = x.detach().requires_grad_()
        y = function(leaf, *given)
        tensors = [leaf, *(a for a in given if torch.is_tensor(a) and a.requires_grad)]
        dy = (torch.arange(y.numel()) % 7 / 4 - 1).to(y.dtype).reshape(y.shape)
        answers.append([y, *torch.autograd.grad(y, tensors, dy)])
    return answers[0], answers[1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_torchs_own_inputs(dtype: str) -> None:
    count = 0
    for info in torchs_tests():
        for sample in info.sample_inputs("cpu", getattr(torch, dtype), requires_grad=True):
            arguments = [*sample.args, *(None,) * (3 - len(sample.args))]
            for number, name in enumerate(("normalized_shape", "weight", "bias", "eps")):
                if name in sample.kwargs:
                    arguments[number:] = [sample.kwargs[name]]
            # torch in float64: in float32 it is far off where features are equal or few.
            wide = [a.detach().double().requires_grad_() if torch.is_tensor(a) else a for a in arguments]
            expected, _ = both(sample.input.detach().double(), *wide)
            _, got = both(sample.input, *arguments)
            unit = torch.finfo(getattr(torch, dtype)).eps
            within = {"rtol": 2 * unit, "atol": 2 * unit} if unit > 1e-6 else {}
            assert_close(got, [a.to(b.dtype) for a, b in zip(expected, got, strict=True)], **within)
            count += 1
    assert count > 8


def test_torchs_own_errors() -> None:
    x = torch.ones(2, 8)
    cases: list[Any] = [
        (x, (7,)),
        (x, ()),
        (x, 8),
        (x, (8,), torch.ones(7)),
        (x, (8,), torch.ones(8), torch.ones(1, 8)),
        (x, (8,), torch.ones(8, dtype=torch.float64)),
        (torch.ones(2, 8, dtype=torch.int64), (8,)),
        (torch.ones(8), (2, 8)),
        ([1.0], (1,)),
        (x, (8,), [1.0] * 8),
    ]
    for arguments in cases:
        with pytest.raises((RuntimeError, TypeError)) as expected:
            functional.layer_norm(*arguments)
        with pytest.raises(type(expected.value)) as got:
            layer_norm(*arguments)
        assert str(got.value) == str(expected.value)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("affine", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_kernels_are_used(kernels: Any, dtype: str, affine: tuple[int, int]) -> None:
    kind = getattr(torch, dtype)
    weight, bias = (torch.linspace(1, 2, 8).to(kind).requires_grad_() if given else None for given in affine)
    for leaf in (torch.randn(3, 8).to(kind), torch.randn(3, 8).to(kind).requires_grad_()):
        y = kernels(leaf, (8,), weight, bias)
        assert (y.dtype, y.shape) == (kind, (3, 8))
        assert y.requires_grad == (leaf.requires_grad or any(affine))
        if y.requires_grad:
            y.sum().backward()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_mixed_dtypes(kernels: Any, dtype: str) -> None:
    kind = getattr(torch, dtype)
    x, weight = torch.randn(3, 8).to(kind).requires_grad_(), torch.linspace(1, 2, 8, requires_grad=True)
    y = kernels(x, (8,), weight, torch.zeros(8))
    dx, dweight = torch.autograd.grad(y.sum(), (x, weight))
    assert (y.dtype, dx.dtype, dweight.dtype) == (kind, kind, torch.float32)
    assert_close(y, layer_norm(x.float(), (8,), weight).to(kind))


LAYOUTS = {
    "columns": lambda x: x[..., 1:6],
    "every second row": lambda x: x[::2],
    "transposed": lambda x: x.mT,
    "permuted": lambda x: x.permute(1, 0, 2),
    "broadcast": lambda x: x[0, 0].expand(5, 8),
    "flipped": lambda x: x.flip(0),
    "one row": lambda x: x[0, 0],
    "channels last": lambda x: x.reshape(2, 4, 2, 3, 4)[:, :, 0].contiguous(memory_format=torch.channels_last),
    "no rows": lambda x: x[:0],
    "no features": lambda x: x[..., :0],
    "negative": lambda x: torch.complex(x, x).conj().imag,
    "an axis of one": lambda x: x[:, :, None],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("axes", [1, 2])
def test_layouts(layout: Any, axes: int) -> None:
    x = layout(torch.randn(6, 4, 8))
    if x.ndim < axes:
        pytest.skip("has fewer axes")
    shape = x.shape[x.ndim - axes :]
    weight, bias = torch.randn(shape, requires_grad=True), torch.randn(shape, requires_grad=True)
    expected, got = both(x, shape, weight, bias)
    assert_close(got, expected)
    assert got[0].stride() == expected[0].stride()
    with torch.no_grad():
        assert_close(layer_norm(x, shape, weight, bias), expected[0].detach())


def test_gradients_of_other_layouts() -> None:
    x, weight = torch.randn(5, 8, requires_grad=True), torch.randn(8, requires_grad=True)
    gradients = [torch.ones(()).expand(5, 8), torch.randn(8, 5).T, torch.randn(5, 16)[:, ::2]]
    gradients.append(torch.complex(torch.randn(5, 8), torch.randn(5, 8)).conj().imag)
    for dy in gradients:
        got = torch.autograd.grad(layer_norm(x, (8,), weight), (x, weight), dy)
        assert_close(got, torch.autograd.grad(functional.layer_norm(x, (8,), weight), (x, weight), dy))


@pytest.mark.parametrize("shape", [[8], (8,), torch.Size([8])], ids=["list", "tuple", "Size"])
def test_spellings(kernels: Any, shape: Any) -> None:
    x = torch.randn(3, 8)
    y = kernels(input=x, normalized_shape=shape, weight=None, bias=None, eps=0)
    assert_close(y.mean(-1), torch.zeros(3), atol=1e-6, rtol=0)


@pytest.mark.parametrize("eps", [-1.0, float("inf"), float("nan")])
def test_an_eps_that_only_torch_takes(eps: float) -> None:
    x = torch.randn(3, 8, requires_grad=True)
    expected, got = both(x, (8,), None, None, eps)
    assert_close(got, expected, equal_nan=True)


def test_other_devices_are_torchs() -> None:
    for build in (lambda x: x.to("meta"), lambda x: x.to("meta").requires_grad_()):
        x = build(torch.randn(3, 8))
        y = layer_norm(x, (8,), torch.ones(8, device="meta"))
        assert (y.device.type, y.shape, y.requires_grad) == ("meta", (3, 8), x.requires_grad)


def test_tensors_without_data() -> None:
    fake = pytest.importorskip("torch._subclasses.fake_tensor")
    with fake.FakeTensorMode() as mode:
        x = mode.from_tensor(torch.randn(3, 8)).requires_grad_()
        y = layer_norm(x, (8,))
        assert isinstance(y, fake.FakeTensor)
        assert torch.autograd.grad(y.sum(), x)[0].shape == (3, 8)
    assert isinstance(layer_norm(x, (8,)), fake.FakeTensor)


def test_subclasses_and_modes_are_heard() -> None:
    class Loud(torch.Tensor):
        pass

    assert type(layer_norm(torch.randn(3, 8).as_subclass(Loud), (8,))) is Loud
    seen = []

    class Mode(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    x = torch.randn(3, 8)
    with Mode():
        y = layer_norm(x, (8,))
    assert any("layer_norm" in name for name in seen)
    assert_close(y, layer_norm(x, (8,)), rtol=0, atol=0)


def test_modes_of_dispatch_see_the_operators() -> None:
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    x = torch.randn(3, 8, requires_grad=True)
    with Mode():
        layer_norm(x.detach(), (8,))
        layer_norm(x, (8,)).sum().backward()
    assert seen.count("planish.layer_norm.default") == 2
    assert seen.count("planish.layer_norm_backward.default") == 1


def test_nested_and_sparse_tensors_are_torchs() -> None:
    nested = torch.nested.nested_tensor([torch.randn(2, 8), torch.randn(3, 8)], layout=torch.jagged)
    assert layer_norm(nested, (8,)).is_nested
    with pytest.raises((RuntimeError, NotImplementedError)):
        layer_norm(torch.eye(8).to_sparse(), (8,))


@pytest.mark.parametrize("dtype", DTYPES)
def test_autocast(dtype: str) -> None:
    x, weight = torch.randn(3, 8).to(getattr(torch, dtype)), torch.ones(8).to(getattr(torch, dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for a, b in ((x, weight), (x.requires_grad_(), weight.requires_grad_())):
            y, expected = layer_norm(a, (8,), b), functional.layer_norm(a, (8,), b)
            assert y.dtype == expected.dtype
            assert_close(y, expected)


def test_inference_mode() -> None:
    with torch.inference_mode():
        y = layer_norm(torch.randn(3, 8), (8,))
    assert y.is_inference()


def test_changes_between_forward_and_backward_are_found() -> None:
    x = torch.randn(3, 8)
    weight = torch.ones(8, requires_grad=True)
    y = layer_norm(x, (8,), weight)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_gradients_that_are_not_needed() -> None:
    x, weight, bias = torch.randn(3, 8), torch.ones(8, requires_grad=True), torch.zeros(8, requires_grad=True)
    y = layer_norm(x, (8,), weight, bias)
    assert_close(torch.autograd.grad(y.sum(), bias)[0], torch.full((8,), 3.0))
    y.detach_()
    frozen = layer_norm(x.requires_grad_(), (8,), weight.detach(), bias.detach())
    frozen.sum().backward()
    assert x.grad is not None


def test_checkpoints_and_hooks_on_saved_tensors() -> None:
    x, weight = torch.randn(3, 8, requires_grad=True), torch.ones(8, requires_grad=True)
    expected = torch.autograd.grad(layer_norm(x, (8,), weight).pow(3).sum(), (x, weight))
    packed = []

    def pack(tensor: Any) -> Any:
        packed.append(tensor.shape)
        return tensor.clone()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = layer_norm(x, (8,), weight).pow(3).sum()
    assert_close(torch.autograd.grad(y, (x, weight)), expected, rtol=0, atol=0)
    assert packed
    y = torch.utils.checkpoint.checkpoint(lambda a: layer_norm(a, (8,), weight).pow(3), x, use_reentrant=False)
    assert_close(torch.autograd.grad(y.sum(), (x, weight)), expected, rtol=0, atol=0)


def test_nothing_is_kept_alive() -> None:
    """The graph of a result is no cycle: its memory is free as soon as the last reference goes."""
    gc.disable()
    try:
        x = torch.randn(64, 256, requires_grad=True)
        y = layer_norm(x, (256,))
        gone = weakref.ref(y.grad_fn), weakref.ref(y)
        del y
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


def test_the_same_bits_as_planish() -> None:
    x, weight = torch.randn(37, 771), torch.randn(771)
    assert torch.equal(layer_norm(x, (771,), weight), planish.layer_norm(x, weight))


def test_nothing_leaks() -> None:
    from test_memory import growth

    x, weight = torch.randn(3, 8, requires_grad=True), torch.ones(8, requires_grad=True)

    def refused() -> None:
        with pytest.raises(RuntimeError):
            layer_norm(x, (7,))

    def step() -> None:
        layer_norm(x, (8,), weight).sum().backward()

    before = [sys.getrefcount(a) for a in (torch.Tensor, x, weight, None, NotImplemented)]
    for work in (step, refused, lambda: planish.layer_norm(x.detach(), return_stats=True)):
        blocks, size = growth(work, 2_000)
        assert (blocks < 100, size < 10_000) == (True, True)
    after = [sys.getrefcount(a) for a in (torch.Tensor, x, weight, None, NotImplemented)]
    assert all(abs(a - b) < 1000 for a, b in zip(before, after, strict=True))  # fewer than there were calls
