"""Derivatives: the kernels' first, then JAX's of the formulas."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from . import _calls
from ._problem import Problem, statistics_dtype


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def layer_norm(problem: Problem, x: Any, weight: Any, bias: Any) -> Any:
    """y, differentiable in reverse mode."""
    return _calls.forward(problem, False)(x, weight, bias)[0]


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _with_statistics(problem: Problem, x: Any, weight: Any, bias: Any) -> Any:
    """y, mean and rstd. What comes back for the latter two is nothing: they go to _gradients alone."""
    return tuple(_calls.forward(problem, True)(x, weight, bias))


def _forward(problem: Problem, x: Any, weight: Any, bias: Any) -> Any:
    y, mean, rstd = _with_statistics(problem, x, weight, bias)
    return y, (x, mean, rstd, weight, bias)


def _backward(problem: Problem, saved: Any, dy: Any) -> Any:
    return _gradients(problem, dy, *saved)


def _with_statistics_forward(problem: Problem, x: Any, weight: Any, bias: Any) -> Any:
    y, mean, rstd = _with_statistics(problem, x, weight, bias)
    return (y, mean, rstd), (x, mean, rstd, weight, bias)


def _with_statistics_backward(problem: Problem, saved: Any, cotangents: Any) -> Any:
    return _gradients(problem, cotangents[0], *saved)


layer_norm.defvjp(_forward, _backward)
_with_statistics.defvjp(_with_statistics_forward, _with_statistics_backward)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _gradients(problem: Problem, dy: Any, x: Any, mean: Any, rstd: Any, weight: Any, bias: Any) -> Any:
    """dx, dweight, dbias; mean and rstd are x's, and not differentiated on their own."""
    return _calls.backward(problem)(dy, x, mean, rstd, weight, bias)


def _gradients_forward(problem: Problem, *arrays: Any) -> Any:
    return _gradients(problem, *arrays), arrays


def _gradients_backward(problem: Problem, saved: Any, cotangents: Any) -> Any:
    dy, x, mean, rstd, weight, bias = saved
    _, pull = jax.vjp(partial(gradient_formulas, problem), dy, x, weight, bias)
    ddy, dx, dweight, dbias = pull(cotangents)
    return ddy, dx, jnp.zeros_like(mean), jnp.zeros_like(rstd), dweight, dbias


_gradients.defvjp(_gradients_forward, _gradients_backward)


def gradient_formulas(problem: Problem, dy: Any, x: Any, weight: Any, bias: Any) -> tuple[Any, ...]:
    """dx, dweight and dbias, None where nothing is given, in JAX's differentiable functions."""
    dtype, axes, others = statistics_dtype(x), problem.axes(x), problem.others(x)
    wide_x, wide_dy = x.astype(dtype), dy.astype(dtype)
    average = partial(jnp.mean, axis=axes, keepdims=True)
    centred = wide_x - average(wide_x)
    rstd = jax.lax.rsqrt(average(centred * centred) + problem.eps)
    x_hat = centred * rstd
    g = wide_dy if weight is None else wide_dy * problem.spread(weight.astype(dtype), x)
    dx = rstd * (g - average(g) - x_hat * average(g * x_hat))
    dweight = None if weight is None else (wide_dy * x_hat).sum(others).astype(weight.dtype)
    dbias = None if bias is None else wide_dy.sum(others).astype(bias.dtype)
    return dx.astype(x.dtype), dweight, dbias
