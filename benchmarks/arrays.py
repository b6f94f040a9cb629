"""The arrays of one cell, the same numbers in every process, and the comparison of results."""

import math
from pathlib import Path
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np

from cells import ITEM_SIZES, Cell

Array: TypeAlias = Any  # numpy.ndarray: NumPy is not among the tools that check types

EPS = 1e-5
ALIGNMENT = 64
NUMPY_DTYPES = {
    "f32": np.dtype(np.float32),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f16": np.dtype(np.float16),
    "f64": np.dtype(np.float64),
}
# How far a result may be off, relative to the largest of its array: single elements may be what cancellation left.
# Plain loops over a million floats need some room, and so do peers that compute in 16 bits.
TOLERANCES = {"f32": 1e-3, "bf16": 5e-2, "f16": 1e-2, "f64": 1e-9}

# The arrays of `Arrays` that hold an operation's results; "result" is y or dx.
RESULTS = {
    "forward": ("result",),
    "forward_statistics": ("result", "mean", "rstd"),
    "backward": ("result", "dweight", "dbias"),
    "backward_dx": ("result",),
}
SUMS = ("dweight", "dbias")


def empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """Starts at a cache line; the memory goes on to the end of one."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + 2 * ALIGNMENT, np.uint8)  # in huge pages, where NumPy can have them
    memory.fill(0)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def numbers(shape: tuple[int, ...], dtype: Any, seed: int, mean: float, sigma: float) -> Array:
    """Normally distributed. Large arrays repeat themselves, at a distance that no size is a multiple of."""
    count = int(np.prod(shape))
    block = np.random.default_rng(seed).standard_normal(min(count, 100_003), np.float32) * sigma + mean
    array = empty(shape, dtype)
    array[...] = np.resize(block, count).reshape(shape)
    return array


class Arrays:
    """Of shape (rows, features) or, for images, (rows, features, inner)."""

    def __init__(self, cell: Cell) -> None:
        shape = cell.shape
        self.dtype = NUMPY_DTYPES[cell.dtype]
        self.statistics_dtype = NUMPY_DTYPES["f64" if cell.dtype == "f64" else "f32"]
        full = (shape.rows, shape.features) + ((shape.inner,) if shape.image else ())
        reduced = (shape.rows, *full[2:])
        self.x = numbers(full, self.dtype, 1, 0.5, 1)
        self.weight = numbers((shape.features,), self.dtype, 2, 1, 0.1)
        self.bias = numbers((shape.features,), self.dtype, 3, 0, 0.1)
        self.result = empty(full, self.dtype)
        self.mean = empty(reduced, self.statistics_dtype)
        self.rstd = empty(reduced, self.statistics_dtype)
        self.dweight = empty((shape.features,), self.dtype)
        self.dbias = empty((shape.features,), self.dtype)
        self.dy = None
        if cell.is_backward:
            self.dy = numbers(full, self.dtype, 4, 0.25, 1)
            wide = self.x.astype(np.float64)
            self.mean[...] = wide.mean(axis=1)
            self.rstd[...] = 1 / np.sqrt(wide.var(axis=1) + EPS)
        self.result_names = RESULTS[cell.operation]

    def results(self) -> tuple[Array, ...]:
        """In the order of the operation's results; peers that cannot write into them give others."""
        return tuple(getattr(self, name) for name in self.result_names)

    def forget(self) -> None:
        """Not a number until the call writes it: a result that is left out is found."""
        for array in self.results():
            array.fill(np.nan)


def save(results: tuple[Array, ...], file: Path) -> None:
    """As doubles or floats: NumPy's files know no bfloat16."""
    np.savez(file, *(a if a.dtype.itemsize > 2 else a.astype(np.float32) for a in results))


class DifferentError(Exception):
    """The results are not those of planish."""


def compare(results: tuple[Array, ...], file: Path, cell: Cell) -> list[str]:
    """What is to be said about the results, next to those in the file.

    Some peers add up 16-bit gradients in 16 bits, and get far from the sum: they are timed, and it is said.
    """
    remarks = []
    with np.load(file) as expected:
        for name, result, key in zip(RESULTS[cell.operation], results, expected.files, strict=True):
            right = expected[key].ravel()
            wide = np.asarray(result).astype(right.dtype).ravel()
            if wide.shape != right.shape:
                raise DifferentError(f"{name} has {wide.size} elements, not {right.size}")
            error = float(np.max(np.abs(wide - right)) / np.max(np.abs(right)))
            if error <= TOLERANCES[cell.dtype]:
                continue
            text = f"{name} is off by {error:.2g} of its largest element"
            if name not in SUMS or ITEM_SIZES[cell.dtype] > 2 or not math.isfinite(error):
                raise DifferentError(text)
            remarks.append(text)
    return remarks
