"""A fault of the ledger is told as one of the ledger, with its table, and never as one of the facts."""

from __future__ import annotations

from typing import Any

import pytest
from support.refusals import LOADER, TABLES, a_role, cells, connect_as, refused, row, trigger
from support.runs import planned

from wdh.apply import apply_plan
from wdh.apply.ledger import Ledger, RunRecord
from wdh.errors import DatabaseError, SetupError
from wdh.plan.planning import Wishes
from wdh.sql.identifiers import Target
from wdh.sql.ledger import TABLE
from wdh.sql.tables import create_table

ROWS = [row("A"), row("B")]
RUNS = Target("public", "wdh_runs")
APPEND = Wishes(load_mode="append")


def ledger(*, mode: str = "delete_insert") -> Ledger:
    record = RunRecord(
        run_id="00000000-0000-4000-8000-000000000001",
        domain="d",
        mode=mode,  # type: ignore[arg-type]
        input_hash="cd" * 32,
        files=[],
        versions={},
        started_at="2024-12-01T08:00:00.000+00:00",
    )
    return Ledger(RUNS, record)


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(f"{TABLES}; {create_table(RUNS, TABLE)}")
    return database


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("ALTER TABLE wdh_runs ADD CONSTRAINT none CHECK (domain <> 'd')", id="check"),
        pytest.param("ALTER TABLE wdh_runs ADD COLUMN approved_by text NOT NULL", id="a column without a value"),
        pytest.param("ALTER TABLE wdh_runs ALTER domain TYPE int USING 1", id="a column of another type"),
        pytest.param(
            "INSERT INTO wdh_runs (run_id, domain, mode, plan_hash, input_hash, files, counts, versions, started_at) "
            "VALUES ('00000000-0000-4000-8000-000000000001', 'd', 'm', '', '', '{}', '{}', '{}', now())",
            id="the same run",
        ),
        pytest.param(trigger("wdh_runs", "RAISE 'no runs today';"), id="trigger"),
        pytest.param(trigger("wdh_runs", "RAISE 'x' USING ERRCODE = '23514';"), id="trigger with a constraint's code"),
        pytest.param(
            "CREATE TABLE months (m text PRIMARY KEY); ALTER TABLE wdh_runs ADD FOREIGN KEY (mode) REFERENCES months",
            id="foreign key",
        ),
        pytest.param(
            "CREATE TABLE months (m text PRIMARY KEY); "
            "ALTER TABLE wdh_runs ADD FOREIGN KEY (mode) REFERENCES months DEFERRABLE INITIALLY IMMEDIATE",
            id="deferrable foreign key",
        ),
    ],
)
def test_what_the_ledger_refuses_is_no_fault_of_the_facts(warehouse: Any, change: str) -> None:
    warehouse.execute(change)
    error = refused(warehouse, ROWS, ledger=ledger(), kind=SetupError)
    assert 'while the run was being recorded in the ledger "public"."wdh_runs"' in error.message
    assert "ledger: in data_sources.yml" in error.message
    assert "while writing" not in error.message
    assert "workbook" not in error.message
    assert error.facts["table"] == '"public"."wdh_runs"'
    assert cells(error) == []


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_row_security_of_the_ledger_is_told_with_its_table(warehouse: Any, mode: str) -> None:
    warehouse.execute("ALTER TABLE wdh_runs ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON wdh_runs USING (true)")
    with a_role(warehouse, LOADER, "GRANT SELECT, INSERT ON wdh_runs TO {role}") as role:
        connection = connect_as(warehouse, role)
        wishes = Wishes(load_mode=mode)
        error = refused(
            warehouse, ROWS, connection=connection, ledger=ledger(mode=mode), kind=SetupError, wishes=wishes
        )
        assert "wdh_runs" in error.message
        assert "BYPASSRLS" in error.message
        assert f"applies to the role {role} (policies: own)" in error.message
        warehouse.execute(f"ALTER ROLE {role} BYPASSRLS")
        with planned(ROWS, wishes=wishes) as plan:
            assert apply_plan(plan, connect_as(warehouse, role), ledger=ledger(mode=mode)).is_recorded


def test_a_privilege_that_writing_the_ledger_lacks_is_told_with_its_grant(warehouse: Any) -> None:
    warehouse.execute("CREATE SEQUENCE runs; ALTER TABLE wdh_runs ADD number int DEFAULT nextval('runs')")
    with a_role(warehouse, LOADER, "GRANT SELECT, INSERT ON wdh_runs TO {role}") as role:
        connection = connect_as(warehouse, role)
        error = refused(warehouse, ROWS, connection=connection, ledger=ledger(), kind=SetupError)
    assert f"GRANT USAGE ON SEQUENCE public.runs TO {role}" in error.message
    assert 'the ledger "public"."wdh_runs"' in error.message


def test_a_sequence_of_the_ledger_that_is_behind_is_named(warehouse: Any) -> None:
    warehouse.execute(
        "ALTER TABLE wdh_runs ADD number serial UNIQUE;"
        "INSERT INTO wdh_runs (run_id, domain, mode, plan_hash, input_hash, files, counts, versions, started_at, "
        "number) VALUES (gen_random_uuid(), 'd', 'm', '', '', '{}', '{}', '{}', now(), 1)"
    )
    error = refused(warehouse, ROWS, ledger=ledger())
    assert "setval('public.wdh_runs_number_seq'" in error.message
    assert "ledger" in error.message


def test_a_ledger_that_is_locked_is_named_with_its_holder(warehouse: Any) -> None:
    other = warehouse.connect(application_name="auditor")
    other.cursor().execute("LOCK TABLE wdh_runs IN SHARE MODE")
    error = refused(warehouse, ROWS, ledger=ledger(), kind=DatabaseError)
    assert "(auditor) holds wdh_runs" in error.message
