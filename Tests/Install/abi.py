"""The ABI as lines of text, and what of a change breaks programs that are compiled already.

python Tests/Install/abi.py [--record]   compares the header and build/libplanish.so with planish.abi, or adds to it

Lines are recorded when a function, a constant or a field is added. They are never taken away or changed as long as the
name of the library stays (libplanish.so.0): --record refuses to.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).resolve().parent / "planish.abi"


def tool(name: str) -> str:
    """A program of the Swift toolchain, or of the system."""
    swiftc = shutil.which("swiftc")
    found = shutil.which(name, path=str(Path(swiftc).resolve().parent)) if swiftc else None
    if (found := found or shutil.which(name)) is None:
        raise FileNotFoundError(f"{name} is not here")
    return found


# ---- The header: declarations from the compiler's tree, numbers from constants that it evaluates ----


def tree(source: str) -> list[dict[str, Any]]:
    """The top declarations of a piece of C."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "abi.c"
        file.write_text(source)
        command = [tool("clang"), "-std=c11", "-fsyntax-only", "-Xclang", "-ast-dump=json", str(file)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[dict[str, Any]] = json.loads(result.stdout)["inner"]
    return found


def inner(declaration: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in declaration.get("inner", []) if part["kind"] == kind]


def evaluated(header: str, expressions: list[str]) -> list[int]:
    """The values of constant expressions."""
    constants = "".join(f"enum {{ abi_{i} = (int)({text}) }};\n" for i, text in enumerate(expressions))
    return [
        int(constant["inner"][0]["value"])
        for declaration in tree(header + "\n" + constants)
        for constant in inner(declaration, "EnumConstantDecl")
        if constant["name"].startswith("abi_")
    ]


def declared(header: str) -> Iterator[tuple[str, list[str]]]:
    """Lines with {} where the value of an expression belongs, and the expressions."""
    for declaration in tree(header):
        kind, name = declaration["kind"], declaration.get("name", "")
        if not name.startswith("planish_"):
            continue
        if kind == "FunctionDecl":
            yield f"function {name}: {declaration['type']['qualType']}", []
        elif kind == "EnumDecl":
            yield f"enum {name}: {{}} bytes", [f"sizeof(enum {name})"]
            for constant in inner(declaration, "EnumConstantDecl"):
                yield f"constant {constant['name']} = {{}}", [constant["name"]]
        elif kind == "RecordDecl" and declaration.get("completeDefinition"):
            whole = f"struct {name}"
            yield f"struct {name}: {{}} bytes, aligned to {{}}", [f"sizeof({whole})", f"_Alignof({whole})"]
            for field in inner(declaration, "FieldDecl"):
                member = field["name"]
                place = [f"__builtin_offsetof({whole}, {member})", f"sizeof((({whole} *)0)->{member})"]
                yield f"field {name}.{member}: {field['type']['qualType']} at {{}}, {{}} bytes", place
        elif kind == "TypedefDecl":
            yield f"type {name}: {declaration['type']['qualType']}", []


def of_header(header: str) -> list[str]:
    lines = list(declared(header))
    values = iter(evaluated(header, [text for _, texts in lines for text in texts]))
    return [line.format(*(next(values) for _ in texts)) for line, texts in lines]


# ---- The library ----


def of_library(library: Path) -> list[str]:
    """Its name, and the symbols with their versions."""
    dynamic = subprocess.run([tool("objdump"), "-p", library], check=True, capture_output=True, text=True).stdout
    symbols = subprocess.run(
        [tool("nm"), "-D", "--defined-only", library], check=True, capture_output=True, text=True
    ).stdout
    names = re.findall(r"^\s*SONAME\s+(\S+)", dynamic, re.MULTILINE)
    found = re.findall(r" [^A ] (\w+)@@?(\w[\w.]*)$", symbols, re.MULTILINE)
    unversioned = re.findall(r" [^A ] (\w+)$", symbols, re.MULTILINE)
    return [
        *(f"library {name}" for name in names),
        *sorted(f"symbol {name} {version}" for name, version in found),
        *sorted(f"symbol {name} without a version" for name in unversioned),
    ]


# ---- The comparison ----


def broken(before: list[str], after: list[str]) -> list[str]:
    """The lines that are gone or have become another. A struct may grow."""
    there = set(after)
    return [line for line in before if line not in there and not any(grown(line, new) for new in after)]


def grown(before: str, after: str) -> bool:
    sizes = re.compile(r"(struct \w+: )(\d+)( bytes, aligned to \d+)")
    a, b = sizes.fullmatch(before), sizes.fullmatch(after)
    return bool(a and b and a[1] == b[1] and a[3] == b[3] and int(a[2]) < int(b[2]))


def main(arguments: list[str]) -> int:
    now = of_library(ROOT / "build" / "libplanish.so") + of_header((ROOT / "include" / "planish.h").read_text())
    before = BASELINE.read_text().splitlines() if BASELINE.exists() else []
    if lost := broken(before, now):
        print("Programs that are compiled already would break:", *lost, sep="\n  ")
        return 1
    added = [line for line in now if line not in before]
    print(*(f"new: {line}" for line in added), sep="\n", end="\n" if added else "")
    if arguments == ["--record"]:
        BASELINE.write_text("\n".join(now) + "\n")
        return 0
    return 1 if added else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
