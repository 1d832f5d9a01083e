"""Notes on rows before they are counted: each row of a sheet counts once, however many rows were made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from wdh.facts import Note


class RowNote(Struct, frozen=True):
    """A note that is not counted yet: ``cases`` maps each case to the numbers of its rows."""

    code: str
    sentence: str
    cases: Mapping[str, Sequence[int]]


def count_rows(told: Iterable[RowNote]) -> list[Note]:
    """Make the notes of what is told about the parts of one batch."""
    counted: dict[tuple[str, str], dict[str, set[int]]] = {}
    for one in told:
        cases = counted.setdefault((one.code, one.sentence), {})
        for case, rows in one.cases.items():
            cases.setdefault(case, set()).update(rows)
    return [
        Note(code, sentence, {case: len(rows) for case, rows in cases.items()})
        for (code, sentence), cases in counted.items()
    ]
