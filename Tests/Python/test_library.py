"""The shared library as a file: small, needing little, exporting what planish.h declares and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import planish

LIBRARY = Path(planish.get_library())


def tool(*names: str) -> str:
    """The first of these programs that is here; the Swift toolchain brings LLVM's."""
    swiftc = shutil.which("swiftc")
    places = os.pathsep.join([os.environ["PATH"], str(Path(swiftc).resolve().parent) if swiftc else ""])
    for name in names:
        if found := shutil.which(name, path=places):
            return found
    pytest.skip(f"none of {', '.join(names)} is here")


def nm(*options: str) -> list[list[str]]:
    """The symbols, as [type, name]."""
    command = [tool("nm", "llvm-nm"), *options, str(LIBRARY)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split()[-2:] for line in lines]


def dynamic(tag: str) -> list[str]:
    """The entries of the dynamic section with this tag."""
    command = [tool("objdump", "llvm-objdump"), "-p", str(LIBRARY)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split()[1] for line in lines if line.split()[:1] == [tag]]


def test_it_needs_libc_and_libm_only() -> None:
    assert "libc.so.6" in dynamic("NEEDED")
    assert set(dynamic("NEEDED")) <= {"libc.so.6", "libm.so.6"}


def test_soname() -> None:
    major = planish.__version__.split(".")[0]
    assert dynamic("SONAME") == [f"libplanish.so.{major}"] == [LIBRARY.name]


def test_size() -> None:
    assert LIBRARY.stat().st_size <= 1_000_000


def test_exports_are_the_functions_of_the_header() -> None:
    header = (Path(planish.get_include()) / "planish.h").read_text()
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    declared = set(re.findall(r"\b(planish_\w+)\(", code))
    exported = {name.partition("@")[0] for kind, name in nm("-D", "--defined-only") if kind != "A"}
    assert exported == declared
    assert len(declared) >= 9


def test_no_weak_symbol_is_left() -> None:
    """One level's copy of a function could otherwise be taken for another's."""
    assert [name for kind, name in nm("--defined-only") if kind in "WV"] == []


def test_symbols_are_as_old_as_manylinux_2_17() -> None:
    versions = set(re.findall(r"@GLIBC_([\d.]+)", " ".join(name for _, name in nm("-D", "--undefined-only"))))
    assert versions, "nm shows no versions"
    assert max(tuple(map(int, version.split("."))) for version in versions) <= (2, 17)
