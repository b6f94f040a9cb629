"""Chapter 3: what the scale of the inputs does to outputs and gradients, and what eps is for."""

from __future__ import annotations

from typing import Any

import numpy as np

import planish

from ..chapter import Chapter, Settings, paragraphs
from ..claims import Claim, number
from ..data import Array
from ..pictures import Picture, Sheet
from ..style import FOURTH, INK, MUTED, THIRD, WITH, WITHOUT, log_scale

FEATURES = 256
EPS = {"eps 10⁻⁵": 1e-5, "eps 10⁻¹²": 1e-12, "eps 0": 0.0}
STYLES = {"eps 10⁻⁵": (WITH, "-"), "eps 10⁻¹²": (THIRD, "-."), "eps 0": (FOURTH, ":")}


def rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def output_and_gradient(x: Array, dy: Array, eps: float) -> tuple[Array, Array]:
    """y, and the gradient with respect to x when that with respect to y is dy."""
    y = np.asarray(planish.layer_norm(x, eps=eps))
    dx = np.asarray(planish.layer_norm_backward(dy, x, eps=eps)[0])
    return y, dx


def three_ways(x: Array) -> tuple[float, float, float]:
    """The size of x − mean: as it is, divided by the deviation, and by the variance."""
    y, mean, rstd = map(np.asarray, planish.layer_norm(x, eps=0, return_stats=True))
    centred = x.astype(float) - float(mean)
    return rms(centred), rms(y), rms(centred * float(rstd) ** 2)


def chapter(settings: Settings) -> Chapter:
    rng = settings.generator(3)
    row, dy = rng.standard_normal((2, FEATURES)).astype(np.float32)
    exponents = np.arange(-12, 13, settings.choose(1, 2))
    scales = 10.0**exponents
    rows = [(row * np.float32(scale)).astype(np.float32) for scale in scales]
    ways = np.array([three_ways(x) for x in rows])
    results = {name: [output_and_gradient(x, dy, eps) for x in rows] for name, eps in EPS.items()}
    sizes = {name: np.array([[rms(y), rms(dx)] for y, dx in pairs]) for name, pairs in results.items()}

    # Exactly scaled: by powers of two, no bit of x is rounded.
    base, base_gradient = output_and_gradient(row, dy, 0.0)
    powers = [2.0**e for e in range(-60, 61, 10)]
    pairs = [output_and_gradient(row * np.float32(c), dy, 0.0) for c in powers]
    worst_y = max(float(np.abs(y - base).max()) for y, _ in pairs)
    worst_dx = max(
        rms(dx.astype(float) * c - base_gradient) / rms(base_gradient) for c, (_, dx) in zip(powers, pairs, strict=True)
    )

    constant = np.full(FEATURES, 100, np.float32)
    flat_y, flat_dx = output_and_gradient(constant, dy, EPS["eps 10⁻⁵"])
    none_y, _ = output_and_gradient(constant, dy, 0.0)
    same = "y is the same to the last bit" if worst_y == 0 else f"y differs by at most {number(worst_y)}"
    usual = (exponents >= -1) & (exponents <= 12)
    slope = float(np.polyfit(exponents[usual], np.log10(sizes["eps 10⁻⁵"][usual, 1]), 1)[0])
    tiny = sizes["eps 10⁻⁵"][0]
    return Chapter(
        idea=paragraphs(
            "The mean is subtracted so that the level does not matter. The division is there so that the scale does "
            "not. By what to divide follows from that: by something that grows just as x does. The standard "
            "deviation does; the variance grows with the square.",
            "If no scale of x changes y, then the gradient with respect to x has to shrink as x grows: x must move ten "
            "times as far to have the same effect. And a row whose numbers are all the same has no scale at "
            "all. There eps decides: rstd = 1 / √(variance + eps).",
        ),
        pictures=[scale_picture(scales, ways, sizes)],
        measured=paragraphs(
            f"A row of {FEATURES} normal numbers, times 10⁻¹² to 10¹². With the mean subtracted, the output grows "
            "with x; divided by the variance, it shrinks with x; divided by the standard deviation its size stays 1, "
            f"to {number(np.abs(ways[:, 1] - 1).max(), 2)}. With factors that are powers of two, from 2⁻⁶⁰ to 2⁶⁰, "
            f"and eps 0, {same}. The gradient falls with the power {number(slope)} of "
            "the scale.",
            f"With eps 10⁻⁵, a row of deviation 10⁻¹² is left at {number(tiny[0])}, not blown up to 1, and its "
            f"gradient has size {number(tiny[1])}. A row of {FEATURES} times the number 100 gives zeros and gradients "
            f"of size {number(rms(flat_dx))}; with eps 0 it gives {number(none_y[0])}: zero divided by zero.",
        ),
        conclusion=paragraphs(
            "Layer norm forgets the scale of its input, and divides the gradient by that scale. The first keeps "
            "signals from growing and shrinking through many layers; the second does the same for gradients: the "
            "next two chapters.",
            "eps is the scale below which differences between features count as noise: the square root of 10⁻⁵ is "
            f"about {number(np.sqrt(1e-5))}. It also bounds the gradient, by 1 / √eps = {number(1 / np.sqrt(1e-5))} "
            "times dy.",
        ),
        limits=paragraphs(
            "With eps above 0 the scale is forgotten only where the variance is large against eps. Activations of a "
            "deviation of 0.001 are not normalized by the usual eps, but reduced. It is the common scale of a row "
            "that is forgotten, not the scale of one feature against another: chapter 2."
        ),
        claims=[
            Claim("y at scales 2⁻⁶⁰ to 2⁶⁰, eps 0: largest difference from scale 1", worst_y, high=1e-6),
            Claim("dx times the scale, the same scales: relative difference", worst_dx, high=1e-6),
            Claim("power of the scale with which the gradient falls (eps 10⁻⁵)", slope, -1.01, -0.98),
            Claim(
                "size of y, divided by the standard deviation: least of all scales",
                float(ways[:, 1].min()),
                0.999,
                1.001,
            ),
            Claim(
                "size of y, divided by the variance: largest over smallest",
                float(ways[:, 2].max() / ways[:, 2].min()),
                low=1e20,
            ),
            Claim("a constant row with eps 10⁻⁵: largest |y|", float(np.abs(flat_y).max()), 0, 0),
            Claim("its gradient, as a part of dy / √eps", rms(flat_dx) / (rms(dy) / np.sqrt(1e-5)), 0.9, 1.001),
            Claim("a constant row with eps 0: share of NaN", float(np.isnan(none_y).mean()), 1, 1),
        ],
        code=[output_and_gradient, three_ways],
        figures={"scales": scales, "ways": ways, "sizes": sizes},
    )


