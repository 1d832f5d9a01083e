"""The reference reader: a streaming parser of rows by openpyxl's rules; exact_cells reads their cells."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet._reader import CELL_TAG, DATA_TAG, ROW_TAG
from openpyxl.xml.constants import SHEET_MAIN_NS

from wdh.errors import DataError
from wdh.facts.cells import DamagedValue, PlainValue, column_letter
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.package.archive import Archive
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.guard import read_chunks
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.exact_cells import ExactCells, Text, read_string
from wdh.workbook.survey.row_scan import past_last_row

_CHUNK = 1 << 13  # small: the elements of one chunk are all alive at once, and the garbage collector walks them
_LET_GO = 500  # strings at once: the parser is as many ahead, and each time moves them
_STRICT_NS = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_MAIN_NS = SHEET_MAIN_NS.encode()
_ITEM = f"{{{SHEET_MAIN_NS}}}si"


class OpenpyxlRows(Reader):
    """Reads one sheet of an open package by openpyxl."""

    faults = (ElementTree.ParseError, ValueError, TypeError, KeyError)

    def __init__(self, path: Path, package: Archive, contents: Contents, sheet: SheetPart, *, limits: Limits) -> None:
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

    After each element that was done with, :meth:`release` must be called: what is not done with is held in memory, so
    DataError where that comes to more than ``most`` bytes.
    """

    def __init__(self, path: Path, package: Archive, member: str | None, *, most: int) -> None:
        self._most, self._held, self._begun = most, 0, False
        known = member is not None and member in package.entries
        self._chunks = read_chunks(path, package, member, size=_CHUNK) if known and member else iter((b"<none/>",))

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 (a parser takes whatever comes)
        chunk = next(self._chunks, b"")
        if not self._begun:  # no parser takes a line break before the declaration
            self._begun, chunk = True, chunk.lstrip() or chunk
        self._held += len(chunk)
        if self._held > self._most:
            raise DataError(say("over {most} MiB of its XML are no rows, or one row or string.", most=self._most >> 20))
        return chunk.replace(_STRICT_NS, _MAIN_NS) if _STRICT_NS in chunk[:4096] else chunk

    def release(self) -> None:
        """Count memory from here on: what was read so far is released."""
        self._held = 0

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
        super().close()


