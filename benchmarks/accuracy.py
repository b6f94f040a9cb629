"""Measure how far planish and its peers are from the exact result, and write docs/accuracy.md.

python benchmarks/accuracy.py [--quick] [--library FILE] [--output FILE]

--quick leaves out the largest arrays, and writes no file unless told to. The exit status is 1 if planish is more than
4 units off in any y of the sweep, in float32 or float64.
"""

import argparse
import sys
from pathlib import Path

import environment

OUTPUT = environment.ROOT / "docs" / "accuracy.md"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--library", type=Path, default=environment.ROOT / "build" / "libplanish.so")
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    if not arguments.library.exists():
        sys.exit(f"there is no {arguments.library}: run make build")
    environment.enter()

    import accuracy_page  # only here is there NumPy

    page, good = accuracy_page.make(arguments.library.resolve(), arguments.quick)
    print(page)
    output = arguments.output or (None if arguments.quick else OUTPUT)
    if output is not None:
        output.write_text(page + "\n", encoding="utf-8")
    sys.exit(0 if good else "planish is more than 4 units off")


if __name__ == "__main__":
    main()
