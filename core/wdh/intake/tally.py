"""The result of reading workbooks: counts of rows, rejects, notes, candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.discovery import Fetched
from wdh.facts import Note, Reject
from wdh.references.candidates import Candidates
from wdh.words.language import in_english

if TYPE_CHECKING:
    from wdh.mending.returnable import Returnable


class WorkbookTally(Struct, frozen=True):
    """The counts of the rows of one workbook's sheet.

    ``data_rows`` are all below the header that are not blank. Of them ``facts`` were taken (several of each where wide
    rows are made long), ``totals`` only sum up others, and ``rejected`` hold a cell that could not be understood.
    ``blank`` rows were passed over, and ``repeated`` ones only repeat the header; ``hidden`` rows are among the data
    rows. ``total_rows`` are the numbers of the totals as ranges, first and last; of ``totals_checked`` that have
    amounts and could be compared with the facts that they cover, ``totals_agreed`` give their sum. ``header_row`` is
    the row of the header; 0: that is not known. ``unread`` are the headers that nothing reads, each with its cell.
    ``origin`` is where the workbook was fetched from; None: it lies at ``path``.
    """

    path: Path
    file: str
    sheet: str
    reader: str
    sha256: str
    chosen: str
    facts: int = 0
    totals: int = 0
    rejected: int = 0
    blank: int = 0
    hidden: int = 0
    data_rows: int = 0
    repeated: int = 0
    total_rows: tuple[tuple[int, int], ...] = ()
    totals_checked: int = 0
    totals_agreed: int = 0
    header_row: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)
    origin: Fetched | None = None

    @property
    def place(self) -> str:
        """The path or address of the workbook, for people and programs."""
        return str(self.path) if self.origin is None else self.origin.address

    @property
    def folder(self) -> str:
        """The path or address of its folder."""
        return str(self.path.absolute().parent) if self.origin is None else self.origin.folder

    def plus(self, **counts: int) -> WorkbookTally:
        """Count further rows of the same sheet, by the names of the counts."""
        return replace(self, **{name: getattr(self, name) + count for name, count in counts.items()})


class Intake(Struct, frozen=True):
    """Everything read from the workbooks of a run, but for the facts themselves.

    ``returnable``: workbooks with cells to mend can go back to their senders; None: values are withheld.
    """

    workbooks: tuple[WorkbookTally, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[Note, ...]
    candidates: tuple[Candidates, ...]
    returnable: Returnable | None = None


def merge_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Add up notes with the same code; the most frequent cases come first."""
    sentences: dict[str, str] = {}
    cases: dict[str, Counter[str]] = {}
    for note in notes:
        sentences.setdefault(note.code, note.sentence)
        cases.setdefault(note.code, Counter()).update(note.cases)
    return tuple(
        Note(code, sentence, dict(sorted(cases[code].items(), key=lambda case: (-case[1], in_english(case[0])))))
        for code, sentence in sentences.items()
    )


def ranges_of(rows: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Put rising row numbers into ranges, first and last: 4, 6, 7 are (4, 4) and (6, 7)."""
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    return tuple(ranges)


def rejected_rows(intake: Intake) -> int:
    """Count the rows that were rejected: several bad cells of a row are one row."""
    return sum(tally.rejected for tally in intake.workbooks)
