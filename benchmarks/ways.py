"""A way of doing a cell's operation with a peer, and how long it takes."""

import ctypes
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

from arrays import Array, Arrays
from cells import Cell


class UnsupportedError(Exception):
    """The peer has nothing for this cell; the text says what."""


@dataclass(frozen=True)
class Way:
    """`call` does the operation once; `results` finds the operation's results, given what the last call returned."""

    call: Callable[[], Any]
    results: Callable[[Any], tuple[Array, ...]]

    def run(self, count: int) -> float:
        """What so many calls take, in nanoseconds."""
        call = self.call
        start = time.perf_counter_ns()
        for _ in repeat(None, count):
            call()
        return time.perf_counter_ns() - start


@dataclass(frozen=True)
class NativeWay(Way):
    """Called from a loop in C."""

    library: ctypes.CDLL
    function: str
    context: Any

    def run(self, count: int) -> float:
        function = ctypes.cast(getattr(self.library, self.function), ctypes.c_void_p)
        nanoseconds: float = self.library.time_calls(function, self.context, count)
        return nanoseconds


def native_way(
    library: ctypes.CDLL, function: str, context: Any, results: Callable[[Any], tuple[Array, ...]]
) -> NativeWay:
    """`context` and `results` keep alive what the function works on."""

    def call() -> None:
        getattr(library, function)(context)

    return NativeWay(call, results, library, function, context)


class Peer(Protocol):
    """One of those that are measured; lives in a process of its own."""

    version: str

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        """By name. Raises UnsupportedError where there is none."""


def time_roughly(way: Way, nanoseconds: float) -> float:
    """Nanoseconds a call, from a few measurements of this length: the least, which others disturbed least."""
    count = 1
    while way.run(count) < nanoseconds:
        count *= 2
    return min(way.run(count) for _ in range(3)) / count


def count_for(call: float, nanoseconds: float) -> int:
    """As many calls as take this long."""
    return max(1, math.ceil(nanoseconds / call))


def measure(way: Way, count: int) -> float:
    """Nanoseconds a call. The calls that are not timed bring back what others have driven out of the caches."""
    way.run(1 + count // 8)
    return way.run(count) / count
