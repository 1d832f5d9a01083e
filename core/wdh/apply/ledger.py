"""The run ledger: a row for each committed run, so that the next run knows an unknown outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable, read_tables, refuse_system_schema
from wdh.apply.forecast.values import Forecast
from wdh.apply.preparation import Prepared, queue
from wdh.errors import SetupError, assert_never
from wdh.facts.copytext import write_rows
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    Skip,
    Stage,
    Statement,
    Upsert,
)
from wdh.settings import LoadMode
from wdh.sql import ledger
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.sql.statements import any_row
from wdh.words.language import say

_WRITTEN = frozenset(("SELECT", "INSERT"))
_EVERY_LEDGER = 0  # no table has this oid: it stands for the ledger that is about to be created


class RunRecord(Struct, frozen=True):
    """The description of a run: ``files`` are the workbooks read, ``started_at`` is ISO 8601 with a time zone.

    ``input_hash`` is over all that the facts depend on: the files, the configuration, the wishes and the versions.
    ``os_user`` and ``host`` are who ran it and where. ``columns`` are the fact columns that held a value, ``accepted``
    the guards that were told to let it pass, ``approval`` the id of the approval it was applied by. ``configuration``
    is a hash over all by which the cells of a workbook became facts. ``plugins_off`` are the plugins that were neither
    asked nor told, as wdh.registry.Off has them. Each of them may be None: nothing is known of it.
    """

    run_id: str
    domain: str
    mode: LoadMode
    input_hash: str
    files: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: str
    os_user: str | None = None
    host: str | None = None
    columns: Sequence[str] | None = None
    accepted: Sequence[str] | None = None
    forecast: Forecast | None = None
    approval: str | None = None
    configuration: str | None = None
    plugins_off: Sequence[Mapping[str, Any]] | None = None


class Ledger(Struct, frozen=True):
    """The table that records runs, and the record of this run.

    Once it is opened, ``oid`` is that of the table, and ``lacks`` has the columns that cannot be written yet: those of
    a later wdh than the one that made it, or without the privilege.
    """

    target: Target
    record: RunRecord
    oid: int = 0
    lacks: tuple[str, ...] = ()


def open_ledger(book: Ledger, prepared: Prepared, cursor: Cursor) -> tuple[Prepared, Ledger | None]:
    """Make sure of the ledger's table, and take back an append of facts that it knows already.

    Gives the ledger by its schema and name. Where the role may not create it, the plan goes on without (None), and
    says so; an append does not: without the ledger a second one after a lost connection would double the facts.
    Raises SetupError for that, for another's table, and for an append to what a crash of the server empties.
    """
    appended = next(iter(prepared.plan.of(Append)), None) if book.record.mode == "append" else None
    table = _ensure(book.target, cursor)
    if isinstance(table, str):
        if appended is not None:
            raise SetupError(
                say("{table}. Without it, facts appended twice cannot be recognised. Nothing was written.", table=table)
            )
        return replace(
            prepared, plan=prepared.plan.remarking(say("this run is not recorded: {table}", table=table))
        ), None
    lacks = tuple(name for name in ledger.ADDED if not may_write(table, name))
    book = replace(book, target=table.place, oid=table.oid, lacks=lacks)
    if appended is None:
        return prepared, book
    for kept in (table, prepared.tables[appended.target]):
        if (member := kept.unlogged) is not None:
            raise SetupError(
                say(
                    "{target} is UNLOGGED: a crash of the server empties it, and then the ledger would not tell "
                    "what was appended. Make it permanent (ALTER TABLE … SET LOGGED), or load with --mode "
                    "delete_insert. Nothing was written.",
                    target=member.target.sql,
                ),
                table=member.target.sql,
            )
    told = {"domain": book.record.domain, "facts_table": appended.target.sql, "facts_hash": appended.facts.sha256}
    cursor.execute(ledger.TELL, (list(told), list(told.values())))
    cursor.execute(ledger.find_append(book.target))
    known = cursor.fetchone()
    if known is None:
        _refuse_mended(book, cursor)
        return prepared, book
    _refuse_emptied(appended, book.target, known=known, cursor=cursor)
    return replace(prepared, plan=_without_facts(prepared.plan, book.target, known)), book


def _refuse_mended(book: Ledger, cursor: Cursor) -> None:
    """Raise SetupError where a file is appended of which a mended version was: some of its rows are there already."""
    hashes = {file["sha256"] for file in book.record.files if "sheet" in file and "mended" not in file}
    files = [[{"mended": {"of": each}}] for each in sorted(hashes)]
    cursor.execute(ledger.TELL, (["domain", "files"], [book.record.domain, json.dumps(files)]))
    cursor.execute(ledger.find_chain(book.target, ()))
    found = cursor.fetchall()
    if files and found:
        raise SetupError(
            say(
                "run {run} has loaded a mended version of a file of this run, so that rows of it would be there twice. "
                "Append the mended workbook, or load the file with --mode delete_insert. Nothing was written.",
                run=found[-1][0],
            ),
            run_id=found[-1][0],
        )


def _refuse_emptied(step: Append, target: Target, *, known: Sequence[str], cursor: Cursor) -> None:
    cursor.execute(any_row(step.target))
    if cursor.fetchone() == (False,):
        raise SetupError(
            say(
                "run {run} appended these very facts at {moment}, says {ledger}, but {table} is empty "
                "now. To append them once more, delete the row of that run from {ledger}. Nothing was "
                "written.",
                run=known[0],
                moment=known[1],
                ledger=target.sql,
                table=step.target.sql,
            ),
            table=step.target.sql,
            run_id=known[0],
        )


def find_use(book: Ledger, cursor: Cursor, *, approval: str) -> tuple[str, str] | None:
    """Find the run that used an approval, and when it was committed; None: none did."""
    cursor.execute(ledger.TELL, (["approval"], [approval]))
    cursor.execute(ledger.find_approved(book.target))
    used: tuple[str, str] | None = cursor.fetchone()
    return used


def hash_plan(plan: Plan) -> str:
    """Hash what a plan does: every statement of its steps, and every row that goes with them.

    Which run does it, and where its facts stood, is no part of that.
    """
    digest = hashlib.sha256()
    for whole in plan.steps:
        step = whole.bare if isinstance(whole, (Append, Upsert, InsertMissing, Statement)) else whole
        digest.update("\0".join(step.statements).encode("utf-8"))
        match step:
            case Append() | Upsert() | Stage():
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
        return say(
            "the role may not use the schema {schema} of the ledger (GRANT USAGE ON SCHEMA {schema} TO …)",
            schema=schema,
        )
    found = _find(target, cursor)
    if found is None:
        if not may_create:
            why = (
                say("the search_path has no schema for it")
                if schema is None
                else say("the role may not create a table in the schema {schema}", schema=schema)
            )
            return say(
                "the ledger {target} does not exist, and {why} (`wdh ddl DOMAIN` prints the statement; or "
                "name another schema under ledger: in data_sources.yml)",
                target=target.sql,
                why=why,
            )
        place = Target(schema, target.table)
        queue(cursor, _EVERY_LEDGER)
        if _find(target, cursor) is None:
            for statement in ledger.create_ledger(place, has_schema=has_schema):
                cursor.execute(statement)
        found = _find(place, cursor)
    if found is None or not all(may_write(found, column) for column in ledger.REQUIRED):
        return say(
            "the role may not read and write the ledger {target} (GRANT SELECT, INSERT ON {target} TO …)",
            target=target.sql,
        )
    return found


def may_write(table: WarehouseTable, column: str) -> bool:
    """Say whether a column is there, and the role may read and write it."""
    return column in table.columns and _WRITTEN.isdisjoint(table.rights.denied.get(column, ()))


def _find(target: Target, cursor: Cursor) -> WarehouseTable | None:
    """Look the ledger up. Raises SetupError where the table of its name is no ledger."""
    found = read_tables(cursor, [target]).get(target)
    missing = [] if found is None else [column for column in ledger.REQUIRED if column not in found.columns]
    if missing:
        raise SetupError(
            say(
                "{target} is to be the run ledger, but has no column {missing}. Name another table under "
                "ledger: in data_sources.yml. Nothing was written.",
                target=target.sql,
                missing=", ".join(missing),
            ),
            table=target.sql,
        )
    return found


def _without_facts(plan: Plan, target: Target, known: Sequence[str]) -> Plan:
    reason = say(
        "run {run} appended these very facts at {moment}, says {ledger}; to append them once more, "
        "delete its row there",
        run=known[0],
        moment=known[1],
        ledger=target.sql,
    )
    steps = tuple(
        Skip("facts", step.target, reason) if isinstance(step, Append) else step
        for step in plan.steps
        if not isinstance(step, (DeleteScope, Upsert, Stage, Statement))
    )
    return replace(plan, steps=steps)
