"""The page: one HTML file that needs nothing else, no network and no script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from .chapter import Chapter
from .chapters import NAMES, TITLES
from .claims import Claim, number
from .listing import listing
from .pictures import Picture
from .style import DARK, LIGHT

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def variables(colours: Mapping[str, str]) -> str:
    return "\n".join(f"  --{name}: {colour};" for name, colour in colours.items())


def stylesheet() -> str:
    text = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return Template(text).substitute(light=variables(LIGHT), dark=variables(DARK))


SMALL = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "−0123456789")


def typeset(html: str) -> str:
    """Text as it is printed: exponents are raised by the browser, apostrophes are curved. Tags and code stay."""

    def printed(text: str) -> str:
        text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"<sup>{m[0].translate(SMALL)}</sup>", text)
        text = text.replace(" · 10<sup>", "&nbsp;·&nbsp;10<sup>").replace(" %", "&nbsp;%")
        return re.sub(r"(?<=\w)'", "’", text)

    pieces = re.split(r"(<code>.*?</code>|<[^>]+>)", html, flags=re.DOTALL)
    return "".join(piece if place % 2 else printed(piece) for place, piece in enumerate(pieces))


def figure(picture: Picture) -> str:
    """Both layouts; the stylesheet shows the one that fits."""
    return (
        f'<figure id="picture-{picture.name}">\n<div role="img" aria-label="{escape(picture.alt)}">\n'
        f'<div class="desk">{picture.inline(narrow=False)}</div>\n'
        f'<div class="narrow">{picture.inline(narrow=True)}</div>\n'
        f"</div>\n<figcaption>{typeset(picture.caption)}</figcaption>\n</figure>"
    )


def claim_row(claim: Claim) -> str:
    good = claim.inside
    source = '<br><span class="source">often read</span>' if claim.textbook else ""
    return (
        f'<tr><td class="verdict {"yes" if good else "no"}">{"✓" if good else "✗"} {claim.verdict}</td>'
        f"<td>{claim.text}{source}</td>"
        f'<td data-name="measured">{number(claim.value)}</td><td data-name="band">{claim.band}</td></tr>'
    )


def claims_table(claims: Sequence[Claim]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "claim", "measured", "band"))
    rows = "\n".join(map(claim_row, sorted(claims, key=lambda claim: bool(claim.textbook))))
    head = head.replace('<th scope="col">claim', '<th scope="col" style="text-align: left">claim')
    return f'<table class="claims">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'


def section(name: str, chapter: Chapter) -> str:
    first, *others = map(figure, chapter.pictures)
    code = "\n".join(map(listing, chapter.code))
    return "\n".join(
        [
            f'<section id="{name}">',
            f'<p class="number">Chapter {NAMES.index(name) + 1}</p>',
            f"<h2>{TITLES[name]}</h2>",
            typeset(chapter.idea),
            first,
            "<h3>What was measured</h3>",
            typeset(chapter.measured),
            *others,
            "<h3>What to conclude</h3>",
            typeset(chapter.conclusion),
            "<h3>And what not</h3>",
            typeset(chapter.limits),
            "<h3>Claims, checked by this run</h3>",
            typeset(claims_table(chapter.claims)),
            f"<details open>\n<summary>The code that ran</summary>\n{code}\n</details>",
            "</section>",
        ]
    )


def tally(claims: Sequence[Claim]) -> str:
    """How many of the tour's claims hold, and how many sentences of the textbook pass."""
    own = [claim for claim in claims if not claim.textbook]
    read = [claim for claim in claims if claim.textbook]
    text = f"In this run {sum(c.inside for c in own)} of {len(own)} claims hold"
    return text + (f", and {sum(c.inside for c in read)} of {len(read)} sentences pass." if read else ".")


def page(chapters: Mapping[str, Chapter], *, command: str, facts: str, footer: str) -> str:
    """The whole page. Texts of chapters are HTML already, and so are facts and footer."""
    contents = "\n".join(
        f'<li><span class="place-number">{NAMES.index(name) + 1}</span> <a href="#{name}">{TITLES[name]}</a></li>'
        for name in chapters
    )
    count = len(chapters)
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return Template(text).substitute(
        css=stylesheet(),
        command=escape(command),
        facts=facts,
        footer=footer,
        contents=contents,
        count_of_chapters=f"{NUMBERS[count]} chapter{'s' if count > 1 else ''}",
        tally=tally([claim for chapter in chapters.values() for claim in chapter.claims]),
        chapters="\n".join(section(name, chapter) for name, chapter in chapters.items()),
    )
