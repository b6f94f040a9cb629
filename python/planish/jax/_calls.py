"""The kernels as foreign functions of XLA, and what jax.vmap makes of them: one call for all entries."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_batching import custom_vmap

from .._planish import jax_handlers
from ._problem import Problem, statistics_dtype

_FORWARD, _BACKWARD = "planish_layer_norm", "planish_layer_norm_backward"
_WEIGHT, _BIAS, _STATISTICS = 1, 2, 4  # what is given, or wanted; also in the extension's jax.c

for _name, _handler in zip((_FORWARD, _BACKWARD), jax_handlers(), strict=True):
    jax.ffi.register_ffi_target(_name, _handler, platform="cpu")


def _call(name: str, problem: Problem, given: int, results: list[Any], *arrays: Any) -> list[Any]:
    numbers = {"first": problem.first, "end": problem.end, "given": given}
    attributes = {name: np.int64(number) for name, number in numbers.items()} | {"eps": np.float64(problem.eps)}
    shapes = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in results]
    return list(jax.ffi.ffi_call(name, shapes)(*(a for a in arrays if a is not None), **attributes))


def _given(weight: Any, bias: Any) -> int:
    return _WEIGHT * (weight is not None) + _BIAS * (bias is not None)


def _along_first(size: int, batched: bool, array: Any) -> Any:
    """With an entry for each of the batch."""
    return array if batched or array is None else jnp.broadcast_to(array, (size, *array.shape))


@cache
def forward(problem: Problem, statistics: bool) -> Any:
    """A function of x, weight and bias that gives a list: y, and if they are wanted mean and rstd."""

    @custom_vmap
    def call(x: Any, weight: Any, bias: Any) -> list[Any]:
        results = [(x.shape, x.dtype)]
        if statistics:
            results += [(problem.outside(x), statistics_dtype(x))] * 2
        given = _given(weight, bias) + _STATISTICS * statistics
        return _call(_FORWARD, problem, given, results, x, weight, bias)

    @call.def_vmap
    def rule(size: int, batched: Any, x: Any, weight: Any, bias: Any) -> Any:
        x = _along_first(size, batched[0], x)
        if not (batched[1] or batched[2]):
            answer = call(x, weight, bias)
        else:  # entries differ in their parameters
            y, *others = call(x, None, None)
            wide = y.astype(statistics_dtype(x))
            if weight is not None:
                wide = wide * problem.spread(weight, x)
            if bias is not None:
                wide = wide + problem.spread(bias, x)
            answer = [wide.astype(x.dtype), *others]
        return answer, [True] * len(answer)

    return call


@cache
def backward(problem: Problem) -> Any:
    """A function of dy, x, mean, rstd, weight and bias that gives dx, dweight and dbias, None where none is given."""

    @custom_vmap
    def call(dy: Any, x: Any, mean: Any, rstd: Any, weight: Any, bias: Any) -> tuple[Any, ...]:
        results = [(array.shape, array.dtype) for array in (x, weight, bias) if array is not None]
        dx, *others = _call(_BACKWARD, problem, _given(weight, bias), results, dy, x, mean, rstd, weight)
        return dx, *(None if array is None else others.pop(0) for array in (weight, bias))

    @call.def_vmap
    def rule(size: int, batched: Any, dy: Any, x: Any, mean: Any, rstd: Any, weight: Any, bias: Any) -> Any:
        """dx in one call; the sums for each entry on its own."""
        dy, x, mean, rstd = (_along_first(size, *pair) for pair in zip(batched, (dy, x, mean, rstd), strict=False))
        g, common = dy, weight
        if batched[4]:
            g, common = (dy * problem.spread(weight, x)).astype(x.dtype), None
        dx, *_ = call(g, x, mean, rstd, common, None)
        outside, wide_dy = problem.others(x, 1), dy.astype(mean.dtype)
        dweight = dbias = None
        if weight is not None:
            axes = problem.axes(x)
            x_hat = (x - jnp.expand_dims(mean, axes)) * jnp.expand_dims(rstd, axes)
            dweight = (wide_dy * x_hat).sum(outside).astype(weight.dtype)
        if bias is not None:
            dbias = wide_dy.sum(outside).astype(bias.dtype)
        # Where there is no array, there is nothing to say of it.
        return (dx, dweight, dbias), (True, None if weight is None else True, None if bias is None else True)

    return call
