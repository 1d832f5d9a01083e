"""Workbooks of Excel 97 to 2003 (.xls), opened by xlrd (extra ``xls``), which gives values with their formats.

Dates are read by the same rules as in .xlsx. The records that xlrd passes over tell which formulas have no stored
result: [MS-XLS] 2.4.127 Formula, 2.4.215 RecalcId, 2.5.133 FormulaValue.
"""

from __future__ import annotations

import importlib.util
import io
from array import array
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from struct import Struct
from typing import Any, Final, TypeVar

from wdh.errors import DataError, SetupError
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, ErrorValue, PlainValue
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.others import OtherBook
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.styles import Styles, make_styles
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.exact_cells import read_serial
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.style_runs import StyleRuns
from wdh.workbook.survey.surveying import Survey

_LIBRARY: Final = "xlrd"
_LONGEST: Final = 200
_Result = TypeVar("_Result")

_EMPTY, _TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR, _BLANK = range(7)
_MOST_EXACT: Final = 1 << 53
_RECORD: Final = Struct("<HH")
_FORMULA: Final = Struct("<HHH8sH")
_FORMULAS: Final = frozenset((0x0006, 0x0206, 0x0406))
_BEGIN, _END, _RECALC_ID = 0x0809, 0x000A, 0x01C1
_CALCULATE_ON_LOAD: Final = 2
_EMPTY_TEXT, _ZERO = b"\x03\x00\x00\x00\x00\x00\xff\xff", bytes(8)


def open_xls(path: Path, limits: Limits) -> OtherBook:
    """Open a workbook. DataError where it is damaged, protected or too large; SetupError without the library."""
    if importlib.util.find_spec(_LIBRARY) is None:
        message = say(
            '{name}: is an old .xls workbook, and its reader is not installed. Run pip install "wdh[xls]", '
            "or open the file in Excel and save it as .xlsx.",
            name=path.name,
        )
        raise SetupError(message, file=str(path))
    if path.stat().st_size > limits.part_bytes:
        message = say(
            "{name}: has over {most} MiB. Do not trust it; where it is what it should be, raise "
            "limits.part_mib in data_sources.yml.",
            name=path.name,
            most=limits.part_bytes >> 20,
        )
        raise DataError(message, file=str(path), limit="part_mib")
    book = _read_safely(path, partial(_open_book, path))
    styles = _read_safely(path, partial(_read_styles, book))
    sheets = tuple(
        SheetPart(name, str(place), has_cells=True, is_hidden=bool(hidden), has_usual_name=True)
        for place, (name, hidden) in enumerate(zip(book.sheet_names(), book._sheet_visibility, strict=True))
    )
    if not sheets:
        raise DataError(
            say("{name}: has no worksheet. Open it in Excel and save it as .xlsx.", name=path.name), file=str(path)
        )
    calculated = is_calculated(book.mem, book.base)
    contents = Contents(sheets, None, styles, True, bool(book.datemode), calculated, False, None)
    return OtherBook("xls", contents, partial(_open_sheet, path, book, contents))


def _open_book(path: Path) -> Any:
    import xlrd

    # By its bytes: a mapped file that is cut off meanwhile ends the process. The library writes warnings somewhere.
    return xlrd.open_workbook(
        file_contents=path.read_bytes(),
        logfile=io.StringIO(),
        formatting_info=True,
        on_demand=True,
        ragged_rows=True,
    )


def _read_styles(book: Any) -> Styles:
    own = {entry.format_key: entry.format_str for entry in book.format_list}
    return make_styles(own, [style.format_key for style in book.xf_list])


def _open_sheet(path: Path, book: Any, contents: Contents, part: SheetPart) -> tuple[Survey, Reader]:
    place = int(part.member)
    sheet = _read_safely(path, partial(book.sheet_by_index, place))
    uncached = _read_safely(path, partial(find_uncached, book.mem, book._sh_abs_posn[place], contents.is_calculated))
    survey = Survey(
        array("I", sorted(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)),
        tuple(Area(top + 1, bottom, left, right - 1) for top, bottom, left, right in sheet.merged_cells),
        StyleRuns(),
        styled=True,
        unfit=None,
        hidden_columns=tuple(_hidden_columns(sheet.colinfo_map.items())),
        last_row=sheet.nrows,
    )
    return survey, XlsRows(sheet, contents, uncached)


def _hidden_columns(columns: Iterable[tuple[int, Any]]) -> Iterator[range]:
    return (range(column, column + 1) for column, info in sorted(columns, key=lambda one: one[0]) if info.hidden)


def _read_safely(path: Path, read: Callable[[], _Result]) -> _Result:
    """Turn every error of the library into a DataError: on a damaged file it raises whatever it runs into."""
    try:
        return read()
    except (DataError, MemoryError):
        raise
    except Exception as error:
        what = " ".join(f"{error}".split())[:_LONGEST] or type(error).__name__
        if "encrypted" in what.lower():
            message = say(
                "{name}: is protected by a password. Open it in Excel, remove the password, and save it.",
                name=path.name,
            )
        else:
            message = say(
                "{name}: is no sound .xls workbook ({what}). Open it in Excel and save it as .xlsx.",
                name=path.name,
                what=what,
            )
        raise DataError(message, file=str(path)) from error


class XlsRows(Reader):
    """Reads one sheet that xlrd holds. ``uncached`` are the cells (row, column from 0) of formulas without result."""

    faults: tuple[type[Exception], ...] = (ValueError, TypeError, IndexError, KeyError)

    def __init__(self, sheet: Any, contents: Contents, uncached: Collection[tuple[int, int]]) -> None:
        self._sheet, self._uncached = sheet, uncached
        styles = contents.styles
        self._dates, self._durations = styles.dates | styles.eastern, styles.durations
        self._epoch_1904 = contents.epoch_1904

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


def is_calculated(stream: bytes, start: int) -> bool:
    """Say whether Excel would take the stored results as they are: it marks a workbook that it calculated."""
    return any(kind == _RECALC_ID for kind, _, _ in _records(stream, start))


def find_uncached(stream: bytes, start: int, calculated: bool) -> frozenset[tuple[int, int]]:
    """Find the cells (row, column from 0) whose formula has no result: one of nothing or zero, still to be calculated.

    ``start`` is the place of the sheet in the stream. In a workbook that is not ``calculated`` they are results all the
    same if other formulas of the sheet have one: the writers that calculate nothing store none at all.
    """
    nothing: dict[tuple[int, int], bool] = {}
    for kind, place, size in _records(stream, start):
        if kind in _FORMULAS and size >= _FORMULA.size:
            row, column, _, result, flags = _FORMULA.unpack_from(stream, place)
            if result == _ZERO or result[:1] + bytes(5) + result[6:] == _EMPTY_TEXT:
                nothing[row, column] = bool(flags & _CALCULATE_ON_LOAD)
            else:
                calculated = True
    return frozenset(cell for cell, is_awaited in nothing.items() if is_awaited or not calculated)


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Give kind, place and size of the records of a substream, up to its end; charts in it have ends of their own."""
    place, depth = start, 0
    while place + _RECORD.size <= len(stream):
        kind, size = _RECORD.unpack_from(stream, place)
        depth += (kind == _BEGIN) - (kind == _END)
        place += _RECORD.size
        yield kind, place, size
        place += size
        if depth <= 0:
            return
