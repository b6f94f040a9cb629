"""Networks by hand: NumPy multiplies the matrices, planish normalizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import planish

Array = NDArray[Any]


def norm(x: Array, weight: Array, bias: Array) -> tuple[Array, Array, Array]:
    """y, mean and rstd of planish.layer_norm as NumPy arrays."""
    y, mean, rstd = map(np.asarray, planish.layer_norm(x, weight, bias, return_stats=True))
    return y, mean, rstd


def norm_backward(dy: Array, x: Array, weight: Array, mean: Array, rstd: Array) -> tuple[Array, Array, Array]:
    """dx, dweight and dbias of planish.layer_norm_backward as NumPy arrays."""
    dx, dweight, dbias = map(np.asarray, planish.layer_norm_backward(dy, x, weight, mean=mean, rstd=rstd))
    return dx, dweight, dbias


class Activation(NamedTuple):
    """An activation and its slope, both as functions of what goes into it; and the mean of its square where N(0, 1)
    goes in, from which the weights are drawn so that a layer keeps the size of its inputs."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    power: float


def sigmoid(x: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


RELU = Activation(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype), 0.5)
SIGMOID = Activation(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), 1.0)


class Network:
    """Hidden layers, each x @ weights, then layer norm or just a bias, then the activation; a linear layer of classes
    on top. The weights of the hidden layers are drawn `scale` times as large as what keeps the size of the signal."""

    def __init__(
        self,
        widths: list[int],
        rng: np.random.Generator,
        *,
        normed: bool,
        scale: float = 1.0,
        activation: Activation = RELU,
    ) -> None:
        deviations = [scale / np.sqrt(activation.power * n) for n in widths[:-2]] + [1 / np.sqrt(widths[-2])]
        shapes = zip(widths, widths[1:], deviations, strict=False)
        self.weights: list[Array] = [np.float32(s) * rng.standard_normal((n, m), np.float32) for n, m, s in shapes]
        self.biases: list[Array] = [np.zeros(m, np.float32) for m in widths[1:]]
        self.gains: list[Array] = [np.ones(m, np.float32) for m in widths[1:-1]] if normed else []
        self.normed, self.activation = normed, activation

    def forward(self, x: Array) -> list[Array]:
        """What goes into each layer, and at last the logits. Keeps what backward needs."""
        inputs, self.kept = [x], []
        for layer, bias in enumerate(self.biases[:-1]):
            a = inputs[-1] @ self.weights[layer]
            if self.normed:
                y, *statistics = norm(a, self.gains[layer], bias)
            else:
                y, statistics = a + bias, []
            self.kept.append((a, y, statistics))
            inputs.append(self.activation.value(y))
        self.inputs = [*inputs, inputs[-1] @ self.weights[-1] + self.biases[-1]]
        return self.inputs

    def backward(self, dlogits: Array) -> list[Array]:
        """The gradients of all that forward returned; those of parameters go to self.grads."""
        ds, dweights, dbiases, dgains = [dlogits], [], [], []
        dweights.append(self.inputs[-2].T @ dlogits)
        dbiases.append(dlogits.sum(0))
        ds.append(dlogits @ self.weights[-1].T)
        for layer in reversed(range(len(self.kept))):
            a, y, statistics = self.kept[layer]
            dy = ds[-1] * self.activation.slope(y)
            if self.normed:
                da, dgain, dbias = norm_backward(dy, a, self.gains[layer], *statistics)
                dgains.append(dgain)
            else:
                da, dbias = dy, dy.sum(0)
            dweights.append(self.inputs[layer].T @ da)
            dbiases.append(dbias)
            ds.append(da @ self.weights[layer].T)
        self.grads = [g for part in (dweights, dbiases, dgains) for g in reversed(part)]
        return ds[::-1]

    def parameters(self) -> list[Array]:
        return [*self.weights, *self.biases, *self.gains]

    def step(self, rate: float) -> None:
        """One step of gradient descent."""
        for parameter, gradient in zip(self.parameters(), self.grads, strict=True):
            parameter -= np.float32(rate) * gradient


def cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """The mean loss, and its gradient with respect to the logits."""
    shifted = logits - logits.max(1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
    p /= total
    p[rows, labels] -= 1
    return loss, p / np.float32(len(labels))
