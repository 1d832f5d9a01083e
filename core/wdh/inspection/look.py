"""The first look at a sheet that nobody described: the profile of each column, and rows that are no evidence."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from contextlib import closing
from typing import Final

from msgspec import Struct, field

from wdh.columns.total_rows import TotalRows
from wdh.columns.totals import TotalWords
from wdh.errors import DataError
from wdh.facts import Batch
from wdh.facts.cells import plain_value
from wdh.inspection.profile import Profile
from wdh.inspection.reading import Source
from wdh.reshaping import Reshaping
from wdh.words.headers import first_of
from wdh.words.language import say
from wdh.words.total_words import TOTAL_WORDS
from wdh.workbook import Sheet
from wdh.workbook.rows.guesses import are_periods
from wdh.workbook.rows.headers import is_unnamed

_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9,.]*%?")
_FEWEST_BESIDE_FOOTNOTES: Final = 3
"""Columns of a sheet in which a row of one cell is taken for a footnote."""
_MOST_FOOTNOTES: Final = 50


class Look(Struct):
    """The columns and counts of a sheet, or of several of one layout, after the first look.

    ``kept`` counts the rows that are evidence of what the columns hold: all but totals, rows that go on with the
    header, and ``footnotes``, the cells that stand alone below all other rows.
    """

    sheet: str
    header_row: int
    header_beside: tuple[int, ...]
    profiles: dict[str, Profile] = field(default_factory=dict)
    rows: int = 0
    kept: int = 0
    blank: int = 0
    hidden: int = 0
    unnamed: dict[str, None] = field(default_factory=dict)
    disagreeing: set[str] = field(default_factory=set)
    footnotes: list[str] = field(default_factory=list)

    @property
    def full(self) -> frozenset[str]:
        """The headers of the columns without a blank cell in any row that is evidence."""
        return frozenset(header for header, one in self.profiles.items() if 0 < one.filled == one.cells == self.kept)


def check_header(sheet: Sheet) -> None:
    """Raise DataError where most names of the header are numbers that are no years, months or days."""
    numbers = [header for header in sheet.headers if _NUMBER.fullmatch(header)]
    if len(numbers) * 2 <= len(sheet.headers) or are_periods([*map(_read_number, numbers)]):
        return
    raise DataError(
        say(
            "{file}, sheet {sheet}: has no header. Row {header_row} was taken for it, and most of its names "
            "are numbers: {headers}. Put a row with the columns' names above.",
            file=sheet.file,
            sheet=sheet.sheet,
            header_row=sheet.header_row,
            headers=", ".join(sheet.headers[:8]),
        ),
        file=sheet.file,
        sheet=sheet.sheet,
        row=sheet.header_row,
    )


def look_at_sheets(source: Source) -> Look:
    """Read the sheets once. Raises DataError where one cannot be read, or has no header, or no rows."""
    look: Look | None = None
    with closing(source.open_sheets(known=source.shape.headers)) as sheets:
        for sheet, reshaping in sheets:
            check_header(sheet)
            look = look or Look(sheet.sheet, sheet.header_row, sheet.header_beside)
            rows = _Rows(look, reshaping, width=len(sheet.headers))
            for batch in filter(len, sheet.batches()):
                rows.add(batch)
            rows.end()
    if look is None:
        raise AssertionError("a workbook has the sheets that were chosen")
    return look


def repeated(header: str, headers: Container[str]) -> str | None:
    """Give the header that this column has a second time (``X`` for ``X#2``); None: it has its own."""
    first = first_of(header)
    return first if first in headers else None


class _Rows:
    """Takes in the rows of a sheet that are evidence; those that may be footnotes wait for a row below them."""

    def __init__(self, look: Look, reshaping: Reshaping, *, width: int) -> None:
        self._look, self._reshaping, self._width = look, reshaping, width
        self._totals = TotalRows(TotalWords(TOTAL_WORDS))
        self._waiting: list[tuple[Batch, Sequence[int]]] = []

    def add(self, batch: Batch) -> None:
        look = self._look
        look.rows += len(batch)
        look.blank += batch.blank
        look.hidden += batch.hidden
        for part in self._reshaping.parts(batch):
            self._add_part(part)

    def _add_part(self, batch: Batch) -> None:
        look = self._look
        for header, cells in batch.columns.items():
            if is_unnamed(header):
                look.unnamed[batch.letters[header]] = None
            elif header not in look.profiles:
                look.profiles[header] = Profile(header, batch.letters.get(header, ""))
            elif (letter := batch.letters.get(header, "")) not in look.profiles[header].letter.split(":"):
                look.profiles[header].letter = f"{look.profiles[header].letter.partition(':')[0]}:{letter}"
            first = repeated(header, batch.columns)
            if first is not None and any(
                one != other for one, other in zip(cells, batch.columns[first], strict=True) if one is not None
            ):
                look.disagreeing.add(first)
        left_out = {*self._totals.find(batch, labels={}, keys={}).totals}
        left_out.update(index for index, row in enumerate(batch.row_numbers) if row in look.header_beside)
        rows = [index for index in range(len(batch)) if index not in left_out]
        last = self._find_last(batch, rows)
        if last:
            self._add_waiting()
            self._add(batch, rows[:last])
        if rows[last:]:
            self._waiting.append((batch, rows[last:]))
        if sum(len(waiting) for _, waiting in self._waiting) > _MOST_FOOTNOTES:
            self._add_waiting()

    def end(self) -> None:
        """Decide on the rows that wait: they are footnotes, unless there is nothing else."""
        if not self._look.kept:
            self._add_waiting()
        for batch, rows in self._waiting:
            self._look.footnotes += (_name_cell(batch, index) for index in rows)

    def _find_last(self, batch: Batch, rows: Sequence[int]) -> int:
        """Say how many of these rows there are up to the last one that is no footnote for sure."""
        last = len(rows) if self._width < _FEWEST_BESIDE_FOOTNOTES or self._reshaping.long is not None else 0
        columns = [cells for header, cells in batch.columns.items() if header not in batch.outside]
        for place in range(len(rows), last, -1):
            filled = [cells[rows[place - 1]] for cells in columns if cells[rows[place - 1]] is not None]
            if len(filled) > 1 or not isinstance(plain_value(filled[0]), str):
                return place
        return last

    def _add_waiting(self) -> None:
        for batch, rows in self._waiting:
            self._add(batch, rows)
        self._waiting = []

    def _add(self, batch: Batch, rows: Sequence[int]) -> None:
        look = self._look
        look.kept += len(rows)
        for header, cells in batch.columns.items():
            if is_unnamed(header):
                continue
            profile = look.profiles[header]
            formats = batch.formats.get(header)
            if len(rows) == len(batch):
                profile.add(cells, formats)
            else:
                formats = None if formats is None else [formats[index] for index in rows]
                profile.add([cells[index] for index in rows], formats)


def _name_cell(batch: Batch, index: int) -> str:
    filled = (header for header, cells in batch.columns.items() if cells[index] is not None)
    header = next(header for header in filled if header not in batch.outside)
    return f"{batch.letters[header]}{batch.row_numbers[index]}"


def _read_number(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() else math.nan
