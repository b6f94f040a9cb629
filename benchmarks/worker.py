"""The process of one peer: it waits for a line of JSON, does what it says, and answers with another.

    worker.py MODULE TYPE [FOLDER OF MORE PACKAGES]

    {"do": "prepare", "cell": …, "nanoseconds": …, "reference": FILE, "write": BOOL, "compare": BOOL}
        → {"ways": […], "remarks": {way: …}}
    {"do": "time", "way": …}                                                           → {"time": nanoseconds a call}

An answer may be {"unsupported": …} or {"wrong": …} instead. The first line, without being asked, is {"version": …}.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from arrays import Arrays, DifferentError, compare, save
from cells import Cell
from ways import Peer, UnsupportedError, Way, count_for, measure, time_roughly

HOPELESS = 10  # a way that takes so many times as long as another of the same peer is not followed


def end_with_parent() -> None:
    """Even while stopped."""
    set_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_death_signal, int(signal.SIGKILL), 0, 0, 0)


class Worker:
    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.ways: dict[str, tuple[Way, int]] = {}  # and the number of calls that a measurement takes

    def prepare(self, request: dict[str, Any]) -> dict[str, Any]:
        self.ways = {}
        remarks = {}
        times = {}
        gc.collect()
        cell, reference = Cell.from_json(request["cell"]), Path(request["reference"])
        arrays = Arrays(cell)
        ways = self.peer.ways(cell, arrays)
        for name, way in ways.items():
            arrays.forget()
            value = way.call()
            if request["write"]:
                save(way.results(value), reference)
            elif request["compare"] and (found := compare(way.results(value), reference, cell)):
                remarks[name] = "; ".join(found)
            del value
            times[name] = time_roughly(way, request["nanoseconds"])
        for name, time in times.items():
            if time < HOPELESS * min(times.values()):
                self.ways[name] = ways[name], count_for(time, request["nanoseconds"])
        gc.collect()
        return {"ways": list(self.ways), "remarks": remarks}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "time":
            return {"time": measure(*self.ways[request["way"]])}
        try:
            return self.prepare(request)
        except UnsupportedError as error:
            return {"unsupported": str(error)}
        except DifferentError as error:
            return {"wrong": str(error)}


def main() -> None:
    end_with_parent()
    module, name, *packages = sys.argv[1:]
    sys.path += packages
    # What libraries print goes to where errors go.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    try:
        peer = getattr(import_module(module), name)()
    except (ImportError, OSError) as error:
        print(json.dumps({"unsupported": f"cannot be loaded: {error}"}), file=answers)
        return
    worker = Worker(peer)
    print(json.dumps({"version": peer.version}), file=answers)
    gc.disable()
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            print(json.dumps(worker.answer(json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
