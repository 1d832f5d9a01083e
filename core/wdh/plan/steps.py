"""The steps of a plan: each says what it does to its table, by which statements, with which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import ClassVar, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.facts import FactValue
from wdh.facts.copytext import Seen, as_seen
from wdh.plan.loading import SpooledStep
from wdh.plan.matching import Equalities, InsertPath
from wdh.sql import statements
from wdh.sql.identifiers import Target
from wdh.sql.privileges import Needs
from wdh.words.language import later

RUN_ID: Final = "run_id"
"""The parameter of a file's statement that is another one in each run."""

Rows = tuple[tuple[FactValue, ...], ...]
Sources = tuple[str | None, ...]


class _Staged:
    """A step whose rows travel through a stage. ``repeated_sql`` and ``undone_sql`` are None where nothing is asked.

    ``repeated_sql`` asks before the work for candidates that are one key to PostgreSQL, ``undone_sql`` after it for
    rows that it left undone.
    """

    __slots__ = ()
    target: Target
    columns: tuple[str, ...]
    rows: Rows

    @property
    def sql(self) -> str:
        """The statement that does the work; its values come from the stage."""
        raise NotImplementedError

    @property
    def repeated_sql(self) -> str | None:
        return None

    @property
    def undone_sql(self) -> str | None:
        return None

    @property
    def written(self) -> tuple[str, ...]:
        return self.columns

    @property
    def staged_rows(self) -> Rows:
        """The rows as they are staged: a value for each of ``written``."""
        return self.rows

    @property
    def planned(self) -> int:
        return len(self.rows)

    @property
    def statements(self) -> tuple[str, ...]:
        sent = (
            statements.create_stage(self.target, self.written),
            statements.copy_stage(self.written),
            self.repeated_sql,
            self.sql,
            self.undone_sql,
            statements.DROP_STAGE,
        )
        return tuple(statement for statement in sent if statement is not None)

    def lines(self, columns: Sequence[str]) -> Iterator[tuple[int, tuple[Seen, ...]]]:
        """Give some columns of each row as PostgreSQL will see them, with the row's number, from 0."""
        places = [self.columns.index(column) for column in columns]
        return enumerate(zip(*(map(as_seen, map(itemgetter(place), self.rows)) for place in places), strict=True))


class _Backfill(_Staged, Struct, frozen=True):
    """A step for the candidates of a reference.

    ``columns`` has the key first; ``rows`` are aligned with it, one per key. ``sources`` are the fact columns that
    they were derived from (None: from none). ``keys_differ``: no two keys are the same to PostgreSQL, and it need not
    be asked.
    """

    reference: str
    target: Target
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Rows
    sources: Sources = ()
    keys_differ: bool = False
    equal: Equalities = ()

    @property
    def repeated_sql(self) -> str | None:
        return None if self.keys_differ else statements.repeated_keys(self.key, self.columns)


class Stamp(Struct, frozen=True):
    """A column of a reference that says which run inserted a row, and the id of this run."""

    column: str
    run_id: str


class InsertMissing(_Backfill, frozen=True):
    """Insert the candidates whose key the target lacks; touch no row that is there.

    ``path`` is None until the catalogue was asked; the statement then shown is the one for a table with a unique index
    on the key. ``created_by`` is no part of the rows: it is written with those that are inserted; None: nothing is.
    """

    operation: ClassVar[str] = "INSERT_MISSING"
    label: ClassVar[str] = "insert_missing"
    done: ClassVar[str] = "inserted"
    undone: ClassVar[str] = later("rows were inserted and are not there")
    path: InsertPath | None = None
    created_by: Stamp | None = None

    @property
    def sql(self) -> str:
        on_conflict = self.path is None or self.path.arbiter is not None
        return statements.insert_missing(
            self.target, key=self.key, columns=self.written, on_conflict=on_conflict, equal=self.equal
        )

    @property
    def written(self) -> tuple[str, ...]:
        return self.columns if self.created_by is None else (*self.columns, self.created_by.column)

    @property
    def staged_rows(self) -> Rows:
        stamp = self.created_by
        return self.rows if stamp is None else tuple((*row, stamp.run_id) for row in self.rows)

    @property
    def bare(self) -> InsertMissing:
        return replace(self, created_by=None)

    @property
    def undone_sql(self) -> str:
        return statements.missing_keys(self.target, self.key, equal=self.equal)

    @property
    def privileges(self) -> Needs:
        return Needs(read=self.key, inserted=self.written)


class FillNullOnly(_Backfill, frozen=True):
    """Fill what is NULL in rows that are there; change no value that is not NULL, insert nothing.

    ``columns`` has the key first, then what may be filled. Values that match one of ``patterns``, by column, are
    provisional: a real one is put in their place.
    """

    operation: ClassVar[str] = "UPDATE_NULL_ONLY"
    label: ClassVar[str] = "fill_null_only"
    done: ClassVar[str] = "filled"
    undone: ClassVar[str] = later("values were filled in and are still NULL")
    patterns: tuple[tuple[str, str], ...] = ()

    @property
    def filled(self) -> tuple[str, ...]:
        """The columns that may be filled."""
        return tuple(column for column in self.columns if column not in self.key)

    @property
    def sql(self) -> str:
        return statements.fill_null_only(
            self.target, key=self.key, columns=self.columns, equal=self.equal, patterns=dict(self.patterns)
        )

    @property
    def undone_sql(self) -> str:
        return statements.unfilled(
            self.target, key=self.key, columns=self.columns, equal=self.equal, patterns=dict(self.patterns)
        )

    @property
    def privileges(self) -> Needs:
        return Needs(read=self.columns, updated=self.filled)


