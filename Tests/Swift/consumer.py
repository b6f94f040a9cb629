"""Builds a package that depends on this one by address and version, from a git clone alone, and runs its programs: one
that checks the API, and the example that trains a language model.

    python3 Tests/Swift/consumer.py debug release

The clone has the tracked files as they are now, committed or not. Each configuration takes a minute or two, and a few
seconds if nothing has changed since the last time. Everything is in .build-consumer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".build-consumer"
PACKAGE = WORK / "package"
SCRATCH = WORK / "scratch"


def git(*arguments: str | Path, at: Path = ROOT) -> str:
    return subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True, text=True).stdout.strip()


def version() -> str:
    header = (ROOT / "include" / "planish.h").read_text()
    return ".".join(re.findall(r"define PLANISH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))


def publish() -> Path:
    """A bare clone with the version as a tag; that of last time if nothing has changed, which is built already."""
    clone = WORK / "planish.git"
    # A commit of what is tracked, which belongs to no branch; nothing if all is committed.
    somebody = ["-c", "user.name=consumer", "-c", "user.email=consumer@localhost"]
    current = git(*somebody, "stash", "create") or git("rev-parse", "HEAD")
    tree = git("rev-parse", f"{current}^{{tree}}")
    if clone.exists() and git("rev-parse", f"{version()}^{{tree}}", at=clone) == tree:
        return clone
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    git("clone", "--quiet", "--bare", ROOT, clone)
    git("tag", version(), current, at=clone)
    return clone


def swift(command: str, configuration: str, *arguments: str, url: str) -> None:
    # Nothing that this user's other packages have left behind, or will find.
    apart = [f"--{what}-path={WORK / what}" for what in ("cache", "config", "security")]
    places = [f"--package-path={PACKAGE}", f"--scratch-path={SCRATCH}", *apart]
    environment = {**os.environ, "PLANISH_URL": url}
    subprocess.run(["swift", command, "-c", configuration, *places, *arguments], check=True, env=environment)


def check_levels(configuration: str) -> None:
    if os.uname().machine == "x86_64":
        built = SCRATCH / configuration
        script = Path(__file__).with_name("check_levels.py")
        subprocess.run([sys.executable, script, built, built / "consumer"], check=True)


def main() -> int:
    configurations = sys.argv[1:]
    if not configurations or {*configurations} - {"debug", "release"}:
        sys.exit(f"usage: {sys.argv[0]} debug|release ...")
    if not (ROOT / ".git").exists():
        print("skipped: this is no git clone, and the package is depended on by a tag of one")
        return 0
    url = publish().as_uri()
    shutil.copytree(Path(__file__).with_name("Consumer"), PACKAGE, dirs_exist_ok=True)
    shutil.copytree(ROOT / "examples/swift/Sources/charlm", PACKAGE / "Sources/charlm", dirs_exist_ok=True)
    try:
        for configuration in configurations:
            swift("build", configuration, "--quiet", url=url)
            print(f"{configuration}: ", end="", flush=True)
            swift("run", configuration, "--quiet", "--skip-build", "consumer", url=url)
            check_levels(configuration)
        # Too slow without optimization.
        if "release" in configurations:
            swift("run", "release", "--quiet", "--skip-build", "charlm", str(ROOT / "LICENSE"), "400", url=url)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
