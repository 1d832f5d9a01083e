"""Whole sheets as read: batches put together again, so that two readings can be compared cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wdh.cells import CellValue
from wdh.workbook import open_sheet

READERS = ("openpyxl", "fast")


@dataclass(frozen=True)
class Reading:
    """A sheet as read: ``cells`` and ``formats`` by (row number, header), empty cells left out."""

    headers: tuple[str, ...]
    letters: dict[str, str]
    rows: tuple[int, ...]
    cells: dict[tuple[int, str], CellValue]
    formats: dict[tuple[int, str], str]
    blank: int
    hidden: int
    reader: str
    fallback: str | None

    def column(self, header: str) -> list[CellValue]:
        """The cells under a header, in row order."""
        return [self.cells.get((row, header)) for row in self.rows]

    def same(self) -> tuple[Any, ...]:
        """What two readers must agree on, types and signs of zero included."""
        cells = {key: (type(value), repr(value)) for key, value in self.cells.items()}
        return self.headers, self.letters, self.rows, cells, self.formats, self.blank, self.hidden


def read_whole(path: Path, *, reader: str = "auto", sheet: str | int = 0, **options: Any) -> Reading:
    """Read a sheet to its end."""
    letters: dict[str, str] = {}
    rows: list[int] = []
    cells: dict[tuple[int, str], CellValue] = {}
    formats: dict[tuple[int, str], str] = {}
    blank = hidden = 0
    with open_sheet(path, sheet=sheet, reader=reader, **options) as opened:  # type: ignore[arg-type]
        for batch in opened.batches():
            assert len(batch) > 0
            assert all(len(column) == len(batch) for column in (*batch.columns.values(), *batch.formats.values()))
            rows += batch.row_numbers
            letters.update(batch.letters)
            for name, column in batch.columns.items():
                cells.update({(n, name): v for n, v in zip(batch.row_numbers, column, strict=True) if v is not None})
            for name, column in batch.formats.items():
                formats.update({(n, name): v for n, v in zip(batch.row_numbers, column, strict=True) if v is not None})
            blank, hidden = blank + batch.blank, hidden + batch.hidden
        return Reading(
            opened.headers, letters, tuple(rows), cells, formats, blank, hidden, opened.reader, opened.fallback
        )
