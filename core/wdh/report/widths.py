"""The width of texts on a terminal: cut to it, or wrapped. A Chinese character is two columns wide."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Final

_PIECES: Final = re.compile(r"[^ ，。；：、！？）》”]*[，。；：、！？）》”]+ *|[^ ，。；：、！？）》”]+ *| +")
"""A text comes apart behind blanks, and behind the punctuation of Chinese, which has no blanks."""

_NAME: Final = re.compile(r"[\"/\\_@]|\.\w")
"""A piece with one of these is the name of a file, a table or a person, and no prose."""

ELLIPSIS: Final = "…"

_WIDE: Final = (
    "\u3001\u3029",
    "\u3041\u3096",
    "\u30a1\u30ff",
    "\u3400\u4dbf",
    "\u4e00\u9fff",
    "\uac00\ud7a3",
    "\uff01\uff60",
)
_NARROW: Final = (" ~", "··", "××", "–—", "‘”", "……", "←↓", "─╿")
"""Ranges of characters. A text of these is as wide as they are one by one; rich knows all, and takes long to import."""


@cache
def _width_of_usual(character: str) -> int | None:
    if any(low <= character <= high for low, high in _NARROW):
        return 1
    return 2 if any(low <= character <= high for low, high in _WIDE) else None


def width_of(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    widths = [width for width in map(_width_of_usual, text) if width is not None]
    if len(widths) == len(text):
        return sum(widths)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Cut a name to ``width`` columns: what is in its middle gives way to ``…``, its ends tell it from others."""
    if width_of(text) <= width:
        return text
    if width < 1:
        return ""
    half = (width - 1) // 2
    tail = _head(text[::-1], half)[::-1]
    head = _head(text, width - 1 - width_of(tail))
    return f"{head}{ELLIPSIS}{tail}"


def shorten(text: str, width: int) -> str:
    """Cut a sentence to ``width`` columns, behind a word of it."""
    if width_of(text) <= width:
        return text
    word = next(iter(_PIECES.findall(text)), "").rstrip()
    if width_of(word) + 2 > width:
        return cut(text, width)
    return f"{wrap(text, width - 2)[0]} {ELLIPSIS}"


def wrap(text: str, width: int, *, hanging: int = 0) -> list[str]:
    """Break a text into lines of at most ``width`` columns, never inside a word; but for the first they have
    ``hanging`` columns less.

    A word that is longer than a line is cut in its middle if it is a name; Chinese prose goes on in the next line.
    """
    if width_of(text) <= width:
        return [text]
    lines, line, room = [], "", width
    for piece in _pieces(text, width - hanging):
        if width_of(line) + width_of(piece.rstrip()) > room and line.strip():
            lines.append(line.rstrip())
            line, room = "", width - hanging
        line += piece if line or not lines else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str, width: int) -> Iterator[str]:
    for found in _PIECES.findall(text):
        piece = str(found)
        word = piece.rstrip()
        if width_of(word) <= width:
            yield piece
        elif not _is_wide(word) or _NAME.search(word):
            yield cut(word, width) + piece[len(word) :]
        else:
            yield from _between_characters(piece, width)


def _between_characters(text: str, width: int) -> Iterator[str]:
    """Break Chinese prose between its characters, and leave words of letters and digits in it whole."""
    for found in re.findall(r"[!-~]+ *|[^!-~][，。；：、！？）】》”]*", text):
        piece = str(found)
        yield piece if width_of(piece.rstrip()) <= width else cut(piece.rstrip(), width)


def _is_wide(text: str) -> bool:
    return width_of(text) > len(text)


def _head(text: str, width: int) -> str:
    """Give as much of the beginning of a text as has room."""
    return text[: bisect_right(list(accumulate(map(width_of, text))), width)]
