"""python -m planish verify: this machine's result bits against the published ones.

verify.txt holds the problems and the digests, and says how the arrays are made; Tests/C/verify.c does the same in C.
The library is called through its C interface, so that every dtype and layout needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import sys
from array import array
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import planish

from .verify_arrays import DTYPES, PADS, Line, Problem, elements, fnv1a, place_of, placed, read_table, taken

TABLE = Path(__file__).with_name("verify.txt")

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
    mean, rstd = (array("Q" if code == "Q" else "I", [0]) * (problem.rows * problem.inner) for _ in range(2))
    dweight, dbias = (array(DTYPES[name].code, [0]) * problem.features for name in (line.weight, line.bias))

    if line.operation != "backward-from-x":
        call("planish_layer_norm_forward", norm, get("x"), weight, bias, y, mean, rstd)
    if line.operation == "forward":
        return taken(y, y_place) + mean.tobytes() + rstd.tobytes()
    given = (mean, rstd) if line.operation == "backward" else (None, None)
    call("planish_layer_norm_backward", norm, get("dy"), get("x"), weight, *given, dx, dweight, dbias)
    return taken(dx, dx_place) + dweight.tobytes() + dbias.tobytes()


def digest_of(problems: Sequence[Problem], line: Line) -> str:
    return f"{fnv1a(b''.join(results(problem, line) for problem in problems)):016x}"


# ---- The command ----


def compare(problems: Sequence[Problem], lines: Sequence[Line], levels: Sequence[str]) -> int:
    """Print what each level gives; the exit status."""
    row = "{:15}  {:5}  {:6}  {:4}  {:15}  {:16}".format
    print(row(*Line._fields))
    agreeing = 0
    for line in lines:
        cells = [row(*line)]
        for level in levels:
            planish.set_cpu(level)
            digest = digest_of(problems, line)
            agreeing += digest == line.digest
            cells.append(f"{level} ok" if digest == line.digest else f"{level} DIFFERENT {digest}")
        print(*cells, sep="  ")
    total = len(lines) * len(levels)
    print(f"{agreeing} of {total} digests agree with the published table, on {', '.join(levels)}")
    return 0 if agreeing == total > 0 else 1


def record(table: Path, problems: Sequence[Problem], lines: dict[int, Line]) -> int:
    """Rewrite the digests that differ on the level in use; the exit status."""
    text = table.read_text().splitlines()
    for number, line in lines.items():
        digest = digest_of(problems, line)
        if digest != line.digest:
            print(*line, "->", digest)
            text[number] = text[number].removesuffix(line.digest) + digest
    table.write_text("\n".join(text) + "\n")
    return 0


def verify(table: Path = TABLE, *, rewrite: bool = False) -> int:
    """Compare, or rewrite the table; the exit status. With PLANISH_CPU set, only that level is run."""
    try:
        problems, lines = read_table(table.read_text())
        before = planish.cpu()
    except (OSError, ValueError, RuntimeError) as error:
        print(f"planish: {error}", file=sys.stderr)
        return 1
    if rewrite:
        return record(table, problems, lines)
    try:
        return compare(problems, list(lines.values()), [before] if os.environ.get("PLANISH_CPU") else planish.cpus())
    finally:
        planish.set_cpu(before)
