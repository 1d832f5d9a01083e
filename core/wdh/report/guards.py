"""The findings of the guards, for people."""

from __future__ import annotations

from collections.abc import Iterator

from wdh.apply.guards import Breach, Judged
from wdh.report.blocks import Line, Section, Table
from wdh.words.language import say


def summarise_guards(judged: Judged, *, executed: bool) -> Iterator[Section]:
    """Show what was found; nothing where nothing was."""
    parts = [part for breach in judged.breaches for part in _show(breach, executed=executed)]
    parts += [
        Line(say("--accept {guard} was not needed: that guard found nothing.", guard=name)) for name in judged.unneeded
    ]
    if parts:
        yield Section(say("Guards"), parts)


def name_outcome(breach: Breach, *, executed: bool) -> str:
    """Say what comes of a breach in a word."""
    if breach.is_accepted:
        return say("accepted")
    if not breach.refuses:
        return say("told")
    return say("refused") if executed else say("would refuse --execute")


def _show(breach: Breach, *, executed: bool) -> Iterator[Line | Table]:
    yield Line(f"{breach.name} ({name_outcome(breach, executed=executed)}): {breach.sentence}")
    if breach.figures:
        headings = tuple(breach.figures[0])
        yield Table(headings, [tuple(str(figure[heading]) for heading in headings) for figure in breach.figures])
    if breach.more:
        yield Line(say("… and {count} more", count=f"{breach.more:,}"))
    if breach.advice and not breach.is_accepted:
        yield Line(breach.advice)
