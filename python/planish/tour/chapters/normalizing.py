"""Chapter 2: what normalizing does, step by step, and how layer norm differs from normalizing features over a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

import planish

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number
from ..data import Array, digits, wine
from ..pictures import Picture, Sheet
from ..style import FOURTH, INK, MUTED, THIRD, WITH, WITHOUT, log_scale

SPANS = ((0, 1000), (0, 1), (-50, 50))
COLOURS = (WITHOUT, THIRD, FOURTH)
SAMPLES, DOTS = 500, 70  # samples in all, and those that are drawn


def both_ways(x: Array) -> tuple[Array, Array]:
    """Each sample by its features: layer norm. And each feature by its values."""
    by_sample = np.asarray(planish.layer_norm(x, axis=1))
    by_feature = np.asarray(planish.layer_norm(x, axis=0))
    return by_sample, by_feature


def step_by_step(x: Array, weight: Array, bias: Array) -> list[Array]:
    """A sample on its way: as it is, shifted, scaled, and with weight and bias."""
    x_hat, mean, _ = map(np.asarray, planish.layer_norm(x, return_stats=True))
    return [x, x - mean, x_hat, np.asarray(planish.layer_norm(x, weight, bias))]


def correlation(x: Array) -> float:
    """How strongly two features go together over the samples: the mean of |r| over all pairs of features that vary."""
    x = x[:, x.std(0) > 1e-6].astype(float)
    r = np.corrcoef(x.T)
    return float(np.abs(r[np.triu_indices(len(r), 1)]).mean())


def chapter(settings: Settings) -> Chapter:
    rng = settings.generator(2)
    x = np.stack([rng.uniform(low, high, SAMPLES) for low, high in SPANS], 1).astype(np.float32)
    by_sample, by_feature = both_ways(x)
    row = 16 * digits()[0][rng.integers(len(digits()[0]))].reshape(8, 8)[3]
    weight, bias = rng.uniform(0.5, 2, 8).astype(np.float32), rng.uniform(-1, 1, 8).astype(np.float32)
    steps = step_by_step(row, weight, bias)
    twins = np.asarray(planish.layer_norm(np.stack([row, 3 * row + 7]), eps=0))
    kept, kept_by_feature = (float(np.corrcoef(x[:, 1], y[:, 1])[0, 1] ** 2) for y in (by_sample, by_feature))
    pairs = {
        name: (correlation(data), correlation(np.asarray(planish.layer_norm(data))))
        for name, data in (("digits", digits()[0]), ("wine", wine()[0]))
    }
    middles = np.abs(by_sample.mean(0))
    wide = by_sample.astype(float)
    spans = [[f"feature {i + 1}", *(span(a[:, i]) for a in (x, by_sample, by_feature))] for i in range(3)]
    return Chapter(
        idea=paragraphs(
            "To normalize is to shift numbers so that their mean is 0, and to scale them so that their variance is 1. "
            "Layer norm does that to the features of each sample. Afterwards each feature has a weight and a bias "
            "of its own, which are learned, so that the network can have any other mean and scale if it wants to.",
            "The usual picture of it is a table whose columns have very different ranges, and come out alike. That "
            "picture belongs to another operation, which takes the mean of a column over the batch: what one does to "
            "a data set before training, and what batch norm does. Here are both, on three made-up features that span "
            + ", ".join(f"{low} to {high}".replace("-", "−") for low, high in SPANS)
            + ".",
        ),
        pictures=[steps_picture(steps), spans_picture(x, by_sample, by_feature)],
        measured=table(["range", "before", "layer norm", "each feature over the batch"], spans)
        + paragraphs(
            f"After layer norm every sample has mean 0 and variance 1, and the three features still have ranges of "
            f"their own: their means over the batch are {', '.join(number(v) for v in by_sample.mean(0))}. The first "
            f"feature is so large that it nearly always sits on one side and the other two on the other. Of feature 2, "
            f"whose values were {SPANS[1][0]} to {SPANS[1][1]}, hardly anything is left to see: r² = {number(kept)} "
            f"between before and after, where normalizing over the batch leaves {number(kept_by_feature)}.",
            f"Is a normalized sample decorrelated, as one reads? The mean |r| between two features goes from "
            f"{number(pairs['digits'][0])} to {number(pairs['digits'][1])} in the digits, and from "
            f"{number(pairs['wine'][0])} to {number(pairs['wine'][1])} in the wines, whose largest feature sets the "
            f"mean and the scale of all others.",
        ),
        conclusion=paragraphs(
            "Layer norm makes samples comparable with each other. It takes two numbers from each, its level and its "
            "scale: a sample x and the sample 3x + 7 come out the same."
        ),
        limits=paragraphs(
            "It does not make features comparable with each other, and it is no replacement for scaling the columns of "
            "a data set. It pays inside a network, where all features of a layer are made alike, by weights drawn from "
            "the same distribution. Nor does it make features independent of each other."
        ),
        claims=[
            Claim("largest |mean| of a sample after layer norm", float(np.abs(wide.mean(1)).max()), high=1e-6),
            Claim(
                "largest |variance − 1| of a sample after layer norm", float(np.abs(wide.var(1) - 1).max()), high=1e-3
            ),
            Claim(
                "largest |mean| of a feature, normalized over the batch",
                float(np.abs(by_feature.mean(0)).max()),
                high=1e-5,
            ),
            Claim(
                "y − (x̂ · weight + bias), largest",
                float(np.abs(steps[3] - (steps[2] * weight + bias)).max()),
                high=1e-6,
            ),
            Claim(
                "x and 3x + 7 after layer norm with eps 0: largest difference",
                float(np.abs(twins[0] - twins[1]).max()),
                high=2e-6,
            ),
            Claim(
                "the largest feature stays the largest: its mean after layer norm",
                float(by_sample[:, 0].mean()),
                1,
                1.5,
            ),
            Claim(
                "layer norm gives each feature mean 0: largest |mean| of a feature",
                float(middles.max()),
                high=0.1,
                textbook="disagrees",
            ),
            *(
                Claim(
                    f"layer norm decorrelates features: mean |r| after, as a part of before ({name})",
                    after / before,
                    high=0.8,
                    textbook="disagrees",
                )
                for name, (before, after) in pairs.items()
            ),
        ],
        code=[both_ways, step_by_step],
        figures={
            "x": x[:DOTS],
            "by_sample": by_sample[:DOTS],
            "by_feature": by_feature[:DOTS],
            "steps": steps,
            "correlation": pairs,
        },
    )


def span(values: Array) -> str:
    return f"{number(values.min())} to {number(values.max())}"


def steps_picture(steps: list[Array]) -> Picture:
    titles = ("x: eight grey values", "x − mean", "x̂ = (x − mean) · rstd", "y = x̂ · weight + bias")

    def draw(sheet: Sheet) -> None:
        for axes, values, title in zip(sheet.panels(4, columns=4, height=2.2), steps, titles, strict=True):
            axes.bar(range(1, 9), values, color=WITH, width=0.7)
            middle, spread = float(values.mean()), float(values.std())
            axes.axhline(middle, color=INK, linewidth=1)
            axes.axhspan(middle - spread, middle + spread, color=MUTED, alpha=0.15, linewidth=0)
            axes.set_title(title)
            axes.set_xlabel(f"feature\nmean {number(middle) if abs(middle) > 1e-6 else 0}, deviation {number(spread)}")
            axes.grid(axis="x", visible=False)
            axes.set_xticks([1, 4, 8])

    return Picture(
        "steps",
        draw,
        "One line of a handwritten digit (grey values from 0 to 16) on its way through layer norm. The line is the "
        "mean, the shade one standard deviation to both sides.",
        "Four bar charts of eight features: the raw grey values, the same shifted to mean 0, scaled to standard "
        "deviation 1, and changed by weight and bias. The shape of the first three is the same.",
    )


def spans_picture(x: Array, by_sample: Array, by_feature: Array) -> Picture:
    titles = ("before", "by sample: layer norm", "by feature: the batch")

    def draw(sheet: Sheet) -> None:
        for axes, values, title in zip(
            sheet.panels(3, columns=3, height=2.6), (x, by_sample, by_feature), titles, strict=True
        ):
            draw_spans(axes, values, raw=values is x)
            axes.set_title(title)

    return Picture(
        "spans",
        draw,
        "Each dot is one sample's value of a feature, spread out in height so that they can be seen. The first "
        "panel's axis is logarithmic outside ±1.",
        "Three panels of dots for three features. Before, their ranges are very different. After layer norm they are "
        "still apart: the first is near 1.4, the others below 0. Normalized over the batch, all three span the same "
        "range.",
    )


def draw_spans(axes: Any, values: Array, *, raw: bool) -> None:
    heights = np.linspace(-0.3, 0.3, DOTS)
    for feature, colour in enumerate(COLOURS):
        axes.plot(values[:DOTS, feature], 3 - feature + heights, ".", color=colour, markersize=3, alpha=0.8)
    axes.set_yticks([3, 2, 1], [f"feature {i}" for i in (1, 2, 3)])
    if raw:
        log_scale(axes, "x", linear_below=1)
        axes.set_xticks([-100, -1, 0, 1, 100], ["−100", "−1", "", "1", "100"])
    axes.set_xlabel("value")
    axes.grid(axis="y", visible=False)
