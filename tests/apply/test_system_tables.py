"""No table of PostgreSQL's own is read or written, however its name is given or found."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace
from support.runs import PLANS, planned

import wdh
from wdh.apply import Ledger, RunRecord, apply_plan
from wdh.apply.applying import Warehouse
from wdh.apply.history import read_runs
from wdh.apply.reading import WarehouseReader
from wdh.errors import SetupError
from wdh.plan import Plan, Statement
from wdh.sql.identifiers import Target

OWN = [
    (Target("pg_catalog", "pg_authid"), ""),
    (Target(None, "pg_authid"), ""),
    (Target("information_schema", "sql_features"), ""),
    (Target(None, "sql_features"), "-c search_path=information_schema,public"),
    (Target(None, "pg_toast_1262"), "-c search_path=pg_toast,public"),
    (Target("pg_toast", "pg_toast_1262"), ""),
    (Target("pg_catalog", "nothing_of_this_name"), ""),
]
REFUSAL = r"is a table of PostgreSQL itself.*\(.*\), and wdh neither reads nor writes those"
ROW = {"月": "2024-11-01", "计划": "A", "额": 1}
own_tables = pytest.mark.parametrize(("target", "options"), OWN, ids=[f"{t.sql} {o}".strip() for t, o in OWN])


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(
        'CREATE TABLE "计划" ("号" text, "名" text, "机构" text);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


def snapshot(database: Any) -> list[Any]:
    """Give the roles that are no other test's: those that each server has, and the one of this test."""
    query = "SELECT oid, rolname, rolpassword FROM pg_authid WHERE oid < 16384 OR rolname = current_user ORDER BY oid"
    return [*database.rows(query)]


def refused(warehouse: Any, call: Callable[[Any], object], options: str) -> SetupError:
    """Call with a connection, and see that it is refused with exit code 2 and that the roles are what they were."""
    before = snapshot(warehouse)
    with closing(warehouse.connect(options=options)) as connection, pytest.raises(SetupError) as caught:
        call(connection)
    assert snapshot(warehouse) == before
    assert caught.value.exit_code == 2
    return caught.value


def record() -> RunRecord:
    return RunRecord(
        run_id="00000000-0000-4000-8000-000000000001",
        domain="d",
        mode="delete_insert",
        input_hash="cd" * 32,
        files=[],
        versions={"wdh": "1"},
        started_at="2024-12-01T08:00:00.000+00:00",
    )


@own_tables
def test_facts_do_not_go_there(warehouse: Any, target: Target, options: str) -> None:
    with planned([ROW]) as made:
        steps = tuple(replace(step, target=target) if step.target.table == "明细" else step for step in made.steps)
        error = refused(warehouse, lambda connection: apply_plan(replace(made, steps=steps), connection), options)
    assert re.search(REFUSAL, str(error))
    assert target.sql in str(error)


@own_tables
def test_references_do_not_go_there(warehouse: Any, target: Target, options: str) -> None:
    with planned([ROW], references=[replace(PLANS, target=target)]) as made:
        error = refused(warehouse, lambda connection: apply_plan(made, connection), options)
    assert re.search(REFUSAL, str(error))


@own_tables
def test_a_domains_own_statement_does_not_name_them(warehouse: Any, target: Target, options: str) -> None:
    step = Statement(target, "to see", "SELECT 1")
    error = refused(warehouse, lambda connection: apply_plan(Plan("d", (step,)), connection), options)
    assert re.search(REFUSAL, str(error))


@own_tables
def test_the_ledger_is_not_kept_there_and_not_asked_there(warehouse: Any, target: Target, options: str) -> None:
    with planned([ROW]) as made:
        book = Ledger(target, record())
        error = refused(warehouse, lambda connection: apply_plan(made, connection, ledger=book), options)
    assert re.search(REFUSAL, str(error))
    asking = Warehouse("here", lambda: closing(warehouse.connect(options=options)))
    with pytest.raises(SetupError, match=REFUSAL):
        read_runs(asking, target)


def test_a_ledger_that_is_not_there_yet_is_not_created_in_a_schema_of_postgresql(warehouse: Any) -> None:
    """A superuser may create tables in information_schema; the search_path decides where a bare name goes."""
    options = "-c search_path=information_schema,public"
    with planned([ROW]) as made:
        plan = replace(
            made, steps=tuple(replace(step, target=Target("public", step.target.table)) for step in made.steps)
        )
        book = Ledger(Target(None, "wdh_runs"), record())
        error = refused(warehouse, lambda connection: apply_plan(plan, connection, ledger=book), options)
    assert '"information_schema"."wdh_runs"' in str(error)
    assert warehouse.rows("SELECT count(*) FROM pg_class WHERE relname = 'wdh_runs'") == [(0,)]


@own_tables
def test_plugins_cannot_ask_them(warehouse: Any, target: Target, options: str) -> None:
    def ask(connection: Any) -> object:
        del connection
        with WarehouseReader(lambda: closing(warehouse.connect(options=options)), lock_timeout="1s") as reader:
            return reader.rows(target, ["rolname"])

    assert re.search(REFUSAL, str(refused(warehouse, ask, options)))


CALLS: dict[str, Callable[[Target, Any], object]] = {
    "insert_missing": lambda target, conn: wdh.insert_missing(
        target.table, ["rolname"], [{"rolname": "mallory", "rolsuper": True}], conn, schema=target.schema
    ),
    "fill_null_only": lambda target, conn: wdh.fill_null_only(
        target.table, ["rolname"], [{"rolname": "postgres", "rolpassword": "x"}], ["rolpassword"], conn, target.schema
    ),
    "load": lambda target, conn: wdh.load(
        target.table, [{"rolname": "mallory"}], "delete_insert", ["rolname"], conn=conn, schema=target.schema
    ),
}


@pytest.mark.parametrize("function", CALLS)
@own_tables
def test_the_engines_functions_do_not_write_there(warehouse: Any, function: str, target: Target, options: str) -> None:
    """fill_null_only set the password of a superuser, insert_missing and load made a new one."""
    refused(warehouse, lambda connection: CALLS[function](target, connection), options)


@pytest.mark.parametrize("function", CALLS)
def test_without_a_connection_a_name_that_can_only_be_postgresqls_is_refused_too(function: str) -> None:
    for target in (Target("pg_catalog", "pg_authid"), Target("pg_temp_3", "店"), Target(None, "pg_authid")):
        with pytest.raises(SetupError, match="wdh keeps out of"):
            CALLS[function](target, None)


def test_a_table_of_ones_own_may_be_called_like_one_of_postgresqls(database: Any) -> None:
    """A schema says which is meant; and capitals make another name."""
    database.execute(
        'CREATE SCHEMA "PG_CATALOG"; CREATE TABLE "PG_CATALOG".t (a text); CREATE TABLE pg_authid (a text)'
    )
    with database.connect() as connection:
        assert wdh.insert_missing("t", ["a"], [{"a": "x"}], connection, schema="PG_CATALOG")["inserted"] == 1
        assert wdh.insert_missing("pg_authid", ["a"], [{"a": "x"}], connection, schema="public")["inserted"] == 1
