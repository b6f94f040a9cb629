"""planish through its Python package: with `out`, and as called most simply."""

from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from arrays import EPS, NUMPY_DTYPES, Array, Arrays
from cells import Cell
from ways import Way


def as_tuple(value: Any) -> tuple[Array, ...]:
    return value if isinstance(value, tuple) else (value,)


class PlanishPython:
    def __init__(self) -> None:
        self.planish: Any = import_module("planish")
        self.version = f"{self.planish.__version__} ({self.planish.cpu()})"

    def forward(self, cell: Cell, arrays: Arrays) -> tuple[partial[Any], Any]:
        options: dict[str, Any] = {"eps": EPS}
        out = arrays.results()
        if cell.operation == "forward_statistics":
            options["return_stats"] = True
        call = partial(self.planish.layer_norm, arrays.x, arrays.weight, arrays.bias, **options)
        return call, out if len(out) > 1 else out[0]

    def backward(self, cell: Cell, arrays: Arrays) -> tuple[partial[Any], Any]:
        options: dict[str, Any] = {"mean": arrays.mean, "rstd": arrays.rstd, "eps": EPS}
        if cell.operation == "backward_dx":
            options["needs"] = (True, False, False)
        call = partial(self.planish.layer_norm_backward, arrays.dy, arrays.x, arrays.weight, **options)
        results = arrays.results()
        return call, results + (None,) * (3 - len(results))

    def ways(self, cell: Cell, arrays: Arrays) -> dict[str, Way]:
        call, out = self.backward(cell, arrays) if cell.is_backward else self.forward(cell, arrays)
        if cell.shape.image:
            call = partial(call, axis=1)

        def fresh_results(value: Any) -> tuple[Array, ...]:
            return tuple(self.array(result, cell) for result in as_tuple(value) if result is not None)

        return {
            "out": Way(partial(call, out=out), lambda _: arrays.results()),
            "fresh": Way(call, fresh_results),
        }

    @staticmethod
    def array(result: Any, cell: Cell) -> Array:
        if isinstance(result, np.ndarray):
            return result
        array = np.asarray(memoryview(result))  # of a build that gave memoryviews
        return array.view(NUMPY_DTYPES["bf16"]) if cell.dtype == "bf16" and array.dtype == np.uint16 else array
