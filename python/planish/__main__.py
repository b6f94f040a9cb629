"""python -m planish: what this build of Planish is, and commands that check it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import planish

from . import tour
from ._planish import library_version

# A command's own module is imported when the command runs: the others need not pay for it.


def report(_: argparse.Namespace) -> int:
    """Print what this build is. 1 if the CPU level that PLANISH_CPU asks for cannot be had."""
    try:
        level, problem = planish.cpu(), None
    except RuntimeError as error:
        level, problem = "none", error
    facts = {
        "planish": planish.__version__,
        "library version": library_version,
        "CPU level": level,
        "CPU levels": ", ".join(planish.cpus()),
        "threads": planish.get_num_threads(),
        "library": planish.get_library(),
        "include": planish.get_include(),
    }
    width = max(map(len, facts))
    for name, fact in facts.items():
        print(f"{name:{width}}  {fact}")
    if problem:
        print(f"planish: {problem}", file=sys.stderr)
    return 1 if problem else 0


def verify(options: argparse.Namespace) -> int:
    """Compare this machine's result bits with the published ones."""
    from .verify import TABLE, verify

    return verify(options.table or TABLE, threads=options.threads, rewrite=options.record)


def count(text: str) -> int:
    """A number of threads from the command line."""
    number = int(text)
    if not 1 <= number < 1 << 31:
        raise ValueError
    return number


def parser() -> argparse.ArgumentParser:
    """The command line. A command sets `run` to its own function."""
    result = argparse.ArgumentParser(
        prog="python -m planish",
        description="Layer normalization for CPUs. Without a command: prints what this build is.",
        epilog="Exit status: 0, 1 if PLANISH_CPU asks for a CPU level that cannot be had, 2 for wrong usage.",
    )
    result.add_argument("--version", action="version", version=f"planish {planish.__version__}")
    result.set_defaults(run=report)
    commands = result.add_subparsers(title="commands", metavar="command")

    command = commands.add_parser(
        "verify",
        help="check that this machine gives the published result bits",
        description="Computes a fixed set of cases with every operation, dtype and layout, on every CPU level of this "
        "machine and with 1, 2, 3 and 8 threads (with PLANISH_CPU or PLANISH_NUM_THREADS set: as they say), and "
        "compares the digests of the result bits with the published ones. The order of operations depends on shapes "
        "and values alone.",
        epilog="Exit status: 0 if all agree, 1 if not, 2 for wrong usage.",
    )
    command.add_argument("--table", type=Path, metavar="FILE", help="compare with this table, not the published one")
    command.add_argument("--threads", type=count, metavar="N", help="with so many threads alone")
    command.add_argument("--record", action="store_true", help="rewrite the digests of the table that differ")
    command.set_defaults(run=verify)

    command = commands.add_parser("tour", help="a short course on layer normalization, measured on this machine")
    tour.add_arguments(command)
    command.set_defaults(run=tour.run)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = parser().parse_args(arguments)
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
