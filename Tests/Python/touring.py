"""What the tests of the tour share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planish.tour.chapter import Chapter


def need_packages() -> None:
    """Skip the file that calls this, saying why, where a package that the tour needs is missing."""
    for package in ("numpy", "matplotlib", "sklearn", "threadpoolctl"):
        pytest.importorskip(package, reason=f"the tour needs {package}: pip install 'planish[tour]'")


@cache
def quick(name: str, seed: int) -> Chapter:
    """A chapter of the quick tour, run once."""
    from threadpoolctl import threadpool_limits

    from planish.tour import chapters
    from planish.tour.chapter import Settings

    with threadpool_limits(1):
        return chapters.run(name, Settings(seed, quick=True))
