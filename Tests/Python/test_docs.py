"""The manual: every example in a docstring runs, and help() shows what there is."""

from __future__ import annotations

import doctest
import pydoc
from types import ModuleType

import pytest

import planish
from planish import _planish

FUNCTIONS = [name for name in planish.__all__ if name != "__version__"]


@pytest.mark.parametrize("module", [planish, _planish], ids=["planish", "_planish"])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted > 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_example_and_is_in_the_manual(name: str) -> None:
    function = getattr(planish, name)
    assert ">>> " in function.__doc__
    assert name in (planish.__doc__ or "")
    assert f"{name}(" in pydoc.plain(pydoc.render_doc(planish))


def test_errors_in_the_manual() -> None:
    for error in ("TypeError", "ValueError", "BufferError", "MemoryError", "RuntimeError"):
        assert error in (planish.__doc__ or "")
        assert error in (planish.layer_norm.__doc__ or "")
