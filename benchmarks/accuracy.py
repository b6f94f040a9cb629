"""Measure how far planish and its peers are from the exact result, and write docs/accuracy.md.

python benchmarks/accuracy.py [--quick] [--library FILE] [--output FILE]

--quick leaves out the largest arrays, and writes no file unless told to. The exit status is 1 if planish is more than
4 units off in any y of float32 or float64.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import program

OUTPUT = program.ROOT / "docs" / "accuracy.md"
NEEDED = ("numpy==2.4.6", "ml_dtypes==0.6.0")
PEERS = ("torch==2.13.0+cpu", "onnx==1.23.2 onnxruntime==1.32.0", "jax==0.10.2")
TORCH_WHEELS = "https://download.pytorch.org/whl/cpu"  # where PyPI has only the builds for GPUs


def pip(requirements: str, *options: str) -> bool:
    command = [str(program.ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    print("$ pip install", requirements, file=sys.stderr)
    return subprocess.run([*command, *options, *requirements.split()], stdout=sys.stderr, check=False).returncode == 0


def install() -> None:
    """What is needed, or give up; the peers, or go on without."""
    program.install()  # oneDNN
    ready = program.ENVIRONMENT / "ready-accuracy"
    wanted = "\n".join((*NEEDED, *PEERS))
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return
    if not pip(" ".join(NEEDED)):
        sys.exit("the exact reference needs NumPy")
    done = [pip(peer) or ("torch" in peer and pip(peer, "--index-url", TORCH_WHEELS)) for peer in PEERS]
    if all(done):
        ready.write_text(wanted, encoding="utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--library", type=Path, default=program.ROOT / "build" / "libplanish.so")
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    if not arguments.library.exists():
        sys.exit(f"there is no {arguments.library}: run make build")
    if Path(sys.prefix).resolve() != program.ENVIRONMENT.resolve():
        install()
        python = str(program.ENVIRONMENT / "bin" / "python")
        os.execv(python, [python, __file__, *sys.argv[1:]])

    import accuracy_page  # only here is there NumPy

    page, good = accuracy_page.make(arguments.library.resolve(), arguments.quick)
    print(page)
    output = arguments.output or (None if arguments.quick else OUTPUT)
    if output is not None:
        output.write_text(page + "\n", encoding="utf-8")
    sys.exit(0 if good else "planish is more than 4 units off")


if __name__ == "__main__":
    main()
