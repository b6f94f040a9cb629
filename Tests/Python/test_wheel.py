"""The source distribution, and pip install of it as a new user would: in a bare environment, without cmake or ninja."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOK = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("scikit_build_core")
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("not a source tree")
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run([sys.executable, "-c", HOOK, folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (path,) = folder.iterdir()
    return path


def test_what_a_source_distribution_holds(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in ("CMakeLists.txt", "LICENSE", "README.md", "include/planish.h", "python/planish/py.typed"):
        assert needed in names
    assert {"PKG-INFO", "pyproject.toml", "Tests/Python/test_wheel.py", "Sources/PlanishABI/Norm.swift"} <= names
    assert not [name for name in names if name.startswith(("benchmarks/", "Sources/PlanishKernelsAVX", "build", "."))]
    assert sdist.stat().st_size < 500_000


def test_pip_install_in_a_bare_environment(sdist: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    # Without this environment's cmake and ninja, which a new user does not have.
    own = Path(sys.executable).parent
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if Path(part).resolve() != own)
    clean = {**os.environ, "PATH": path}

    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(sdist)]
    subprocess.run(pip, check=True, env=clean)
    subprocess.run([python, "-I", "-W", "error", ROOT / "Tests" / "Wheel" / "bare.py"], check=True, cwd=tmp_path)
