"""Writing a run's row into the ledger, and giving an older ledger the columns that it lacks."""

from __future__ import annotations

import datetime
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wdh.apply.catalogue import read_tables
from wdh.apply.forecast.counts import forecast_counts
from wdh.apply.ledger import Ledger, hash_plan, may_write
from wdh.apply.outcomes import StepOutcome
from wdh.apply.preparation import Prepared, queue
from wdh.apply.staging import send_copy
from wdh.errors import DatabaseError
from wdh.facts.copytext import as_seen, copy_value
from wdh.facts.spool import FactRows
from wdh.facts.sums import write_sum
from wdh.plan import Append, DeleteScope, Plan, Skip, Statement, Upsert
from wdh.sql import ledger
from wdh.sql.driver import Cursor
from wdh.words.language import in_english, say

_MOST_SCOPES: Final = 2_000
"""Scopes of one run that the ledger keeps, each as the first digits of a hash."""
_DIGITS: Final = 12
_IN_THE_WAY: Final = ("40P01", "55P03")
_REFUSED: Final = ("42", "P0")
"""SQLSTATEs with which the server refuses new columns: somebody uses the ledger; or the role, its kind, a trigger."""


def record_run(book: Ledger, prepared: Prepared, cursor: Cursor, *, outcomes: Sequence[StepOutcome]) -> Plan:
    """Write this run's row, in the run's own transaction. Give the plan, with a remark where the row lacks columns.

    It must be the turn of its domain, see take_turns().
    """
    plan = prepared.plan
    missing, why = complete_ledger(book, cursor)
    if missing:
        plan = plan.remarking(
            say(
                "{target} keeps no {missing} of this run: {why}",
                target=book.target.sql,
                missing=", ".join(missing),
                why=why,
            )
        )
    values = {name: value for name, value in _row(book, plan, cursor, outcomes).items() if name not in missing}
    text = "\t".join(map(copy_value, values.values())) + "\n"
    send_copy(cursor, ledger.record_run(book.target, tuple(values)), iter([text.encode("utf-8")]))
    run_id = book.record.run_id
    cursor.execute(ledger.TELL, (["run_id"], [run_id]))
    cursor.execute(ledger.count_run(book.target))
    if cursor.fetchone() != (1,):
        table = read_tables(cursor, [book.target]).get(book.target)
        watchers = say("a trigger or a rule") if table is None or not table.is_watched else table.watchers
        raise DatabaseError(
            say(
                "the ledger {target} does not keep the row of this run: {watchers} makes something else of "
                "it. Everything was rolled back. Let the trigger or rule pass the rows of the ledger, or "
                "name another table under ledger: in data_sources.yml.",
                target=book.target.sql,
                watchers=watchers,
            ),
            table=book.target.sql,
        )
    return plan


def take_turns(books: Sequence[Ledger], cursor: Cursor) -> None:
    """Wait until no other run of these domains is about to be recorded: an approval depends on which is the latest."""
    for turn in sorted(turn_of(book.oid, book.record.domain) for book in books):
        queue(cursor, turn)


def turn_of(oid: int, domain: str) -> int:
    """Give the number that the runs of a domain queue for to be recorded in the ledger of this oid."""
    return zlib.crc32(f"{oid} {domain}".encode("utf-8", "surrogatepass"))


def complete_ledger(book: Ledger, cursor: Cursor) -> tuple[tuple[str, ...], str]:
    """Add the columns that the ledger lacks; give those that this run cannot write, and why."""
    import psycopg2

    if not book.lacks:
        return (), ""
    cursor.execute(ledger.SAVEPOINT)
    try:
        table = read_tables(cursor, [book.target]).get(book.target)
        if table is None:
            return (), ""  # another session dropped it: the server refuses the row, which is told then
        absent = tuple(name for name in ledger.ADDED if name not in table.columns)
        if absent:
            cursor.execute(ledger.OWNS, (book.oid,))
            if cursor.fetchone() != (True,):
                statement = " ".join(ledger.add_columns(book.target, absent).split())
                return absent, say("the role may not add the columns ({statement})", statement=statement)
            cursor.execute(ledger.add_columns(book.target, absent))
            table = read_tables(cursor, [book.target])[book.target]
        denied = tuple(name for name in ledger.ADDED if not may_write(table, name))
        return denied, say(
            "the role may not write them (GRANT SELECT, INSERT ON {target} TO {role})",
            target=book.target.sql,
            role=table.rights.role,
        )
    except psycopg2.Error as error:
        code = error.pgcode or ""
        if code not in _IN_THE_WAY and not code.startswith(_REFUSED):
            raise
        cursor.execute(ledger.UNDO)
        said = say("another session uses it") if code in _IN_THE_WAY else str(error.diag.message_primary)
        return book.lacks, say("the columns could not be added, as {said}", said=said)
    finally:
        _release(cursor)


