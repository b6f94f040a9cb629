"""layer_norm: which way a call takes."""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor, is_grad_enabled
from torch._C import (
    _are_functorch_transforms_active,
    _disabled_torch_function_impl,
    _get_tracing_state,
    _len_torch_dispatch_stack,
    _len_torch_function_stack,
)
from torch._C._functorch import TransformType, get_interpreter_stack
from torch.autograd import forward_ad
from torch.compiler import is_dynamo_compiling
from torch.nn import Parameter, functional
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from .._planish import tensor_forward
from . import _operators, _vmap  # noqa: F401 - _vmap registers itself
from ._function import differentiable_layer_norm

_TENSORS = (Tensor, Parameter)
_PARAMETERS = (Parameter, Tensor, type(None))
_SHORT = (torch.bfloat16, torch.float16)
_LENDS = hasattr(Tensor, "__dlpack_c_exchange_api__")  # without it, torch computes
_DTYPES = (torch.float32, torch.float64, *_SHORT)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize the last axes of input, which have normalized_shape; as torch.nn.functional.layer_norm.

    input         tensor of any shape that ends with normalized_shape: float32, float64, bfloat16 or float16
    weight, bias  tensors of normalized_shape, or None for 1 and 0; in input's dtype, or in float32 with 16-bit input
    eps           added to the variance

    Returns a new contiguous tensor with input's shape and dtype. Differentiable with respect to input, weight and bias.
    Errors are those of torch.

    >>> print(layer_norm(torch.tensor([1.0, 2.0, 3.0, 4.0]), (4,)))
    tensor([-1.3416, -0.4472,  0.4472,  1.3416])
    """
    # At once, if torch is at its plainest: plain tensors, and no mode, no transform and no tracer that wants to know.
    if (
        not is_dynamo_compiling()
        and type(input) in _TENSORS
        and type(weight) in _PARAMETERS
        and type(bias) in _PARAMETERS
        and not _len_torch_function_stack()
        and not _len_torch_dispatch_stack()
        and not _are_functorch_transforms_active()
        and forward_ad._current_level < 0
        and _get_tracing_state() is None
    ):
        if is_grad_enabled() and (
            input.requires_grad
            or (weight is not None and weight.requires_grad)
            or (bias is not None and bias.requires_grad)
        ):
            y = differentiable_layer_norm(input, weight, bias, (normalized_shape, eps))
        else:
            y = tensor_forward(input, normalized_shape, weight, bias, eps, False)
        if y is not NotImplemented:
            return y
    elif is_for_kernels(input, normalized_shape, weight, bias, eps):
        return _operators.forward(input, normalized_shape, weight, bias, eps)[0]
    return functional.layer_norm(input, normalized_shape, weight, bias, eps)


def is_for_kernels(
    x: Tensor, normalized_shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> bool:
    """Whether the operators can do what is asked for, judged by everything but the numbers."""
    if not _LENDS or not _is_time_for_operators() or not (_is_dense(x) and _is_dense(weight) and _is_dense(bias)):
        return False
    shape = tuple(normalized_shape)
    return (
        x.dtype in _DTYPES
        and 0 < len(shape) <= x.ndim
        and tuple(x.shape[x.ndim - len(shape) :]) == shape
        and x.numel() > 0
        and _is_parameter(weight, x.dtype, shape)
        and _is_parameter(bias, x.dtype, shape)
        and 0 <= eps < inf
    )


def _is_time_for_operators() -> bool:
    """Of torch.func's transforms they know vmap. Its derivatives, forward ones anywhere, and torch.jit are torch's."""
    transformed = _are_functorch_transforms_active()
    if is_dynamo_compiling():  # it cannot trace the other questions
        return not transformed
    if forward_ad._current_level >= 0 or _get_tracing_state() is not None:
        return False
    return not transformed or all(level.key() == TransformType.Vmap for level in get_interpreter_stack())


def _is_dense(tensor: Tensor | None) -> bool:
    """A dense tensor on the CPU, not of a class with functions or operators of its own."""
    if tensor is None:
        return True
    kind = type(tensor)
    if kind not in _TENSORS and (
        not issubclass(kind, Tensor)
        or kind.__torch_function__ is not _disabled_torch_function_impl
        or is_traceable_wrapper_subclass(tensor)
    ):
        return False
    return tensor.device.type == "cpu" and tensor.layout == torch.strided and not tensor.is_nested


def _is_parameter(tensor: Tensor | None, of: torch.dtype, shape: tuple[int, ...]) -> bool:
    if tensor is None:
        return True
    return tuple(tensor.shape) == shape and (tensor.dtype == of or (of in _SHORT and tensor.dtype == torch.float32))
