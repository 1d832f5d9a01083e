"""The plan: what will happen, complete before anything is touched, and the very object that is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from wdh.errors import PluginError
from wdh.facts import FactValue
from wdh.facts.spool import FactRows
from wdh.plan.placeholders import Parameters, find_fault
from wdh.settings import LoadMode
from wdh.sql import statements
from wdh.sql.identifiers import Target, quote_qualified
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
    def undone_sql(self) -> str:
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
    def undone_sql(self) -> str:
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
    def undone_sql(self) -> str:
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

    ``package`` is who recorded it: distribution and version.
    """

    operation: ClassVar[str] = "STATEMENT"
    target: Target
    purpose: str
    sql: str
    parameters: tuple[object, ...] | Mapping[str, object] | None = None
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
        *(() if isinstance(step, InsertRows) else (step.undone_sql,)),
        statements.DROP_STAGE,
    )


class StepRecorder:
    """What ``load_facts`` records its steps with. Recording executes nothing.

    ``package`` is who records, as a message names it; ``refuse`` makes the error for a sentence about it. Every method
    raises PluginError for what could not be done, or contradicts the mode.
    """

    def __init__(
        self,
        mode: LoadMode,
        scope_columns: Sequence[str],
        *,
        package: str = "",
        refuse: Callable[[str], PluginError] = PluginError,
    ) -> None:
        self.scope_columns = tuple(scope_columns)
        self._mode = mode
        self._package, self._refuse = package, refuse
        self._steps: list[Step] = []
        self._skipped: str | None = None
        self._mode_was_asked = False

    @property
    def mode(self) -> LoadMode:
        """What the operator asked for (``--mode``): ``append`` only adds facts, ``delete_insert`` replaces scopes."""
        self._mode_was_asked = True
        return self._mode

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was recorded so far."""
        return tuple(self._steps)

    @property
    def skipped(self) -> str | None:
        """Why the facts are left alone; None: they are not."""
        return self._skipped

    def delete_scope(self, target: Target, facts: FactRows, *, columns: Sequence[str] | None = None) -> None:
        """Delete every scope that ``facts`` contain. ``columns`` (default: the pk) must be part of the pk.

        Not in the mode ``append``, which promises the operator that nothing is deleted.
        """
        self._check_target(target)
        self._check_facts(facts)
        if self._mode == "append":
            raise self._refuse("recorded a delete scope in the mode append, which only adds; ask steps.mode before")
        scope = self.scope_columns if columns is None else tuple(columns)
        if not scope:
            raise self._refuse("recorded a delete scope without a column; name columns of the pk")
        try:
            rows = facts.distinct(scope)
        except ValueError as error:
            raise self._refuse(f"asked for a delete scope that is not there: {error}") from error
        self._steps.append(DeleteScope(target, scope, rows))

    def append(self, target: Target, facts: FactRows) -> None:
        """Add all of ``facts`` to the target."""
        self._check_target(target)
        self._check_facts(facts)
        self._steps.append(Append(target, facts))

    def statement(self, target: Target, sql: str, *, purpose: str, parameters: Parameters | None = None) -> None:
        """Run a statement of the domain's own against ``target``, in its place among the steps.

        ``purpose`` says in a few words what it does, for the report. ``parameters`` are psycopg2's: a sequence for
        ``%s``, a mapping for ``%(name)s``; a percent sign beside them is written ``%%``.
        """
        self._check_target(target)
        self._check_text("sql", sql)
        self._check_text("purpose", purpose)
        if isinstance(parameters, (str, bytes)) or not isinstance(parameters, (Sequence, Mapping, type(None))):
            raise self._refuse(
                f"recorded a statement with {type(parameters).__name__} as parameters; give a tuple, a mapping, or None"
            )
        if fault := find_fault(sql, parameters):
            raise self._refuse(f"recorded a statement ({purpose}) that {fault}")
        kept = parameters if parameters is None or isinstance(parameters, Mapping) else tuple(parameters)
        self._steps.append(Statement(target, purpose, sql, kept, self._package))

    def skip(self, reason: str) -> None:
        """Leave the facts alone, for a reason that the report shows; then no step may be recorded."""
        self._check_text("reason", reason)
        self._skipped = reason

    def for_package(self, package: str, *, refuse: Callable[[str], PluginError]) -> StepRecorder:
        """Make an empty recorder of the same run for the next one that is asked."""
        return StepRecorder(self._mode, self.scope_columns, package=package, refuse=refuse)

    def complete(self) -> None:
        """Check what was recorded as a whole. Raises PluginError where that is nothing, or not what was asked for."""
        if not self._steps and self._skipped is None:
            raise self._refuse(
                "returned True without a step, and the facts would be lost; record the steps, say steps.skip(reason), "
                "or return None to leave it to the core"
            )
        if self._steps and self._skipped is not None:
            raise self._refuse(
                f"said steps.skip({self._skipped!r}) and recorded steps ({len(self._steps)}); do one or the other"
            )
        has_statements = any(isinstance(step, Statement) for step in self._steps)
        if self._mode == "append" and has_statements and not self._mode_was_asked:
            raise self._refuse(
                "recorded a statement of its own in the mode append without having asked steps.mode, so that it may "
                "not only add facts; ask for the mode, and record what keeps it"
            )

    def take(self, recorded: StepRecorder) -> None:
        """Take over what another recorder has, which is complete."""
        self._steps.extend(recorded.steps)
        self._skipped = recorded.skipped

    def _check_target(self, target: object) -> None:
        if not isinstance(target, Target):
            raise self._refuse(f"recorded a step for {target!r}; the table is a Target(schema, table)")
        try:
            quote_qualified(target.schema, target.table)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._refuse(f"recorded a step for {target!r}: {error}") from error

    def _check_facts(self, facts: object) -> None:
        if not isinstance(facts, FactRows):
            raise self._refuse(
                f"recorded a step with {type(facts).__name__} as facts; hand over the facts that load_facts was given"
            )

    def _check_text(self, name: str, text: object) -> None:
        if not isinstance(text, str) or not text.strip():
            shown = "a blank" if isinstance(text, str) else type(text).__name__
            raise self._refuse(f"gave {shown} as {name}; it is a text that says something")
