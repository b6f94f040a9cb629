"""What a type checker makes of calls with torch's tensors."""

from __future__ import annotations

from typing import assert_type

import torch
from torch import Tensor
from torch.nn import Parameter

import planish


def forward(x: Tensor, weight: Parameter, buffer: memoryview[float], wanted: bool) -> None:
    assert_type(planish.layer_norm(x, weight), Tensor)
    assert_type(planish.layer_norm(weight), Tensor)
    assert_type(planish.layer_norm(x, out=torch.empty_like(x)), Tensor)
    assert_type(planish.layer_norm(x, return_stats=True), tuple[Tensor, Tensor, Tensor])
    assert_type(planish.layer_norm(x, return_stats=wanted), Tensor | tuple[Tensor, Tensor, Tensor])
    assert_type(
        planish.layer_norm(x, out=(x, None, buffer), return_stats=True),
        tuple[Tensor, Tensor, memoryview[float] | Tensor],
    )


def backward(x: Tensor, weight: Parameter, wanted: bool) -> None:
    assert_type(planish.layer_norm_backward(x, x, weight), tuple[Tensor, Tensor, Tensor])
    some = planish.layer_norm_backward(x, x, needs=(True, wanted, False))
    assert_type(some, tuple[Tensor | None, Tensor | None, Tensor | None])
    assert_type(planish.layer_norm_backward(x, x, out=(x, weight, x)), tuple[Tensor, Parameter, Tensor])
