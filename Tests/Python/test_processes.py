"""Worker processes of every kind, and Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

WORKERS = """
import hashlib, multiprocessing, sys, warnings
import planish

warnings.simplefilter("ignore", DeprecationWarning)  # Python's, of forks beside threads

def digest(rows):
    x = memoryview(bytes(i * i % 61 for i in range(3072)) * rows).cast("B").cast("f", (rows, 768))
    y, mean, rstd = planish.layer_norm(x, return_stats=True)
    gradients = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd)
    return hashlib.sha256(b"".join(a.tobytes() for a in (y, mean, rstd, *gradients))).hexdigest()

if __name__ == "__main__":
    planish.set_num_threads(3)
    sizes = [1, 40, 700, 1500]
    expected = [digest(rows) for rows in sizes]  # with threads, before there are workers
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        for _ in range(3):
            assert pool.map(digest, sizes) == expected
            assert [digest(rows) for rows in sizes] == expected
    print("the same")
"""

INTERRUPTED = """
import signal, sys
import planish

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with SIGINT ignored
x = memoryview(bytes(i * i % 61 for i in range(4096)) * 2000).cast("B").cast("f", (2000, 1024))
expected = planish.layer_norm(x).tobytes()
y = planish.layer_norm(x)
while sys.stdin.readline():
    try:
        print("ready", flush=True)
        while True:
            planish.layer_norm(x, out=y)
            planish.layer_norm_backward(x, x)
    except KeyboardInterrupt:
        pass
    assert y.tobytes() == expected
    assert planish.layer_norm(x).tobytes() == expected
    print("as before", flush=True)
"""


def script(folder: Path, code: str) -> str:
    path = folder / "script.py"
    path.write_text(code)
    return str(path)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers(method: str, tmp_path: Path) -> None:
    command = [sys.executable, script(tmp_path, WORKERS), method]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (result.returncode, result.stdout, result.stderr) == (0, "the same\n", "")


def test_interrupts(tmp_path: Path) -> None:
    """A call that runs comes to its end; then KeyboardInterrupt is raised, and everything works as before."""
    command = [sys.executable, script(tmp_path, INTERRUPTED)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin
        assert child.stdout
        for _ in range(10):
            print("go", file=child.stdin, flush=True)
            assert child.stdout.readline() == "ready\n"
            child.send_signal(signal.SIGINT)
            assert child.stdout.readline() == "as before\n"
        child.stdin.close()
        assert child.wait(60) == 0
