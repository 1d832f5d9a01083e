"""Statements with parameters written ``:name``, as psql writes them: found outside of quotes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<open>/\*)"
    r"|--[^\n]*"
    r"|[eE]'(?:[^'\\]|\\.|'')*'"
    r"|'(?:[^']|'')*'"
    r'|"(?:[^"]|"")*"'
    r"|(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)"
    r"|[^\W\d][\w$]*"
    r"|::"
    r"|:(?P<name>[^\W\d]\w*)"
    r"|.",
    re.DOTALL,
)
"""The lexical structure of PostgreSQL, with standard_conforming_strings on.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html"""

_COMMENT_MARK: Final = re.compile(r"/\*|\*/")


def find_names(text: str) -> tuple[str, ...]:
    """Name the parameters of a statement, each once."""
    return tuple(dict.fromkeys(name for _, name in _split(text) if name is not None))


def write_placeholders(text: str) -> str:
    """Write the parameters as psycopg2 takes them from a mapping, ``%(name)s``, and every percent sign twice."""
    return "".join(piece.replace("%", "%%") if name is None else f"%({name})s" for piece, name in _split(text))


def _split(text: str) -> Iterator[tuple[str, str | None]]:
    """Give the pieces of a statement, each with the name of the parameter that it is; None: it is none."""
    place = 0
    while (token := _TOKEN.match(text, place)) is not None:
        end = token.end() if token["open"] is None else _end_of_comment(text, place)
        yield text[place:end], token["name"]
        place = end


def _end_of_comment(text: str, start: int) -> int:
    """Find the end of a comment, which may have others inside."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)
