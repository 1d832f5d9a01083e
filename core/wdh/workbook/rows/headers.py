"""Finds the header row of a sheet, and names its columns."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from wdh.facts import cell_text
from wdh.facts.cells import (
    CellValue,
    Merged,
    PlainValue,
    Uncached,
    column_index,
    column_letter,
    plain_value,
)
from wdh.settings import HeaderRows
from wdh.words.expressions import TooSlow, compile_expression
from wdh.words.headers import near_header, normalise_header
from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.guesses import Line, guess_header, is_continued, is_joined, is_worded

JOINT = "/"
"""The joint between the names of a header of several rows: 期初/数量."""
ANYWHERE = HeaderRows()
_MOST_ROWS = 3
_UNNAMED = re.compile(r"\(column [A-Z]+\)")


class HeaderLine(Struct, frozen=True):
    """One row of a header: its texts by column, a merged one over all that it spans, and its first cell with a text."""

    texts: tuple[str, ...]
    place: int
    first: PlainValue


class Header(Struct, frozen=True):
    """The header of a sheet. ``row`` is the number of its last row; ``names`` has None for a column without a name.

    ``beside`` are the numbers of further rows that belong to a header of several rows, and are not read. ``lines`` are
    all its rows, which may be repeated further down.
    """

    row: int
    names: tuple[str | None, ...]
    beside: tuple[int, ...] = ()
    lines: tuple[HeaderLine, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names there are, in sheet order."""
        return tuple(name for name in self.names if name is not None)

    def find_repeats(self, block: Block) -> frozenset[int]:
        """Find the places of the rows of ``block`` that repeat a row of the header, as at page breaks."""
        return frozenset(place for line in self.lines for place in _find_repeats(line, block))


def find_header(
    rows: Sequence[Line], required: Sequence[str], *, known: Collection[str] = (), wanted: HeaderRows = ANYWHERE
) -> Header | None:
    """Find the header among the first rows (number, cells) of a sheet; None when no row can be one.

    ``rows`` are the rows that hold something, but for those above ``wanted.first``. The header is the first of them
    with most of the required columns, then of the known ones; where no row has any, the one that looks like it. Two or
    three rows together are one where they have more of these names than any row alone. ``wanted`` says where it
    stands, and of how many rows it is.
    """
    if not rows or (wanted.row is not None and rows[0][0] != wanted.row):
        return None
    search = _Search(rows, _normal(required), _normal(known), wide=wanted.wide)
    window = search.find(wanted)
    return None if window is None else search.make_header(window)


def list_headers(rows: Sequence[Line], *, first: int, count: int) -> tuple[Header, ...]:
    """Make the headers that ``count`` rows from ``first`` on can be: as they stand, and with groups over blanks."""
    search = _Search([line for line in rows if line[0] >= first], frozenset(), frozenset(), wide=None)
    return search.list_ways(count)


