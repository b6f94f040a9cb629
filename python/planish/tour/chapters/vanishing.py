"""Chapter 4: gradients on their way down a deep network whose weights are too small."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..chapter import Chapter, Settings, paragraphs
from ..claims import Claim, number, steady_factors
from ..data import Array, digits
from ..networks import RELU, SIGMOID, Activation, Network, cross_entropy
from ..pictures import Picture, Sheet, band
from ..style import FOURTH, INK, MUTED, THIRD, WITH, WITHOUT, log_scale, whole_steps

WIDTH, DEPTH, BATCH = 128, 20, 256
SCALES = (0.5, 0.7, 0.9)
COLOURS = dict(zip(SCALES, (WITHOUT, FOURTH, THIRD), strict=True))
STYLES = dict(zip(SCALES, ("-o", "--s", "-.^"), strict=True))


def gradients(network: Network, x: Array, labels: Array) -> tuple[Array, Array]:
    """One pass down from the loss: the size of the gradient of each hidden layer's output,
    the last layer's first, and of its weights."""
    logits = network.forward(x)[-1]
    _, dlogits = cross_entropy(logits, labels)
    outputs = network.backward(dlogits)[-2:0:-1]
    weights = network.grads[: len(outputs)][::-1]
    norms = [np.array([np.linalg.norm(g) for g in group]) for group in (outputs, weights)]
    return norms[0], norms[1]


def factor(norms: Array) -> float:
    """By what a layer multiplies the gradient, on its way down: the geometric mean over all layers."""
    return float((norms[-1] / norms[0]) ** (1 / (len(norms) - 1)))


def probe(
    rng: np.random.Generator, scale: float, normed: bool, depth: int = DEPTH, activation: Activation = RELU
) -> Any:
    """A fresh network on a batch of digits."""
    x, labels = digits()
    chosen = rng.choice(len(x), BATCH, replace=False)
    network = Network([x.shape[1], *[WIDTH] * depth, 10], rng, normed=normed, scale=scale, activation=activation)
    return network, *gradients(network, x[chosen], labels[chosen])


