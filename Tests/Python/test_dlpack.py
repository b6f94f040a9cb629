"""DLPack in both directions: what is taken, what is refused, and that each tensor is given back exactly once."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

import planish
from tensors import CODES, OldTensor, Taken, Tensor, encode, raw, tensor, values_of

norm: Callable[..., Any] = planish.layer_norm
grad: Callable[..., Any] = planish.layer_norm_backward

VALUES = [float(i * i % 11) for i in range(12)]


def make(dtype: str = "bfloat16", kind: type[Tensor] = Tensor, shape: tuple[int, ...] = (3, 4)) -> Tensor:
    return kind(dtype, encode(dtype, VALUES), *shape)


def changed(**attributes: Any) -> Tensor:
    """A tensor with odd attributes."""
    made = make()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


# ---- In ----


@pytest.mark.parametrize("kind", [Tensor, OldTensor])
@pytest.mark.parametrize("dtype", CODES)
def test_every_argument(dtype: str, kind: type[Tensor]) -> None:
    x, dy = make(dtype, kind), make(dtype, kind)
    weight, bias = (kind(dtype, encode(dtype, [1, 2, 0.5, -1])) for _ in range(2))
    got = norm(x, weight, bias, return_stats=True)
    statistics = "float64" if dtype == "float64" else "float32"
    mean, rstd = (kind(statistics, bytearray(raw(a))) for a in got[1:])
    gradients = grad(dy, x, weight, mean=mean, rstd=rstd)
    plain, row = tensor(dtype, VALUES, 3, 4), tensor(dtype, [1, 2, 0.5, -1])
    assert [raw(a) for a in got] == [raw(a) for a in norm(plain, row, row, return_stats=True)]
    assert [raw(a) for a in gradients] == [raw(a) for a in grad(plain, plain, row)]
    given = (x, dy, weight, bias, mean, rstd)
    assert all(a.settled() for a in given)
    assert [len(a.capsules) for a in given] == [2, 1, 2, 1, 1, 1]
    assert x.names()[0] == (b"used_dltensor" if kind is OldTensor else b"used_dltensor_versioned")


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((3, 4), None, 0),
        ((3, 4), (4, 1), 0),
        ((2, 4), (8, 1), 0),
        ((2, 4), None, 8),
        ((3, 2), (4, 1), 4),
        ((4, 3), (1, 4), 0),
        ((3, 4), (-4, -1), 22),
        ((3, 4), (0, 1), 8),
        ((0, 4), None, 0),
        ((0, 4), (1, 1), 0),
        ((12,), None, 0),
        ((1, 4, 1), (77, 1, 99), 0),
    ],
)
def test_layouts(shape: tuple[int, ...], strides: tuple[int, ...] | None, offset: int) -> None:
    x = make(shape=shape)
    x.strides, x.offset = strides, offset
    steps = strides or tuple(shape[-1] ** (len(shape) - 1 - axis) for axis in range(len(shape)))
    places = [offset // 2]
    for extent, step in zip(shape, steps, strict=True):
        places = [place + i * step for place in places for i in range(extent)]
    y = norm(x)
    assert y.shape == shape
    assert raw(y) == raw(norm(Tensor("bfloat16", encode("bfloat16", [VALUES[p] for p in places]), *shape)))
    assert x.settled()


def test_no_memory_for_no_elements() -> None:
    x = changed(data=None, shape=(0, 4))
    assert norm(x).shape == (0, 4)
    assert x.settled()


def test_no_deleter() -> None:
    x = changed(has_deleter=False)
    assert raw(norm(x)) == raw(norm(make()))
    assert x.names() == [b"used_dltensor_versioned"]


def test_no_dimensions() -> None:
    mean = Tensor("float32", encode("float32", [5.5]))
    mean.shape = ()
    row = make(shape=(12,))
    _, plain, rstd = norm(row, return_stats=True)
    mean.data = bytearray(raw(plain))
    assert raw(grad(row, row, mean=mean, rstd=rstd)[0]) == raw(grad(row, row)[0])


def test_a_newer_minor_version() -> None:
    assert raw(norm(changed(version=(1, 99)))) == raw(norm(make()))


# ---- Out ----


@pytest.mark.parametrize("dtype", CODES)
def test_out(dtype: str) -> None:
    x, out = make(dtype), make(dtype)
    assert norm(x, out=out) is out
    assert raw(out) == raw(norm(tensor(dtype, VALUES, 3, 4)))
    assert out.settled()
    x = make(dtype)
    assert norm(x, out=x) is x
    assert raw(x) == raw(out)


def test_strided_out() -> None:
    out = changed(shape=(3, 2), strides=(4, 1), offset=2)
    norm(changed(shape=(3, 2), strides=(4, 1)), out=out)
    values = [v for row in range(3) for v in VALUES[4 * row : 4 * row + 2]]
    y = values_of(norm(tensor("bfloat16", values, 3, 2)))
    assert out.data is not None
    got = [Tensor("bfloat16", out.data)]
    assert raw(got[0]) == bytes(
        encode("bfloat16", [v for r in range(3) for v in (VALUES[4 * r], *y[2 * r : 2 * r + 2], VALUES[4 * r + 3])])
    )


# ---- Refused ----

LIST = "expected float32, float64, bfloat16 or float16"
COPIED = "out comes by DLPack as a copy"
UNVERSIONED = "out comes in an unversioned DLPack capsule, which does not say whether it may be written"
SIZES = "x comes with a DLPack tensor whose sizes cannot be"

REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "another device": ({"device": (2, 1)}, BufferError, "x is on a device of type 2 (CUDA); it must be on the CPU"),
    "ROCm": ({"device": (10, 0)}, BufferError, "x is on a device of type 10 (ROCm); it must be on the CPU"),
    "an unknown device": (
        {"device": (99, 0)},
        BufferError,
        "x is on a device of type 99 (unknown); it must be on the CPU",
    ),
    "a device that was not announced": (
        {"device": (8, 0), "said_device": (1, 0)},
        BufferError,
        "x is on a device of type 8 (Metal); it must be on the CPU",
    ),
    "a device that is no tuple": (
        {"said_device": 1},
        TypeError,
        "__dlpack_device__() must be a tuple of two, not int",
    ),
    "a huge device": (
        {"said_device": (2**40, 0)},
        BufferError,
        "x is on a device of type -1 (unknown); it must be on the CPU",
    ),
    "another version": ({"version": (2, 3)}, BufferError, "x comes with DLPack version 2.3; expected 1"),
    "another capsule": ({"name": b"tensor"}, BufferError, "x.__dlpack__() gave a capsule named 'tensor'"),
    "a used capsule": (
        {"name": b"used_dltensor"},
        BufferError,
        "x.__dlpack__() gave a capsule named 'used_dltensor'",
    ),
    "int32": ({"code": 0, "bits": 32}, TypeError, f"x has dtype int32; {LIST}"),
    "complex64": ({"code": 5, "bits": 64}, TypeError, f"x has dtype complex64; {LIST}"),
    "bool": ({"code": 6, "bits": 8}, TypeError, f"x has dtype bool8; {LIST}"),
    "float8": ({"code": 10, "bits": 8}, TypeError, f"x has dtype 10 of 8 bits; {LIST}"),
    "vectors": ({"lanes": 4}, TypeError, f"x has dtype bfloat16 x 4; {LIST}"),
    "too many dimensions": (
        {"shape": (1,) * 65},
        BufferError,
        "x has 65 dimensions; at most 64 are supported",
    ),
    "no dimensions": ({"shape": ()}, ValueError, "x has no dimensions; it must have at least one"),
    "a negative size": ({"shape": (3, -4)}, BufferError, SIZES),
    "a size that is too large": ({"shape": (2**40, 2**40)}, BufferError, SIZES),
    "strides that are too large": ({"strides": (2**62, 2**63 - 1)}, BufferError, SIZES),
    "no memory": ({"data": None}, BufferError, SIZES),
}


@pytest.mark.parametrize(("odd", "error", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(odd: dict[str, Any], error: type[Exception], text: str) -> None:
    x = changed(**odd)
    with pytest.raises(error) as caught:
        norm(x)
    assert (type(caught.value), str(caught.value)) == (error, text)
    if "name" in odd:
        assert (x.deleted, x.names()) == (0, [odd["name"]])
    else:
        assert x.settled()


@pytest.mark.parametrize(
    ("out", "text"),
    [
        (lambda: changed(flags=1), "out is read-only"),
        (lambda: changed(flags=2), COPIED),
        (lambda: make(kind=OldTensor), UNVERSIONED),
        (lambda: changed(strides=(1, 3)), "out has strides (2, 6); its rows must be contiguous, in order and a"),
    ],
)
def test_refused_out(out: Callable[[], Tensor], text: str) -> None:
    x, y = make(), out()
    with pytest.raises(BufferError) as caught:
        norm(x, out=y)
    assert str(caught.value).startswith(text)
    assert x.settled()
    assert y.settled()
    assert y.data == encode("bfloat16", VALUES)
    assert y.flags != 1 or raw(norm(y))  # to be read, it will do


@pytest.mark.parametrize(
    "wrong", [{"axis": 5}, {"eps": -1}, {"weight": make(shape=(12,))}, {"bias": 1}, {"out": make("float32")}], ids=str
)
def test_given_back_after_errors(wrong: dict[str, Any]) -> None:
    given = {"x": make(), "weight": make(shape=(4,)), "bias": make(shape=(4,)), "out": make()} | wrong
    with pytest.raises((TypeError, ValueError)):
        norm(**given)
    assert all(a.settled() for a in given.values() if isinstance(a, Tensor))


def test_errors_of_the_producer_are_its_own() -> None:
    class Odd(Tensor):
        def __dlpack__(self, *, max_version: object = None) -> Any:
            raise KeyError("odd")

    class NoCapsule(Tensor):
        def __dlpack__(self, *, max_version: object = None) -> Any:
            return 7

    class NoDevice:
        def __dlpack__(self) -> Any:
            return None

    with pytest.raises(KeyError, match="odd"):
        norm(Odd("float32", bytearray(16)))
    with pytest.raises(BufferError, match=r"^x\.__dlpack__\(\) gave no capsule of DLPack$"):
        norm(NoCapsule("float32", bytearray(16)))
    with pytest.raises(AttributeError, match="__dlpack_device__"):
        norm(NoDevice())


# ---- Results ----


@pytest.mark.parametrize("shape", [(3, 4), (0, 4), (2, 3, 2), (12,)])
@pytest.mark.parametrize("version", [None, (0, 8), (1, 0), (1, 1), (2, 0)])
def test_results_are_tensors(version: tuple[int, int] | None, shape: tuple[int, ...]) -> None:
    y = norm(make(shape=shape))
    assert (y.shape, y.dtype, y.__dlpack_device__()) == (shape, "bfloat16", (1, 0))
    expected = raw(y)
    capsule = y.__dlpack__() if version is None else y.__dlpack__(max_version=version)
    taken = Taken(capsule)
    assert taken.used == (b"used_dltensor_versioned" if version and version[0] >= 1 else b"used_dltensor")
    assert (taken.shape, taken.device, taken.dtype) == (shape, (1, 0), "bfloat16")
    assert taken.strides[-1] == 1
    if taken.used == b"used_dltensor_versioned":
        assert (taken.managed.major, taken.managed.flags) == (1, 0)
    del y, capsule
    gc.collect()
    assert taken.bytes() == expected  # the memory outlives the result
    taken.delete()


def test_a_tensor_shares_the_memory_of_its_result() -> None:
    y = norm(make())
    taken = Taken(y.__dlpack__())
    norm(changed(shape=(3, 4), strides=(4, 1)), tensor("bfloat16", [2] * 4), out=y)
    assert taken.bytes() == raw(y)
    taken.delete()


def test_a_copy_shares_nothing() -> None:
    y = norm(make())
    taken = Taken(y.__dlpack__(copy=True, max_version=(1, 0)))
    assert taken.managed.flags == 2
    before = raw(y)
    norm(make(), tensor("bfloat16", [2] * 4), out=y)
    assert taken.bytes() == before != raw(y)
    taken.delete()


def test_results_of_other_dtypes_are_tensors_too() -> None:
    for dtype in ("float32", "float64", "float16"):
        y = norm(tensor(dtype, VALUES, 3, 4))
        taken = Taken(y.obj.__dlpack__(stream=None, dl_device=(1, 0), copy=False))
        assert (taken.dtype, taken.bytes()) == (dtype, raw(y))
        taken.delete()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"stream": 1}, BufferError, "stream must be None: the memory is the CPU's"),
        ({"dl_device": (2, 0)}, BufferError, "dl_device is (2, 0), but the memory is the CPU's, (1, 0)"),
        ({"dl_device": 1}, TypeError, "dl_device must be a tuple of two ints or None, not int"),
        ({"max_version": 1}, TypeError, "max_version must be a tuple of two ints or None, not int"),
        ({"max_version": (1, 2, 3)}, TypeError, "a tuple of two ints was expected"),
        ({"other": 1}, TypeError, "__dlpack__() got an unexpected keyword argument 'other'"),
    ],
)
def test_wrong_requests(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    y = norm(make())
    with pytest.raises(error) as caught:
        y.__dlpack__(**arguments)
    assert str(caught.value) == text


def test_nothing_leaks() -> None:
    x, out, wrong = make(), make(), changed(code=0)

    def work() -> None:
        y = norm(x, out=out)
        y = norm(x)
        y.__dlpack__()  # nobody takes it
        y.__dlpack__(max_version=(1, 0), copy=True)
        norm(y)
        Taken(y.__dlpack__()).delete()
        with pytest.raises(TypeError):
            norm(wrong)
        for made in (x, out, wrong):
            made.live.clear()
            made.capsules.clear()

    for _ in range(100):
        work()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(1000):
        work()
    gc.collect()
    assert sys.getallocatedblocks() - before < 200
