"""What is installed, and consumers of every kind that are built against it and run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .installed import BUILD, CONSUMER, ROOT, WARNINGS, Prefix, need, run

FILES = [
    "include/planish.h",
    "lib/cmake/planish/planish-config-version.cmake",
    "lib/cmake/planish/planish-config.cmake",
    "lib/cmake/planish/planish-targets-release.cmake",
    "lib/cmake/planish/planish-targets.cmake",
    "lib/libplanish.a",
    "lib/libplanish.so",
    "lib/libplanish.so.{major}",
    "lib/libplanish.so.{version}",
    "lib/pkgconfig/planish.pc",
    "share/doc/planish/LICENSE",
]


def expected(header: int, library: int) -> str:
    """What a consumer prints: rows of two values become -1 and 1, and nothing is left of dx."""
    results = "y -1 1 1 -1, mean 4 15, rstd 1 0.2, dx 0 0, dbias 1 1"
    return f"header {header}, library {library}: {results}\n"


def number(version: str) -> int:
    major, minor, patch = map(int, version.split("."))
    return major * 10000 + minor * 100 + patch


def files(path: Path) -> list[str]:
    names = [str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir()]
    lib = re.compile("^lib(64)?/([a-z0-9_]+-linux-gnu/)?")
    return sorted(lib.sub("lib/", name) for name in names)


def all_files(version: str) -> list[str]:
    return sorted(name.format(version=version, major=version.split(".")[0]) for name in FILES)


def test_what_is_installed(prefix: Prefix) -> None:
    version = prefix.version
    assert files(prefix.path) == all_files(version)
    major = version.split(".")[0]
    assert (prefix.lib / "libplanish.so").readlink() == Path(f"libplanish.so.{major}")
    assert (prefix.lib / f"libplanish.so.{major}").readlink() == Path(f"libplanish.so.{version}")


def test_make_install(tmp_path: Path, prefix: Prefix) -> None:
    """As a packager does it: DESTDIR in front of PREFIX. What is built is not built again."""
    if shutil.which("make") is None or not (BUILD / "ready").exists():
        pytest.skip("no make, or not built by it")
    run("make", "-C", ROOT, "-o", "build/ready", "install", "PREFIX=/opt/planish", f"DESTDIR={tmp_path}")
    assert files(tmp_path / "opt" / "planish") == all_files(prefix.version)


# ---- Consumers: each builds a program in a directory of its own ----


def plain(prefix: Prefix, at: Path) -> Path:
    return prefix.compile(CONSUMER / "linked.c", at / "program", "-std=c99", *prefix.shared())


def cxx(prefix: Prefix, at: Path) -> Path:
    return prefix.compile(CONSUMER / "linked.cpp", at / "program", "-std=c++17", *prefix.shared())


def static(prefix: Prefix, at: Path) -> Path:
    library = prefix.lib / "libplanish.a"
    return prefix.compile(CONSUMER / "linked.c", at / "program", library, "-lm", "-Wl,--fatal-warnings")


def all_static(prefix: Prefix, at: Path) -> Path:
    return prefix.compile(CONSUMER / "linked.c", at / "program", "-static", prefix.lib / "libplanish.a", "-lm")


def loaded(prefix: Prefix, at: Path) -> Path:
    return prefix.compile(CONSUMER / "loaded.c", at / "program", "-std=c11", "-ldl")


def pkg_config(prefix: Prefix, at: Path, *options: str, link: tuple[str, ...] = ()) -> Path:
    tool, directory = need("pkg-config", "pkgconf"), str(prefix.lib / "pkgconfig")
    assert run(tool, "--modversion", "planish", PKG_CONFIG_PATH=directory) == f"{prefix.version}\n"
    found = shlex.split(run(tool, *options, "--cflags", "--libs", "planish", PKG_CONFIG_PATH=directory))
    compiler = need("cc", "gcc", "clang")
    run(compiler, *WARNINGS, *link, CONSUMER / "linked.c", "-o", at / "program", *found)
    return at / "program"


def pkg_config_static(prefix: Prefix, at: Path) -> Path:
    return pkg_config(prefix, at, "--static", link=("-static",))


def cmake(prefix: Prefix, at: Path, target: str) -> Path:
    run(need("cmake"), "-S", CONSUMER, "-B", at, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix.path}")
    run(need("cmake"), "--build", at, "--target", target)
    return at / target


def cmake_shared(prefix: Prefix, at: Path) -> Path:
    return cmake(prefix, at, "shared")


def cmake_static(prefix: Prefix, at: Path) -> Path:
    return cmake(prefix, at, "static")


def cmake_cxx(prefix: Prefix, at: Path) -> Path:
    return cmake(prefix, at, "cxx")


KINDS = [
    plain, cxx, static, all_static, loaded, pkg_config, pkg_config_static, cmake_shared, cmake_static, cmake_cxx,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_consumer(kind: Callable[[Prefix, Path], Path], prefix: Prefix, tmp_path: Path) -> None:
    program = kind(prefix, tmp_path)
    version = number(prefix.version)
    printed = run(program, prefix.lib / "libplanish.so", LD_LIBRARY_PATH=str(prefix.lib))
    assert printed == expected(version, version)


ACCEPTED = ["", "0", "0.1", "0.1.0", "0.1.0;EXACT", "0.1...<1"]
REFUSED = ["0.1.1", "0.2", "1", "0.0.9;EXACT", "1...<2"]


@pytest.mark.parametrize(
    ("request_", "found"), [*((text, True) for text in ACCEPTED), *((text, False) for text in REFUSED)]
)
def test_versions_that_cmake_accepts(request_: str, found: bool, prefix: Prefix, tmp_path: Path) -> None:
    assert prefix.version == "0.1.0", "the table above is for this version"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.24)\nproject(p LANGUAGES NONE)\n"
        "set(CMAKE_SIZEOF_VOID_P 8)\nfind_package(planish ${REQUEST} CONFIG REQUIRED)\n"
    )
    where = [f"-DCMAKE_PREFIX_PATH={prefix.path}", f"-DREQUEST={request_}"]
    text = run(need("cmake"), "-S", tmp_path, "-B", tmp_path / "b", "-G", "Ninja", *where, status=0 if found else 1)
    assert found or f"planish-config.cmake, version: {prefix.version}" in " ".join(text.split())


# ---- The static library ----


def test_nothing_but_the_functions_is_global_in_the_static_library(prefix: Prefix) -> None:
    lines = run(need("nm", "llvm-nm"), "--defined-only", "--extern-only", prefix.lib / "libplanish.a").splitlines()
    names = {line.split()[2] for line in lines if len(line.split()) == 3}
    exports = (ROOT / "cmake" / "planish.exports").read_text()
    assert names == set(re.findall(r"^\s+(planish_\w+);", exports, re.MULTILINE))


def test_it_has_threads_when_all_is_static(prefix: Prefix, tmp_path: Path) -> None:
    library = prefix.lib / "libplanish.a"
    program = prefix.compile(CONSUMER / "threads.c", tmp_path / "threads", "-static", library, "-lm")
    assert run(program) == "2 threads\n"


# ---- The header's own example ----


def test_the_example_in_the_header(prefix: Prefix, tmp_path: Path) -> None:
    found = re.search(r"@code\{\.c\}\n(.*?) \* @endcode", prefix.header.read_text(), re.DOTALL)
    assert found
    code = "".join(line.removeprefix(" *").removeprefix(" ") for line in found[1].splitlines(keepends=True))
    promised = re.findall(r"\bprintf\(.*// (.*)$", code, re.MULTILINE)
    assert len(promised) == 4
    source = tmp_path / "main.c"
    source.write_text(code)
    program = prefix.compile(source, tmp_path / "program", "-std=c99", *prefix.shared())
    assert run(program).splitlines() == promised


# ---- The manual ----


def test_the_manual(tmp_path: Path) -> None:
    """Rendered without a warning, and every function is in it."""
    doxygen = need("doxygen")
    settings = (ROOT / "docs" / "manual.doxyfile").read_text() + f"\nOUTPUT_DIRECTORY = {tmp_path}\n"
    result = subprocess.run([doxygen, "-"], input=settings, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    pages = "".join(page.read_text() for page in (tmp_path / "html").glob("group__*.html"))
    functions = re.findall(r"^\s+(planish_\w+);", (ROOT / "cmake" / "planish.exports").read_text(), re.MULTILINE)
    assert [name for name in functions if not re.search(rf"memname.*\b{name}\b", pages)] == []
