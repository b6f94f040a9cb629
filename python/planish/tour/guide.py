"""The tour from beginning to end: the chapters are run one after the other, then everything is written."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import sklearn
from threadpoolctl import threadpool_limits

import planish

from . import chapters
from .chapter import Chapter, Settings, listed
from .claims import Claim
from .page import page


def command_of(settings: Settings, number: int | None) -> str:
    """The command that gives this page."""
    parts = ["python -m planish tour"]
    parts += [f"--chapter {number}"] if number else []
    parts += ["--quick"] if settings.quick else []
    parts += [f"--seed {settings.seed}"] if settings.seed else []
    return " ".join(parts)


def run_chapters(names: tuple[str, ...], settings: Settings) -> tuple[dict[str, Chapter], dict[str, float]]:
    """The chapters, and how many seconds each took. A line about each as it is done."""
    done: dict[str, Chapter] = {}
    seconds: dict[str, float] = {}
    for name in names:
        print(f"  {chapters.NAMES.index(name) + 1}  {chapters.TITLES[name]:52}", end="", flush=True)
        start = time.perf_counter()
        done[name] = chapters.run(name, settings)
        seconds[name] = time.perf_counter() - start
        held = sum(claim.held for claim in done[name].claims)
        print(f"{seconds[name]:6.1f} s   {held} of {len(done[name].claims)} claims as told", flush=True)
    return done, seconds


def claim_figures(claim: Claim) -> dict[str, Any]:
    bounds = {"low": listed(float(claim.low)), "high": listed(float(claim.high))}
    return {
        "text": claim.text,
        "measured": listed(float(claim.value)),
        **bounds,
        "verdict": claim.verdict,
        "often read": bool(claim.textbook),
    }


def figures(done: Mapping[str, Chapter], settings: Settings) -> str:
    """The numbers of a run as JSON: the same seed gives the same text."""
    content = {
        name: {
            "chapter": chapters.NAMES.index(name) + 1,
            "title": chapters.TITLES[name],
            "claims": [claim_figures(claim) for claim in chapter.claims],
            "figures": listed(chapter.figures),
        }
        for name, chapter in done.items()
    }
    whole = {"seed": settings.seed, "quick": settings.quick, "chapters": content}
    return (
        json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace(
            '{"chapter"', '\n{"chapter"'
        )
        + "\n"
    )


def write(
    out: Path, done: Mapping[str, Chapter], seconds: Mapping[str, float], settings: Settings, number: int | None
) -> Path:
    """The page, the pictures and the figures; the page's path."""
    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for picture in (picture for chapter in done.values() for picture in chapter.pictures):
        (pictures / f"{picture.name}.svg").write_text(picture.file(dark=False), encoding="utf-8")
        (pictures / f"{picture.name}-dark.svg").write_text(picture.file(dark=True), encoding="utf-8")
    (out / "figures.json").write_text(figures(done, settings), encoding="utf-8")
    versions = f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}, matplotlib {mpl.__version__}"
    facts = (
        f"Seed {settings.seed}{', quick' if settings.quick else ''}. Planish {planish.__version__} ({planish.cpu()}), "
        f"{versions}, Python {platform.python_version()}, {platform.machine()}; {sum(seconds.values()):.0f} seconds "
        f"on {len(os.sched_getaffinity(0))} CPUs."
    )
    footer = (
        "The figures of this page are in figures.json, its pictures in pictures/. Data: the digits (Alpaydin, Kaynak "
        "1998) and wine (Aeberhard, Forina 1992) sets of the UCI repository and two photographs, all as scikit-learn "
        "brings them along. Layer normalization: Ba, Kiros, Hinton 2016, arXiv 1607.06450."
    )
    path = out / "index.html"
    path.write_text(page(done, command=command_of(settings, number), facts=facts, footer=footer), encoding="utf-8")
    return path


def guide(out: Path, *, number: int | None = None, quick: bool = False, seed: int = 0, show: bool = False) -> int:
    """Run the tour and write it; 1 if a claim is not as the text has it."""
    settings = Settings(seed, quick)
    names = (chapters.NAMES[number - 1],) if number else chapters.NAMES
    print(f"A tour of layer normalization: seed {seed}{', quick' if quick else ''}", flush=True)
    # One thread for NumPy's matrix products: these are small, and their sums come in the same order everywhere.
    with threadpool_limits(1):
        done, seconds = run_chapters(names, settings)
        print("  drawing", flush=True)
        try:
            path = write(out, done, seconds, settings, number)
        except OSError as error:
            print(f"planish: {out}: {error.strerror or error}", file=sys.stderr)
            return 1
    print(path)
    if show:
        webbrowser.open(path.resolve().as_uri())
    wrong = [claim for chapter in done.values() for claim in chapter.claims if not claim.held]
    for claim in wrong:
        print(f"planish: not as told: {claim.text}: {claim.value:.6g}, {claim.verdict}", file=sys.stderr)
    return 1 if wrong else 0
