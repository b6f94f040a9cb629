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
from planish.verify import TABLE, report, results, verify
from planish.verify_arrays import DTYPES, Line, Problem, once, read_table

TESTS = Path(__file__).resolve().parent.parent
LAST_LINE = re.compile(r"(\d+) of (\d+) digests agree with the published table, on (.+), with (.+) threads")
CHOICES = {"PLANISH_CPU", "PLANISH_NUM_THREADS"}


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command, with the level and the threads that are given here, or the usual ones."""
    clean = {name: value for name, value in os.environ.items() if name not in CHOICES}
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)


def run_verify(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "planish", "verify", *arguments, **environment)


def agreement(output: str) -> tuple[int, int, str, str]:
    """What the last line says: how many agree, of how many, on which levels, with how many threads."""
    found = LAST_LINE.fullmatch(output.splitlines()[-1])
    assert found
    return int(found[1]), int(found[2]), found[3], found[4]


def cells(output: str) -> list[str]:
    """What stands after the digests."""
    return re.findall(r"^(?:forward|backward).*  (?:[0-9a-f]{16})  (.*)", output, re.MULTILINE)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The table with the digests of contiguous float32 and float16 alone, in groups that are small and large."""
    keep = re.compile(r"(?!digest)|digest +\S+ +(f32|f16) .* rows ")
    lines = [line for line in TABLE.read_text().splitlines(keepends=True) if keep.match(line)]
    path = tmp_path / "small.txt"
    path.write_text("".join(lines))
    return path


# ---- It passes ----


def test_every_level_gives_the_published_bits_with_any_number_of_threads() -> None:
    result = run_verify()
    assert (result.returncode, result.stderr) == (0, "")
    agreeing, total, levels, threads = agreement(result.stdout)
    lines = sum(len(group.lines) for group in read_table(TABLE.read_text()))
    assert agreeing == total == lines * len(planish.cpus()) * 4
    assert (levels, threads) == (", ".join(planish.cpus()), "1, 2, 3, 8")
    assert cells(result.stdout) == ["  ".join(f"{level} ok" for level in planish.cpus())] * lines


def test_the_table_has_everything() -> None:
    groups = read_table(TABLE.read_text())
    operations, layouts = ("forward", "backward", "backward-from-x"), ("rows", "strided", "columns", "strided-columns")
    for group in groups:
        assert {(line.operation, line.dtype, line.layout) for line in group.lines.values()} == {
            *product(operations, DTYPES, layouts)
        }
    for dtype in ("bf16", "f16"):
        weights = {(line.weight, line.bias) for line in groups[0].lines.values() if line.dtype == dtype}
        assert {(dtype, dtype), ("f32", "f32")} < weights


def test_the_second_group_is_for_threads() -> None:
    """A call takes a second one for 2 * 131072 elements and more."""
    sizes = [
        [problem.rows * problem.times * problem.inner * problem.features for problem in group.problems]
        for group in read_table(TABLE.read_text())
    ]
    assert [all(size >= 2 * 131072 for size in group) for group in sizes] == [False, True]


def test_the_layout_and_given_statistics_change_nothing() -> None:
    """The published digests say so themselves."""
    digests: dict[tuple[object, ...], set[str]] = {}
    for number, group in enumerate(read_table(TABLE.read_text())):
        for line in group.lines.values():
            key = number, line.operation.removesuffix("-from-x"), line.dtype, line.weight, line.bias
            digests.setdefault(key, set()).add(line.digest)
    assert all(len(same) == 1 for same in digests.values())


def has_nan(name: str, data: bytes) -> bool:
    sign = 1 << (8 * array(DTYPES[name].code).itemsize - 1)
    infinity = {"f32": 0x7F800000, "f64": 0x7FF0000000000000, "bf16": 0x7F80, "f16": 0x7C00}[name]
    return any(bits & (sign - 1) > infinity for bits in array(DTYPES[name].code, data))


def test_no_result_is_a_nan() -> None:
    """NaNs are not the same bits everywhere."""
    problems = [problem for group in read_table(TABLE.read_text()) for problem in group.problems]
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
    assert {*cells(result.stdout)} == {f"{name} ok"}


@pytest.mark.parametrize(
    ("arguments", "environment", "threads"),
    [
        ([], {"PLANISH_NUM_THREADS": "3"}, 3),
        (["--threads", "2"], {}, 2),
        (["--threads", "2"], {"PLANISH_NUM_THREADS": "3"}, 2),
    ],
)
def test_chosen_threads(small: Path, arguments: list[str], environment: dict[str, str], threads: int) -> None:
    result = run_verify("--table", small, *arguments, **environment)
    agreeing, total, levels, with_threads = agreement(result.stdout)
    assert agreeing == total == 18 * len(levels.split(", "))
    assert (result.returncode, with_threads) == (0, str(threads))