def chapter(settings: Settings) -> Chapter:
    draws = range(settings.choose(6, 3))
    depths = (5, 10, 20, 40)
    runs = {
        (scale, normed): [probe(settings.generator(4, draw), scale, normed) for draw in draws]
        for scale in SCALES
        for normed in (False, True)
    }
    deep = {
        (depth, normed): [probe(settings.generator(4, draw), 0.5, normed, depth)[1][-1] for draw in draws]
        for depth in depths
        for normed in (False, True)
    }
    curved = {
        normed: [probe(settings.generator(4, draw), 1, normed, activation=SIGMOID) for draw in draws]
        for normed in (False, True)
    }
    factors = {key: np.array([factor(norms) for _, norms, _ in run]) for key, run in runs.items()}
    singles = np.concatenate([norms[1:] / norms[:-1] for _, norms, _ in runs[0.5, False]])
    sigmoids = {normed: np.array([factor(norms) for _, norms, _ in run]) for normed, run in curved.items()}
    half, first = runs[0.5, False], runs[0.5, False][0][0]
    weights = np.array([w[-1] / w[0] for _, _, w in half])
    inner = np.array([float(np.vdot(w, g)) for w, g in zip(first.weights[:DEPTH], first.grads, strict=False)], float)
    right = np.array([factor(probe(settings.generator(4, draw), 1, False)[1]) for draw in draws])
    with_norm = np.concatenate([factors[scale, True] for scale in SCALES])
    steps = [number(v) for v in half[0][1][:4] / half[0][1][0]]
    return Chapter(
        idea=paragraphs(
            "Backpropagation multiplies: each layer hands the gradient down through its weights and its activation. If "
            "that makes it smaller each time, little is left at the bottom of a deep network. The textbook draws 1.0, "
            "0.5, 0.25, 0.125.",
            f"Here is what happens in networks of {DEPTH} layers with {WIDTH} ReLU units each, on {BATCH} digits, "
            "with fresh weights. Scale 1 is what keeps the size of a signal in such a network (He et al. 2015); the "
            f"weights are drawn {', '.join(map(str, SCALES))} times as large. Each with layer norm before the "
            "activation, and without.",
        ),
        pictures=[layers_picture(runs), depths_picture(depths, deep, runs, curved)],
        measured=paragraphs(
            f"Without layer norm a layer multiplies the gradient by {listed_factors(factors, False)} at the scales "
            f"{', '.join(map(str, SCALES))}: by the scale itself. In one of the networks, the first numbers are "
            f"{', '.join(steps)}. So the textbook's picture is right on average; single layers range from "
            f"{number(singles.min())} to {number(singles.max())}. With layer norm it is "
            f"{listed_factors(factors, True)}.",
            f"{depths[-1]} layers without: the first layer sees a gradient of "
            f"{number(np.median(deep[depths[-1], False]))}; with: {number(np.median(deep[depths[-1], True]))}.",
            "One thing the textbook does not draw. It says that the early layers learn slowly. Yet the gradient of "
            f"the first layer's <em>weights</em> is {number(np.median(weights))} times that of the last hidden "
            f"layer's: no smaller. All layers' weight gradients are tiny together ({number(half[0][2][0])} at the "
            "top), since the gradient that comes down meets a signal that has shrunk on its way up, and the two "
            "shrinkings add up to the same in every layer. For ReLU without biases it is exact: ⟨W, dW⟩ is the same "
            "for all layers.",
            "With sigmoids it is as the textbook says, since their outputs do not shrink. Their slope is at most ¼, "
            f"and at scale 1 a layer multiplies the gradient by {number(np.median(sigmoids[False]))}. With layer "
            f"norm, by {number(np.median(sigmoids[True]))}: better, and still vanishing.",
        ),
        conclusion=paragraphs(
            "Layer norm takes the scale of the weights out of the gradient's way: dx is divided by the standard "
            "deviation that the weights have produced. The size of the gradient stays about the same over all "
            "layers, whichever scale the weights were drawn with."
        ),
        limits=paragraphs(
            "It does not undo what the activation does: a sigmoid still loses gradient. These are fresh weights; "
            "training changes them. And with weights of scale 1 a layer multiplies the gradient by "
            f"{number(np.median(right))} without layer norm: careful weights are another cure. Residual connections, "
            "which are a third, were not tried here."
        ),
        claims=[
            *(
                Claim(
                    f"without layer norm, scale {s}: a layer multiplies the gradient by (largest of all runs)",
                    factors[s, False].max(),
                    high=1.1 * s,
                )
                for s in SCALES
            ),
            *steady_factors(with_norm),
            Claim("without layer norm, scale 1: factor of a layer", float(np.median(right)), 0.9, 1.1),
            Claim(
                f"gradient at the first of {depths[-1]} layers, with over without",
                float(np.median(deep[depths[-1], True]) / np.median(deep[depths[-1], False])),
                low=1e8,
            ),
            Claim(
                "⟨W, dW⟩ over the layers of a ReLU network: relative spread",
                float(np.ptp(inner) / np.abs(inner).max()),
                high=1e-3,
            ),
            Claim("sigmoid, scale 1, with layer norm: factor of a layer", float(np.median(sigmoids[True])), 0.3, 0.5),
            Claim("sigmoid, scale 1, without: factor of a layer", float(np.median(sigmoids[False])), 0.2, 0.26),
            Claim(
                "on average a layer of weights × 0.5 halves the gradient",
                float(np.median(factors[0.5, False])),
                0.45,
                0.55,
                textbook="agrees",
            ),
            Claim(
                "each layer halves the gradient at scale 0.5: largest difference of a layer's factor from 0.5",
                float(np.abs(singles - 0.5).max()),
                high=0.01,
                textbook="disagrees",
            ),
            Claim(
                "early layers get the smallest weight gradients: first layer's over last layer's (ReLU)",
                float(np.median(weights)),
                high=0.5,
                textbook="disagrees",
            ),
        ],
        code=[gradients, Network.forward, Network.backward],
        figures={
            "by_layer": {f"{s}, {label(n)}": [norms for _, norms, _ in run] for (s, n), run in runs.items()},
            "by_depth": {f"{d}, {label(n)}": values for (d, n), values in deep.items()},
            "sigmoid_weights": {label(n): [w for _, _, w in run] for n, run in curved.items()},
            "relu_weights": {label(n): [w for _, _, w in runs[0.5, n]] for n in (False, True)},
        },
    )


