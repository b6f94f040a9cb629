"""pip install, as a new user would: a bare environment, without cmake, ninja or NumPy."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORK = """
import array, sys, planish
x = memoryview(array.array("f", range(8))).cast("B").cast("f", (2, 4))
y, mean, rstd = planish.layer_norm(x, return_stats=True)
dx, dweight, dbias = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd)
assert mean.tolist() == [1.5, 5.5] and dbias.tolist()[0] < 0, (mean.tolist(), dbias.tolist())
assert not {"numpy", "cmake", "ninja"} & set(sys.modules)
print(planish.get_library())
"""


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not a source tree")
def test_pip_install_in_a_bare_environment(tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    # Without this environment's cmake and ninja, which a new user does not have.
    own = Path(sys.executable).parent
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if Path(part).resolve() != own)
    clean = {**os.environ, "PATH": path}

    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(ROOT)]
    subprocess.run(pip, check=True, env=clean)
    result = subprocess.run([python, "-I", "-c", WORK], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert Path(result.stdout.strip()).is_relative_to(environment)
