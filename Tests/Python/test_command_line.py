"""python -m planish and its commands: help, exit statuses, errors on stderr. What verify says is in test_verify.py."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest

import planish
from planish import bench, bench_peers
from planish.__main__ import COMMANDS, main

HERE = [name for name in COMMANDS if find_spec(f"planish.{name}")]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planish", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_help_names_the_commands() -> None:
    result = run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^ +{name} +\w+", result.stdout, re.MULTILINE)
        assert f"python -m planish {name} " in (planish.__doc__ or "")


@pytest.mark.parametrize("name", HERE)
def test_help_of_a_command(name: str) -> None:
    result = run(name, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"usage: python -m planish {name} ")
    assert "Exit status: 0" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["verify", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["verify", "--threads"], "expected one argument"),
        (["bench", "--rounds", "0"], "0 is not from 1 to 10000"),
        (["bench", "--rounds", "many"], "invalid"),
        (["bench", "--threads", "-1"], "-1 is not from 1 to 1024"),
        (["bench", "4"], "invalid shape value: '4'"),
        (["bench", "4x-8"], "invalid shape value: '4x-8'"),
        (["bench", "100000x100000"], "invalid shape value"),
    ],
)
def test_wrong_usage(arguments: list[str], complaint: str) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: python -m planish")
    assert complaint in result.stderr


def test_a_command_is_imported_when_it_is_called_for() -> None:
    code = (
        "import sys; from planish.__main__ import COMMANDS, main; main([]); "
        "print({f'planish.{name}' for name in COMMANDS} & {*sys.modules})"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).endswith("set()\n")


def test_a_command_that_needs_more(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def lacking(_: object) -> int:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

    monkeypatch.setattr(bench, "run", lacking)
    assert main(["bench"]) == 1
    assert capsys.readouterr() == ("", "planish: numpy is needed for this, and is not installed\n")


def test_a_reader_that_goes_away() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "planish", "verify", "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.stdout.close()
        assert (child.wait(60), child.stderr.read()) == (1, b"")


def test_ctrl_c() -> None:
    code = (
        "import signal, sys; from planish.__main__ import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "  # a shell's background jobs ignore SIGINT
        "sys.exit(main(['bench', '1x64', '--rounds=10000', '--ms=1']))"
    )
    with subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert (child.wait(60), child.stderr.read()) == (130, b"")


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        ([], "PLANISH_CPU"),
        ([], "PLANISH_NUM_THREADS"),
        (["verify"], "PLANISH_CPU"),
        (["verify"], "PLANISH_NUM_THREADS"),
        (["bench", "1x8"], "PLANISH_CPU"),
    ],
)
def test_an_environment_that_cannot_be(arguments: list[str], variable: str) -> None:
    result = run(*arguments, **{variable: "nonsense"})
    assert result.returncode == 1
    assert result.stderr.startswith(f'planish: {variable} is "nonsense"')
    assert result.stderr.count("\n") == 1


# ---- bench ----


def test_bench() -> None:
    result = run("bench", "3x64", "40x100", "--rounds", "2", "--ms", "1")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"planish {planish.__version__}, a copy of x")
    for package, name in (("numpy", "NumPy"), ("torch", "torch")):
        assert (f"{name} is not installed" in result.stdout) == (find_spec(package) is None)
    rows = re.findall(r"^(forward|backward) +(\d+ x \d+) +([\d,.]+) +([\d,.]+) \([\d.]+\)", result.stdout, re.MULTILINE)
    assert [row[:2] for row in rows] == [(d, s) for d in ("forward", "backward") for s in ("3 x 64", "40 x 100")]
    assert all(float(time.replace(",", "")) > 0 for row in rows for time in row[2:])


def test_bench_refuses_a_peer_that_computes_something_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Almost:
        title = "almost"

        def forward(self, problem: bench_peers.Problem) -> bench_peers.Call:
            return lambda: planish.layer_norm(problem.x, problem.weight, problem.bias, eps=0.1)

        backward = forward

    monkeypatch.setitem(bench_peers.PEERS, "almost", Almost)
    assert bench.bench([(2, 64)], rounds=1, milliseconds=1) == 1
    assert capsys.readouterr().err == "planish: almost computes something else\n"


def test_medians_are_of_every_round() -> None:
    calls = {"none": lambda: None, "some": lambda: sum(range(2000))}
    times = bench.medians(calls, rounds=3, milliseconds=1)
    assert 0 < times["none"] < times["some"]
