"""python -m planish: what this build of Planish is."""

import argparse
import sys
from collections.abc import Sequence

import planish

from ._planish import library_version


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
        "library": planish.get_library(),
        "include": planish.get_include(),
    }
    width = max(map(len, facts))
    for name, fact in facts.items():
        print(f"{name:{width}}  {fact}")
    if problem:
        print(f"planish: {problem}", file=sys.stderr)
    return 1 if problem else 0


def parser() -> argparse.ArgumentParser:
    """The command line. A subcommand sets `run` to its own function."""
    result = argparse.ArgumentParser(
        prog="python -m planish",
        description="Layer normalization for CPUs. Prints what this build is.",
        epilog="Exit status: 0, 1 if PLANISH_CPU asks for a CPU level that cannot be had, 2 for wrong usage.",
    )
    result.add_argument("--version", action="version", version=f"planish {planish.__version__}")
    result.set_defaults(run=report)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = parser().parse_args(arguments)
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
