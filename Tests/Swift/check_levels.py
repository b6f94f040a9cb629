"""Says whether the linker could give the code of one CPU level to another.

    python3 Tests/Swift/check_levels.py [.build/debug]

The levels are the same sources compiled for different CPUs, and all of them are linked into one program. What the
compiler adds to every module that needs it, such as a copy function of the standard library, has the same weak name in
all of them and perhaps elsewhere in the program, and the linker keeps whichever copy comes first: an old CPU could meet
instructions that it does not have. So a weak function of a level must either carry the name of its module, or be the
same code as at the plainest level, which every CPU can run.

Needs nm and objdump, which come with the linker.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PLAINEST_FIRST = ["Baseline", "AVX2", "AVX512", "NEON"]


def output_of(*command: str | Path) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def weak_functions(objects: list[Path]) -> set[str]:
    """nm says W for weak functions, V for weak data."""
    lines = [line.split(maxsplit=2) for line in output_of("nm", "--defined-only", *objects)]
    return {fields[2] for fields in lines if len(fields) == 3 and fields[1] == "W"}


def code_of(objects: list[Path]) -> dict[str, list[str]]:
    """The instructions of each function and what they refer to, without addresses and the padding behind them."""
    code: dict[str, list[str]] = {}
    function: list[str] = []
    for line in output_of("objdump", "--disassemble", "--reloc", "--no-show-raw-insn", *objects):
        if start := re.fullmatch(r"[0-9a-f]+ <(.*)>:", line):
            function = code.setdefault(start[1], [])
            function.clear()
        elif part := re.match(r"\s+[0-9a-f]+:\s*(.*)", line):
            text = re.sub(r"\s+# .*", "", part[1])
            function.append(re.sub(r"\b[0-9a-f]+ (?=<)", "", text).strip())
    for function in code.values():
        while function and "nop" in function[-1]:
            function.pop()
    return code


def foreign_weak_code(level: str, objects: list[Path]) -> dict[str, list[str]]:
    """The weak functions that another level or another part of the program may have too."""
    code = code_of(objects)
    names = sorted(weak_functions(objects))
    return {name: code[name] for name in names if f"PlanishKernels{level}" not in name}


def levels_in(build: Path) -> dict[str, list[Path]]:
    """The object files of each level, the plainest first."""
    found = {level: sorted(build.glob(f"PlanishKernels{level}.build/*.o")) for level in PLAINEST_FIRST}
    return {level: objects for level, objects in found.items() if objects}


def complaints_about(levels: dict[str, list[Path]]) -> list[str]:
    plainest, *others = levels
    plain_code = code_of(levels[plainest])
    return [
        f"{name}: weak, and its code at {level} is not that at {plainest}"
        for level in others
        for name, code in foreign_weak_code(level, levels[level]).items()
        if code != plain_code.get(name)
    ]


def main() -> int:
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ".build/debug")
    levels = levels_in(build)
    if not levels:
        print(f"{build} has no PlanishKernels*.build/*.o", file=sys.stderr)
        return 1
    complaints = complaints_about(levels)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not complaints:
        print(f"{', '.join(levels)}: no weak function that the linker could mix up")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
