"""Chapter 1: which numbers share a mean. One number is changed, and the outputs that change with it are marked."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import planish

from ..chapter import Chapter, Settings, paragraphs, table
from ..claims import Claim, number
from ..data import Array, digits, photographs, wine
from ..pictures import Picture, Sheet, bare, cells
from ..style import INK, MUTED, WITH, WITHOUT


class Layout(NamedTuple):
    """A batch of real data, and the axes that are normalized together."""

    title: str
    shape: str
    axis: int | tuple[int, ...]
    x: Array

    @property
    def axes(self) -> tuple[int, ...]:
        given = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        return tuple(axis % self.x.ndim for axis in given)

    @property
    def together(self) -> int:
        """How many numbers share a mean."""
        return int(np.prod([self.x.shape[axis] for axis in self.axes]))


def layouts(settings: Settings) -> list[Layout]:
    rng = settings.generator(1)
    (wines, _), (images, _) = wine(), digits()
    table_of_wines = wines[rng.choice(len(wines), 6, replace=False)]
    handwriting = images[rng.choice(len(images), 4, replace=False)].reshape(4, 8, 8)
    photos = photographs(10, 15)
    return [
        Layout("wines", "(N, F)", -1, table_of_wines),
        Layout("digits, line by line", "(N, L, H)", -1, handwriting),
        Layout("photographs", "(N, C, H, W)", (1, 2, 3), photos),
        Layout("photographs, channels alone", "(N, C, H, W)", 1, photos),
    ]


def touched(x: Array, place: tuple[int, ...], axis: int | tuple[int, ...]) -> Array:
    """Which outputs change when the number at `place` does: those that share its mean."""
    poked = x.copy()
    poked[place] += 0.25 * x.std()
    before = np.asarray(planish.layer_norm(x, axis=axis))
    after = np.asarray(planish.layer_norm(poked, axis=axis))
    changed: Array = before != after
    return changed


def expected(layout: Layout, place: tuple[int, ...]) -> Array:
    """The group of a place: all of the normalized axes, and its own index on the others."""
    group = np.zeros(layout.x.shape, bool)
    group[tuple(slice(None) if axis in layout.axes else at for axis, at in enumerate(place))] = True
    return group


def chapter(settings: Settings) -> Chapter:
    chosen = layouts(settings)
    places = [tuple(size // 2 for size in layout.x.shape) for layout in chosen]
    marks = [touched(layout.x, place, layout.axis) for layout, place in zip(chosen, places, strict=True)]
    claims, rows, figures = [], [], []
    for layout, place, mark in zip(chosen, places, marks, strict=True):
        group = expected(layout, place)
        y, mean, _ = map(np.asarray, planish.layer_norm(layout.x, axis=layout.axis, return_stats=True))
        share = float(mark[group].mean())
        residue = float(np.abs(y.astype(float).mean(layout.axes)).max())
        name = f"{layout.title}, axis={layout.axis}"
        claims += [
            Claim(f"{name}: outputs outside the group that change", float(mark[~group].sum()), 0, 0),
            Claim(f"{name}: share of the group that changes", share, 0.99, 1),
            Claim(f"{name}: largest mean of a group after normalizing", residue, high=1e-5),
        ]
        shape = " × ".join(map(str, layout.x.shape))
        axis = f"<code>axis={layout.axis}</code>"
        rows.append([layout.title, f"{layout.shape} = {shape}", axis, layout.together, mean.size])
        figures.append(
            {"title": layout.title, "shape": layout.x.shape, "axis": layout.axes, "place": place, "changed": mark}
        )
    batch, _, photos, channels = chosen
    return Chapter(
        idea=paragraphs(
            "A <b>sample</b> is one thing that the network is shown: a wine, an image, a sentence. Its <b>features</b> "
            "are the numbers that describe it. Samples are worked on many at a time, in a batch, and an array has an "
            "axis for each kind of index: N for the sample, F, H or C for the features, L for the place in a "
            "sequence, H and W for the place in an image.",
            "Layer norm takes means within one sample and never across samples. Which numbers share a mean is said by "
            "<code>axis</code>: the last one by default; a tuple of neighbours, to take them together; or "
            "<code>axis=1</code>, for the channels at each pixel alone. There is no need to believe it: change one "
            "number, and see which outputs move.",
        ),
        pictures=[picture(chosen, places, marks)],
        measured=table(["data", "shape", "normalized", "numbers that share a mean", "means"], rows)
        + paragraphs(
            f"One number of each array was changed by a quarter of the array's standard deviation. Among the wines "
            f"{marks[0].sum()} outputs changed, all {batch.together} of that wine; among the photographs "
            f"{marks[2].sum()} with the channels, rows and columns together, and {marks[3].sum()} with the channels "
            f"alone. In the other groups, not one bit was different."
        ),
        conclusion=paragraphs(
            "The mean and the variance belong to a group of numbers within one sample. So the output for a sample is "
            "the same in a batch of one and in a batch of a million, in training and in use: nothing about other "
            "samples has to be remembered."
        ),
        limits=paragraphs(
            f"The groups are a choice, and not an innocent one. With {number(photos.together)} numbers to a mean, the "
            "contrast within the photograph is kept, and only its brightness and overall contrast go; with "
            f"{channels.together}, each pixel is left with its hue alone. The digits are read line by line here to "
            "have a sequence; they are images by nature."
        ),
        claims=claims,
        code=[touched],
        figures={"layouts": figures},
    )


def picture(chosen: list[Layout], places: list[tuple[int, ...]], marks: list[Array]) -> Picture:
    def draw(sheet: Sheet) -> None:
        for axes, layout, place, mark in zip(
            sheet.panels(4, height=1.75 if sheet.narrow else 2.2), chosen, places, marks, strict=True
        ):
            draw_layout(axes, layout, place, mark)

    return Picture(
        "dimensions",
        draw,
        "Real data in grey, the stronger the larger. The number in orange was changed; all outputs that changed with "
        "it are in blue. Wines and their features are scaled for the eye, feature by feature; the arithmetic had the "
        "raw numbers.",
        "Four maps of cells. In a table of wines one row is marked; of four digits one line of one digit; of the "
        "photographs all three channels of one photograph; with channels alone, one pixel in each of three channels.",
    )


def draw_layout(axes: Any, layout: Layout, place: tuple[int, ...], mark: Array) -> None:
    """The array as blocks of rows and columns: samples downwards, channels or sequences sideways."""
    x = layout.x
    span = (x.min(0), x.max(0)) if x.ndim == 2 else (x.min(), x.max())
    shades = 0.12 + 0.6 * (x - span[0]) / (span[1] - span[0])
    blocks = {2: (1, 1), 3: (1, len(x)), 4: x.shape[:2]}[x.ndim]
    height, width = x.shape[-2:]
    for row, column in np.ndindex(*blocks):
        index = {2: (), 3: (column,), 4: (row, column)}[x.ndim]
        left, top = column * (width + 1), row * (height + 1)
        where = mark[index]
        cells(axes, np.where(where, 0, shades[index]), MUTED, left=left, top=top)
        cells(axes, np.where(where, shades[index] + 0.28, 0), WITH, left=left, top=top)
        if index == place[: len(index)]:
            spot = np.zeros((height, width))
            spot[place[-2:]] = 1
            cells(axes, spot, WITHOUT, left=left, top=top)
    bare(axes, blocks[1] * (width + 1), blocks[0] * (height + 1))
    axes.set_title(f"{layout.title}: {layout.shape}", color=INK)
    axes.text(0, blocks[0] * (height + 1), f"axis={layout.axis}", family="monospace", fontsize=8.5, va="top", color=INK)
