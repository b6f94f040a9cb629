"""What must be there before anything can be timed: the peer in a virtual environment, and the C program."""

import shlex
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENVIRONMENT = ROOT / ".venv-bench"
REQUIREMENTS = ("onednn-cpu-gomp==2023.2.0", "onednn-devel-cpu-gomp==2023.2.0")
SOURCES = ("onednn.c", "cell.c", "limits.c")


def run(command: list[str]) -> None:
    """Run a command that must succeed."""
    print("$", shlex.join(command), file=sys.stderr)
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
        sys.exit(f"{command[0]} failed")


def install() -> None:
    """Install oneDNN, unless this very list is installed already."""
    ready = ENVIRONMENT / "ready"
    wanted = "\n".join(REQUIREMENTS)
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, *REQUIREMENTS])
    ready.write_text(wanted, encoding="utf-8")


def build(library: Path) -> Path:
    """Compile the program against libplanish.so in the folder `library`; where it is, is the answer."""
    if not (library / "libplanish.so").exists():
        sys.exit(f"there is no libplanish.so in {library}: run make build")
    install()
    peer = ENVIRONMENT / "lib"
    program = ENVIRONMENT / "bin" / "onednn"
    # Tuned for this machine, because the limits are.
    options = ["-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-Wno-psabi"]
    folders = [f"-I{ROOT / 'include'}", f"-I{ENVIRONMENT / 'include'}", f"-L{library}", f"-L{peer}"]
    paths = [f"-Wl,-rpath,{library}", f"-Wl,-rpath,{peer}"]
    sources = [str(HERE / source) for source in SOURCES]
    run(["cc", *options, *folders, "-o", str(program), *sources, *paths, "-lplanish", "-ldnnl", "-lm"])
    return program
