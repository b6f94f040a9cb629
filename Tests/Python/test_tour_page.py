"""The tour's command and what it writes: the page, the pictures, the figures."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import webbrowser
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from touring import need_packages, quick

need_packages()

from planish.__main__ import main
from planish.tour import chapters, guide
from planish.tour.chapter import Settings
from planish.tour.claims import number
from planish.tour.listing import listing
from planish.tour.page import typeset
from planish.tour.pictures import shortened, tidied
from planish.tour.style import DARK, LIGHT

if TYPE_CHECKING:
    from planish.tour.chapter import Chapter

DOCS = Path(__file__).parents[2] / "docs" / "tour"
VOID = {"meta", "br", "rect", "use", "path"}


class Reader(HTMLParser):
    """What is on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.names: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names.add(tag)
        self.ids += [value for value in [found.get("id")] if value]
        self.links += [value for name in ("href", "xlink:href", "src") if (value := found.get(name))]
        self.labels += [value for value in [found.get("aria-label")] if value and found.get("role") == "img"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes, in a process of its own."""
    out = tmp_path_factory.mktemp("tour") / "new" / "folder"
    command = [sys.executable, "-W", "error", "-m", "planish", "tour", "--quick", "--out", str(out)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == str(out / "index.html")
    assert result.stdout.count("claims as told") == len(chapters.NAMES)
    return out


@pytest.fixture(scope="module")
def html(written: Path) -> str:
    return (written / "index.html").read_text(encoding="utf-8")


def all_chapters() -> dict[str, Chapter]:
    return {name: quick(name, 0) for name in chapters.NAMES}


def test_same_seed_same_figures(written: Path) -> None:
    text = (written / "figures.json").read_text(encoding="utf-8")
    assert text == guide.figures(all_chapters(), Settings(0, quick=True))
    assert list(json.loads(text)["chapters"]) == list(chapters.NAMES)


def test_page_needs_nothing_else(html: str) -> None:
    page = Reader(html)
    assert not page.open
    assert not page.names & {"script", "img", "link", "iframe", "object"}
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"@import|url\((?!#)", html)
    assert len(html) < 3_000_000


def test_page_shows_each_picture_in_both_layouts(html: str) -> None:
    pictures = [picture for chapter in all_chapters().values() for picture in chapter.pictures]
    assert Reader(html).labels == [picture.alt for picture in pictures]
    assert html.count('<svg aria-hidden="true"') == 2 * len(pictures)
    drawings = html.partition("</style>")[2]
    assert not [colour for colour in LIGHT.values() if colour in drawings]
    assert not re.search(r"(?:fill|stroke): #", drawings)


def test_page_has_every_claim(html: str) -> None:
    for chapter in all_chapters().values():
        for claim in chapter.claims:
            assert typeset(claim.text) in html
            assert typeset(f'<td data-name="measured">{number(claim.value)}</td>') in html


def test_page_has_the_code_that_ran(html: str) -> None:
    for function in (function for chapter in all_chapters().values() for function in chapter.code):
        assert listing(function) in html


def test_listing_is_the_source() -> None:
    shown = unescape(re.sub("<[^>]+>", "", listing(listing).partition("<code>")[2]))
    assert shown == inspect.getsource(listing)


def test_tags_are_shortened_and_text_is_not() -> None:
    assert (
        shortened('<path d="M 1.23456 2 \nL 3.5 2 L 3.5 -4.0004 L 1.23456 -4.0004 z "/>')
        == '<path d="M1.23 2H3.5V-4H1.23z"/>'
    )
    assert tidied(
        '<?xml?><svg width="1pt" height="2pt" viewBox="0 0 1 2"><text x="0.12345">0.12345</text></svg>', "p"
    ) == ('<svg viewBox="0 0 1 2"><text x="0.12">0.12345</text></svg>')


def test_pictures_are_well_formed(written: Path) -> None:
    names = {picture.name for chapter in all_chapters().values() for picture in chapter.pictures}
    files = {path.stem: path for path in (written / "pictures").iterdir()}
    assert set(files) == names | {f"{name}-dark" for name in names}
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        used, other = (DARK, LIGHT) if name.endswith("-dark") else (LIGHT, DARK)
        assert used["paper"] in text
        assert not [colour for colour in other.values() if colour in text]


def test_one_chapter_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tour", "--chapter", "3", "--seed", "5", "--quick", "--out", str(tmp_path)]) == 0
    assert "seed 5" in capsys.readouterr().out
    content = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert (content["seed"], content["quick"], list(content["chapters"])) == (5, True, ["scale"])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "python -m planish tour --chapter 3 --quick --seed 5" in page


def test_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert main(["tour", "--chapter", "3", "--quick", "--open", "--out", str(tmp_path)]) == 0
    assert opened == [(tmp_path / "index.html").resolve().as_uri()]


def test_a_claim_that_does_not_hold_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chapter = quick("scale", 0)
    broken = replace(chapter, claims=[replace(chapter.claims[0], value=7.0)])
    monkeypatch.setattr(chapters, "run", lambda *_: broken)
    assert main(["tour", "--chapter", "3", "--quick", "--out", str(tmp_path)]) == 1
    assert f"{chapter.claims[0].text}: 7, does not hold" in capsys.readouterr().err
    assert "✗ does not hold" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["tour", "--chapter", "3", "--quick", "--out", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err == f"planish: {tmp_path / 'file'}: Not a directory\n"


@pytest.mark.skipif(not DOCS.exists(), reason="not a source tree")
def test_rendered_copy_is_of_this_code() -> None:
    """`make tour` renders it anew."""
    page = (DOCS / "index.html").read_text(encoding="utf-8")
    content: Any = json.loads((DOCS / "figures.json").read_text(encoding="utf-8"))
    assert (content["seed"], content["quick"]) == (0, False)
    for name, chapter in all_chapters().items():
        assert [claim["verdict"] for claim in content["chapters"][name]["claims"]] == [
            c.verdict for c in chapter.claims
        ]
        for function in chapter.code:
            assert listing(function) in page
    assert all((DOCS / "pictures" / f"{name}.svg").exists() for name in ("vanishing", "rates"))
