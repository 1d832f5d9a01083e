"""The run ledger: what was committed by which run, so that an unknown outcome can be settled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wdh.apply.catalogue import WarehouseTable, read_tables
from wdh.apply.outcomes import StepOutcome
from wdh.apply.settling import Settled, queue
from wdh.apply.staging import send_copy
from wdh.copytext import copy_value, write_rows
from wdh.errors import SetupError
from wdh.plan import Append, DeleteScope, Plan, Skip, Statement, step_sql
from wdh.settings import LoadMode
from wdh.sql import ledger
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

_EVERY_LEDGER = 0  # no table has this oid: it stands for the ledger that is about to be created


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run says of itself: ``files`` are the workbooks read, ``started_at`` is ISO 8601 with a time zone.

    ``input_hash`` is over all that the facts depend on: the files, the configuration, the wishes and the versions.
    """

    run_id: str
    domain: str
    mode: LoadMode
    input_hash: str
    files: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    started_at: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where runs are recorded, and what this one says of itself."""

    target: Target
    record: RunRecord


def open_ledger(book: Ledger, settled: Settled, cursor: Cursor) -> Settled:
    """Make sure of the ledger's table, and take back an append of facts that it knows already.

    Where the role may not create it, the plan goes on without, and says so; an append does not: without the ledger
    a second one after a lost connection would double the facts. Raises SetupError for that, and for another's table.
    """
    missing = _ensure(book.target, cursor)
    if missing is not None:
        if book.record.mode == "append" and _appended(settled.plan) is not None:
            raise SetupError(f"{missing}. Without it, facts appended twice cannot be recognised. Nothing was written.")
        return replace(settled, plan=settled.plan.remarking(f"this run is not recorded: {missing}"), records=False)
    appended = _appended(settled.plan)
    if book.record.mode != "append" or appended is None:
        return settled
    told = {"domain": book.record.domain, "facts_table": _name(settled, appended), "facts_hash": appended.facts.sha256}
    cursor.execute(ledger.TELL, (list(told), list(told.values())))
    cursor.execute(ledger.find_append(book.target))
    known = cursor.fetchone()
    return settled if known is None else replace(settled, plan=_without_facts(settled.plan, book.target, known))


def record_run(book: Ledger, settled: Settled, cursor: Cursor, *, outcomes: Sequence[StepOutcome]) -> None:
    """Write this run's row, in the run's own transaction."""
    record, appended = book.record, _appended(settled.plan)
    counts = [
        {"operation": outcome.step.operation, "table": outcome.step.target.sql, "rows": outcome.rows}
        for outcome in outcomes
        if not isinstance(outcome.step, Skip)
    ]
    row = (
        record.run_id,
        record.domain,
        record.mode,
        None if appended is None else _name(settled, appended),
        None if appended is None else appended.facts.sha256,
        hash_plan(settled.plan),
        record.input_hash,
        *(json.dumps(part, ensure_ascii=False) for part in (list(record.files), counts, dict(record.versions))),
        record.started_at,
    )
    text = "\t".join(map(copy_value, row)) + "\n"
    send_copy(cursor, ledger.record_run(book.target), iter([text.encode("utf-8")]))


def hash_plan(plan: Plan) -> str:
    """Hash what a plan does: every statement of its steps, and every row that goes with them."""
    digest = hashlib.sha256()
    for step in plan.steps:
        digest.update("\0".join(step_sql(step)).encode("utf-8"))
        if isinstance(step, Append):
            digest.update(step.facts.sha256.encode())
        elif isinstance(step, Statement):
            digest.update(repr(step.parameters).encode("utf-8"))
        elif not isinstance(step, Skip):
            for text in write_rows(step.rows):
                digest.update(text)
    return digest.hexdigest()


def _ensure(target: Target, cursor: Cursor) -> str | None:
    """Create the ledger if it is not there; say why not where the role may not, or may not write to it."""
    cursor.execute(ledger.PLACE, (target.schema,))
    schema, has_schema, may_use, may_create = cursor.fetchone() or (None, False, True, False)
    if not may_use:
        return f"the role may not use the schema {schema} of the ledger"
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
        queue(cursor, _EVERY_LEDGER)
        if _find(target, cursor) is None:
            for statement in ledger.create_ledger(target, has_schema=has_schema):
                cursor.execute(statement)
        found = _find(target, cursor)
    if found is None or found.denied & {"SELECT", "INSERT"}:
        return f"the role may not read and write the ledger {target.sql} (GRANT SELECT, INSERT ON {target.sql} …)"
    return None


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
    return next((step for step in plan.steps if isinstance(step, Append)), None)


def _name(settled: Settled, step: Append) -> str:
    table = settled.tables[step.target]
    return Target(table.schema, table.name).sql


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
