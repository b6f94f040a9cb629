"""Says whether the Swift code of the documentation is code that is tested, word for word.

    python3 Tests/Swift/check_snippets.py

Every block marked as Swift in README.md, in the articles of Sources/Planish/Planish.docc and in the comments of
Sources/Planish must be in DocumentationTests.swift, with nothing in between, but for its import of Planish, and for the
blanks before comments, which the documentation aligns.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).with_name("DocumentationTests.swift")
BLOCK = re.compile(r"^```swift\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    sources = ROOT / "Sources" / "Planish"
    return [ROOT / "README.md", *sorted(sources.glob("Planish.docc/*.md")), *sorted(sources.glob("*.swift"))]


def text_of(document: Path) -> str:
    """The document, or the comments of a source."""
    text = document.read_text()
    if document.suffix != ".swift":
        return text
    comments = (re.match(r" */// ?(.*)", line) for line in text.splitlines())
    return "".join(f"{comment[1] if comment else ''}\n" for comment in comments)


def blocks(document: Path) -> list[str]:
    found = BLOCK.findall(text_of(document))
    return [close_comments(block.replace("import Planish\n\n", "").strip("\n")) for block in found]


def close_comments(code: str) -> str:
    return re.sub(r"(?<=\S) +//", "  //", code)


def variants(tests: str) -> list[str]:
    """The tests without the indentation of each depth at which a block could stand."""
    return [re.sub(rf"^ {{{depth}}}", "", tests, flags=re.MULTILINE) for depth in (4, 6)]


def main() -> int:
    tests = variants(close_comments(TESTS.read_text()))
    count = missing = 0
    for document in documents():
        for block in blocks(document):
            count += 1
            if not any(f"\n{dedent(block)}\n" in text for text in tests):
                missing += 1
                print(f"{document.relative_to(ROOT)}: not in {TESTS.name}:\n{block}\n", file=sys.stderr)
    if count == 0:
        sys.exit("there is no Swift code in the documentation")
    print(f"{count - missing} of {count} pieces of Swift code in the documentation are tested as they are printed")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
