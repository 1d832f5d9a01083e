"""The result as text: plain tables, in styles and at its width on a terminal, in long lines in a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from wdh.errors import assert_never
from wdh.report.blocks import Block, Code, Line, Result, Section, Table, Title
from wdh.words.printable import show_controls, show_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_NO_WIDTH = 10_000


def report_text(result: Result, width: int | None) -> Iterator[str]:
    """Draw the page. Text in it is text: what looks like rich's markup is shown as it is."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        highlight=False,
        markup=False,
        emoji=False,
        width=_NO_WIDTH if width is None else width,
        force_terminal=width is not None,
    )
    for block in result.page:
        if isinstance(block, Code):  # at any width, so that it can be copied
            yield from show_lines("\n".join(block.texts)).split("\n")
        else:
            yield from _print(console, block)


def _print(console: Console, block: Block) -> Iterator[str]:
    from rich.segment import Segment, Segments

    with console.capture() as captured:
        for part in _draw(block):
            drawn = (segment for segment in console.render(part) if not segment.control)
            console.print(Segments(Segment(show_lines(segment.text), segment.style) for segment in drawn), end="")
    yield from captured.get().removesuffix("\n").split("\n")


def _draw(block: Block) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    match block:
        case Title():
            yield Text.assemble((f"wdh {version('wdh')}", "bold"), f" · {show_controls(block.text)}")
        case Section():
            yield Text()
            yield Text(show_controls(block.heading), style="bold")
            yield from (Padding(drawn, (0, 0, 0, 2), expand=False) for part in block.parts for drawn in _draw(part))
        case Line():
            yield Text("  " * block.level + show_controls(block.text))
        case Table():
            yield _table(block)
        case Code():
            for text in block.texts:
                is_comment = text.startswith("-- ") and "\n" not in text
                yield Text(text, style="dim" if is_comment else "")
        case _:
            assert_never(block)


def _table(block: Table) -> RenderableType:
    from rich.table import Table as Drawn
    from rich.text import Text

    made = Drawn(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for header in block.headers:
        made.add_column(header, justify="right" if header in block.numbers else "left", overflow="fold")
    for row in block.rows:
        lines = ((cell,) if isinstance(cell, str) else cell for cell in row)
        made.add_row(*(Text("\n".join(map(show_controls, each))) for each in lines))
    return made


def clip(value: str | None, width: int = 40) -> str:
    """Shorten a text to ``width`` characters."""
    text = "" if value is None else value
    return text if len(text) <= width else text[: width - 1] + "…"


def counted(number: int, thing: str) -> str:
    """Write a number with what it counts: ``1 row``, ``3,004 rows``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
