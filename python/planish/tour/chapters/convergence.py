"""Chapter 7: which learning rates train a network, how fast, and what the scale of weights and inputs does to that."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number, power_of_ten
from ..data import Array, wine
from ..pictures import Picture, Sheet, band
from ..style import INK, MUTED, PLAIN_AND_NORMED, log_scale
from ..training import train
from .learning_rates import (
    DEPTH,
    FACTOR,
    RATES,
    SHALLOW,
    SHOWN,
    TARGET,
    TRAINED,
    by_rate,
    few_layers,
    largest_rate,
    medians,
    run_all,
    steps_to_target,
)


def chapter(settings: Settings) -> Chapter:
    on_digits, on_wine = run_all(settings)
    scales = list(dict.fromkeys(scale for scale, _, _ in on_digits))
    all_ends = {(s, n): by_rate(on_digits, s, n) for s in scales for n in (False, True)}
    ends = {key: medians(values) for key, values in all_ends.items()}
    top = {key: largest_rate(values) for key, values in ends.items()}
    best = {key: min(values, key=values.__getitem__) for key, values in ends.items()}
    least = {key: values[best[key]] for key, values in ends.items()}
    speed = {key: float(np.median([steps_to_target(c) for c in on_digits[(*key, best[key])]])) for key in ends}
    rows = [
        [
            f"weights × {scale:g}",
            *(cell(top[scale, n]) for n in (False, True)),
            *(number(least[scale, n]) for n in (False, True)),
        ]
        + [number(speed[scale, n]) if np.isfinite(speed[scale, n]) else "not reached" for n in (False, True)]
        for scale in scales
    ]
    head = [
        "digits",
        "largest rate, without",
        "with",
        "best loss, without",
        "with",
        f"steps to {TARGET}, without",
        "with",
    ]
    names = list(dict.fromkeys(name for name, _, _ in on_wine))
    all_wines = {(name, n): by_rate(on_wine, name, n) for name in names for n in (False, True)}
    wines = {key: medians(values) for key, values in all_wines.items()}
    wine_top = {key: largest_rate(values) for key, values in wines.items()}
    wine_best = {key: min(values.values()) for key, values in wines.items()}
    wine_rows = [
        [name, *(cell(wine_top[name, n]) for n in (False, True)), *(number(wine_best[name, n]) for n in (False, True))]
        for name in names
    ]
    raw, scaled, large = names
    spread = wine()[0].max(0) / wine()[0].max(0).min()
    shallow = {normed: min(medians(values).values()) for normed, values in few_layers(settings).items()}
    broken = [not np.isfinite(c[-1]) for (_, normed, _), curves in on_digits.items() if normed for c in curves]
    gain = least[1.0, False] / least[1.0, True]
    return Chapter(
        idea=paragraphs(
            "A network has converged when more steps hardly change its loss. What one hopes from layer norm is that it "
            "takes fewer steps, and that larger ones are safe.",
            "Such a comparison is easily unfair: at one learning rate, one of the two may just be out of its range. "
            f"So here are all rates from {power_of_two(RATES[0])} to {power_of_two(RATES[-1])}, for networks of "
            f"{DEPTH} hidden layers on the digits, several of each, and with weights drawn "
            f"{', '.join(f'{s:g}' for s in scales)} times as large as is right for this kind of network. A rate "
            f"“trains” if the loss at the end is below {TRAINED:g}; guessing gives {number(np.log(10))}.",
        ),
        pictures=[curves_picture(on_digits), rates_picture(all_ends, scales), wine_picture(all_wines, names)],
        measured=table(head, rows)
        + paragraphs(
            "With weights of the right scale, the largest rate that trains is "
            f"{ratio_text(top[1.0, True], top[1.0, False])} with layer norm, and the best loss {number(gain)} times "
            "lower. That is the modest part. With weights twice as large, the largest rate without layer norm is "
            f"{cell(top[2.0, False])}, with it {cell(top[2.0, True])}; with weights half as large, "
            f"{cell(top[0.5, False])} and {cell(top[0.5, True])}. With layer norm all scales train about as well, at "
            "rates that grow with the weights: from × 0.5 to × 2 the best rate becomes "
            f"{number(best[2.0, True] / best[0.5, True])} times as large, since the gradient is divided by the scale."
        )
        + table(["wine", "largest rate, without", "with", "best loss, without", "with"], wine_rows)
        + paragraphs(
            f"The wines' columns differ in scale: the largest value of one is {number(spread.max())} times that of "
            "another. As they are, neither network gets far. With each column scaled to mean 0 and variance 1, both "
            f"do. With all of that times {FACTOR}, the largest rate without layer norm is "
            f"{number(wine_top[large, False] / wine_top[scaled, False])} of what it was; with it, "
            f"{number(wine_top[large, True] / wine_top[scaled, True])}: it does not notice. (At the tiny rates that "
            f"are left, the best loss without layer norm is {number(wine_best[large, False])}.)"
        ),
        conclusion=paragraphs(
            "What layer norm buys here is tolerance: for the scale of the weights, for the scale of the inputs, and "
            "for learning rates. One does not have to find the narrow range in which a deep network trains."
        ),
        limits=paragraphs(
            "With weights of the right scale the difference is a factor and no miracle: the best loss is "
            f"{number(gain)} times lower in these networks of {DEPTH} layers, and "
            f"{number(shallow[False] / shallow[True])} times in networks of {SHALLOW}. Rates beyond the largest do "
            "not end in NaN with layer norm, but they do not train either. And layer norm does not make up for "
            "columns of different scales: what normalizes a sample cannot know which feature is naturally large. "
            "These are small networks, trained for a short time by plain gradient descent."
        ),
        claims=[
            Claim(
                "weights × 1: largest rate that trains, with over without",
                top[1.0, True] / max(top[1.0, False], RATES[0] / 2),
                low=1,
            ),
            Claim(
                "weights × 2: largest rate that trains, with over without (none: half the smallest)",
                top[2.0, True] / max(top[2.0, False], RATES[0] / 2),
                low=4,
            ),
            Claim(
                "weights × 0.5: rates that train without layer norm",
                sum(v < TRAINED for v in ends[0.5, False].values()),
                low=0,
                high=0,
            ),
            Claim(
                "weights × 0.5: rates that train with layer norm",
                sum(v < TRAINED for v in ends[0.5, True].values()),
                low=2,
            ),
            Claim("best loss of the worst scale, with layer norm", max(least[s, True] for s in scales), high=TRAINED),
            Claim(
                "best rate at weights × 2 over that at weights × 0.5, with layer norm",
                best[2.0, True] / best[0.5, True],
                2,
                64,
            ),
            Claim("with layer norm, digits, all scales and rates: runs that end in NaN or infinity", sum(broken), 0, 0),
            Claim(
                f"inputs × {FACTOR}, with layer norm: largest rate over that without the factor",
                wine_top[large, True] / wine_top[scaled, True],
                0.25,
                4,
            ),
            Claim(
                f"inputs × {FACTOR}, without: largest rate over that without the factor",
                wine_top[large, False] / wine_top[scaled, False],
                high=1 / 64,
            ),
            Claim(
                "layer norm allows larger learning rates: with over without, weights × 2",
                top[2.0, True] / max(top[2.0, False], RATES[0] / 2),
                low=2,
                textbook="agrees",
            ),
            Claim(
                f"layer norm makes the scale of inputs matter less: largest rate with × {FACTOR} over that without",
                wine_top[large, True] / wine_top[scaled, True],
                0.25,
                4,
                textbook="agrees",
            ),
            Claim(
                "layer norm makes up for features of different scales: best loss on the wines as they are",
                wine_best[raw, True],
                high=0.3,
                textbook="disagrees",
            ),
        ],
        code=[train, steps_to_target],
        figures={
            "rates": RATES,
            "final": {f"{s:g}, {kind(n)}": list(v.values()) for (s, n), v in all_ends.items()},
            "wine": {
                f"{name}, {kind(n)}": {f"{rate:g}": v for rate, v in values.items()}
                for (name, n), values in all_wines.items()
            },
            "curves": {f"{rate:g}, {kind(n)}": on_digits[1.0, n, rate] for rate in SHOWN for n in (False, True)},
        },
    )


def kind(normed: bool) -> str:
    return "with layer norm" if normed else "without layer norm"


def cell(rate: float) -> str:
    return number(rate) if rate else "none"


def ratio_text(a: float, b: float) -> str:
    return f"{number(a / b)} times as large" if b else "there, and there is none without; it is larger"


def power_of_two(rate: float) -> str:
    return power_of_ten(round(np.log2(rate))).replace("10", "2", 1)


def curves_picture(on_digits: Any) -> Picture:
    def draw(sheet: Sheet) -> None:
        for axes, rate in zip(sheet.panels(3, columns=3, height=2.6, sharey=True), SHOWN, strict=True):
            for (colour, style, name), normed in zip(PLAIN_AND_NORMED, (False, True), strict=True):
                curves = [smoothed(curve) for curve in on_digits[1.0, normed, rate]]
                band(axes, np.arange(len(curves[0])), curves, colour, style, name)
            axes.set_title(f"rate {power_of_two(rate)}")
            axes.set_ylim(0, 3)
            axes.set_xlabel("step")
            axes.set_ylabel("loss", color=INK)
        sheet.legend(axes)

    return Picture(
        "loss",
        draw,
        "Loss of a batch over the steps at three learning rates, weights × 1, smoothed over ten steps. Lines are "
        "medians, bands hold all networks.",
        "Three plots of the loss over the steps. At the smallest rate both fall. At the "
        "larger rates bands get wide, first and most without layer norm.",
    )


def smoothed(curve: Array) -> Array:
    return np.minimum(np.convolve(np.minimum(curve, 1e6), np.full(10, 0.1), "valid"), 10)


def rates_picture(ends: Any, scales: list[float]) -> Picture:
    shown = (scales[0], 1.0, scales[-1])

    def draw(sheet: Sheet) -> None:
        for axes, scale in zip(sheet.panels(3, columns=3, height=2.6, sharey=True), shown, strict=True):
            draw_rates(axes, ends[scale, False], ends[scale, True], np.log(10))
            axes.set_title(f"weights × {scale:g}")
        sheet.legend(axes)

    return Picture(
        "rates",
        draw,
        "Loss at the end against the learning rate, for weights of three scales: medians, and bands that hold all "
        "networks. A curve that leaves the picture ended in NaN or infinity. Dotted: the loss of guessing, and below "
        "the bound under which a rate is said to train.",
        "Three plots of the final loss over the learning rate. With weights too small, the network without layer "
        "norm stays at the loss of guessing at all rates. With weights too large it trains at the smallest rates at "
        "most, then leaves the picture. With layer norm there is a wide valley at all three scales, which moves to "
        "larger rates as weights get larger.",
    )


def draw_rates(axes: Any, without: dict[float, Array], with_norm: dict[float, Array], guessing: float) -> None:
    for (colour, style, name), values in zip(PLAIN_AND_NORMED, (without, with_norm), strict=True):
        losses = np.minimum(np.transpose(list(values.values())), 9)
        band(axes, list(values), losses, colour, style, name, marker="os"[style == "-"])
    for level in (guessing, TRAINED):
        axes.axhline(level, color=MUTED, linewidth=1, linestyle=":")
    axes.set_ylim(-0.05, 3.2)
    log_scale(axes, "x")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss at the end", color=INK)


def wine_picture(wines: Any, names: list[str]) -> Picture:
    def draw(sheet: Sheet) -> None:
        for axes, name in zip(sheet.panels(3, columns=3, height=2.6, sharey=True), names, strict=True):
            draw_rates(axes, wines[name, False], wines[name, True], np.log(3))
            axes.set_title(f"wine: {name}")
            axes.set_ylim(-0.05, 2.2)
        sheet.legend(axes)

    return Picture(
        "wine",
        draw,
        "Loss at the end against the learning rate, for three layers on the wines: with their features in their own "
        "units, with each column scaled, and with all of that times a common factor. Medians, and bands that hold all "
        "networks.",
        "Three plots of the final loss over the learning rate. With the wines as they are, neither network gets near "
        "0. With columns scaled both do. With a common factor, the curve without layer norm is shifted to far "
        "smaller rates, the other one is unchanged.",
    )
