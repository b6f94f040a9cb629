"""The chapters, one module each, in the order in which they are read."""

from __future__ import annotations

from importlib import import_module

from ..chapter import Chapter, Settings

TITLES = {
    "dimensions": "Samples, features, dimensions",
    "normalizing": "What normalizing does",
    "scale": "Why divide by the standard deviation, and why eps",
    "vanishing": "Vanishing gradients",
    "exploding": "Exploding gradients",
    "shift": "Internal covariate shift",
    "convergence": "Convergence",
    "flow": "How gradients flow",
    "promises": "What Planish promises",
}
NAMES = tuple(TITLES)


def run(name: str, settings: Settings) -> Chapter:
    """Run a chapter's experiments. Nothing is drawn yet."""
    chapter: Chapter = import_module(f".{name}", __name__).chapter(settings)
    return chapter
