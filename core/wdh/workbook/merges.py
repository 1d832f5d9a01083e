"""Merged ranges of a sheet, and what each of their cells stands for while the rows stream by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from wdh.cells import Merged, column_letter
from wdh.errors import DataError
from wdh.workbook.blocks import Block


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A merged range. Rows are the sheet's own, 1-based; columns count from 0; all ends are part of it."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def name(self) -> str:
        """The range as a sheet writes it, e.g. ``B2:B9``."""
        return f"{column_letter(self.left)}{self.top}:{column_letter(self.right)}{self.bottom}"


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A merged range that has begun: what its cells hold, and the cell style of its first one."""

    area: Area
    merged: Merged
    style: int


class Merges:
    """Walks down the merged ranges of a sheet together with its filled rows, which must come in rising order.

    A range is followed to the right as far as any row so far had something to show. ``columns`` is how many a sheet
    may have: more ranges beside each other overlap, and are a DataError.
    """

    def __init__(self, areas: Iterable[Area], *, columns: int) -> None:
        self._waiting = sorted(areas, reverse=True)
        self._columns = columns
        self._open: list[_Crossing] = []
        self._width = 0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._open)

    def fill(self, block: Block) -> Block:
        """Replace each cell of a merged range by what the range shows, and its style by that of the first cell.

        A range whose first row is blank shows nothing.
        """
        styles = zip(*block.styles, strict=True) if block.styles else repeat((), len(block))
        filled = [
            (row, style)
            if len(row) <= self._width and not self._open and not self._begins_by(number)
            else self._fill_row(number, row, style)
            for number, row, style in zip(block.numbers, block.rows, styles, strict=True)
        ]
        kinds = None if block.styles is None else [kind for _, kind in filled]
        return Block.of_rows(block.numbers, [row for row, _ in filled], kinds)

    def _begins_by(self, number: int) -> bool:
        return bool(self._waiting) and self._waiting[-1].top <= number

    def _fill_row(self, number: int, row: Sequence[Any], style: Sequence[int]) -> tuple[Sequence[Any], Sequence[int]]:
        self._width = max(self._width, _width(row))
        self._open.extend(self._begin(number, row, style))
        self._open = [crossing for crossing in self._open if crossing.area.bottom >= number]
        if not self._open:
            return row, style
        if len(self._open) > self._columns:
            raise DataError(f"more merged ranges cross row {number} than there are columns.")
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


def _overwrite(cells: list[Any], left: int, right: int, *, value: Any, filler: Any) -> None:
    cells.extend([filler] * (right - len(cells)))
    cells[left : max(left, right)] = [value] * (right - left)
