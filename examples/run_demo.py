"""Run the example in C, Swift and Python on the same file, and compare the digests of their results.

python run_demo.py --c PROGRAM --swift PROGRAM --python INTERPRETER     (the interpreter that has planish)

The exit status is 0 only if every program finds its results right and all three digests are equal.
"""

import argparse
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent
DATA = EXAMPLES / "data" / "minilm-embeddings.bin"


def run(command: list[str]) -> str:
    """Run one program on the data; what it prints is shown, and the digest at its end is the answer."""
    try:
        process = subprocess.run([*command, str(DATA)], stdout=subprocess.PIPE, encoding="utf-8", check=False)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")
    print(process.stdout, flush=True)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with exit status {process.returncode}")
    *_, digest = process.stdout.split() or [""]
    return digest


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description="Run the example in three languages and compare the results.")
    parser.add_argument("--c", required=True, metavar="PROGRAM", help="minilm, built from c/")
    parser.add_argument("--swift", required=True, metavar="PROGRAM", help="minilm, built from swift/")
    parser.add_argument("--python", default=sys.executable, metavar="INTERPRETER", help="a Python that has planish")
    arguments = parser.parse_args()

    digests = {
        "C": run([arguments.c]),
        "Swift": run([arguments.swift]),
        "Python": run([arguments.python, str(EXAMPLES / "python" / "minilm.py")]),
    }
    if len(set(digests.values())) != 1:
        sys.exit("The three digests differ: " + ", ".join(f"{name} {digest}" for name, digest in digests.items()))
    print(f"The three digests are equal: C, Swift and Python gave the same bits, {digests['C']}.")


if __name__ == "__main__":
    main()
