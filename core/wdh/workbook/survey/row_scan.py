"""Scans the raw XML of a sheet for rows, merged ranges, and hidden rows and columns."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from wdh.errors import DataError
from wdh.facts.cells import column_index
from wdh.settings import Limits
from wdh.words.language import later, say
from wdh.workbook.package.contents import SheetPart
from wdh.workbook.package.local_names import find_foreign_cells
from wdh.workbook.rows.merges import Area

# No search goes past the next <: one that looks further takes the square of the piece in time where a file is hostile.
_ROW = re.compile(rb"<row((?:[\s/][^<>]*)?)>")
_ANY_ROW = re.compile(rb"<(?:[\w.-]{1,100}:)?row((?:[\s/][^<>]*)?)>")
_END = re.compile(rb"</(?:[\w.-]{1,100}:)?sheetData>")
USUAL_ROW = re.compile(rb'<row r="(\d{1,7})"([^<>=]*(?:="[^"<>]*"[^<>=]*)*)>')
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true|on)["']""")
_COLUMN = re.compile(rb"<(?:[\w.-]{1,100}:)?col(\s[^<>]*)>")
_FIRST, _LAST = (re.compile(rb"""\s%b\s*=\s*["'](\d+)["']""" % name) for name in (b"min", b"max"))
_NO_WIDTH = re.compile(rb"""\swidth\s*=\s*["']0(?:\.0*)?["']""")
_STYLED = re.compile(rb"""<(?:[\w.-]{1,100}:)?c\s(?:[^<>]*?\s)?s\s*=\s*["']0*[1-9]""")
_MERGE = re.compile(
    rb"""<(?:[\w.-]{1,100}:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Za-z]+)(\d+)(?::([A-Za-z]+)(\d+))?["']"""
)
_DIGITS = 9  # of a row: past the end of any sheet, and no long sum


_CELL_NAME = b'<c r="'
_FIRST_LETTER = ord("A")
_ROW_AND_CELL = re.compile(USUAL_ROW.pattern + rb'(<c r="[A-Z]{1,3}\1"|</row>)?')
_ROW_OR_CELL = re.compile(rb"<(?:[\w.-]{1,100}:)?(row|c)((?:[\s/][^<>]*)?)>")
_NAME = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]*0*(\d{1,9})["']""")


