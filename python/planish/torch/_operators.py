"""planish::layer_norm and planish::layer_norm_backward: what torch.compile, torch.export and torch.func see."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .._planish import tensor_backward, tensor_forward

library = torch.library.Library("planish", "FRAGMENT")
library.define(
    "layer_norm(Tensor x, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps)"
    " -> (Tensor y, Tensor mean, Tensor rstd)",
    tags=(torch.Tag.pt2_compliant_tag,),
)
library.define(
    "layer_norm_backward(Tensor dy, Tensor x, SymInt[] normalized_shape, Tensor? weight, Tensor mean, Tensor rstd,"
    " float eps, bool[] needs) -> (Tensor dx, Tensor dweight, Tensor dbias)",
    tags=(torch.Tag.pt2_compliant_tag,),
)

forward: Any = torch.ops.planish.layer_norm.default
backward: Any = torch.ops.planish.layer_norm_backward.default


def statistics_dtype(dtype: torch.dtype) -> torch.dtype:
    """Of mean and rstd."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def gradients(
    dy: Tensor,
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    mean: Tensor,
    rstd: Tensor,
    eps: float,
    needs: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """dx, dweight and dbias, None for what is not needed; the operator has empty tensors there."""
    answer = backward(dy, x, shape, weight, mean, rstd, eps, needs)
    return tuple(gradient if need else None for gradient, need in zip(answer, needs, strict=True))


# ---- On the CPU ----


def _checked(answer: Any, x: Tensor, shape: Sequence[int]) -> Any:
    if answer is NotImplemented:
        raise ValueError(
            f"planish has no layer norm over {tuple(shape)} for x of shape {tuple(x.shape)} and {x.dtype} "
            "with these other arguments; planish.torch.layer_norm calls torch's there"
        )
    return answer


def _forward_cpu(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, ...]:
    y, (mean, rstd) = _checked(tensor_forward(x, shape, weight, bias, eps, True), x, shape)
    return y, torch.from_dlpack(mean), torch.from_dlpack(rstd)


def _backward_cpu(
    dy: Tensor,
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    mean: Tensor,
    rstd: Tensor,
    eps: float,
    needs: Sequence[bool],
) -> tuple[Tensor, ...]:
    answer = tensor_backward(dy, x, shape, weight, mean.detach(), rstd.detach(), tuple(needs))
    return tuple(x.new_empty(0) if gradient is None else gradient for gradient in _checked(answer, x, shape))


library.impl("layer_norm", _forward_cpu, "CPU")
library.impl("layer_norm_backward", _backward_cpu, "CPU")


# ---- Without data ----


@torch.library.register_fake("planish::layer_norm", lib=library)
def _forward_fake(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, ...]:
    outside, dtype = x.shape[: x.ndim - len(shape)], statistics_dtype(x.dtype)
    return x.new_empty(x.shape), x.new_empty(outside, dtype=dtype), x.new_empty(outside, dtype=dtype)


@torch.library.register_fake("planish::layer_norm_backward", lib=library)
def _backward_fake(
    dy: Tensor,
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None,
    mean: Tensor,
    rstd: Tensor,
    eps: float,
    needs: Sequence[bool],
) -> tuple[Tensor, ...]:
    dtype = x.dtype if weight is None else weight.dtype
    like = ((x.shape, x.dtype), (shape, dtype), (shape, dtype))
    return tuple(
        x.new_empty(extents, dtype=dtype) if need else x.new_empty(0)
        for need, (extents, dtype) in zip(needs, like, strict=True)
    )


# ---- Derivatives ----


def _forward_context(ctx: Any, inputs: Any, output: Any) -> None:
    x, ctx.shape, weight, _, ctx.eps = inputs
    _, mean, rstd = output
    ctx.mark_non_differentiable(mean, rstd)
    ctx.save_for_backward(x, weight, mean, rstd)


def _forward_derivative(ctx: Any, dy: Tensor, _dmean: Any, _drstd: Any) -> tuple[Tensor | None, ...]:
    x, weight, mean, rstd = ctx.saved_tensors
    needs_x, _, needs_weight, needs_bias, _ = ctx.needs_input_grad
    needs = (needs_x, needs_weight, needs_bias)
    dx, dweight, dbias = gradients(dy, x, ctx.shape, weight, mean, rstd, ctx.eps, needs)
    return dx, None, dweight, dbias, None


def _backward_context(ctx: Any, inputs: Any, output: Any) -> None:
    dy, x, ctx.shape, weight, _, _, ctx.eps, ctx.needs = inputs
    ctx.save_for_backward(dy, x, weight)


def _backward_derivative(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, ...]:
    """By torch's own derivatives of the formulas, x's statistics among them."""
    dy, x, weight = ctx.saved_tensors

    def formulas(*tensors: Tensor) -> tuple[Tensor, ...]:
        return gradient_formulas(tensors[0], tensors[1], ctx.shape, (*tensors, None)[2], ctx.eps, ctx.needs)

    tensors = (dy, x) if weight is None else (dy, x, weight)
    _, pull = torch.func.vjp(formulas, *tensors)
    wanted = tuple(cotangent for cotangent, need in zip(cotangents, ctx.needs, strict=True) if need)
    ddy, dx, dweight = (*pull(wanted), None)[:3]
    return ddy, dx, None, dweight, None, None, None, None


def gradient_formulas(
    dy: Tensor, x: Tensor, shape: Sequence[int], weight: Tensor | None, eps: float, needs: Sequence[bool]
) -> tuple[Tensor, ...]:
    """Those of dx, dweight and dbias that are needed, in torch's differentiable operators."""
    dtype, outside, over = statistics_dtype(x.dtype), x.ndim - len(shape), tuple(range(-len(shape), 0))
    parameter = x.dtype if weight is None else weight.dtype
    wide_x, wide_dy = x.to(dtype), dy.to(dtype)
    centred = wide_x - wide_x.mean(over, keepdim=True)
    rstd = (centred.square().mean(over, keepdim=True) + eps).rsqrt()
    x_hat = centred * rstd
    g = wide_dy if weight is None else wide_dy * weight.to(dtype)
    dx = rstd * (g - g.mean(over, keepdim=True) - x_hat * (g * x_hat).mean(over, keepdim=True))

    def sum_outside(values: Tensor) -> Tensor:
        return values.flatten(0, outside - 1).sum(0) if outside else values

    made = (lambda: dx.to(x.dtype), lambda: sum_outside(wide_dy * x_hat), lambda: sum_outside(wide_dy))
    return tuple(make().to(x.dtype if place == 0 else parameter) for place, make in enumerate(made) if needs[place])


torch.library.register_autograd("planish::layer_norm", _forward_derivative, setup_context=_forward_context, lib=library)
torch.library.register_autograd(
    "planish::layer_norm_backward", _backward_derivative, setup_context=_backward_context, lib=library
)
