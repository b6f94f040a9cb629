"""Time planish against oneDNN and against the limit of the machine, one thread, float32.

python benchmarks/run.py [--quick] [--cpu LEVEL] [--json FILE]

The table goes to standard output, progress to standard error.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import program
from cells import CELLS, OPERATIONS, SHAPES, Cell

# The planish level, and what lets oneDNN use the same instructions; SSE4.1 is the least that it knows.
LEVELS = {"baseline": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"}


def environment(level: str | None) -> dict[str, str]:
    """One thread for everybody, and the same CPU level."""
    chosen = os.environ | {"OMP_NUM_THREADS": "1", "PLANISH_NUM_THREADS": "1"}
    if level is not None:
        chosen |= {"PLANISH_CPU": level, "ONEDNN_MAX_CPU_ISA": LEVELS[level]}
    return chosen


def measure(executable: Path, cell: Cell, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one cell in a process of its own: what it printed, and the cell."""
    rounds, microseconds = (9, 500) if arguments.quick else (41, 2000)
    numbers = (cell.rows, cell.features, rounds, microseconds)
    command = [str(executable), cell.operation, *map(str, numbers)]
    process = subprocess.run(
        command, env=environment(arguments.cpu), stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    if process.returncode != 0:
        sys.exit(f"{cell.operation} {cell.shape} failed")
    result: dict[str, Any] = json.loads(process.stdout)
    return {"operation": cell.operation, "rows": cell.rows, "features": cell.features} | result


def limit(times: dict[str, list[float]]) -> list[float]:
    """Whichever way of moving the bytes is the faster one here."""
    return min((times[name] for name in times if name.startswith("limit")), key=statistics.median)


def spread(times: list[float]) -> str:
    """The median, and the quartiles around it."""
    low, middle, high = (f"{quartile:#.3g}".rstrip(".") if quartile < 1000 else f"{quartile:.0f}"
                         for quartile in statistics.quantiles(times, n=4))  # fmt: skip
    return f"{middle} ({low}-{high})"


def ratio(slower: list[float], faster: list[float]) -> float:
    """Of the medians."""
    return statistics.median(slower) / statistics.median(faster)


def row(cell: Cell, result: dict[str, Any]) -> str:
    """One line of the table."""
    times = result["times"]
    planish, peer, floor = times["planish"], times["oneDNN"], limit(times)
    columns = (
        cell.shape,
        OPERATIONS[cell.operation],
        spread(planish),
        spread(peer),
        f"{ratio(peer, planish):.2f}",
        spread(floor),
        f"{ratio(planish, floor):.2f}",
    )
    return "| " + " | ".join(columns) + " |"


HEADER = """\
| rows x features | results | planish µs | oneDNN µs | oneDNN / planish | limit µs | planish / limit |
|---|---|---|---|---|---|---|"""


def machine() -> dict[str, str]:
    """What the figures belong to."""
    cpu = platform.processor()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes")
    return {"cpu": cpu, "system": platform.platform(), "date": date}


def parse() -> argparse.Namespace:
    """The command line."""
    shapes = [f"{rows}x{features}" for rows, features in SHAPES]
    parser = argparse.ArgumentParser(description="Time planish against oneDNN and the limit of the machine.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--cpu", choices=LEVELS, help="the CPU level of both; by default each takes its best")
    parser.add_argument("--operation", action="append", choices=OPERATIONS, help="only this one; may be repeated")
    parser.add_argument("--shape", action="append", choices=shapes, metavar="ROWSxFEATURES", help="likewise")
    parser.add_argument("--pin", type=int, metavar="CPU", help="the CPU to run on; by default the last one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every single time, and what the figures belong to")
    parser.add_argument("--library", type=Path, default=program.ROOT / "build", metavar="FOLDER",
                        help="where libplanish.so is")  # fmt: skip
    return parser.parse_args()


def main() -> None:
    """Time the cells that were asked for."""
    arguments = parse()
    executable = program.build(arguments.library.resolve())
    # The programs inherit it. The first CPU is where interrupts tend to arrive.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if arguments.pin is None else arguments.pin})
    cells = [
        cell
        for cell in CELLS
        if (not arguments.operation or cell.operation in arguments.operation)
        and (not arguments.shape or cell.shape in arguments.shape)
    ]
    results = []
    for number, cell in enumerate(cells, 1):
        print(f"[{number}/{len(cells)}] {cell.operation} {cell.shape}", file=sys.stderr, flush=True)
        results.append(measure(executable, cell, arguments))

    print(HEADER)
    for cell, result in zip(cells, results, strict=True):
        print(row(cell, result))
    lost = sum(ratio(result["times"]["oneDNN"], result["times"]["planish"]) < 1 for result in results)
    print(f"\nplanish is slower than oneDNN in {lost} of {len(cells)} cells.")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "cells": results}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
