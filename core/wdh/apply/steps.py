"""Running one step inside a transaction."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wdh.apply.culprits import find_culprits
from wdh.apply.domain_statement import run_statement
from wdh.apply.outcomes import StepOutcome
from wdh.apply.refusals import RepeatedKey, is_about_rows, refusal
from wdh.apply.staging import fill_stage, send_copy
from wdh.apply.verification import check_stored, verify_staged
from wdh.logs import Log
from wdh.plan import (
    Append,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    Skip,
    StagedStep,
    Statement,
    Step,
)
from wdh.sql import statements

if TYPE_CHECKING:
    import psycopg2
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

log = Log()

_FOREIGN_KEY = "23503"


def run_step(step: Step, cursor: Cursor, *, plan: Plan) -> StepOutcome:
    """Run one step of ``plan`` inside the cursor's transaction. Raises DatabaseError or DataError.

    The caller rolls back. Where the server refuses rows, the error names those rows of the workbook.
    """
    import psycopg2

    started = time.perf_counter()
    try:
        rows = _execute(step, cursor, plan=plan)
    except psycopg2.Error as error:
        raise refusal(error, step=step, plan=plan, rows=_culprits(step, cursor, error=error)) from error
    outcome = StepOutcome(step, rows, time.perf_counter() - started)
    if not isinstance(step, Skip):
        log.info("step_applied", operation=step.operation, table=step.target.sql, rows=rows)
    return outcome


def _culprits(step: Step, cursor: Cursor, *, error: psycopg2.Error) -> tuple[int, ...]:
    if not isinstance(step, (InsertMissing, FillNullOnly, InsertRows)) or not is_about_rows(error):
        return ()
    if error.pgcode == _FOREIGN_KEY and error.diag.message_detail:
        return ()  # the detail has the key, and a row alone may lack what another of the same step brings
    import psycopg2

    try:
        return find_culprits(step, cursor, run=_run_staged)
    except psycopg2.Error:  # the connection went away; the first error says enough
        return ()


def _execute(step: Step, cursor: Cursor, *, plan: Plan) -> int:
    if isinstance(step, Skip):
        return 0
    if isinstance(step, Append):
        return _copy_facts(step, cursor)
    if isinstance(step, Statement):
        return run_statement(step, cursor)
    cursor.execute(statements.SAVEPOINT)
    rows = _run_staged(step, cursor, plan=plan)
    cursor.execute(statements.RELEASE)
    return rows


def _run_staged(step: StagedStep, cursor: Cursor, *, plan: Plan | None = None) -> int:
    fill_stage(cursor, step.target, columns=step.columns, rows=step.rows)
    if isinstance(step, (InsertMissing, FillNullOnly)) and not step.keys_differ:
        _check_keys(step, cursor, plan=plan)
    cursor.execute(step.sql)
    rows = cursor.rowcount
    if isinstance(step, InsertRows):
        check_stored(step.target, cursor, sent=len(step.rows), stored=rows)
    else:
        verify_staged(step, cursor)
    cursor.execute(statements.DROP_STAGE)
    return rows


def _check_keys(step: InsertMissing | FillNullOnly, cursor: Cursor, *, plan: Plan | None) -> None:
    cursor.execute(statements.repeated_keys(step.key, step.columns))
    repeated = cursor.fetchall()
    if repeated:
        raise RepeatedKey(step, pairs=repeated, plan=plan)


def _copy_facts(step: Append, cursor: Cursor) -> int:
    send_copy(cursor, statements.copy_rows(step.target, step.columns), step.facts.chunks())
    check_stored(step.target, cursor, sent=step.facts.count, stored=cursor.rowcount)
    return cursor.rowcount
