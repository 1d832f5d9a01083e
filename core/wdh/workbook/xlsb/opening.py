"""Binary workbooks (.xlsb): opened, their sheets listed and surveyed, their rows read. Source: [MS-XLSB] 2.4."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from struct import Struct
from typing import Any, Final
from xml.etree import ElementTree

from wdh.errors import DataError
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, DamagedValue, ErrorValue, PlainValue
from wdh.settings import Limits
from wdh.words.language import say
from wdh.workbook.others import OtherBook
from wdh.workbook.package.archive import Archive, damaged, untrusted
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.guard import check_member, check_size, read_whole
from wdh.workbook.package.part_names import PartNames, name_relations, resolve_target
from wdh.workbook.package.styles import Styles, make_styles
from wdh.workbook.rows.blocks import Block, Reader
from wdh.workbook.rows.exact_cells import read_serial
from wdh.workbook.rows.merges import Area
from wdh.workbook.survey.style_runs import StyleRuns
from wdh.workbook.survey.surveying import Survey
from wdh.workbook.xlsb.records import REAL, U16, U32, Kind, read_records, read_rk, read_text

WORKBOOK: Final = "xl/workbook.bin"
_FOUR: Final = Struct("<IIII")
_ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_MOST_EXACT: Final = 1 << 53
_FAULTS: Final = (struct.error, ValueError, IndexError)


def open_xlsb(path: Path, package: Archive, limits: Limits) -> OtherBook:
    """Open a binary workbook. DataError where it is damaged, or has no worksheet."""
    book = _Book(path, package, limits)
    try:
        contents = book.read_contents()
        strings = book.read_strings()
    except _FAULTS as error:
        raise damaged(path, WORKBOOK, error) from error
    return OtherBook("xlsb", contents, partial(_open_sheet, path, package, contents, strings, limits))


class _Book:
    def __init__(self, path: Path, package: Archive, limits: Limits) -> None:
        self._path, self._package, self._limits = path, package, limits
        self._names = PartNames(package.entries)
        self._relations = self._read_relations()

    def read_contents(self) -> Contents:
        """Read the workbook part and the styles."""
        sheets: list[SheetPart] = []
        epoch, calculated = False, True
        for kind, data in self._records(WORKBOOK):
            if kind == Kind.WORKBOOK:
                epoch = bool(data[0] & 1)
            elif kind == Kind.CALCULATION and len(data) > 24:
                calculated = not data[24] & 1
            elif kind == Kind.SHEET:
                relation, place = read_text(data, 8)
                name, _ = read_text(data, place)
                sort, member = self._relations.get(relation, ("", ""))
                hidden = U32.unpack_from(data)[0] != 0
                has_cells = sort.endswith("/worksheet")
                sheets.append(SheetPart(name, member, has_cells=has_cells, is_hidden=hidden, has_usual_name=True))
        if not sheets:
            raise DataError(
                say("{name}: has no sheet at all. Save it again in Excel.", name=self._path.name), file=str(self._path)
            )
        return Contents(tuple(sheets), None, self._read_styles(), True, epoch, calculated, False, None)

    def read_strings(self) -> Sequence[str]:
        """Read the table of shared strings; empty: there is none."""
        member = self._find("/sharedStrings")
        strings: list[str] = []
        for kind, data in () if member is None else self._records(member):
            if kind == Kind.STRING:
                strings.append(read_text(data, 1)[0])
                if len(strings) > self._limits.strings:
                    raise untrusted(
                        self._path,
                        say(
                            "its part {member} has over {strings} strings", member=member, strings=self._limits.strings
                        ),
                    )
        return strings

    def _read_styles(self) -> Styles:
        member = self._find("/styles")
        own: dict[int, str] = {}
        numbers: list[int] = []
        is_of_cells = False
        for kind, data in () if member is None else self._records(member):
            if kind == Kind.FORMAT:
                own[U16.unpack_from(data)[0]] = read_text(data, 2)[0]
            elif kind in (Kind.STYLES, Kind.STYLES_END):
                is_of_cells = kind == Kind.STYLES
            elif kind == Kind.STYLE and is_of_cells:
                numbers.append(U16.unpack_from(data, 2)[0])
        return make_styles(own, numbers)

    def _find(self, sort: str) -> str | None:
        return next((member for kind, member in self._relations.values() if kind.endswith(sort)), None)

    def _records(self, member: str) -> Iterator[tuple[int, bytes]]:
        if member in self._package.entries:
            check_size(self._path, self._package.entries[member], limits=self._limits, is_sheet=False)
        return read_records(self._path, self._package, member, self._limits)

    def _read_relations(self) -> dict[str, tuple[str, str]]:
        member = self._names.find(name_relations(WORKBOOK)) or name_relations(WORKBOOK)
        if member in self._package.entries:
            check_member(self._path, self._package, member, limits=self._limits)
        xml = read_whole(self._path, self._package, member, limits=self._limits)
        try:
            nodes = ElementTree.fromstring(xml)  # noqa: S314 (the guard refused document types)
        except ElementTree.ParseError as error:
            raise damaged(self._path, member, error) from error
        found: dict[str, tuple[str, str]] = {}
        for node in nodes:
            part = resolve_target(WORKBOOK, node.get("Target", ""))
            found[node.get("Id", "")] = node.get("Type", ""), self._names.find(part) or part
        return found


def _open_sheet(
    path: Path, package: Archive, contents: Contents, strings: Sequence[str], limits: Limits, part: SheetPart
) -> tuple[Survey, Reader]:
    if part.member in package.entries:
        check_size(path, package.entries[part.member], limits=limits, is_sheet=True)
    areas: list[Area] = []
    hidden, columns, last = array("I"), list[range](), 0
    try:
        for kind, data in _read_sheet(path, package, part.member, limits):
            if kind == Kind.ROW:
                last = U32.unpack_from(data)[0] + 1
                if data[11] & 0x10:
                    hidden.append(last)
            elif kind == Kind.MERGED:
                top, bottom, left, right = _FOUR.unpack_from(data)
                areas.append(Area(top + 1, bottom + 1, left, right))
                if len(areas) > limits.merged_areas:
                    raise untrusted(
                        path,
                        say(
                            "the sheet {name} has over {merged_areas} merged ranges",
                            name=part.name,
                            merged_areas=limits.merged_areas,
                        ),
                    )
            elif kind == Kind.COLUMN and data[16] & 1:
                columns.append(range(U32.unpack_from(data)[0], U32.unpack_from(data, 4)[0] + 1))
    except _FAULTS as error:
        raise damaged(path, part.member, error) from error
    survey = Survey(
        hidden,
        tuple(areas),
        StyleRuns(),
        styled=True,
        unfit=None,
        hidden_columns=tuple(columns),
        last_row=last,
    )
    return survey, XlsbRows(path, package, part.member, contents, strings, limits)


def _read_sheet(path: Path, package: Archive, member: str, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Give the records of a sheet: those that are of rows and cells between the marks of these alone."""
    is_among_rows = is_future = False
    for kind, data in read_records(path, package, member, limits):
        if kind in (Kind.ROWS, Kind.ROWS_END):
            is_among_rows = kind == Kind.ROWS
        elif kind in (Kind.FUTURE, Kind.FUTURE_END):
            is_future = kind == Kind.FUTURE
        elif not is_future and (is_among_rows or not (kind == Kind.ROW or kind in _CELLS)):
            yield kind, data


