"""Reads ../data/minilm-embeddings.bin; ../data/README.md describes the format."""

from __future__ import annotations  # memoryview[float] at run time is newer than Python 3.11

import struct
from dataclasses import dataclass
from pathlib import Path

HEADER = struct.Struct("<8sqqqd")
LIMIT = 1 << 20  # on every size: more would be a damaged header


@dataclass
class Embeddings:
    """The input of a transformer's first layer normalization: a row of features for each token of a text."""

    texts: list[str]  # of the tokens
    eps: float
    x: memoryview[float]  # tokens x features
    weight: memoryview[float]  # features
    bias: memoryview[float]  # features

    @property
    def tokens(self) -> int:
        """The number of rows."""
        return len(self.texts)

    @property
    def features(self) -> int:
        """The length of a row."""
        return len(self.weight)


def rows(matrix: memoryview[float]) -> list[list[float]]:
    """The numbers of a two-dimensional view, row by row."""
    flat = list(matrix.cast("B").cast("f"))
    features = len(flat) // len(matrix)
    return [flat[start : start + features] for start in range(0, len(flat), features)]


def read(path: Path) -> Embeddings:
    """The content of the file; ValueError says what is wrong with it."""
    content = memoryview(path.read_bytes())
    if len(content) < HEADER.size:
        raise ValueError("the file is truncated")
    magic, tokens, features, text_bytes, eps = HEADER.unpack_from(content)
    if magic != b"PLNSHEX1":
        raise ValueError("the file does not begin with PLNSHEX1")
    if not (1 <= tokens <= LIMIT and 1 <= features <= LIMIT and tokens <= text_bytes <= LIMIT and text_bytes % 8 == 0):
        raise ValueError("the sizes in the header make no sense")
    numbers = HEADER.size + text_bytes
    size = numbers + (tokens + 2) * features * 4
    if len(content) < size:
        raise ValueError("the file is truncated")
    if len(content) > size:
        raise ValueError("the file is longer than its header says")
    *texts, _ = content[HEADER.size : numbers].tobytes().split(b"\0")
    if len(texts) < tokens:
        raise ValueError("the file lacks token texts")

    # Views of the file's bytes as little-endian floats, as on every CPU that Planish runs on: nothing is copied.
    weight = numbers + tokens * features * 4
    bias = weight + features * 4
    return Embeddings(
        texts=[text.decode() for text in texts[:tokens]],
        eps=eps,
        x=content[numbers:weight].cast("f", (tokens, features)),
        weight=content[weight:bias].cast("f"),
        bias=content[bias:].cast("f"),
    )
