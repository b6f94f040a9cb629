"""The calls of test_memory.py and test_errors.py in a Python that looks closer.

A debug build of Python counts every reference, and checks much else; Debian has one as python3.11-dbg. The extension is
compiled for it, without the limited API. PYTHONMALLOC=debug puts marks around every piece of memory, and looks for them
when it is freed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import planish

ROOT = Path(__file__).parents[2]
ROUNDS = 40
WORK = f"""
import contextlib, gc, sys
from test_errors import CASES
from test_memory import successes

good = successes()

def work():
    for call in good:
        call()
    for case in CASES.values():
        with contextlib.suppress(case.error):
            case.call()

def total(rounds):
    for _ in range(rounds):
        work()
    gc.collect()
    return getattr(sys, "gettotalrefcount", sys.getallocatedblocks)()

before = total({ROUNDS})
print(total({ROUNDS}) - before)
"""
CONFIGURATION = "import sysconfig; print(sysconfig.get_path('include'), sysconfig.get_config_var('EXT_SUFFIX'))"


def run(python: str, code: str, *paths: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Code in another Python, with these packages and pytest."""
    path = os.pathsep.join(map(str, [*paths, Path(__file__).parent, Path(pytest.__file__).parents[1]]))
    environment |= {"PYTHONPATH": path}
    return subprocess.run(
        [python, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )


def package_for(python: str, folder: Path) -> Path:
    """The package with an extension that is compiled for this Python."""
    include, suffix = run(python, CONFIGURATION).stdout.split()
    if not (Path(include) / "Python.h").exists() or not shutil.which("cc"):
        pytest.skip(f"no C compiler, or no headers for {python}")
    installed, package = Path(planish.get_library()).parents[1], folder / "planish"
    package.mkdir()
    for file in installed.iterdir():
        if not file.name.startswith(("_planish.", "__pycache__")):
            (package / file.name).symlink_to(file)
    sources = sorted((ROOT / "python" / "extension").glob("*.c"))
    command: list[str | Path] = [
        "cc",
        "-std=c11",
        "-g",
        "-O1",
        "-shared",
        "-fPIC",
        "-Wall",
        "-Wextra",
        "-Werror",
        *sources,
    ]
    command += [f"-I{include}", f"-I{planish.get_include()}", planish.get_library(), "-pthread"]
    subprocess.run([*command, "-Wl,-rpath,$ORIGIN/lib", "-o", package / f"_planish{suffix}"], check=True)
    return folder


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_references(version: str, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}-dbg")
    if not python:
        pytest.skip(f"python{version}-dbg is not installed")
    result = run(python, WORK, package_for(python, tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert abs(int(result.stdout)) < ROUNDS  # not one reference a round


def test_marks_around_memory() -> None:
    result = run(sys.executable, WORK, Path(planish.__file__).parents[1], PYTHONMALLOC="debug")
    assert (result.returncode, result.stderr) == (0, "")
    assert abs(int(result.stdout)) < ROUNDS
