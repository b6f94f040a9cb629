"""What torch.func.vmap makes of the operators: one call for all entries."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from . import _operators


def _leading(tensor: Any, dim: int | None, size: int) -> Any:
    """With the entries along the first axis; all the same where there are none."""
    if tensor is None:
        return None
    return tensor.expand(size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def _over(parameter: Tensor, x: Tensor) -> Tensor:
    """A parameter (entries, *normalized_shape) as it is to be multiplied with x (entries, …, *normalized_shape)."""
    between = (1,) * (x.ndim - parameter.ndim)
    return parameter.reshape(parameter.shape[0], *between, *parameter.shape[1:])


@torch.library.register_vmap("planish::layer_norm", lib=_operators.library)
def _forward(
    info: Any,
    in_dims: tuple[Any, ...],
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
    """An entry is more rows. Parameters that differ between entries are applied to what the kernels give."""
    x_dim, _, weight_dim, bias_dim, _ = in_dims
    x = _leading(x, x_dim, info.batch_size)
    apart = weight_dim is not None or bias_dim is not None
    y, mean, rstd = _operators.forward(x, shape, None if apart else weight, None if apart else bias, eps)
    if apart:
        wide = y.to(mean.dtype)
        if weight is not None:
            wide = wide * _over(_leading(weight, weight_dim, info.batch_size), y)
        if bias is not None:
            wide = wide + _over(_leading(bias, bias_dim, info.batch_size), y)
        y = wide.to(x.dtype)
    return (y, mean, rstd), (0, 0, 0)


@torch.library.register_vmap("planish::layer_norm_backward", lib=_operators.library)
def _backward(
    info: Any,
    in_dims: tuple[Any, ...],
    dy: Tensor,
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    mean: Tensor,
    rstd: Tensor,
    eps: float,
    needs: Sequence[bool],
) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
    """dx in one call, of dy · weight if weight differs between entries; sums for each entry on its own."""
    dy_dim, x_dim, _, weight_dim, mean_dim, rstd_dim, *_ = in_dims
    size = info.batch_size
    dy, x = _leading(dy, dy_dim, size), _leading(x, x_dim, size)
    mean, rstd = _leading(mean, mean_dim, size), _leading(rstd, rstd_dim, size)
    gradients = [x.new_empty(size, 0)] * 3
    if needs[0]:
        g, common = dy, weight
        if weight_dim is not None:
            g, common = (dy * _over(_leading(weight, weight_dim, size), dy)).to(x.dtype), None
        gradients[0] = _operators.backward(g, x, shape, common, mean, rstd, eps, (True, False, False))[0]
    dtype = x.dtype if weight is None else weight.dtype
    outside = tuple(range(1, x.ndim - len(shape)))
    wide_dy = dy.to(mean.dtype)
    if needs[1]:
        ones = (1,) * len(shape)
        x_hat = (x - mean.reshape(*mean.shape, *ones)) * rstd.reshape(*rstd.shape, *ones)
        gradients[1] = _sum(wide_dy * x_hat, outside).to(dtype)
    if needs[2]:
        gradients[2] = _sum(wide_dy, outside).to(dtype)
    return tuple(gradients), (0, 0, 0)


def _sum(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    return values.sum(axes) if axes else values  # torch's sum over no axes is one over all
