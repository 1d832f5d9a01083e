"""Copies the sheets of a package of .xlsx into its red workbook: all rows and formats, and nothing that acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Final
from xml.etree import ElementTree

from wdh.errors import DataError
from wdh.mending.comments import MOST_COMMENTS, Comment, drop_own, join_comments, read_comments
from wdh.mending.elements import DECLARATION
from wdh.mending.faults import find_faults
from wdh.mending.frame import FrameMaker, merged_areas
from wdh.mending.looks import Looks
from wdh.mending.odd_rows import OddRows
from wdh.mending.originals import NAMES, Package
from wdh.mending.parts import Parts
from wdh.mending.red_book import RedBook, RedSheet, Told, add_own_sheets, make_states
from wdh.mending.rows import RowTask, Unusual, UsualRows
from wdh.mending.shifting import Shift
from wdh.mending.strings import Strings
from wdh.words.language import later
from wdh.workbook.package.contents import SheetPart

BEYOND: Final = later("cells past the last column")
COMMENTS: Final = later("comments beyond those that a sheet can show")


def copy_package(file: IO[bytes], package: Package, book: RedBook) -> None:
    """Write the red workbook of a package to an empty file. Raises DataError where the package is damaged."""
    odd = set[str]()
    while True:
        try:
            _Copy(package, book, odd=frozenset(odd)).write(file)
        except _OddSheet as found:
            odd.add(found.name)
            file.seek(0)
            file.truncate()
        else:
            return


class _OddSheet(Exception):
    """A sheet must be parsed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Copy:
    """Writes one red workbook; the sheets in ``odd`` are parsed."""

    def __init__(self, package: Package, book: RedBook, *, odd: frozenset[str]) -> None:
        self._package, self._book, self._odd = package, book, odd
        self._looks = Looks(package.styles(), was_red=book.is_returned)
        self._strings = Strings(package.strings) if package.has_strings else None
        self._used = bytearray(self._strings.count if self._strings else 0)
        self._shifts = [Shift(sheet.mark.name, book.shift) for sheet in book.sheets]
        self._names, unmoved = package.names(self._shifts)
        self._told = Told(Counter(package.left_out(len(book.sheets), is_returned=book.is_returned)), [])
        self._told.left_out[NAMES] += unmoved

    def write(self, file: IO[bytes]) -> None:
        """Write all parts."""
        with Parts(file) as parts:
            for sheet, shift in zip(self._book.sheets, self._shifts, strict=True):
                self._write_sheet(parts, sheet, shift)
            add_own_sheets(parts, self._book, self._told, self._looks)
            parts.add_part("styles", "styles.xml", [self._looks.write()], content="spreadsheetml.styles+xml")
            if self._strings is not None:
                strings = self._strings.write(self._used)
                parts.add_part("sharedStrings", "sharedStrings.xml", strings, content="spreadsheetml.sharedStrings+xml")
            if (theme := self._package.theme()) is not None:
                parts.add_part("theme", "theme/theme1.xml", [theme], content="theme+xml")
            active, epoch_1904 = len(self._book.sheets), self._package.contents.epoch_1904
            parts.finish(self._names, active=active, epoch_1904=epoch_1904)

    def _write_sheet(self, parts: Parts, sheet: RedSheet, shift: Shift) -> None:
        told, name = self._told, sheet.mark.name
        part, is_odd = self._package.sheet(name), name in self._odd
        root = self._read_frame(part, is_odd=is_odd)
        faults = find_faults(self._book.rejects_of(sheet), shift, merged_areas(root))
        theirs = list(self._read_comments(part, shift))
        comments = join_comments((*theirs[:MOST_COMMENTS], *faults.comments))
        names = frozenset(named.name for named in self._names if named.sheet in (None, name))
        maker = FrameMaker(root, shift, base_style=self._looks.base, names=names)
        frame = maker.make(has_comments=bool(comments))
        task = RowTask(
            shift,
            self._looks,
            states=make_states(self._book, sheet, self._looks),
            red=faults.red,
            formulas=frozenset() if self._strings is None else self._strings.formulas,
            strings=len(self._used),
            used=self._used,
            is_calculated=self._package.contents.is_calculated,
        )
        rows = self._parse_rows(part, task) if is_odd else self._copy_rows(part, task)
        parts.add_sheet(name, _enclose(f"{DECLARATION}{frame.head}<sheetData>", rows, f"</sheetData>{frame.tail}"))
        if comments:
            parts.add_comments(comments)
        told.linked += faults.linked
        told.commented += faults.commented
        told.left_out.update(frame.left_out)
        told.left_out[COMMENTS] += max(len(theirs) - MOST_COMMENTS, 0)

    def _read_frame(self, part: SheetPart, *, is_odd: bool) -> ElementTree.Element:
        try:
            return self._package.frame(part, is_odd=is_odd)
        except DataError as error:
            if is_odd:
                raise
            raise _OddSheet(part.name) from error

    def _read_comments(self, part: SheetPart, shift: Shift) -> Iterator[Comment]:
        """Read the comments of the original, moved."""
        root = self._package.comments(part)
        for comment in () if root is None else read_comments(root):
            kept = drop_own(comment) if self._book.is_returned else comment
            cell = shift.cell(comment.cell)
            if kept is not None and cell is not None:
                yield Comment(cell, kept.text, author=kept.author)

    def _copy_rows(self, part: SheetPart, task: RowTask) -> Iterator[bytes]:
        usual = UsualRows(task)
        try:
            yield from map(usual.copy, self._package.pieces(part))
        except Unusual as error:
            raise _OddSheet(part.name) from error
        self._told.formulas += usual.formulas

    def _parse_rows(self, part: SheetPart, task: RowTask) -> Iterator[bytes]:
        odd = OddRows(task)
        yield from odd.copy(self._package.chunks(part))
        self._told.formulas += odd.formulas
        self._told.left_out[BEYOND] += odd.beyond


def _enclose(head: str, rows: Iterator[bytes], tail: str) -> Iterator[str | bytes]:
    yield head
    yield from rows
    yield tail
