"""Facts of one delivery that are the same in every column."""

from __future__ import annotations

from msgspec import Struct

from wdh.facts.spool import FactRows

_SHOWN = 20
_ROWS_SHOWN = 10


class RepeatedRows(Struct, frozen=True):
    """Rows of one sheet that are the same fact, the first of them."""

    file: str
    sheet: str
    rows: tuple[int, ...]


class Repeats(Struct, frozen=True):
    """All repetitions of a delivery: ``rows`` more than there are different facts, in ``groups``.

    ``places`` are those of the first groups.
    """

    rows: int = 0
    groups: int = 0
    places: tuple[RepeatedRows, ...] = ()


def find_repeats(facts: FactRows) -> Repeats:
    """Find the facts that stand there more than once. Reads them once, and once more where there are some."""
    lines = facts.repeated_lines()
    if not lines:
        return Repeats()
    shown = (_place(facts, each) for each in lines[:_SHOWN])
    return Repeats(sum(map(len, lines)) - len(lines), len(lines), tuple(shown))


def _place(facts: FactRows, lines: tuple[int, ...]) -> RepeatedRows:
    first = facts.place(lines[0])
    places = (facts.place(line) for line in lines[:_ROWS_SHOWN])
    own = [place.row for place in places if (place.file, place.sheet) == (first.file, first.sheet)]
    return RepeatedRows(first.file, first.sheet, tuple(own))
