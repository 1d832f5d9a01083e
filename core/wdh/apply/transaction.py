"""Applying a plan: one transaction, all of it or nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wdh import interrupts
from wdh.apply.holders import name_holders
from wdh.apply.ledger import Ledger, open_ledger, record_run
from wdh.apply.outcomes import Applied
from wdh.apply.refusals import commit_error, refusal
from wdh.apply.settling import DEFAULT_LOCK_TIMEOUT, settle
from wdh.apply.steps import run_step
from wdh.errors import DatabaseError
from wdh.logs import Log
from wdh.plan import Plan
from wdh.sql import session, statements

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

log = Log()

_LOCK_NOT_AVAILABLE = "55P03"


def apply_plan(
    plan: Plan,
    connection: Connection,
    *,
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT,
    statement_timeout: str | None = None,
    ledger: Ledger | None = None,
) -> Applied:
    """Run every step of ``plan`` in one transaction of its own, record it in ``ledger``, and commit.

    ``lock_timeout`` is PostgreSQL's (``10s``, ``2min``, ``0`` waits for ever), as is ``statement_timeout`` (None: that
    of the session). Raises SetupError where the warehouse
    does not fit the plan, DataError where it does not take a value, DatabaseError after a rollback, OutcomeUnknown
    when the connection is lost during COMMIT. Any other exception, KeyboardInterrupt too, passes through after a
    rollback.
    """
    import psycopg2

    try:
        _begin(connection, statement_timeout=statement_timeout)
        applied = _run_steps(plan, connection, lock_timeout=lock_timeout, ledger=ledger)
        interrupts.hold()  # a Ctrl-C from here on finds COMMIT sent
    except psycopg2.Error as error:
        _rollback(connection)
        raise _explain(refusal(error, step=None, plan=plan), plan, connection=connection) from error
    except DatabaseError as error:
        _rollback(connection)
        raise _explain(error, plan, connection=connection) from error.__cause__
    except BaseException:
        _rollback(connection)
        raise
    try:
        connection.commit()
        interrupts.check()
    except (psycopg2.Error, KeyboardInterrupt) as error:
        _rollback(connection)
        raise commit_error(error, plan=plan, run_id=None if ledger is None else ledger.record.run_id) from error
    log.info("transaction_committed", domain=plan.domain, steps=len(applied.outcomes))
    return applied


def _begin(connection: Connection, *, statement_timeout: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(session.WATCH_LINE)
        if statement_timeout is not None:
            cursor.execute(session.STATEMENT_TIMEOUT, (statement_timeout,))


def _rollback(connection: Connection) -> None:
    import psycopg2

    # Of a session that is gone the server has rolled back, and the error that led here is the one to tell.
    with suppress(psycopg2.Error):
        if not connection.closed:
            connection.rollback()


def _run_steps(plan: Plan, connection: Connection, *, lock_timeout: str, ledger: Ledger | None) -> Applied:
    with connection.cursor() as cursor:
        settled = settle(plan, cursor, lock_timeout=lock_timeout)
        if ledger is not None:
            settled = open_ledger(ledger, settled, cursor)
        outcomes = tuple(run_step(step, cursor, plan=settled.plan) for step in settled.plan.steps)
        cursor.execute(statements.CHECK_CONSTRAINTS)
        is_recorded = ledger is not None and settled.records
        if ledger is not None and is_recorded:
            record_run(ledger, settled, cursor, outcomes=outcomes)
    return Applied(settled.plan, outcomes, is_recorded)


def _explain(error: BaseException, plan: Plan, *, connection: Connection) -> BaseException:
    """Add to an error about a lock who holds it."""
    if not isinstance(error, DatabaseError) or error.facts.get("sqlstate") != _LOCK_NOT_AVAILABLE:
        return error
    return name_holders(error, plan, connection=connection)
