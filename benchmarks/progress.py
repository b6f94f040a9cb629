"""A progress bar on standard error: one line that is written over, or on no terminal one line a cell."""

import sys
import time

WIDTH = 30


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


class Progress:
    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.begin = time.monotonic()

    def show(self, text: str) -> None:
        """Before each step."""
        passed = time.monotonic() - self.begin
        left = f", {clock(passed / self.done * (self.total - self.done))} left" if self.done else ""
        filled = WIDTH * self.done // self.total
        bar = "#" * filled + "." * (WIDTH - filled)
        line = f"[{bar}] {self.done}/{self.total} {clock(passed)}{left}  {text}"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
        self.done += 1

    def end(self) -> None:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
