"""A session that the server ends: the cause is named, nothing of a row is printed, and nothing stays."""

from __future__ import annotations

import io
import sys
import threading
import uuid
from typing import Any

import pytest
from support.clients import wait_until
from support.refusals import LOADER, TABLES, a_role, cells, connect_as, refused, row, trigger
from support.runs import planned

from wdh.apply import Ledger, RunRecord, apply_plan
from wdh.apply.staging import send_copy
from wdh.errors import DatabaseError
from wdh.sql.identifiers import Target
from wdh.sql.ledger import TABLE
from wdh.sql.tables import create_table

ROWS = [row("A"), row("B"), row("C")]
END_OWN_SESSION = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);"


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


def has_transaction_timeout(warehouse: Any) -> bool:
    return bool(warehouse.rows("SELECT 1 FROM pg_settings WHERE name = 'transaction_timeout'"))


def test_a_session_that_ends_while_the_ledger_is_written_prints_nothing(
    warehouse: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = Target("public", "wdh_runs")
    warehouse.execute(f"{create_table(runs, TABLE)}; {trigger('wdh_runs', END_OWN_SESSION)}")
    record = RunRecord(str(uuid.uuid4()), "d", "delete_insert", "", [], {}, "2024-12-01T08:00:00+00:00")
    error = refused(warehouse, ROWS, ledger=Ledger(runs, record))
    assert error.facts["sqlstate"] == "57P01"
    assert 'in the ledger "public"."wdh_runs"' in error.message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("table", ["计划", "明细"])
def test_a_session_that_its_administrator_ends_is_told_as_that(
    warehouse: Any, table: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """While COPY runs, too: psycopg2 itself would print the row and raise only that the connection is gone.

    Of another statement it keeps the server's last words alone, and no SQLSTATE.
    """
    warehouse.execute(trigger(table, END_OWN_SESSION))
    error = refused(warehouse, ROWS)
    assert error.facts["sqlstate"] == ("57P01" if table == "明细" else "08006")
    assert "terminating connection due to administrator command" in error.message
    assert "un again when" in error.message
    assert cells(error) == []
    assert capfd.readouterr() == ("", "")


def test_a_row_is_in_no_part_of_what_is_raised_but_the_cause(warehouse: Any) -> None:
    """The chain ends at the server's error: no second error of psycopg2 stands between."""
    warehouse.execute(trigger("明细", END_OWN_SESSION))
    error = refused(warehouse, ROWS)
    assert "甲" not in str(error)
    assert getattr(error.__cause__, "pgcode", None) == "57P01"
    assert error.__cause__ is not None
    assert error.__cause__.__cause__ is None
    assert error.__cause__.__suppress_context__ or error.__cause__.__context__ is None


def test_the_hook_of_a_program_is_left_as_it_was(warehouse: Any) -> None:
    """It is in use only while a COPY runs, and hears of all that is not psycopg2's."""
    heard: list[object] = []
    before = sys.excepthook
    sys.excepthook = lambda *told: heard.append(told[1])
    own = sys.excepthook
    try:
        with warehouse.connect().cursor() as cursor:
            fault = ValueError("a program's own")

            def chunks() -> Any:
                sys.excepthook(ValueError, fault, None)
                yield b"A\tB\tC\n"

            send_copy(cursor, 'COPY "计划" FROM STDIN', chunks())
        assert sys.excepthook is own
        assert heard == [fault]
    finally:
        sys.excepthook = before


def test_a_transaction_timeout_is_named_with_where_it_is_set(warehouse: Any) -> None:
    if not has_transaction_timeout(warehouse):
        pytest.skip("this PostgreSQL has no transaction_timeout")
    warehouse.execute(trigger("明细", "PERFORM pg_sleep(5);"))
    with a_role(warehouse, LOADER, "ALTER ROLE {role} SET transaction_timeout = '1500ms'") as role:
        error = refused(warehouse, ROWS, connection=connect_as(warehouse, role))
        assert error.facts["sqlstate"] == "25P04"
        assert (
            f"transaction_timeout is 1500ms, set for the role (ALTER ROLE {role} SET transaction_timeout = …)"
            in error.message
        )


@pytest.mark.parametrize("setting", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_timeout_that_ends_an_idle_transaction_is_named(
    warehouse: Any, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psycopg2 has no SQLSTATE for it: what the server said last, and the timeouts that are set, are repeated."""
    if setting == "transaction_timeout" and not has_transaction_timeout(warehouse):
        pytest.skip("this PostgreSQL has no transaction_timeout")
    warehouse.execute(f"ALTER DATABASE {warehouse.name} SET {setting} = '700ms'")
    from wdh.apply import transaction

    run = transaction.run_step

    def run_late(*told: Any, **how: Any) -> Any:
        pid = told[1].connection.info.backend_pid
        wait_until(lambda: not warehouse.rows("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]))
        return run(*told, **how)

    monkeypatch.setattr(transaction, "run_step", run_late)
    with planned(ROWS) as plan, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, warehouse.connect())
    message = caught.value.message
    assert "terminating connection due to" in message
    assert f"{setting} is 700ms, set for the database (ALTER DATABASE {warehouse.name} SET {setting} = …)" in message


@pytest.mark.parametrize("where", ["role", "database", "client"])
def test_a_statement_timeout_is_named_with_where_it_is_set(warehouse: Any, where: str) -> None:
    warehouse.execute(trigger("明细", "PERFORM pg_sleep(30);"))
    with a_role(warehouse, LOADER) as role:
        options = "-cstatement_timeout=800" if where == "client" else ""
        if where == "role":
            warehouse.execute(f"ALTER ROLE {role} SET statement_timeout = '800ms'")
        elif where == "database":
            warehouse.execute(f"ALTER DATABASE {warehouse.name} SET statement_timeout = '800ms'")
        error = refused(warehouse, ROWS, connection=connect_as(warehouse, role, options=options))
    assert error.facts["sqlstate"] == "57014"
    assert cells(error) == []
    told = {
        "role": f"set for the role (ALTER ROLE {role} SET statement_timeout = …)",
        "database": f"set for the database (ALTER DATABASE {warehouse.name} SET statement_timeout = …)",
        "client": "set by the client: in the connection string, PGOPTIONS",
    }
    assert f"statement_timeout is 800ms, {told[where]}" in error.message


def test_a_cancelled_statement_blames_nobody_and_no_timeout(warehouse: Any) -> None:
    warehouse.execute(trigger("明细", "PERFORM pg_sleep(60);"))
    connection = warehouse.connect()
    pid = connection.info.backend_pid

    def cancel() -> None:
        asleep = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
        wait_until(lambda: warehouse.rows(asleep, [pid]))
        warehouse.rows("SELECT pg_cancel_backend(%s)", [pid])

    canceller = threading.Thread(target=cancel)
    canceller.start()
    error = refused(warehouse, ROWS, connection=connection)
    canceller.join()
    assert error.facts["sqlstate"] == "57014"
    assert cells(error) == []
    assert "Somebody cancelled the statement" in error.message
    assert "is 0" not in error.message


def test_a_copy_that_a_program_stops_is_raised_as_ever(warehouse: Any) -> None:
    from psycopg2.errors import BadCopyFileFormat

    with warehouse.connect().cursor() as cursor, pytest.raises(BadCopyFileFormat):
        cursor.copy_expert('COPY "计划" FROM STDIN', io.BytesIO(b"A\n"))
