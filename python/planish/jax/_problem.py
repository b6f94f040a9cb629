"""What is to be normalized."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp

_WIDE, _SHORT = ("float32", "float64"), ("bfloat16", "float16")


class Problem(NamedTuple):
    """Axes first ..< end of x, counted from behind its last one, so that they stay the same with more axes before."""

    first: int
    end: int
    eps: float

    @classmethod
    def of(cls, x: Any, axis: int | Sequence[int], eps: float) -> "Problem":
        """As the caller of layer_norm gives it."""
        if x.dtype.name not in _WIDE + _SHORT:
            raise TypeError(f"x has dtype {x.dtype.name}; expected float32, float64, bfloat16 or float16")
        axes = sorted(a - x.ndim if a >= 0 else a for a in (axis if isinstance(axis, Sequence) else (axis,)))
        if not axes or axes != list(range(axes[0], axes[0] + len(axes))) or axes[0] < -x.ndim or axes[-1] >= 0:
            raise ValueError(f"axis is {axis}; it must name adjacent axes of x, which has shape {x.shape}")
        if not 0 <= eps < float("inf"):
            raise ValueError(f"eps is {eps}; it must be finite and 0 or more")
        problem = cls(axes[0], axes[-1] + 1, float(eps))
        if 0 in problem.over(x):
            raise ValueError(f"x has shape {x.shape}: there is nothing to normalize along axis {axis}")
        return problem

    def check(self, name: str, parameter: Any, x: Any) -> None:
        """Whether weight or bias fits x."""
        if parameter is None:
            return
        if parameter.shape != self.over(x):
            raise ValueError(f"{name} has shape {parameter.shape}; x has {self.over(x)} over the normalized axes")
        if parameter.dtype != x.dtype and not (x.dtype.name in _SHORT and parameter.dtype.name == "float32"):
            raise TypeError(f"{name} has dtype {parameter.dtype.name}, but x has dtype {x.dtype.name}")

    def over(self, x: Any) -> tuple[int, ...]:
        """x's shape over the normalized axes: that of weight and bias."""
        return tuple(x.shape[x.ndim + self.first : x.ndim + self.end])

    def outside(self, x: Any) -> tuple[int, ...]:
        """x's shape over the other axes: that of mean and rstd."""
        return (*x.shape[: x.ndim + self.first], *x.shape[x.ndim + self.end :])

    def spread(self, parameter: Any, x: Any) -> Any:
        """Weight or bias, or for each entry of x's first axis one of them, so that it can be multiplied with x."""
        count = self.end - self.first
        entries = parameter.shape[: parameter.ndim - count]
        between = (1,) * (x.ndim + self.first - len(entries))
        return parameter.reshape(*entries, *between, *parameter.shape[len(entries) :], *(1,) * -self.end)

    def axes(self, x: Any) -> tuple[int, ...]:
        """The normalized axes."""
        return tuple(range(x.ndim + self.first, x.ndim + self.end))

    def others(self, x: Any, first: int = 0) -> tuple[int, ...]:
        """The axes that are not normalized, from this one on."""
        return tuple(axis for axis in range(first, x.ndim) if axis not in self.axes(x))


def statistics_dtype(x: Any) -> Any:
    """Of mean and rstd, and of what is computed in between."""
    return jnp.dtype("float64" if x.dtype.name == "float64" else "float32")
