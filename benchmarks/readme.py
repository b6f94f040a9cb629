"""Rewrite the table of speed in README.md from docs/benchmarks.json: float32, forward and backward.

python benchmarks/readme.py
"""

import environment
from cells import SHAPES
from peers import OURS, PEERS
from results import CellResult, Results
from table import limit_of, line, microseconds, ratio_of

START, END = "<!-- the table of speed -->\n", "<!-- the end of the table of speed -->\n"
HEADER = ("rows x features", *2 * ("µs", "fastest peer", "ratio", "of the limit", "all threads"))


def half(one: CellResult | None, several: CellResult | None) -> list[str]:
    """The columns of one operation."""
    if one is None or (ours := one.median(OURS)) is None or one.rival is None:
        return ["-"] * 5
    theirs = one.median(one.rival)
    peer = f"{PEERS[one.rival].title} {microseconds(theirs)}" if theirs is not None else "-"
    return [microseconds(ours), peer, ratio_of(one), limit_of(one), ratio_of(several) if several else "-"]


def table(results: list[CellResult]) -> str:
    found = {(r.cell.operation, r.cell.shape_name, r.cell.threads > 1): r for r in results if r.cell.dtype == "f32"}
    lines = [line(HEADER), "|" + "---|" * len(HEADER)]
    for shape in SHAPES:
        halves = [half(found.get((o, shape, False)), found.get((o, shape, True))) for o in ("forward", "backward")]
        lines.append(line([shape.replace("x", " x "), *halves[0], *halves[1]]))
    return "\n".join(lines) + "\n"


def main() -> None:
    path = environment.ROOT / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    results = Results.load(environment.ROOT / "docs" / "benchmarks.json").read()
    path.write_text(before + START + table(results) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
