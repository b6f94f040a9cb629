"""Those who are called from C: planish, oneDNN, plain loops, and the limit of the machine."""

import ctypes
from collections.abc import Callable

import numpy as np

import native
from arrays import EPS, NUMPY_DTYPES, Array, Arrays, empty
from cells import DTYPES, OPERATIONS, Cell
from ways import UnsupportedError, Way, native_way


def address(array: Array | None) -> int | None:
    return None if array is None else array.ctypes.data


def problem_of(cell: Cell, arrays: Arrays, **others: Array) -> native.Problem:
    """`others` take the place of the cell's own arrays. All arrays must be kept alive."""
    shape = cell.shape
    numbers = (shape.rows, shape.features, shape.inner, arrays.x.nbytes)
    problem = native.Problem(list(OPERATIONS).index(cell.operation), list(DTYPES).index(cell.dtype), *numbers, EPS)
    for name in ("x", "dy", "weight", "bias", "result", "mean", "rstd", "dweight", "dbias"):
        setattr(problem, name, address(getattr(arrays, name)))
    for name, array in others.items():
        setattr(problem, name, address(array))
    return problem


def direction(cell: Cell) -> str:
    return "backward" if cell.is_backward else "forward"


def written(arrays: Arrays) -> Callable[[object], tuple[Array, ...]]:
    """The results are where the cell has its memory for them."""
    return lambda _: arrays.results()


class Planish:
    def __init__(self) -> None:
        self.library = native.load("planish")
        self.library.planish_cpu.restype = ctypes.c_char_p
        number = self.library.planish_version()
        level = self.library.planish_cpu().decode()
        self.version = f"{number // 10000}.{number // 100 % 100}.{number % 100} ({level})"

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        problem = problem_of(cell, arrays)
        return {"C": native_way(self.library, f"planish_{direction(cell)}", ctypes.pointer(problem), written(arrays))}


class Naive:
    def __init__(self) -> None:
        self.library = native.load("naive")
        self.version = ""

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        if cell.threads > 1:
            raise UnsupportedError("has one thread")
        problem = problem_of(cell, arrays)
        return {"C": native_way(self.library, f"naive_{direction(cell)}", ctypes.pointer(problem), written(arrays))}


class Limit:
    """The same bytes are moved; there are no results to compare."""

    def __init__(self) -> None:
        self.library = native.load("limit")
        self.version = ""

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        names = ["plain", "streaming"]
        if cell.threads > 1:
            names += ["plain_together", "streaming_together"]
        context = ctypes.pointer(problem_of(cell, arrays))
        return {
            name.replace("_", ", "): native_way(self.library, f"limit_{name}", context, written(arrays))
            for name in names
        }


class OneDnn:
    """Has float32 for weight, bias, their gradients and the statistics, whatever the dtype of x."""

    def __init__(self) -> None:
        self.library = native.load("onednn")
        self.library.onednn_make.restype = ctypes.c_void_p
        self.library.onednn_implementation.restype = ctypes.c_char_p
        number = self.library.onednn_version()
        self.version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        own = own_arrays(cell, arrays)
        self.problem = problem_of(cell, arrays, **own)  # oneDNN holds its address

        def results(_: object) -> tuple[Array, ...]:
            rstd = 1 / np.sqrt(own["variance"] + EPS)
            found = {"result": arrays.result, **own, "rstd": rstd}
            return tuple(found[name] for name in arrays.result_names)

        found: dict[str, Way] = {}
        for reorders in range(2 if cell.shape.image else 1):
            made = self.library.onednn_make(ctypes.byref(self.problem), reorders)
            if made is None:
                raise UnsupportedError(f"has no {cell.dtype} for this")
            context = ctypes.c_void_p(made)
            name = self.library.onednn_implementation(context).decode() + (", reordered" if reorders else "")
            found[name] = native_way(self.library, "onednn_call", context, results)
        return found


def own_arrays(cell: Cell, arrays: Arrays) -> dict[str, Array]:
    """What oneDNN wants in another dtype than the cell has it."""
    f32 = NUMPY_DTYPES["f32"]
    own = {name: empty(arrays.weight.shape, f32) for name in ("weight", "bias", "dweight", "dbias")}
    own |= {name: empty(arrays.mean.shape, f32) for name in ("mean", "variance")}
    own["weight"][...], own["bias"][...] = arrays.weight, arrays.bias
    if cell.is_backward:
        own["mean"][...] = arrays.mean
        own["variance"][...] = 1 / arrays.rstd.astype(np.float64) ** 2 - EPS
    return own
