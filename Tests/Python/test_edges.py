"""The edges in Tests/Cases/edges.txt: every dtype through the C functions, float32 through the package too."""

from __future__ import annotations

import ctypes
import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

import pytest

import planish
from cases import Results, matrix, run

TABLE = Path(__file__).resolve().parent.parent / "Cases" / "edges.txt"
DTYPES = {"f32": 1, "f64": 2, "bf16": 3, "f16": 4}
BAD_SIZE, BAD_EPS = 2, 5


@dataclass(frozen=True)
class Edge:
    name: str
    dtype: str
    rows: int
    features: int
    fields: dict[str, str]

    @property
    def eps(self) -> float:
        eps = number(self.fields["eps"], "f64")
        assert eps is not None
        return eps

    def values(self, field: str, dtype: str, count: int) -> list[float | None]:
        """The list of a field as numbers of the dtype, as often as it goes into `count`; None is not checked."""
        values: list[float | None] = []
        for element in self.fields[field].split(","):
            times, star, value = element.rpartition("*")
            values += [number(value, dtype)] * (int(times) if star else 1)
        return [values[i % len(values)] for i in range(count)]

    def input(self, field: str, count: int) -> list[float] | None:
        if field not in self.fields:
            return None
        return [value for value in self.values(field, self.dtype, count) if value is not None]

    def expected(self, field: str, dtype: str, count: int) -> list[float | None]:
        match self.fields[field]:
            case "bias":
                return self.values("bias", dtype, self.features) * self.rows
            case "x":
                return self.values("x", self.dtype, self.rows * self.features)[:: self.features]
        return self.values(field, dtype, count)


