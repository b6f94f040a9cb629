"""JAX: the formulas, jitted; the gradients once with vjp and once written out. XLA fuses either.

Results go into memory that is donated: an array that the call takes and hands back as its result.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from arrays import EPS, Array, Arrays
from cells import Cell
from ways import Way


def wide(x: Any) -> Any:
    """Computed in float32 at least."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def along_channels(weight: Any, x: Any) -> Any:
    return wide(weight).reshape(-1, *(1,) * (x.ndim - 2))


def forward(x: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    x32 = wide(x)
    mean = jnp.mean(x32, axis=1, keepdims=True)
    rstd = jax.lax.rsqrt(jnp.var(x32, axis=1, keepdims=True) + EPS)
    y = (x32 - mean) * rstd * along_channels(weight, x) + along_channels(bias, x)
    return y.astype(x.dtype), mean, rstd


def backward_vjp(dy: Any, x: Any, weight: Any, bias: Any, mean: Any, rstd: Any) -> tuple[Any, Any, Any]:
    del mean, rstd  # vjp computes its own
    results: tuple[Any, Any, Any] = jax.vjp(lambda *leaves: forward(*leaves)[0], x, weight, bias)[1](dy)
    return results


def backward_written_out(dy: Any, x: Any, weight: Any, bias: Any, mean: Any, rstd: Any) -> tuple[Any, Any, Any]:
    del bias
    xhat = (wide(x) - mean[:, None]) * rstd[:, None]
    g = wide(dy) * along_channels(weight, x)
    dot = jnp.mean(g * xhat, axis=1, keepdims=True)
    dx = rstd[:, None] * (g - jnp.mean(g, axis=1, keepdims=True) - xhat * dot)
    others = tuple(axis for axis in range(x.ndim) if axis != 1)
    dweight, dbias = jnp.sum(wide(dy) * xhat, axis=others), jnp.sum(wide(dy), axis=others)
    return dx.astype(x.dtype), dweight.astype(weight.dtype), dbias.astype(weight.dtype)


class Donated:
    """A jitted function whose first results go where those of the call before were."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], out: tuple[Array, ...]) -> None:
        def with_out(out: Any, *arguments: Any) -> Any:
            results = function(*arguments)[: len(out)]
            return tuple(r.reshape(o.shape) for r, o in zip(results, out, strict=True))

        self.function = jax.jit(with_out, donate_argnums=0, keep_unused=True)
        self.arguments = arguments
        self.out = tuple(jnp.array(o, copy=True) for o in out)

    def __call__(self) -> Any:
        self.out = self.function(self.out, *self.arguments)
        return jax.block_until_ready(self.out)


class Jax:
    def __init__(self) -> None:
        jax.config.update("jax_enable_x64", True)  # or there is no float64
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_cpu_enable_async_dispatch", False)  # every call is waited for
        self.version = jax.__version__

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        given = [arrays.x, arrays.weight, arrays.bias]
        functions: dict[str, Callable[..., Any]] = {"jit": forward}
        if cell.is_backward:
            given = [arrays.dy, *given, arrays.mean, arrays.rstd]
            functions = {"vjp": backward_vjp, "written out": backward_written_out}
        arguments = tuple(jax.device_put(a, may_alias=True) for a in given)
        return {
            name: Way(Donated(function, arguments, arrays.results()), lambda value: tuple(map(np.asarray, value)))
            for name, function in functions.items()
        }