def find_missing(header: Header, required: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Give each required column that the header lacks, with the nearest name it has (None: nothing near)."""
    present = header.columns
    lacking = [name for name in dict.fromkeys(required) if normalise_header(name) not in present]
    return tuple((name, near_header(name, present)) for name in lacking)


def name_columns(texts: Sequence[str]) -> tuple[str | None, ...]:
    """Name the columns by the texts of the header: the second ``X`` is ``X#2``, an empty text gives None."""
    taken: dict[str, int] = {}
    return tuple(_name_column(text, taken) for text in texts)


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


def _own_texts(cells: Sequence[CellValue], texts: Sequence[str]) -> list[str]:
    """Leave of the texts of a row those that name their columns: of a merged range only that of the first column."""
    return [
        "" if cell is None or (isinstance(cell, Merged) and _first_column(cell) != column_letter(index)) else text
        for index, (cell, text) in enumerate(zip(cells, texts, strict=False))  # the texts may go on
    ]


def _first_column(cell: Merged) -> str:
    return cell.area.partition(":")[0].rstrip("0123456789")


def _spread_text(cell: CellValue) -> str:
    plain = plain_value(cell)
    return "" if plain is None or isinstance(plain, Uncached) else normalise_header(_shown(plain) or "")


def _spread_texts(cells: Sequence[CellValue], width: int) -> list[str]:
    """Give the texts of a row, merged ones over all of their ranges: a reader follows those only as far as it knows."""
    texts = [*map(_spread_text, cells), *[""] * (width - len(cells))]
    for index, cell in enumerate(cells):
        if isinstance(cell, Merged) and (index + 1 == len(cells) or cells[index + 1] is None):
            right = min(column_index(cell.area.rpartition(":")[2].rstrip("0123456789")), width - 1)
            texts[index : right + 1] = [texts[index]] * (right + 1 - index)
    return texts


def _shown(cell: PlainValue) -> str | None:
    """Give a name as the sheet shows it: a year without decimals, a day without a time."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return str(cell.date())
    return cell_text(cell)


class _Search:
    def __init__(
        self, rows: Sequence[Line], required: frozenset[str], known: frozenset[str], *, wide: str | None
    ) -> None:
        self._rows, self._required, self._known = rows, required, known
        self._wide = None if wide is None else compile_expression(wide)
        self._matches: dict[str, bool] = {}
        width = max((len(cells) for _, cells in rows), default=0)
        self._spread = [_spread_texts(cells, width) for _, cells in rows]
        self._own = [_own_texts(cells, texts) for (_, cells), texts in zip(rows, self._spread, strict=True)]

    @property
    def _seeks(self) -> bool:
        return bool(self._required or self._known or self._wide)

    def find(self, wanted: HeaderRows) -> _Window | None:
        """Find the rows of the header; None: there is no row."""
        if wanted.first is not None or wanted.rows is not None:
            return self._find_wanted(wanted)
        place = self._find_known()
        if place is None:
            place = guess_header(self._rows)
        if place is None:
            return None
        return self._best([_Window(place, place + 1), *self._list_joint()])

    def list_ways(self, size: int) -> tuple[Header, ...]:
        """Make the headers that the first rows can be."""
        return tuple(self.make_header(window) for window in _variants(self._window(0, size)))

    def make_header(self, window: _Window) -> Header:
        """Make a header of the rows of a window."""
        last = self._rows[window.end - 1]
        names = name_columns(self._join(window))
        beside = () if window.size > 1 else tuple(_find_beside(self._rows, window.start))
        numbers = {
            *(row for row in beside if row < last[0]),
            *(row for row, _ in self._rows[window.start : window.end]),
        }
        lines = [self._line(place) for place, (number, _) in enumerate(self._rows) if number in numbers]
        return Header(last[0], names, beside, tuple(line for line in lines if line is not None))

    def _find_wanted(self, wanted: HeaderRows) -> _Window | None:
        places: Sequence[int] = range(len(self._rows)) if wanted.first is None else (0,)
        sizes = range(1, _MOST_ROWS + 1) if wanted.rows is None else (wanted.rows,)
        windows = [self._window(place, size) for place in places for size in sizes]
        if wanted.first is None and windows:
            place = guess_header(self._rows) or 0
            while place and is_joined(self._rows[place - 1], self._rows[place]):
                place -= 1
            windows = [self._window(place, sizes[0]), *windows]
        return self._best([each for window in windows for each in _variants(window)]) if windows else None

    def _window(self, start: int, size: int) -> _Window:
        """Take ``size`` rows of the sheet, but for those that hold nothing."""
        behind = self._rows[start][0] + size
        end = start + 1
        while end < len(self._rows) and self._rows[end][0] < behind:
            end += 1
        return _Window(start, end)

    def _list_joint(self) -> Iterator[_Window]:
        """List the pairs and triples of rows, one right below the other, that could be names all of them."""
        worded = [is_worded(cells) for _, cells in self._rows] if self._seeks else []
        for start in range(len(worded)):
            for end in range(start + 2, min(start + _MOST_ROWS, len(worded)) + 1):
                if not worded[end - 1] or self._rows[end - 1][0] != self._rows[start][0] + end - 1 - start:
                    break
                yield from _variants(_Window(start, end))

    def _best(self, windows: Sequence[_Window]) -> _Window:
        """Choose the first of the windows with most of the names looked for."""
        return max(windows, key=lambda window: self._score({*self._join(window)}))

    def _score(self, names: set[str]) -> tuple[int, int]:
        return len(self._required & names), len(self._known & names) + sum(map(self._is_wide, names))

    def _is_wide(self, name: str) -> bool:
        if self._wide is None or not name:
            return False
        if name not in self._matches:
            try:
                self._matches[name] = self._wide.fullmatch(name) is not None
            except TooSlow:
                self._matches[name] = False  # it is told where the columns are grouped
        return self._matches[name]

    def _join(self, window: _Window) -> list[str]:
        """Join the texts of the rows by column, equal ones once; a column that only a range spans has no name."""
        places = range(window.start, window.end)
        width = max(len(self._own[place]) for place in places)  # no range beyond it has a name of its own
        own = [_widen(self._own[place], width) for place in places]
        parts = [_widen(self._spread[place], width) for place in places[:-1]]
        if window.is_filled:
            for upper in range(len(parts) - 1, -1, -1):
                parts[upper] = _fill_right(parts[upper], (parts + own[-1:])[upper + 1])
        parts.append(own[-1])
        named = [any(texts) for texts in zip(*own, strict=True)]
        joined = [JOINT.join(text for text, _ in groupby(filter(None, texts))) for texts in zip(*parts, strict=True)]
        return [text if is_named else "" for text, is_named in zip(joined, named, strict=True)]

    def _find_known(self) -> int | None:
        """Find the row with most of the names looked for: of rows merged with each other the lowest of equals."""
        best, found = (0, 0), None
        for place, texts in enumerate(self._own if self._seeks else ()):
            score = self._score({*texts})
            if score > best or (
                score == best and place - 1 == found and is_joined(self._rows[place - 1], self._rows[place])
            ):
                best, found = score, place
            elif self._wide is None and best == (len(self._required), len(self._known)):
                break
        return found

    def _line(self, place: int) -> HeaderLine | None:
        texts = self._spread[place]
        named = next((index for index, text in enumerate(texts) if text), None)
        return None if named is None else HeaderLine(tuple(texts), named, plain_value(self._rows[place][1][named]))


class _Window(Struct, frozen=True):
    """Rows of a sheet that may be its header, by place. ``is_filled``: a blank stands for the name left of it."""

    start: int
    end: int
    is_filled: bool = False

    @property
    def size(self) -> int:
        return self.end - self.start


def _variants(window: _Window) -> Iterator[_Window]:
    yield window
    if window.size > 1:
        yield _Window(window.start, window.end, is_filled=True)


def _fill_right(upper: Sequence[str], below: Sequence[str]) -> list[str]:
    """Let the name of a group stand over the blanks right of it, as far as there are names below."""
    group, filled = "", []
    for text, under in zip(upper, below, strict=True):
        group = (text or group) if under else ""
        filled.append(text or group)
    return filled


def _find_repeats(line: HeaderLine, block: Block) -> Iterator[int]:
    if line.place >= len(block.columns):
        return
    column = block.columns[line.place]
    if line.place in block.merged:
        column = list(map(plain_value, column))
    if line.first not in column:  # the usual block, told at the speed of a search
        return
    columns = block.columns[: len(line.texts)]
    for place, cell in enumerate(column):
        if cell == line.first and [_spread_text(each[place]) for each in columns] == [*line.texts[: len(columns)]]:
            yield place


def _widen(texts: Sequence[str], width: int) -> list[str]:
    return [*texts[:width], *[""] * (width - len(texts))]


def _find_beside(rows: Sequence[Line], place: int) -> Iterator[int]:
    """Find the rows above that are merged with the header, and the row below that only goes on with it."""
    for index in range(place, 0, -1):
        if not is_joined(rows[index - 1], rows[index]):
            break
        yield rows[index - 1][0]
    if place + 1 < len(rows) and is_continued(rows[place], rows[place + 1]):
        yield rows[place + 1][0]


def _normal(names: Collection[str]) -> frozenset[str]:
    return frozenset(map(normalise_header, names))
