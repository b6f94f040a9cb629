"""What other code may do to an array while a call works on it: the array is held, and can only change its values."""

from __future__ import annotations

import mmap
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

import planish
from views import ramp, zeros

norm: Callable[..., Any] = planish.layer_norm
grad: Callable[..., Any] = planish.layer_norm_backward


class Meanwhile:
    """An axis that does something when it is looked at: then x is open already, and y is not."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action

    def __index__(self) -> int:
        self.action()
        return -1


class Lent(NamedTuple):
    """An array, what would take its memory away, and the error that it gets."""

    array: Any
    take: Callable[[], object]
    error: type[Exception]


def an_array(code: str, take: Callable[[array[float]], object]) -> Callable[[], Lent]:
    def make() -> Lent:
        a = array(code, map(float, range(16)))
        return Lent(a, lambda: take(a), BufferError)

    return make


def a_memoryview() -> Lent:
    view = memoryview(bytearray(64)).cast("f")
    return Lent(view, view.release, BufferError)


def a_bytearray() -> Lent:
    memory = bytearray(64)
    return Lent(memoryview(memory).cast("f"), lambda: memory.extend(b"more"), BufferError)


def an_mmap() -> Lent:
    memory = mmap.mmap(-1, 4096)
    return Lent(memoryview(memory).cast("f"), memory.close, BufferError)


def a_numpy_array() -> Lent:
    numpy = pytest.importorskip("numpy")
    a = numpy.arange(16, dtype="f")
    return Lent(a, lambda: a.resize(1 << 20), ValueError)


LENDERS = {
    "array.append": an_array("f", lambda a: a.append(1)),
    "array.pop": an_array("d", lambda a: a.pop()),
    "array.extend": an_array("f", lambda a: a.extend([1.0] * 1000)),
    "memoryview.release": a_memoryview,
    "bytearray.extend": a_bytearray,
    "mmap.close": an_mmap,
    "numpy.resize": a_numpy_array,
}


@pytest.mark.parametrize("lend", LENDERS.values(), ids=LENDERS)
def test_inputs_are_held(lend: Callable[[], Lent]) -> None:
    lent, expected, caught = lend(), planish.layer_norm(lend().array).tolist(), []

    def take() -> None:
        with pytest.raises(lent.error) as error:
            lent.take()
        caught.append(error.type)

    assert norm(lent.array, axis=Meanwhile(take)).tolist() == expected
    assert len(caught) == 1


class Needed:
    """An entry of `needs` that does something when it is looked at: then the outputs before it are open."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action

    def __bool__(self) -> bool:
        self.action()
        return True


def test_outputs_are_held() -> None:
    x, dx, dweight = array("f", range(16)), array("f", bytes(64)), array("f", bytes(64))

    def take() -> None:
        for held in (x, dx, dweight):
            with pytest.raises(BufferError):
                held.append(0)

    grad(x, x, needs=(True, True, Needed(take)), out=(dx, dweight, None))
    for free in (x, dx, dweight):
        free.append(0)


def test_an_array_lives_as_long_as_the_call() -> None:
    """Its last reference but the call's goes away, and its memory would be another's."""
    holder = [array("f", range(1 << 12))]
    expected = planish.layer_norm(holder[0]).tolist()

    def drop() -> None:
        holder.clear()
        holder.extend(array("f", bytes(1 << 14)) for _ in range(10))

    assert norm(holder[0], axis=Meanwhile(drop)).tolist() == expected


def test_an_argument_that_calls_again() -> None:
    x = ramp(64, 256)
    expected = planish.layer_norm(x).tolist()
    inner: list[object] = []
    axis = Meanwhile(lambda: inner.append(norm(x, out=zeros(64, 256)).tolist()))
    assert norm(x, axis=axis).tolist() == expected
    assert inner == [expected]


@contextmanager
def in_the_background(work: Callable[[], object]) -> Iterator[None]:
    """Runs work again and again on another thread, until the end of the block."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_values_that_change_meanwhile() -> None:
    """Whatever is read, the call ends, and the next one is right again."""
    x, weight = ramp(256, 512), ramp(512)
    expected, memory = planish.layer_norm(x, weight).tobytes(), x.tobytes()
    view, strange = x.cast("B"), bytes([0, 255, 127, 128]) * (len(memory) // 4)

    def change() -> None:
        view[:] = strange
        view[:] = memory

    with in_the_background(change):
        for _ in range(200):
            planish.layer_norm(x, weight, return_stats=True)
            planish.layer_norm_backward(x, x, weight)
    assert planish.layer_norm(x, weight).tobytes() == expected


def test_an_array_that_another_thread_resizes() -> None:
    """Either the call has it or the other thread: never both."""
    x, refused = array("f", range(1 << 16)), [0]

    def resize() -> None:
        try:
            x.append(0)
            x.pop()
        except BufferError:
            refused[0] += 1

    with in_the_background(resize):
        for _ in range(2000):
            assert planish.layer_norm(x).nbytes in (1 << 18, (1 << 18) + 4)
            if refused[0] > 20:
                break
    assert refused[0] > 0
