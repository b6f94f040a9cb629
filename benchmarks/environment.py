"""The virtual environment .venv-bench, which holds the peers, and where the parts of the repository are."""

import hashlib
import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENVIRONMENT = ROOT / ".venv-bench"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = HERE / "requirements.txt"
TORCH_WHEELS = "https://download.pytorch.org/whl/cpu"  # where PyPI has only the builds for GPUs
NEEDED = ("numpy", "ml_dtypes", "matplotlib")


def run(command: list[str]) -> bool:
    """Say what is done, and do it; the answer is whether it succeeded."""
    print("$", shlex.join(command), file=sys.stderr)
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def pip_install(requirement: str) -> bool:
    # The constraints keep the other lines as they are, and a plain torch out.
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(REQUIREMENTS)]
    elsewhere = ["--extra-index-url", TORCH_WHEELS]
    done = run([*command, requirement])
    if not done and requirement.startswith("torch"):
        done = run([*command, *elsewhere, requirement])
    return done


def install() -> None:
    """Install what requirements.txt lists, unless this very list is installed already."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    wanted = f"{sys.version_info.major}.{sys.version_info.minor} {hashlib.sha256(text.encode()).hexdigest()}"
    ready = ENVIRONMENT / "ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    missing = [line for line in text.splitlines() if line and not line.startswith("#") and not pip_install(line)]
    if any(requirement.startswith(NEEDED) for requirement in missing):
        sys.exit(f"could not be installed: {', '.join(missing)}")
    for requirement in missing:
        print(f"{requirement} could not be installed: the benchmark goes on without", file=sys.stderr)
    if not missing:
        ready.write_text(wanted, encoding="utf-8")


def enter() -> None:
    """Go on in the environment's own Python."""
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
        return
    install()
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
