"""What a type checker makes of calls with JAX's arrays."""

from __future__ import annotations

from typing import assert_type

from jax import Array

import planish


def forward(x: Array, wanted: bool) -> None:
    assert_type(planish.layer_norm(x, x), Array)
    assert_type(planish.layer_norm(x, return_stats=True), tuple[Array, Array, Array])
    assert_type(planish.layer_norm(x, return_stats=wanted), Array | tuple[Array, Array, Array])


def backward(x: Array, wanted: bool) -> None:
    assert_type(planish.layer_norm_backward(x, x, x), tuple[Array, Array, Array])
    some = planish.layer_norm_backward(x, x, needs=(True, wanted, False))
    assert_type(some, tuple[Array | None, Array | None, Array | None])
