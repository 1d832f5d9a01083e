"""Finds the header row of a sheet, and names its columns."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from wdh.facts import cell_text
from wdh.facts.cells import (
    CellValue,
    Merged,
    PlainValue,
    Uncached,
    column_letter,
    plain_value,
)
from wdh.words.headers import near_header, normalise_header
from wdh.workbook.rows.guesses import guess_header, is_continued, is_joined

_UNNAMED = re.compile(r"\(column [A-Z]+\)")


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet. ``row`` is the sheet's row number; ``names`` has None for a column without a name.

    ``beside`` are the numbers of further rows that belong to a header of several rows, and are not read.
    """

    row: int
    names: tuple[str | None, ...]
    beside: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names there are, in sheet order."""
        return tuple(name for name in self.names if name is not None)


def find_header(
    rows: Sequence[tuple[int, Sequence[CellValue]]], required: Sequence[str], *, known: Collection[str] = ()
) -> Header | None:
    """Find the header among the first rows (number, cells) of a sheet; None when no row can be one.

    ``rows`` are the rows that hold something. The header is the first of those with most of the required columns,
    then of the known ones; where no row has any, the one that looks like it.
    """
    place = _find_known(rows, _normal(required), _normal(known))
    place = guess_header(rows) if place is None else place
    if place is None:
        return None
    return Header(rows[place][0], name_columns(rows[place][1]), tuple(_find_beside(rows, place)))


def find_missing(header: Header, required: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Give each required column that the header lacks, with the nearest name it has (None: nothing near)."""
    present = header.columns
    lacking = [name for name in dict.fromkeys(required) if normalise_header(name) not in present]
    return tuple((name, near_header(name, present)) for name in lacking)


def name_columns(cells: Sequence[CellValue]) -> tuple[str | None, ...]:
    """Name the columns by the cells of the header row: the second ``X`` is ``X#2``, an empty cell gives None."""
    taken: dict[str, int] = {}
    return tuple(_name_column(_header_text(index, cell), taken) for index, cell in enumerate(cells))


def unnamed(index: int) -> str:
    """Call a column that has no header by its letter."""
    return f"(column {column_letter(index)})"


def is_unnamed(name: str) -> bool:
    """Say whether a batch's name of a column is only its letter, as :func:`unnamed` writes it."""
    return _UNNAMED.fullmatch(name) is not None


def _name_column(text: str, taken: dict[str, int]) -> str | None:
    """Name a column; ``taken`` has the names given, each with the last number that was put behind it."""
    if not text:
        return None
    name, number = text, taken.get(text, 1)
    while name in taken:
        number += 1
        name = f"{text}#{number}"
    taken[text] = number
    taken.setdefault(name, 1)
    return name


def _header_text(index: int, cell: CellValue) -> str:
    """Give a header cell as text. Of a merged range only the first column is named by it."""
    if isinstance(cell, Merged) and cell.area.partition(":")[0].rstrip("0123456789") != column_letter(index):
        return ""
    plain = plain_value(cell)
    return "" if isinstance(plain, Uncached) else normalise_header(_shown(plain) or "")


def _shown(cell: PlainValue) -> str | None:
    """Give a name as the sheet shows it: a year without decimals, a day without a time."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return str(cell.date())
    return cell_text(cell)


def _find_known(
    rows: Sequence[tuple[int, Sequence[CellValue]]], required: frozenset[str], known: frozenset[str]
) -> int | None:
    """Find the row with most of the names looked for: of header rows merged with each other the lowest of equals."""
    best, found = (0, 0), None
    for place, (_, cells) in enumerate(rows if required or known else ()):
        names = {*name_columns(cells)}
        score = len(required & names), len(known & names)
        if score > best or (score == best and place - 1 == found and is_joined(rows[place - 1], rows[place])):
            best, found = score, place
        elif best == (len(required), len(known)):
            break
    return found


def _find_beside(rows: Sequence[tuple[int, Sequence[CellValue]]], place: int) -> Iterator[int]:
    """Find the rows above that are merged with the header, and the row below that only goes on with it."""
    for index in range(place, 0, -1):
        if not is_joined(rows[index - 1], rows[index]):
            break
        yield rows[index - 1][0]
    if place + 1 < len(rows) and is_continued(rows[place], rows[place + 1]):
        yield rows[place + 1][0]


def _normal(names: Collection[str]) -> frozenset[str]:
    return frozenset(map(normalise_header, names))
