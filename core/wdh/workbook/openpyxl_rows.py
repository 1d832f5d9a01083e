"""The reference reader: openpyxl's streaming parser, told what it would forget (formulas without a result, escapes)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet._reader import (
    DATA_TAG,
    FORMULA_TAG,
    INLINE_STRING,
    ROW_TAG,
    VALUE_TAG,
    WorkSheetParser,
)
from openpyxl.xml.constants import SHEET_MAIN_NS

from wdh.cells import UNCACHED, column_letter
from wdh.errors import DataError
from wdh.settings import Limits
from wdh.workbook.blocks import OVERFLOW, Block
from wdh.workbook.guard import read_chunks
from wdh.workbook.look import past_last_row
from wdh.workbook.package import Contents, SheetPart
from wdh.workbook.serials import read_serial

_CHUNK = 1 << 13  # small: the elements of one chunk are all alive at once, and the garbage collector walks them
_WIDEST_INT = 1 << 63
_LET_GO = 500  # strings at once: the parser is as many ahead, and each time moves them
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_STRICT_NS = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_MAIN_NS = SHEET_MAIN_NS.encode()
_ITEM, _TEXT, _RUN = f"{{{SHEET_MAIN_NS}}}si", f"{{{SHEET_MAIN_NS}}}t", f"{{{SHEET_MAIN_NS}}}r/{{{SHEET_MAIN_NS}}}t"


class OpenpyxlRows:
    """Reads one sheet of an open package by openpyxl."""

    name = "openpyxl"
    faults = (ElementTree.ParseError, ValueError, TypeError, KeyError)

    def __init__(
        self, path: Path, package: zipfile.ZipFile, contents: Contents, sheet: SheetPart, *, limits: Limits
    ) -> None:
        self._path, self._package, self._contents, self._sheet = path, package, contents, sheet
        self._limits = limits

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows that the file holds, in blocks of at most ``size``. Styles come only where one is needed."""
        strings = list(_read_strings(self._part(self._contents.strings)))
        needed = bool(self._contents.styles.needed)
        with self._part(self._sheet.member) as source:
            rows = _join_rows(_Parser(source, strings, self._contents, self._limits).rows())
            while taken := list(islice(rows, size)):
                numbers, values, styles = zip(*taken, strict=True)
                yield Block.of_rows(numbers, values, styles if needed else None)

    def _part(self, member: str | None) -> _Part:
        return _Part(self._path, self._package, member, most=self._limits.row_bytes)


class _Part(io.RawIOBase):
    """A part of the package as a file: strict namespaces read as the usual ones. No part (None): an empty table.

    After each element that was done with, :meth:`settle` must be called: what is not done with is held in memory, so
    DataError where that comes to more than ``most`` bytes.
    """

    def __init__(self, path: Path, package: zipfile.ZipFile, member: str | None, *, most: int) -> None:
        self._most, self._held = most, 0
        known = member is not None and member in package.namelist()
        self._chunks = read_chunks(path, package, member, size=_CHUNK) if known and member else iter((b"<none/>",))

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 (a parser takes whatever comes)
        chunk = next(self._chunks, b"")
        self._held += len(chunk)
        if self._held > self._most:
            raise DataError(f"over {self._most >> 20} MiB of its XML are no rows, or one row or string.")
        return chunk.replace(_STRICT_NS, _MAIN_NS) if _STRICT_NS in chunk[:4096] else chunk

    def settle(self) -> None:
        """Say that what was read so far is not held any more."""
        self._held = 0

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
        super().close()


