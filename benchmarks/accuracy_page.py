"""The page docs/accuracy.md: how it was measured, the tables, and how to read them."""

import datetime
import math
import os
import platform
import sys
from pathlib import Path

import numpy as np

from accuracy_peers import available
from accuracy_table import TABLES, Line, markdown, number, run
from environment import ENVIRONMENT

LIMIT = 4
HOW = """\
# Accuracy

How far the results of Planish and its peers are from the exact ones: the worst element of each case. Made by
`python benchmarks/accuracy.py`, which also holds Planish to at most 4 units in every y of the sweep in float32 and
float64.

- Units: u is 2^-24, the largest relative error of one rounding to float32. y is measured in u · max(1, |y|); dx in
  u · rstd · (|g| + avg |g| + max(1, |x̂|) · avg(|g| · max(1, |x̂|))), g being dy · weight; dweight in
  u · Σ |dy| · max(1, |x̂|); dbias in u · Σ |dy|: what was added up, with all signs made equal. So 1 is about the
  rounding of a result, and cancellation is nobody's fault. Where rstd is a subnormal float, its own rounding counts.
- The exact result: the sums of x and x² of a row are exact, in integers (each double is cut into three limbs of 18
  bits; products of limbs are summed by exponent, less than 2^53 at a time). Mean, variance and rstd come from them
  as fractions. Each element is then computed in x87 long double, the mean as a pair of doubles: at most 2^-61 of
  max(1, |y|). Cases of 300 rows or more have short rows, and their statistics are computed in long double around a
  mean that is corrected once; the first row of each block is checked against the exact sums. dweight and dbias are
  summed by `math.fsum`, from products in double.
- Random numbers are seeded by the case: everybody gets the same arrays, and so does every run. Values are cut at the
  largest of their dtype. eps is rounded to float32, because ONNX Runtime and oneDNN take it so.
- Apart from the sweep, there are rows that a search built against Planish, bit by bit, so that all roundings add up.
- The best of a line is bold. A dash means that the library has nothing for the case: ONNX Runtime has no gradients,
  oneDNN 3.2 has no float64 nor 16-bit weights, and float16 only where the CPU computes in it. JAX has no layer norm of
  its own: it is written out with jnp.mean and jnp.var, in float32 for 16-bit x.
"""


def machine() -> str:
    """The processor's name, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":")[1].strip() if names else platform.machine()


def reading(lines: list[Line]) -> str:
    """Three sentences about y in float32."""
    ours = max(line.ours() for line in lines)
    peers = [name for name in lines[0].numbers if name != "planish"]
    if not peers:
        return f"The worst y in float32 is {number(ours)} units off."
    values = {name: [(line.numbers[name] or (math.nan,))[0] for line in lines] for name in peers}
    off = [f"{name} in {sum(not value <= LIMIT for value in values[name])}" for name in peers]
    best = [min(v if math.isfinite(v) else math.inf for v in case) for case in zip(*values.values(), strict=True)]
    behind = [line.ours() - peer for line, peer in zip(lines, best, strict=True) if peer < line.ours()]
    gap = number(max(behind, default=0))
    return (
        f"In float32 the worst y of Planish is {number(ours)} units off, over all {len(lines)} cases.\n"
        f"More than {LIMIT} units off, or not finite, are: {', '.join(off)} of them.\n"
        f"In {len(behind)} cases some peer is more accurate than Planish, by {gap} units at most."
    )


def make(library: Path, quick: bool) -> tuple[str, bool]:
    """The page, and whether planish is as accurate as promised."""
    libraries, missing = available(library, ENVIRONMENT)
    for peer in missing:
        print("missing:", peer, file=sys.stderr)
    results = [(table, run(table, libraries, quick)) for table in TABLES]
    limited = [line for table, lines in results if table.limited for line in lines]
    beyond = [line for line in limited if not line.ours() <= LIMIT]
    for line in beyond:
        print(f"planish: {line.ours():.3f} units in {line.case}", file=sys.stderr)
    versions = ", ".join(f"{one.name} {one.version}" for one in libraries)
    setting = (
        f"Measured on {datetime.date.today()}: {machine()}, {os.cpu_count()} CPUs, {platform.system()};\n{versions};\n"
        f"NumPy {np.__version__}, Python {platform.python_version()}."
    )
    parts = [HOW, setting, "", reading(results[0][1]), ""]
    parts += [markdown(table, lines) + "\n" for table, lines in results]
    return "\n".join(parts).rstrip(), not beyond
