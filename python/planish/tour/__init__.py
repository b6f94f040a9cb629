"""python -m planish tour: the ideas of layer normalization, each measured and drawn.

The command line needs nothing but this file. What the tour itself needs, NumPy, matplotlib and scikit-learn, is
imported when it runs.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

NEEDED = {"numpy": "NumPy", "matplotlib": "matplotlib", "sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"}
CHAPTERS = 9


def seed(text: str) -> int:
    """A seed from the command line."""
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.description = (
        "A short course on layer normalization. Runs small experiments on real data, on this machine and through "
        "planish's kernels, and writes one HTML page that needs no network, its pictures as SVG and its figures as "
        "JSON. Takes a minute or two; the same seed gives the same figures. Needs NumPy, matplotlib and "
        "scikit-learn: pip install 'planish[tour]'."
    )
    parser.add_argument(
        "--out", type=Path, default=Path("planish-tour"), metavar="DIR", help="where to write; default: %(default)s"
    )
    parser.add_argument(
        "--chapter", type=int, choices=range(1, CHAPTERS + 1), metavar="N", help=f"one chapter alone, 1 to {CHAPTERS}"
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter experiments")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="of all random numbers; default: %(default)s")
    parser.add_argument("--open", action="store_true", help="show the page in a browser when it is done")


def run(options: argparse.Namespace) -> int:
    """Run the tour; the exit status: 0, or 1 if something is missing or a claim of the tour does not hold."""
    missing = [title for name, title in NEEDED.items() if find_spec(name) is None]
    if missing:
        print(f"planish: the tour needs {', '.join(missing)}: pip install 'planish[tour]'", file=sys.stderr)
        return 1
    from .guide import guide

    return guide(options.out, number=options.chapter, quick=options.quick, seed=options.seed, show=options.open)
