"""Chapter 9: the same bits on each CPU level and number of threads; and accuracy where the mean is large."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

import planish

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number
from ..data import Array
from ..pictures import Picture, Sheet
from ..style import INK, MUTED, THIRD, WITH, WITHOUT, log_scale

SHAPE = (2048, 768)  # large enough to be shared among threads
THREADS = (1, 2, 3, 8)
UNIT = 2.0**-24
RESULTS = ("y", "mean", "rstd", "dx", "dweight", "dbias")


def digests(x: Array, dy: Array, weight: Array, bias: Array) -> dict[str, str]:
    """A fingerprint of the bits of every result."""
    y, mean, rstd = planish.layer_norm(x, weight, bias, return_stats=True)
    gradients = planish.layer_norm_backward(dy, x, weight, mean=mean, rstd=rstd)
    results = y, mean, rstd, *gradients
    bits = zip(RESULTS, (np.asarray(result).tobytes() for result in results), strict=True)
    return {name: hashlib.sha256(data).hexdigest()[:12] for name, data in bits}


def each_way() -> Iterator[tuple[str, int]]:
    """Each CPU level of this machine with each number of threads. Afterwards all is as it was by default."""
    try:
        for level in planish.cpus():
            planish.set_cpu(level)
            for threads in THREADS:
                planish.set_num_threads(threads)
                yield level, threads
    finally:
        planish.set_cpu(None)
        planish.set_num_threads(0)


def one_pass(x: Array) -> Array:
    """What one writes first: the mean of the squares less the square of the mean."""
    mean = x.mean(-1, keepdims=True)
    variance = (x * x).mean(-1, keepdims=True) - mean * mean
    y: Array = (x - mean) / np.sqrt(np.maximum(variance, 0) + np.float32(1e-5))
    return y


def two_passes(x: Array) -> Array:
    """First the mean, rounded to float32; then the mean of the squared distances to it."""
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred * centred).mean(-1, keepdims=True)
    y: Array = centred / np.sqrt(variance + np.float32(1e-5))
    return y


def exact(x: Array) -> Array:
    """In float64, about a number of the row itself, so that nothing is lost however large the offset is."""
    d = x.astype(np.float64) - x[..., :1].astype(np.float64)
    d -= d.mean(-1, keepdims=True)
    y: Array = d / np.sqrt(d.var(-1, keepdims=True) + 1e-5)
    return y


def error(y: Array, reference: Array) -> float:
    """The worst element, in units of 2⁻²⁴ · max(1, |y|): about a rounding to float32."""
    units = UNIT * np.maximum(1, np.abs(reference))
    return float((np.abs(y - reference) / units).max())


def chapter(settings: Settings) -> Chapter:
    rng = settings.generator(9)
    x, dy = rng.standard_normal((2, *SHAPE), np.float32)
    weight, bias = rng.standard_normal((2, SHAPE[1]), np.float32)
    seen = {way: digests(x, dy, weight, bias) for way in each_way()}
    kinds = {name: sorted({found[name] for found in seen.values()}) for name in RESULTS}
    alone = np.asarray(planish.layer_norm(x[7].copy(), weight, bias))
    among = np.asarray(planish.layer_norm(x, weight, bias))[7]

    offsets = 10.0 ** np.arange(0, 9)
    rows = rng.standard_normal((32, SHAPE[1]))
    methods = {"planish": lambda a: np.asarray(planish.layer_norm(a)), "two passes": two_passes, "one pass": one_pass}
    errors: dict[str, Array] = {}
    shifted = [(rows + offset).astype(np.float32) for offset in offsets]
    references = [exact(a) for a in shifted]
    for name, method in methods.items():
        errors[name] = np.array([error(method(a), r) for a, r in zip(shifted, references, strict=True)])
    levels = planish.cpus()
    same = [
        [name, f"<code>{found[0]}</code>" if len(found) == 1 else f"{len(found)} different ones"]
        for name, found in kinds.items()
    ]
    at = {name: [number(values[i], 2) for i in (0, 3, 6)] for name, values in errors.items()}
    return Chapter(
        idea=paragraphs(
            "Sums of floating-point numbers depend on the order in which they are taken, and the fast order is "
            "another one on each CPU and with each number of threads. So the same program gives other bits "
            "elsewhere, as a rule. Planish has one order for all of them.",
            "And a variance is the difference of large numbers where the mean is large. Computed in the way that one "
            "writes down first, it is lost in rounding, and nothing complains.",
        ),
        pictures=[picture(offsets, errors)],
        measured=table(["result", f"digest of its bits, {len(seen)} ways"], same)
        + paragraphs(
            f"{SHAPE[0]} rows of {SHAPE[1]} features, forward and backward, on the CPU levels {', '.join(levels)} with "
            f"{', '.join(map(str, THREADS))} threads each. A row on its own has the bits that it has among {SHAPE[0]}."
        )
        + table(
            ["worst element, units of 2⁻²⁴", *(f"offset {number(offsets[i])}" for i in (0, 3, 6))],
            [[n, *v] for n, v in at.items()],
        )
        + paragraphs(
            "Rows of normal numbers with an offset. The exact result belongs to the numbers after their rounding to "
            "float32, so what is shown is what the method loses, not what the offset has cost before."
        ),
        conclusion=paragraphs(
            "The bits depend on the shape and the numbers, and on nothing else that was tried here: results can be "
            "compared by digest. The error of y does not depend on the offset."
        ),
        limits=paragraphs(
            "These are the CPU levels of one machine. <code>python -m planish verify</code> compares its bits with "
            "the published digests of others. The rest of this tour multiplies matrices with NumPy, whose order of "
            "sums is its BLAS's own: its figures may differ in the last digits elsewhere. An error in the last bits "
            "rarely matters to training; an error of a hundred thousand units is another thing. Other libraries are "
            "measured in the project's docs, not here: the two rivals are a few lines of NumPy."
        ),
        claims=[
            *(
                Claim(f"different digests of {name}, {len(seen)} ways", len(found), 1, 1)
                for name, found in kinds.items()
            ),
            Claim(
                "a row alone and among others: numbers whose bits differ",
                int((alone.view("u4") != among.view("u4")).sum()),
                0,
                0,
            ),
            Claim("planish, all offsets: worst error of y, units of 2⁻²⁴", errors["planish"].max(), high=4),
            Claim("one pass, offset 1000: worst error of y, units of 2⁻²⁴", errors["one pass"][3], low=1e4),
            Claim("two passes, offset 10⁶: worst error of y, units of 2⁻²⁴", errors["two passes"][6], low=1e3),
        ],
        code=[digests, one_pass, two_passes, error],
        figures={"digests": {name: kinds[name] for name in RESULTS}, "offsets": offsets, "errors": errors},
    )


def picture(offsets: Array, errors: dict[str, Array]) -> Picture:
    looks = {"planish": (WITH, "-o"), "two passes": (THIRD, "-.s"), "one pass": (WITHOUT, "--^")}

    def draw(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, columns=1, height=3)
        for name, values in errors.items():
            colour, style = looks[name]
            axes.plot(offsets, values, style, color=colour, label=name)
        axes.axhline(4, color=INK, linewidth=1, linestyle=":", label="4 units: what is promised")
        axes.axhline(1 / UNIT, color=MUTED, linewidth=1, linestyle=(0, (1, 3)), label="an error of 1")
        log_scale(axes, "x")
        log_scale(axes, "y")
        axes.set_xlabel("offset of the rows, in standard deviations")
        axes.set_ylabel("worst error, units of 2⁻²⁴")
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1) if not sheet.narrow else (0, -0.25))

    return Picture(
        "offset",
        draw,
        "The worst element of y against the exact result, for normal rows with an offset. Both axes are logarithmic.",
        "Error over offset. The line of planish is flat below 4 units. Two passes in float32 grow with the offset, "
        "one pass with its square, up to errors as large as the results.",
    )
