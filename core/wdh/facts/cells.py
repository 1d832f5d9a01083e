"""The values that a cell of a sheet can hold, before any column reads it.

Both readers hand over exactly these kinds (a differential test holds them to it):

===================  ============================================================================================== None
an empty cell str                  text, also the text of an error cell (``#N/A`` …, see :data:`ERROR_TEXTS`)
:class:`ErrorValue`  an error cell whose error is none of those :class:`DamagedValue`  a cell that is written so that it
has no value :class:`RefusedValue`  no value of a sheet: a correction or computed column of data_sources.yml has none
for this row :class:`ShiftedValue`  a cell of a row in text that has more cells than its header int, float           a
number; int only where the file stores it without point and exponent bool                 TRUE or FALSE datetime, time,
a number whose format makes it a date, a time of day (below one day) or a duration timedelta, date :class:`Merged`
a cell of a merged range, carrying the value of the range's first cell :data:`UNCACHED`     a formula whose result the
file does not hold ===================
==============================================================================================
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal


class Uncached(Enum):
    """The kind of :data:`UNCACHED`; it has this one value."""

    UNCACHED = "formula without a stored result"

    def __repr__(self) -> str:
        return "UNCACHED"


UNCACHED: Final[Literal[Uncached.UNCACHED]] = Uncached.UNCACHED
"""A formula whose result the file does not hold."""


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """The value of a cell that the file marks as an error (``#BUSY!``, ``Err:502``)."""

    text: str
    """The error's text, which may be empty."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DamagedValue:
    """The content of a cell that breaks the rules of the file. Its value is not known."""

    text: str
    """The text of the file in its place, such as ``1,5``."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """The place of a value that could not be made of a cell, and why."""

    text: str
    """The text of the cell."""
    header: str
    """The header of the cell."""
    reason: str
    """A stable code for a reject, for programs."""
    sentence: str
    """The same for people."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ShiftedValue:
    """A cell of a row that has more cells than its header: which column it belongs to is not known."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell inside a merged range."""

    value: PlainValue
    """The value that the range shows: that of its first cell."""
    area: str
    """The range, such as ``B2:B9``."""


PlainValue = (
    str
    | int
    | float
    | bool
    | datetime.datetime
    | datetime.date
    | datetime.time
    | datetime.timedelta
    | Uncached
    | ErrorValue
    | DamagedValue
    | RefusedValue
    | ShiftedValue
    | None
)
CellValue = PlainValue | Merged
"""The types of all that a cell of a sheet can hold."""


def plain_value(cell: CellValue) -> PlainValue:
    """Give what a cell shows: of one in a merged range, what the range shows."""
    return cell.value if isinstance(cell, Merged) else cell


ERROR_TEXTS: Final = frozenset(
    (
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
    )
)
"""How Excel writes its usual error values, also where they became text. A cell that holds one of these has no value,
only the news of a fault."""

_LETTERS = 26
_MOST_LETTERS = 9  # of a hostile file: the number is far past the end of any sheet, and no long sum


def column_letter(index: int) -> str:
    """Name a column as a sheet does: 0 is ``A``, 25 is ``Z``, 26 is ``AA``."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _LETTERS)
        name = chr(ord("A") + rest) + name
    return name


def column_index(letters: str) -> int:
    """Number a column by its letters: ``A`` is 0. Past nine letters, where no sheet reaches, they are cut off."""
    index = 0
    for letter in letters[:_MOST_LETTERS].upper():
        index = index * _LETTERS + ord(letter) - ord("A") + 1
    return index - 1


class NoSuchColumn(KeyError):
    """A row, or a fact, was asked for a column that is not there."""

    def __str__(self) -> str:  # that of a KeyError is in quotes
        return str(self.args[0])
