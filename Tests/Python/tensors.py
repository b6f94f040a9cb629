"""Arrays of every dtype, made with the standard library alone: as buffers where those can say it, as DLPack tensors."""

from __future__ import annotations

import ctypes
import math
import struct
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from views import steps_of, strided

CODES = {"float32": (2, 32), "float64": (2, 64), "bfloat16": (4, 16), "float16": (2, 16)}
FORMATS = {"float32": "f", "float64": "d", "bfloat16": "H", "float16": "e"}


# ---- Bytes of numbers ----


def bfloat16_bits(value: float) -> int:
    """The upper half of a float, rounded to nearest even."""
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


def encode(dtype: str, values: Iterable[float]) -> bytearray:
    """The values in this dtype, rounded to nearest even."""
    numbers = list(values)
    if dtype == "bfloat16":
        return bytearray(struct.pack(f"{len(numbers)}H", *map(bfloat16_bits, numbers)))
    return bytearray(struct.pack(f"{len(numbers)}{FORMATS[dtype]}", *numbers))


def decode(dtype: str, data: bytes | bytearray) -> list[float]:
    if dtype == "bfloat16":
        words = struct.unpack(f"{len(data) // 2}H", data)
        return list(struct.unpack(f"{len(words)}f", struct.pack(f"{len(words)}I", *(word << 16 for word in words))))
    return list(struct.unpack(f"{len(data) // struct.calcsize(FORMATS[dtype])}{FORMATS[dtype]}", data))


# ---- DLPack ----


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_index", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Managed(ctypes.Structure):
    _fields_ = (("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", _Deleter))


class Versioned(ctypes.Structure):
    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", _Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    )


_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_new_capsule.restype = ctypes.py_object
_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.argtypes = [ctypes.py_object]
_capsule_name.restype = ctypes.c_char_p


class Tensor:
    """A producer of DLPack capsules that remembers what became of them. Attributes may be set to anything odd."""

    def __init__(self, dtype: str, data: bytearray, *shape: int) -> None:
        self.data: bytearray | None = data
        self.shape: Sequence[int] = shape or (len(data) * 8 // CODES[dtype][1],)
        self.strides: Sequence[int] | None = None
        self.offset = 0
        self.code, self.bits = CODES[dtype]
        self.lanes = 1
        self.device = (1, 0)
        self.said_device: Any = None  # unless the tensor's own
        self.version: tuple[int, int] | None = (1, 0)
        self.flags = 0
        self.name: bytes | None = None
        self.has_deleter = True
        self.capsules: list[Any] = []
        self.deleted = 0
        self.live: list[object] = []

    def __dlpack_device__(self) -> Any:
        return self.said_device or self.device

    def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
        return self.capsule(max_version is not None and self.version is not None)

    def capsule(self, versioned: bool) -> Any:
        managed = Versioned() if versioned else _Managed()
        if versioned:
            managed.major, managed.minor = self.version or (1, 0)
            managed.flags = self.flags
        self._fill(managed.tensor)
        delete = _Deleter(self._delete)
        if self.has_deleter:
            managed.deleter = delete
        self.live += [managed, delete]
        name = self.name or (b"dltensor_versioned" if versioned else b"dltensor")
        self.live.append(name)
        capsule = _new_capsule(ctypes.addressof(managed), name, None)
        self.capsules.append(capsule)
        return capsule

    def _fill(self, tensor: _Tensor) -> None:
        if self.data is not None:
            memory = (ctypes.c_char * len(self.data)).from_buffer(self.data)
            tensor.data = ctypes.addressof(memory)
            self.live.append(memory)
        tensor.device_type, tensor.device_index = self.device
        tensor.ndim = len(self.shape)
        tensor.code, tensor.bits, tensor.lanes = self.code, self.bits, self.lanes
        tensor.shape = (ctypes.c_int64 * len(self.shape))(*self.shape)
        if self.strides is not None:
            tensor.strides = (ctypes.c_int64 * len(self.strides))(*self.strides)
        tensor.byte_offset = self.offset

    def _delete(self, _: int) -> None:
        self.deleted += 1

    def names(self) -> list[bytes]:
        """What the capsules are called now."""
        return [_capsule_name(capsule) for capsule in self.capsules]

    def settled(self) -> bool:
        """Whether each tensor was taken from its capsule and given back once."""
        return self.deleted == len(self.capsules) and all(name.startswith(b"used_dltensor") for name in self.names())


class OldTensor(Tensor):
    """One that knows nothing of versions."""

    def __dlpack__(self) -> Any:  # type: ignore[override]
        return self.capsule(False)


class Taken:
    """A tensor taken from a capsule, as a consumer does."""

    def __init__(self, capsule: Any) -> None:
        name = _capsule_name(capsule)
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.argtypes, pointer.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
        rename = ctypes.pythonapi.PyCapsule_SetName
        rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
        kind = Versioned if name == b"dltensor_versioned" else _Managed
        address: int = pointer(capsule, name)
        self.read(kind.from_address(address), address)
        self.used = b"used_" + name
        rename(capsule, self.used)

    def read(self, managed: Any, address: int) -> None:
        """What a tensor says of itself."""
        self.address, self.managed = address, managed
        tensor = managed.tensor
        self.shape = tuple(tensor.shape[: tensor.ndim])
        self.strides = tuple(tensor.strides[: tensor.ndim])
        self.device = (tensor.device_type, tensor.device_index)
        self.dtype = next(name for name, code in CODES.items() if code == (tensor.code, tensor.bits))
        self.data: int = tensor.data or 0

    def bytes(self) -> bytes:
        count = math.prod(self.shape) * CODES[self.dtype][1] // 8
        return ctypes.string_at(self.data, count)

    def delete(self) -> None:
        self.managed.deleter(self.address)


# ---- One maker for all dtypes ----


def tensor(dtype: str, values: Iterable[float], *shape: int) -> Any:
    """A writable array: a DLPack tensor for bfloat16, otherwise a memoryview."""
    data = encode(dtype, values)
    if dtype == "bfloat16":
        return Tensor(dtype, data, *shape)
    itemsize = struct.calcsize(FORMATS[dtype])
    extents = shape or (len(data) // itemsize,)
    # Before Python 3.12, memoryview.cast knows no float16; and it takes no shape with a zero.
    view = strided(memoryview(data), extents, steps_of(extents, itemsize), format=FORMATS[dtype])
    weakref.finalize(view, id, data).atexit = False  # keeps the memory
    return view


def raw(array: Any) -> bytes:
    """The bytes of a result or of a tensor of this file."""
    return bytes(array.data or b"") if isinstance(array, Tensor) else memoryview(array).tobytes()


def dtype_of(result: Any) -> str:
    """The dtype of a result."""
    if isinstance(result, memoryview):
        return next(name for name, code in FORMATS.items() if code == result.format)
    name: str = result.dtype
    return name


def values_of(result: Any) -> list[float]:
    return decode(dtype_of(result), raw(result))
