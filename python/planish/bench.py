"""python -m planish bench: what a layer norm takes on this machine, beside the packages that are installed."""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import planish

from .bench_peers import OURS, PEERS, Call, Problem, first_values

SHAPES = ((1, 768), (16, 768), (128, 768), (4096, 768))
DIRECTIONS = ("forward", "backward")
PAUSE = 0.002  # seconds in which the threads of who came before go to sleep


def calls_in(call: Call, seconds: float) -> int:
    """How many calls take so long, and at least one."""
    count, taken = 1, time_of(call, 1)
    while taken < seconds / 2:
        count = max(2 * count, int(count * seconds / max(taken, 1e-9) / 2))
        taken = time_of(call, count)
    return max(1, round(count * seconds / taken))


def time_of(call: Call, count: int) -> float:
    """Seconds for so many calls, after one that warms up."""
    time.sleep(PAUSE)
    call()
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def medians(calls: dict[str, Call], rounds: int, milliseconds: float) -> dict[str, float]:
    """Microseconds a call. Everyone has a turn in every round: what else the machine does meets all alike."""
    counts = {name: calls_in(call, milliseconds / 1e3) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(time_of(call, counts[name]) / counts[name] * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def differing(calls: dict[str, Call]) -> list[str]:
    """Who computes something else than planish."""
    ours = first_values(calls[OURS]())
    return [
        name
        for name, call in calls.items()
        if not all(abs(a - b) <= 1e-3 for a, b in zip(ours, first_values(call()) or ours, strict=True))
    ]


def cells(names: Sequence[str], times: dict[str, float]) -> list[str]:
    """A row of the table: microseconds, and for the others how many times planish's."""
    ratio = {name: "" if name == OURS else f" ({times[name] / times[OURS]:.2f})" for name in names}
    return [f"{times[name]:,.{0 if times[name] >= 100 else 2}f}{ratio[name]}" for name in names]


def bench(shapes: Sequence[tuple[int, int]], *, rounds: int, milliseconds: float) -> int:
    """Measure and print; the exit status."""
    found, missing = {}, []
    for name, prepare in PEERS.items():
        try:
            found[name] = prepare()
        except ModuleNotFoundError:
            missing.append(name)
    print(*(peer.title for peer in found.values()), *(f"{name} is not installed" for name in missing), sep=", ")
    threads = planish.get_num_threads()
    print(f"CPU level {planish.cpu()}, {'one thread' if threads == 1 else f'at most {threads} threads'}")
    print(f"microseconds a call, the median of {rounds} rounds (and how many times planish's)")
    print("float32 with weight and bias, fresh results; backward is given mean and rstd\n")
    row = ("{:8}  {:>12}" + "  {:>16}" * len(found)).format
    print(row("", "shape", *found))
    for direction in DIRECTIONS:
        for rows, features in shapes:
            problem = Problem(rows, features)
            calls: dict[str, Call] = {name: getattr(peer, direction)(problem) for name, peer in found.items()}
            if wrong := differing(calls):
                print(f"planish: {', '.join(wrong)} computes something else", file=sys.stderr)
                return 1
            print(
                row(direction, f"{rows} x {features}", *cells([*found], medians(calls, rounds, milliseconds))),
                flush=True,
            )
    return 0


# ---- The command ----


def shape(text: str) -> tuple[int, int]:
    """ROWSxFEATURES."""
    rows, features = map(int, text.split("x"))
    if rows < 1 or features < 1 or rows * features > 1 << 28:
        raise ValueError
    return rows, features


def number(least: int, most: int) -> Callable[[str], int]:
    """The type of an argument that is a number from least to most."""

    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not from {least} to {most}")
        return value

    return parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Times planish, and beside it a copy of x, the formula in NumPy, and torch, as far as they are installed: in "
        "turns, in one process, with the same number of threads. Where a CPU has other work, several threads wait for "
        "each other, and their times mean little. The project's folder benchmarks/ measures more peers, with more care."
    )
    parser.add_argument("shapes", nargs="*", type=shape, metavar="ROWSxFEATURES", help="default: four usual ones")
    parser.add_argument("--threads", type=number(1, 1024), default=1, metavar="N", help="for all; default: 1")
    parser.add_argument("--rounds", type=number(1, 10_000), default=15, metavar="N", help="default: 15")
    parser.add_argument("--ms", type=number(1, 10_000), default=5, metavar="N", help="a turn takes so long; default: 5")


def run(options: argparse.Namespace) -> int:
    try:
        planish.cpu()
    except RuntimeError as error:
        print(f"planish: {error}", file=sys.stderr)
        return 1
    planish.set_num_threads(options.threads)
    gc.disable()
    try:
        return bench(options.shapes or SHAPES, rounds=options.rounds, milliseconds=options.ms)
    finally:
        gc.enable()
        planish.set_num_threads(0)
