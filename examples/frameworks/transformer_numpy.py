"""A transformer's block with NumPy and Planish alone, forward and backward.

    pip install numpy
    python transformer_numpy.py

The block is the usual one, normalized first: x + attention(norm(x)), then x + feed forward(norm(x)). Gradients of x and
of all parameters are compared with torch's where torch is installed, otherwise with differences of the loss along a
random direction. The exit status is 1 if they do not agree.
"""

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np

import planish

Array = Any  # numpy.ndarray
Arrays = dict[str, Array]

TOKENS, FEATURES, HEADS, HIDDEN, EPS = 24, 64, 4, 256, 1e-5


def parameters(generator: Any) -> Arrays:
    """Weights of every part."""
    shapes = {
        "norm1.weight": (FEATURES,),
        "norm1.bias": (FEATURES,),
        "queries": (FEATURES, FEATURES),
        "keys": (FEATURES, FEATURES),
        "values": (FEATURES, FEATURES),
        "mixed": (FEATURES, FEATURES),
        "norm2.weight": (FEATURES,),
        "norm2.bias": (FEATURES,),
        "up": (FEATURES, HIDDEN),
        "down": (HIDDEN, FEATURES),
    }
    return {name: generator.standard_normal(shape) / shape[0] ** 0.5 for name, shape in shapes.items()}


# ---- The parts: each forward gives what its backward needs ----


class Norm:
    """Layer normalization over the features."""

    def __init__(self, p: Arrays, name: str) -> None:
        self.name, self.weight, self.bias = name, p[f"{name}.weight"], p[f"{name}.bias"]

    def forward(self, x: Array) -> Array:
        self.x = x
        y, self.mean, self.rstd = planish.layer_norm(x, self.weight, self.bias, eps=EPS, return_stats=True)
        return y

    def backward(self, dy: Array, gradients: Arrays) -> Array:
        dx, dweight, dbias = planish.layer_norm_backward(
            dy, self.x, self.weight, mean=self.mean, rstd=self.rstd, eps=EPS
        )
        gradients[f"{self.name}.weight"], gradients[f"{self.name}.bias"] = dweight, dbias
        return dx


def split(x: Array) -> Array:
    """(tokens, features) as (heads, tokens, features of a head)."""
    return x.reshape(TOKENS, HEADS, -1).transpose(1, 0, 2)


def join(x: Array) -> Array:
    """Back again."""
    return x.transpose(1, 0, 2).reshape(TOKENS, -1)


class Attention:
    """Every token looks at all tokens."""

    def __init__(self, p: Arrays) -> None:
        self.p = p

    def forward(self, x: Array) -> Array:
        self.x = x
        self.q, self.k, self.v = (split(x @ self.p[name]) for name in ("queries", "keys", "values"))
        self.scale = self.q.shape[-1] ** -0.5
        scores = self.q @ self.k.transpose(0, 2, 1) * self.scale
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        self.weights = weights / weights.sum(-1, keepdims=True)
        self.joined = join(self.weights @ self.v)
        return self.joined @ self.p["mixed"]

    def backward(self, dy: Array, gradients: Arrays) -> Array:
        gradients["mixed"] = self.joined.T @ dy
        dheads = split(dy @ self.p["mixed"].T)
        dweights = dheads @ self.v.transpose(0, 2, 1)
        dscores = self.weights * (dweights - (dweights * self.weights).sum(-1, keepdims=True)) * self.scale
        parts = {
            "queries": dscores @ self.k,
            "keys": dscores.transpose(0, 2, 1) @ self.q,
            "values": self.weights.transpose(0, 2, 1) @ dheads,
        }
        dx = np.zeros_like(self.x)
        for name, part in parts.items():
            flat = join(part)
            gradients[name] = self.x.T @ flat
            dx += flat @ self.p[name].T
        return dx


class FeedForward:
    """Two matrices with a ReLU in between."""

    def __init__(self, p: Arrays) -> None:
        self.p = p

    def forward(self, x: Array) -> Array:
        self.x = x
        self.hidden = np.maximum(x @ self.p["up"], 0)
        return self.hidden @ self.p["down"]

    def backward(self, dy: Array, gradients: Arrays) -> Array:
        gradients["down"] = self.hidden.T @ dy
        dhidden = dy @ self.p["down"].T * (self.hidden > 0)
        gradients["up"] = self.x.T @ dhidden
        return dhidden @ self.p["up"].T


