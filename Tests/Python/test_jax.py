"""planish.jax beside JAX's own derivatives of the formulas."""

from __future__ import annotations

import doctest
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import planish  # noqa: E402
import planish.jax  # noqa: E402
from planish.jax import layer_norm  # noqa: E402

DTYPES = ["float32", "float64", "bfloat16", "float16"]


@pytest.fixture(autouse=True)
def float64_is_on() -> Iterator[None]:
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def formula(x: Any, weight: Any = None, bias: Any = None, axis: Any = -1, eps: float = 1e-5) -> Any:
    axes = tuple(a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    behind = (1,) * (x.ndim - max(axes) - 1)
    y = (x - x.mean(axes, keepdims=True)) / jnp.sqrt(x.var(axes, keepdims=True) + eps)
    y = y if weight is None else y * weight.reshape(weight.shape + behind)
    return y if bias is None else y + bias.reshape(bias.shape + behind)


def arrays(shape: tuple[int, ...], over: tuple[int, ...], dtype: str = "float64") -> list[Any]:
    generator = np.random.default_rng(0)
    return [jnp.asarray(generator.standard_normal(extents), dtype) for extents in (shape, over, over)]


def close(got: Any, expected: Any, within: float = 1e-9) -> bool:
    pairs = zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True)
    return all(
        a.shape == b.shape and np.allclose(np.asarray(a, "f8"), np.asarray(b, "f8"), atol=within, rtol=within)
        for a, b in pairs
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("jit", [False, True])
def test_the_same_bits_as_planish(dtype: str, jit: bool) -> None:
    x, weight, bias = arrays((5, 7, 33), (33,), dtype)
    y = (jax.jit(layer_norm) if jit else layer_norm)(x, weight, bias)
    assert (y.dtype, y.shape) == (dtype, x.shape)
    assert bool((y == planish.layer_norm(x, weight, bias)).all())
    dy = jnp.cos(x)
    got = jax.vjp(layer_norm, x, weight, bias)[1](dy)
    expected = planish.layer_norm_backward(dy, x, weight)
    assert [a.dtype for a in got] == [dtype] * 3
    assert all(bool((a == b).all()) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize(
    ("axis", "count"), [(-1, 0), (-1, 1), (-1, 2), (2, 2), ((2, 1), 2), (1, 2), (0, 0), ((0, 1), 2)]
)
def test_values_and_derivatives(axis: Any, count: int) -> None:
    axes = [a % 3 for a in (axis if isinstance(axis, tuple) else (axis,))]
    x, *parameters = arrays((3, 4, 5), tuple((3, 4, 5)[a] for a in sorted(axes)))
    given = (x, *parameters[:count])
    numbers = tuple(range(1 + count))

    def loss(function: Callable[..., Any], *given: Any) -> Any:
        return (function(*given, axis=axis, eps=1e-2) ** 3).sum()

    def second(function: Callable[..., Any], *given: Any) -> Any:
        first = jax.grad(lambda *a: loss(function, *a), numbers)(*given)
        return sum((gradient**2).sum() for gradient in first)

    for order in (loss, second):
        got, expected = (
            jax.jit(jax.value_and_grad(lambda *a, g=g, order=order: order(g, *a), numbers))(*given)
            for g in (layer_norm, formula)
        )
        assert close(got, expected)


def test_third_derivatives() -> None:
    x, weight, bias = arrays((3, 5), (5,))

    def nested(function: Callable[..., Any]) -> Any:
        def of_order(order: int, x: Any) -> Any:
            if order == 0:
                return (function(x, weight, bias) ** 3).sum()
            return (jax.grad(partial(of_order, order - 1))(x) ** 2).sum()

        return of_order(3, x)

    assert np.allclose(nested(layer_norm), nested(formula), rtol=1e-9)


@pytest.mark.parametrize("dims", [(0, None, None), (2, None, None), (None, 0, None), (None, None, 1), (0, 0, 1)])
@pytest.mark.parametrize("axis", [-1, 1, (0, 1)])
def test_vmap(dims: tuple[int | None, ...], axis: Any) -> None:
    over = {-1: (5,), 1: (4,), (0, 1): (3, 4)}[axis]
    given = [
        a if dim is None else jnp.stack([a, a + 1, jnp.sin(a)], dim)
        for a, dim in zip(arrays((3, 4, 5), over), dims, strict=True)
    ]
    for derive in (
        lambda f: jax.vmap(f, dims),
        lambda f: jax.vmap(jax.grad(lambda *a: (f(*a) ** 3).sum(), (0, 1, 2)), dims),
        lambda f: jax.grad(lambda *a: (jax.vmap(f, dims)(*a) ** 3).sum(), (0, 1, 2)),
    ):
        got, expected = (jax.jit(derive(lambda *a, g=g: g(*a, axis=axis)))(*given) for g in (layer_norm, formula))
        assert close(got, expected)


@pytest.mark.parametrize("which", [(False, False), (True, False), (False, True)])
def test_derivatives_of_a_batch_without_weight_or_bias(which: tuple[bool, bool]) -> None:
    x, weight, bias = arrays((3, 4, 5), (5,))
    given = [a if there else None for a, there in zip((weight, bias), which, strict=True)]
    for derive in (lambda f: jax.vmap(jax.grad(lambda x: (f(x) ** 3).sum())), jax.jacrev):
        got, expected = (derive(lambda x, g=g: g(x, *given))(x) for g in (layer_norm, formula))
        assert close(got, expected)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_mixed_dtypes(dtype: str) -> None:
    x, weight, bias = arrays((6, 8), (8,), dtype)
    weight, bias = weight.astype("float32"), bias.astype("float32")
    y, pull = jax.vjp(layer_norm, x, weight, bias)
    got = pull(jnp.ones_like(y))
    assert [a.dtype.name for a in (y, *got)] == [dtype, dtype, "float32", "float32"]
    wide = jax.vjp(formula, x.astype("float32"), weight, bias)
    assert close([y, *got], [wide[0], *wide[1](jnp.ones_like(wide[0]))], 0.05)


def test_no_rows() -> None:
    x, weight, bias = jnp.zeros((0, 8)), jnp.ones(8), jnp.zeros(8)
    assert layer_norm(x, weight, bias).shape == (0, 8)
    dx, dweight, _ = jax.grad(lambda *a: layer_norm(*a).sum(), (0, 1, 2))(x, weight, bias)
    assert dx.shape == (0, 8)
    assert not dweight.any()


X = np.zeros((2, 3, 4), np.float32)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        ((X.astype("i4"),), {}, TypeError, "x has dtype int32; expected float32"),
        ((X,), {"axis": 3}, ValueError, r"axis is 3; it must name adjacent axes of x, which has shape \(2, 3, 4\)"),
        ((X,), {"axis": (0, 2)}, ValueError, r"axis is \(0, 2\)"),
        ((X,), {"axis": (1, 1)}, ValueError, r"axis is \(1, 1\)"),
        ((X,), {"axis": ()}, ValueError, r"axis is \(\)"),
        ((X,), {"eps": -1}, ValueError, "eps is -1; it must be finite and 0 or more"),
        ((X,), {"eps": float("nan")}, ValueError, "eps is nan"),
        ((X[..., :0],), {}, ValueError, "nothing to normalize along axis -1"),
        ((X, X[0, 0, :3]), {}, ValueError, r"weight has shape \(3,\); x has \(4,\) over the normalized axes"),
        ((X, None, X), {}, ValueError, r"bias has shape \(2, 3, 4\)"),
        ((X, X[0, 0].astype("f2")), {}, TypeError, "weight has dtype float16, but x has dtype float32"),
    ],
)
def test_errors(arguments: Any, options: Any, error: type[Exception], text: str) -> None:
    for call in (layer_norm, jax.jit(lambda *a: layer_norm(*a, **options))):
        with pytest.raises(error, match=text):
            call(*arguments, **({} if call is not layer_norm else options))


def test_forward_mode_is_refused() -> None:
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(layer_norm, (jnp.ones(4),), (jnp.ones(4),))


def test_compiled_functions_call_no_python() -> None:
    text = jax.jit(layer_norm).lower(jnp.ones((2, 4))).compile().as_text()
    assert "planish_layer_norm" in text
    assert "callback" not in text


def test_examples_in_docstrings() -> None:
    jax.config.update("jax_enable_x64", False)
    assert doctest.testmod(planish.jax).failed == 0
