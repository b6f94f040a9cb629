"""planish's operators in torch: derivatives of every order, tracing, and torch.func."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.testing import assert_close  # noqa: E402
from torch.utils._pytree import tree_leaves  # noqa: E402

from planish.torch import layer_norm  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # which torch itself uses

Function = Callable[..., Any]
forward, backward = torch.ops.planish.layer_norm.default, torch.ops.planish.layer_norm_backward.default


def tensors(*shape: int, features: int = 1, dtype: str = "float64", grad: bool = True) -> list[Any]:
    """x, weight and bias."""
    torch.manual_seed(0)
    extents = [shape, shape[-features:], shape[-features:]]
    return [torch.randn(e, dtype=getattr(torch, dtype), requires_grad=grad) for e in extents]


X, W, B = tensors(3, 4, 5, grad=False)
XS, WS = torch.randn(6, 3, 4, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)


@pytest.mark.parametrize("features", [1, 2, 3])
@pytest.mark.parametrize("affine", [0, 1, 2])
@pytest.mark.parametrize("by_operator", [False, True])
def test_first_and_second_derivatives(features: int, affine: int, by_operator: bool) -> None:
    x, *parameters = tensors(2, 3, 4, features=features)

    def call(x: Any, weight: Any = None, bias: Any = None) -> Any:
        if by_operator:
            return forward(x, weight_shape, weight, bias, 1e-2)[0]
        return layer_norm(x, weight_shape, weight, bias, 1e-2)

    weight_shape = x.shape[3 - features :]
    given = (x, *parameters[:affine])
    assert torch.autograd.gradcheck(call, given, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(call, given, check_batched_grad=True)


def test_forward_derivatives() -> None:
    given = tuple(tensors(2, 3, 4))
    call = lambda x, weight, bias: layer_norm(x, (4,), weight, bias)  # noqa: E731
    assert torch.autograd.gradcheck(call, given, check_forward_ad=True)


def test_third_derivatives() -> None:
    """torch's own are wrong: its second derivative takes the statistics to be constant."""

    def formula(x: Any) -> Any:
        centred = x - x.mean(-1, keepdim=True)
        return centred * (centred.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * W + B

    def derivatives(function: Function) -> list[Any]:
        x = X.clone().requires_grad_()
        values = [function(x).pow(3).sum()]
        for _ in range(3):
            values.append(torch.autograd.grad(values[-1].pow(2).sum(), x, create_graph=True)[0])
        return values

    assert_close(derivatives(lambda x: layer_norm(x, (5,), W, B)), derivatives(formula))


def test_second_derivatives_of_bfloat16() -> None:
    x, weight, _ = tensors(4, 8, dtype="bfloat16")
    first = torch.autograd.grad(layer_norm(x, (8,), weight).pow(2).sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(first.float().pow(2).sum(), (x, weight))
    assert all(gradient.isfinite().all() for gradient in second)
    assert [gradient.dtype for gradient in second] == [torch.bfloat16] * 2


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_opcheck(dtype: str) -> None:
    x, weight, bias = tensors(3, 4, 5, dtype=dtype)
    for given in ((weight, bias), (None, None), (weight.detach().float(), None)):
        torch.library.opcheck(forward, (x, [5], *given, 1e-5))
    y, mean, rstd = forward(x, [5], weight, bias, 1e-5)
    for needs in ([True, True, True], [True, False, False], [False, True, False]):
        torch.library.opcheck(backward, (y.detach(), x, [5], weight, mean, rstd, 1e-5, needs))


def test_statistics_are_not_differentiable() -> None:
    x, weight, bias = tensors(3, 5)
    _, mean, rstd = forward(x, [5], weight, bias, 1e-5)
    assert not mean.requires_grad
    assert not rstd.requires_grad


def test_what_the_operator_cannot_do() -> None:
    with pytest.raises(ValueError, match=r"planish has no layer norm over \(4,\) for x of shape \(2, 3\)"):
        forward(torch.ones(2, 3), [4], None, None, 1e-5)


# ---- Tracing ----


def training_step(function: Function) -> Any:
    def step(x: Any, weight: Any, bias: Any) -> Any:
        y = function(torch.sin(x), x.shape[-1:], weight, bias, 1e-5)
        return y, *torch.autograd.grad(y.pow(3).sum(), (x, weight, bias))

    return step


@pytest.mark.parametrize("backend", ["eager", "aot_eager", "inductor"])
def test_compile_without_graph_breaks(backend: str) -> None:
    if backend == "inductor" and not (shutil.which("g++") or shutil.which("clang++")):
        pytest.skip("no C++ compiler")
    torch.compiler.reset()
    compiled = torch.compile(lambda *a: layer_norm(torch.sin(a[0]), (5,), *a[1:]), fullgraph=True, backend=backend)
    given = tensors(3, 4, 5, dtype="float32")
    y = compiled(*given)
    got = [y, *torch.autograd.grad(y.pow(3).sum(), given)]
    assert_close(got, list(training_step(layer_norm)(*given)))


def test_compile_with_other_sizes_and_arguments() -> None:
    torch.compiler.reset()
    compiled = torch.compile(layer_norm, fullgraph=True, backend="aot_eager", dynamic=True)
    for shape in ((3, 4, 5), (7, 4, 5), (7, 2, 9)):
        x, weight, bias = tensors(*shape, grad=False)
        for parameters in ((weight, bias), (None, None)):
            given = x, shape[-1:], *parameters
            assert_close(compiled(*given), layer_norm(*given), rtol=0, atol=0)
    assert_close(compiled(X, (5,), W, B, -0.1), functional.layer_norm(X, (5,), W, B, -0.1), equal_nan=True)
    assert compiled(X.to("meta"), (5,)).device.type == "meta"


def test_compile_calls_the_operator() -> None:
    torch.compiler.reset()
    graphs = []

    def backend(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph

    torch.compile(lambda x: layer_norm(x, (5,)), fullgraph=True, backend=backend)(X)
    assert "planish.layer_norm" in graphs[0].code


def test_export() -> None:
    class Model(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return layer_norm(x, (5,), W, B)

    program = torch.export.export(Model(), (X,))
    assert "planish.layer_norm" in str(program.graph)
    assert_close(program.module()(X), layer_norm(X, (5,), W, B), rtol=0, atol=0)


def test_traces() -> None:
    from torch.fx.experimental.proxy_tensor import make_fx

    graph = make_fx(lambda x: layer_norm(x, (5,), W, B))(X)
    other = X.flip(0)
    assert_close(graph(other), layer_norm(other, (5,), W, B), rtol=0, atol=0)
    traced = torch.jit.trace(lambda x: layer_norm(x, (5,), W, B), X)
    assert_close(traced(other), layer_norm(other, (5,), W, B))


# ---- torch.func ----

TRANSFORMS: dict[str, Function] = {
    "vmap": lambda f: vmap(f, (0, None, None))(XS, W, B),
    "vmap of another axis": lambda f: vmap(f, (1, None, None))(XS.movedim(0, 1), W, B),
    "vmap of weight": lambda f: vmap(f, (None, 0, None))(X, WS, B),
    "vmap of bias": lambda f: vmap(f, (None, None, 0))(X, W, WS),
    "vmap of all": lambda f: vmap(f, (0, 0, 0))(XS, WS, WS),
    "vmap of one row": lambda f: vmap(f, (0, 0, None))(XS[:, 0, 0], WS, B),
    "vmap twice": lambda f: vmap(vmap(f, (0, None, None)), (1, None, None))(XS, W, B),
    "gradients of vmap": lambda f: grad_of(lambda x, w: vmap(f, (0, 0, None))(x, w, B), XS, WS),
    "gradients of vmap of x": lambda f: grad_of(lambda x, w: vmap(f, (0, None, None))(x, w, B), XS, W),
    "gradients for each": lambda f: vmap(grad(lambda *a: f(*a).pow(3).sum(), (0, 1, 2)), (0, None, None))(XS, W, B),
    "grad": lambda f: grad(lambda *a: f(*a).pow(3).sum(), (0, 1, 2))(X, W, B),
    "jacrev": lambda f: jacrev(f, (0, 1, 2))(X, W, B),
    "jacfwd": lambda f: jacfwd(f, (0, 1, 2))(X, W, B),
    "jvp": lambda f: jvp(f, (X, W, B), (X, W, B)),
    "hessian": lambda f: hessian(lambda *a: f(*a).pow(3).sum(), (0, 1))(X, W, B),
}


def grad_of(function: Function, *given: Any) -> Any:
    """Gradients by the ordinary way."""
    leaves = [tensor.clone().requires_grad_() for tensor in given]
    return torch.autograd.grad(function(*leaves).pow(3).sum(), leaves)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_transforms(transform: Function) -> None:
    answers = [
        tree_leaves(transform(lambda x, weight, bias, f=f: f(x, (5,), weight, bias)))
        for f in (layer_norm, functional.layer_norm)
    ]
    assert_close(*answers)


@pytest.mark.parametrize("dims", [(0, 0, None), (0, None, None), (None, 0, 0), (None, None, 0)])
def test_vmap_of_gradients(dims: tuple[int | None, ...]) -> None:
    """Of dy, x and weight."""
    given = [
        batch if dim == 0 else single
        for dim, batch, single in zip(dims, (XS.cos(), XS, WS), (X.cos(), X, W), strict=True)
    ]

    def call(f: Function) -> Any:
        def gradients(dy: Any, x: Any, weight: Any) -> Any:
            _, mean, rstd = forward(x, [5], weight, None, 1e-5)
            return f(dy, x, [5], weight, mean, rstd, 1e-5, [True, True, True])

        return gradients

    got = vmap(call(backward), dims)(*given)
    for entry in range(6):
        single = [batch[entry] if dim == 0 else batch for dim, batch in zip(dims, given, strict=True)]
        assert_close([gradient[entry] for gradient in got], list(call(backward)(*single)))


def test_compiled_transforms() -> None:
    torch.compiler.reset()
    for transform in (TRANSFORMS["vmap"], TRANSFORMS["grad"]):
        call = torch.compile(
            lambda t=transform: t(lambda *a: layer_norm(a[0], (5,), *a[1:])), fullgraph=True, backend="aot_eager"
        )
        assert_close(call(), transform(lambda *a: functional.layer_norm(a[0], (5,), *a[1:])))
