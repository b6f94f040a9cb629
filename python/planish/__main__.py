"""python -m planish: what this build of Planish is, and commands that check it, time it and show it.

A command is a module of the package with two functions: `add_arguments(parser)`, which may give the parser a
description too, and `run(options)`, which returns the exit status. The module is imported when the command is called
for: the others need not pay for it, nor have what it needs.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import planish

from ._planish import library_version

COMMANDS = {
    "verify": "check that this machine gives the published result bits",
    "bench": "time layer norms here, beside those of the packages that are installed",
    "tour": "a short course on layer normalization, measured on this machine",
}

STATUSES = "Exit status: 0 if all is well, 1 if something is not, 2 for wrong usage, 130 after Ctrl-C."


class Command(argparse.ArgumentParser):
    """The parser of a command, which takes its arguments from the command's module once it is called."""

    def parse_known_args(self, *arguments: Any, **named: Any) -> Any:
        module = import_module(f"planish.{self.prog.rpartition(' ')[2]}")
        module.add_arguments(self)
        self.set_defaults(run=module.run)
        return super().parse_known_args(*arguments, **named)


def parser() -> argparse.ArgumentParser:
    """The command line. `run` of what it makes of its arguments is the function to call with them."""
    result = argparse.ArgumentParser(
        prog="python -m planish",
        description="Layer normalization for CPUs. Without a command: prints what this build is.",
        epilog=STATUSES,
    )
    result.add_argument("--version", action="version", version=f"planish {planish.__version__}")
    result.set_defaults(run=about)
    commands = result.add_subparsers(title="commands", metavar="command", parser_class=Command)
    for name, purpose in COMMANDS.items():
        commands.add_parser(name, help=purpose, description=purpose, epilog=STATUSES)
    return result


def about(_: argparse.Namespace) -> int:
    """Print what this build is. 1 if PLANISH_CPU or PLANISH_NUM_THREADS asks for what cannot be had."""
    problems = []

    def unless_none(ask: Callable[[], object]) -> object:
        try:
            return ask()
        except RuntimeError as error:
            problems.append(error)
            return "none"

    facts = {
        "planish": planish.__version__,
        "library version": library_version,
        "CPU level": unless_none(planish.cpu),
        "CPU levels": ", ".join(planish.cpus()),
        "threads": unless_none(planish.get_num_threads),
        "library": planish.get_library(),
        "include": planish.get_include(),
    }
    width = max(map(len, facts))
    for name, fact in facts.items():
        print(f"{name:{width}}  {fact}")
    for problem in problems:
        print(f"planish: {problem}", file=sys.stderr)
    return 1 if problems else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        options = parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        print(f"planish: {error.name} is needed for this, and is not installed", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # of `| head`; Python would complain once more when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