def test_one_digest_for_all_times_only_if_they_are_the_same() -> None:
    problem = Problem("any", 1, 2, 1, 3, "unit", 0, weight=False, bias=False)
    assert once(problem, b"abababababab") == b"abab"
    assert once(problem, b"abababababaa") == b"abababababaa"


def test_nothing_is_needed(small: Path) -> None:
    code = (
        "import sys; from planish.__main__ import main; "
        f"status = main(['verify', '--table', {str(small)!r}]); print(status, 'numpy' in sys.modules)"
    )
    assert run(sys.executable, "-c", code).stdout.splitlines()[-1] == "0 False"


def test_the_level_stays(small: Path, level: str) -> None:
    assert verify(small) == 0
    assert planish.cpu() == level


def test_the_threads_are_the_default_afterwards(small: Path) -> None:
    planish.set_num_threads(0)
    usual = planish.get_num_threads()
    assert verify(small, threads=usual + 1) == 0
    assert planish.get_num_threads() == usual


# ---- It fails ----


def test_a_changed_digest_is_named(small: Path) -> None:
    text = small.read_text()
    found = re.search(r"(backward +f16 +f32 +f32 +rows +)([0-9a-f]{16})", text)
    assert found
    case, digest = found.groups()
    wrong = f"{int(digest, 16) ^ 1:016x}"
    small.write_text(text.replace(case + digest, case + wrong))
    result = run_verify("--table", small)
    agreeing, total, _, _ = agreement(result.stdout)
    assert (result.returncode, agreeing) == (1, total - 4 * len(planish.cpus()))
    (named,) = (line for line in result.stdout.splitlines() if "DIFFERENT" in line)
    assert named == "  ".join([case + wrong, *(f"{level} DIFFERENT {digest}" for level in planish.cpus())])


@pytest.mark.parametrize(("name", "others"), [("one  ", 6), ("images", 12)])
def test_a_changed_problem_changes_every_digest_of_its_group(small: Path, name: str, others: int) -> None:
    small.write_text(small.read_text().replace(f"problem {name}", f"problem {'other':{len(name)}}"))
    result = run_verify("--table", small)
    assert result.returncode == 1
    assert agreement(result.stdout)[0] == others * len(planish.cpus()) * 4


def test_a_number_of_threads_that_makes_a_difference() -> None:
    line = Line("forward", "f32", "f32", "f32", "rows", "good")
    assert report(line, "avx2", {1: "good", 2: "bad", 3: "worse"}) == (
        "  avx2, 2 threads DIFFERENT bad  avx2, 3 threads DIFFERENT worse"
    )
    assert report(line, "avx2", {1: "bad", 2: "bad"}) == "  avx2 DIFFERENT bad"
    assert report(line, "avx2", {1: "good", 2: "good"}) == "  avx2 ok"


def test_a_level_that_cannot_be_had(small: Path) -> None:
    result = run_verify("--table", small, PLANISH_CPU="nonsense")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith('planish: PLANISH_CPU is "nonsense"')


def test_threads_that_are_no_number(small: Path) -> None:
    for wrong in ("0", "-1", "two", "3000000000"):
        result = run_verify("--table", small, f"--threads={wrong}")
        assert (result.returncode, result.stdout) == (2, "")
        assert wrong in result.stderr
    result = run_verify("--table", small, PLANISH_NUM_THREADS="abc")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith('planish: PLANISH_NUM_THREADS is "abc"')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("digest forward f32 f32 f32 rows\n", "line 1 is not one of the table"),
        ("\ndigest forward f31 f32 f32 rows -\n", "line 2 is not one of the table"),
        ("problem one 3 1 2 1 nonsense 1e-5 1 1\n", "line 1 is not one of the table"),
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
    in_c, in_python = run(program, TABLE), run_verify()
    assert (in_c.returncode, in_c.stdout) == (0, in_python.stdout)
    small.write_text(small.read_text().replace("problem one  ", "problem other"))
    in_c, in_python = run(program, small, "3"), run_verify("--table", small, "--threads=3")
    assert (in_c.returncode, in_c.stdout) == (1, in_python.stdout)


def test_aarch64_gives_the_published_bits() -> None:
    """The first time, this compiles for half a minute."""
    result = run(sys.executable, TESTS / "AArch64" / "aarch64.py", "-R", "c_(verify|cases|float_state|threads|pool)")
    if result.returncode == 77:
        pytest.skip(result.stderr)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (
        "100% tests passed out of 5" in result.stdout or "100% tests passed, 0 tests failed out of 5" in result.stdout
    )
