"""The parts of a page, whatever form it is shown in: a title, sections, lines, tables and code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

Cell: TypeAlias = "str | tuple[str, ...]"
"""A text, or several below each other."""


class Title(Struct, frozen=True):
    """The first line of a page; wdh and its version go before it."""

    text: str


class Line(Struct, frozen=True):
    """A sentence. ``level`` says how far it is subordinate to the line above it."""

    text: str
    level: int = 0


class Table(Struct, frozen=True):
    """Rows below ``headers``; the columns of ``numbers`` are aligned at the right.

    On a terminal each cell of the columns of ``short`` is one line, however long its text is, and where there is no
    room for a row, the cells of ``aside`` stand below the table.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: Collection[str] = ()
    short: Collection[str] = ()
    aside: Collection[str] = ()


class Pairs(Struct, frozen=True):
    """Labels, each with what is said about it."""

    rows: Sequence[tuple[str, Cell]]


class Code(Struct, frozen=True):
    """Statements, or a file, to be copied as they are. The texts hold no character that a terminal would obey."""

    language: str
    texts: Sequence[str]


class Section(Struct, frozen=True):
    """A heading with what stands below it."""

    heading: str
    parts: Sequence[Line | Pairs | Table | Code]


Block: TypeAlias = "Title | Section | Line | Pairs | Table | Code"


class Result(Struct, frozen=True):
    """The result of a command: ``document`` of JSON's values for programs, ``page`` for people.

    ``failure`` is the sentence about why the run failed, which stderr has, too; None: it did not fail.
    """

    document: Any
    page: Iterable[Block]
    failure: str | None = None
