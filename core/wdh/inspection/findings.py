"""The findings about a sheet and the proposals for it: frozen values, each proposal beside its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from wdh.columns import Column
from wdh.columns.declared import declare_column
from wdh.facts import FactValue, Reject


class Declaration(Struct, frozen=True):
    """The declaration of a column: ``kind`` is a word of the column vocabulary, ``options`` its arguments by name.

    ``name`` is the database column; the option ``source`` is there where the header is another.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def column(self) -> Column:
        """Make the column of the vocabulary."""
        return declare_column(self.name, {"kind": self.kind, **self.options})

    def having(self, **options: Any) -> Declaration:
        """Say the same with further options."""
        return Declaration(self.name, self.kind, {**self.options, **options})

    def written(self) -> str | dict[str, Any]:
        """Write it as a ``columns:`` entry of data_sources.yml: the kind alone, or a mapping."""
        return {"kind": self.kind, **self.options} if self.options else self.kind


class Expected(Struct, frozen=True):
    """The rejects that a run with the proposed columns would make: how many rows, and the first of the cells."""

    rows: int
    cells: int
    first: tuple[Reject, ...]


class FoundColumn(Struct, frozen=True):
    """A column of the sheet with its proposed declaration.

    ``header`` is the normalised header, ``letter`` its column in the sheet. ``cells``, ``blanks`` and ``distinct``
    are about the rows that would become facts; ``distinct`` is None where there are too many to count. ``shapes``
    are the commonest forms of a code with ``0`` for a digit and ``A`` or ``a`` for a letter, the commonest first.
    ``is_filled``: some cell of the column holds something, be it one that becomes a reject.
    """

    declaration: Declaration
    header: str
    letter: str
    evidence: tuple[str, ...]
    cells: int = 0
    blanks: int = 0
    distinct: int | None = 0
    samples: tuple[FactValue, ...] = ()
    shapes: tuple[str, ...] = ()
    is_filled: bool = True

    @property
    def name(self) -> str:
        """The database column."""
        return self.declaration.name

    @property
    def kind(self) -> str:
        """The proposed kind."""
        return self.declaration.kind


class LeftOut(Struct, frozen=True):
    """A column of the sheet that is not proposed, and why."""

    letter: str
    header: str
    reason: str


class Exceptional(Struct, frozen=True):
    """A row that disagrees with the others of its key: ``value`` instead of ``usual``, first met in ``cell``."""

    cell: str
    column: str
    key: FactValue
    value: FactValue
    usual: FactValue
    rows: int


class FoundReference(Struct, frozen=True):
    """A reference that the data suggest: every ``key`` has one value of each of ``columns``.

    ``columns`` maps each dependent column to its pick; those that are keys of other references are named in
    ``parents``, by the name of that reference. ``depends_on`` lists these references.
    """

    name: str
    table: str
    key: str
    columns: Mapping[str, str]
    parents: Mapping[str, str]
    depends_on: tuple[str, ...]
    keys: int
    evidence: tuple[str, ...]
    exceptions: tuple[Exceptional, ...] = ()

    @property
    def updatable(self) -> tuple[str, ...]:
        """The columns that may be filled where they are NULL: all but the key."""
        return tuple(self.columns)


class Scope(Struct, frozen=True):
    """The proposed delete scope (``pk``) of the facts."""

    columns: tuple[str, ...]
    evidence: str


class Inspection(Struct, frozen=True):
    """A sheet that was looked at, and the domain that is proposed for it.

    ``table`` is the fact table's name; ``facts`` counts the rows that would become facts; ``totals`` are the rows
    that sum up others; ``blank`` and ``hidden`` are counted as a run counts them. ``remarks`` are sentences about
    the sheet as a whole.
    """

    file: str
    sheet: str
    table: str
    sheets: tuple[str, ...]
    header_row: int
    rows: int
    facts: int
    totals: int
    blank: int
    hidden: int
    columns: tuple[FoundColumn, ...]
    left_out: tuple[LeftOut, ...]
    expected: Expected
    scope: Scope
    references: tuple[FoundReference, ...]
    remarks: tuple[str, ...] = ()

    def column(self, name: str) -> FoundColumn:
        """Find a column by its database name. Raises KeyError where there is none."""
        for found in self.columns:
            if found.name == name:
                return found
        raise KeyError(name)


def list_required(columns: Iterable[FoundColumn]) -> list[str]:
    """List the headers that a delivery must have: those of all columns that hold something.

    A column whose header was renamed would be NULL in every row otherwise.
    """
    return [found.header for found in columns if found.is_filled]