class Block:
    """All of it."""

    def __init__(self, p: Arrays) -> None:
        self.halves: list[tuple[Norm, Attention | FeedForward]] = [
            (Norm(p, "norm1"), Attention(p)),
            (Norm(p, "norm2"), FeedForward(p)),
        ]

    def forward(self, x: Array) -> Array:
        for norm, part in self.halves:
            x = x + part.forward(norm.forward(x))
        return x

    def backward(self, dy: Array) -> tuple[Array, Arrays]:
        """dx, and the gradients of the parameters by their names."""
        gradients: Arrays = {}
        for norm, part in reversed(self.halves):
            dy = dy + norm.backward(part.backward(dy, gradients), gradients)
        return dy, gradients


# ---- The same another way ----


def by_torch(p: Arrays, x: Array, dy: Array) -> tuple[Array, Array, Arrays]:
    """y, dx and the gradients, by torch's functions and its differentiation."""
    import torch
    from torch.nn import functional

    t = {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in {**p, "x": x}.items()}

    def norm(a: Any, name: str) -> Any:
        return functional.layer_norm(a, (FEATURES,), t[f"{name}.weight"], t[f"{name}.bias"], EPS)

    def heads(a: Any) -> Any:
        return a.reshape(TOKENS, HEADS, -1).transpose(0, 1)

    normalized = norm(t["x"], "norm1")
    q, k, v = (heads(normalized @ t[name]) for name in ("queries", "keys", "values"))
    attended = functional.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(TOKENS, -1)
    middle = t["x"] + attended @ t["mixed"]
    y = middle + functional.relu(norm(middle, "norm2") @ t["up"]) @ t["down"]
    y.backward(torch.from_numpy(dy))
    gradients = {name: tensor.grad.numpy() for name, tensor in t.items()}
    return y.detach().numpy(), gradients.pop("x"), gradients


def slope(p: Arrays, x: Array, dy: Array, direction: Arrays) -> float:
    """How the loss sum(dy * y) changes along a direction, by a difference."""

    def loss(step: float) -> float:
        moved = {name: value + step * direction[name] for name, value in p.items()}
        return float((dy * Block(moved).forward(x + step * direction["x"])).sum())

    return (loss(1e-6) - loss(-1e-6)) / 2e-6


def distance(a: Array, b: Array) -> float:
    """The largest difference, as a part of the largest number."""
    return float(np.abs(a - b).max() / np.abs(b).max())


def main() -> int:
    """Compare in float64, then in float32."""
    worst = 0.0
    for dtype, allowed in (("float64", 1e-12), ("float32", 1e-4)):
        generator = np.random.default_rng(0)
        p = {name: value.astype(dtype) for name, value in parameters(generator).items()}
        x, dy = (generator.standard_normal((TOKENS, FEATURES)).astype(dtype) for _ in range(2))
        block = Block(p)
        y = block.forward(x)
        dx, gradients = block.backward(dy)
        assert all(isinstance(array, np.ndarray) and array.dtype == dtype for array in (y, dx, *gradients.values()))
        if find_spec("torch"):
            y_torch, dx_torch, gradients_torch = by_torch(p, x, dy)
            distances = {name: distance(gradients[name], gradients_torch[name]) for name in p}
            distances |= {"y": distance(y, y_torch), "dx": distance(dx, dx_torch)}
        elif dtype == "float64":
            direction = {name: generator.standard_normal(value.shape) for name, value in {**p, "x": x}.items()}
            expected = sum(float((gradient * direction[name]).sum()) for name, gradient in gradients.items())
            expected += float((dx * direction["x"]).sum())
            distances, allowed = {"the loss": abs(slope(p, x, dy, direction) / expected - 1)}, 1e-6
        else:
            continue
        name = max(distances, key=distances.__getitem__)
        print(f"{dtype}: {len(distances)} compared; {name} differs most, by {distances[name]:.1e} of its largest")
        worst = max(worst, distances[name] / allowed)
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
