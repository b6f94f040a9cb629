"""Chapter 5: gradients that grow on their way down, and what a few steps of training make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number, steady_factors
from ..data import Array, digits
from ..networks import Network
from ..pictures import Picture, Sheet, band
from ..style import FOURTH, INK, THIRD, WITHOUT, whole_steps
from ..training import Way, train
from .vanishing import DEPTH, WIDTH, factor, finish, label, probe

SCALES = (1.25, 1.5, 2.0)
COLOURS = dict(zip(SCALES, (THIRD, FOURTH, WITHOUT), strict=True))
STYLES = dict(zip(SCALES, ("-.^", "--s", "-o"), strict=True))
RATE, BATCH = 0.05, 128


def trained(settings: Settings, draw: int, scale: float, normed: bool, steps: int) -> tuple[list[float], list[float]]:
    rng = settings.generator(5, draw)
    network = Network([64, *[WIDTH] * DEPTH, 10], rng, normed=normed, scale=scale)
    with np.errstate(all="ignore"):  # overflow is what is to be seen
        return train(network, digits(), rng, Way(RATE, steps, BATCH))


def chapter(settings: Settings) -> Chapter:
    draws = range(settings.choose(5, 2))
    steps = settings.choose(120, 40)
    keys = [(scale, normed) for scale in SCALES for normed in (False, True)]
    norms = {key: [probe(settings.generator(5, draw), *key)[1] for draw in draws] for key in keys}
    runs = {key: [trained(settings, draw, *key, steps) for draw in draws] for key in keys}
    factors = {key: np.array([factor(n) for n in values]) for key, values in norms.items()}
    ends = {
        key: [len(losses) if not np.isfinite(losses[-1] + sizes[-1]) else 0 for losses, sizes in values]
        for key, values in runs.items()
    }
    singles = np.concatenate([n[1:] / n[:-1] for n in norms[2.0, False]])
    with_norm = np.concatenate([factors[scale, True] for scale in SCALES])
    finite = [bool(np.isfinite(losses + sizes).all()) for scale in SCALES for losses, sizes in runs[scale, True]]
    falls = [float(np.mean(losses[-10:]) / losses[0]) for scale in SCALES for losses, _ in runs[scale, True]]
    largest = max(max(sizes) for scale in SCALES for _, sizes in runs[scale, True])
    rows = [
        [
            f"scale {scale}",
            number(np.median(factors[scale, False])),
            number(np.median([losses[0] for losses, _ in runs[scale, False]])),
            number(np.median([sizes[0] for _, sizes in runs[scale, False]])),
            ", ".join(str(end) if end else "never" for end in ends[scale, False]),
            number(np.median(factors[scale, True])),
            number(np.median([sizes[0] for _, sizes in runs[scale, True]])),
        ]
        for scale in SCALES
    ]
    head = [
        "weights",
        "factor of a layer",
        "first loss",
        "first gradient",
        "no number from step",
        "factor, with",
        "first gradient, with",
    ]
    return Chapter(
        idea=paragraphs(
            "The same multiplication with weights that are too large: the gradient grows with each layer on its way "
            "down, 2, 4, 8, 16. A step along a huge gradient throws the weights far off, the next outputs are larger "
            "still, and after a few steps a float32 cannot hold them: infinity, and infinity minus infinity is NaN.",
            f"The networks of the last chapter, with weights {', '.join(map(str, SCALES))} times as large as they "
            f"should be; then {steps} steps of gradient descent, at a learning rate of {RATE}.",
        ),
        pictures=[picture(norms, runs)],
        measured=table(head, rows)
        + paragraphs(
            "Without layer norm a layer multiplies the gradient by the scale of its weights, here too; at scale 2, "
            f"single layers range from {number(singles.min())} to {number(singles.max())}. The column “no number from "
            "step” has the step, counted from 1, at which the loss or the gradient was infinite or NaN, for each of "
            f"{len(draws)} networks. The first gradient is finite: the damage is done by the steps.",
            f"With layer norm the largest gradient in any run was {number(largest)}, and the loss at the end was "
            f"{number(min(falls))} to {number(max(falls))} of that at the beginning.",
        ),
        conclusion=paragraphs(
            "Layer norm keeps the size of signals on their way up and of gradients on their way down, whatever the "
            "weights' scale is. NaN did not appear in any run with it."
        ),
        limits=paragraphs(
            "Gradients can be kept small by other means: smaller weights, clipping, smaller steps. Layer norm bounds "
            "the signal, not the last layer, which has no norm behind it. And that a network does not explode does "
            f"not mean that it learns well: after {steps} steps, with layer norm, the loss is still "
            f"{number(np.median(falls))} of the first."
        ),
        claims=[
            *(
                Claim(
                    f"without layer norm, scale {s}: a layer multiplies the gradient by (least of all runs)",
                    factors[s, False].min(),
                    low=0.9 * s,
                )
                for s in SCALES
            ),
            *steady_factors(with_norm),
            Claim(
                "without layer norm, scale 2: networks that end in NaN or infinity",
                float(np.mean([end > 0 for end in ends[2.0, False]])),
                1,
                1,
            ),
            Claim(
                "without layer norm, scale 2: the latest step of the first NaN or infinity",
                float(max(ends[2.0, False])),
                2,
                10,
            ),
            Claim("with layer norm: runs in which all numbers stay finite", float(np.mean(finite)), 1, 1),
            Claim("with layer norm: last loss over first, largest of all runs", max(falls), high=1.0),
            Claim(
                "exploding gradients end in NaN: share of the runs without layer norm, scale 2",
                float(np.mean([end > 0 for end in ends[2.0, False]])),
                low=0.5,
                textbook="agrees",
            ),
            Claim(
                "each layer doubles the gradient at scale 2: largest difference of a layer's factor from 2",
                float(np.abs(singles - 2).max()),
                high=0.04,
                textbook="disagrees",
            ),
        ],
        code=[train],
        figures={
            "by_layer": {f"{s}, {label(n)}": values for (s, n), values in norms.items()},
            "losses": {f"{s}, {label(n)}": [losses for losses, _ in values] for (s, n), values in runs.items()},
            "by_step": {f"{s}, {label(n)}": [sizes for _, sizes in values] for (s, n), values in runs.items()},
        },
    )


def picture(norms: dict[Any, list[Array]], runs: dict[Any, Any]) -> Picture:
    def draw(sheet: Sheet) -> None:
        panels = sheet.panels(4, height=2.7)
        below = np.arange(DEPTH)
        for axes, normed in zip(panels[:2], (False, True), strict=True):
            for scale in SCALES:
                curves = [n / n[0] for n in norms[scale, normed]]
                band(axes, below, curves, COLOURS[scale], STYLES[scale], f"scale {scale:g}", markevery=3)
            axes.plot(below, 2.0**below, ":", color=INK, linewidth=1.2, label="1, 2, 4, 8, …")
            axes.set_title(f"By layer, {label(normed)}")
            finish(axes, "layers below the loss", "gradient, the top layer's = 1")
            whole_steps(axes)
        for axes, normed in zip(panels[2:], (False, True), strict=True):
            for scale in SCALES:
                draw_steps(axes, runs[scale, normed], scale)
            axes.set_title(f"By step, {label(normed)}")
            finish(axes, "step", "gradient of all parameters")
        panels[2].set_xlim(0.8, 5.2)
        sheet.legend(panels[0])
        for pair in (panels[:2], panels[2:]):
            low, high = zip(*(axes.get_ylim() for axes in pair), strict=True)
            for axes in pair:
                axes.set_ylim(min(low), max(high))

    return Picture(
        "exploding",
        draw,
        "Above: the gradient of the loss with respect to each layer's output, before training; medians and bands of "
        "several networks. Below: the gradient of all parameters during training; a cross is the last step before a "
        "number was infinite or NaN.",
        "Four plots with logarithmic axes. Without layer norm gradients grow in straight lines over the layers, and "
        "over the steps they shoot up until a cross marks the end after a few steps. With layer norm they are level "
        "over the layers and stay so during training.",
    )


def draw_steps(axes: Any, runs: Any, scale: float) -> None:
    for number_of_run, (_, sizes) in enumerate(runs):
        shown = np.array([v for v in sizes if np.isfinite(v)])
        steps = np.arange(1, len(shown) + 1)
        axes.plot(steps, shown, STYLES[scale][:-1], color=COLOURS[scale], linewidth=1.2, alpha=0.85)
        if len(shown) < len(sizes) or not np.isfinite(runs[number_of_run][0][-1]):
            axes.plot(steps[-1:], shown[-1:], "x", color=COLOURS[scale], markersize=8, markeredgewidth=2)
