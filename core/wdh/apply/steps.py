"""Runs one step inside a transaction, which a statement of a domain, or of a file under after, cannot end."""

from __future__ import annotations

import time
from collections.abc import Mapping

from wdh.apply.outcomes import StepOutcome
from wdh.apply.refusals.refused import Refused
from wdh.apply.staging import counting, fill_stage, send_copy, stage_facts
from wdh.apply.verification import check_stored, verify_staged
from wdh.errors import PluginError, SetupError, assert_never
from wdh.logs import Log
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    RowStep,
    Skip,
    Stage,
    StagedStep,
    Statement,
    Step,
    Upsert,
)
from wdh.plan.keys import repeated_keys
from wdh.sql import ledger, settings, statements
from wdh.sql.driver import Cursor
from wdh.sql.named import write_placeholders
from wdh.words.language import join, later, say

log = Log()

_NOT_INSIDE = ("0A000", "2D000")
"""PostgreSQL answers with these codes to COMMIT, ROLLBACK or SAVEPOINT inside a block of PL/pgSQL."""

_NAMES = {
    "the role": later("the role"),
    "the session's role": later("the session's role"),
    "the transaction": later("the transaction"),
}
"""The state that is no setting, as the question about it names it."""


def run_step(step: Step, cursor: Cursor, *, plan: Plan) -> StepOutcome:
    """Run one step of ``plan`` inside the cursor's transaction. Raises Refused, DatabaseError or DataError.

    The caller rolls back, and has a Refused explained.
    """
    import psycopg2

    started = time.perf_counter()
    try:
        rows, updated = _execute(step, cursor, plan=plan)
    except psycopg2.Error as error:
        from wdh.apply.refusals.blame import find_blame

        raise Refused(error, step=step, blame=find_blame(step, cursor, error=error, run=_run_again)) from error
    outcome = StepOutcome(step, rows, time.perf_counter() - started, updated)
    if not isinstance(step, Skip):
        log.info("step_applied", operation=step.operation, table=step.target.sql, rows=rows)
    return outcome


def _execute(step: Step, cursor: Cursor, *, plan: Plan) -> tuple[int, int]:
    """Run one step; give the rows it touched, and how many of them it updated in an upsert."""
    match step:
        case Skip():
            return 0, 0
        case Statement():
            return _run_statement(step, cursor), 0
        case Append() | Stage() | InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows() | Upsert():
            cursor.execute(statements.SAVEPOINT)
            counts = _write(step, cursor, plan=plan)
            cursor.execute(statements.RELEASE)
            return counts
        case _:
            assert_never(step)


def _write(step: RowStep, cursor: Cursor, *, plan: Plan) -> tuple[int, int]:
    match step:
        case Append() | Stage():
            if isinstance(step, Stage):
                cursor.execute(step.create_sql)
            send_copy(cursor, step.sql, counting(step.chunks(), step.target, rows=step.facts.count))
            rows = cursor.rowcount
            check_stored(step.target, cursor, sent=step.facts.count, stored=rows)
            if isinstance(step, Stage):
                cursor.execute(step.analyze_sql)
            return rows, 0
        case Upsert():
            return _run_upsert(step, cursor)
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows():
            return _run_staged(step, cursor, plan=plan), 0
        case _:
            assert_never(step)


def _run_again(step: StagedStep | Upsert, cursor: Cursor) -> object:
    return _run_upsert(step, cursor) if isinstance(step, Upsert) else _run_staged(step, cursor)


def _run_staged(step: StagedStep, cursor: Cursor, *, plan: Plan | None = None) -> int:
    fill_stage(cursor, step.target, columns=step.written, rows=step.staged_rows)
    if step.repeated_sql is not None:
        cursor.execute(step.repeated_sql)
        repeated = cursor.fetchall()
        if repeated:
            from wdh.apply.refusals.places import RepeatedKey

            raise RepeatedKey(step, pairs=repeated, plan=plan)
    cursor.execute(step.sql)
    rows = cursor.rowcount
    match step:
        case InsertRows():
            check_stored(step.target, cursor, sent=len(step.rows), stored=rows)
        case InsertMissing() | FillNullOnly() | DeleteScope():
            verify_staged(step, cursor)
        case _:
            assert_never(step)
    cursor.execute(statements.DROP_STAGE)
    return rows


