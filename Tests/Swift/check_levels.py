"""Says whether the linker gave the code of one CPU level to another.

    python3 Tests/Swift/check_levels.py .build/debug PROGRAM

The levels are the same sources compiled for different CPUs, and all of them are linked into one program. What the
compiler adds to every module that needs it, such as a function that copies a struct, has the same weak name in all of
them and perhaps elsewhere in the program, and the linker keeps whichever copy comes first: an old CPU could meet
instructions that it does not have. So the copy that PROGRAM has must be one that every CPU can run.

For x86-64; needs nm and objdump, which come with the linker.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Instructions with the VEX and EVEX prefixes start with v; so do none of the plain ones, but for these.
PLAIN = {"verr", "verw", "vmcall"}
# BMI, LZCNT and MOVBE, which come along with AVX2.
WITH_AVX2 = re.compile(r"(andn|bextr|bls(i|r|msk)|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|lzcnt|tzcnt|movbe)[lqw]?$")


def output_of(*command: str | Path) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def weak_functions(objects: list[Path]) -> set[str]:
    """nm says W for weak functions, V for weak data."""
    lines = [line.split(maxsplit=2) for line in output_of("nm", "--defined-only", *objects)]
    return {fields[2] for fields in lines if len(fields) == 3 and fields[1] == "W"}


def shared_names(build: Path) -> set[str]:
    """The weak functions of the levels beyond the plainest that other parts of the program may have too."""
    names: set[str] = set()
    for level in ("AVX2", "AVX512"):
        module = f"PlanishKernels{level}"
        objects = sorted(build.glob(f"{module}.build/*.o"))
        if not objects:
            sys.exit(f"{build} has no {module}.build/*.o")
        names |= {name for name in weak_functions(objects) if module not in name}
    return names


def beyond_plain(program: Path, names: set[str]) -> dict[str, str]:
    """Which of these functions of the program hold an instruction that not every CPU has, and which one."""
    found: dict[str, str] = {}
    function = ""
    for line in output_of("objdump", "--disassemble", "--no-show-raw-insn", program):
        if start := re.fullmatch(r"[0-9a-f]+ <(.*)>:", line):
            function = start[1]
        elif function in names and (part := re.match(r"\s+[0-9a-f]+:\s+(\S+)", line)):
            mnemonic = part[1]
            if (mnemonic.startswith("v") and mnemonic not in PLAIN) or WITH_AVX2.match(mnemonic):
                found.setdefault(function, mnemonic)
    return found


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} BUILD PROGRAM")
    build, program = Path(sys.argv[1]), Path(sys.argv[2])
    names = shared_names(build)
    found = beyond_plain(program, names)
    for name, mnemonic in sorted(found.items()):
        print(f"{name}: weak, and the copy in {program.name} has {mnemonic}, which not every CPU has", file=sys.stderr)
    if not found:
        print(f"{len(names)} weak functions of the levels; the copies in {program.name} run on every CPU")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
