"""What the guards found, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from wdh.apply.guards import Breach, Judged
from wdh.report.terminal import plain, section, table


def show_guards(judged: Judged, *, executed: bool) -> Iterator[RenderableType]:
    """Draw what was found; nothing where nothing was."""
    parts = [part for breach in judged.breaches for part in _show(breach, executed=executed)]
    parts += [plain(f"--accept {name} was not needed: that guard found nothing.") for name in judged.unneeded]
    if parts:
        yield from section("Guards", *parts)


def name_outcome(breach: Breach, *, executed: bool) -> str:
    """Say what comes of a breach in a word."""
    if breach.is_accepted:
        return "accepted"
    if not breach.refuses:
        return "told"
    return "refused" if executed else "would refuse --execute"


def _show(breach: Breach, *, executed: bool) -> Iterator[RenderableType]:
    yield plain(f"{breach.name} ({name_outcome(breach, executed=executed)}): {breach.sentence}")
    if breach.figures:
        headings = tuple(breach.figures[0])
        shown = table(*headings)
        for figure in breach.figures:
            shown.add_row(*(plain(str(figure[heading])) for heading in headings))
        yield shown
    if breach.more:
        yield plain(f"… and {breach.more:,} more")
    if breach.advice and not breach.is_accepted:
        yield plain(breach.advice)
