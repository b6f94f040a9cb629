"""Chapter 8: one layer norm in numbers: forward, loss, backward, update. And what backward takes out of a gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import planish

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number
from ..data import Array, digits
from ..networks import norm, norm_backward
from ..pictures import Picture, Sheet
from ..style import FOURTH, INK, MUTED, THIRD, WITH, WITHOUT, log_scale

FEATURES, RATE = 6, 0.1
PARTS = ("along 1: avg(g)", "along x̂: x̂ · avg(g · x̂)", "what is left: dx / rstd")


class Pass(NamedTuple):
    """All numbers of one sample's way through a layer norm and back."""

    x: Array
    mean: float
    rstd: float
    x_hat: Array
    y: Array
    loss: float
    dy: Array
    g: Array
    along_one: float
    along_x_hat: float
    dx: Array
    dweight: Array
    dbias: Array


def there_and_back(x: Array, weight: Array, bias: Array, target: Array) -> Pass:
    """Forward, a loss (half the squared distance from a target), and backward."""
    y, mean, rstd = norm(x, weight, bias)
    loss = 0.5 * float(np.sum((y - target) ** 2))
    dy = y - target
    dx, dweight, dbias = norm_backward(dy, x, weight, mean, rstd)
    x_hat, g = (x - mean) * rstd, dy * weight
    averages = g.mean(), (g * x_hat).mean()
    statistics = float(mean), float(rstd)
    return Pass(x, *statistics, x_hat, y, loss, dy, g, *averages, dx, dweight, dbias)


def central_differences(x: Array, h: float, *others: Array) -> Array:
    """dx without its formula: the loss with each number of x a little up, then down."""
    slopes = np.zeros_like(x)
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        losses = [there_and_back(moved, *others).loss for moved in (up, down)]
        slopes[i] = (losses[0] - losses[1]) / (2 * h)
    return slopes


def parts(p: Pass) -> dict[str, Array]:
    """The gradient g in three: along 1, along x̂, and what is left, which is dx / rstd."""
    one, hat = np.full(FEATURES, p.along_one), p.x_hat * p.along_x_hat
    return dict(zip(PARTS, (one, hat, p.g - one - hat), strict=True))


def chapter(settings: Settings) -> Chapter:
    rng = settings.generator(8)
    image = digits()[0][rng.integers(len(digits()[0]))]
    lit = np.sort(rng.choice(np.flatnonzero(image), FEATURES, replace=False))
    x = 16 * image[lit].astype(float)
    weight, bias, target = (
        rng.uniform(0.5, 1.5, FEATURES),
        rng.uniform(-0.5, 0.5, FEATURES),
        rng.standard_normal(FEATURES),
    )
    p = there_and_back(x, weight, bias, target)
    widths = 10.0 ** np.arange(-9, 0.5, 0.5)
    slopes = [central_differences(x, h, weight, bias, target) for h in widths]
    errors = np.array([np.abs(s - p.dx).max() / np.abs(p.dx).max() for s in slopes])
    near = int(np.argmin(errors))
    later = there_and_back(x - RATE / p.rstd**2 * p.dx, weight, bias, target)
    learned = there_and_back(x, weight - RATE * p.dweight, bias - RATE * p.dbias, target)
    split = parts(p)
    sizes = {name: float(np.sum(values**2)) for name, values in split.items()}
    shares = [f"{number(100 * v / sum(sizes.values()))} % is {name.split(':')[0]}" for name, v in sizes.items()]
    left = p.rstd * split[PARTS[2]]
    one_share = abs(float(p.dx.sum())) / np.abs(p.dx).sum()
    hat_share = abs(float(p.dx @ p.x_hat)) / float(np.abs(p.dx) @ np.abs(p.x_hat))
    wide = rng.standard_normal((200, 256))
    gradient = rng.standard_normal((200, 256))
    removed = 1 - np.sum(
        (np.asarray(planish.layer_norm_backward(gradient, wide, eps=0)[0]) * wide.std(1, keepdims=True)) ** 2
    ) / np.sum(gradient**2)
    vectors = {
        "x": p.x,
        "x̂": p.x_hat,
        "weight": weight,
        "bias": bias,
        "y": p.y,
        "target": target,
        "dy = y − target": p.dy,
    }
    vectors |= {
        "g = dy · weight": p.g,
        **split,
        "dx": p.dx,
        "dx by differences": slopes[near],
        "dweight": p.dweight,
        "dbias": p.dbias,
    }
    rows = [[name, *(number(v, 4) for v in values)] for name, values in vectors.items()]
    return Chapter(
        idea=paragraphs(
            "Learning is a circle of four steps. <b>Forward</b>: numbers go up through the network. <b>Loss</b>: the "
            "output is compared with what it should be. <b>Backward</b>: from the loss down, each layer turns the "
            "gradient with respect to its output into the gradient with respect to its input. <b>Update</b>: "
            "everything that can learn takes a small step against its gradient.",
            "For layer norm, backward is: dx = rstd · (g − avg(g) − x̂ · avg(g · x̂)), where g = dy · weight. Two "
            f"averages are taken out of the gradient. Here is one round with real numbers: {FEATURES} grey values of "
            "a digit.",
        ),
        pictures=[parts_picture(p, split), differences_picture(widths, errors)],
        measured=table(["", *(f"feature {i + 1}" for i in range(FEATURES))], rows)
        + paragraphs(
            f"Forward: mean {number(p.mean, 4)}, rstd {number(p.rstd, 4)}. Loss: {number(p.loss, 4)}. Backward: "
            f"avg(g) = {number(p.along_one, 4)}, avg(g · x̂) = {number(p.along_x_hat, 4)}. Of the squared length of "
            f"g, {', '.join(shares)}. Update: a small step of x against dx takes the loss to {number(later.loss, 4)}; "
            f"a step of weight and bias, at a rate of {RATE}, to {number(learned.loss, 4)}.",
            f"Central differences agree with dx to {number(errors[near], 2)} of its largest number, at a step of "
            f"{number(widths[near], 2)}. With {wide.shape[1]} features and a random gradient, backward takes out "
            f"{number(100 * removed)} % of its squared length: two directions of {wide.shape[1]}.",
        ),
        conclusion=paragraphs(
            "Adding the same number to all of x, or stretching x about its mean, does not change y. So a gradient with "
            "respect to x has nothing to say about these two directions, and backward takes just them out. The rest is "
            "multiplied by rstd: large inputs get small gradients."
        ),
        limits=paragraphs(
            "With eps above 0 the part along x̂ is not removed to the last bit: a stretch changes y a little, as "
            "long as the variance is not infinitely larger than eps. One reads that layer norm helps gradients by "
            "decorrelating features; nothing in this formula does that, and chapter 2 measures that it does not. "
            "With many features, what backward removes is next to nothing: what matters is rstd."
        ),
        claims=[
            Claim(
                "dx against the formula: largest difference, as a part of dx",
                float(np.abs(p.dx - left).max() / np.abs(p.dx).max()),
                high=1e-12,
            ),
            Claim("dx against central differences: the same", float(errors[near]), high=1e-7),
            Claim("part of dx along 1", one_share, high=1e-12),
            Claim("part of dx along x̂ (0 but for eps)", hat_share, high=1e-4),
            Claim("loss after a step of x, over the loss before", later.loss / p.loss, high=0.9999),
            Claim("loss after a step of weight and bias, over the loss before", learned.loss / p.loss, high=0.9999),
            Claim(
                "256 features, random gradient: share of its squared length that backward removes",
                float(removed),
                0.4 * 2 / 256,
                2 * 2 / 256,
            ),
        ],
        code=[there_and_back, central_differences, parts],
        figures={"pass": p._asdict(), "parts": split, "differences": {"h": widths, "error": errors}},
    )


