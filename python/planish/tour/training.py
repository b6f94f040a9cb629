"""Plain gradient descent: no momentum, schedule or clipping, so that nothing but layer norm makes the difference."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .networks import Network, cross_entropy

Curves = tuple[list[float], list[float]]


class Way(NamedTuple):
    """How to train: the learning rate, the number of steps, and of samples in a batch."""

    rate: float
    steps: int
    batch: int


def train(network: Network, data: Any, rng: np.random.Generator, way: Way) -> Curves:
    """The loss and the size of the whole gradient, step by step, while both are finite."""
    x, labels = data
    losses, norms = [], []
    for _ in range(way.steps):
        chosen = rng.integers(0, len(x), way.batch)
        loss, dlogits = cross_entropy(network.forward(x[chosen])[-1], labels[chosen])
        network.backward(dlogits)
        losses.append(loss)
        norms.append(math.sqrt(sum(float(np.vdot(g, g)) for g in network.grads)))
        if not (np.isfinite(loss) and np.isfinite(norms[-1])):
            break
        network.step(way.rate)
    return losses, norms