class DeleteScope(_Staged, Struct, frozen=True):
    """Delete every fact of the scopes that are about to be loaded again. ``rows`` are the distinct scopes.

    With ``standing`` the rows are facts instead, and what goes are those that stand in for them with a provisional
    value.
    """

    operation: ClassVar[str] = "DELETE"
    label: ClassVar[str] = "delete"
    done: ClassVar[str] = "deleted"
    undone: ClassVar[str] = later("old facts were deleted and are still there")
    reference: ClassVar[None] = None
    target: Target
    columns: tuple[str, ...]
    rows: Rows
    equal: Equalities = ()
    standing: statements.Standing | None = None

    @property
    def key(self) -> tuple[str, ...]:
        return self.columns

    @property
    def sql(self) -> str:
        return statements.delete_scope(self.target, columns=self.columns, equal=self.equal, standing=self.standing)

    @property
    def undone_sql(self) -> str:
        return statements.known_keys(self.target, self.columns, equal=self.equal, standing=self.standing) + " LIMIT 5"

    @property
    def privileges(self) -> Needs:
        provisional = () if self.standing is None else self.standing.patterns
        return Needs(read=(*self.columns, *(column for column, _ in provisional)), deletes=True)


class InsertRows(_Staged, Struct, frozen=True):
    """Insert rows that are already in memory, through a stage: what :func:`wdh.load` does with its chunks."""

    operation: ClassVar[str] = "INSERT"
    label: ClassVar[str] = "insert"
    done: ClassVar[str] = "inserted"
    reference: ClassVar[None] = None
    key: ClassVar[tuple[str, ...]] = ()
    target: Target
    columns: tuple[str, ...]
    rows: Rows

    @property
    def sql(self) -> str:
        return statements.insert_rows(self.target, columns=self.columns)

    @property
    def privileges(self) -> Needs:
        return Needs(inserted=self.columns)


class Statement(Struct, frozen=True):
    """A statement of the domain's own. ``parameters`` are psycopg2's; None: the text has no placeholders.

    ``package`` is who recorded it: distribution and version. Its effect on rows is not known. ``file`` is the file
    beside the configuration that it stands in, under ``after``: in it, parameters are written ``:name``; None: a
    package recorded it.
    """

    operation: ClassVar[str] = "STATEMENT"
    label: ClassVar[str] = "statement"
    done: ClassVar[str] = "changed"
    reference: ClassVar[None] = None
    key: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[str, ...]] = ()
    planned: ClassVar[None] = None
    privileges: ClassVar[Needs] = Needs()
    target: Target
    purpose: str
    sql: str
    parameters: tuple[object, ...] | Mapping[str, object] | None = None
    package: str = ""
    file: str | None = None
    entry: str = ""

    @property
    def statements(self) -> tuple[str, ...]:
        return (self.sql,)

    @property
    def origin(self) -> str:
        """The file, or the package, that it comes from."""
        return self.file or self.package

    @property
    def bare(self) -> Statement:
        if self.file is None or not isinstance(self.parameters, Mapping):
            return self
        return replace(self, parameters={**self.parameters, RUN_ID: None})


class Skip(Struct, frozen=True):
    """Something that will not be done, and why. ``what`` is ``facts`` or a reference's name."""

    operation: ClassVar[str] = "SKIP"
    label: ClassVar[str] = "skip"
    done: ClassVar[None] = None
    key: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[str, ...]] = ()
    planned: ClassVar[None] = None
    statements: ClassVar[tuple[str, ...]] = ()
    privileges: ClassVar[None] = None
    what: str
    target: Target
    reason: str

    @property
    def reference(self) -> str | None:
        return None if self.what == "facts" else self.what


Backfill = InsertMissing | FillNullOnly
StagedStep = Backfill | DeleteScope | InsertRows
RowStep = StagedStep | SpooledStep
"""A step that has values of rows: to write them, or to find by them what is filled or deleted.

``written`` has its ``columns``, and behind them those that say where a row came from. An InsertMissing, an Append or an
Upsert is ``bare`` without these: the same whichever run it is a step of. So is a Statement without the id of its run.
"""

Step = RowStep | Statement | Skip
"""One of all steps. A question about a step is answered by a member that all of them have, or by one ``match``:

``operation`` names it in programs, ``label`` in the report, and ``done`` says what it did to its rows. ``reference``
names the reference it is for; None: it is for the facts. ``columns`` are those of its rows, ``key`` those by which
rows of the target are found; each may be empty. ``planned`` counts the
candidates, scopes or facts it brings; None: it brings none. ``statements`` are all that it will send, in order; the
rows of a stage or an Append follow its COPY. ``privileges`` are what it does to its table; None: nothing.
"""