def read_edges() -> list[Edge]:
    edges = []
    for line in TABLE.read_text().replace("\n ", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, dtypes, shape, *fields = line.split()
        rows, features = shape.split("x")
        for dtype in DTYPES if dtypes == "all" else dtypes.split(","):
            pairs = dict(field.split("=") for field in fields)
            edges.append(Edge(name, dtype, int(rows), int(features), pairs))
    return edges


# ---- Numbers ----


def encoded(value: float, dtype: str) -> bytes:
    if dtype == "bf16":  # the upper half of a float, rounded to nearest even
        (bits,) = struct.unpack("<I", struct.pack("<f", value))
        return struct.pack("<H", (bits if value != value else bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    return struct.pack("<" + {"f32": "f", "f64": "d", "f16": "e"}[dtype], value)


def decoded(data: bytes, dtype: str) -> list[float]:
    if dtype == "bf16":
        return [struct.unpack("<f", b"\0\0" + data[i : i + 2])[0] for i in range(0, len(data), 2)]
    return [value for (value,) in struct.iter_unpack("<" + {"f32": "f", "f64": "d", "f16": "e"}[dtype], data)]


LARGEST = {"f32": b"\xff\xff\x7f\x7f", "f64": b"\xff" * 6 + b"\xef\x7f", "bf16": b"\x7f\x7f", "f16": b"\xff\x7b"}


def number(text: str, dtype: str) -> float | None:
    """The number as the dtype has it."""
    if text == "?":
        return None
    size = len(LARGEST[dtype])
    sign = -1 if text.startswith("-") else 1
    match text.removeprefix("-"):
        case "max":
            return sign * decoded(LARGEST[dtype], dtype)[0]
        case "sub":
            return sign * decoded(b"\x01".ljust(size, b"\0"), dtype)[0]
    value = float.fromhex(text) if "0x" in text else float(text)
    return decoded(encoded(value, dtype), dtype)[0]


# ---- The C functions ----


class Norm(ctypes.Structure):
    """planish_layer_norm."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        ("dtype", ctypes.c_int),
        ("weight_dtype", ctypes.c_int),
        ("bias_dtype", ctypes.c_int),
        ("reserved", ctypes.c_int32),
        ("rows", ctypes.c_int64),
        ("features", ctypes.c_int64),
        ("inner", ctypes.c_int64),
        ("eps", ctypes.c_double),
        ("strides", ctypes.c_int64 * 8),
    )


LIBRARY = ctypes.CDLL(planish.get_library())
LIBRARY.planish_layer_norm_forward.argtypes = [ctypes.POINTER(Norm), *[ctypes.c_void_p] * 6]
LIBRARY.planish_layer_norm_backward.argtypes = [ctypes.POINTER(Norm), *[ctypes.c_void_p] * 8]


def run_c(edge: Edge, rows: range, statistics: bool) -> tuple[set[int], Results]:
    """Both statuses, and the results of some of the rows; with forward's statistics given to backward, or not."""
    wide = "f64" if edge.dtype == "f64" else "f32"
    size = {"f32": 4, "f64": 8, "bf16": 2, "f16": 2}
    elements = len(rows) * edge.features

    def given(field: str, shared: bool) -> ctypes.Array[ctypes.c_char] | None:
        values = edge.input(field, edge.features if shared else edge.rows * edge.features)
        if values is None:
            return None
        part = values if shared else values[rows.start * edge.features : rows.stop * edge.features]
        return ctypes.create_string_buffer(
            b"".join(encoded(value, edge.dtype) for value in part), len(part) * size[edge.dtype] + 1
        )

    def room(count: int, dtype: str) -> ctypes.Array[ctypes.c_char]:
        return ctypes.create_string_buffer(b"\x2a" * (count * size[dtype]))

    x, dy, weight, bias = given("x", False), given("dy", False), given("weight", True), given("bias", True)
    y, dx = room(elements, edge.dtype), room(elements, edge.dtype)
    mean, rstd = room(len(rows), wide), room(len(rows), wide)
    dweight, dbias = room(edge.features, edge.dtype), room(edge.features, edge.dtype)
    norm = Norm(
        size=ctypes.sizeof(Norm), dtype=DTYPES[edge.dtype], rows=len(rows), features=edge.features, eps=edge.eps
    )
    known = (mean, rstd) if statistics else (None, None)
    statuses = {
        LIBRARY.planish_layer_norm_forward(norm, x, weight, bias, y, mean, rstd),
        LIBRARY.planish_layer_norm_backward(norm, dy, x, weight, *known, dx, dweight, dbias),
    }
    own = [decoded(out.raw[:-1], edge.dtype) for out in (y, dx, dweight, dbias)]
    wides = [decoded(out.raw[:-1], wide) for out in (mean, rstd)]
    return statuses, Results(own[0], *wides, *own[1:])


# ---- Tests ----


def same(got: float, expected: float | None) -> bool:
    """With the sign of a zero; any NaN is the same as any other."""
    return (
        expected is None or struct.pack("d", got) == struct.pack("d", expected) or (got != got and expected != expected)
    )


def check(edge: Edge, got: Results) -> None:
    wide = "f64" if edge.dtype == "f64" else "f32"
    for field, values in got._asdict().items():
        if field in edge.fields:
            expected = edge.expected(field, wide if field in ("mean", "rstd") else edge.dtype, len(values))
            assert all(map(same, values, expected)), f"{field} is {values[:8]}, expected {expected[:8]}"


def check_rows_alone(edge: Edge, got: Results, statistics: bool) -> None:
    """No row knows of another."""
    for row in range(edge.rows):
        alone = run_c(edge, range(row, row + 1), statistics)[1]
        part = slice(row * edge.features, (row + 1) * edge.features)
        batch = (got.y[part], got.dx[part], [got.mean[row]], [got.rstd[row]])
        for one, other in zip(batch, (alone.y, alone.dx, alone.mean, alone.rstd), strict=True):
            assert all(map(same, one, other)), f"row {row} alone gives {other[:8]}, not {one[:8]}"


EDGES = read_edges()
every_edge = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.name}-{edge.dtype}")


@every_edge
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.usefixtures("level")
def test_edge(edge: Edge, statistics: bool) -> None:
    statuses, got = run_c(edge, range(edge.rows), statistics)
    if "error" in edge.fields:
        assert statuses == {{"eps": BAD_EPS, "features": BAD_SIZE}[edge.fields["error"]]}
        return
    assert statuses == {0}
    check(edge, got)
    check_rows_alone(edge, got, statistics)


@pytest.mark.parametrize("edge", [e for e in EDGES if e.dtype == "f32"], ids=lambda edge: edge.name)
def test_edge_of_the_package(edge: Edge) -> None:
    def given(field: str, count: int) -> array[float] | None:
        values = edge.input(field, count)
        return None if values is None else array("f", values)

    x, dy = (given(field, edge.rows * edge.features) or array("f") for field in ("x", "dy"))
    weight, bias = (given(field, edge.features) for field in ("weight", "bias"))
    if edge.features:
        rows = [matrix(values, edge.rows, edge.features) for values in (x, dy)]
    else:  # a shape that memoryview.cast refuses
        rows = [memoryview((ctypes.c_float * 0 * edge.rows)())] * 2
    if "error" in edge.fields:
        for call in (
            lambda: planish.layer_norm(rows[0], eps=edge.eps),
            lambda: planish.layer_norm_backward(*rows, eps=edge.eps),
        ):
            with pytest.raises(ValueError, match=edge.fields["error"] + " is"):
                call()
        return
    check(edge, run(rows[0], rows[1], weight, bias, edge.eps))