class RowScan:
    """The rows and merged ranges seen so far, and the hidden columns, as ranges of numbers from 0.

    ``unfit`` says why the fast reader would not see the same (None: it would). ``marks`` are what follows the number
    in the tags of the rows of the last piece, of those that are written in the usual way.
    """

    def __init__(self, path: Path, sheet: SheetPart, limits: Limits, *, has_styles: bool) -> None:
        self._path, self._sheet, self._limits = path, sheet, limits
        self._has_styles = has_styles
        self.row = 0
        self.unfit: str | None = None
        self.marks: frozenset[bytes] = frozenset()
        self._is_begun = False
        self.hidden_columns: list[range] = []
        self.hidden = array("L")
        self.areas: list[Area] = []

    def start(self, row: int) -> None:
        """Begin with this row: the head of the sheet does not come."""
        self.row = row - 1
        self._is_begun = True

    def join(self, last: int, *, hidden: array[int], areas: Iterable[Area]) -> None:
        """Add the scan of the rows that follow, down to row ``last``."""
        self.row = last
        self.hidden.extend(hidden)
        self.areas.extend(areas)
        self._check_areas()

    def scan(self, piece: bytes, *, odd: bytes) -> None:
        """Scan a piece of the sheet that ends with a row or an element; ``odd`` are its odd parts."""
        self.unfit = self.unfit or find_foreign_cells(odd, is_head=not self._is_begun)
        self._is_begun = True
        if self.row == 0:
            self._scan_columns(odd)
        if not self._has_styles and _STYLED.search(piece):
            message = say(
                "{file}, sheet {sheet}: its cells have formats, and the workbook lacks the table of them, "
                "so that dates cannot be told from numbers. Open it in Excel and save it again.",
                file=self._path.name,
                sheet=self._sheet.name,
            )
            raise DataError(message, file=str(self._path), sheet=self._sheet.name)
        above = self.row
        rows, is_placed = _find_rows(piece)
        self.marks = frozenset(attributes for _, attributes in rows)
        is_usual = odd.count(b"<row") == len(USUAL_ROW.findall(odd))
        self._scan_rows(piece, rows, is_usual=is_usual)
        is_placed = is_placed and is_usual and odd.count(_CELL_NAME) == odd.count(b"<c ")
        if self.unfit is None and not is_placed and _has_misplaced(piece, above=above):
            self.unfit = later("cells of it are named as of other rows than theirs")
        if b"mergeCell" in odd:
            self._scan_areas(odd)

    def _scan_rows(self, piece: bytes, rows: Sequence[tuple[bytes, bytes]], *, is_usual: bool) -> None:
        numbers = [int(number) for number, _ in rows]
        # One row after the other, all written in the usual way: as it nearly always is.
        if rows and is_usual and numbers == [*range(self.row + 1, numbers[-1] + 1)]:
            self.row = self._within(numbers[-1])
            self._scan_hidden(rows)
            return
        found = _ANY_ROW.findall(_END.split(piece)[0]) if b":row" in piece else _ROW.findall(piece)
        for attributes in found:
            number = _NUMBER.search(attributes)
            row = int(number[1][:_DIGITS]) if number else self.row + 1
            self.row = self._within(row)
            self._scan_hidden([(row, attributes)])

    def _scan_columns(self, head: bytes) -> None:
        for attributes in _COLUMN.findall(head):
            first, last = _FIRST.search(attributes), _LAST.search(attributes)
            if first and last and (_HIDDEN.search(attributes) or _NO_WIDTH.search(attributes)):
                end = min(int(last[1][:_DIGITS]), self._limits.columns)
                self.hidden_columns.append(range(int(first[1][:_DIGITS]) - 1, end))

    def _scan_hidden(self, rows: Iterable[tuple[bytes | int, bytes]]) -> None:
        self.hidden.extend(
            int(row) for row, attributes in rows if b"hidden" in attributes and _HIDDEN.search(attributes)
        )

    def _within(self, row: int) -> int:
        """Give the number of the next row. Raises DataError where it is above the last one, or past the end.

        Some writers write a row for each cell.
        """
        if row < max(self.row, 1) or row > self._limits.rows:
            raise self._disorder(row)
        if row == self.row:
            self.unfit = self.unfit or later("a row of it is written in parts")
        return row

    def _disorder(self, row: int) -> DataError:
        place = say("{file}, sheet {sheet}: row {row}", file=self._path.name, sheet=self._sheet.name, row=row)
        facts = {"file": str(self._path), "sheet": self._sheet.name, "row": row}
        if row <= self.row:
            return DataError(
                say("{place} follows row {row}. Open it in Excel and save it again.", place=place, row=self.row),
                **facts,
            )
        return DataError(say("{place} {what}", place=place, what=past_last_row(self._limits)), limit="rows", **facts)

    def _scan_areas(self, piece: bytes) -> None:
        for left, top, right, bottom in _MERGE.findall(piece):
            columns = sorted((column_index(left.decode()), column_index((right or left).decode())))
            rows = sorted((int(top[:_DIGITS]), int((bottom or top)[:_DIGITS])))
            # No row reaches past the last column, so nor does what a range there shows.
            if columns[0] < self._limits.columns:
                self.areas.append(Area(top=rows[0], bottom=rows[1], left=columns[0], right=columns[1]))
        self._check_areas()

    def _check_areas(self) -> None:
        if len(self.areas) > self._limits.merged_areas:
            most = self._limits.merged_areas
            message = say(
                "{file}, sheet {sheet}: has over {most} merged ranges. Unmerge them.",
                file=self._path.name,
                sheet=self._sheet.name,
                most=most,
            )
            raise DataError(message, file=str(self._path), sheet=self._sheet.name)


def _find_rows(piece: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
    """Give the rows that are written in the usual way, and whether their first and last cells are named as theirs.

    That suffices where all cells are written in the usual way: the fast reader gives up over a cell that is named as
    one of a row above that of the cell before it.
    """
    rows: list[tuple[bytes, bytes]] = []
    is_placed, start, number = True, 0, b""
    for row in _ROW_AND_CELL.finditer(piece):
        is_placed = is_placed and _ends_with(piece, number, start, row.start())
        number, attributes, first = row.groups()
        is_placed = is_placed and (bool(first) or attributes.endswith(b"/"))
        rows.append((number, attributes))
        start = row.start()
    return rows, is_placed and _ends_with(piece, number, start, len(piece))


def _ends_with(piece: bytes, row: bytes, start: int, end: int) -> bool:
    """Say whether the last cell between two places, if there is any, is named as one of this row."""
    place = piece.rfind(_CELL_NAME, start, end)
    if place < 0:
        return True
    quote = piece.find(b'"', place + len(_CELL_NAME))
    return bool(row) and piece.endswith(row, place, quote) and piece[quote - len(row) - 1] >= _FIRST_LETTER


def _has_misplaced(piece: bytes, *, above: int) -> bool:
    """Say whether any cell is named as one of another row than it is written in, however it is written."""
    row = b"%d" % above
    for kind, attributes in _ROW_OR_CELL.findall(piece):
        name = _NAME.search(attributes)
        if kind == b"row":
            row = name[1] if name else b"%d" % (int(row) + 1)
        elif name and name[1] != row:
            return True
    return False


def past_last_row(limits: Limits) -> str:
    """Say what is wrong with a row past the last one."""
    if limits.rows == Limits().rows:
        return say("is past the last row there can be ({rows}). Open it in Excel and save it again.", rows=limits.rows)
    return say(
        "is past the last row allowed ({rows}). Shorten the sheet, or raise limits.rows in data_sources.yml.",
        rows=limits.rows,
    )