class _Parser:
    def __init__(self, source: _Part, strings: list[Text], contents: Contents, limits: Limits) -> None:
        self._part, self._limits = source, limits
        self._exact = ExactCells(strings, contents)
        self._row = self._column = 0

    def rows(self) -> Generator[tuple[int, list[Any], list[int]], None, None]:
        """Give each row's number, values and styles, up to the end of sheetData; rows are let go of as they come."""
        data: ElementTree.Element | None = None
        events = ElementTree.iterparse(self._part, ("start", "end"))  # noqa: S314 (the guard refused document types)
        _, root = next(events)
        for event, element in events:
            if event == "start":
                data = element if data is None and element.tag == DATA_TAG else data
            elif element is data:
                break
            elif element.tag == ROW_TAG:
                _drop_above(data, element)
                yield self._read_row(element)
                element.clear()
                self._part.release()
        self._pass_over(events, root)

    def _pass_over(self, events: Iterator[tuple[str, ElementTree.Element]], root: ElementTree.Element) -> None:
        """Read what follows the rows, which must be well-formed as well, and keep nothing of it."""
        opened = [root]
        for event, element in events:
            if event == "start":
                opened.append(element)
                continue
            if element.tag == ROW_TAG:
                raise _outside(say("a row"))
            if opened:  # the rows may have been deeper in the root
                opened.pop()
            if opened:
                del opened[-1][:]
            self._part.release()

    def _read_row(self, element: ElementTree.Element) -> tuple[int, list[Any], list[int]]:
        most = self._limits.row_cells
        if len(element) > most and (count := len(element.findall(CELL_TAG))) > most:
            raise DataError(say("the row has {count} cells, and a sheet has {most} columns.", count=count, most=most))
        above, self._row, self._column = self._row, int(element.get("r") or self._row + 1), 0
        if self._row < max(above, 1):
            raise DataError(say("row {row} follows row {above}.", row=self._row, above=above))
        if self._row > self._limits.rows:
            raise DataError(say("row {row} {limits}", row=self._row, limits=past_last_row(self._limits)), limit="rows")
        cells = element.findall(CELL_TAG)
        if len(cells) < len(element) and len(cells) < sum(1 for _ in element.iter(CELL_TAG)):
            raise _outside(say("a cell of row {row}", row=self._row))
        values, styles = _spread([self._read_cell(cell) for cell in cells])
        if len(values) > self._limits.columns:
            raise _too_wide(self._row, len(values), most=self._limits.columns)
        return self._row, values, styles

    def _read_cell(self, element: ElementTree.Element) -> tuple[int, PlainValue, int]:
        """Give a cell's column (1 is A), value and style. DataError where its name is no name of a cell."""
        name = element.get("r")
        try:
            # Some writers count a row's cells from 0 instead of naming them.
            is_counted = name == str(self._column)
            row, self._column = (self._row, self._column + 1) if not name or is_counted else coordinate_to_tuple(name)
        except (ValueError, IndexError) as error:
            raise DataError(
                say("{name} in row {row} is no name of a cell.", name=name, row=self._row), cell=name
            ) from error
        if row != self._row:
            raise DataError(say("{name} is written in row {row}.", name=name, row=self._row), cell=name)
        style = element.get("s") or "0"
        if not (style.isascii() and style.removeprefix("-").isdigit()):
            return self._column, DamagedValue("".join(element.itertext())), 0
        return self._column, self._exact.read(element, int(style)), int(style)


def _drop_above(data: ElementTree.Element | None, row: ElementTree.Element) -> None:
    """Release all elements above a row. DataError where the row is not in the ``data``; rows below may be there
    already."""
    while data is not None and len(data) and data[0] is not row:
        del data[0]
    if data is None or not len(data):
        raise _outside(say("a row"))


def _outside(what: str) -> DataError:
    return DataError(say("{what} is written where none belongs.", what=what))


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
            raise DataError(say("{cell} is written twice.", cell=cell), cell=cell)
        values[place], styles[place] = value, style
    return number, values, styles


def _too_wide(row: int, width: int, *, most: int) -> DataError:
    cell = f"{column_letter(width - 1)}{row}"
    return DataError(
        say(
            "{cell} holds something past the last column allowed ({most}). Empty it, or raise limits.columns "
            "in data_sources.yml.",
            cell=cell,
            most=most,
        ),
        cell=cell,
        limit="columns",
    )


def _spread(cells: list[tuple[int, PlainValue, int]]) -> tuple[list[Any], list[int]]:
    """Put a row's cells at their columns. Cells that hold nothing take no room at the end.

    Of cells of one name the last that holds something counts, as with the fast reader.
    """
    width = max((column for column, value, _ in cells if value not in (None, "")), default=0)
    values: list[Any] = [None] * width
    styles = [0] * width
    for column, value, style in cells:
        if column <= width and (value is not None or values[column - 1] is None):
            values[column - 1], styles[column - 1] = value, style
    return values, styles


def _read_strings(source: _Part) -> Iterator[Text]:
    with source:
        table: ElementTree.Element | None = None
        done = 0
        for event, element in ElementTree.iterparse(source, ("start", "end")):  # noqa: S314 (as above)
            if event == "start":
                table = element if table is None else table
            elif element.tag == _ITEM:
                yield read_string(element)
                element.clear()
                if table is not None and len(table) > done and table[done] is element:
                    done += 1
                    source.release()
                if table is not None and done == _LET_GO:
                    del table[:done]
                    done = 0