class XlsbRows(Reader):
    """Reads one sheet of a binary workbook, whose shared strings are ``strings``."""

    faults: tuple[type[Exception], ...] = _FAULTS

    def __init__(
        self, path: Path, package: Archive, member: str, contents: Contents, strings: Sequence[str], limits: Limits
    ) -> None:
        self._path, self._package, self._member = path, package, member
        self._strings, self._limits = strings, limits
        styles = contents.styles
        self._dates, self._durations = styles.dates | styles.eastern, styles.durations
        self._epoch_1904, self._is_calculated = contents.epoch_1904, contents.is_calculated

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows that hold something, in blocks of at most ``size``."""
        rows = self._rows()
        while block := list(islice(rows, size)):
            yield Block.of_rows([row[0] for row in block], [row[1] for row in block], [row[2] for row in block])

    def _rows(self) -> Iterator[tuple[int, list[Any], list[int]]]:
        number, last = 0, 0
        values: list[Any] = []
        styles: list[int] = []
        for kind, data in _read_sheet(self._path, self._package, self._member, self._limits):
            if kind == Kind.ROW:
                if values:
                    yield number, values, styles
                last, number, values, styles = number, U32.unpack_from(data)[0] + 1, [], []
                if not last < number <= self._limits.rows:
                    raise DataError(
                        say("row {number} follows row {last}, or is past the last row.", number=number, last=last),
                        row=number,
                    )
            elif kind in _CELLS:
                is_short = Kind.SHORT_BLANK <= kind <= Kind.SHORT_SHARED
                column = len(values) if is_short else U32.unpack_from(data)[0]
                if not len(values) <= column < self._limits.row_cells:
                    raise DataError(
                        say("row {number} has cells out of order or too far to the right.", number=number), row=number
                    )
                start = 4 if is_short else 8
                style = U32.unpack_from(data, start - 4)[0] & 0xFFFFFF
                value = self._read(_LONG.get(kind, kind), data, start, style=style)
                values += [None] * (column - len(values))
                values.append(value)
                styles += [0] * (column - len(styles))
                styles.append(0 if value is None else style)
        if values:
            yield number, values, styles

    def _read(self, kind: int, data: bytes, start: int, *, style: int) -> PlainValue:
        match kind:
            case Kind.RK:
                return self._read_number(read_rk(data, start), style)
            case Kind.REAL:
                return self._read_number(REAL.unpack_from(data, start)[0], style)
            case Kind.FORMULA_REAL:
                value = REAL.unpack_from(data, start)[0]
                return self._read_number(value, style) if value or self._is_calculated else UNCACHED
            case Kind.SHARED:
                place = U32.unpack_from(data, start)[0]
                return self._strings[place] if place < len(self._strings) else DamagedValue(f"string {place}")
            case Kind.TEXT:
                return read_text(data, start)[0]
            case Kind.FORMULA_TEXT:
                text = read_text(data, start)[0]
                return text if text or self._is_calculated else UNCACHED
            case Kind.RICH_TEXT:
                return read_text(data, start + 1)[0]
            case Kind.BOOLEAN | Kind.FORMULA_BOOLEAN:
                return bool(data[start])
            case Kind.ERROR | Kind.FORMULA_ERROR:
                text = _ERRORS.get(data[start], f"error {data[start]}")
                return text if text in ERROR_TEXTS else ErrorValue(text)
        return None

    def _read_number(self, value: float, style: int) -> PlainValue:
        if style in self._dates:
            return read_serial(value, epoch_1904=self._epoch_1904, duration=style in self._durations)
        return int(value) if value.is_integer() and abs(value) < _MOST_EXACT else value


_CELLS: Final = frozenset((*range(Kind.BLANK, Kind.SHORT_SHARED + 1), Kind.RICH_TEXT))
_LONG: Final = {kind: kind - Kind.SHORT_BLANK + Kind.BLANK for kind in range(Kind.SHORT_BLANK, Kind.SHORT_SHARED + 1)}
