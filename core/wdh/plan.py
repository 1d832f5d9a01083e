"""The plan: what will happen, complete before anything is touched, and the very object that is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from wdh.errors import PluginError
from wdh.facts import FactValue
from wdh.settings import LoadMode
from wdh.spool import FactRows
from wdh.sql import statements
from wdh.sql.identifiers import Target
from wdh.sql.operators import Equality

Rows = tuple[tuple[FactValue, ...], ...]
Sources = tuple[str | None, ...]
Equalities = tuple[Equality, ...]
"""How each column of a key is compared, by the operator class of its type; empty until the catalogue was asked."""


@dataclass(frozen=True, slots=True)
class InsertPath:
    """Which way missing rows are inserted, decided from the catalogue before any row is sent.

    ``arbiter`` is the unique index that ON CONFLICT relies on; None means the anti-join under the table lock alone,
    for the ``reason``.
    """

    arbiter: str | None
    reason: str

    def __str__(self) -> str:
        return f"on conflict {self.arbiter}" if self.arbiter else f"anti-join under lock ({self.reason})"


@dataclass(frozen=True, slots=True)
class InsertMissing:
    """Insert the candidates whose key the target lacks; touch no row that is there.

    ``columns`` has the key first; ``rows`` are aligned with it, one per key. ``sources`` are the fact columns that
    they were derived from (None: from none). ``path`` is None until the catalogue was asked; the statement then shown
    is the one for a table with a unique index on the key. ``keys_differ``: no two keys are the same to PostgreSQL, and
    it need not be asked.
    """

    operation: ClassVar[str] = "INSERT_MISSING"
    reference: str
    target: Target
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Rows
    sources: Sources = ()
    path: InsertPath | None = None
    keys_differ: bool = False
    equal: Equalities = ()

    @property
    def sql(self) -> str:
        """The statement that does the work; its values come from the stage."""
        return statements.insert_missing(
            self.target,
            key=self.key,
            columns=self.columns,
            on_conflict=self.path is None or self.path.arbiter is not None,
            equal=self.equal,
        )

    @property
    def unsettled_sql(self) -> str:
        """The question afterwards: which candidates the target still lacks."""
        return statements.missing_keys(self.target, self.key, equal=self.equal)


@dataclass(frozen=True, slots=True)
class FillNullOnly:
    """Fill what is NULL in rows that are there; change no value that is not NULL, insert nothing.

    ``columns`` has the key first, then what may be filled; ``rows`` are aligned with it, one per key. ``sources`` are
    the fact columns that they were derived from. ``keys_differ``: no two keys are the same to PostgreSQL, and it need
    not be asked.
    """

    operation: ClassVar[str] = "UPDATE_NULL_ONLY"
    reference: str
    target: Target
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Rows
    sources: Sources = ()
    keys_differ: bool = False
    equal: Equalities = ()

    @property
    def sql(self) -> str:
        """The statement that does the work; its values come from the stage."""
        return statements.fill_null_only(self.target, key=self.key, columns=self.columns, equal=self.equal)

    @property
    def unsettled_sql(self) -> str:
        """The question afterwards: for which candidates there is still something to fill."""
        return statements.unfilled(self.target, key=self.key, columns=self.columns, equal=self.equal)


@dataclass(frozen=True, slots=True)
class DeleteScope:
    """Delete every fact of the scopes that are about to be loaded again. ``rows`` are the distinct scopes."""

    operation: ClassVar[str] = "DELETE"
    target: Target
    columns: tuple[str, ...]
    rows: Rows
    equal: Equalities = ()

    @property
    def sql(self) -> str:
        """The statement that does the work; its values come from the stage."""
        return statements.delete_scope(self.target, columns=self.columns, equal=self.equal)

    @property
    def unsettled_sql(self) -> str:
        """The question afterwards: which scopes still have rows."""
        return statements.known_keys(self.target, self.columns, equal=self.equal) + " LIMIT 5"


@dataclass(frozen=True, slots=True)
class InsertRows:
    """Insert rows that are already in memory, through a stage: what :func:`wdh.load` does with its chunks."""

    operation: ClassVar[str] = "INSERT"
    target: Target
    columns: tuple[str, ...]
    rows: Rows

    @property
    def sql(self) -> str:
        """The statement that does the work; its values come from the stage."""
        return statements.insert_rows(self.target, columns=self.columns)


@dataclass(frozen=True, slots=True)
class Append:
    """Send the spooled facts straight into the target by COPY."""

    operation: ClassVar[str] = "INSERT"
    target: Target
    facts: FactRows

    @property
    def columns(self) -> tuple[str, ...]:
        """The target's columns that are written."""
        return self.facts.columns

    @property
    def sql(self) -> str:
        """The statement that does the work; the facts follow it as COPY text."""
        return statements.copy_rows(self.target, self.columns)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the domain's own. ``parameters`` are psycopg2's; None: the text has no placeholders.

    ``package`` is the distribution whose hook recorded it.
    """

    operation: ClassVar[str] = "STATEMENT"
    target: Target
    purpose: str
    sql: str
    parameters: tuple[object, ...] | None = None
    package: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that will not be done, and why. ``what`` is ``facts`` or a reference's name."""

    operation: ClassVar[str] = "SKIP"
    what: str
    target: Target
    reason: str


