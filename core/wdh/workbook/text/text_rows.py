"""The reader of tables in text: every cell is text, and a row of more cells than the header is not trusted."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from wdh.errors import DataError
from wdh.facts import Note
from wdh.facts.cells import ShiftedValue
from wdh.settings import Limits, TextFormat
from wdh.words.language import later, say
from wdh.words.printable import show_name
from wdh.workbook.others import OtherBook
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.styles import Styles
from wdh.workbook.rows.blocks import Block
from wdh.workbook.survey.surveying import no_survey
from wdh.workbook.text.records import Record
from wdh.workbook.text.tables import TextTable, open_table

_FOUND = later("The form of these files in text was found: neither they nor text in data_sources.yml say it.")
_SHORT = later("These rows of files in text have fewer cells than the header: the last ones are read as blank.")
_KEPT = re.compile('="([^"]*)"')
"""A text that Excel is kept from reading as a number, and shows without its frame: ="0012"."""


def open_text(path: Path, said: TextFormat, limits: Limits) -> OtherBook:
    """Open a file in text as a workbook of one sheet, which is called like the file. DataError as open_table()."""
    table = open_table(path, said, limits)
    sheet = SheetPart(PurePath(show_name(path)).stem, "", has_cells=True, is_hidden=False, has_usual_name=True)
    contents = Contents((sheet,), None, Styles(), False, False, True, False, None)
    return OtherBook("text", contents, lambda _: (no_survey(), TextRows(table, limits=limits)), table)


class TextRows:
    """Reads a table in text. A row is a record, blank ones too, and its number is the one that Excel gives it."""

    faults: tuple[type[Exception], ...] = ()

    def __init__(self, table: TextTable, *, limits: Limits) -> None:
        self._table, self._limits = table, limits
        self._short = 0

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows in blocks of at most ``size``. DataError that names the line where one cannot be read."""
        first = 1
        with closing(self._table.records().read()) as records:
            while rows := list(islice(records, size)):
                numbers = range(first, first + len(rows))
                first += len(rows)
                yield Block.of_rows(numbers, [self._read(*row) for row in zip(numbers, rows, strict=True)])

    def notes(self, place: str, rows: int) -> Iterator[Note]:
        """Give the notes on what was found, and on rows that are too short."""
        if self._table.found:
            yield Note("text_form", say(_FOUND), {say("{place}: {found}", place=place, found=self._table.found): rows})
        if self._short:
            yield Note("short_rows", say(_SHORT), {place: self._short})

    def _read(self, number: int, record: Record) -> list[Any]:
        if len(record) > self._limits.row_cells:
            raise DataError(
                say("row {number} has over {row_cells} cells.", number=number, row_cells=self._limits.row_cells),
                row=number,
                limit="columns",
            )
        cells: list[Any] = record
        if any(cell[:2] == '="' for cell in record):
            cells = [_KEPT.sub(r"\1", cell) if _KEPT.fullmatch(cell) else cell for cell in record]
        width = self._table.width
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            cells = [ShiftedValue(cell) if cell.strip() else None for cell in cells]
        elif 1 < len(record) < width:
            self._short += 1
        return cells
