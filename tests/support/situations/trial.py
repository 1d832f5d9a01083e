"""Three runs in one situation, held against what must come of them."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from msgspec.structs import replace

from support.runs import PLANS, planned
from support.situations.situation import Situation
from wdh.apply import Ledger, RunRecord, apply_plan
from wdh.errors import WdhError
from wdh.plan import Plan
from wdh.sql.identifiers import Target

ROWS = (
    {"月": "2024-11-01", "计划": "A", "名称": "甲", "机构": "G01", "额": 1.5},
    {"月": "2024-11-01", "计划": "A", "名称": "甲", "机构": "G01", "额": 2.25},
    {"月": "2024-11-01", "计划": "B", "名称": "乙", "机构": "G02", "额": 3.0},
)
OLD, KEPT = ("2024-11-01", "A", "旧", None, "9"), ("2024-10-01", "A", "旧", None, "8")
COLUMNS = {"号": "text", "名": "text", "机构": "text"}
FACT_COLUMNS = {"月": "date", "计划": "text", "名称": "text", "部门": "text", "额": "numeric(20,4)"}
_USUAL_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON "计划" TO {role}; GRANT SELECT, INSERT, DELETE ON "明细" TO {role};
GRANT USAGE, CREATE ON SCHEMA public TO {role}"""
_PLAIN_PATH = "SET search_path = pg_catalog; "
"""What is asked here must not depend on what a situation plants."""

Table = Counter[tuple[Any, ...]]


def try_situation(situation: Situation, database: Any, *, most_runs: int = 3) -> list[str]:
    """Do the runs in a fresh database; return everything that was lost, doubled, changed, or said wrongly.

    A run that is refused changes nothing, so there is no second one: it would be the same.
    """
    runs = min(situation.runs, most_runs if situation.says is None else 1)
    with _roles(database) as (role, other):

        def named(sql: str) -> str:
            return sql.replace("{role}", role).replace("{other}", other)

        grants = _USUAL_GRANTS if situation.grants is None else situation.grants
        for text in (situation.before, _tables(situation), situation.setup, "" if situation.is_superuser else grants):
            database.execute("SELECT 1;" + named(text))
        return [loss for number in range(1, runs + 1) for loss in _one_run(situation, database, role, number)]


@contextmanager
def _roles(database: Any) -> Iterator[tuple[str, str]]:
    """Have two roles that are no superusers, with names of their own; they are gone at the end."""
    role = f"loader_{secrets.token_hex(6)}"
    other = f"{role}_other"
    for name in (role, other):
        database.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    try:
        yield role, other
    finally:
        for name in (role, other):
            database.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}")


def _tables(situation: Situation) -> str:
    plans = {column: situation.columns.get(f"计划.{column}", kind) for column, kind in COLUMNS.items()}
    facts = {
        ("机构" if column == "部门" else column): situation.columns.get(f"明细.{column}", kind)
        for column, kind in FACT_COLUMNS.items()
    }
    return (
        "SET timezone = 'Asia/Shanghai';"
        f'CREATE TABLE "计划" ({_listed(plans)}); CREATE TABLE "明细" ({_listed(facts)});'
        """INSERT INTO "计划" VALUES ('A', '老', NULL);"""
        f'INSERT INTO "明细" VALUES {_values(OLD)}, {_values(KEPT)};'
        "CREATE TABLE \"旁\" (x text); INSERT INTO \"旁\" VALUES ('一'), ('二')"
    )


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns.items())


def _values(row: tuple[str | None, ...]) -> str:
    return "(" + ", ".join("NULL" if value is None else f"'{value}'" for value in row) + ")"


def _one_run(situation: Situation, database: Any, role: str, number: int) -> Iterator[str]:
    before = _everything(database)
    try:
        _apply(situation, database, role, number)
    except WdhError as error:
        changed = _changed(before, _everything(database)) - {*situation.changes}
        if changed:
            yield f"run {number} was refused and changed {changed}: {error}"
        if situation.says is None:
            yield f"run {number} was refused: {error}"
        elif re.search(situation.says, str(error)) is None:
            yield f"run {number} says: {error}"
        return
    except Exception as error:  # a fault of ours: a traceback for whoever runs it
        yield f"run {number}: {type(error).__name__}: {error}"
        return
    if situation.says is not None:
        yield f"run {number} went through"
    changed = _changed(before, _everything(database)) - {"计划", "明细", "wdh_runs", *situation.changes}
    if changed:
        yield f"run {number} changed {changed}"
    yield from _wrong(situation, database, number)


