"""Runs one plan or several in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.forecast import ChangeList, Forecast, forecast
from wdh.apply.guards import NOTHING_FOUND, Judged, Watch, refuse, watch_forecast
from wdh.apply.ledger import Ledger, open_ledger
from wdh.apply.look import Look
from wdh.apply.outcomes import Applied, StepOutcome, compare_outcomes
from wdh.apply.preparation import DEFAULT_LOCK_TIMEOUT, Prepared, all_tables, check_names, fit, lock_all
from wdh.apply.recording import record_run, take_turns
from wdh.apply.refusals.holders import name_holders
from wdh.apply.refusals.limits import Limit, read_limits
from wdh.apply.refusals.refused import Refused, blaming, keeping_ledger
from wdh.apply.session import pin_session
from wdh.apply.steps import run_step
from wdh.apply.verification import verify
from wdh.errors import DatabaseError, WdhError
from wdh.logs import Log
from wdh.plan import Plan
from wdh.process import interrupts
from wdh.sql import settings, statements
from wdh.sql.driver import Connection, Cursor
from wdh.sql.identifiers import Target

Check = Callable[["Cursor", "Ledger | None"], None]
"""Asked under the locks before the first write; raises where nothing may be written. The ledger is None without one."""

log = Log()

_LOCK_NOT_AVAILABLE = "55P03"


class Part(Struct, frozen=True):
    """One run's part of a transaction: its plan, and where it is recorded (None: nowhere).

    Before the first write the guards look at ``watch`` (None: there are no guards), and then ``check`` is asked; both
    may refuse. ``reads`` are the tables that the plan was made of. ``changes`` is to list every change of references.
    """

    plan: Plan
    ledger: Ledger | None = None
    watch: Watch | None = None
    check: Check | None = None
    reads: tuple[Target, ...] = ()
    changes: ChangeList | None = None


class _Begun(Struct, frozen=True):
    """A part before its first write: what was prepared, counted and found under the locks."""

    prepared: Prepared
    ledger: Ledger | None
    foreseen: Forecast
    judged: Judged

    @property
    def plan(self) -> Plan:
        return self.prepared.plan


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
    """Apply one plan, otherwise as :func:`apply_parts`."""
    parts = [Part(plan, ledger, watch, check)]
    (applied,) = apply_parts(parts, connection, lock_timeout=lock_timeout, statement_timeout=statement_timeout)
    return applied


def apply_parts(
    parts: Sequence[Part],
    connection: Connection,
    *,
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT,
    statement_timeout: str | None = None,
) -> tuple[Applied, ...]:
    """Run every step of all parts in one transaction of their own, record each part in its ledger, and commit.

    All tables are locked, and the guards and checks of all parts asked, before the first write of any.

    ``lock_timeout`` is PostgreSQL's (``10s``, ``2min``, ``0`` waits for ever), as is ``statement_timeout`` (None: that
    of the session). Raises SetupError where the warehouse does not fit a plan, DataError where it does not take a
    value, GuardRefused where a guard says no, DatabaseError after a rollback, OutcomeUnknown when the connection is
    lost during COMMIT. Any other exception, KeyboardInterrupt too, passes through after a rollback.
    """
    import psycopg2

    limits: tuple[Limit, ...] = ()
    plans = [part.plan for part in parts]
    try:
        _begin(connection, statement_timeout=statement_timeout)
        with connection.cursor() as cursor:
            limits = read_limits(cursor)
            applied = _run_parts(parts, cursor, lock_timeout=lock_timeout)
        interrupts.hold()  # a Ctrl-C from here on finds COMMIT sent
    except (psycopg2.Error, Refused) as error:
        from wdh.apply.refusals.sentences import explain

        _rollback(connection)
        explained = explain(error, plans=plans, connection=connection, limits=limits)
        cause = error.error if isinstance(error, Refused) else error
        raise _name_holders(explained, parts, connection=connection) from cause
    except BaseException:
        _rollback(connection)
        raise
    try:
        connection.commit()
        interrupts.check()
    except (psycopg2.Error, KeyboardInterrupt) as error:
        from wdh.apply.refusals.sentences import commit_error

        _rollback(connection)
        run_ids = [part.ledger.record.run_id for part in parts if part.ledger is not None]
        raise commit_error(error, plans=plans, run_ids=run_ids) from error
    for one in applied:
        log.info("transaction_committed", domain=one.plan.domain, steps=len(one.outcomes))
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


def _run_parts(parts: Sequence[Part], cursor: Cursor, *, lock_timeout: str) -> tuple[Applied, ...]:
    (time_zone,) = {part.plan.time_zone for part in parts}  # the file's, so that all have the same
    pin_session(cursor, lock_timeout=lock_timeout, time_zone=time_zone)
    looks = lock_all([part.plan for part in parts], cursor)
    if len(parts) > 1:
        looks = _refuse_interference(parts, looks, cursor)
    begun = [_begin_part(part, look, cursor) for part, look in zip(parts, looks, strict=True)]
    outcomes: list[tuple[StepOutcome, ...]] = []
    for one in begun:
        if outcomes:  # triggers and statements of the part before may have left something in the session
            pin_session(cursor, lock_timeout=lock_timeout, time_zone=time_zone)
            cursor.execute(statements.DROP_TEMPORARY)
        with blaming(one.plan):
            outcomes.append(tuple(run_step(step, cursor, plan=one.plan) for step in one.plan.steps))
    cursor.execute(statements.CHECK_CONSTRAINTS)
    tables = all_tables(one.prepared for one in begun)
    for one in begun:
        with blaming(one.plan):
            verify(one.plan, cursor, tables=tables)
    check_names(cursor, tables)
    books = [one.ledger for one in begun if one.ledger is not None]
    if books:
        with keeping_ledger(books[0].target):
            take_turns(books, cursor)
    return tuple(_conclude(one, cursor, outcomes=done) for one, done in zip(begun, outcomes, strict=True))


def _refuse_interference(parts: Sequence[Part], looks: Sequence[Look], cursor: Cursor) -> Sequence[Look]:
    """Make sure that no plan depends on what an earlier one changes; say in the plans which tables they share."""
    from wdh.apply.together import note_shared, refuse_stale

    written: dict[Target, str] = {}
    for part, look in zip(parts, looks, strict=True):
        refuse_stale(look.plan, part.reads, cursor, written=written)
        members = (member.target for table in look.tables.values() for member in table.members)
        written |= dict.fromkeys(members, look.plan.domain)
    plans = note_shared([look.plan for look in looks], all_tables(looks))
    return [replace(look, plan=plan) for look, plan in zip(looks, plans, strict=True)]


def _begin_part(part: Part, look: Look, cursor: Cursor) -> _Begun:
    """Do all of a part that comes before the first write. Raises GuardRefused, and what its check raises."""
    with blaming(part.plan):
        prepared, ledger = fit(look, cursor), part.ledger
        if ledger is not None:
            with keeping_ledger(ledger.target):
                prepared, ledger = open_ledger(ledger, prepared, cursor)
        foreseen = forecast(prepared.plan, cursor, tables=prepared.tables, changes=part.changes)
        if ledger is not None:
            ledger = replace(ledger, record=replace(ledger.record, forecast=foreseen))
        judged = NOTHING_FOUND
        if part.watch is not None:
            place = None if ledger is None else ledger.target
            judged = watch_forecast(
                prepared.plan, cursor, watch=part.watch, forecast=foreseen, tables=prepared.tables, ledger=place
            )
            refuse(judged)
            if ledger is not None:
                ledger = replace(ledger, record=replace(ledger.record, accepted=judged.accepted))
        if part.check is not None:
            part.check(cursor, ledger)
        return _Begun(prepared, ledger, foreseen, judged)


def _conclude(begun: _Begun, cursor: Cursor, *, outcomes: tuple[StepOutcome, ...]) -> Applied:
    plan, ledger = begun.plan, begun.ledger
    if ledger is not None:
        with blaming(plan), keeping_ledger(ledger.target):
            plan = record_run(ledger, begun.prepared, cursor, outcomes=outcomes)
    plan = plan.remarking(*compare_outcomes(begun.foreseen, outcomes))
    return Applied(plan, outcomes, begun.foreseen, ledger is not None, begun.judged)


def _name_holders(error: WdhError, parts: Sequence[Part], *, connection: Connection) -> WdhError:
    """Add to an error about a lock who holds it, and leave the connection without a transaction."""
    try:
        if not isinstance(error, DatabaseError) or error.facts.get("sqlstate") != _LOCK_NOT_AVAILABLE:
            return error
        targets = [target for part in parts for target in part.plan.targets]
        targets += [part.ledger.target for part in parts if part.ledger is not None]
        return name_holders(error, targets, connection=connection)
    finally:
        _rollback(connection)