def _release(cursor: Cursor) -> None:
    from psycopg2.extensions import TRANSACTION_STATUS_INTRANS

    if cursor.connection.info.transaction_status == TRANSACTION_STATUS_INTRANS:
        cursor.execute(ledger.RELEASE)


def _row(book: Ledger, plan: Plan, cursor: Cursor, outcomes: Sequence[StepOutcome]) -> Mapping[str, Any]:
    record, loaded, table = book.record, plan.loaded, plan.facts_table
    counts = [_count(outcome) for outcome in outcomes if not isinstance(outcome.step, Skip)]
    cursor.execute(ledger.DATABASE_USER)
    (database_user,) = cursor.fetchone() or (None,)
    passed = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(record.started_at)
    return {
        "run_id": record.run_id,
        "domain": record.domain,
        "mode": record.mode,
        "facts_table": None if table is None else table.sql,
        "facts_hash": None if loaded is None else loaded.facts.sha256,
        "plan_hash": hash_plan(plan),
        "input_hash": record.input_hash,
        "files": _write(list(record.files)),
        "counts": _write(counts),
        "versions": _write(dict(record.versions)),
        "started_at": record.started_at,
        "database_user": database_user,
        "os_user": record.os_user,
        "host": record.host,
        "seconds": max(passed.total_seconds(), 0.0),
        "columns": _write(None if record.columns is None else list(record.columns)),
        "accepted": _write(None if record.accepted is None else list(record.accepted)),
        "forecast": _write(None if record.forecast is None else forecast_counts(record.forecast)),
        "periods": _write(None if loaded is None else _describe_facts(loaded, plan, record.configuration)),
        "approval": record.approval,
        "plugins_off": _write(None if record.plugins_off is None else list(record.plugins_off)),
    }


def _count(outcome: StepOutcome) -> Mapping[str, Any]:
    step = outcome.step
    done = outcome.counts if isinstance(step, Upsert) else {}
    return {"operation": step.operation, "table": step.target.sql, "rows": outcome.rows, **done}


def _write(document: Any) -> str | None:
    return None if document is None else json.dumps(in_english(document), ensure_ascii=False)


def _describe_facts(loaded: Append | Upsert, plan: Plan, configuration: str | None) -> Mapping[str, Any]:
    """Describe the facts by period: how many, and the sums of their amounts; and the scopes they replaced, as hashes.

    ``configuration`` is the hash over that by which they were read.

    ``scope`` are the columns that tell scopes apart, None where facts were not replaced once; of an upsert its key.
    ``scopes`` is None, too, where an upsert or a statement of the domain's own had a part in it, or where there are too
    many.
    """
    facts, target = loaded.facts, loaded.target
    replaced = [step for step in plan.of(DeleteScope) if step.target == target and step.standing is None]
    upserts = [step for step in plan.of(Upsert) if step.target == target]
    others = bool(upserts) or any(step.target == target for step in plan.of(Statement))
    scope = replaced[0] if len(replaced) == 1 else None
    is_told = scope is not None and not others and len(scope.rows) <= _MOST_SCOPES
    columns = None if scope is None else scope.columns
    if upserts and not replaced:
        columns = upserts[0].key
    return {
        **describe_periods(facts),
        "configuration": configuration,
        "scope": None if columns is None else list(columns),
        "scopes": sorted(map(_hash_scope, scope.rows)) if scope is not None and is_told else None,
    }


def describe_periods(facts: FactRows) -> Mapping[str, Any]:
    """Describe facts by period: the column that tells periods apart, and of each the facts and the sums of amounts."""
    return {
        "column": facts.period_column,
        "periods": [
            {
                "period": as_seen(period),
                "facts": tally.facts,
                "sums": {name: write_sum(total) for name, total in tally.sums.items()},
            }
            for period, tally in facts.periods.items()
        ],
    }


def _hash_scope(scope: Sequence[Any]) -> str:
    return hashlib.sha256("\t".join(map(copy_value, scope)).encode("utf-8")).hexdigest()[:_DIGITS]