StagedStep = InsertMissing | FillNullOnly | DeleteScope | InsertRows
Step = StagedStep | Append | Statement | Skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered steps of one transaction: references first (topologically), then facts.

    ``facts`` are what everything was derived from, be they loaded or not; None where there is no workbook behind it.
    ``remarks`` are sentences that whoever reads the plan should know. ``time_zone`` is that of dates and times without
    one, as PostgreSQL names it; None: the configuration names none, and no column with a time zone can be written.
    """

    domain: str
    steps: tuple[Step, ...]
    facts: FactRows | None = None
    remarks: tuple[str, ...] = ()
    time_zone: str | None = None

    def remarking(self, *remarks: str) -> Plan:
        """Add sentences that whoever reads the plan should know."""
        return replace(self, remarks=(*self.remarks, *remarks))

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every table that will be written, sorted; a bare name is locked where the catalogue has its schema."""
        written = {step.target for step in self.steps if not isinstance(step, Skip)}
        return tuple(sorted(written, key=lambda target: (target.schema or "", target.table)))

    def with_paths(self, paths: dict[tuple[Target, tuple[str, ...]], InsertPath]) -> Plan:
        """Settle how each InsertMissing goes, by target and key."""
        return replace(
            self,
            steps=tuple(
                replace(step, path=paths[step.target, step.key]) if isinstance(step, InsertMissing) else step
                for step in self.steps
            ),
        )


def step_sql(step: Step) -> tuple[str, ...]:
    """Every statement a step will send, in order, as text. The rows of a stage or an Append follow its COPY."""
    if isinstance(step, Skip):
        return ()
    if isinstance(step, (Append, Statement)):
        return (step.sql,)
    check = (
        (statements.repeated_keys(step.key, step.columns),)
        if isinstance(step, (InsertMissing, FillNullOnly)) and not step.keys_differ
        else ()
    )
    return (
        statements.create_stage(step.target, step.columns),
        statements.copy_stage(step.columns),
        *check,
        step.sql,
        *(() if isinstance(step, InsertRows) else (step.unsettled_sql,)),
        statements.DROP_STAGE,
    )


class StepRecorder:
    """What ``load_facts`` records its steps with. Recording executes nothing."""

    def __init__(self, mode: LoadMode, scope_columns: Sequence[str]) -> None:
        self.mode: Literal["delete_insert", "append"] = mode
        self.scope_columns = tuple(scope_columns)
        self._steps: list[Step] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was recorded so far."""
        return tuple(self._steps)

    def delete_scope(self, target: Target, facts: FactRows, *, columns: Sequence[str] | None = None) -> None:
        """Delete every scope that ``facts`` contain. ``columns`` (default: the pk) must be part of the pk."""
        scope = self.scope_columns if columns is None else tuple(columns)
        try:
            rows = facts.distinct(scope)
        except ValueError as error:
            raise PluginError(f"load_facts asked for a delete scope that is not there: {error}") from error
        self._steps.append(DeleteScope(target, scope, rows))

    def append(self, target: Target, facts: FactRows) -> None:
        """Add all of ``facts`` to the target."""
        self._steps.append(Append(target, facts))

    def statement(
        self, target: Target, sql: str, *, purpose: str, parameters: tuple[object, ...] | None = None
    ) -> None:
        """Run a statement of the domain's own against ``target``, in its place among the steps."""
        self._steps.append(Statement(target, purpose, sql, parameters))
