"""Whose arrays results are: those of x's library, which is never imported for it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from array import array
from types import ModuleType
from typing import Any

import pytest

import planish
from tensors import Tensor, encode
from views import ramp


@pytest.mark.parametrize(
    "x",
    [array("f", [1, 2]), ramp(2, 4), (ctypes.c_float * 4)(), memoryview(bytes(16)).cast("f")],
    ids=lambda x: type(x).__name__,
)
def test_buffers_give_memoryviews(x: Any) -> None:
    assert type(planish.layer_norm(x)) is memoryview
    assert [type(gradient) for gradient in planish.layer_norm_backward(x, x)] == [memoryview] * 3


def test_nothing_is_imported() -> None:
    code = """
import sys, planish
from array import array
planish.layer_norm_backward(array("f", [1, 2]), array("f", [1, 2]))
print([name for name in ("numpy", "torch", "jax", "ml_dtypes") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def values(dtype: str = "float32") -> Any:
    return dtype, encode(dtype, range(12)), 3, 4


def test_a_tensor_of_no_library_gives_memoryviews() -> None:
    assert type(planish.layer_norm(Tensor(*values()))) is memoryview
    assert type(planish.layer_norm(Tensor(*values("bfloat16")))) is type(planish.layer_norm(ramp(2, 4)).obj)


class Space:
    """A namespace as the array API standard has it."""

    @staticmethod
    def from_dlpack(tensor: Any) -> Any:
        return "array", tensor.shape, tensor.dtype


class Standard(Tensor):
    def __array_namespace__(self) -> Any:
        return Space


def test_a_tensor_with_a_namespace() -> None:
    y, mean, _ = planish.layer_norm(Standard(*values("bfloat16")), return_stats=True)
    assert (y, mean) == (("array", (3, 4), "bfloat16"), ("array", (3,), "float32"))


def test_a_namespace_that_fails() -> None:
    class Broken(Tensor):
        def __array_namespace__(self) -> Any:
            raise RuntimeError("no namespace today")

    with pytest.raises(RuntimeError, match="no namespace today"):
        planish.layer_norm(Broken(*values()))


def test_a_tensor_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Packed(Tensor):
        __module__ = "some_package.arrays"

    package = ModuleType("some_package")
    package.from_dlpack = Space.from_dlpack  # type: ignore[attr-defined]
    assert type(planish.layer_norm(Packed(*values()))) is memoryview
    monkeypatch.setitem(sys.modules, "some_package", package)
    assert planish.layer_norm(Packed(*values())) == ("array", (3, 4), "float32")


def test_more_types_than_are_remembered() -> None:
    """Each is found anew then; and each array gives what its own type says."""
    for number in range(50):
        kind: Any = type(f"Kind{number}", (Standard if number % 2 else Tensor,), {})
        for _ in range(2):
            assert (type(planish.layer_norm(kind(*values()))) is tuple) == bool(number % 2)
