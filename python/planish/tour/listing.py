"""Source code as HTML: of the very functions that ran, with keywords, strings and comments marked."""

from __future__ import annotations

import inspect
import io
import keyword
import textwrap
import tokenize
from collections.abc import Callable
from html import escape
from typing import Any

KINDS = {tokenize.STRING: "string", tokenize.COMMENT: "comment"}


def kind_of(token: tokenize.TokenInfo) -> str | None:
    if token.type == tokenize.NAME and keyword.iskeyword(token.string):
        return "keyword"
    return KINDS.get(token.type)


def highlighted(source: str) -> str:
    """Python source as HTML."""
    lines = source.splitlines(keepends=True)
    pieces: list[str] = []
    row, column = 1, 0

    def copy_to(end_row: int, end_column: int) -> None:
        nonlocal row, column
        while row < end_row:
            pieces.append(escape(lines[row - 1][column:]))
            row, column = row + 1, 0
        if row <= len(lines):
            pieces.append(escape(lines[row - 1][column:end_column]))
            column = end_column

    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if kind := kind_of(token):
            copy_to(*token.start)
            pieces.append(f'<span class="{kind}">')
            copy_to(*token.end)
            pieces.append("</span>")
    copy_to(len(lines) + 1, 0)
    return "".join(pieces)


def listing(function: Callable[..., Any]) -> str:
    """A function's source, and the file that it is in."""
    source = textwrap.dedent(inspect.getsource(function))
    place = function.__module__.removeprefix("planish.").replace(".", "/")
    return f'<p class="place">planish/{place}.py</p>\n<pre><code>{highlighted(source)}</code></pre>'
