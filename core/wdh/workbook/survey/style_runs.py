"""The styles of cells, kept as runs down each column: a style of a whole column costs nothing."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from wdh.facts.cells import column_index

MOST_RUNS: Final = 2_000_000
"""Past so many (24 MB) the cells are better read with their styles."""

_AREA = re.compile(r"(?P<letters>[A-Z]+)(?P<row>\d+):")


class _Column:
    """The runs of one column, from the first row of each to its last."""

    __slots__ = ("firsts", "lasts", "styles")

    def __init__(self) -> None:
        self.firsts, self.lasts, self.styles = array("I"), array("I"), array("I")

    def add(self, row: int, style: int) -> None:
        """Add the style of one cell; rows come rising."""
        if self.lasts and self.lasts[-1] == row - 1 and self.styles[-1] == style:
            self.lasts[-1] = row
        else:
            self.firsts.append(row)
            self.lasts.append(row)
            self.styles.append(style)

    def extend(self, first: int, last: int, *, style: int) -> None:
        """Add a run of cells, which begins below all that are there."""
        self.add(first, style)
        self.lasts[-1] = last

    def join(self, lower: _Column) -> None:
        """Add the runs of the rows below."""
        self.extend(lower.firsts[0], lower.lasts[0], style=lower.styles[0])
        self.firsts.extend(lower.firsts[1:])
        self.lasts.extend(lower.lasts[1:])
        self.styles.extend(lower.styles[1:])


class StyleRuns:
    """The styles of those cells that were added, by column (0 is A) and row; of any other cell the style is 0."""

    def __init__(self) -> None:
        self._columns: defaultdict[int, _Column] = defaultdict(_Column)

    def __bool__(self) -> bool:
        return bool(self._columns)

    @property
    def size(self) -> int:
        """How many runs there are."""
        return sum(len(column.firsts) for column in self._columns.values())

    @property
    def columns(self) -> frozenset[int]:
        """The columns in which any cell was added."""
        return frozenset(self._columns)

    def add(self, cells: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Add the next cells of a sheet in its order: letters of the column, row, style."""
        columns: defaultdict[bytes, list[tuple[bytes, bytes]]] = defaultdict(list)
        for letters, row, style in cells:
            columns[letters].append((row, style))
        for letters, found in columns.items():
            self._extend(self._columns[column_index(letters.decode("ascii"))], found)

    def join(self, lower: StyleRuns) -> None:
        """Add the cells of the rows below."""
        for index, column in lower._columns.items():
            self._columns[index].join(column)

    def without_first(self) -> StyleRuns:
        """Give the styles as if the first column were not there."""
        shifted = StyleRuns()
        shifted._columns.update({index - 1: column for index, column in self._columns.items() if index})
        return shifted

    def _extend(self, column: _Column, found: Sequence[tuple[bytes, bytes]]) -> None:
        rows = [int(row) for row, _ in found]
        if len({style for _, style in found}) == 1 and rows == [*range(rows[0], rows[0] + len(rows))]:
            column.extend(rows[0], rows[-1], style=int(found[0][1]))
            return
        for row, (_, style) in zip(rows, found, strict=True):
            column.add(row, int(style))

    def of(self, column: int, numbers: Sequence[int]) -> list[int]:
        """Give the styles of a column's cells in the rows of these numbers, which rise."""
        runs = self._columns.get(column)
        if runs is None or not numbers:
            return [0] * len(numbers)
        first, last = numbers[0], numbers[-1]
        styles = [0] * (last - first + 1)
        for place in range(max(bisect_right(runs.firsts, first) - 1, 0), bisect_right(runs.firsts, last)):
            start, end = max(runs.firsts[place], first) - first, min(runs.lasts[place], last) - first + 1
            if end > start:
                styles[start:end] = [runs.styles[place]] * (end - start)
        return styles if len(styles) == len(numbers) else [styles[number - first] for number in numbers]

    def of_area(self, area: str) -> int:
        """Give the style of the first cell of a merged range such as ``B2:B9``."""
        found = _AREA.match(area)
        return self.of(column_index(found["letters"]), [int(found["row"])])[0] if found else 0
