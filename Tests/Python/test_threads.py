"""How many threads a call may use: set, asked for, and without influence on the bits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

import planish
from views import bits, ramp


@pytest.fixture(autouse=True)
def default() -> Iterator[int]:
    """The number of threads if nobody says otherwise, which holds again after the test."""
    planish.set_num_threads(0)
    yield planish.get_num_threads()
    planish.set_num_threads(0)


def test_set_and_get(default: int) -> None:
    assert default >= 1
    for threads in (1, 2, 3):
        planish.set_num_threads(threads)
        assert planish.get_num_threads() == threads
    planish.set_num_threads(0)
    assert planish.get_num_threads() == default


@pytest.mark.parametrize("threads", [-1, -(2**31), -(2**31) - 1, -(2**80)])
def test_negative_numbers(default: int, threads: int) -> None:
    with pytest.raises(ValueError, match="-"):
        planish.set_num_threads(threads)
    assert planish.get_num_threads() == default


@pytest.mark.parametrize(("threads", "kind"), [("2", "str"), (1.5, "float"), (None, "NoneType")])
def test_other_types(threads: object, kind: str) -> None:
    with pytest.raises(TypeError) as caught:
        planish.set_num_threads(threads)  # type: ignore[arg-type]
    assert str(caught.value) == f"threads must be an int, not {kind}"


def test_an_index_is_a_number() -> None:
    class Two:
        def __index__(self) -> int:
            return 2

    planish.set_num_threads(Two())
    assert planish.get_num_threads() == 2


@pytest.mark.parametrize("shape", [(3, 8), (700, 300), (2, 300_000)])
def test_bits(shape: tuple[int, int]) -> None:
    x, weight = ramp(*shape), ramp(shape[1])
    results = set()
    for threads in (1, 2, 3, 7):
        planish.set_num_threads(threads)
        forward = planish.layer_norm(x, weight, weight, return_stats=True)
        backward = planish.layer_norm_backward(x, x, weight)
        results.add(tuple(bits(a) for a in (*forward, *backward)))
    assert len(results) == 1


def test_from_the_environment() -> None:
    command = [sys.executable, "-m", "planish"]
    environment = os.environ | {"PLANISH_NUM_THREADS": "3"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert re.search(r"^threads +3$", result.stdout, re.MULTILINE)
