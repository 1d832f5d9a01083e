"""The parts of reports for the terminal: sections, plain tables, and text that cannot move the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wdh.words.printable import show_controls


def section(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    """Draw a title and, indented below it, its parts."""
    yield Text()
    yield Text(title, style="bold")
    yield from (Padding(part, (0, 0, 0, 2), expand=False) for part in parts)


def plain(content: str, style: str = "") -> Text:
    """Make text of what may hold a value of a workbook, which must not move the cursor or colour the line."""
    return Text(show_controls(content), style=style)


def table(*headers: str, numbers: Sequence[str] = ()) -> Table:
    """Make a table without lines; the columns of ``numbers`` are aligned at the right."""
    made = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for header in headers:
        made.add_column(header, justify="right" if header in numbers else "left", overflow="fold")
    return made


def clip(value: str | None, width: int = 40) -> str:
    """Shorten a text to ``width`` characters."""
    text = "" if value is None else value
    return text if len(text) <= width else text[: width - 1] + "…"


def counted(number: int, thing: str) -> str:
    """Write a number with what it counts: ``1 row``, ``3,004 rows``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
