"""An installed tree to build against, and the tools to do it with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CONSUMER = Path(__file__).resolve().parent / "consumer"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def need(*names: str) -> str:
    """The first of these programs that is here, in this environment before the others; the Swift toolchain has some."""
    swiftc = shutil.which("swiftc")
    places = [
        str(Path(sys.executable).parent),
        os.environ["PATH"],
        str(Path(swiftc).resolve().parent) if swiftc else "",
    ]
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join(places)):
            return found
    pytest.skip(f"none of {', '.join(names)} is here")


def run(*command: str | Path, cwd: Path | None = None, status: int = 0, **variables: str) -> str:
    """What a command prints. Fails, with that, where it does not end with this status."""
    environment = {**os.environ, "LC_ALL": "C", **variables}
    result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd, env=environment)
    text = result.stdout + result.stderr
    assert result.returncode == status, f"{' '.join(map(str, command))}: exit status {result.returncode}\n{text}"
    return text


@dataclass(frozen=True)
class Prefix:
    """Where the library was installed."""

    path: Path

    @property
    def include(self) -> Path:
        return self.path / "include"

    @property
    def header(self) -> Path:
        return self.include / "planish.h"

    @property
    def lib(self) -> Path:
        """lib, lib64 or lib/x86_64-linux-gnu."""
        (found,) = self.path.glob("lib*/**/libplanish.a")
        return found.parent

    @property
    def version(self) -> str:
        """That of the header."""
        parts = re.findall(r"#define PLANISH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", self.header.read_text())
        return ".".join(parts)

    def compile(self, source: Path, program: Path, *arguments: str | Path) -> Path:
        """cc, with the header and whatever is to be linked."""
        compiler = need("c++", "g++", "clang++") if source.suffix == ".cpp" else need("cc", "gcc", "clang")
        run(compiler, *WARNINGS, source, f"-I{self.include}", "-o", program, *arguments)
        return program

    def shared(self) -> list[str]:
        """The arguments for the shared library, found again at run time."""
        return [f"-L{self.lib}", "-lplanish", f"-Wl,-rpath,{self.lib}"]
