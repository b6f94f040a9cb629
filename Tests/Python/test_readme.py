"""The README's quick starts in Python and C run as printed, and print what their comments say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import planish

README = Path(__file__).parents[2] / "README.md"


def block(language: str) -> str:
    """The first code block in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def promised(code: str) -> str:
    """The comment on the line that prints."""
    found = re.search(r"printf?\(.*?(?:#|/\*) (.*?)(?: \*/)?$", code, re.MULTILINE)
    assert found
    return found[1].strip()


def test_python() -> None:
    result = subprocess.run([sys.executable, "-c", block("python")], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == promised(block("python"))


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c(tmp_path: Path) -> None:
    source, program, library = tmp_path / "main.c", tmp_path / "main", Path(planish.get_library())
    source.write_text(block("c"))
    link = [f"-I{planish.get_include()}", str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(program), *link], check=True)
    result = subprocess.run([program], check=True, capture_output=True, text=True)
    lines = [line for line in block("c").splitlines() if "printf(" in line and "fprintf" not in line]
    assert result.stdout.strip() == promised(lines[0])
