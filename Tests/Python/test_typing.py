"""What type checkers make of the stubs: the files in `typed` are right, but for the lines in one of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

TYPED = Path(__file__).parent / "typed"
PACKAGES = {"plain": None, "numpy_arrays": "numpy", "torch_tensors": "torch", "jax_arrays": "jax"}
Rejected = list[tuple[int, str]]


def run(module: str, *arguments: str | Path) -> str:
    """A tool of this environment; what it prints."""
    if not find_spec(module.partition(".")[0]):
        pytest.skip(f"{module} is not installed")
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    ).stdout


def mypy(file: Path, folder: Path) -> Rejected:
    """The lines that mypy rejects, and its codes for that."""
    settings = folder / "mypy.ini"
    settings.write_text("[mypy]\nstrict = true\n")
    options: list[str | Path] = [
        "--no-error-summary",
        "--no-pretty",
        "--config-file",
        settings,
        "--cache-dir",
        folder / "cache",
    ]
    found = re.findall(r":(\d+): error: .*\[([\w-]+)\]$", run("mypy", *options, file), re.MULTILINE)
    return sorted({(int(line), code) for line, code in found})


def pyright(file: Path, folder: Path) -> Rejected:
    """The lines that pyright rejects, in the package of it that needs nothing else."""
    settings = folder / "pyrightconfig.json"
    settings.write_text(
        json.dumps({"include": [str(file)], "typeCheckingMode": "standard", "enableTypeIgnoreComments": False})
    )
    answer = json.loads(run("basedpyright", "--outputjson", "--pythonpath", sys.executable, "--project", settings))
    assert answer["summary"]["filesAnalyzed"] == 1
    return sorted({(found["range"]["start"]["line"] + 1, "") for found in answer["generalDiagnostics"]})


both = pytest.mark.parametrize("checker", [mypy, pyright])


@both
@pytest.mark.parametrize("name", PACKAGES)
def test_right_calls(checker: Callable[[Path, Path], Rejected], name: str, tmp_path: Path) -> None:
    if package := PACKAGES[name]:
        pytest.importorskip(package)
    assert checker(TYPED / f"{name}.py", tmp_path) == []


@both
def test_wrong_calls(checker: Callable[[Path, Path], Rejected], tmp_path: Path) -> None:
    lines = (TYPED / "wrong.py").read_text().splitlines()
    marks = [(number, line.partition("# rejected: ")[2]) for number, line in enumerate(lines, 1)]
    expected = [(number, code if checker is mypy else "") for number, code in marks if code]
    assert len(expected) > 40
    assert checker(TYPED / "wrong.py", tmp_path) == expected


def test_the_stubs_are_those_of_the_extension(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed.txt"
    allowed.write_text("planish._planish.Result.__buffer__\n")  # before 3.12, Python shows it in C only
    options = ["--ignore-unused-allowlist", "--ignore-missing-stub"]  # some functions are the package's own business
    output = run("mypy.stubtest", "planish._planish", "--allowlist", allowed, *options)
    assert output.startswith("Success: no issues found")
