"""Results as markdown tables."""

from collections.abc import Iterable

from peers import LIMIT, NAIVE, OURS, OURS_PYTHON, PEERS, RIVALS
from results import CellResult

COLUMNS = (OURS_PYTHON, *RIVALS, NAIVE, LIMIT)
NOTHING = "-"  # the peer has nothing for the cell


def microseconds(nanoseconds: float) -> str:
    """Three digits."""
    value = nanoseconds / 1000
    return f"{value:.0f}" if value >= 1000 else f"{value:#.3g}".rstrip(".")


def spread(result: CellResult) -> str:
    """planish's median, and the quartiles around it."""
    quartiles = result.quartiles(OURS)
    if quartiles is None:
        return NOTHING
    low, middle, high = map(microseconds, quartiles)
    return f"{middle} ({low}-{high})"


def time_of(result: CellResult, peer: str) -> str:
    """In bold where planish takes longer; the limit is meant to be shorter."""
    median, ours = result.median(peer), result.median(OURS)
    if median is None:
        return NOTHING
    text = microseconds(median)
    return f"**{text}**" if ours is not None and median < ours and peer not in (OURS_PYTHON, LIMIT) else text


def ratio_of(result: CellResult) -> str:
    if result.ratio is None:
        return NOTHING
    return f"**{result.ratio:.2f}**" if result.is_lost else f"{result.ratio:.2f}"


def limit_of(result: CellResult) -> str:
    return NOTHING if result.of_limit is None else f"{result.of_limit:.2f}"


def line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def table(results: Iterable[CellResult], *, label: str = "shape") -> str:
    """A line for each; `label` is what tells them apart: the shape, or the whole name."""
    results = list(results)
    columns = [peer for peer in COLUMNS if any(peer in result.times for result in results)]
    titles = [label, PEERS[OURS].title, *(PEERS[peer].title for peer in columns), "ratio", "of the limit"]
    lines = [line(titles), "|" + "---|" * len(titles)]
    for result in results:
        name = result.cell.shape_name if label == "shape" else result.cell.name
        times = [time_of(result, peer) for peer in columns]
        lines.append(line((name, spread(result), *times, ratio_of(result), limit_of(result))))
    return "\n".join(lines)


def summary(results: list[CellResult]) -> str:
    """In how many cells planish is behind, and behind whom."""
    judged = [result for result in results if result.ratio is not None]
    lost = [result for result in judged if result.is_lost]
    if not judged:
        return "No cell has a peer to be compared with."
    by = {name: sum(result.rival == name for result in lost) for name in RIVALS}
    whom = ", ".join(f"{PEERS[name].title} {count}" for name, count in by.items() if count)
    text = f"The fastest peer is ahead of planish in {len(lost)} of {len(judged)} cells{f' ({whom})' if whom else ''}."
    plain = sum("**" in time_of(result, NAIVE) for result in results)
    return f"{text} So is {PEERS[NAIVE].title} in {plain}." if plain else text
