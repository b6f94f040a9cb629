"""Fixtures of the Python tests."""

from collections.abc import Iterator

import pytest

import planish


@pytest.fixture(params=planish.cpus())
def level(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each level of this CPU in turn, in use for the length of a test."""
    name: str = request.param
    planish.set_cpu(name)
    yield name
    planish.set_cpu(None)
