"""The build of `make build`, installed once and then moved away from where it was installed."""

from __future__ import annotations

import os

import pytest

from .installed import BUILD, Prefix, need, run


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Prefix:
    if not (BUILD / "cmake_install.cmake").exists():
        pytest.skip("no build/: make build")
    first = tmp_path_factory.mktemp("first") / "prefix"
    run(need("cmake"), "--install", BUILD, "--prefix", first)
    moved = tmp_path_factory.mktemp("moved") / "some where else"
    os.rename(first, moved)
    return Prefix(moved)
