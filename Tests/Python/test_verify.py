"""python -m planish verify, the same in C, and the same on AArch64."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from array import array
from itertools import product
from pathlib import Path

import pytest

import planish
from planish.verify import TABLE, results, verify
from planish.verify_arrays import DTYPES, Line, read_table

TESTS = Path(__file__).resolve().parent.parent
LAST_LINE = re.compile(r"(\d+) of (\d+) digests agree with the published table, on (.+)")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command, with PLANISH_CPU as it is given here."""
    clean = {name: value for name, value in os.environ.items() if name != "PLANISH_CPU"}
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)


def run_verify(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "planish", "verify", *arguments, **environment)


def agreement(output: str) -> tuple[int, int, str]:
    """What the last line says: how many agree, of how many, on which levels."""
    found = LAST_LINE.fullmatch(output.splitlines()[-1])
    assert found
    return int(found[1]), int(found[2]), found[3]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The table with the digests of contiguous float32 and float16 alone."""
    keep = re.compile(r"(?!digest)|digest +\S+ +(f32|f16) .* rows ")
    lines = [line for line in TABLE.read_text().splitlines(keepends=True) if keep.match(line)]
    path = tmp_path / "small.txt"
    path.write_text("".join(lines))
    return path


# ---- It passes ----


def test_every_level_gives_the_published_bits() -> None:
    result = run_verify()
    assert (result.returncode, result.stderr) == (0, "")
    agreeing, total, levels = agreement(result.stdout)
    assert agreeing == total == len(read_table(TABLE.read_text())[1]) * len(planish.cpus())
    assert levels == ", ".join(planish.cpus())


def test_the_table_has_everything() -> None:
    _, lines = read_table(TABLE.read_text())
    operations, layouts = ("forward", "backward", "backward-from-x"), ("rows", "strided", "columns", "strided-columns")
    assert {(line.operation, line.dtype, line.layout) for line in lines.values()} == {
        *product(operations, DTYPES, layouts)
    }
    for dtype in ("bf16", "f16"):
        weights = {(line.weight, line.bias) for line in lines.values() if line.dtype == dtype}
        assert {(dtype, dtype), ("f32", "f32")} < weights


def test_the_layout_and_given_statistics_change_nothing() -> None:
    """The published digests say so themselves."""
    _, lines = read_table(TABLE.read_text())
    digests: dict[tuple[str, ...], set[str]] = {}
    for line in lines.values():
        key = line.operation.removesuffix("-from-x"), line.dtype, line.weight, line.bias
        digests.setdefault(key, set()).add(line.digest)
    assert all(len(same) == 1 for same in digests.values())


def has_nan(name: str, data: bytes) -> bool:
    sign = 1 << (8 * array(DTYPES[name].code).itemsize - 1)
    infinity = {"f32": 0x7F800000, "f64": 0x7FF0000000000000, "bf16": 0x7F80, "f16": 0x7C00}[name]
    return any(bits & (sign - 1) > infinity for bits in array(DTYPES[name].code, data))


def test_no_result_is_a_nan() -> None:
    """NaNs are not the same bits everywhere."""
    problems, _ = read_table(TABLE.read_text())
    for problem, name in product(problems, DTYPES):
        forward = results(problem, Line("forward", name, name, name, "rows", ""))
        y_bytes = problem.rows * problem.inner * problem.features * array(DTYPES[name].code).itemsize
        assert not has_nan(name, forward[:y_bytes]), (problem.name, name, "y")
        assert not has_nan("f64" if name == "f64" else "f32", forward[y_bytes:]), (problem.name, name, "mean, rstd")
        backward = results(problem, Line("backward", name, name, name, "rows", ""))
        assert not has_nan(name, backward), (problem.name, name, "dx, dweight, dbias")


@pytest.mark.parametrize("name", planish.cpus())
def test_level_from_the_environment(small: Path, name: str) -> None:
    result = run_verify("--table", small, PLANISH_CPU=name)
    assert result.returncode == 0
    assert agreement(result.stdout)[2] == name
    assert all(line.endswith(f"  {name} ok") for line in result.stdout.splitlines()[1:-1])


def test_nothing_is_needed(small: Path) -> None:
    code = (
        "import sys; from planish.__main__ import main; "
        f"status = main(['verify', '--table', {str(small)!r}]); print(status, 'numpy' in sys.modules)"
    )
    assert run(sys.executable, "-c", code).stdout.splitlines()[-1] == "0 False"


def test_the_level_stays(small: Path, level: str) -> None:
    assert verify(small) == 0
    assert planish.cpu() == level


# ---- It fails ----


def test_a_changed_digest_is_named(small: Path) -> None:
    text = small.read_text()
    found = re.search(r"(backward +f16 +f32 +f32 +rows +)([0-9a-f]{16})", text)
    assert found
    case, digest = found.groups()
    wrong = f"{int(digest, 16) ^ 1:016x}"
    small.write_text(text.replace(case + digest, case + wrong))
    result = run_verify("--table", small)
    agreeing, total, _ = agreement(result.stdout)
    assert (result.returncode, agreeing) == (1, total - len(planish.cpus()))
    (named,) = (line for line in result.stdout.splitlines() if "DIFFERENT" in line)
    assert named == "  ".join([case + wrong, *(f"{level} DIFFERENT {digest}" for level in planish.cpus())])


def test_a_changed_problem_changes_every_digest(small: Path) -> None:
    small.write_text(small.read_text().replace("problem one  ", "problem other"))
    result = run_verify("--table", small)
    assert result.returncode == 1
    assert agreement(result.stdout)[0] == 0


def test_a_level_that_cannot_be_had(small: Path) -> None:
    result = run_verify("--table", small, PLANISH_CPU="nonsense")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith('planish: PLANISH_CPU is "nonsense"')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("digest forward f32 f32 f32 rows\n", "line 1 is not one of the table"),
        ("\ndigest forward f31 f32 f32 rows -\n", "line 2 is not one of the table"),
        ("problem one 3 1 2 nonsense 1e-5 1 1\n", "line 1 is not one of the table"),
        (None, "No such file"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str | None, complaint: str) -> None:
    table = tmp_path / "table.txt"
    if text is not None:
        table.write_text(text)
    result = run_verify("--table", table)
    assert (result.returncode, result.stdout) == (1, "")
    assert complaint in result.stderr


def test_an_empty_table_is_no_success(tmp_path: Path) -> None:
    table = tmp_path / "empty.txt"
    table.write_text("# nothing\n")
    assert run_verify("--table", table).returncode == 1


def test_record_rewrites_what_differs(small: Path) -> None:
    text = small.read_text()
    small.write_text(re.sub("[0-9a-f]{16}$", "-", text, flags=re.MULTILINE))
    assert small.read_text() != text
    assert run_verify("--table", small, "--record").returncode == 0
    assert small.read_text() == text


# ---- The same elsewhere ----


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c_prints_the_same(tmp_path: Path, small: Path) -> None:
    library, program = Path(planish.get_library()), tmp_path / "verify"
    link = ["-I", planish.get_include(), str(library), f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["cc", "-O2", str(TESTS / "C" / "verify.c"), "-o", str(program), *link], check=True)
    for table, status in ((TABLE, 0), (small, 1)):
        if status:
            small.write_text(small.read_text().replace("problem one  ", "problem other"))
        in_c, in_python = run(program, table), run_verify("--table", table)
        assert (in_c.returncode, in_c.stdout) == (status, in_python.stdout)


def test_aarch64_gives_the_published_bits() -> None:
    """The first time, this compiles for half a minute."""
    result = run(sys.executable, TESTS / "AArch64" / "aarch64.py", "-R", "c_(verify|cases|float_state)")
    if result.returncode == 77:
        pytest.skip(result.stderr)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (
        "100% tests passed out of 3" in result.stdout or "100% tests passed, 0 tests failed out of 3" in result.stdout
    )
