"""What pip installed: the version, the command, the header and the library."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import planish
from planish.__main__ import main

PROGRAM = """
#include <stdio.h>
#include "planish.h"

int main(void) {
  float x[4] = {1, 2, 3, 4}, y[4];
  if (planish_layer_norm_f32(1, 4, x, NULL, NULL, 0, y) != PLANISH_OK) return 1;
  printf("%d %.6f\\n", planish_version() == PLANISH_VERSION, y[3]);
  return 0;
}
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """python -m planish, with PLANISH_CPU as it is given here."""
    clean = {name: value for name, value in os.environ.items() if name != "PLANISH_CPU"}
    command = [sys.executable, "-m", "planish", *arguments]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """python -c, likewise."""
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=False
    )


def test_version_is_that_of_the_header_and_the_metadata() -> None:
    header = (Path(planish.get_include()) / "planish.h").read_text()
    numbers = re.findall(r"#define PLANISH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    assert planish.__version__ == ".".join(numbers) == metadata.version("planish")


def test_nothing_is_needed_at_run_time() -> None:
    assert all("extra == " in needed for needed in metadata.requires("planish") or [])
    code = "import sys, planish; print(sorted({'numpy', 'ctypes', 'typing_extensions'} & set(sys.modules)))"
    assert python(code).stdout == "[]\n"


def test_public_names_are_documented() -> None:
    for name in planish.__all__:
        assert name in (planish.__doc__ or "") or name == "__version__"
        assert inspect.getdoc(getattr(planish, name))


def test_signatures() -> None:
    forward, backward = inspect.signature(planish.layer_norm), inspect.signature(planish.layer_norm_backward)
    assert str(forward) == "(x, weight=None, bias=None, *, axis=-1, eps=1e-05, out=None, return_stats=False)"
    assert str(backward) == (
        "(dy, x, weight=None, *, mean=None, rstd=None, axis=-1, eps=1e-05, needs=(True, True, True), out=None)"
    )


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_a_c_program_links_what_pip_installed(tmp_path: Path) -> None:
    source, program, library = tmp_path / "main.c", tmp_path / "main", Path(planish.get_library())
    source.write_text(PROGRAM)
    link = ["-I", planish.get_include(), str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["cc", str(source), "-o", str(program), *link], check=True)
    assert subprocess.run([program], check=True, capture_output=True, text=True).stdout == "1 1.341641\n"


def test_the_library_is_the_one_that_is_loaded() -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("no /proc")
    assert os.path.realpath(planish.get_library()) in maps.read_text()


def test_report() -> None:
    result = run()
    assert (result.returncode, result.stderr) == (0, "")
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in result.stdout.splitlines())
    assert facts == {
        "planish": planish.__version__,
        "library version": planish.__version__,
        "CPU level": planish.cpus()[-1],
        "CPU levels": ", ".join(planish.cpus()),
        "threads": str(planish.get_num_threads()),
        "library": planish.get_library(),
        "include": planish.get_include(),
    }


def test_main_returns_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert planish.get_library() in capsys.readouterr().out


def test_help_and_version() -> None:
    usage = run("--help")
    assert (usage.returncode, usage.stderr) == (0, "")
    assert usage.stdout.startswith("usage: python -m planish")
    assert run("--version").stdout == f"planish {planish.__version__}\n"


def test_wrong_usage() -> None:
    result = run("--nonsense")
    assert (result.returncode, result.stdout) == (2, "")
    assert "unrecognized arguments: --nonsense" in result.stderr


@pytest.mark.parametrize("name", planish.cpus())
def test_level_from_the_environment(name: str) -> None:
    result = run(PLANISH_CPU=name)
    assert result.returncode == 0
    assert re.search(rf"^CPU level +{name}$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["nonsense", "avx9", "neon" if "avx2" in planish.cpus() else "avx2", "\udcff"])
def test_level_that_cannot_be_had(name: str) -> None:
    result = run(PLANISH_CPU=name)
    assert result.returncode == 1
    assert re.search(r"^CPU level +none$", result.stdout, re.MULTILINE)
    assert result.stderr.startswith("planish: PLANISH_CPU is ")

    code = "import array, planish; planish.layer_norm(array.array('f', [1, 2]))"
    failed = python(code, PLANISH_CPU=name)
    assert failed.returncode == 1
    assert "RuntimeError: PLANISH_CPU is " in failed.stderr
    cured = python(code.replace("planish;", "planish; planish.set_cpu(planish.cpus()[0]);"), PLANISH_CPU=name)
    assert (cured.returncode, cured.stderr) == (0, "")


def test_empty_level_is_none() -> None:
    assert run(PLANISH_CPU="").returncode == 0
