"""The results of discovery: the workbooks taken, and for the log every file and folder considered with its reason."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from wdh.words.language import say

Month = tuple[int, int]
"""A year of four digits and a month from 1 to 12. As a sort key, 0 stands for a part that the name does not give."""


class Months(Struct, frozen=True):
    """The months from ``first`` to ``last``, both of them too."""

    first: Month
    last: Month

    @property
    def only(self) -> Month | None:
        """The month, where it is one; None: there are several."""
        return self.first if self.first == self.last else None

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    def __len__(self) -> int:
        return (self.last[0] - self.first[0]) * 12 + self.last[1] - self.first[1] + 1

    def __str__(self) -> str:
        return show_month(self.first) if self.only else f"{show_month(self.first)}..{show_month(self.last)}"


Reason = Literal[
    "excluded",
    "hidden",
    "too_deep",
    "link",
    "not_a_file",
    "ignored",
    "extension",
    "pattern",
    "month",
    "other_month",
    "older_month",
    "lower_version",
    "older",
    "taken",
]
"""Stable codes, from the farthest miss to a hit: a file's place in this list says how near it came."""


class FoundWorkbook(Struct, frozen=True):
    """A workbook the run will read.

    ``year`` and ``month`` are what its name or its folder says, None where neither does. ``version`` is the
    number of the version folder it lies in, 0 without one; ``name_version`` is the pattern's group ``version``,
    0 without one. ``modified`` is in UTC. ``why`` is one sentence. ``size`` is in bytes, None where it is not known.
    """

    path: Path
    year: int | None
    month: int | None
    version: int
    modified: datetime.datetime
    why: str
    name_version: int = 0
    size: int | None = None


class Considered(Struct, frozen=True):
    """A file, or a folder that was not entered, and what became of it.

    ``reason`` is a stable code for programs, ``sentence`` says the same to people.
    """

    path: Path
    reason: Reason
    sentence: str

    @property
    def taken(self) -> bool:
        """True for the files of the run."""
        return self.reason == "taken"


class Findings(Struct, frozen=True):
    """The answer: ``taken`` oldest month first, ``considered`` sorted by path and without gaps.

    ``remarks`` say where the choice went by something that may mislead.
    """

    taken: tuple[FoundWorkbook, ...]
    considered: tuple[Considered, ...]
    remarks: tuple[str, ...] = ()


def describe_place(found: FoundWorkbook, root: Path, show: Callable[[Path], str] = str) -> dict[str, Any]:
    """Say for the ledger which file a workbook is: of which month, where below ``root``, and how large.

    Where there is none: ``period`` None, no month is known; ``version`` None, neither folder nor name has one. A file
    that does not lie below ``root`` has its whole path, as ``show`` writes it.
    """
    path, base = found.path.absolute(), root.absolute()
    return {
        "period": None if found.year is None or found.month is None else show_month((found.year, found.month)),
        "path": show_path(path, base) if path.is_relative_to(base) else _fit_to_print(show(path)),
        "version": found.version or found.name_version or None,
        "size": found.size,
    }


def show_path(path: Path, root: Path | None = None) -> str:
    """Write ``path`` for a message, relative to ``root`` where it lies below it.

    Bytes of a file name that are not UTF-8 are shown as ``\\udcXX``: a raw surrogate could not be printed.
    """
    return _fit_to_print(str(path.relative_to(root) if root is not None and path.is_relative_to(root) else path))


def _fit_to_print(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def show_month(month: Month) -> str:
    """Write a month as ``2024-11``; what the name did not give is left out."""
    year, number = month
    if not year and not number:
        return say("no month")
    return f"{year or '????'}-{number:02d}" if number else str(year)
