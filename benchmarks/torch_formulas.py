"""Layer norm over the channels of (N, C, H·W) in torch's terms. `wanted` is the number of results.

The large result is written to `out`. Intermediate results are overwritten where their memory can be used again.
"""

from typing import Any

import torch


def last(x: Any) -> Any:
    """The channels behind."""
    return x.permute(0, 2, 1)


def forward_permuted(x: Any, weight: Any, bias: Any, eps: float, out: Any, wanted: int) -> tuple[Any, ...]:
    y, mean, rstd = torch.native_layer_norm(last(x), [x.shape[1]], weight, bias, eps)
    return (out.copy_(last(y)), last(mean), last(rstd))[:wanted]


def forward_written_out(x: Any, weight: Any, bias: Any, eps: float, out: Any, wanted: int) -> tuple[Any, ...]:
    mean = x.mean(1, keepdim=True)
    d = torch.sub(x, mean, out=out)
    rstd = (d * d).mean(1, keepdim=True).add_(eps).rsqrt_()
    y = d.mul_(rstd).mul_(weight[:, None]).add_(bias[:, None])
    return (y, mean, rstd)[:wanted]


def backward_permuted(
    dy: Any, x: Any, weight: Any, bias: Any, mean: Any, rstd: Any, out: Any, wanted: int
) -> tuple[Any, ...]:
    dx, dweight, dbias = torch.ops.aten.native_layer_norm_backward.default(
        last(dy), last(x), [x.shape[1]], last(mean), last(rstd), weight, bias, [True, wanted > 1, wanted > 1]
    )
    return (out.copy_(last(dx)), dweight, dbias)[:wanted]


def backward_written_out(
    dy: Any, x: Any, weight: Any, bias: Any, mean: Any, rstd: Any, out: Any, wanted: int
) -> tuple[Any, ...]:
    xhat = (x - mean).mul_(rstd)
    g = torch.mul(dy, weight[:, None], out=out)
    average, dot = g.mean(1, keepdim=True), (g * xhat).mean(1, keepdim=True)
    if wanted == 1:
        return (g.sub_(average).sub_(xhat.mul_(dot)).mul_(rstd),)
    dweight, dbias = (dy * xhat).sum((0, 2)), dy.sum((0, 2))
    return g.sub_(average).sub_(xhat.mul_(dot)).mul_(rstd), dweight, dbias