def _run_upsert(step: Upsert, cursor: Cursor) -> tuple[int, int]:
    """Stage the facts, judge their keys, update what differs and insert what is missing.

    Give how many rows were inserted and updated together, and how many updated. Raises UnclearKeys where two facts are
    one key to PostgreSQL, SetupError where a key meets several rows, DatabaseError where what was written is not there.
    """
    stage_facts(step, cursor)
    cursor.execute(step.repeated_sql)
    if pairs := cursor.fetchall():
        raise repeated_keys(step, pairs)
    if step.ambiguous_sql is not None:
        cursor.execute(step.ambiguous_sql)
        if lines := [line for (line,) in cursor.fetchall()]:
            raise _ambiguous(step, lines)
    updated = 0
    if step.update_sql is not None:
        cursor.execute(step.update_sql)
        updated = cursor.rowcount
    cursor.execute(step.sql)
    inserted = cursor.rowcount
    verify_staged(step, cursor)
    cursor.execute(statements.DROP_STAGE)
    return inserted + updated, updated


def _ambiguous(step: Upsert, lines: list[int]) -> SetupError:
    places = [str(step.facts.place(line, step.key[0])) for line in lines]
    return SetupError(
        say(
            "{target} has several rows of one key ({key}), and an upsert cannot tell which of them a "
            "fact is: that of {places}, and perhaps others. Make the key unique there, or give the "
            "upsert more columns as its key. Nothing was written.",
            target=step.target.sql,
            key=", ".join(step.key),
            places="; ".join(places),
        ),
        table=step.target.sql,
        key=step.key,
        places=places,
    )


def _run_statement(step: Statement, cursor: Cursor) -> int:
    """Run the statement and return its row count. It can neither end the transaction nor change its settings.

    It is executed from inside a block of PL/pgSQL, where the server itself refuses COMMIT, ROLLBACK and savepoints.
    Raises PluginError, which names the package, or SetupError, which names the file, where it tries to or its text does
    not fit its parameters; psycopg2.Error.
    """
    import psycopg2

    before = _state(cursor)
    cursor.execute(ledger.TELL, (["statement"], [_compose(step, cursor)]))
    try:
        cursor.execute(statements.RUN_STATEMENT)
    except psycopg2.Error as error:
        if error.pgcode in _NOT_INSIDE:
            raise _fault(
                step,
                say(
                    "cannot be run inside the transaction: {message_primary}",
                    message_primary=error.diag.message_primary,
                ),
            ) from error
        raise
    (rows,) = cursor.fetchone() or (0,)
    changed = [name for name, value in _state(cursor).items() if before[name] != value]
    if changed:
        names = join(", ", (say(_NAMES[name]) if name in _NAMES else name for name in changed))
        raise _fault(step, say("changed {changed}, on which all later statements depend", changed=names))
    return int(rows)


def _compose(step: Statement, cursor: Cursor) -> str:
    import psycopg2
    from psycopg2.extensions import encodings

    sql = step.sql if step.file is None else write_placeholders(step.sql)
    try:
        text: bytes = cursor.mogrify(sql, step.parameters)
    except (psycopg2.Error, TypeError, ValueError, IndexError, KeyError) as error:
        raise _fault(
            step, say("does not fit its parameters (a % beside parameters is written %%): {error}", error=error)
        ) from error
    return text.decode(encodings[cursor.connection.encoding])


def _state(cursor: Cursor) -> Mapping[str, str]:
    cursor.execute(settings.STATE, {"names": list(settings.KEPT)})
    return dict(cursor.fetchall())


def _fault(step: Statement, what: str) -> SetupError:
    if step.file is not None:
        return SetupError(
            say(
                "{file}: the statement under after: ({purpose}) {what}. Everything was rolled back. Mend the "
                "file, or take it out of data_sources.yml.",
                file=step.file,
                purpose=step.purpose,
                what=what,
            ),
            file=step.file,
            table=step.target.sql,
        )
    place = say("{package}: the statement of load_facts", package=step.package)
    if step.entry:
        place = say("{entry}, hook load_facts: the statement", entry=step.entry)
    return PluginError(
        say(
            "{place} on {target} ({purpose}) {what}. Everything was rolled back. Correct the package or "
            "ask its author, or run with --skip-facts.",
            place=place,
            target=step.target.sql,
            purpose=step.purpose,
            what=what,
        ),
        plugin=step.package,
        hook="load_facts",
        table=step.target.sql,
    )
