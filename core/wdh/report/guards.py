"""The findings of the guards, for people."""

from __future__ import annotations

from collections.abc import Iterator

from wdh.apply.guards import Breach, Judged
from wdh.report.blocks import Line, Section, Table


def summarise_guards(judged: Judged, *, executed: bool) -> Iterator[Section]:
    """Show what was found; nothing where nothing was."""
    parts = [part for breach in judged.breaches for part in _show(breach, executed=executed)]
    parts += [Line(f"--accept {name} was not needed: that guard found nothing.") for name in judged.unneeded]
    if parts:
        yield Section("Guards", parts)


def name_outcome(breach: Breach, *, executed: bool) -> str:
    """Say what comes of a breach in a word."""
    if breach.is_accepted:
        return "accepted"
    if not breach.refuses:
        return "told"
    return "refused" if executed else "would refuse --execute"


def _show(breach: Breach, *, executed: bool) -> Iterator[Line | Table]:
    yield Line(f"{breach.name} ({name_outcome(breach, executed=executed)}): {breach.sentence}")
    if breach.figures:
        headings = tuple(breach.figures[0])
        yield Table(headings, [tuple(str(figure[heading]) for heading in headings) for figure in breach.figures])
    if breach.more:
        yield Line(f"… and {breach.more:,} more")
    if breach.advice and not breach.is_accepted:
        yield Line(breach.advice)
