"""docs/benchmarks.md as text: what a run found, with the explanations that were written by hand."""

from collections.abc import Iterable
from typing import Any

from cells import DTYPES, OPERATIONS, thread_text
from peers import OURS, PEERS
from results import CellResult, Results
from table import summary, table


def machine_lines(about: dict[str, Any]) -> Iterable[str]:
    machine, how = about["machine"], about["how"]
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    yield f"- Machine: {machine.get('model name', 'unknown CPU')}, {how['cpus']} CPUs; {caches}; {machine['system']}"
    level = f"everybody held to {how['cpu']}" if how["cpu"] else "each takes the best that it has"
    yield f"- CPU level: {level}. Load of the machine when the run began: {how['load']:.2f}"
    versions = (f"{PEERS[name].title} {version}" for name, version in about["versions"].items() if version)
    yield f"- Versions: {'; '.join(versions)}; Python {machine['python']}"
    yield f"- Date: {about['date']}"
    yield (
        f"- {how['rounds']} rounds in which all take turns, each measurement {how['milliseconds']:g} ms or one call. "
        "[How it is measured](../benchmarks/README.md)"
    )


def lost_lines(results: list[CellResult]) -> Iterable[str]:
    """Every cell that is lost, the worst first."""
    lost = sorted((r for r in results if r.ratio is not None and r.is_lost), key=lambda r: r.ratio or 0)
    if lost:
        yield "| cell | fastest peer | its way | ratio |"
        yield "|---|---|---|---|"
    for result in lost:
        rival = result.rival or ""
        title, way = PEERS[rival].title, result.fastest_way(rival)
        yield f"| {result.cell.name} | {title} | {way} | **{result.ratio:.2f}** |"


def missing_lines(results: list[CellResult]) -> Iterable[str]:
    """Each reason once, and in which cells it was met."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for name, reason in result.missing.items():
            place = f"{result.cell.operation} {result.cell.dtype}"
            places = reasons.setdefault((name, reason), [])
            if place not in places:
                places.append(place)
    for (name, reason), places in reasons.items():
        yield f"- {PEERS[name].title}, {reason} ({', '.join(places)})"


def remark_lines(results: list[CellResult]) -> Iterable[str]:
    for result in results:
        for name, remarks in result.remarks.items():
            texts = "; ".join(dict.fromkeys(remarks.values()))
            yield f"- {PEERS[name].title}, {result.cell.name}: {texts}"


def table_sections(results: list[CellResult]) -> Iterable[str]:
    for threads in sorted({result.cell.threads for result in results}):
        yield f"## {thread_text(threads).capitalize()}"
        for dtype in DTYPES:
            for operation, outputs in OPERATIONS.items():
                part = [r for r in results if r.cell.dtype == dtype and r.cell.operation == operation]
                part = [r for r in part if r.cell.threads == threads]
                if part:
                    yield f"### {DTYPES[dtype]}, {operation.replace('_', ' ')}: {outputs}"
                    yield table(part)


def write(found: Results, picture: str, explanation: str) -> str:
    results = found.read()
    sections = [
        "# Benchmarks",
        "<!-- Made by benchmarks/render.py, with the text of benchmarks/explanation.md. -->",
        "\n".join(machine_lines(found.about)),
        f"{summary(results)} Times are medians in microseconds a call, those of planish with their quartiles; "
        "what is faster than planish is in bold. The ratio is the time of the fastest peer, plain C left aside, in "
        "units of planish's. The last column is planish's time in units of the limit, which moves the same bytes and "
        "does nothing else.",
        f"![The ratio of every cell]({picture})",
        explanation.strip(),
    ]
    if lost := "\n".join(lost_lines(results)):
        sections += ["### All lost cells", lost]
    sections += table_sections(results)
    if missing := "\n".join(missing_lines(results)):
        sections += ["## What the peers lack", missing]
    if remarks := "\n".join(remark_lines(results)):
        sections += ["## Results that are far off", f"Compared with {PEERS[OURS].title}'s.", remarks]
    return "\n\n".join(sections) + "\n"
