"""python -m planish verify: this machine's result bits against the published ones.

verify.txt holds the problems and the digests, and says how the arrays are made; Tests/C/verify.c does the same in C.
The library is called through its C interface, so that every dtype and layout needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from array import array
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import planish

from .verify_arrays import (
    DTYPES,
    PADS,
    Group,
    Line,
    Problem,
    elements,
    fnv1a,
    once,
    place_of,
    placed,
    read_table,
    taken,
)

TABLE = Path(__file__).with_name("verify.txt")
COUNTS = (1, 2, 3, 8)  # of threads

# ---- Calls ----


class Norm(ctypes.Structure):
    """planish_layer_norm."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        *((name, ctypes.c_int32) for name in ("dtype", "weight_dtype", "bias_dtype", "reserved")),
        *((name, ctypes.c_int64) for name in ("rows", "features", "inner")),
        ("eps", ctypes.c_double),
        *((f"{name}_stride", ctypes.c_int64) for name in PADS),
        *((f"{name}_feature_stride", ctypes.c_int64) for name in PADS),
    )


@cache
def library() -> ctypes.CDLL:
    result = ctypes.CDLL(planish.get_library())
    result.planish_error_message.restype = ctypes.c_char_p
    return result


def call(function: str, norm: Norm, *arrays: array[int] | None) -> None:
    pointers = [ctypes.c_void_p(a.buffer_info()[0] if a is not None else None) for a in arrays]
    if library()[function](ctypes.byref(norm), *pointers):
        raise RuntimeError(f"{function}: {library().planish_error_message().decode()}")


def norm_of(problem: Problem, line: Line) -> Norm:
    place = place_of(problem, line.layout, "x")
    norm = Norm(ctypes.sizeof(Norm), DTYPES[line.dtype].number, eps=problem.eps)
    norm.rows, norm.features, norm.inner = place.rows, place.features, place.inner
    norm.weight_dtype = 0 if line.weight == line.dtype else DTYPES[line.weight].number
    norm.bias_dtype = 0 if line.bias == line.dtype else DTYPES[line.bias].number
    for name in PADS if "strided" in line.layout else ():
        place = place_of(problem, line.layout, name)
        setattr(norm, f"{name}_stride", place.stride)
        setattr(norm, f"{name}_feature_stride", place.step)
    return norm


def results(problem: Problem, line: Line) -> bytes:
    """What the library makes of a problem."""
    norm, code = norm_of(problem, line), DTYPES[line.dtype].code
    get = partial(placed, problem, dtype=line.dtype, layout=line.layout)
    weight = elements(problem, "weight", line.weight, "unit", 1) if problem.weight else None
    bias = elements(problem, "bias", line.bias, "unit", 1) if problem.bias else None
    y_place, dx_place = (place_of(problem, line.layout, name) for name in ("y", "dx"))
    y, dx = y_place.blank(code), dx_place.blank(code)
    samples = problem.rows * problem.times * problem.inner
    mean, rstd = (array("Q" if code == "Q" else "I", [0]) * samples for _ in range(2))
    dweight, dbias = (array(DTYPES[name].code, [0]) * problem.features for name in (line.weight, line.bias))

    if line.operation != "backward-from-x":
        call("planish_layer_norm_forward", norm, get("x"), weight, bias, y, mean, rstd)
    if line.operation == "forward":
        return b"".join(once(problem, data) for data in (taken(y, y_place), mean.tobytes(), rstd.tobytes()))
    given = (mean, rstd) if line.operation == "backward" else (None, None)
    call("planish_layer_norm_backward", norm, get("dy"), get("x"), weight, *given, dx, dweight, dbias)
    return once(problem, taken(dx, dx_place)) + dweight.tobytes() + dbias.tobytes()


def digest_of(problems: Sequence[Problem], line: Line) -> str:
    return f"{fnv1a(b''.join(results(problem, line) for problem in problems)):016x}"


# ---- The command ----


def report(line: Line, level: str, digests: dict[int, str]) -> str:
    """What a level gives, by the number of threads, in the words of the table that is printed."""
    wrong = {threads: digest for threads, digest in digests.items() if digest != line.digest}
    if not wrong:
        return f"  {level} ok"
    if len(wrong) == len(digests) and len({*wrong.values()}) == 1:
        return f"  {level} DIFFERENT {next(iter(wrong.values()))}"
    return "".join(f"  {level}, {threads} threads DIFFERENT {digest}" for threads, digest in wrong.items())


def compare(groups: Sequence[Group], levels: Sequence[str], counts: Sequence[int]) -> int:
    """Print what each level gives; the exit status."""
    row = "{:15}  {:5}  {:6}  {:4}  {:15}  {:16}".format
    agreeing = total = 0
    for group in groups:
        print(row(*Line._fields), " of", ", ".join(problem.name for problem in group.problems))
        for line in group.lines.values():
            cells = []
            for level in levels:
                digests = {}
                planish.set_cpu(level)
                for threads in counts:
                    planish.set_num_threads(threads)
                    digests[threads] = digest_of(group.problems, line)
                agreeing += sum(digest == line.digest for digest in digests.values())
                total += len(digests)
                cells.append(report(line, level, digests))
            print(row(*line), *cells, sep="")
    where = f"on {', '.join(levels)}, with {', '.join(map(str, counts))} threads"
    print(f"{agreeing} of {total} digests agree with the published table, {where}")
    return 0 if agreeing == total > 0 else 1


def record(table: Path, groups: Sequence[Group]) -> int:
    """Rewrite the digests that differ on the level in use; the exit status."""
    text = table.read_text().splitlines()
    for problems, lines in groups:
        for number, line in lines.items():
            digest = digest_of(problems, line)
            if digest != line.digest:
                print(*line, "->", digest)
                text[number] = text[number].removesuffix(line.digest) + digest
    table.write_text("\n".join(text) + "\n")
    return 0


def verify(table: Path = TABLE, *, threads: int | None = None, rewrite: bool = False) -> int:
    """Compare, or rewrite the table; the exit status. With PLANISH_CPU or PLANISH_NUM_THREADS set, that alone is run.
    Afterwards the number of threads is the default again."""
    try:
        groups = read_table(table.read_text())
        before, usual = planish.cpu(), planish.get_num_threads()
    except (OSError, ValueError, RuntimeError) as error:
        print(f"planish: {error}", file=sys.stderr)
        return 1
    if rewrite:
        return record(table, groups)
    counts = [threads] if threads else [usual] if os.environ.get("PLANISH_NUM_THREADS") else COUNTS
    try:
        return compare(groups, [before] if os.environ.get("PLANISH_CPU") else planish.cpus(), counts)
    finally:
        planish.set_cpu(before)
        planish.set_num_threads(0)


def count(text: str) -> int:
    """A number of threads from the command line."""
    number = int(text)
    if not 1 <= number < 1 << 31:
        raise ValueError
    return number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Computes a fixed set of cases with every operation, dtype and layout, on every CPU level of this machine and "
        "with 1, 2, 3 and 8 threads (with PLANISH_CPU or PLANISH_NUM_THREADS set: as they say), and compares the "
        "digests of the result bits with the published ones. The order of operations depends on shapes and values "
        "alone."
    )
    parser.add_argument("--table", type=Path, default=TABLE, metavar="FILE", help="not the published table, but this")
    parser.add_argument("--threads", type=count, metavar="N", help="with so many threads alone")
    parser.add_argument("--record", action="store_true", help="rewrite the digests of the table that differ")


def run(options: argparse.Namespace) -> int:
    return verify(options.table, threads=options.threads, rewrite=options.record)
