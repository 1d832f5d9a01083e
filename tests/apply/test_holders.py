"""Whoever holds a lock is described so that an operator knows what to do: sessions, prepared transactions, workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.clusters import temporary_directory
from support.refusals import LOADER, TABLES, a_role, connect_as, row
from support.runs import planned

from wdh.apply import apply_plan
from wdh.apply.refusals.holders import Holder, name_holders
from wdh.errors import DatabaseError
from wdh.sql.identifiers import Target
from wdh.testing.database import Database, Server
from wdh.warehouse.embedded.server import embedded_server

ROWS = [row("A")]


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


@pytest.fixture(scope="module")
def preparing() -> Iterator[Database]:
    """A server that prepares transactions, as few do by default."""
    with (
        temporary_directory("wdh-prepared-") as directory,
        embedded_server(directory, settings={"max_prepared_transactions": "4"}) as address,
        Server(address.parameters).fresh_database() as database,
    ):
        database.execute(TABLES)
        yield database


def refused_by_lock(connection: Any) -> DatabaseError:
    """Apply and wait in vain; the tables may be locked against everybody."""
    with planned(ROWS) as plan, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, connection, lock_timeout="300ms")
    return caught.value


def holders(error: Any) -> list[str]:
    found: list[str] = error.facts["holders"]
    return found


def test_a_prepared_transaction_is_named_with_how_to_end_it(preparing: Database) -> None:
    """It has no session: its gid, by whom and when, and both statements that end it."""
    other = preparing.connect()
    other.tpc_begin("month 'end'")
    other.cursor().execute('LOCK TABLE "明细" IN ROW EXCLUSIVE MODE')
    other.tpc_prepare()
    other.close()
    owner = str(preparing.parameters["user"])
    error = refused_by_lock(preparing.connect())
    gid = preparing.rows("SELECT gid FROM pg_prepared_xacts")[0][0].replace("'", "''")
    (holder,) = holders(error)
    assert holder.startswith(f"prepared transaction '{gid}' of {owner}, prepared at 20")
    assert 'holds "明细"' in holder
    statement = f"ROLLBACK PREPARED '{gid}'"
    assert f"COMMIT PREPARED '{gid}' or {statement}" in holder
    preparing.execute(statement)


def test_a_session_of_another_role_hides_its_machine_and_says_so(warehouse: Any) -> None:
    """PostgreSQL shows the rest to its own role and to monitors alone; it is not on this machine for that."""
    other = warehouse.connect(application_name="editor")
    with a_role(warehouse, LOADER) as role:
        other.cursor().execute('LOCK TABLE "明细"')
        (holder,) = holders(refused_by_lock(connect_as(warehouse, role)))
        other.rollback()
    assert f"session {other.info.backend_pid} of {other.info.user} on a machine that this role may not see" in holder
    assert "(editor)" in holder


def test_who_holds_a_partition_is_found_without_waiting_for_it(database: Any) -> None:
    database.execute(TABLES + """ PARTITION BY LIST ("月"); CREATE TABLE part PARTITION OF "明细" DEFAULT""")
    other = database.connect(application_name="splitter")
    other.cursor().execute("LOCK TABLE part IN ACCESS EXCLUSIVE MODE")
    connection = database.connect()
    started = time.monotonic()
    error = name_holders(DatabaseError("locked."), [Target("public", "明细")], connection=connection)
    assert time.monotonic() - started < 30
    assert "(splitter) holds part" in holders(error)[0]


def test_who_holds_a_table_that_the_facts_refer_to_is_found(warehouse: Any) -> None:
    """A row that new facts refer to is locked there, and the facts' own table is free."""
    warehouse.execute(
        """CREATE TABLE org (k text PRIMARY KEY); INSERT INTO org VALUES ('北京');
        ALTER TABLE "明细" ADD FOREIGN KEY ("机构") REFERENCES org"""
    )
    other = warehouse.connect(application_name="editor")
    other.cursor().execute("SELECT * FROM org FOR UPDATE")
    (holder,) = holders(refused_by_lock(warehouse.connect()))
    assert "(editor) holds org" in holder


def test_a_name_without_a_schema_is_found_in_the_search_path(warehouse: Any) -> None:
    other = warehouse.connect(application_name="editor")
    other.cursor().execute('LOCK TABLE "明细" IN SHARE MODE')
    error = name_holders(DatabaseError("locked."), [Target(None, "明细")], connection=warehouse.connect())
    assert "(editor) holds" in holders(error)[0]


def test_the_question_for_holders_has_limits_of_its_own(warehouse: Any) -> None:
    """The question waits for no lock, and has a limit of its own."""
    connection = warehouse.connect()
    name_holders(DatabaseError("locked."), [Target("public", "明细")], connection=connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("1s", "5s")


def holder(**known: Any) -> str:
    nothing = dict.fromkeys(Holder.__struct_fields__)
    return str(Holder(**{**nothing, "pid": 77, "table": '"明细"', **known}))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (
            {"kind": "autovacuum worker", "age": "00:01:00", "statement": "autovacuum: VACUUM public.x"},
            'autovacuum worker, process 77, holds "明细", its transaction is 00:01:00 old',
        ),
        (
            {"kind": "autovacuum worker", "statement": "autovacuum: VACUUM public.x (to prevent wraparound)"},
            'autovacuum worker, process 77, holds "明细", and must not be interrupted (it prevents wraparound)',
        ),
        (
            {"kind": "logical replication worker", "role": "subscriber"},
            'logical replication worker, process 77 of subscriber, holds "明细"',
        ),
        (
            {"kind": "parallel worker", "role": "r", "leader": 70},
            'parallel worker, process 77 of r, which works for process 70, holds "明细"',
        ),
    ],
)
def test_processes_of_the_server_are_described_as_what_they_are(known: dict[str, Any], said: str) -> None:
    """They are no sessions of a person on some machine."""
    assert holder(**known) == said
