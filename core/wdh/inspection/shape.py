"""Finds the shape of a sheet: the rows of its header, sheets beside it, wide columns, values outside its table."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from wdh.errors import DataError
from wdh.facts.cells import Merged
from wdh.inspection.findings import FoundShape
from wdh.inspection.look import check_header
from wdh.inspection.outside import (
    Beside,
    Given,
    Names,
    list_beside,
    propose_labelled,
    propose_month,
    propose_sheet,
    shared_beginning,
)
from wdh.inspection.periods import Wide, find_wide, says_month
from wdh.words.headers import first_of
from wdh.words.language import say
from wdh.words.total_words import TOTAL_WORDS
from wdh.workbook import ReaderName, Sheet, Workbook
from wdh.workbook.rows.guesses import Line, is_spanning
from wdh.workbook.rows.headers import Header, list_headers

MOST_SHEETS: Final = 100
"""How many other sheets are opened to see whether they are of the same layout."""

_MOST_ROWS: Final = 3
_FEWEST_GROUPS: Final = 2
_SUMMARY: Final = re.compile(r"汇总|合计|总表|总计|summary|total", re.IGNORECASE)


class Page(Struct, frozen=True):
    """A sheet as its first rows show it. ``rows`` are the numbers of its header's first and last row."""

    sheet: str
    headers: tuple[str, ...]
    rows: tuple[int, int]
    beside: tuple[Beside, ...]
    is_joint: bool

    @property
    def narrow(self) -> frozenset[str]:
        """The headers of the columns that are not wide."""
        wide = find_wide(self.headers)
        return frozenset(self.headers) - frozenset(() if wide is None else wide.headers)


def find_shape(book: Workbook, page: Page, *, path: Path, reader: ReaderName, others: Sequence[str]) -> FoundShape:
    """Find the shape of a sheet, and which of the ``others`` are of the same layout. Raises DataError."""
    wide = find_wide(page.headers)
    alike = [page, *_find_alike(book, page, others, reader=reader)]
    sheets = tuple(one.sheet for one in alike) if book.text is None else ()  # a text has its file's name alone
    names = Names(path, sheets, (*page.headers, page.sheet))
    given = list(_propose_constants(page, alike, names, wide))
    keys: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    if len(alike) > 1:
        keys["sheets"] = _name_sheets(names.sheets, book.sheets)
        evidence["sheets"] = say("{sheets} have the same columns", sheets=", ".join(names.sheets))
    if page.is_joint:
        first, last = page.rows
        keys["header"] = {"rows": last - first + 1}
        evidence["header"] = say(
            "rows {first} to {last} name the columns together, as in {name}",
            first=first,
            last=last,
            name=next((header for header in page.headers if "/" in header), page.headers[0]),
        )
    if wide is not None:
        value = {} if wide.value is None else {"value": wide.value}
        keys["unpivot"] = {"columns": wide.columns, "into": wide.into, **value}
        evidence["unpivot"] = say(
            "{count} columns side by side: {first} to {last}",
            count=len(wide.headers),
            first=wide.headers[0],
            last=wide.headers[-1],
        )
    if given:
        keys["constants"] = {one.name: one.entry for one in given}
        evidence |= {f"constants.{one.name}": one.evidence for one in given}
    declared = {one.name: one.declared for one in given if one.declared}
    if wide is not None and wide.declared:
        declared[wide.into] = wide.declared
    return FoundShape(
        keys=keys,
        evidence=evidence,
        headers=page.headers if page.is_joint else (),
        left_out=tuple(_list_sums(page, wide)),
        sheets=names.sheets if len(alike) > 1 else (),
        told=tuple(one.name for one in given if isinstance(one.entry, dict) and "sheet" in one.entry),
        declared=declared,
        spare=next((one.name for one in given if one.is_spare), None),
        data_dir=_find_data_dir(path, given),
    )


def read_page(book: Workbook, name: str | int, *, reader: ReaderName) -> Page:
    """Read the first rows of a sheet. Raises DataError where it cannot be read, or has no header, or no rows."""
    with book.open_sheet(name, reader=reader) as sheet:
        check_header(sheet)
        lines = sheet.first_rows
        joint = _find_joint(sheet, lines)
        first, last = (sheet.header_row, sheet.header_row) if joint is None else joint[0]
        headers = sheet.headers if joint is None else joint[1].columns
        above = [line for line in lines if line[0] < first]
        return Page(sheet.sheet, headers, (first, last), tuple(list_beside(above)), joint is not None)


