"""The header row of a sheet: where it is, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wdh.cells import CellValue, Merged, Uncached, column_letter, normalise_header
from wdh.facts import cell_text
from wdh.spelling import near_header

_UNNAMED = re.compile(r"\(column [A-Z]+\)")


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet. ``row`` is the sheet's row number; ``names`` has None for a column without a name."""

    row: int
    names: tuple[str | None, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names there are, in sheet order."""
        return tuple(name for name in self.names if name is not None)


def find_header(
    rows: Sequence[tuple[int, Sequence[CellValue]]], required: Sequence[str], *, known: Collection[str] = ()
) -> Header | None:
    """Find the header among the first rows (number, cells) of a sheet; None when no row can be one.

    ``rows`` are the rows that hold something. The header is the first of those with most of the required columns,
    then of the known ones. With neither given it is the first row of several texts and nothing else, so that a title
    is passed over, or else the first row.
    """
    wanted, helpful = _normal(required), _normal(known)
    if not wanted and not helpful:
        rows = [line for line in rows if _is_worded(line[1])] or rows
        return Header(rows[0][0], name_columns(rows[0][1])) if rows else None
    headers = [Header(number, name_columns(cells)) for number, cells in rows]
    return max(headers, key=lambda one: (len(wanted & {*one.names}), len(helpful & {*one.names})), default=None)


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
    plain = cell.value if isinstance(cell, Merged) else cell
    return "" if isinstance(plain, Uncached) else normalise_header(cell_text(plain) or "")


def _is_worded(cells: Sequence[CellValue]) -> bool:
    plain = [cell.value if isinstance(cell, Merged) else cell for cell in cells]
    names = [name for name in name_columns(cells) if name is not None]
    return len(names) > 1 and all(cell is None or isinstance(cell, str) for cell in plain)


def _normal(names: Collection[str]) -> frozenset[str]:
    return frozenset(map(normalise_header, names))
