"""planish.jax: layer normalization under jax.jit, jax.grad and jax.vmap.

    >>> import jax, jax.numpy as jnp, planish.jax
    >>> x = jnp.array([[1.0, 2, 3, 4], [10, 20, 30, 40]])
    >>> loss = jax.jit(lambda x: planish.jax.layer_norm(x)[:, 0].sum())
    >>> print(f"{loss(x):.4f}", jax.grad(loss)(x).shape)
    -2.6833 (2, 4)

XLA calls the kernels itself, by its foreign function interface: no Python is involved when a compiled function runs.
Arrays are on the CPU; for other devices there is no such function, and JAX says so.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ._derivatives import layer_norm as _layer_norm
from ._problem import Problem

__all__ = ["layer_norm"]


def layer_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    *,
    axis: int | Sequence[int] = -1,
    eps: float = 1e-5,
) -> jax.Array:
    """Normalize each row of x: y = (x - mean) * rstd * weight + bias; as planish.layer_norm.

    x             array of float32, float64, bfloat16 or float16
    weight, bias  arrays with x's shape over the normalized axes, or None for 1 and 0; each in x's dtype, or in float32
                  with 16-bit x
    axis          the normalized axes: an int or a tuple of adjacent axes
    eps           added to the variance: a Python number, finite, 0 or more

    Returns y, with x's shape and dtype. Differentiable in reverse mode with respect to x, weight and bias: the first
    time by the kernels, further times by JAX's derivatives of the formulas. Under jax.vmap, one call does for all
    entries. Raises TypeError for a dtype, ValueError for a shape, an axis or an eps that cannot be.
    """
    x, weight, bias = (None if array is None else jnp.asarray(array) for array in (x, weight, bias))
    problem = Problem.of(x, axis, eps)
    problem.check("weight", weight, x)
    problem.check("bias", bias, x)
    y: jax.Array = _layer_norm(problem, x, weight, bias)
    return y
