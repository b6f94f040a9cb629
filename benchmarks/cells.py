"""The table of cells that drives the benchmark: operations, dtypes, shapes and numbers of threads."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

# What each computes.
OPERATIONS = {
    "forward": "y",
    "forward_statistics": "y, mean, rstd",
    "backward": "dx, dweight, dbias",
    "backward_dx": "dx",
}

DTYPES = {"f32": "float32", "bf16": "bfloat16", "f16": "float16", "f64": "float64"}
ITEM_SIZES = {"f32": 4, "bf16": 2, "f16": 2, "f64": 8}


@dataclass(frozen=True)
class Shape:
    """An array [rows][features][inner], normalized over the features."""

    rows: int
    features: int
    image: tuple[int, ...] = ()  # height and width behind the channels, which are the features

    @property
    def inner(self) -> int:
        height, width = self.image or (1, 1)
        return height * width

    @property
    def elements(self) -> int:
        return self.rows * self.features * self.inner

    @property
    def name(self) -> str:
        """As it is written in tables and on the command line."""
        return "x".join(map(str, (self.rows, self.features, *self.image)))


# From one row in the first-level cache to arrays that leave every cache, and the awkward ones.
SHAPES = {
    shape.name: shape
    for shape in (
        Shape(1, 64),
        Shape(1, 768),
        Shape(16, 768),
        Shape(128, 768),
        Shape(129, 771),
        Shape(512, 1024),
        Shape(4096, 768),
        Shape(2048, 4096),
        Shape(16384, 1024),
        Shape(32768, 256),
        Shape(100000, 64),
        Shape(8, 65536),
        Shape(1, 1048576),
        Shape(8, 768, (7, 7)),
        Shape(8, 96, (56, 56)),
    )
}


def cpu_count() -> int:
    """Of those that this process may use."""
    return len(os.sched_getaffinity(0))


def thread_text(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


# The short form: a small, a middle and a large array, and one of images.
SHORT_OPERATIONS = ("forward", "backward")
SHORT_DTYPES = ("f32", "bf16")
SHORT_SHAPES = ("1x768", "128x768", "16384x1024", "8x768x7x7")


@dataclass(frozen=True)
class Cell:
    """One operation in one dtype on one shape, with this many threads."""

    operation: str
    dtype: str
    shape_name: str
    threads: int

    @property
    def shape(self) -> Shape:
        return SHAPES[self.shape_name]

    @property
    def is_backward(self) -> bool:
        return self.operation.startswith("backward")

    @property
    def name(self) -> str:
        return f"{self.operation} {self.dtype} {self.shape_name}, {thread_text(self.threads)}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Cell":
        return cls(**{name: fields[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Selection:
    """Which part of the table is wanted."""

    operations: tuple[str, ...]
    dtypes: tuple[str, ...]
    shapes: tuple[str, ...]
    threads: tuple[int, ...]

    def cells(self) -> Iterator[Cell]:
        """In the order of measuring: the workers stay while the number of threads does."""
        for threads, dtype, operation, shape in product(self.threads, self.dtypes, self.operations, self.shapes):
            yield Cell(operation, dtype, shape, threads)
