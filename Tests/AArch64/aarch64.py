"""python3 Tests/AArch64/aarch64.py: the C tests, the published result bits among them, on AArch64 in an emulator.

Cross-compiles the library and the C tests into build/aarch64 and runs them. Further arguments go to ctest: `-R verify`
runs that test alone. PLANISH_AARCH64_BUILD names another folder. Exit status: 0 if all pass, 77 if a tool is missing,
else 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("PLANISH_AARCH64_BUILD", ROOT / "build" / "aarch64"))

# What it is called here, and where it comes from.
TOOLS = {
    "swiftc": "Swift 6.2 or later, https://swift.org/install",
    "cmake": "make .venv/ready",
    "ctest": "make .venv/ready",
    "ninja": "make .venv/ready",
    "aarch64-linux-gnu-gcc": "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    "aarch64-linux-gnu-g++": "apt-get install g++-aarch64-linux-gnu",
    "qemu-aarch64": "apt-get install qemu-user",
}


def missing() -> list[str]:
    """The tools that are not here."""
    return [f"{tool} is missing: {source}" for tool, source in TOOLS.items() if shutil.which(tool) is None]


def main(arguments: list[str]) -> int:
    os.environ["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ["PATH"]])
    os.environ.pop("PLANISH_CPU", None)
    if lacking := missing():
        print(*lacking, sep="\n", file=sys.stderr)
        return 77
    toolchain = HERE / "toolchain.cmake"
    commands: list[list[str | Path]] = [
        ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DPLANISH_TESTS=ON", "--toolchain", toolchain],
        ["cmake", "--build", BUILD],
        ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error", "--parallel", "2", *arguments],
    ]
    return 1 if any(subprocess.run(command, check=False).returncode for command in commands) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
