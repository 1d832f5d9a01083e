"""Whether a text in Chinese has English left in it: two words beside each other that are nobody's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import psycopg2

from wdh.words.language import say

DONE: Final = (
    "",
    "apply",
    "approval",
    "checking",
    "columns",
    "command",
    "computing",
    "configuration",
    "discovery",
    "domain",
    "engine",
    "facts",
    "inspection",
    "intake",
    "mending",
    "migration",
    "page",
    "plan",
    "process",
    "references",
    "registry",
    "report",
    "reshaping",
    "run",
    "scaffold",
    "sql",
    "warehouse",
    "words",
    "workbook",
)
"""The folders of the core whose sentences are said; ``""`` are the modules beside the folders."""

_QUOTED: Final = re.compile(
    r"""
    "(?:[^"\\]|\\.|"")*"                      # a name of SQL, or a value
    | '(?:[^'\\]|\\.)*'                       # a value
    | `[^`]*`                                 # a command
    | “[^”]*”                                 # the words of another library
    | \bwdh\ [a-z]+                           # a command of wdh
    | \b[a-z]\w*(?:,\ [a-z]\w*)+             # a list of names
    | (?:[\w.~-]*/)+[\w.~-]+                  # a path
    | --[a-z][a-z-]*(?:[ =][a-z_]+)?          # a flag with its value
    | \b[a-z_]+:(?:\ [a-z_]+\b)?              # a key of a configuration with its value
    | \b(?:GRANT|ALTER|CREATE|COMMIT|ROLLBACK|SELECT|SET|DROP)\b[^。；，）\n]*  # SQL
    | \b(?:character\ varying|double\ precision|timestamp|time)(?:\ with(?:out)?\ time\ zone)?
    | \b(?:read|repeatable)\ (?:un)?(?:committed|read)\b
    """,
    re.VERBOSE,
)
_ENGLISH: Final = re.compile(r"(?<![\w.])[A-Za-z][a-z']*[,;:]? (?:[a-z']+ )*[a-z']{2,}(?!\w)")


def find_english(text: str, *, quoted: Iterable[str] = ()) -> list[str]:
    """Find runs of English words in ``text``, outside of what it quotes: by its form, or one of ``quoted``."""
    for each in sorted(filter(None, quoted), key=len, reverse=True):
        text = text.replace(each, "…")
    return _ENGLISH.findall(_QUOTED.sub("…", text))


def quoted_by(error: BaseException | None) -> Iterator[str]:
    """Give what others said behind an error of wdh, line by line: PostgreSQL, psycopg2, Python."""
    cause = None if error is None else error.__cause__ or error.__context__
    while cause is not None:
        said = [str(cause)]
        if isinstance(cause, psycopg2.Error):
            diagnosis = cause.diag
            said += [diagnosis.message_primary, diagnosis.message_detail, diagnosis.message_hint]
        yield from (line.strip().rstrip(".") for text in filter(None, said) for line in text.splitlines())
        cause = cause.__cause__ or cause.__context__


def say_something() -> Iterator[str]:
    """Say a sentence; a work for a helper, which imports it by its module."""
    yield say("it is no file")
