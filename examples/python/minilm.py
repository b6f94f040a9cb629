"""Layer normalization of real data with Planish, forward and backward, checked against textbook loops.

    python minilm.py ../data/minilm-embeddings.bin

The programs of the same name in C and Swift do the same and print the same digest.
"""

from __future__ import annotations  # memoryview[float] at run time is newer than Python 3.11

import sys
from array import array
from pathlib import Path

import embeddings
import planish
import report
from report import Result
from textbook import Textbook


def upstream_gradient(tokens: int, features: int) -> memoryview[float]:
    """A made-up gradient of y, the same in all three languages: multiples of 1/64 between -1 and 1, exact in float."""
    values = array("f", ((i * 37 % 127 - 63) / 64 for i in range(tokens * features)))
    return memoryview(values).cast("B").cast("f", (tokens, features))


def run(path: Path) -> None:
    """Read, compute, compare, print; an error if the file or a result is not as it has to be."""
    e = embeddings.read(path)
    dy = upstream_gradient(e.tokens, e.features)

    y, mean, rstd = planish.layer_norm(e.x, e.weight, e.bias, eps=e.eps, return_stats=True)
    dx, dweight, dbias = planish.layer_norm_backward(dy, e.x, e.weight, mean=mean, rstd=rstd, eps=e.eps)

    # The same without weight and bias, which is nothing but (x - mean) * rstd.
    x_hat = planish.layer_norm(e.x, eps=e.eps)

    textbook = Textbook(e, dy)
    # The bounds are two to four times what was measured on this file. dbias is exact: it adds up multiples of 1/64.
    results = [
        Result("y", y, textbook.y, 8),
        Result("mean", mean, textbook.mean, 1),
        Result("rstd", rstd, textbook.rstd, 3),
        Result("dx", dx, textbook.dx, 6),
        Result("dweight", dweight, textbook.dweight, 4),
        Result("dbias", dbias, textbook.dbias, 0),
    ]
    report.print_text(e)
    report.print_rows(e, x_hat)
    all_close = report.print_differences(results)
    report.print_digest(results)
    if not all_close:
        raise ValueError("some results are further from the textbook loops than their bound allows")


def main() -> None:
    """Run on the file that the only argument names."""
    if len(sys.argv) != 2:
        sys.exit("minilm: usage: minilm.py FILE")
    try:
        run(Path(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"minilm: {sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
