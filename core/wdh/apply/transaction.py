"""Runs a plan in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from wdh.apply.comparing import compare_outcomes
from wdh.apply.forecast import Forecast, forecast
from wdh.apply.guards import NOTHING_FOUND, Judged, Watch, refuse, watch_forecast
from wdh.apply.ledger import Ledger, open_ledger
from wdh.apply.outcomes import Applied
from wdh.apply.preparation import DEFAULT_LOCK_TIMEOUT, Prepared, check_names, prepare
from wdh.apply.recording import record_run
from wdh.apply.refusals.holders import name_holders
from wdh.apply.refusals.limits import Limit, read_limits
from wdh.apply.refusals.refused import Refused, keeping_ledger
from wdh.apply.steps import run_step
from wdh.apply.verification import verify
from wdh.errors import DatabaseError, WdhError
from wdh.logs import Log
from wdh.plan import Plan
from wdh.process import interrupts
from wdh.sql import settings, statements
from wdh.sql.driver import Connection, Cursor

Check = Callable[["Cursor", "Ledger | None"], None]
"""Asked under the locks before the first write; raises where nothing may be written. The ledger is None without one."""

log = Log()

_LOCK_NOT_AVAILABLE = "55P03"


def apply_plan(
    plan: Plan,
    connection: Connection,
    *,
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT,
    statement_timeout: str | None = None,
    ledger: Ledger | None = None,
    watch: Watch | None = None,
    check: Check | None = None,
) -> Applied:
    """Run every step of ``plan`` in one transaction of its own, record it in ``ledger``, and commit.

    Before the first write the guards look at ``watch`` (None: there are no guards), and then ``check`` is asked; both
    may refuse.

    ``lock_timeout`` is PostgreSQL's (``10s``, ``2min``, ``0`` waits for ever), as is ``statement_timeout`` (None: that
    of the session). Raises SetupError where the warehouse does not fit the plan, DataError where it does not take a
    value, GuardRefused where a guard says no, DatabaseError after a rollback, OutcomeUnknown when the connection is
    lost during COMMIT. Any other exception, KeyboardInterrupt too, passes through after a rollback.
    """
    import psycopg2

    limits: tuple[Limit, ...] = ()
    try:
        _begin(connection, statement_timeout=statement_timeout)
        with connection.cursor() as cursor:
            limits = read_limits(cursor)
        applied = _run_steps(plan, connection, lock_timeout=lock_timeout, ledger=ledger, watch=watch, check=check)
        interrupts.hold()  # a Ctrl-C from here on finds COMMIT sent
    except (psycopg2.Error, Refused) as error:
        from wdh.apply.refusals.sentences import explain

        _rollback(connection)
        explained = explain(error, plan=plan, connection=connection, limits=limits)
        cause = error.error if isinstance(error, Refused) else error
        raise _name_holders(explained, plan, connection=connection, ledger=ledger) from cause
    except BaseException:
        _rollback(connection)
        raise
    try:
        connection.commit()
        interrupts.check()
    except (psycopg2.Error, KeyboardInterrupt) as error:
        from wdh.apply.refusals.sentences import commit_error

        _rollback(connection)
        raise commit_error(error, plan=plan, run_id=None if ledger is None else ledger.record.run_id) from error
    log.info("transaction_committed", domain=plan.domain, steps=len(applied.outcomes))
    return applied


def _begin(connection: Connection, *, statement_timeout: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(settings.WATCH_LINE)
        if statement_timeout is not None:
            cursor.execute(settings.STATEMENT_TIMEOUT, (statement_timeout,))


def _rollback(connection: Connection) -> None:
    import psycopg2

    # Of a session that is gone the server has rolled back, and the error that led here is the one to tell.
    with suppress(psycopg2.Error):
        if not connection.closed:
            connection.rollback()


def _run_steps(
    plan: Plan,
    connection: Connection,
    *,
    lock_timeout: str,
    ledger: Ledger | None,
    watch: Watch | None,
    check: Check | None,
) -> Applied:
    with connection.cursor() as cursor:
        prepared = prepare(plan, cursor, lock_timeout=lock_timeout)
        if ledger is not None:
            with keeping_ledger(ledger.target):
                prepared, ledger = open_ledger(ledger, prepared, cursor)
        foreseen = forecast(prepared.plan, cursor, tables=prepared.tables)
        judged = NOTHING_FOUND
        if watch is not None:
            judged = _ask_guards(prepared, cursor, watch=watch, foreseen=foreseen, ledger=ledger)
        if check is not None:
            check(cursor, ledger)
        outcomes = tuple(run_step(step, cursor, plan=prepared.plan) for step in prepared.plan.steps)
        cursor.execute(statements.CHECK_CONSTRAINTS)
        verify(prepared.plan, cursor, tables=prepared.tables)
        check_names(cursor, prepared.tables)
        applied = prepared.plan
        if ledger is not None:
            with keeping_ledger(ledger.target):
                if watch is not None:
                    ledger = replace(ledger, record=replace(ledger.record, accepted=judged.accepted))
                applied = record_run(ledger, prepared, cursor, outcomes=outcomes)
    applied = applied.remarking(*compare_outcomes(foreseen, outcomes))
    return Applied(applied, outcomes, foreseen, ledger is not None, judged)


def _ask_guards(
    prepared: Prepared, cursor: Cursor, *, watch: Watch, foreseen: Forecast, ledger: Ledger | None
) -> Judged:
    """Let the guards look at what was prepared. Raises GuardRefused."""
    place = None if ledger is None else ledger.target
    judged = watch_forecast(prepared.plan, cursor, watch=watch, forecast=foreseen, tables=prepared.tables, ledger=place)
    refuse(judged)
    return judged


def _name_holders(error: WdhError, plan: Plan, *, connection: Connection, ledger: Ledger | None) -> WdhError:
    """Add to an error about a lock who holds it, and leave the connection without a transaction."""
    try:
        if not isinstance(error, DatabaseError) or error.facts.get("sqlstate") != _LOCK_NOT_AVAILABLE:
            return error
        targets = (*plan.targets, *(() if ledger is None else (ledger.target,)))
        return name_holders(error, targets, connection=connection)
    finally:
        _rollback(connection)
