"""The experiments of chapter 7: networks of several scales, trained at all learning rates."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chapter import Settings
from ..data import Array, digits, wine
from ..networks import Network
from ..training import Way, train

WIDTH, DEPTH, SHALLOW, BATCH = 48, 8, 3, 64
RATES = 2.0 ** np.arange(-9, 3)
TRAINED, TARGET = 1.0, 0.5  # losses; guessing gives ln 10 = 2.3 for ten digits, ln 3 = 1.1 for three growers
SHOWN = (2.0**-5, 2.0**-3, 2.0**-2)  # rates whose curves are drawn
FACTOR = 1024  # of all inputs


def losses_of(
    key: list[int], data: Any, layers: int, width: int, normed: bool, scale: float, rate: float, steps: int
) -> Array:
    """The loss at each step. A run that ends in NaN or infinity keeps infinity to the end."""
    rng = np.random.default_rng(key)
    widths = [data[0].shape[1], *[width] * layers, int(data[1].max()) + 1]
    network = Network(widths, rng, normed=normed, scale=scale)
    with np.errstate(all="ignore"):
        losses, _ = train(network, data, rng, Way(rate, steps, BATCH))
    curve = np.full(steps, np.inf)
    curve[: len(losses)] = np.where(np.isfinite(losses), losses, np.inf)
    return curve


def finals(curves: list[Array]) -> Array:
    """The loss at the end of each run: the mean of the last tenth of its steps."""
    return np.array([curve[-len(curve) // 10 :].mean() for curve in curves])


def largest_rate(ends: dict[float, float]) -> float:
    """The largest learning rate that trains; 0 if none does."""
    return max((rate for rate, end in ends.items() if end < TRAINED), default=0.0)


def steps_to_target(curve: Array) -> float:
    """The first step at which the mean loss of ten is below the target, or infinity."""
    means = np.convolve(np.where(np.isfinite(curve), curve, 1e9), np.full(10, 0.1), "valid")
    return float(np.argmax(means < TARGET) + 10) if (means < TARGET).any() else np.inf


def run_all(settings: Settings) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """All losses: of the digits by (scale of the weights, normed, rate), of the wines by (data, normed, rate)."""
    steps, draws = settings.choose(200, 120), range(settings.choose(5, 2))
    on_digits = {
        (scale, normed, rate): [
            losses_of([settings.seed, 7, d], digits(), DEPTH, WIDTH, normed, scale, rate, steps) for d in draws
        ]
        for scale in settings.choose((0.5, 0.7, 1.0, 1.4, 2.0), (0.5, 1.0, 2.0))
        for normed in (False, True)
        for rate in RATES
    }
    raw, labels = wine()
    standard = (raw - raw.mean(0)) / raw.std(0)
    sets = {"as it is": raw, "columns scaled": standard, f"the same × {FACTOR}": standard * np.float32(FACTOR)}
    on_wine = {
        (name, normed, rate): [
            losses_of([settings.seed, 77, d], (x, labels), 3, 32, normed, 1.0, rate, steps) for d in draws
        ]
        for name, x in sets.items()
        for normed in (False, True)
        for rate in 4.0 ** np.arange(-7, 2)
    }
    return on_digits, on_wine


def few_layers(settings: Settings) -> dict[bool, dict[float, Array]]:
    """The losses at the end by rate, of networks of three layers, weights × 1."""
    steps, draws = settings.choose(200, 120), range(settings.choose(5, 2))
    return {
        normed: {
            rate: finals(
                [losses_of([settings.seed, 777, d], digits(), SHALLOW, WIDTH, normed, 1.0, rate, steps) for d in draws]
            )
            for rate in RATES[3:]
        }
        for normed in (False, True)
    }


def by_rate(runs: dict[Any, Any], name: Any, normed: bool) -> dict[float, Array]:
    """The losses at the end, of all runs at each rate."""
    return {rate: finals(curves) for (which, n, rate), curves in runs.items() if which == name and n == normed}


def medians(ends: dict[float, Array]) -> dict[float, float]:
    return {rate: float(np.median(losses)) for rate, losses in ends.items()}
