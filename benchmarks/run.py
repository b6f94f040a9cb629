"""Time planish, its peers and the limit of the machine.

    python benchmarks/run.py                    a short form, a few minutes
    python benchmarks/run.py --full             the whole table of cells, some hours
    python benchmarks/run.py --dtype bf16 --operation forward --shape 128x768 --threads 1 --peer onednn

The table goes to standard output, progress to standard error. Options that select may be repeated, and what is not
selected comes from the form that is chosen.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import environment
import native
import results
from cells import DTYPES, OPERATIONS, SHAPES, SHORT_DTYPES, SHORT_OPERATIONS, SHORT_SHAPES, Selection, cpu_count
from measuring import WRONG, Effort, measure
from peers import LEVELS, LIMIT, OURS, OURS_PYTHON, PEERS, python_package, variables
from progress import Progress
from table import summary, table
from workers import Team

SHORT = Effort(rounds=9, milliseconds=1)
FULL = Effort(rounds=21, milliseconds=2)
LEFT_OUT_OF_SHORT = "torch-compile"  # it compiles for seconds in each cell


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all cells, all peers, more and longer rounds")
    parser.add_argument("--operation", action="append", choices=OPERATIONS)
    parser.add_argument("--dtype", action="append", choices=DTYPES)
    parser.add_argument("--shape", action="append", choices=SHAPES, metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--threads", action="append", help="1, all, or a number of CPUs")
    parser.add_argument("--peer", action="append", choices=PEERS, help=f"besides {OURS}, {OURS_PYTHON} and {LIMIT}")
    parser.add_argument("--cpu", choices=LEVELS, help="hold everybody to this level; by default each takes its best")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--milliseconds", type=float, help="that a measurement takes, at least")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the quartiles there, after every cell")
    parser.add_argument("--resume", action="store_true", help="go on with the file: measure what it lacks")
    parser.add_argument("--library", type=Path, default=environment.ROOT / "build", metavar="FOLDER",
                        help="where libplanish.so is")  # fmt: skip
    parser.add_argument("--python", type=Path, default=environment.ROOT / ".venv", metavar="FOLDER",
                        help="the virtual environment that has the package planish")  # fmt: skip
    return parser.parse_args()


def threads_of(texts: list[str] | None) -> tuple[int, ...]:
    numbers = [cpu_count() if text == "all" else int(text) for text in texts or ("1", "all")]
    if not all(1 <= number <= cpu_count() for number in numbers):
        sys.exit(f"--threads: from 1 to {cpu_count()}, or all")
    return tuple(dict.fromkeys(numbers))


def selection_of(arguments: argparse.Namespace) -> Selection:
    full = arguments.full
    return Selection(
        tuple(arguments.operation or (OPERATIONS if full else SHORT_OPERATIONS)),
        tuple(arguments.dtype or (DTYPES if full else SHORT_DTYPES)),
        tuple(arguments.shape or (SHAPES if full else SHORT_SHAPES)),
        threads_of(arguments.threads),
    )


def peers_of(arguments: argparse.Namespace) -> tuple[str, ...]:
    """In the order of the table: planish comes first."""
    wanted = set(arguments.peer or (PEERS if arguments.full else set(PEERS) - {LEFT_OUT_OF_SHORT}))
    return tuple(name for name in PEERS if name in wanted | {OURS, OURS_PYTHON, LIMIT})


def build(names: tuple[str, ...], arguments: argparse.Namespace) -> None:
    library = arguments.library.resolve()
    if not (library / "libplanish.so").exists():
        sys.exit(f"there is no libplanish.so in {library}: run make build")
    for program in filter(None, (PEERS[name].native for name in names)):
        if not native.build(program, library, arguments.cpu) and program in (OURS, LIMIT):
            sys.exit("nothing can be measured without it")


def cpus_for(threads: int) -> set[int]:
    """The last ones: the first CPU is where interrupts tend to arrive."""
    return set(sorted(os.sched_getaffinity(0))[-threads:])


def about(arguments: argparse.Namespace, effort: Effort) -> dict[str, Any]:
    how = {"rounds": effort.rounds, "milliseconds": effort.milliseconds, "cpu": arguments.cpu, "cpus": cpu_count()}
    how["load"] = os.getloadavg()[0]
    return {"date": results.now(), "machine": results.machine(), "how": how, "versions": {}}


def opened(arguments: argparse.Namespace, effort: Effort) -> results.Results:
    if not arguments.resume:
        return results.Results(about(arguments, effort), [])
    if arguments.json is None or not arguments.json.exists():
        sys.exit("--resume needs --json with a file that is there")
    found = results.Results.load(arguments.json)
    if found.about["machine"] != results.machine() or found.about["how"]["cpu"] != arguments.cpu:
        sys.exit("--resume: the file is another machine's, or another CPU level's")
    return found


def warn_of_others() -> None:
    """With all threads, one that must wait for its CPU makes the others wait: for milliseconds, in some peers."""
    if os.getloadavg()[0] > 0.5:
        print("others use this machine: what takes all threads cannot be measured well", file=sys.stderr)


def run(arguments: argparse.Namespace, found: results.Results, effort: Effort, folder: Path) -> None:
    names = peers_of(arguments)
    build(names, arguments)
    package = python_package(arguments.python.resolve())
    cells = [cell for cell in selection_of(arguments).cells() if not found.has(cell)]
    progress = Progress(len(cells))
    for threads in dict.fromkeys(cell.threads for cell in cells):
        with Team(names, cpus_for(threads), variables(threads, arguments.cpu), package, folder) as team:
            found.about["versions"] |= team.versions
            for cell in (cell for cell in cells if cell.threads == threads):
                progress.show(cell.name)
                found.cells.append(measure(team, cell, effort, folder / "reference.npz"))
                if arguments.json is not None:
                    found.save(arguments.json)
    progress.end()


def main() -> None:
    arguments = parse()
    environment.enter()
    warn_of_others()
    form = FULL if arguments.full else SHORT
    effort = Effort(arguments.rounds or form.rounds, arguments.milliseconds or form.milliseconds)
    found = opened(arguments, effort)
    with tempfile.TemporaryDirectory() as folder:
        run(arguments, found, effort, Path(folder))
    read = found.read()
    print(table(read, label="cell"))
    print(f"\n{summary(read)} Times are medians in microseconds.")
    if any(reason.startswith(WRONG) for result in found.cells for reason in result["missing"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
