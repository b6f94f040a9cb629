"""Rewrites the digests in layer_norm.txt with the results of the `planish` package that Python finds.

Without arguments every digest that differs is rewritten and printed; with --missing only the digests that are not there
yet are filled in.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Python"))

from cases import TABLE, digest_of, parse_case, run_case


def main() -> None:
    parser = argparse.ArgumentParser(description="Rewrite the digests in layer_norm.txt.")
    parser.add_argument("--missing", action="store_true", help="leave the digests that are there alone")
    only_missing = parser.parse_args().missing

    lines = TABLE.read_text().splitlines()
    changed = 0
    for index, line in enumerate(lines):
        case = parse_case(line)
        if case is None or (only_missing and case.digest is not None):
            continue
        digest = digest_of(run_case(case))
        if digest != case.digest:
            print(f"{case.name}: {case.digest or '-'} -> {digest}")
            lines[index] = line[: line.rindex(" ") + 1] + digest
            changed += 1
    TABLE.write_text("\n".join(lines) + "\n")
    print(f"{changed} digests changed")


if __name__ == "__main__":
    main()
