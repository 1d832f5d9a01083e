"""The run ledger: what was committed by which run, so that the next run knows an unknown outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wdh.apply.catalogue import WarehouseTable, read_tables, refuse_system_schema
from wdh.apply.outcomes import StepOutcome
from wdh.apply.preparation import Prepared, queue
from wdh.apply.staging import send_copy
from wdh.errors import DatabaseError, SetupError, assert_never
from wdh.facts.copytext import copy_value, write_rows
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Plan, Skip, Statement
from wdh.settings import LoadMode
from wdh.sql import ledger
from wdh.sql.identifiers import Target
from wdh.sql.statements import any_row

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

_WRITTEN = frozenset(("SELECT", "INSERT"))
_EVERY_LEDGER = 0  # no table has this oid: it stands for the ledger that is about to be created


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run says of itself: ``files`` are the workbooks read, ``started_at`` is ISO 8601 with a time zone.

    ``input_hash`` is over all that the facts depend on: the files, the configuration, the wishes and the versions.
    ``columns`` are the fact columns that had values; ``accepted`` the guards that said no and were accepted.
    """

    run_id: str
    domain: str
    mode: LoadMode
    input_hash: str
    files: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: str
    columns: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where runs are recorded, and what this one says of itself."""

    target: Target
    record: RunRecord


def open_ledger(book: Ledger, prepared: Prepared, cursor: Cursor) -> tuple[Prepared, Ledger | None]:
    """Make sure of the ledger's table, and take back an append of facts that it knows already.

    Gives the ledger by its schema and name. Where the role may not create it, the plan goes on without (None), and
    says so; an append does not: without the ledger a second one after a lost connection would double the facts.
    Raises SetupError for that, for another's table, and for an append to what a crash of the server empties.
    """
    appended = _appended(prepared.plan) if book.record.mode == "append" else None
    table = _ensure(book.target, cursor)
    if isinstance(table, str):
        if appended is not None:
            raise SetupError(f"{table}. Without it, facts appended twice cannot be recognised. Nothing was written.")
        return replace(prepared, plan=prepared.plan.remarking(f"this run is not recorded: {table}")), None
    book = replace(book, target=table.place)
    if appended is None:
        return prepared, book
    for kept in (table, prepared.tables[appended.target]):
        _refuse_unlogged(kept)
    told = {"domain": book.record.domain, "facts_table": appended.target.sql, "facts_hash": appended.facts.sha256}
    cursor.execute(ledger.TELL, (list(told), list(told.values())))
    cursor.execute(ledger.find_append(book.target))
    known = cursor.fetchone()
    if known is None:
        return prepared, book
    _refuse_emptied(appended, book.target, known=known, cursor=cursor)
    return replace(prepared, plan=_without_facts(prepared.plan, book.target, known)), book


def _refuse_unlogged(table: WarehouseTable) -> None:
    if (member := table.unlogged) is not None:
        raise SetupError(
            f"{member.target.sql} is UNLOGGED: a crash of the server empties it, and then the ledger would not tell "
            "what was appended. Make it permanent (ALTER TABLE … SET LOGGED), or load with --mode delete_insert. "
            "Nothing was written.",
            table=member.target.sql,
        )


def _refuse_emptied(step: Append, target: Target, *, known: Sequence[str], cursor: Cursor) -> None:
    cursor.execute(any_row(step.target))
    if cursor.fetchone() == (False,):
        raise SetupError(
            f"run {known[0]} appended these very facts at {known[1]}, says {target.sql}, but {step.target.sql} is "
            f"empty now. To append them once more, delete the row of that run from {target.sql}. Nothing was written.",
            table=step.target.sql,
            run_id=known[0],
        )


def record_run(book: Ledger, prepared: Prepared, cursor: Cursor, *, outcomes: Sequence[StepOutcome]) -> None:
    """Write this run's row, in the run's own transaction."""
    record, appended = book.record, _appended(prepared.plan)
    counts = [
        {"operation": outcome.step.operation, "table": outcome.step.target.sql, "rows": outcome.rows}
        for outcome in outcomes
        if not isinstance(outcome.step, Skip)
    ]
    row = (
        record.run_id,
        record.domain,
        record.mode,
        None if appended is None else appended.target.sql,
        None if appended is None else appended.facts.sha256,
        hash_plan(prepared.plan),
        record.input_hash,
        *(json.dumps(part, ensure_ascii=False) for part in (list(record.files), counts, dict(record.versions))),
        record.started_at,
    )
    text = "\t".join(map(copy_value, row)) + "\n"
    send_copy(cursor, ledger.record_run(book.target), iter([text.encode("utf-8")]))
    cursor.execute(ledger.TELL, (["run_id"], [record.run_id]))
    cursor.execute(ledger.count_run(book.target))
    if cursor.fetchone() != (1,):
        table = read_tables(cursor, [book.target]).get(book.target)
        watchers = "a trigger or a rule" if table is None or not table.is_watched else table.watchers
        raise DatabaseError(
            f"the ledger {book.target.sql} does not keep the row of this run: {watchers} makes something else of it. "
            "Everything was rolled back. Let the trigger or rule pass the rows of the ledger, or name another table "
            "under ledger: in data_sources.yml.",
            table=book.target.sql,
        )


def hash_plan(plan: Plan) -> str:
    """Hash what a plan does: every statement of its steps, and every row that goes with them."""
    digest = hashlib.sha256()
    for step in plan.steps:
        digest.update("\0".join(step.statements).encode("utf-8"))
        match step:
            case Append():
                digest.update(step.facts.sha256.encode())
            case Statement():
                digest.update(repr(step.parameters).encode("utf-8"))
            case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows():
                for text in write_rows(step.rows):
                    digest.update(text)
            case Skip():
                pass
            case _:
                assert_never(step)
    return digest.hexdigest()


def _ensure(target: Target, cursor: Cursor) -> WarehouseTable | str:
    """Find the ledger, creating it if it is not there; say why not where the role may not, or may not write to it."""
    cursor.execute(ledger.PLACE, (target.schema,))
    schema, has_schema, may_use, may_create = cursor.fetchone() or (None, False, True, False)
    refuse_system_schema(target, schema)
    if not may_use:
        return f"the role may not use the schema {schema} of the ledger (GRANT USAGE ON SCHEMA {schema} TO …)"
    found = _find(target, cursor)
    if found is None:
        if not may_create:
            why = (
                "the search_path has no schema for it"
                if schema is None
                else f"the role may not create a table in the schema {schema}"
            )
            return (
                f"the ledger {target.sql} does not exist, and {why} "
                "(`wdh ddl DOMAIN` prints the statement; or name another schema under ledger: in data_sources.yml)"
            )
        place = Target(schema, target.table)
        queue(cursor, _EVERY_LEDGER)
        if _find(target, cursor) is None:
            for statement in ledger.create_ledger(place, has_schema=has_schema):
                cursor.execute(statement)
        found = _find(place, cursor)
    if found is None or any(not _WRITTEN.isdisjoint(denied) for denied in found.rights.denied.values()):
        return f"the role may not read and write the ledger {target.sql} (GRANT SELECT, INSERT ON {target.sql} TO …)"
    return found


def _find(target: Target, cursor: Cursor) -> WarehouseTable | None:
    """Look the ledger up. Raises SetupError where the table of its name is no ledger."""
    found = read_tables(cursor, [target]).get(target)
    missing = [] if found is None else [column for column in ledger.TABLE.columns if column not in found.columns]
    if missing:
        raise SetupError(
            f"{target.sql} is to be the run ledger, but has no column {', '.join(missing)}. Name another table under "
            "ledger: in data_sources.yml. Nothing was written.",
            table=target.sql,
        )
    return found


def _appended(plan: Plan) -> Append | None:
    return next(iter(plan.of(Append)), None)


def _without_facts(plan: Plan, target: Target, known: Sequence[str]) -> Plan:
    reason = (
        f"run {known[0]} appended these very facts at {known[1]}, says {target.sql}; to append them once more, delete "
        "its row there"
    )
    steps = tuple(
        Skip("facts", step.target, reason) if isinstance(step, Append) else step
        for step in plan.steps
        if not isinstance(step, (DeleteScope, Statement))
    )
    return replace(plan, steps=steps)
