"""The results file: what was measured, on which machine, and what the figures say."""

import datetime
import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cells import Cell
from peers import LIMIT, OURS, RIVALS

Quartiles = tuple[float, float, float]  # nanoseconds


def machine() -> dict[str, Any]:
    """What the figures belong to."""
    facts: dict[str, Any] = {"system": platform.platform(), "python": platform.python_version()}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "cpu family", "model"):
            facts.setdefault(name.strip(), value.strip())
    caches = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((cache / fact).read_text().strip() for fact in ("level", "type", "size"))
        if kind != "Instruction":
            caches[f"L{level}"] = size
    return facts | {"caches": caches}


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes")


@dataclass(frozen=True)
class CellResult:
    cell: Cell
    times: dict[str, dict[str, Quartiles]]  # by peer and way
    missing: dict[str, str]  # by peer, the reason
    remarks: dict[str, dict[str, str]]  # by peer and way

    def fastest_way(self, peer: str) -> str | None:
        ways = self.times.get(peer)
        return min(ways, key=lambda way: ways[way][1]) if ways else None

    def quartiles(self, peer: str) -> Quartiles | None:
        """Of its fastest way."""
        way = self.fastest_way(peer)
        return None if way is None else self.times[peer][way]

    def median(self, peer: str) -> float | None:
        quartiles = self.quartiles(peer)
        return None if quartiles is None else quartiles[1]

    @property
    def rival(self) -> str | None:
        """The fastest peer."""
        medians = {name: median for name in RIVALS if (median := self.median(name)) is not None}
        return min(medians, key=lambda name: medians[name]) if medians else None

    @property
    def ratio(self) -> float | None:
        """How many times as long the fastest peer takes: below 1, planish is slower."""
        ours, theirs = self.median(OURS), self.median(self.rival) if self.rival else None
        return None if ours is None or theirs is None else theirs / ours

    @property
    def of_limit(self) -> float | None:
        """planish in units of the limit: at 1, nothing is left to gain."""
        ours, limit = self.median(OURS), self.median(LIMIT)
        return None if ours is None or limit is None else ours / limit

    @property
    def is_lost(self) -> bool:
        return self.ratio is not None and self.ratio < 1


@dataclass
class Results:
    """`about` has the machine, the versions, the date, and how it was measured."""

    about: dict[str, Any]
    cells: list[dict[str, Any]]

    @classmethod
    def load(cls, file: Path) -> "Results":
        content = json.loads(file.read_text(encoding="utf-8"))
        return cls(content["about"], content["cells"])

    def save(self, file: Path) -> None:
        """One cell a line."""
        cells = ",\n".join(json.dumps(cell) for cell in self.cells)
        text = f'{{"about": {json.dumps(self.about, indent=1)},\n"cells": [\n{cells}\n]}}\n'
        partial = file.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)  # a run that is interrupted leaves a whole file

    def has(self, cell: Cell) -> bool:
        return any(Cell.from_json(fields) == cell for fields in self.cells)

    def read(self) -> list[CellResult]:
        return [
            CellResult(
                Cell.from_json(fields),
                {peer: {way: tuple(q) for way, q in ways.items()} for peer, ways in fields["times"].items()},
                fields["missing"],
                fields["remarks"],
            )
            for fields in self.cells
        ]
