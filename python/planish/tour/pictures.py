"""Pictures: drawn with matplotlib as SVG, wide for a desk and narrow for a phone, light and dark.

On the page, the colours are CSS variables, so that one drawing follows the reader's scheme; in files they are fixed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from .style import DARK, LIGHT, SETTINGS

WIDE, NARROW = 7.5, 3.5  # inches


class Sheet:
    """What a picture is drawn on. Panels lie side by side on a wide sheet, one above the other on a narrow one."""

    def __init__(self, narrow: bool) -> None:
        self.narrow = narrow
        self.figure: Figure = Figure(layout="constrained")

    def panels(self, count: int, *, columns: int = 2, height: float = 2.5, **options: Any) -> list[Any]:
        """So many panels, `height` inches each."""
        columns = 1 if self.narrow else columns
        rows = -(-count // columns)
        self.figure.set_size_inches(NARROW if self.narrow else WIDE, rows * height)
        axes = self.figure.subplots(rows, columns, squeeze=False, **options).ravel()
        for spare in axes[count:]:
            spare.remove()
        return list(axes[:count])

    def legend(self, axes: Any, *, columns: int = 4) -> None:
        """One legend above all panels, of the series of one of them."""
        handles, labels = axes.get_legend_handles_labels()
        self.figure.legend(handles, labels, loc="outside upper left", ncols=min(columns, 2) if self.narrow else columns)


@dataclass(frozen=True)
class Picture:
    """`alt` says what there is to see, for those who don't."""

    name: str
    draw: Callable[[Sheet], None]
    caption: str
    alt: str

    @cached_property
    def wide(self) -> str:
        return self.drawn(narrow=False)

    def drawn(self, narrow: bool) -> str:
        """The SVG, in the colours of light."""
        salt = f"{self.name}-{'narrow' if narrow else 'wide'}"
        with mpl.rc_context(SETTINGS | {"svg.hashsalt": salt}):
            sheet, file = Sheet(narrow), io.StringIO()
            self.draw(sheet)
            sheet.figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        return tidied(file.getvalue(), salt)

    def inline(self, narrow: bool) -> str:
        """For the page: colours are the page's variables, letters those of the page."""
        svg = self.drawn(narrow) if narrow else self.wide
        for name, colour in LIGHT.items():
            svg = svg.replace(colour, f"var(--{name})")
        svg = re.sub(r"font-family: '[^;\"]+; |<style.*?</style>\n", "", svg, flags=re.DOTALL)
        return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)

    def file(self, dark: bool) -> str:
        """For a file: colours are fixed, and there is paper behind."""
        svg = self.wide
        svg = re.sub(r"(<svg [^>]*>)", rf'\1\n<rect width="100%" height="100%" fill="{LIGHT["paper"]}"/>', svg, count=1)
        for name, colour in LIGHT.items() if dark else ():
            svg = svg.replace(colour, DARK[name])
        return svg.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', sans-serif")


def tidied(svg: str, prefix: str) -> str:
    """Without what no reader needs; coordinates to a hundredth of a point; identifiers that no other picture has."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r"[#(](?:#)?([\w-]+)(?:\)|\")", svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r'(<svg [^>]*?)width="[^"]*" height="[^"]*" ', r"\1", svg, count=1)
    svg = re.sub(r"<[^>]+>", lambda tag: shortened(tag[0]), svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


def shortened(tag: str) -> str:
    """A tag with its coordinates rounded and its paths packed; the text between tags is not touched."""
    tag = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), tag)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", re.sub(r"\s+", " ", tag))
    tag = re.sub(r" ?([MLQCz]) ?(?=[-\d\"MLQCz ])", r"\1", tag) if tag.startswith("<path") else tag
    return re.sub(r"M(\S+) (\S+)L(\S+) \2L\3 (\S+)L\1 \4z", r"M\1 \2H\3V\4H\1z", tag)


SHADES = 8


def cells(axes: Any, shades: Any, colour: str, *, left: float = 0, top: float = 0) -> None:
    """A grid of cells, one per number, the stronger the nearer the number is to 1. Cells of one shade are one path."""
    for shade in range(1, SHADES + 1):
        corners: list[tuple[float, float]] = []
        codes: list[Any] = []
        for row, line in enumerate(shades):
            for column, value in enumerate(line):
                if round(float(value) * SHADES) == shade:
                    x, y = left + column, top + row
                    corners += [(x, y), (x + 0.94, y), (x + 0.94, y + 0.94), (x, y + 0.94), (x, y)]
                    codes += [Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY]
        if corners:
            outline = Outline(corners, codes)
            axes.add_patch(PathPatch(outline, facecolor=colour, alpha=shade / SHADES, linewidth=0))


def bare(axes: Any, columns: float, rows: float) -> None:
    """A panel that is a map and no plot: no axes, cells are squares, the first row is on top."""
    axes.set_xlim(-0.3, columns)
    axes.set_ylim(rows, -0.3)
    axes.set_aspect("equal", anchor="NW")
    axes.axis("off")


def band(axes: Any, x: Any, curves: Any, colour: str, style: str, label: str, **options: Any) -> None:
    """The median of several runs as a line, and all between the smallest and the largest as a band."""
    stacked = np.asarray(curves, float)
    axes.plot(x, np.median(stacked, 0), style, color=colour, label=label, **options)
    axes.fill_between(x, stacked.min(0), stacked.max(0), color=colour, alpha=0.18, linewidth=0)