def _wrong(situation: Situation, database: Any, number: int) -> Iterator[str]:
    """Hold both tables against what the rows say, however often they were loaded."""
    facts = Counter(database.rows(_PLAIN_PATH + situation.facts_read))
    sent = Counter((row["月"], row["计划"], row["名称"], row["机构"], f"{row['额']:g}") for row in ROWS)
    wanted = sent + Counter([KEPT])
    if situation.wishes.load_mode == "append":
        wanted += Counter([OLD])
    if facts != wanted:
        yield f"after run {number} the facts are {facts}"
    plans = Counter(database.rows(_PLAIN_PATH + situation.plans_read))
    expected = Counter(_expected_plans(situation))
    if plans != expected:
        yield f"after run {number} the plans are {plans}"


def _expected_plans(situation: Situation) -> list[tuple[str | None, ...]]:
    mode = situation.wishes.backfill_mode or "insert_missing"
    old = ("A", "老", "G01" if "fill" in mode else None)
    return [old] if mode == "fill_null_only" else [old, ("B", "乙", "G02")]


def _apply(situation: Situation, database: Any, role: str, number: int) -> None:
    session = dict(situation.sessions[(number - 1) % len(situation.sessions)])
    session |= {} if situation.is_superuser else {"user": role, "password": role}
    with planned(ROWS, references=(PLANS,), wishes=situation.wishes) as made:
        plan = replace(made, steps=_steps(situation, made), time_zone=situation.time_zone)
        with closing(database.connect(**session)) as connection:
            connection.cursor().execute("SELECT 1;" + situation.in_session)
            connection.commit()
            with _waiting_for(situation.meanwhile if number == 1 else "", database):
                apply_plan(plan, connection, lock_timeout="60s", ledger=_ledger(situation, number))


@contextmanager
def _waiting_for(meanwhile: str, database: Any) -> Iterator[None]:
    """Let the run wait for the facts while something else happens there."""
    if not meanwhile:
        yield
        return
    with closing(database.connect()) as holder:
        holder.cursor().execute('LOCK TABLE "public"."明细" IN ACCESS EXCLUSIVE MODE')
        thread = threading.Thread(target=_act_when_waited_for, args=(holder, meanwhile, database))
        thread.start()
        try:
            yield
        finally:
            thread.join()


def _act_when_waited_for(holder: Any, meanwhile: str, database: Any) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not database.rows(waiting):
        time.sleep(0.02)
    holder.cursor().execute(meanwhile)
    holder.commit()


def _steps(situation: Situation, plan: Plan) -> tuple[Any, ...]:
    steps = plan.steps
    if situation.statement is not None:
        steps = (situation.statement, *steps)
    if situation.is_bare:
        steps = tuple(replace(step, target=Target(None, step.target.table)) for step in steps)
    return steps


def _ledger(situation: Situation, number: int) -> Ledger:
    record = RunRecord(
        run_id=f"00000000-0000-4000-8000-{number:012}",
        domain="d",
        mode=situation.wishes.load_mode,
        input_hash="cd" * 32,
        files=[{"file": "24年11月.xlsx", "sheet": "明细", "sha256": "ab" * 32}],
        versions={"wdh": "1"},
        started_at="2024-12-01T08:00:00.000+00:00",
    )
    return Ledger(Target(None, "wdh_runs"), record)


def _everything(database: Any) -> dict[str, Table]:
    """Every row of every table, by the table's name; with its schema, if that is not public."""
    tables = database.rows(
        _PLAIN_PATH + "SELECT n.nspname::text, c.relname::text FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND NOT starts_with(n.nspname, 'pg_')"
        " AND n.nspname <> 'information_schema'"
    )
    return {
        name if schema == "public" else f"{schema}.{name}": Counter(
            database.rows(f"{_PLAIN_PATH}SELECT t::text FROM ONLY {Target(schema, name).sql} t")
        )
        for schema, name in tables
    }


def _changed(before: dict[str, Table], after: dict[str, Table]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
