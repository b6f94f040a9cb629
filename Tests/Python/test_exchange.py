"""Tensors by DLPack's table of C functions: when it is used, and when the object is asked by its methods as ever."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

import planish
from tensors import Taken, Tensor, Versioned, encode, raw

VALUES = [float(i * i % 11) for i in range(12)]

_Lend = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(ctypes.c_void_p))
_Adopt = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))


class _Table(ctypes.Structure):
    pass


_Table._fields_ = [
    ("major", ctypes.c_uint32),
    ("minor", ctypes.c_uint32),
    ("previous", ctypes.POINTER(_Table)),
    ("allocate", ctypes.c_void_p),
    ("lend", _Lend),
    ("adopt", _Adopt),
]

_live: list[object] = []  # a library's table lives as long as the process


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.argtypes, _pointer.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
_rename = ctypes.pythonapi.PyCapsule_SetName
_rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
_USED = b"used_dltensor_versioned"


def _take(object: Any, tensor: Any) -> int:
    """What a library does in C; here by way of a capsule, which is then used."""
    object.lent += 1
    if object.fails:
        return -1
    capsule = object.capsule(True)
    tensor[0] = _pointer(capsule, b"dltensor_versioned")
    _rename(capsule, _USED)
    return 0


_lend = _Lend(_take)


def _capsule(table: _Table, name: bytes = b"dlpack_exchange_api") -> Any:
    new = ctypes.pythonapi.PyCapsule_New
    new.argtypes, new.restype = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p], ctypes.py_object
    _live.extend((table, name))
    return new(ctypes.addressof(table), name, None)


def _adopt_tensor(address: int, object: Any) -> int:
    """What a library does in C: an object that owns the tensor."""
    owner = Adopted(address)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(owner))
    object[0] = id(owner)
    return 0


class Adopted(Taken):
    """An array of the library that has ADOPTING."""

    def __init__(self, address: int) -> None:
        self.read(Versioned.from_address(address), address)


_adopt = _Adopt(_adopt_tensor)
TABLE = _Table(1, 3, None, None, _lend)
ADOPTING = _Table(1, 3, None, None, _lend, _adopt)
LATER = _Table(2, 0, ctypes.pointer(TABLE), None, _lend)
FOREIGN = _Table(2, 0, None, None, _lend)


class Lent(Tensor):
    """A tensor of a library that has a table."""

    __dlpack_c_exchange_api__ = _capsule(TABLE)
    lent = asked = 0
    fails = False

    def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
        self.asked += 1
        return super().__dlpack__(max_version=max_version)


def make(kind: type[Lent] = Lent, dtype: str = "float32", **attributes: Any) -> Lent:
    made = kind(dtype, encode(dtype, VALUES), 3, 4)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def expected(dtype: str) -> bytes:
    return raw(planish.layer_norm(Tensor(dtype, encode(dtype, VALUES), 3, 4)))


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_it_is_used(dtype: str) -> None:
    x, out = make(dtype=dtype), make(dtype=dtype)
    assert raw(planish.layer_norm(x)) == expected(dtype)
    assert planish.layer_norm(x, out=out) is out
    assert raw(out) == expected(dtype)
    assert (x.lent, x.asked, out.lent, out.asked) == (2, 0, 1, 0)
    assert x.settled()
    assert out.settled()


def test_a_read_only_tensor_stays_so() -> None:
    out = make(flags=1)
    with pytest.raises(BufferError, match=r"^out is read-only$"):
        planish.layer_norm(make(), out=out)
    assert out.settled()


def test_a_table_of_an_earlier_version() -> None:
    class Later(Lent):
        __dlpack_c_exchange_api__ = _capsule(LATER)

        def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
            return super().__dlpack__(max_version=max_version)

    x = make(Later)
    assert raw(planish.layer_norm(x)) == expected("float32")
    assert (x.lent, x.asked) == (1, 0)


@pytest.mark.parametrize(
    "capsule", [_capsule(FOREIGN), _capsule(TABLE, b"other"), None, 1], ids=["version", "name", "none", "no capsule"]
)
def test_a_table_that_cannot_be_used(capsule: object) -> None:
    class Odd(Lent):
        __dlpack_c_exchange_api__ = capsule

        def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
            return super().__dlpack__(max_version=max_version)

    x = make(Odd)
    assert raw(planish.layer_norm(x)) == expected("float32")
    assert (x.lent, x.asked, x.settled()) == (0, 1, True)


def test_a_subclass_is_asked_itself() -> None:
    class Plain(Lent):
        pass

    class Refuses(Lent):
        def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
            raise BufferError("not mine to lend")

    x = make(Plain)
    assert raw(planish.layer_norm(x)) == expected("float32")
    assert (x.lent, x.asked) == (0, 1)
    with pytest.raises(BufferError, match="not mine to lend"):
        planish.layer_norm(make(Refuses))


def test_a_tensor_that_requires_its_gradient_is_asked_itself() -> None:
    for required, lent in ((True, 0), (False, 1), (None, 0)):
        x = make(requires_grad=required)
        assert raw(planish.layer_norm(x)) == expected("float32")
        assert (x.lent, x.asked) == (lent, 1 - lent)


@pytest.mark.parametrize(
    ("attributes", "error", "text"),
    [
        ({"device": (2, 0)}, BufferError, "x is on a device of type 2 (CUDA); it must be on the CPU"),
        ({"code": 0}, TypeError, "x has dtype int32; expected float32, float64, bfloat16 or float16"),
        ({"version": (2, 0)}, BufferError, "x comes with DLPack version 2.0; expected 1"),
    ],
)
def test_errors_are_those_of_the_methods(attributes: dict[str, Any], error: type[Exception], text: str) -> None:
    x = make(**attributes)
    with pytest.raises(error) as caught:
        planish.layer_norm(x)
    assert str(caught.value) == text
    assert (x.lent, x.settled()) == (1, True)


def test_a_function_that_fails_is_not_the_end() -> None:
    x = make(fails=True)
    assert raw(planish.layer_norm(x)) == expected("float32")
    assert (x.lent, x.asked, x.settled()) == (1, 1, True)


def test_bad_sizes() -> None:
    x = make(shape=(-1, 4))
    with pytest.raises(BufferError, match=r"^x comes with a DLPack tensor whose sizes cannot be$"):
        planish.layer_norm(x)
    assert x.settled()


class Own(Lent):
    """A tensor of a library that also takes tensors over."""

    __dlpack_c_exchange_api__ = _capsule(ADOPTING)

    def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
        return super().__dlpack__(max_version=max_version)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_results_are_the_librarys(dtype: str) -> None:
    x = make(Own, dtype)
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    dx, dweight, dbias = planish.layer_norm_backward(x, x)
    for result in (y, mean, rstd, dx, dweight, dbias):
        assert isinstance(result, Adopted)
        assert result.data % 64 == 0
    assert (y.bytes(), y.shape, y.dtype, mean.shape) == (expected(dtype), (3, 4), dtype, (3,))
    for result in (y, mean, rstd, dx, dweight, dbias):
        result.delete()
    assert x.settled()


def test_a_subclass_gets_the_librarys_too() -> None:
    class Sub(Own):
        pass

    y = planish.layer_norm(make(Sub))
    assert isinstance(y, Adopted)
    y.delete()
