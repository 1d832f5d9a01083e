"""The reader of .xls sheets: values and styles from xlrd, dates by the same rules as in .xlsx."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from typing import Any, Final

from wdh.facts import Note
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, ErrorValue, PlainValue
from wdh.workbook.package.contents import Contents
from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.exact_cells import read_serial

_EMPTY, _TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = range(7)
_MOST_EXACT: Final = 1 << 53


class XlsRows:
    """Reads one sheet that xlrd holds. ``uncached`` are the cells (row, column from 0) of formulas without result."""

    faults: tuple[type[Exception], ...] = (ValueError, TypeError, IndexError, KeyError)

    def __init__(self, sheet: Any, contents: Contents, uncached: Collection[tuple[int, int]]) -> None:
        self._sheet, self._uncached = sheet, uncached
        styles = contents.styles
        self._dates, self._durations = styles.dates | styles.eastern, styles.durations
        self._epoch_1904 = contents.epoch_1904

    def notes(self, place: str, rows: int) -> Iterable[Note]:  # noqa: ARG002
        """Nothing is to be told."""
        return ()

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give all rows in blocks of ``size``; the last may have less."""
        for first in range(0, self._sheet.nrows, size):
            rows = range(first, min(first + size, self._sheet.nrows))
            styles = [self._styles(row) for row in rows]
            values = [self._read(*entry) for entry in zip(rows, styles, strict=True)]
            yield Block.of_rows(range(first + 1, rows[-1] + 2), values, styles)

    def _styles(self, row: int) -> Sequence[int]:
        kinds, styles = self._sheet.row_types(row), self._sheet._cell_xf_indexes[row]
        return [0 if kind in (_EMPTY, _BLANK) else style for kind, style in zip(kinds, styles, strict=True)]

    def _read(self, row: int, styles: Sequence[int]) -> list[PlainValue]:
        cells = zip(self._sheet.row_types(row), self._sheet.row_values(row), styles, strict=True)
        values = [self._read_cell(*cell) for cell in cells]
        if self._uncached:
            values = [UNCACHED if (row, place) in self._uncached else value for place, value in enumerate(values)]
        return values

    def _read_cell(self, kind: int, value: Any, style: int) -> PlainValue:
        if kind in (_NUMBER, _DATE):
            if style in self._dates:
                return read_serial(value, epoch_1904=self._epoch_1904, duration=style in self._durations)
            return int(value) if value.is_integer() and abs(value) < _MOST_EXACT else float(value)
        if kind == _TEXT:
            return str(value)
        if kind == _BOOLEAN:
            return bool(value)
        if kind == _ERROR:
            return _read_error(value)
        return None


def _read_error(code: int) -> PlainValue:
    from xlrd import error_text_from_code

    text = error_text_from_code.get(code, f"error {code}")
    return text if text in ERROR_TEXTS else ErrorValue(text)
