"""Rows from a reader, by column: the same from every library."""

from __future__ import annotations

import datetime
import math
from collections.abc import Generator, Iterable, Sequence
from itertools import compress, zip_longest
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from wdh.facts import Note
from wdh.facts.cells import PlainValue

_NUMBERS: Final = frozenset((int, float))
OVERFLOW: Final = "#NUM!"
"""The error that Excel shows for a number it cannot hold (1E400)."""
NO_DATE: Final = "#VALUE!"
"""The error that stands for an impossible date (before the epoch, after 9999); Excel shows a row of #."""


class Block(Struct, frozen=True):
    """A run of sheet rows, by column, as wide as the widest of them; each column is normalised.

    ``numbers`` are the sheet's own row numbers, rising, blank rows included or not. ``styles`` has the cell styles,
    aligned with ``columns``, where they were asked for; the style of an empty cell is 0. ``merged`` are the columns
    (from 0) that hold cells of merged ranges.
    """

    numbers: Sequence[int]
    columns: Sequence[Sequence[Any]]
    styles: Sequence[Sequence[int]] | None = None
    merged: frozenset[int] = frozenset()

    @classmethod
    def of_rows(
        cls, numbers: Sequence[int], rows: Iterable[Sequence[Any]], styles: Iterable[Sequence[int]] | None = None
    ) -> Block:
        """Turn rows, each as wide as it is, to columns. An empty text stands for an empty cell."""
        columns = [normalise(column) for column in zip_longest(*rows)]
        return cls(numbers, columns, None if styles is None else list(zip_longest(*styles, fillvalue=0)))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The block by row."""
        return list(zip(*self.columns, strict=True)) if self.columns else [()] * len(self)

    def select(self, kept: Sequence[bool]) -> Block:
        """Leave out the rows that are not ``kept``."""
        styles = None if self.styles is None else [list(compress(style, kept)) for style in self.styles]
        columns = [list(compress(column, kept)) for column in self.columns]
        return replace(self, numbers=list(compress(self.numbers, kept)), columns=columns, styles=styles)


class Reader(Protocol):
    """A way to read one sheet, from its first row to its last."""

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """The exceptions of the library for a damaged sheet."""

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows in blocks of at most ``size``."""

    def notes(self, place: str, rows: int) -> Iterable[Note]:  # noqa: ARG002
        """Give notes on what was read, once it was; ``place`` names the sheet, of which ``rows`` are data."""
        return ()


def normalise(column: Sequence[Any]) -> Sequence[PlainValue]:
    """Bring one column of raw values to the kinds of wdh.facts.cells, the same from every reader.

    An empty text is an empty cell; a day is a datetime at midnight; infinity and NaN are the error they stand for.
    """
    kinds = set(map(type, column))
    if str in kinds and "" in column:
        column = [None if value == "" else value for value in column]
    if datetime.date in kinds:
        column = [_midnight(value) if type(value) is datetime.date else value for value in column]
    if float in kinds and not _all_finite(column, kinds):
        column = [OVERFLOW if type(value) is float and not math.isfinite(value) else value for value in column]
    return column


def _all_finite(column: Sequence[Any], kinds: set[type]) -> bool:
    numbers = column if kinds <= _NUMBERS else [value for value in column if type(value) is float]
    try:
        return math.isfinite(sum(numbers))
    except OverflowError:  # of an integer beyond all floats
        return all(map(math.isfinite, (value for value in numbers if type(value) is float)))


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time.min)
