"""The findings about a sheet and the proposals for it: frozen values, each proposal beside its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from wdh.columns import Column
from wdh.columns.declared import declare_column
from wdh.facts import FactValue, Reject
from wdh.settings import TextFormat


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


class FoundShape(Struct, frozen=True):
    """The shape that a sheet has beside that of a plain table: ``keys`` of data_sources.yml in their own form.

    ``evidence`` says why, by key (``constants.月度``). ``headers`` are those of a header of several rows, joined;
    ``left_out`` those of columns that sum up wide ones. ``sheets`` are read together; ``told`` are the columns that
    their names give. ``declared`` are columns that do not follow from their looks. ``spare`` names the constant that is
    needed only where no column says the month. ``data_dir`` is the folder above the one whose name says something
    (None: none does).
    """

    keys: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    declared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spare: str | None = None
    data_dir: str | None = None

    def without_spare(self) -> FoundShape:
        """Leave out the constant of the month."""
        constants = {name: entry for name, entry in self.keys["constants"].items() if name != self.spare}
        keys = {key: value for key, value in self.keys.items() if key != "constants"}
        evidence = {key: why for key, why in self.evidence.items() if key != f"constants.{self.spare}"}
        return replace(self, keys=keys | ({"constants": constants} if constants else {}), evidence=evidence, spare=None)


PLAIN: Final = FoundShape()


class FoundColumn(Struct, frozen=True):
    """A column of the sheet with its proposed declaration.

    ``header`` is the normalised header, ``letter`` its column in the sheet. ``cells``, ``blanks`` and ``distinct``
    are about the rows that would become facts; ``distinct`` is None where there are too many to count. ``shapes``
    are the commonest forms of a code with ``0`` for a digit and ``A`` or ``a`` for a letter, the commonest first.
    ``is_filled``: some cell of the column holds something, be it one that becomes a reject. ``is_given``: the sheet
    has no such header, for the value stands outside the table or below the headers of wide columns.
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
    is_given: bool = False

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
    the sheet as a whole. ``text`` is the form of a file in text; None: it is none.
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
    shape: FoundShape = PLAIN
    text: TextFormat | None = None

    def column(self, name: str) -> FoundColumn:
        """Find a column by its database name. Raises KeyError where there is none."""
        for found in self.columns:
            if found.name == name:
                return found
        raise KeyError(name)


def list_required(columns: Iterable[FoundColumn]) -> list[str]:
    """List the headers that a delivery must have: those of all columns of the sheet that hold something.

    A column whose header was renamed would be NULL in every row otherwise.
    """
    return [found.header for found in columns if found.is_filled and not found.is_given]
