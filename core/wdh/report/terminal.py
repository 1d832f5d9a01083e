"""The result as text: plain tables, in styles and at its width on a terminal, in long lines in a file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

from wdh.errors import assert_never
from wdh.report.blocks import Block, Code, Line, Pairs, Result, Section, Table, Title
from wdh.report.columns import choose_widths, draw_pair, draw_records, draw_rows, make_columns, split_aside
from wdh.report.widths import width_of, wrap
from wdh.words.printable import show_controls, show_lines

_BOLD: Final = "\x1b[1m"
_DIM: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"
_INDENT: Final = "  "
_NARROWEST: Final = 20


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
        yield from draw_pair(label, lines, labels)


def _draw_table(table: Table, width: int | None) -> Iterator[str]:
    if not table.headers:
        return
    columns, aside = split_aside(make_columns(table), width)
    widths = choose_widths(columns, width)
    if widths is None:
        yield from draw_records(columns, width or 0)
        return
    header, *rows = draw_rows(columns, widths)
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
