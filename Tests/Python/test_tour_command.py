"""The tour's command line, which needs no package but planish."""

from __future__ import annotations

import subprocess
import sys

import pytest

import planish.tour
from planish.__main__ import main


@pytest.mark.parametrize("arguments", [["--chapter", "0"], ["--chapter", "10"], ["--seed", "-1"], ["--seed", "x"]])
def test_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(["tour", *arguments])
    assert error.value.code == 2


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(planish.tour, "find_spec", lambda name: None if name == "sklearn" else name)
    assert main(["tour"]) == 1
    assert capsys.readouterr().err == "planish: the tour needs scikit-learn: pip install 'planish[tour]'\n"


def test_command_line_imports_no_package() -> None:
    program = (
        "import sys, planish.__main__ as m; m.parser(); print({'numpy', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"
