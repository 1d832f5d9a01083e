"""Finds line and column of a refused COPY in the error's context, without knowing the language it is written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """A line of a COPY, from 1, and the column whose value could not be read; None: it is the line as a whole.

    ``is_nested``: the statement that failed was not the COPY itself but one of a function that it called.
    """

    line: int
    column: str | None
    is_nested: bool


def find_copy_place(context: str, *, table: str, columns: Sequence[str]) -> CopyPlace | None:
    """Find the line and the column in an error's context, by the names of the table and the columns of the COPY.

    The context has the table's name, then the line's number, then perhaps a column's name before a colon and its
    value. The words between them differ from language to language, and are not read.
    """
    found = re.search(
        rf"^(?P<before>[^\d\"»«“”]{{0,20}}?){re.escape(table)}[^\d\"]{{1,30}}?(?P<line>\d+)(?P<rest>.*)$",
        context,
        re.MULTILINE,
    )
    if found is None:
        return None
    return CopyPlace(int(found["line"]), _find_column(found["rest"], columns), found.start() > 0)


def _find_column(rest: str, columns: Sequence[str]) -> str | None:
    for name in sorted(columns, key=len, reverse=True):
        if re.match(rf"[^:\"]*?\w[^:\"]*?\s{re.escape(name)}(?:\s\w{{1,10}})?\s*(?::|$)", rest):
            return name
    return None