class _Parser(WorkSheetParser):
    """openpyxl's parser of rows, without what belongs to the sheet as a whole."""

    def __init__(self, source: _Part, strings: list[str], contents: Contents, limits: Limits) -> None:
        super().__init__(source, strings, data_only=True)
        self._part, self._limits = source, limits
        self._epoch_1904 = contents.epoch_1904
        self._dates = contents.styles.dates | contents.styles.eastern
        self._durations = contents.styles.durations

    def rows(self) -> Generator[tuple[int, list[Any], list[int]], None, None]:
        """Give each row's number, values and styles. The rows of the first sheetData are let go of as they come."""
        data: ElementTree.Element | None = None
        for event, element in ElementTree.iterparse(self._part, ("start", "end")):  # noqa: S314 (the guard refused document types)
            if event == "start":
                data = element if data is None and element.tag == DATA_TAG else data
            elif element.tag == ROW_TAG:
                yield self._read_row(element)
                element.clear()
                if data is not None and len(data) and data[0] is element:
                    del data[0]
                    self._part.settle()

    def _read_row(self, element: ElementTree.Element) -> tuple[int, list[Any], list[int]]:
        if len(element) > self._limits.row_cells:
            raise DataError(f"the row has {len(element)} cells, and a sheet has {self._limits.row_cells} columns.")
        number, cells = self.parse_row(element)  # type: ignore[arg-type]  # the stubs narrow what it takes
        if number > self._limits.rows:
            raise DataError(f"row {number} {past_last_row(self._limits)}", limit="rows")
        values, styles = _spread(cells)
        if len(values) > self._limits.columns:
            raise _too_wide(number, len(values), most=self._limits.columns)
        return number, values, styles

    def parse_cell(self, element: ElementTree.Element) -> dict[str, Any]:
        """Read one cell as openpyxl does, but for dates, formulas without a result, escapes, and numbers too large."""
        try:
            text = _plain_text(element) if element.get("t") == "inlineStr" else None
            if text is not None:
                return self._make_text(element, text)
            cell = super().parse_cell(element)
            if element.get("t") != "s" or cell["value"] is None:
                cell["value"] = self._mend(element, cell)
        except (ValueError, IndexError, TypeError) as error:
            name = element.get("r") or f"row {self.row_counter}"
            raise DataError(f"{name} holds what no workbook may hold ({error}).", cell=element.get("r")) from error
        return cell

    def _make_text(self, element: ElementTree.Element, text: str) -> dict[str, Any]:
        coordinate = element.get("r")
        if coordinate:
            row, self.col_counter = coordinate_to_tuple(coordinate)
        else:
            row, self.col_counter = self.row_counter, self.col_counter + 1
        value = unescape(text) if "_x" in text else text
        style = int(element.get("s") or 0)
        return {"row": row, "column": self.col_counter, "value": value, "data_type": "s", "style_id": style}

    def _mend(self, element: ElementTree.Element, cell: dict[str, Any]) -> Any:
        value, kind = cell["value"], element.get("t", "n")
        if value is None:
            return UNCACHED if _lacks_result(element, kind) else None
        if kind == "n":
            if cell["style_id"] in self._dates:
                return read_serial(value, epoch_1904=self._epoch_1904, duration=cell["style_id"] in self._durations)
            return _bound(value) if type(value) is int else value
        return unescape(value) if kind in ("str", "inlineStr") and "_x" in value else value


_Row = tuple[int, list[Any], list[int]]


def _join_rows(rows: Iterator[_Row]) -> Iterator[_Row]:
    """Join the parts of a row that follow each other: some writers write a row for each cell."""
    held = next(rows, None)
    for row in rows:
        if held is not None and row[0] == held[0]:
            held = _join(held, row)
        elif held is not None:
            yield held
            held = row
    if held is not None:
        yield held


def _join(first: _Row, second: _Row) -> _Row:
    number, values, styles = first
    room = len(second[1]) - len(values)
    values, styles = values + [None] * room, styles + [0] * room
    for place, (value, style) in enumerate(zip(second[1], second[2], strict=True)):
        if value is None:
            continue
        if values[place] is not None:
            cell = f"{column_letter(place)}{number}"
            raise DataError(f"{cell} is written twice.", cell=cell)
        values[place], styles[place] = value, style
    return number, values, styles


def _too_wide(row: int, width: int, *, most: int) -> DataError:
    cell = f"{column_letter(width - 1)}{row}"
    return DataError(
        f"{cell} holds something past the last column allowed ({most}). Empty it, or raise limits.columns in "
        "data_sources.yml.",
        cell=cell,
        limit="columns",
    )


def _plain_text(element: ElementTree.Element) -> str | None:
    """Give the text of an inline string without formats; None for any other. openpyxl makes four objects of each."""
    inline = element.find(INLINE_STRING)
    if inline is None or len(inline) != 1 or inline[0].tag != _TEXT:
        return None
    return inline[0].text or ""


def _lacks_result(element: ElementTree.Element, kind: str) -> bool:
    if element.find(FORMULA_TAG) is None:
        return False
    return kind != "str" or element.find(VALUE_TAG) is None


def _bound(number: int) -> int | float | str:
    """Excel knows doubles only: an integer beyond 64 bits is one, as for every other reader."""
    if -_WIDEST_INT <= number < _WIDEST_INT:
        return number
    try:
        return float(number)
    except OverflowError:
        return OVERFLOW


def _spread(cells: list[dict[str, Any]]) -> tuple[list[Any], list[int]]:
    """Put a row's cells at their columns. Cells that hold nothing take no room at the end."""
    width = max((cell["column"] for cell in cells if cell["value"] not in (None, "")), default=0)
    values: list[Any] = [None] * width
    styles = [0] * width
    for cell in cells:
        if cell["column"] <= width:
            values[cell["column"] - 1] = cell["value"]
            styles[cell["column"] - 1] = cell["style_id"]
    return values, styles


def unescape(text: str) -> str:
    """Undo the escapes of a stored text: ``_x000D_`` is a carriage return, ``_x005F_`` an underscore.

    Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
    """
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read_strings(source: _Part) -> Iterator[str]:
    """Give the shared strings in order: text without its formats and without phonetic hints."""
    with source:
        table: ElementTree.Element | None = None
        done = 0
        for event, element in ElementTree.iterparse(source, ("start", "end")):  # noqa: S314 (as above)
            if event == "start":
                table = element if table is None else table
            elif element.tag == _ITEM:
                parts = [node.text or "" for node in (*element.iterfind(_TEXT), *element.iterfind(_RUN))]
                text = "".join(parts)
                yield unescape(text) if "_x" in text else text
                element.clear()
                if table is not None and len(table) > done and table[done] is element:
                    done += 1
                    source.settle()
                if table is not None and done == _LET_GO:
                    del table[:done]
                    done = 0
