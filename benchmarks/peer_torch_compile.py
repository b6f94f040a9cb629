"""torch.compile of the same calls, fused with the copy into the memory of the results."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

import torch_formulas as formulas
from arrays import EPS, Arrays
from cells import Cell
from peer_torch import Tensors, results_of
from ways import Way


def forward(x: Any, weight: Any, bias: Any, out: tuple[Any, ...]) -> tuple[Any, ...]:
    results = torch.native_layer_norm(x, [x.shape[1]], weight, bias, EPS)
    return tuple(o.copy_(r.view(o.shape)) for o, r in zip(out, results, strict=False))


def backward(dy: Any, x: Any, weight: Any, bias: Any, mean: Any, rstd: Any, out: tuple[Any, ...]) -> tuple[Any, ...]:
    needs = [True, len(out) > 1, len(out) > 1]
    results = torch.ops.aten.native_layer_norm_backward.default(dy, x, [x.shape[1]], mean, rstd, weight, bias, needs)
    return tuple(o.copy_(r) for o, r in zip(out, results, strict=False))


class TorchCompile:
    def __init__(self) -> None:
        torch.set_grad_enabled(False)
        self.version = torch.__version__

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        torch.compiler.reset()  # or cells past the eighth are not compiled
        calls = functions(cell, Tensors(arrays))
        return {name: Way(call, results_of) for name, call in calls.items()}


def functions(cell: Cell, t: Tensors) -> dict[str, Callable[[], Any]]:
    wanted = len(t.out)
    arguments: tuple[Any, ...]
    rest: tuple[Any, ...]
    flat: Callable[..., Any]
    images: dict[str, Callable[..., Any]]
    if cell.is_backward:
        arguments = (t.dy, t.x, t.weight, t.bias, t.mean, t.rstd)
        flat, rest = backward, (t.out[0], wanted)
        images = {"permuted": formulas.backward_permuted, "written out": formulas.backward_written_out}
    else:
        arguments = (t.x, t.weight, t.bias)
        flat, rest = forward, (EPS, t.out[0], wanted)
        images = {"permuted": formulas.forward_permuted, "written out": formulas.forward_written_out}
    if cell.shape.image:
        return {name: partial(compiled(function), *arguments, *rest) for name, function in images.items()}
    return {"compiled": partial(compiled(flat), *arguments, t.out)}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    result: Callable[..., Any] = torch.compile(function, dynamic=False, fullgraph=True)
    return result
