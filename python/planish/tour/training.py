"""Plain gradient descent: no momentum, no schedule, no clipping, so that nothing but layer norm makes the difference."""

from __future__ import annotations

import numpy as np

from .data import Array
from .networks import Network, cross_entropy


def train(
    network: Network, data: tuple[Array, Array], rng: np.random.Generator, *, rate: float, steps: int, batch: int
) -> tuple[list[float], list[float]]:
    """The loss and the size of the whole gradient, step by step, until one of them is no number any more."""
    x, labels = data
    losses, norms = [], []
    for _ in range(steps):
        chosen = rng.integers(0, len(x), batch)
        loss, dlogits = cross_entropy(network.forward(x[chosen])[-1], labels[chosen])
        network.backward(dlogits)
        losses.append(loss)
        norms.append(float(np.sqrt(sum(np.vdot(g, g).astype(float) for g in network.grads))))
        if not (np.isfinite(loss) and np.isfinite(norms[-1])):
            break
        network.step(rate)
    return losses, norms
