"""Merged ranges of a sheet, and the value of each of their cells as the rows stream by."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import DataError
from wdh.facts.cells import Merged, column_letter
from wdh.words.language import say
from wdh.workbook.rows.blocks import Block


class Area(Struct, frozen=True, order=True):
    """A merged range. Rows are the sheet's own, 1-based; columns count from 0; all ends are part of it."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def name(self) -> str:
        """The range as a sheet writes it, e.g. ``B2:B9``."""
        return f"{column_letter(self.left)}{self.top}:{column_letter(self.right)}{self.bottom}"


class _Crossing(Struct, frozen=True):
    """A merged range that has begun: what its cells hold, and the cell style of its first one."""

    area: Area
    merged: Merged
    style: int


class Merges:
    """Walks down the merged ranges of a sheet together with its filled rows, which must come in rising order.

    A range is followed to the right as far as any row so far had something to show; ``width`` columns are known to
    have. ``columns`` is how many a sheet may have: more ranges beside each other overlap, and are a DataError.
    """

    def __init__(self, areas: Iterable[Area], *, columns: int, width: int = 0) -> None:
        self._waiting = sorted(areas, reverse=True)
        self._columns = columns
        self._open: list[_Crossing] = []
        self._width = width

    def __bool__(self) -> bool:
        return bool(self._waiting or self._open)

    def fill(self, block: Block) -> Block:
        """Replace each cell of a merged range by what the range shows, and its style by that of the first cell.

        A range whose first row is blank shows nothing.
        """
        table = _Table(block)
        place = 0
        while (place := self._skip(block, place)) < len(block):
            row, style = table.row(place)
            filled, styles = self._fill_row(block.numbers[place], row, style)
            if filled is not row:
                table.replace(place, filled, styles)
            place += 1
        return table.block()

    def _skip(self, block: Block, start: int) -> int:
        """Give the place of the next row that a range crosses or begins in, from ``start`` on."""
        if self._open or start == len(block):
            return start
        end = bisect_left(block.numbers, self._waiting[-1].top, lo=start) if self._waiting else len(block)
        self._width = max(self._width, _last_column(block, start, end))
        return end

    def _fill_row(self, number: int, row: Sequence[Any], style: Sequence[int]) -> tuple[Sequence[Any], Sequence[int]]:
        self._width = max(self._width, _width(row))
        self._open.extend(self._begin(number, row, style))
        self._open = [crossing for crossing in self._open if crossing.area.bottom >= number]
        if not self._open:
            return row, style
        if len(self._open) > self._columns:
            raise DataError(say("more merged ranges cross row {number} than there are columns.", number=number))
        cells, styles = list(row), list(style)
        for crossing in self._open:
            left, right = crossing.area.left, min(crossing.area.right + 1, self._width)
            _overwrite(cells, left, right, value=crossing.merged, filler=None)
            _overwrite(styles, left, right, value=crossing.style, filler=0)
        return cells, styles

    def _begin(self, number: int, row: Sequence[Any], style: Sequence[int]) -> Iterator[_Crossing]:
        while self._waiting and self._waiting[-1].top <= number:
            area = self._waiting.pop()
            present = area.top == number and area.left < len(row)
            value = row[area.left] if present else None
            yield _Crossing(area, Merged(value, area.name), style[area.left] if present and style else 0)


def _width(row: Sequence[Any]) -> int:
    return next((index for index in range(len(row), 0, -1) if row[index - 1] not in (None, "")), 0)


def _last_column(block: Block, start: int, end: int) -> int:
    if start == end:
        return 0
    columns = range(len(block.columns), 0, -1)
    return next((index for index in columns if set(block.columns[index - 1][start:end]) - {None}), 0)


class _Table:
    def __init__(self, block: Block) -> None:
        self._block = block
        self._rows: dict[int, tuple[Sequence[Any], Sequence[int]]] = {}

    def row(self, place: int) -> tuple[Sequence[Any], Sequence[int]]:
        """Give the cells and the styles of a row."""
        styles = self._block.styles or ()
        return [column[place] for column in self._block.columns], [style[place] for style in styles]

    def replace(self, place: int, cells: Sequence[Any], styles: Sequence[int]) -> None:
        """Put other cells and styles into a row; there may be more of them."""
        self._rows[place] = cells, styles

    def block(self) -> Block:
        """Give the block as it is now."""
        if not self._rows:
            return self._block
        cells = {place: cells for place, (cells, _) in self._rows.items()}
        styles = {place: styles for place, (_, styles) in self._rows.items()}
        old = self._block.styles
        columns = _put(self._block.columns, cells, size=len(self._block), filler=None)
        kinds = None if old is None else _put(old, styles, size=len(self._block), filler=0)
        merged = frozenset(index for row in cells.values() for index, cell in enumerate(row) if type(cell) is Merged)
        return replace(self._block, columns=columns, styles=kinds, merged=merged)


def _put(
    columns: Sequence[Sequence[Any]], rows: Mapping[int, Sequence[Any]], *, size: int, filler: Any
) -> Sequence[Sequence[Any]]:
    width = max(len(columns), *map(len, rows.values()))
    changed = [[*column] for column in columns] + [[filler] * size for _ in range(width - len(columns))]
    for place, row in rows.items():
        for column, cell in zip(changed, row, strict=False):  # a row may end before the others
            column[place] = cell
    return changed


def _overwrite(cells: list[Any], left: int, right: int, *, value: Any, filler: Any) -> None:
    cells.extend([filler] * (right - len(cells)))
    cells[left : max(left, right)] = [value] * (right - left)
