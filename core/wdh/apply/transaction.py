"""Applying a plan: one transaction, all of it or nothing."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wdh.apply.catalogue import WarehouseTable, check_plan, choose_paths, read_tables
from wdh.apply.refusals import RepeatedKey, commit_error, database_error
from wdh.copytext import rows_text
from wdh.errors import DatabaseError
from wdh.logs import Log
from wdh.plan import Append, FillNullOnly, InsertMissing, Plan, Skip, StagedStep, Statement, Step
from wdh.spool import FactRows
from wdh.sql import statements
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

log = Log()

DEFAULT_LOCK_TIMEOUT = "10s"


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one step did: the step as it ran, the rows it touched, and the seconds it took. A Skip touches none."""

    step: Step
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that was committed: the plan with its paths settled, and one outcome per step, in order."""

    plan: Plan
    outcomes: tuple[StepOutcome, ...]


def apply_plan(plan: Plan, connection: Connection, *, lock_timeout: str = DEFAULT_LOCK_TIMEOUT) -> Applied:
    """Run every step of ``plan`` in one transaction of its own and commit it.

    ``lock_timeout`` is PostgreSQL's (``10s``, ``2min``, ``0`` waits for ever). Raises SetupError where the warehouse
    does not fit the plan, DatabaseError after a rollback, OutcomeUnknown when the connection is lost during COMMIT.
    Any other exception, KeyboardInterrupt too, passes through after a rollback.
    """
    import psycopg2

    try:
        applied = _run_steps(plan, connection, lock_timeout=lock_timeout)
    except psycopg2.Error as error:
        _rollback(connection)
        raise database_error(error, step=None) from error
    except BaseException:
        _rollback(connection)
        raise
    try:
        connection.commit()
    except (psycopg2.Error, KeyboardInterrupt) as error:
        _rollback(connection)
        raise commit_error(error) from error
    log.info("transaction_committed", domain=plan.domain, steps=len(applied.outcomes))
    return applied


def _rollback(connection: Connection) -> None:
    if not connection.closed:
        connection.rollback()


def _run_steps(plan: Plan, connection: Connection, *, lock_timeout: str) -> Applied:
    with connection.cursor() as cursor:
        settled = settle(plan, cursor, lock_timeout=lock_timeout)
        outcomes = tuple(run_step(step, cursor) for step in settled.steps)
        cursor.execute(statements.CHECK_CONSTRAINTS)
    return Applied(settled, outcomes)


def settle(plan: Plan, cursor: Cursor, *, lock_timeout: str = DEFAULT_LOCK_TIMEOUT) -> Plan:
    """Lock the targets in the order all runs share, hold the plan against the catalogue, and choose the paths.

    The catalogue is read again under the lock: from then on nobody can change the tables.
    """
    import psycopg2

    try:
        cursor.execute(statements.SETTINGS, (lock_timeout,))
        tables = _fitting_tables(plan, cursor)
        if tables:
            cursor.execute(statements.lock_tables(_in_lock_order(tables)))
            tables = _fitting_tables(plan, cursor)
        return plan.with_paths(choose_paths(cursor, plan, tables=tables))
    except psycopg2.Error as error:
        raise database_error(error, step=None) from error


def _fitting_tables(plan: Plan, cursor: Cursor) -> Mapping[Target, WarehouseTable]:
    tables = read_tables(cursor, plan.targets)
    check_plan(plan, tables)
    return tables


def _in_lock_order(tables: Mapping[Target, WarehouseTable]) -> Sequence[Target]:
    return sorted(tables, key=lambda target: (tables[target].schema, tables[target].name))


def run_step(step: Step, cursor: Cursor) -> StepOutcome:
    """Run one step inside the cursor's transaction. Raises DatabaseError or DataError; the caller rolls back."""
    import psycopg2

    started = time.perf_counter()
    try:
        rows = _execute(step, cursor)
    except psycopg2.Error as error:
        raise database_error(error, step=step) from error
    outcome = StepOutcome(step, rows, time.perf_counter() - started)
    if not isinstance(step, Skip):
        log.info("step_applied", operation=step.operation, table=step.target.sql, rows=rows)
    return outcome


def _execute(step: Step, cursor: Cursor) -> int:
    if isinstance(step, Skip):
        return 0
    if isinstance(step, Append):
        return _copy_facts(step, cursor)
    if isinstance(step, Statement):
        cursor.execute(step.sql, step.parameters)
        return max(cursor.rowcount, 0)
    return _run_staged(step, cursor)


def _run_staged(step: StagedStep, cursor: Cursor) -> int:
    cursor.execute(statements.create_stage(step.target, step.columns))
    cursor.copy_expert(statements.copy_stage(step.columns), io.BytesIO(rows_text(step.rows).encode("utf-8")))
    if isinstance(step, (InsertMissing, FillNullOnly)):
        _check_keys(step, cursor)
    cursor.execute(step.sql)
    rows = cursor.rowcount
    cursor.execute(statements.DROP_STAGE)
    return rows


def _check_keys(step: InsertMissing | FillNullOnly, cursor: Cursor) -> None:
    cursor.execute(statements.repeated_keys(step.key, step.columns))
    repeated = cursor.fetchall()
    if repeated:
        places = [step.columns.index(column) for column in step.key]
        keys = [tuple(tuple(step.rows[number][place] for place in places) for number in pair) for pair in repeated]
        raise RepeatedKey(step.target, step.key, keys=keys)


def _copy_facts(step: Append, cursor: Cursor) -> int:
    reader: Any = _Reader(step.facts)  # psycopg2 needs read() only; its types ask for readline(), too
    cursor.copy_expert(statements.copy_rows(step.target, step.columns), reader)
    if cursor.rowcount != step.facts.count:
        raise DatabaseError(
            f"{step.facts.count} facts were sent and {cursor.rowcount} stored in {step.target.sql}: a trigger drops "
            "rows. Everything was rolled back. Let the trigger pass them, or run with --skip-facts.",
            table=step.target.sql,
        )
    return cursor.rowcount


class _Reader:
    """Facts as psycopg2's COPY wants them: a file whose read() gives the next chunk, of any size."""

    def __init__(self, facts: FactRows) -> None:
        self._chunks: Iterator[bytes] = facts.chunks()

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - a chunk may be longer than psycopg2 asks for
        return next(self._chunks, b"")
