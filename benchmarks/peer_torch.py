"""torch, eager: the operator itself, with and without memory for its results, and F.layer_norm as users call it.

For channels first, torch has no operator: the axes are permuted, or the formulas are written out. Whatever comes out is
an array (N, C, H·W) again.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.nn import functional

import torch_formulas as formulas
from arrays import EPS, NUMPY_DTYPES, Array, Arrays
from cells import Cell
from ways import Way


def tensor(array: Array | None) -> Any:
    """Of the same memory."""
    if array is None:
        return None
    if array.dtype == NUMPY_DTYPES["bf16"]:
        return torch.from_numpy(array.view("int16")).view(torch.bfloat16)
    return torch.from_numpy(array)


def array_of(value: Any) -> Array:
    value = value.contiguous()
    if value.dtype == torch.bfloat16:
        return value.view(torch.int16).numpy().view(NUMPY_DTYPES["bf16"])
    return value.numpy()


def results_of(value: Any) -> tuple[Array, ...]:
    """torch gives dweight and dbias as None where they are not wanted."""
    values = value if isinstance(value, tuple) else (value,)
    return tuple(array_of(v) for v in values if v is not None)


class Tensors:
    """The cell's arrays as torch wants them: the statistics in the dtype of x, with an axis of one."""

    def __init__(self, arrays: Arrays) -> None:
        self.x, self.dy, self.weight, self.bias = map(tensor, (arrays.x, arrays.dy, arrays.weight, arrays.bias))
        self.out = tuple(tensor(a) for a in arrays.results())
        self.mean, self.rstd = (tensor(a).unsqueeze(1).to(self.x.dtype) for a in (arrays.mean, arrays.rstd))
        self.shape = [arrays.x.shape[1]]


class Torch:
    def __init__(self) -> None:
        torch.inference_mode(mode=True).__enter__()
        capability = torch.backends.cpu.get_cpu_capability()
        self.version = f"{torch.__version__} ({capability})"

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        t = Tensors(arrays)
        if cell.shape.image:
            calls = image_calls(cell, t)
        else:
            calls = backward_calls(cell, t) if cell.is_backward else forward_calls(cell, t)
        return {name: Way(call, results_of) for name, call in calls.items()}


def forward_calls(cell: Cell, t: Tensors) -> dict[str, Callable[[], Any]]:
    arguments = (t.x, t.shape, t.weight, t.bias, EPS)
    statistics = cell.operation == "forward_statistics"
    # torch's own are in the dtype of x; y alone cannot be had with `out`.
    out = {"out0": t.out[0], "out1": t.mean.clone(), "out2": t.rstd.clone()}
    with_out = partial(torch.ops.aten.native_layer_norm.out, *arguments, **out)
    if statistics:
        return {"native_layer_norm": partial(torch.native_layer_norm, *arguments), "native_layer_norm.out": with_out}
    return {
        "F.layer_norm": partial(functional.layer_norm, *arguments),
        "torch.layer_norm": partial(torch.layer_norm, *arguments, False),
        "native_layer_norm.out": only_first(with_out),
    }


def only_first(call: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: call()[0]


def backward_calls(cell: Cell, t: Tensors) -> dict[str, Callable[[], Any]]:
    operator = torch.ops.aten.native_layer_norm_backward
    needs = [True, cell.operation == "backward", cell.operation == "backward"]
    arguments = (t.dy, t.x, t.shape, t.mean, t.rstd, t.weight, t.bias, needs)
    calls: dict[str, Callable[[], Any]] = {"native_layer_norm_backward": partial(operator.default, *arguments)}
    if cell.operation == "backward":
        out = dict(zip(("out0", "out1", "out2"), t.out, strict=True))
        calls["native_layer_norm_backward.out"] = partial(operator.out, *arguments, **out)
    return calls


def image_calls(cell: Cell, t: Tensors) -> dict[str, Callable[[], Any]]:
    wanted = len(t.out)
    arguments: tuple[Any, ...]
    ways: dict[str, Callable[..., Any]]
    if cell.is_backward:
        arguments = (t.dy, t.x, t.weight, t.bias, t.mean, t.rstd, t.out[0], wanted)
        ways = {"permuted": formulas.backward_permuted, "written out": formulas.backward_written_out}
    else:
        arguments = (t.x, t.weight, t.bias, EPS, t.out[0], wanted)
        ways = {"permuted": formulas.forward_permuted, "written out": formulas.forward_written_out}
    return {name: partial(function, *arguments) for name, function in ways.items()}
