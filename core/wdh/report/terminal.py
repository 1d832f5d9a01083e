"""The result as text: plain tables, in styles and at its width on a terminal, in long lines in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Final

from msgspec import Struct

from wdh.errors import assert_never
from wdh.report.blocks import Block, Cell, Code, Line, Pairs, Result, Section, Table, Title
from wdh.report.widths import cut, shorten, width_of, wrap
from wdh.words.printable import show_controls, show_lines

_BOLD: Final = "\x1b[1m"
_DIM: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"
_INDENT: Final = "  "
_NARROWEST: Final = 20

_GAP: Final = "  "
_FLOORS: Final = (10_000, 24, 16, 10)
"""How many columns of its longest word a text keeps where there is little room: first all, then ever less."""

_SHORTEST: Final = 12
"""The columns that a text of one line keeps."""


def report_text(result: Result, width: int | None) -> Iterator[str]:
    """Draw the page. No line is wider than a terminal of ``width`` columns, but for code, which is there to be copied.

    Text in it is text: what looks like markup is shown as it is.
    """
    room = None if width is None else max(width, _NARROWEST)
    for block in result.page:
        yield from _draw(block, room)


def _draw(block: Block, width: int | None) -> Iterator[str]:
    """Draw a block. With a width there is a terminal, and there are styles."""
    match block:
        case Title():
            name = f"wdh {version('wdh')}"
            first, *more = _wrap(f"{name} · {show_controls(block.text)}", width)
            yield _style(name, _BOLD, width) + first.removeprefix(name)
            yield from more
        case Section():
            yield ""
            yield from (_style(line, _BOLD, width) for line in _wrap(show_controls(block.heading), width))
            for part in block.parts:
                is_code = isinstance(part, Code)
                below = width if width is None or is_code else width - len(_INDENT)
                yield from (f"{_INDENT}{line}" if line else "" for line in _draw(part, below))
        case Line():
            yield from _draw_line(block, width)
        case Pairs():
            yield from _draw_pairs(block, width)
        case Table():
            yield from _draw_table(block, width)
        case Code():  # at any width, so that it can be copied
            for text in block.texts:
                is_comment = text.startswith("-- ") and "\n" not in text
                lines = show_lines(text).split("\n")
                yield from (_style(line, _DIM, width) for line in lines) if is_comment else lines
        case _:
            assert_never(block)


def _draw_line(line: Line, width: int | None) -> Iterator[str]:
    """Draw a sentence; what does not fit stands below it, a little to the right."""
    text, indent = show_controls(line.text), _INDENT * line.level
    if width is None:
        yield indent + text
        return
    hanging = len(_INDENT)
    for place, part in enumerate(wrap(text, max(width - len(indent), _NARROWEST // 2), hanging=hanging)):
        yield indent + (_INDENT if place else "") + part


def _draw_pairs(pairs: Pairs, width: int | None) -> Iterator[str]:
    rows = [(show_controls(label), cell) for label, cell in pairs.rows]
    labels = max((width_of(label) for label, _ in rows), default=0)
    for label, cell in rows:
        lines = [show_controls(line) for line in ((cell,) if isinstance(cell, str) else cell)]
        if width is not None:
            lines = [part for line in lines for part in wrap(line, max(width - labels - len(_INDENT), _NARROWEST // 2))]
        yield from _draw_pair(label, lines, labels)


def _draw_table(table: Table, width: int | None) -> Iterator[str]:
    if not table.headers:
        return
    columns, aside = _split_aside(make_columns(table), width)
    widths = _choose_widths(columns, width)
    if widths is None:
        yield from _draw_records(columns, width or 0)
        return
    header, *rows = _draw_rows(columns, widths)
    yield from (_style(line, _DIM, width) for line in header)
    yield from (line for row in rows for line in row)
    yield from (line for text in aside for line in _draw_line(Line(text), width))


def _wrap(text: str, width: int | None) -> list[str]:
    return [text] if width is None else wrap(text, width)


def _style(text: str, style: str, width: int | None) -> str:
    return text if width is None or not text.strip() else f"{style}{text}{_PLAIN}"


def clip(value: str | None, width: int = 40) -> str:
    """Shorten a text to ``width`` characters."""
    text = "" if value is None else value
    return text if len(text) <= width else text[: width - 1] + "…"


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


def _choose_widths(columns: Sequence[Column], width: int | None) -> list[int] | None:
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


def _draw_rows(columns: Sequence[Column], widths: Sequence[int]) -> Iterator[list[str]]:
    yield _join([column.draw_header(width) for column, width in zip(columns, widths, strict=True)], widths)
    for row in range(len(columns[0].cells)):
        yield _join([column.draw_cell(row, width) for column, width in zip(columns, widths, strict=True)], widths)


def _split_aside(columns: Sequence[Column], width: int | None) -> tuple[Sequence[Column], Sequence[str]]:
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


def _draw_records(columns: Sequence[Column], width: int) -> Iterator[str]:
    """Give each row as lines of a header and a value, for a terminal that is too narrow for the table."""
    labels = min(max((width_of(column.header) for column in columns), default=0), max(width // 3, 1))
    for row in range(len(columns[0].cells)):
        if row:
            yield ""
        for column in columns:
            if any(column.cells[row]):
                lines = [part for line in column.cells[row] for part in wrap(line, width - labels - len(_GAP))]
                yield from _draw_pair(column.header, lines, labels)


def _draw_pair(label: str, lines: Sequence[str], labels: int) -> Iterator[str]:
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
