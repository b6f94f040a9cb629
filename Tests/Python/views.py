"""Arrays for the tests, made with the standard library alone."""

from __future__ import annotations

import ctypes
import math
import struct
from array import array
from collections.abc import Iterable, Sequence
from typing import Any


def floats(values: Iterable[float], *shape: int) -> memoryview[float]:
    """A writable float32 array of this shape; without one, of one dimension."""
    flat = array("f", values)
    return memoryview(flat).cast("B").cast("f", shape or (len(flat),))


def zeros(*shape: int) -> memoryview[float]:
    """A float32 array of this shape, which may be ()."""
    return memoryview(bytearray(4 * math.prod(shape))).cast("f", shape)


def ramp(*shape: int) -> memoryview[float]:
    """A float32 array with different rows and no pattern that survives a mistake in strides."""
    return floats(((i * i * 7 + i * 3) % 61 / 4 - 7 for i in range(math.prod(shape))), *shape)


def bits(view: memoryview[float] | None) -> bytes:
    """The elements in C order, as bytes."""
    assert view is not None
    return view.tobytes()


class _Buffer(ctypes.Structure):
    """Py_buffer, which is part of the stable ABI since 3.11."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
        ("internal", ctypes.c_void_p),
    )


_formats: dict[str, bytes] = {}  # a memoryview points to its format, and nobody else keeps that

_from_buffer = ctypes.pythonapi.PyMemoryView_FromBuffer
_from_buffer.argtypes = [ctypes.POINTER(_Buffer)]
_from_buffer.restype = ctypes.py_object


def strided(
    memory: memoryview[Any], shape: Sequence[int], strides: Sequence[int], start: int = 0, format: str = "f"
) -> memoryview[float]:
    """A view of any layout and format; strides and start count bytes. The caller keeps `memory` alive."""
    itemsize = struct.calcsize(format)
    extents = (ctypes.c_ssize_t * len(shape))(*shape)
    steps = (ctypes.c_ssize_t * len(shape))(*strides)
    first = (ctypes.c_char * memory.nbytes).from_buffer(memory)
    buffer = _Buffer(
        buf=ctypes.addressof(first) + start,
        len=itemsize * math.prod(shape),
        itemsize=itemsize,
        ndim=len(shape),
        format=_formats.setdefault(format, format.encode()),
        shape=extents,
        strides=steps,
    )
    view: memoryview[float] = _from_buffer(ctypes.byref(buffer))
    return view


def steps_of(shape: Sequence[int], itemsize: int) -> list[int]:
    """The strides in bytes of an array in C order."""
    return [itemsize * math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
