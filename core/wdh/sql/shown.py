r"""SQL text made fit to be shown and copied: it runs, and names the same things, wherever it is pasted.

A control or format character inside quotes is written as PostgreSQL's own escape: ``U&"a\202eb"``.
"""

from __future__ import annotations

import re
from typing import Final

from wdh.words.printable import UNFIT, is_encodable, show_lines

_TOKEN: Final = re.compile(
    r"""--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|\w+&?'(?:[^'\\]|\\.|'')*'|[uU]&"(?:[^"]|"")+"
        |(?P<quoted>"(?:[^"]|"")+"|'(?:[^']|'')*')""",
    re.DOTALL | re.VERBOSE,
)
"""Comments, dollar quotes and quotes with a prefix have no other spelling; a plain quoted name or literal has."""


def show_sql(text: str, *, encoding: str = "utf-8") -> str:
    r"""Escape what is unfit to be shown, and what ``encoding`` does not have, so that the SQL keeps its meaning.

    Outside plain quotes there is no such escape: a domain's own statement is shown there with ``\x1b``.
    """
    return show_lines(_TOKEN.sub(lambda found: _show_token(found, encoding), text))


def _show_token(found: re.Match[str], encoding: str) -> str:
    quoted = found["quoted"]
    if quoted is None:
        return found[0]
    if UNFIT.search(quoted) is None and is_encodable(quoted, encoding):
        return quoted
    escaped = "".join(_show_character(char, encoding) for char in quoted.replace("\\", "\\\\"))
    return f"U&{escaped}"


def _show_character(char: str, encoding: str) -> str:
    if UNFIT.match(char) is None and is_encodable(char, encoding):
        return char
    code = ord(char)
    return f"\\{code:04x}" if code < 0x10000 else f"\\+{code:06x}"
