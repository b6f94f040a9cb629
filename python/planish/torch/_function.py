"""Differentiation in ordinary Python: the kernels at once, without torch's dispatcher."""

from typing import Any

import torch
from torch import Tensor, is_grad_enabled
from torch._C import _are_functorch_transforms_active, _len_torch_dispatch_stack
from torch.autograd import Function, forward_ad

from .._planish import tensor_backward, tensor_forward
from . import _operators


class _LayerNorm(Function):
    """Of x, weight, bias and (normalized_shape, eps). Not a tensor but NotImplemented if it is none of our business."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, problem: Any) -> Any:
        answer = tensor_forward(x, problem[0], weight, bias, problem[1], True)
        if answer is NotImplemented:
            return answer
        y, ctx.statistics = answer
        ctx.problem = problem
        ctx.save_for_backward(x, weight)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        mean, rstd = ctx.statistics
        shape, eps = ctx.problem
        needs = ctx.needs_input_grad[:3]
        # Gradients that are to be differentiated again are the operator's, which knows how.
        if (
            type(dy) is Tensor
            and not is_grad_enabled()
            and not _len_torch_dispatch_stack()
            and not _are_functorch_transforms_active()
            and forward_ad._current_level < 0
        ):
            gradients = tensor_backward(dy, x, shape, weight, mean, rstd, needs)
            if gradients is not NotImplemented:
                return (*gradients, None)
        mean, rstd = torch.from_dlpack(mean), torch.from_dlpack(rstd)
        return (*_operators.gradients(dy, x, shape, weight, mean, rstd, eps, needs), None)


# Function.apply without what it does for functorch, whose transforms are not active here: a microsecond less.
differentiable_layer_norm = super(Function, _LayerNorm).apply
