"""One wheel, in fresh environments of every Python that is here: on its own, and then with NumPy and the Python tests.

    python Tests/Wheel/try_wheel.py [--bare] dist/planish-….whl [python …]

Without names, every CPython from 3.11 on that PATH or pyenv has. A source distribution is taken too; each builds it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
TESTS = ROOT / "Tests" / "Python"
# Builds anew; are the same in every Python, and slow; needs mypy.
LEFT_OUT = ("test_wheel.py", "test_exact.py", "test_random.py", "test_verify.py", "test_typing.py")

# ---- Pythons ----


def version_of(python: str) -> str:
    """ "3.12", or nothing if it doesn't run: pyenv has shims for versions that are not in use."""
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def find_python(version: str) -> str | None:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [f"python{version}", *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))]
    return next((python for python in places if version_of(python) == version), None)


# ---- Steps ----


def call(*command: str | Path, cwd: Path) -> None:
    """A command that must succeed, without the settings of this shell that change what Planish does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PLANISH_", "PYTHONPATH"))}
    result = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} gave {result.returncode}\n{result.stdout}{result.stderr}")
    last = (result.stdout.strip() or "fine").splitlines()[-1]
    print(f"    {' '.join(str(part) for part in command[1:])[:70]:70}  {last}", flush=True)


def pinned(*names: str) -> list[str]:
    """Requirements as the project's own files pin them."""
    files = (ROOT / "requirements-dev.txt", ROOT / "benchmarks" / "requirements.txt")
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [line for line in lines if re.split("[=<>]", line)[0] in names]


def check(wheel: Path, python: str, version: str, *, bare: bool) -> None:
    print(f"Python {version}: {python}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        call(python, "-m", "venv", here / "venv", cwd=here)
        own = here / "venv" / "bin" / "python"
        install: list[str | Path] = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        call(*install, *(["--no-index"] if wheel.suffix == ".whl" else []), wheel, cwd=here)
        call(own, "-I", "-W", "error", ROOT / "Tests" / "Wheel" / "bare.py", cwd=here)
        call(own, "-m", "planish", cwd=here)
        call(own, "-m", "planish", "verify", cwd=here)
        call(own, "-m", "planish", "bench", "8x64", "--rounds=1", "--ms=1", cwd=here)
        if bare:
            return
        call(*install, *pinned("hypothesis", "ml_dtypes", "numpy", "pytest"), cwd=here)
        left_out = [f"--ignore={TESTS / name}" for name in LEFT_OUT]
        call(own, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, TESTS, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--bare", action="store_true", help="without NumPy and the Python tests")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("pythons", nargs="*", metavar="python")
    options = parser.parse_args()
    found = {version_of(python): python for python in options.pythons} if options.pythons else {}
    for version in () if options.pythons else VERSIONS:
        python = find_python(version)
        if python:
            found[version] = python
        else:
            print(f"Python {version} is not here", flush=True)
    if not found:
        sys.exit("no Python from 3.11 on was found")
    for version, python in found.items():
        check(options.wheel.resolve(), python, version, bare=options.bare)
    print(f"{options.wheel.name} works with Python {', '.join(found)}")


if __name__ == "__main__":
    main()
