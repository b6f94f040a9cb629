"""The processes of the peers, seen from the one that asks them in turns.

A process is stopped while others are asked: the idle threads of its pools cannot spin beside them.
"""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from environment import HERE, PYTHON
from peers import PEERS

PATIENCE = 600  # seconds for one answer: torch.compile takes its time


class WorkerError(Exception):
    """The process ended, or did not answer."""


class WorkerProcess:
    def __init__(self, name: str, cpus: set[int], variables: dict[str, str], package: Path | None, log: Path) -> None:
        info = PEERS[name]
        command = [str(PYTHON), str(HERE / "worker.py"), info.module, info.type]
        if name == "planish-python" and package is not None:
            command.append(str(package))
        self.name = name
        self.log = log
        with log.open("w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, bufsize=0
            )
        os.sched_setaffinity(self.process.pid, cpus)  # before it has any threads
        self.version: str = ""
        self.unsupported: str = ""

    def start(self) -> None:
        """Wait for it; afterwards there is a version, or what is missing."""
        hello = self.read()
        self.version, self.unsupported = hello.get("version", ""), hello.get("unsupported", "")
        if not self.unsupported:
            self.process.send_signal(signal.SIGSTOP)

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                raise WorkerError(self.last_words() if ready else f"no answer in {PATIENCE} seconds")
            line += part
        answer: dict[str, Any] = json.loads(line)
        return answer

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "ended without a word"

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError as error:
            raise WorkerError(self.last_words()) from error
        answer = self.read()
        self.process.send_signal(signal.SIGSTOP)
        return answer

    def end(self) -> None:
        self.process.kill()  # it has nothing to save
        self.process.wait()


class Team:
    """The processes of all peers for one number of threads; who falls is started again."""

    def __init__(
        self, names: tuple[str, ...], cpus: set[int], variables: dict[str, str], package: Path | None, folder: Path
    ) -> None:
        self.arguments = cpus, variables, package
        self.folder = folder
        self.workers: dict[str, WorkerProcess] = {}
        self.versions: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        for name in names:
            self.start(name)

    def start(self, name: str) -> None:
        worker = WorkerProcess(name, *self.arguments, self.folder / f"{name}.log")
        try:
            worker.start()
        except WorkerError as error:
            worker.unsupported = str(error)
        if worker.unsupported:
            print(f"without {PEERS[name].title}: {worker.unsupported}", file=sys.stderr)
            self.missing[name] = worker.unsupported
            worker.end()
            return
        self.workers[name] = worker
        self.versions[name] = worker.version

    def restart(self, name: str) -> None:
        self.workers.pop(name).end()
        self.start(name)

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.end()