def label(normed: bool) -> str:
    return "with layer norm" if normed else "without layer norm"


def listed_factors(factors: dict[Any, Array], normed: bool) -> str:
    return ", ".join(number(np.median(factors[scale, normed])) for scale in SCALES)


def layers_picture(runs: dict[Any, Any]) -> Picture:
    def draw(sheet: Sheet) -> None:
        for axes, normed in zip(sheet.panels(2, height=2.9, sharey=True), (False, True), strict=True):
            below = np.arange(DEPTH)
            for scale in SCALES:
                curves = [norms / norms[0] for _, norms, _ in runs[scale, normed]]
                band(axes, below, curves, COLOURS[scale], STYLES[scale], f"scale {scale}", markevery=3)
            axes.plot(below, 0.5**below, ":", color=INK, linewidth=1.2, label="1, ½, ¼, ⅛, …")
            axes.set_title(label(normed))
            finish(axes, "layers below the loss", "gradient, the top layer's = 1")
        sheet.legend(axes)

    return Picture(
        "vanishing",
        draw,
        "The gradient of the loss with respect to each layer's output, in units of the top layer's. Lines are "
        "medians of several networks; bands, where they can be seen, hold all of them.",
        "Two plots over the layers below the loss, with a logarithmic axis. Without layer norm the gradient falls in "
        "straight lines, the faster the smaller the weights, along the textbook's halving at scale 0.5. With layer "
        "norm all lines lie flat near 1.",
    )


def depths_picture(depths: Any, deep: Any, runs: Any, curved: Any) -> Picture:
    groups = (
        ("ReLU ½, without", WITHOUT, "--o", runs[0.5, False]),
        ("ReLU ½, with", WITH, "-s", runs[0.5, True]),
        ("sigmoid 1, without", MUTED, ":^", curved[False]),
        ("sigmoid 1, with", THIRD, "-.v", curved[True]),
    )

    def draw(sheet: Sheet) -> None:
        first, second = sheet.panels(2, height=2.9)
        for normed, colour, style in ((False, WITHOUT, "--o"), (True, WITH, "-s")):
            band(first, depths, np.transpose([deep[d, normed] for d in depths]), colour, style, label(normed))
        finish(first, "layers of the network", "gradient at the first layer")
        first.set_title("Depth, at scale 0.5")
        for name, colour, style, run in groups:
            band(second, np.arange(DEPTH), [w for _, _, w in run], colour, style, name, markevery=4)
        finish(second, "layers below the loss", "gradient of the weights")
        second.set_title(f"Weights, {DEPTH} layers")
        for axes in (first, second):
            axes.legend(loc="lower left")

    return Picture(
        "vanishing-depth",
        draw,
        "Left: what reaches the first layer of networks of several depths. Right: the gradient with respect to the "
        "weights of each layer, for ReLU at scale ½ and for sigmoids at scale 1.",
        "Left, the gradient at the first layer falls by many powers of ten from 5 to 40 layers without layer norm "
        "and stays level with it. Right, weight gradients of ReLU are level over the layers, tiny without layer "
        "norm; those of sigmoids fall steeply, less steeply with layer norm.",
    )


def finish(axes: Any, x: str, y: str) -> None:
    log_scale(axes, "y")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    whole_steps(axes)
