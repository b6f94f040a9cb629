"""Chapter 6: how far the inputs of a layer drift while the layers below it learn, by three measures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number
from ..data import Array, digits
from ..networks import Network, cross_entropy
from ..pictures import Picture, Sheet, band
from ..style import INK, PAPER, PLAIN_AND_NORMED

WIDTH, DEPTH, BATCH, PROBE, RATE = 64, 4, 64, 256, 0.05
EVERY = 10  # steps between two looks
WATCHED = DEPTH - 1  # the layer whose inputs are drawn: the last hidden one, counted from 0


def distance(before: Array, after: Array) -> float:
    """Wasserstein's distance of two sets of numbers, column by column: how far numbers
    have to move to turn one set into the other, in standard deviations of all."""
    return float(np.abs(np.sort(before, 0) - np.sort(after, 0)).mean() / before.std())


def gradients(network: Network, x: Array, labels: Array) -> list[Array]:
    _, dlogits = cross_entropy(network.forward(x)[-1], labels)
    network.backward(dlogits)
    return network.grads


def relative(after: list[Array], before: list[Array]) -> float:
    """How far two gradients are apart, as a part of the first."""
    apart = sum(np.sum((a - b) ** 2) for a, b in zip(after, before, strict=True))
    return float(np.sqrt(apart / sum(np.sum(b**2) for b in before)))


def changes(network: Network, x: Array, labels: Array) -> tuple[float, float]:
    """By how much a layer's weight gradient changes when the layers below it step, the mean
    over the layers (Santurkar et al.); and the whole gradient when all of them do."""
    before = gradients(network, x, labels)
    kept = [p.copy() for p in network.parameters()]
    count, below = len(network.weights), []
    for moved in range(1, count + 1):
        for i, parameter in enumerate(network.parameters()):
            parameter[...] = kept[i]
            if i % count < moved:
                parameter -= np.float32(RATE) * before[i]
        after = gradients(network, x, labels)
        if moved < count:
            below.append(relative(after[moved : moved + 1], before[moved : moved + 1]))
    whole = relative(after, before)
    for parameter, old in zip(network.parameters(), kept, strict=True):
        parameter[...] = old
    return float(np.mean(below)), whole


class Run(NamedTuple):
    """What was seen of one network while it was trained."""

    looks: list[Array]  # inputs of the watched layer
    pooled: list[float]  # distances between one look and the next, all inputs of the layer thrown together
    single: list[float]  # the same for each input on its own
    below: list[float]
    whole: list[float]
    losses: list[float]


def watch(rng: np.random.Generator, normed: bool, steps: int) -> Run:
    """Train a network; look at the inputs of its last hidden layer, always for the same digits, every few steps."""
    x, labels = digits()
    network = Network([64, *[WIDTH] * DEPTH, 10], rng, normed=normed)
    probe = x[rng.choice(len(x), PROBE, replace=False)]
    run = Run([], [], [], [], [], [])
    for step in range(steps + 1):
        batch = rng.integers(0, len(x), BATCH)
        if step % EVERY == 0:
            run.looks.append(network.forward(probe)[WATCHED].copy())
            below, whole = changes(network, x[batch], labels[batch])
            run.below.append(below)
            run.whole.append(whole)
        loss, dlogits = cross_entropy(network.forward(x[batch])[-1], labels[batch])
        network.backward(dlogits)
        network.step(RATE)
        run.losses.append(loss)
    for before, after in zip(run.looks, run.looks[1:], strict=False):
        run.pooled.append(distance(before.ravel(), after.ravel()))
        run.single.append(distance(before, after))
    return run


def chapter(settings: Settings) -> Chapter:
    steps = settings.choose(300, 100)
    draws = range(settings.choose(6, 3))
    runs = {normed: [watch(settings.generator(6, draw), normed, steps) for draw in draws] for normed in (False, True)}

    def median(what: str, normed: bool) -> float:
        reduced = [
            np.median(getattr(r, what)) if what in ("below", "whole") else np.sum(getattr(r, what))
            for r in runs[normed]
        ]
        return float(np.median(reduced))

    measures = {
        "pooled": "all inputs of the layer together: way of the distribution",
        "single": "each input on its own: way of its distribution",
        "below": "change of a layer's gradient when those below it step",
        "whole": "change of the whole gradient when all step",
    }
    values = {what: (median(what, False), median(what, True)) for what in measures}
    ratio = {what: with_norm / without for what, (without, with_norm) in values.items()}
    ends = {n: float(np.median([np.mean(r.losses[-10:]) for r in runs[n]])) for n in (False, True)}
    rows = [[text, *(number(v) for v in values[what]), number(ratio[what])] for what, text in measures.items()]
    return Chapter(
        idea=paragraphs(
            "Each layer learns on what the layers below it put out; and these learn too, so their output drifts. "
            "Ioffe and Szegedy (2015) called that internal covariate shift, and held that it slows training and that "
            "normalizing prevents it. Santurkar et al. (2018, arXiv 1805.11604) measured it for batch norm, and "
            "found no less of it with normalization; they credit a smoother loss.",
            "It depends on what one calls a shift. Here are the three obvious measures: the distribution of all "
            "inputs of a layer thrown together; the distribution of each input on its own, over the samples; and, "
            "after Santurkar, what a layer that wants to learn cares about, how much its gradient changes when the "
            "layers below it take their step. A fourth, the change of the whole gradient in one step, is a measure "
            "of smoothness.",
        ),
        pictures=[histograms(runs, steps), measures_picture(runs, steps)],
        measured=table(["the larger, the more shift", "without", "with", "with / without"], rows)
        + paragraphs(
            f"{len(draws)} networks of {DEPTH} hidden layers, {steps} steps at a learning rate of {RATE}, on the "
            f"digits; the inputs of layer {WATCHED + 1} for {PROBE} of them, looked at every {EVERY} steps. Ways are "
            "sums of Wasserstein's distances from one look to the next, in standard deviations; changes are medians, "
            f"as parts of the gradient. At the end the loss was {number(ends[False])} without and "
            f"{number(ends[True])} with layer norm.",
            "Thrown together, the inputs hold still with layer norm. That is no discovery: mean and variance over "
            "the features are what it fixes, by construction. Each input on its own wanders about as far as without "
            f"it ({number(ratio['single'])} times as far). And the change of a layer's gradient is "
            f"{number(ratio['below'])} times, that of the whole gradient {number(ratio['whole'])} times what it is "
            "without.",
        ),
        conclusion=paragraphs(
            "Layer norm keeps the scale of a layer's inputs in place. It does not keep the inputs in place: if one "
            "measures what single units see, or what the gradient feels, layers keep moving under each other as "
            "before. The textbook's sentence is right for the first of these measures only."
        ),
        limits=paragraphs(
            "The measurement shows that drift and training go together in both networks; it does not show that drift "
            "does any harm. At one learning rate, a network with layer norm takes steps of another effective size, "
            "and one that learns faster has moved further: the ratios compare two journeys, not two roads. They "
            "depend on depth, rate and data; take them as of this experiment. Nor do they show that layer norm makes "
            "the loss smoother: at this rate and depth, the fourth measure gives no sign of it. What helps training "
            "in any case is in chapters 4, 5 and 7, and it is about scale."
        ),
        claims=[
            Claim("way of the distribution of all inputs together, with over without", ratio["pooled"], high=0.5),
            Claim("way of the distribution of each input alone, with over without", ratio["single"], 0.5, 2),
            Claim(
                "with layer norm: way of each input over way of all together",
                values["single"][1] / values["pooled"][1],
                low=3,
            ),
            Claim("loss at the end, with over without", ends[True] / ends[False], high=1.2),
            Claim(
                "layer norm at least halves the shift of all inputs together",
                ratio["pooled"],
                high=0.5,
                textbook="agrees",
            ),
            Claim(
                "layer norm at least halves the shift of each input", ratio["single"], high=0.5, textbook="disagrees"
            ),
            Claim(
                "layer norm lessens the shift that a gradient feels, by a tenth at least",
                ratio["below"],
                high=0.9,
                textbook="disagrees",
            ),
            Claim(
                "layer norm at least halves the change of the gradient in a step",
                ratio["whole"],
                high=0.5,
                textbook="disagrees",
            ),
        ],
        code=[distance, changes],
        figures={
            "values": values,
            "distances": {
                name: {w: [getattr(r, w) for r in runs[n]] for w in measures}
                for n, name in ((False, "without"), (True, "with"))
            },
            "histograms": {name: histogram_rows(runs[n][0]) for n, name in ((False, "without"), (True, "with"))},
        },
    )


EDGES = np.linspace(0, 4, 41)


def histogram_rows(run: Run) -> list[Array]:
    """The share of inputs in each bin, of those above 0: a ReLU leaves half of them at exactly 0."""
    return [np.histogram(look[look > 0], EDGES)[0] / look.size for look in run.looks]


def histograms(runs: dict[bool, list[Run]], steps: int) -> Picture:
    def draw(sheet: Sheet) -> None:
        panels = sheet.panels(2, height=3.6)
        for axes, (colour, _, name), normed in zip(panels, PLAIN_AND_NORMED, (False, True), strict=True):
            rows = histogram_rows(runs[normed][0])
            chosen = np.unique(np.linspace(0, len(rows) - 1, 11).astype(int))
            tallest = max(float(row.max()) for row in rows)
            for place, look in enumerate(chosen):
                base, order = -float(place), 2 + place
                ridge = base + 1.9 * rows[look] / tallest
                middles = (EDGES[1:] + EDGES[:-1]) / 2
                axes.fill_between(middles, base, ridge, color=PAPER, zorder=order, linewidth=0)
                axes.fill_between(middles, base, ridge, color=colour, alpha=0.35, zorder=order, linewidth=0)
                axes.plot(middles, ridge, color=colour, linewidth=1, zorder=order)
            axes.set_yticks([-p for p in range(0, len(chosen), 2)], [str(look * EVERY) for look in chosen[::2]])
            axes.set_xlabel(f"input of layer {WATCHED + 1}")
            axes.set_ylabel("step", color=INK)
            axes.set_title(name)
            axes.grid(visible=False)

    return Picture(
        "drift",
        draw,
        "The distribution of all inputs of one layer that are above 0, for the same digits, as training goes on "
        "(downwards). One network of each kind.",
        f"Two columns of ridges, one ridge for every few of {steps} steps. Without layer norm the distribution "
        "spreads and moves to larger values; with layer norm the ridges look the same from top to bottom.",
    )


def measures_picture(runs: dict[bool, list[Run]], steps: int) -> Picture:
    plots = (
        ("pooled", "All inputs together", "distance, deviations"),
        ("single", "Each input alone", "distance, deviations"),
        ("below", "What the gradient feels", "change, parts of it"),
        ("whole", "Whole gradient, one step", "change, parts of it"),
    )

    def draw(sheet: Sheet) -> None:
        for axes, (what, title, unit) in zip(sheet.panels(4, height=2.4), plots, strict=True):
            for (colour, style, name), normed in zip(PLAIN_AND_NORMED, (False, True), strict=True):
                curves = [getattr(run, what) for run in runs[normed]]
                band(axes, EVERY * np.arange(len(curves[0])), curves, colour, style, name)
            axes.set_ylim(bottom=0)
            axes.set_xlabel("step")
            axes.set_ylabel(unit, color=INK)
            axes.set_title(title)
        sheet.legend(axes)

    return Picture(
        "shift",
        draw,
        f"The four measures over {steps} steps: medians of several networks, with bands that hold all of them. The "
        f"first two are Wasserstein's distance from one look to the next, {EVERY} steps later.",
        "Four plots over the steps. All inputs together: far lower with layer norm. Each input alone, the change "
        "that a gradient feels and the change of the whole gradient: about as high with layer norm as without.",
    )
