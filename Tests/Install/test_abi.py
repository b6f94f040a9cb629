"""The ABI is what planish.abi says, changes to it are seen, and older and newer programs and libraries go together."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import abi
from .installed import BUILD, CONSUMER, ROOT, Prefix, need, run
from .test_install import expected, number

BASELINE = abi.BASELINE.read_text().splitlines()


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    need("clang")
    need("nm", "llvm-nm")
    need("objdump", "llvm-objdump")


def test_nothing_is_lost_and_all_is_recorded(prefix: Prefix) -> None:
    now = abi.of_library(prefix.lib / "libplanish.so") + abi.of_header(prefix.header.read_text())
    assert abi.broken(BASELINE, now) == [], "programs that are compiled already would break"
    assert [line for line in now if line not in BASELINE] == [], "python Tests/Install/abi.py --record"


def test_the_exports_are_the_functions() -> None:
    functions = {line.split()[1].rstrip(":") for line in BASELINE if line.startswith("function ")}
    symbols = {line.split()[1] for line in BASELINE if line.startswith("symbol ")}
    assert functions == symbols
    assert len(functions) >= 12


@dataclass(frozen=True)
class Change:
    """A change to the header, as a pattern and what takes its place; and how the lines that it breaks begin."""

    name: str
    pattern: str
    replacement: str
    breaks: tuple[str, ...] = ()


CHANGES = [
    Change("a function less", r"int32_t planish_version\(void\);", "", ("function planish_version",)),
    Change("another argument", r"(planish_set_num_threads\()int32_t", r"\1int64_t", ("function planish_set_num_thr",)),
    Change(
        "another result", r"int32_t (planish_get_num_threads)", r"int64_t \1", ("function planish_get_num_threads",)
    ),
    Change("less const", r"const float \*bias, double", "float *bias, double", ("function planish_layer_norm_f32",)),
    Change("another number", r"PLANISH_BAD_EPS = 5", "PLANISH_BAD_EPS = 50", ("constant PLANISH_BAD_EPS",)),
    Change("a constant less", r"PLANISH_BF16 = 3,", "", ("constant PLANISH_BF16",)),
    Change("a wider field", r"int32_t reserved;", "int64_t reserved;", ("field planish_layer_norm.reserved",)),
    Change("another type", r"double eps;", "int64_t eps;", ("field planish_layer_norm.eps",)),
    Change("a field in the middle", r"int64_t inner;", "int64_t inner, new;", ("field planish_layer_norm.eps",)),
    Change(
        "another callback", r"\(void \*context, int32_t pieces", "(void *context, int64_t pieces", ("type planish_p",)
    ),
    Change("a field at the end", r"\} planish_layer_norm;", "int64_t new; } planish_layer_norm;"),
    Change("a further constant", r"PLANISH_F16 = 4", "PLANISH_F16 = 4, PLANISH_I8 = 5"),
    Change("a further function", r"int32_t planish_version\(void\);", r"\g<0> int32_t planish_new(void);"),
    Change("another patch", r"VERSION_PATCH 0", "VERSION_PATCH 1"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_changes_of_the_header_are_seen(change: Change) -> None:
    header = (ROOT / "include" / "planish.h").read_text()
    changed, count = re.subn(change.pattern, change.replacement, header, count=1)
    assert count == 1
    before, after = abi.of_header(header), abi.of_header(changed)
    lost = abi.broken(before, after)
    assert bool(lost) == bool(change.breaks)
    for beginning in change.breaks:
        assert any(line.startswith(beginning) for line in lost), lost


def test_a_lost_symbol_is_seen() -> None:
    lost = [line for line in BASELINE if not line.startswith("symbol planish_cpu ")]
    assert abi.broken(BASELINE, lost) == ["symbol planish_cpu PLANISH_0.1"]


# ---- Older and newer ----


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Prefix:
    """The next version, made of these sources: its struct has a field more. The kernels are those that are built."""
    need("swiftc")
    if not (BUILD / "swift").exists():
        pytest.skip("no build/: make build")
    path = tmp_path_factory.mktemp("newer")
    for name in ("cmake", "include"):
        shutil.copytree(ROOT / name, path / name)
    for name in ("CPlanishKernels", "CPlanishSystem", "PlanishCore", "PlanishABI"):
        shutil.copytree(ROOT / "Sources" / name, path / "Sources" / name)
    for name in ("CMakeLists.txt", "LICENSE"):
        shutil.copy(ROOT / name, path)
    header = path / "include" / "planish.h"
    changes = [
        (r"(?s)\} planish_layer_norm;", "  int64_t future;\n} planish_layer_norm;"),
        (r"(\{sizeof\(planish_layer_norm\).*)\}", r"\1, 0}"),
        (r"VERSION_MINOR 1", "VERSION_MINOR 2"),
    ]
    text = header.read_text()
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1)
        assert count == 1
    header.write_text(text)
    build = path / "build"
    run(need("cmake"), "-S", path, "-B", build, "-G", "Ninja", f"-DPLANISH_KERNELS_FROM={BUILD / 'swift'}")
    run(need("cmake"), "--build", build)
    run(need("cmake"), "--install", build, "--prefix", path / "prefix")
    return Prefix(path / "prefix")


def test_older_and_newer_programs_and_libraries(prefix: Prefix, newer: Prefix, tmp_path: Path) -> None:
    today, tomorrow = number(prefix.version), number(newer.version)
    assert tomorrow > today
    source = CONSUMER / "linked.c"
    programs = {
        "old": prefix.compile(source, tmp_path / "old", f"-L{prefix.lib}", "-lplanish"),
        "new": newer.compile(source, tmp_path / "new", f"-L{newer.lib}", "-lplanish"),
        "new, field in use": newer.compile(source, tmp_path / "uses", "-DFUTURE=7", f"-L{newer.lib}", "-lplanish"),
    }
    works = [
        ("old", prefix, expected(today, today)),
        ("old", newer, expected(today, tomorrow)),
        ("new", prefix, expected(tomorrow, today)),
        ("new", newer, expected(tomorrow, tomorrow)),
        ("new, field in use", newer, expected(tomorrow, tomorrow)),
    ]
    for name, library, printed in works:
        assert run(programs[name], LD_LIBRARY_PATH=str(library.lib)) == printed, name
    refusal = run(programs["new, field in use"], LD_LIBRARY_PATH=str(prefix.lib), status=3)
    assert refusal == "refused: norm.size is 128; this library knows 120, and more only if the rest is zeros\n"
