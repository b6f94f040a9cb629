"""Make docs/benchmarks.md and its picture from a results file.

    python benchmarks/run.py --full --json docs/benchmarks.json
    python benchmarks/render.py docs/benchmarks.json [--output FOLDER]

What explanation.md says about the cells is written by hand, and goes into the page.
"""

import argparse
from pathlib import Path

import environment
from results import Results

EXPLANATION = environment.HERE / "explanation.md"
DOCS = environment.ROOT / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=Path, nargs="?", default=DOCS / "benchmarks.json")
    parser.add_argument("--output", type=Path, default=DOCS, metavar="FOLDER")
    arguments = parser.parse_args()
    environment.enter()

    import page
    import picture  # only here is there matplotlib

    found = Results.load(arguments.json)
    image = arguments.output / "benchmarks.svg"
    picture.draw(found.read(), image)
    text = page.write(found, image.name, EXPLANATION.read_text(encoding="utf-8"))
    (arguments.output / "benchmarks.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