def _find_joint(sheet: Sheet, lines: Sequence[Line]) -> tuple[tuple[int, int], Header] | None:
    beside = {*sheet.header_beside, sheet.header_row}
    spans = [(min(beside), max(beside))] if len(beside) > 1 else list(_list_spans(sheet, lines))
    for first, last in spans:
        if last - first >= _MOST_ROWS:
            continue
        header = _join(lines, first, last)
        if (
            len(beside) > 1
            or _count_repeats(header.columns) < _count_repeats(sheet.headers)
            or _has_groups(lines, first)
        ):
            return None if header.columns == sheet.headers else ((first, last), header)
    return None


def _list_spans(sheet: Sheet, lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """List the header with one, and with two, of the rows right above it."""
    numbers = {number for number, _ in lines}
    for count in range(1, _MOST_ROWS):
        if sheet.header_row - count not in numbers:
            return
        yield sheet.header_row - count, sheet.header_row


def _join(lines: Sequence[Line], first: int, last: int) -> Header:
    """Join rows: a blank beside a group's name belongs to the group where none is merged."""
    plain, filled = list_headers(lines, first=first, count=last - first + 1)
    above = [cell for number, cells in lines if first <= number < last for cell in cells]
    return plain if any(map(is_spanning, above)) else filled


def _has_groups(lines: Sequence[Line], row: int) -> bool:
    """Say whether a row names several groups, each merged over its columns."""
    cells = next(cells for number, cells in lines if number == row)
    return len({cell.area for cell in cells if isinstance(cell, Merged) and is_spanning(cell)}) >= _FEWEST_GROUPS


def _count_repeats(headers: Sequence[str]) -> int:
    return sum(first_of(header) in headers for header in headers)


def _find_alike(book: Workbook, page: Page, others: Sequence[str], *, reader: ReaderName) -> Iterator[Page]:
    """Find the sheets of the same layout, but for those that sum up the others."""
    if len(others) > MOST_SHEETS or _SUMMARY.search(page.sheet):
        return
    for name in others:
        if name == page.sheet or _SUMMARY.search(name):
            continue
        try:
            other = read_page(book, name, reader=reader)
        except DataError:
            continue
        if other.narrow == page.narrow and (find_wide(other.headers) is None) == (find_wide(page.headers) is None):
            yield other


def _name_sheets(names: Sequence[str], visible: Sequence[str]) -> str | list[str]:
    """Give a shell pattern that means these sheets and no other visible one, or else their names."""
    patterns = {re.sub(r"\d+", "*", name) for name in names}
    beginnings = [f"{shared_beginning(names)}*"]
    for pattern in [*patterns, *beginnings] if len(patterns) == 1 else beginnings:
        meant = [name for name in visible if fnmatch.fnmatchcase(name, pattern)]
        if sorted(meant) == sorted(names) and any(char.isalpha() for char in pattern):
            return pattern
    return list(names)


def _propose_constants(page: Page, alike: Sequence[Page], names: Names, wide: Wide | None) -> Iterator[Given]:
    """Propose what stands outside the table: in the same cell of each sheet, or in a name."""
    told = [{(one.cell, one.label) for one in other.beside} for other in alike]
    found = [one for one in page.beside if all((one.cell, one.label) in cells for cells in told)]
    labelled = list(propose_labelled(found, page.headers))
    yield from labelled
    taken = {*page.headers, *(one.name for one in labelled), *(() if wide is None else (wide.into, *wide.values))}
    tells = False
    is_dated = any(one.is_month for one in labelled) or (wide is not None and wide.into in ("月度", "month"))
    month = None if is_dated or says_month([*page.headers]) else propose_month(found, names)
    if month is not None and month.name not in taken:
        yield month
        tells = "sheet" in month.entry and len(set(_read_names(month, names.sheets))) == len(names.sheets)
    if len(alike) > 1 and not tells:
        sheet = propose_sheet(names)
        if sheet.name not in taken:
            yield sheet


def _read_names(given: Given, names: Sequence[str]) -> list[str]:
    found = (re.search(given.entry["sheet"], name) for name in names)
    return [one["value"] for one in found if one is not None]


def _list_sums(page: Page, wide: Wide | None) -> Iterator[str]:
    words = tuple(word.casefold() for word in TOTAL_WORDS)
    if wide is not None:
        yield from (header for header in sorted(page.narrow) if header.casefold().endswith(words))


def _find_data_dir(path: Path, given: Sequence[Given]) -> str | None:
    """Give the folder above the one whose name says something; None: no folder's does."""
    pattern = next(
        (one.entry["folder"] for one in given if isinstance(one.entry, dict) and "folder" in one.entry), None
    )
    if pattern is None:
        return None
    return str(
        next(folder.parent for folder in path.parents if re.search(pattern, folder.name or folder.resolve().name))
    )