def parts_picture(p: Pass, split: dict[str, Array]) -> Picture:
    colours = (THIRD, FOURTH, WITH)

    def draw(sheet: Sheet) -> None:
        panels = sheet.panels(4, columns=4, height=2.3, sharey=True)
        series = [
            ("g = dy · weight", p.g, WITHOUT),
            *((n, v, c) for (n, v), c in zip(split.items(), colours, strict=True)),
        ]
        for place, (axes, (name, values, colour)) in enumerate(zip(panels, series, strict=True)):
            axes.bar(range(1, FEATURES + 1), values, color=colour, width=0.7)
            axes.axhline(0, color=INK, linewidth=0.8)
            title, _, formula = name.partition(": ")
            axes.set_title(("= " if place == 1 else "+ " if place else "") + title, fontsize=9)
            axes.set_xlabel("feature" + (f"\n{formula}" if formula else ""))
            axes.set_xticks(range(1, FEATURES + 1))
            axes.grid(axis="x", visible=False)
        panels[0].set_ylabel("gradient")

    return Picture(
        "parts",
        draw,
        "The gradient g that arrives, and its three parts. The first two are taken out; the third, times rstd, is dx.",
        "Four bar charts over the features: g, its part along 1, which is the same for all features, its part along "
        "x̂, which is x̂ times a number, and the rest.",
    )


def differences_picture(widths: Array, errors: Array) -> Picture:
    def draw(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, columns=1, height=2.4)
        axes.plot(widths, errors, "-o", color=WITH, label="measured")
        anchor = len(widths) - 3
        axes.plot(
            widths, errors[anchor] * (widths / widths[anchor]) ** 2, ":", color=INK, label="h²: the formula's own error"
        )
        axes.plot(widths, errors[1] * widths[1] / widths, "--", color=MUTED, label="1/h: rounding")
        axes.set_ylim(errors.min() / 10, errors.max() * 10)
        log_scale(axes, "x")
        log_scale(axes, "y")
        axes.set_xlabel("step h")
        axes.set_ylabel("difference from dx, parts of it")
        axes.legend(loc="upper center")

    return Picture(
        "differences",
        draw,
        "How far central differences are from planish's dx (float64), for steps of several sizes: too large, and the "
        "loss bends; too small, and rounding is divided by a small number. The valley between is where they agree.",
        "A V-shaped curve with logarithmic axes: the difference falls as the step gets smaller, along a dotted line "
        "of slope 2, reaches its lowest point, and rises again along a dashed line of slope −1.",
    )
