"""The columns of a table on a terminal: how wide each may be, and the lines of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from wdh.report.blocks import Cell, Table
from wdh.report.widths import cut, shorten, width_of, wrap
from wdh.words.printable import show_controls

_GAP: Final = "  "
_FLOORS: Final = (10_000, 24, 16, 10)
"""How many columns of its longest word a text keeps where there is little room: first all, then ever less."""

_SHORTEST: Final = 12
"""The columns that a text of one line keeps."""


class Column(Struct, frozen=True):
    """A column: its header, and the lines of each of its cells."""

    header: str
    cells: Sequence[Sequence[str]]
    is_number: bool
    is_short: bool
    is_aside: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing is wrapped."""
        return max(width_of(self.header), self._widest)

    def least(self, floor: int) -> int:
        """Give the least width, if no word need have more than ``floor`` columns."""
        if self.is_number:
            return max(_longest(self.header), self._widest)
        if self.is_short:
            return min(self.natural, _SHORTEST)
        words = map(_longest, (self.header, *(line for cell in self.cells for line in cell)))
        return min(max(words, default=0), floor)

    @property
    def _widest(self) -> int:
        return max((width_of(line) for cell in self.cells for line in cell), default=0)

    def draw_header(self, width: int) -> list[str]:
        """Give the lines of the header."""
        return [self._align(line, width) for line in wrap(self.header, width)]

    def draw_cell(self, row: int, width: int) -> list[str]:
        """Give the lines of a cell."""
        if self.is_short:
            return [shorten(line, width) for line in self.cells[row]]
        return [self._align(part, width) for line in self.cells[row] for part in wrap(line, width)]

    def _align(self, text: str, width: int) -> str:
        blanks = " " * (width - width_of(text))
        return blanks + text if self.is_number else text + blanks


def make_columns(table: Table) -> list[Column]:
    """Give the columns of a table, without a character in them that a terminal would obey."""
    return [
        Column(
            show_controls(header),
            [_lines(row[place]) for row in table.rows],
            is_number=header in table.numbers,
            is_short=header in table.short,
            is_aside=header in table.aside,
        )
        for place, header in enumerate(table.headers)
    ]


def choose_widths(columns: Sequence[Column], width: int | None) -> list[int] | None:
    """Choose the width of each column, so that all have room in ``width`` (None: any). None: they have none.

    Numbers and the words of their headers are never cut.
    """
    wished = [column.natural for column in columns]
    room = None if width is None else width - len(_GAP) * (len(columns) - 1)
    if room is None or sum(wished) <= room:
        return wished
    for floor in _FLOORS:
        least = [column.least(floor) for column in columns]
        if sum(least) <= room:
            return _share(wished, least, room)
    return None


def draw_rows(columns: Sequence[Column], widths: Sequence[int]) -> Iterator[list[str]]:
    """Give the lines of the header, then those of each row."""
    yield _join([column.draw_header(width) for column, width in zip(columns, widths, strict=True)], widths)
    for row in range(len(columns[0].cells)):
        yield _join([column.draw_cell(row, width) for column, width in zip(columns, widths, strict=True)], widths)


def split_aside(columns: Sequence[Column], width: int | None) -> tuple[Sequence[Column], Sequence[str]]:
    """Give the columns for which there is room, and the sentences of those that stand below the table."""
    natural = sum(column.natural + len(_GAP) for column in columns) - len(_GAP)
    if width is None or natural <= width or not any(column.is_aside for column in columns):
        return columns, ()
    kept = [column for column in columns if not column.is_aside]
    named = [column for column in kept if not column.is_number]
    said = []
    for row in range(len(columns[0].cells)):
        texts = [text for column in columns if column.is_aside for text in column.cells[row] if text]
        name = " ".join(text for column in named for text in column.cells[row])
        said.append(f"{name}: {', '.join(texts)}")
    return kept, said


def draw_records(columns: Sequence[Column], width: int) -> Iterator[str]:
    """Give each row as lines of a header and a value, for a terminal that is too narrow for the table."""
    labels = min(max((width_of(column.header) for column in columns), default=0), max(width // 3, 1))
    for row in range(len(columns[0].cells)):
        if row:
            yield ""
        for column in columns:
            if any(column.cells[row]):
                lines = [part for line in column.cells[row] for part in wrap(line, width - labels - len(_GAP))]
                yield from draw_pair(column.header, lines, labels)


def draw_pair(label: str, lines: Sequence[str], labels: int) -> Iterator[str]:
    """Give the lines of a value behind its label, which has ``labels`` columns."""
    shown = cut(label, labels)
    head = shown + " " * (labels - width_of(shown))
    for line in lines or ("",):
        yield f"{head}{_GAP}{line}".rstrip()
        head = " " * labels


def _join(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    return [
        _GAP.join(
            cell[place] + " " * (width - width_of(cell[place])) if place < len(cell) else " " * width
            for cell, width in zip(cells, widths, strict=True)
        ).rstrip()
        for place in range(max(map(len, cells), default=0))
    ]


def _share(wished: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Take from the widest columns first, down to the least width of each."""
    widths = list(wished)
    while sum(widths) > room:
        loose = [place for place in range(len(widths)) if widths[place] > least[place]]
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths


def _longest(text: str) -> int:
    return max(map(width_of, text.split(" ")), default=0)


def _lines(cell: Cell) -> Sequence[str]:
    return tuple(map(show_controls, (cell,) if isinstance(cell, str) else cell))
