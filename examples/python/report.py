"""What the program prints; the programs in C and Swift print the same."""

from __future__ import annotations  # memoryview[float] at run time is newer than Python 3.11

from dataclasses import dataclass
from math import fsum, sqrt

from embeddings import Embeddings, rows
from textbook import Expectation

TOKENS_IN_TEXT = 10
TOKENS_IN_TABLE = 6


@dataclass
class Result:
    """One result of Planish, and how many rounding steps (see textbook.py) it may be away from the textbook loops."""

    name: str
    values: memoryview[float]
    expected: Expectation
    allowed: float


def print_text(e: Embeddings) -> None:
    """Where the numbers come from."""
    print("Planish in Python: the first layer normalization of a transformer\n")
    print(f"all-MiniLM-L6-v2 turns a text into {e.tokens} tokens of {e.features} features:", end=" ")
    print(*e.texts[:TOKENS_IN_TEXT], "...")


def statistics(row: list[float]) -> str:
    """Mean and standard deviation as two columns."""
    mean = fsum(row) / len(row)
    deviation = sqrt(fsum((value - mean) ** 2 for value in row) / len(row))
    return f"{mean:15.1e}{deviation:15.6f}"


def print_rows(e: Embeddings, x_hat: memoryview[float]) -> None:
    """Mean and standard deviation of the first rows of x, and of what forward made of them without weight and bias."""
    print("Forward gives every token's features mean 0 and standard deviation 1 (then come weight and bias).\n")
    print(f"  {'token':8}{'mean before':>15}{'std before':>15}{'mean after':>15}{'std after':>15}")
    lines = list(zip(e.texts, rows(e.x), rows(x_hat), strict=True))
    for text, before, after in lines[:TOKENS_IN_TABLE]:
        print(f"  {text:8}{statistics(before)}{statistics(after)}")


def print_differences(results: list[Result]) -> bool:
    """Whether all results are as close to the textbook loops as they have to be."""
    print("\nForward and backward against textbook loops in double precision. A rounding step is 2^-24 of the")
    print("absolute values that a result is added up from: even the exact result, as a float, is up to 1 step away.")
    print(f"\n  {'result':8}{'largest difference':>20}{'in rounding steps':>20}{'allowed':>10}")
    all_close = True
    for result in results:
        largest, steps = result.expected.compare(result.values.cast("B").cast("f"))
        close = steps <= result.allowed
        print(f"  {result.name:8}{largest:20.2e}{steps:20.2f}{result.allowed:10.0f}{'' if close else '  TOO FAR'}")
        all_close = all_close and close
    return all_close


def print_digest(results: list[Result]) -> None:
    """FNV-1a over the bytes of all results: equal digests mean equal bits."""
    value = 0xCBF29CE484222325
    for result in results:
        for byte in result.values.tobytes():
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    print(f"\nDigest of the bits of these results: {value:016x}")