def scale_picture(scales: Array, ways: Array, sizes: dict[str, Array]) -> Picture:
    labels = (("mean subtracted", WITHOUT, "--"), ("÷ standard deviation", WITH, "-"), ("÷ variance", MUTED, "-."))

    def draw(sheet: Sheet) -> None:
        first, second, third = sheet.panels(3, columns=3, height=2.9)
        for column, (label, colour, style) in enumerate(labels):
            first.plot(scales, ways[:, column], style, color=colour, label=label)
        first.set_title("Which divisor?")
        for name, (colour, style) in STYLES.items():
            second.plot(scales, sizes[name][:, 0], style, color=colour, label=name)
            third.plot(scales, sizes[name][:, 1], style, color=colour, label=name)
        second.set_title("Output, with eps")
        third.set_title("Gradient, with eps")
        for axes, what in ((first, "size of the output"), (second, "size of y"), (third, "size of dx")):
            finish(axes, what)
        first.set_ylim(1e-14, 1e26)
        for axes in (first, second, third):
            axes.legend(loc="upper left" if axes is first else "best")

    return Picture(
        "scale",
        draw,
        "Size is the root mean square over the features. Both axes are logarithmic. The size of dy is 1.",
        "Three plots against the scale of the inputs, from 10⁻¹² to 10¹². First: only division by the standard "
        "deviation gives a flat line. Second: with eps the output falls off below the square root of eps. Third: the "
        "gradient falls with the scale, and levels off below the square root of eps.",
    )


def finish(axes: Any, what: str) -> None:
    log_scale(axes, "x")
    log_scale(axes, "y")
    axes.set_xlabel("scale of the inputs")
    axes.set_ylabel(what, color=INK)
