"""The result as Markdown, for pull requests and chats (CommonMark with GitHub's tables).

A value is only ever text there: every character with which it could begin markup is written as a character reference,
which CommonMark never reads as markup (section 2.5), neither in a table nor beside a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Final

from wdh.errors import assert_never
from wdh.report.blocks import Block, Code, Line, Pairs, Result, Section, Table, Title
from wdh.words.printable import show_controls, show_lines

_MARKUP: Final = re.compile(
    r"(?P<call>(?<!\w)(?:@(?=\w)|#(?=\d)))"  # calls a person, or names a pull request, in rendered text, too
    r"|[&<>\\`*\[\]|~$]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # between letters, as in company_id, it is no markup
    r"|:(?=//)|(?<=www)\."  # the text of an address becomes a link
    r"|(?<= ) |^ | $"  # of several blanks one is shown, or none
    r"|#$"  # at the end of a heading it is no part of it
)
_BEGINNING: Final = re.compile(r"^(\d*)([-+=#.)])")
"""The beginnings of a line that make a list, a heading or a rule of it."""


def report_markdown(result: Result, _width: int | None) -> Iterator[str]:
    """Write the page with headings, lists, tables and code; a failed run begins with what went wrong."""
    if result.failure is not None:
        lines = (Line(text.strip(), level=int(text.startswith(" "))) for text in result.failure.split("\n"))
        yield from _blocks([Title("failed"), *lines])
        yield ""
    yield from _blocks(result.page)


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    before: Block | None = None
    for block in blocks:
        if before is not None and not (isinstance(before, Line) and isinstance(block, Line)):
            yield ""
        yield from _draw(block)
        before = block


def _draw(block: Block) -> Iterator[str]:
    match block:
        case Title():
            yield f"# wdh {version('wdh')} · {_escape(block.text)}"
        case Section():
            yield f"## {_sentence(block.heading)}"
            if block.parts:
                yield ""
            yield from _blocks(block.parts)
        case Line():
            text = _sentence(block.text) or "&#160;"  # a mark alone would make a heading of the line above
            yield f"{'  ' * block.level}- {text}"
        case Pairs():
            for label, cell in block.rows:
                texts = (cell,) if isinstance(cell, str) else cell
                yield f"- {_sentence(label)}: {'<br>'.join(map(_escape, texts))}"
        case Table():
            yield _row(map(_escape, block.headers))
            yield _row("---:" if header in block.numbers else "---" for header in block.headers)
            for row in block.rows:
                yield _row(_escape(cell) if isinstance(cell, str) else "<br>".join(map(_escape, cell)) for cell in row)
        case Code():
            text = show_lines("\n".join(block.texts)).rstrip("\n")
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            yield from (f"{fence}{block.language}", *text.split("\n"), fence)
        case _:
            assert_never(block)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _sentence(text: str) -> str:
    return _BEGINNING.sub(lambda found: f"{found[1]}&#{ord(found[2])};", _escape(text))


def _escape(text: str) -> str:
    return _MARKUP.sub(_refer, show_controls(text))


def _refer(found: re.Match[str]) -> str:
    code = 0xA0 if found[0] == " " else ord(found[0])  # a blank that is shown
    joiner = "&#8288;" if found["call"] else ""
    return f"&#{code};{joiner}"
