"""What a chapter is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .claims import Claim
from .pictures import Picture


@dataclass(frozen=True)
class Settings:
    """What a run depends on, and nothing else does."""

    seed: int = 0
    quick: bool = False

    def generator(self, *key: int) -> np.random.Generator:
        """Random numbers of their own for each use, so that no chapter depends on which others ran."""
        return np.random.default_rng([self.seed, *key])

    def choose(self, full: Any, quick: Any) -> Any:
        return quick if self.quick else full


@dataclass(frozen=True)
class Chapter:
    """Texts are HTML. `code` are the functions that the experiment ran; `figures` is what the pictures show."""

    idea: str
    pictures: Sequence[Picture]
    measured: str
    conclusion: str
    limits: str
    claims: Sequence[Claim]
    code: Sequence[Callable[..., Any]]
    figures: dict[str, Any]


def paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{text}</p>" for text in texts)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """An HTML table; its first column names the rows."""

    def row(name: object, *cells: object) -> str:
        return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "\n".join(row(*cells) for cells in rows)
    return f'<div class="wide"><table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def listed(values: Any) -> Any:
    """Arrays and numbers as JSON has them, to six digits; what is not finite becomes text."""
    if isinstance(values, dict):
        return {str(key): listed(value) for key, value in values.items()}
    if isinstance(values, list | tuple | np.ndarray):
        return [listed(value) for value in values]
    if isinstance(values, float | np.floating):
        return float(f"{float(values):.6g}") if np.isfinite(values) else str(float(values))
    return values.item() if isinstance(values, np.generic) else values
