"""How the pictures look: colours for light and dark, sizes, axes.

A picture is drawn in the colours of light. Each of them stands for a name, and is exchanged afterwards.
"""

from __future__ import annotations

import math
from typing import Any

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, SymmetricalLogLocator

from .claims import number, power_of_ten

# Blue and vermilion, green and purple: told apart with every common kind of colour blindness. Each series has a line
# style or a marker of its own too.
LIGHT = {
    "ink": "#1d2129",
    "muted": "#646b76",
    "line": "#d6dae0",
    "paper": "#fdfdfc",
    "with": "#0b6bb3",
    "without": "#c8500a",
    "third": "#0a8a68",
    "fourth": "#9a4a9c",
}
DARK = {
    "ink": "#e8eaed",
    "muted": "#9fa6b2",
    "line": "#3a404a",
    "paper": "#15181d",
    "with": "#62b4f0",
    "without": "#ff9457",
    "third": "#3fcda2",
    "fourth": "#dc93de",
}
INK, MUTED, LINE, PAPER = (LIGHT[name] for name in ("ink", "muted", "line", "paper"))
WITH, WITHOUT, THIRD, FOURTH = (LIGHT[name] for name in ("with", "without", "third", "fourth"))
PLAIN_AND_NORMED = ((WITHOUT, "--", "without layer norm"), (WITH, "-", "with layer norm"))

SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "grid.linewidth": 0.6,
    "grid.color": LINE,
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "path.simplify_threshold": 0.3,
}


def log_scale(axes: Any, which: str, *, linear_below: float | None = None) -> None:
    """A logarithmic axis, "x" or "y", with plain text for its powers of ten; linear around zero where a threshold is
    given."""
    axis = getattr(axes, f"{which}axis")
    set_scale = getattr(axes, f"set_{which}scale")
    if linear_below is None:
        set_scale("log")
        axis.set_major_locator(LogLocator(numticks=6))
    else:
        set_scale("symlog", linthresh=linear_below)
        axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear_below))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def whole_steps(axes: Any) -> None:
    """Ticks of the x axis at whole numbers only: of layers, of steps."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))


def tick(value: float) -> str:
    """A power of ten as it is best read on an axis."""
    if value == 0 or 0.01 <= abs(value) <= 1000:
        return number(value)
    sign = "−" if value < 0 else ""
    return sign + power_of_ten(round(math.log10(abs(value))))
