"""A picture of the ratios: a field for each cell, blue where planish is ahead, orange and framed where it is not."""

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import colors
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cells import DTYPES, OPERATIONS, SHAPES, thread_text
from peers import PEERS
from results import CellResult

# Blue and orange are told apart with every kind of colour blindness; the numbers say the same.
BEHIND, EVEN, AHEAD = "#d95f02", "#f7f7f7", "#2c7fb8"
STRONGEST = 4.0  # the ratio, or its inverse, that has the full colour
FIELD = 0.5  # inches


def colour_scale() -> tuple[Any, Any]:
    limit = math.log2(STRONGEST)
    return (
        colors.LinearSegmentedColormap.from_list("ratio", [BEHIND, EVEN, AHEAD]),
        colors.Normalize(-limit, limit, clip=True),
    )


def draw_field(axes: Any, column: int, row: int, result: CellResult) -> None:
    """The ratio, and who is the fastest peer."""
    ratio = result.ratio
    if ratio is None or result.rival is None:
        return
    scale, norm = colour_scale()
    fill = scale(norm(math.log2(ratio)))
    lost = result.is_lost
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=fill, edgecolor="white", linewidth=1))
    if lost:
        axes.add_patch(Rectangle((column + 0.06, row + 0.06), 0.88, 0.88, fill=False, edgecolor="black", linewidth=1.5))
    light = max(ratio, 1 / ratio) < STRONGEST / 1.5
    style = {"ha": "center", "va": "center", "color": "black" if light or lost else "white"}
    text = f"{ratio:.1f}" if ratio >= 9.95 else f"{ratio:.2f}"
    axes.text(column + 0.5, row + 0.4, text, fontsize=8, fontweight="bold" if lost else "normal", **style)
    axes.text(column + 0.5, row + 0.74, PEERS[result.rival].title, fontsize=4.5, **style)


def draw_panel(axes: Any, results: list[CellResult], threads: int) -> None:
    """All cells with one number of threads: shapes downwards, operations and dtypes across."""
    shapes = [name for name in SHAPES if any(r.cell.shape_name == name for r in results)]
    kinds = [(r.cell.operation, r.cell.dtype) for r in results]
    columns = [(o, d) for o in OPERATIONS for d in DTYPES if (o, d) in kinds]
    for result in results:
        column = columns.index((result.cell.operation, result.cell.dtype))
        draw_field(axes, column, shapes.index(result.cell.shape_name), result)
    for left in (i for i in range(1, len(columns)) if columns[i][0] != columns[i - 1][0]):
        axes.axvline(left, color="black", linewidth=1)
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(shapes), 0)
    axes.set_aspect("equal")
    axes.set_xticks([i + 0.5 for i in range(len(columns))], [dtype for _, dtype in columns], fontsize=7)
    axes.set_yticks([i + 0.5 for i in range(len(shapes))], [name.replace("x", " × ") for name in shapes], fontsize=7)  # noqa: RUF001
    axes.tick_params(length=0)
    for operation in OPERATIONS:
        places = [i for i, (o, _) in enumerate(columns) if o == operation]
        if places:
            middle = (places[0] + places[-1] + 1) / 2
            axes.text(middle, -0.15, OPERATIONS[operation], ha="center", va="bottom", fontsize=8)
    axes.set_title(thread_text(threads), fontsize=10, pad=18)


def draw(results: list[CellResult], file: Path) -> None:
    mpl.rcParams |= {"svg.hashsalt": "planish", "svg.fonttype": "none", "font.family": "sans-serif"}
    threads = sorted({result.cell.threads for result in results})
    fields = len({(r.cell.operation, r.cell.dtype) for r in results}), len({r.cell.shape_name for r in results})
    width, height = (count * FIELD for count in fields)
    figure = Figure(figsize=(2 + width, len(threads) * (1.2 + height) + 0.8), layout="constrained")
    panels = figure.subplots(len(threads), 1, squeeze=False)[:, 0]
    for axes, count in zip(panels, threads, strict=True):
        draw_panel(axes, [result for result in results if result.cell.threads == count], count)
    figure.suptitle("Time of the fastest peer, in units of planish's: below 1 (framed), planish is slower", fontsize=10)
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None, bbox_inches="tight")
