"""One cell: every peer prepares it, its results are compared, then all are timed in turns."""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cells import Cell
from peers import LIMIT, OURS, PEERS
from workers import Team, WorkerError

WRONG = "wrong"  # begins the reason why a peer is missing, where that is no mere lack


@dataclass(frozen=True)
class Effort:
    rounds: int
    milliseconds: float  # that a measurement takes, at least


@dataclass
class Prepared:
    """The ways that can be timed, as peer and name; why other peers cannot; what is to be said about some."""

    ways: list[tuple[str, str]]
    missing: dict[str, str]
    remarks: dict[str, dict[str, str]]

    def give_up(self, cell: Cell, name: str, reason: str) -> None:
        """On a peer that should have worked."""
        self.missing[name] = f"{WRONG}: {reason}"
        print(f"\n{cell.name}: {PEERS[name].title}: {reason}", file=sys.stderr)
        if name == OURS:
            sys.exit("there is nothing to compare with")


def prepare(team: Team, cell: Cell, effort: Effort, reference: Path) -> Prepared:
    prepared = Prepared([], dict(team.missing), {})
    for name in list(team.workers):  # planish is the first: it writes what the others are compared with
        request = {
            "cell": cell.to_json(),
            "nanoseconds": effort.milliseconds * 1e6,
            "reference": str(reference),
            "write": name == OURS,
            "compare": name != LIMIT,
        }
        try:
            answer = team.workers[name].ask(do="prepare", **request)
        except WorkerError as error:
            answer = {WRONG: str(error)}
            team.restart(name)
        prepared.ways += [(name, way) for way in answer.get("ways", [])]
        if answer.get("remarks"):
            prepared.remarks[name] = answer["remarks"]
        if "unsupported" in answer:
            prepared.missing[name] = f"unsupported: {answer['unsupported']}"
        if WRONG in answer:
            prepared.give_up(cell, name, answer[WRONG])
    return prepared


def take_turns(team: Team, cell: Cell, prepared: Prepared, effort: Effort) -> dict[tuple[str, str], list[float]]:
    """Nanoseconds a call, of each round. Each way is first in its turn. Who falls is left out from then on."""
    times: dict[tuple[str, str], list[float]] = {way: [] for way in prepared.ways}
    for round_number in range(effort.rounds):
        start = round_number % len(prepared.ways)
        for name, way in prepared.ways[start:] + prepared.ways[:start]:
            if name in prepared.missing:
                continue
            try:
                times[name, way].append(team.workers[name].ask(do="time", way=way)["time"])
            except WorkerError as error:
                prepared.give_up(cell, name, str(error))
                team.restart(name)
    return {(name, way): rounds for (name, way), rounds in times.items() if name not in prepared.missing}


def measure(team: Team, cell: Cell, effort: Effort, reference: Path) -> dict[str, Any]:
    """What the results file holds of a cell: the quartiles of every way, in nanoseconds."""
    prepared = prepare(team, cell, effort, reference)
    result: dict[str, Any] = {**cell.to_json(), "times": {}}
    for (name, way), times in take_turns(team, cell, prepared, effort).items():
        quartiles = [round(q, 2) for q in statistics.quantiles(times, n=4)]
        result["times"].setdefault(name, {})[way] = quartiles
    return result | {"missing": prepared.missing, "remarks": prepared.remarks}
