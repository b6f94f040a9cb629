"""Who takes part in `python -m planish bench`: planish, a copy of x, and what is installed of its peers.

Each is made with the packages that it needs (ModuleNotFoundError without them), and makes a call of a problem.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol

import planish

EPS = 1e-5
OURS = "planish"

Call = Callable[[], Any]


class Problem:
    """Arrays of float32: x and dy of rows x features, weight and bias of features; mean and rstd of x."""

    def __init__(self, rows: int, features: int) -> None:
        self.rows, self.features = rows, features
        self.x, self.dy = values(1, rows, features), values(2, rows, features)
        self.weight, self.bias = values(3, features), values(4, features)
        _, self.mean, self.rstd = planish.layer_norm(self.x, eps=EPS, return_stats=True)


def values(seed: int, *shape: int) -> memoryview[float]:
    """Numbers that look random: a prime number of them, again and again, so that rows differ."""
    normal = random.Random(seed).normalvariate
    some, size = array("f", (normal(0, 1) for _ in range(1021))), shape[0] * (shape[1] if len(shape) > 1 else 1)
    return memoryview((some * (size // len(some) + 1))[:size]).cast("B").cast("f", shape)


class Peer(Protocol):
    title: str

    def forward(self, problem: Problem) -> Call: ...
    def backward(self, problem: Problem) -> Call: ...


class Planish:
    title = f"planish {planish.__version__}"

    def forward(self, p: Problem) -> Call:
        return lambda: planish.layer_norm(p.x, p.weight, p.bias, eps=EPS)

    def backward(self, p: Problem) -> Call:
        return lambda: planish.layer_norm_backward(p.dy, p.x, p.weight, mean=p.mean, rstd=p.rstd, eps=EPS)


class Copy:
    """What moving the bytes of x takes, into memory that is there already."""

    title = "a copy of x"

    def forward(self, problem: Problem) -> Call:
        source, target = problem.x.cast("B"), memoryview(bytearray(problem.x.nbytes))

        def copy() -> None:
            target[:] = source

        return copy

    backward = forward


class Numpy:
    """The formula, as one writes it."""

    def __init__(self) -> None:
        self.numpy = import_module("numpy")
        self.title = f"NumPy {self.numpy.__version__}"

    def arrays(self, *views: memoryview[float]) -> list[Any]:
        return [self.numpy.asarray(view) for view in views]

    def forward(self, problem: Problem) -> Call:
        x, weight, bias = self.arrays(problem.x, problem.weight, problem.bias)

        def formula() -> Any:
            d = x - x.mean(-1, keepdims=True)
            return d / self.numpy.sqrt((d * d).mean(-1, keepdims=True) + EPS) * weight + bias

        return formula

    def backward(self, problem: Problem) -> Call:
        x, dy, weight = self.arrays(problem.x, problem.dy, problem.weight)
        mean, rstd = (a[:, None] for a in self.arrays(problem.mean, problem.rstd))

        def formula() -> Any:
            xhat, g = (x - mean) * rstd, dy * weight
            dx = rstd * (g - g.mean(-1, keepdims=True) - xhat * (g * xhat).mean(-1, keepdims=True))
            return dx, (dy * xhat).sum(0), dy.sum(0)

        return formula


class Torch:
    """The operator of torch, without autograd."""

    def __init__(self) -> None:
        self.torch = import_module("torch")
        self.title = f"torch {self.torch.__version__}"
        self.torch.set_num_threads(planish.get_num_threads())

    def tensors(self, *views: memoryview[float]) -> list[Any]:
        return [self.torch.frombuffer(view, dtype=self.torch.float32).view(view.shape) for view in views]

    def forward(self, problem: Problem) -> Call:
        x, weight, bias = self.tensors(problem.x, problem.weight, problem.bias)
        norm = self.torch.nn.functional.layer_norm
        return lambda: norm(x, [problem.features], weight, bias, EPS)

    def backward(self, problem: Problem) -> Call:
        x, dy, weight, bias = self.tensors(problem.x, problem.dy, problem.weight, problem.bias)
        mean, rstd = (t[:, None] for t in self.tensors(problem.mean, problem.rstd))
        gradients = self.torch.ops.aten.native_layer_norm_backward.default
        return lambda: gradients(dy, x, [problem.features], mean, rstd, weight, bias, [True, True, True])


PEERS: dict[str, Callable[[], Peer]] = {OURS: Planish, "copy of x": Copy, "NumPy": Numpy, "torch": Torch}


def first_values(result: Any) -> Sequence[float]:
    """The beginning of a first result; nothing of a copy."""
    first = result[0] if isinstance(result, tuple) else result
    if isinstance(first, memoryview):
        return first.cast("B").cast("f")[:64].tolist()
    return [] if first is None else first.reshape(-1)[:64].tolist()
