"""Runs wait for each other, in one order, in nobody else's way; and who waits in vain is told for whom."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import pytest
from support.clients import WAITING
from support.runs import planned

from wdh.apply import apply_plan
from wdh.errors import DatabaseError


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(
        'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


ROW = {"月": "2024-11-01", "计划": "A", "额": 1}


def test_who_holds_the_lock_is_named(warehouse: Any) -> None:
    """Session, user, program, table and for how long: what an operator needs to call somebody."""
    other = warehouse.connect(application_name="month-end check")
    other.cursor().execute('LOCK TABLE "明细" IN ROW EXCLUSIVE MODE')
    with planned([ROW]) as plan, warehouse.connect() as connection, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, connection, lock_timeout="100ms")
    (holder,) = caught.value.facts["holders"]  # type: ignore[misc]
    assert holder.startswith(f"session {other.info.backend_pid} of {other.info.user} on ")
    assert '(month-end check) holds "明细", idle in transaction, its transaction is' in holder
    assert "or allow more time with --lock-timeout" in caught.value.message
    assert caught.value.facts["sqlstate"] == "55P03"


def test_a_row_lock_that_is_waited_for_in_vain_is_named_too(warehouse: Any) -> None:
    warehouse.execute("""INSERT INTO "明细" VALUES ('2024-11-01', 'A')""")
    other = warehouse.connect(application_name="editor")
    other.cursor().execute('SELECT * FROM "明细" FOR UPDATE')
    with planned([ROW]) as plan, warehouse.connect() as connection, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, connection, lock_timeout="100ms")
    assert "(editor) holds" in str(caught.value.facts["holders"])


def test_whoever_has_gone_meanwhile_is_not_named(warehouse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wdh.apply import transaction

    other = warehouse.connect()
    other.cursor().execute('LOCK TABLE "明细"')
    ask = transaction.name_holders

    def ask_later(*asked: Any, **how: Any) -> Any:
        other.rollback()
        return ask(*asked, **how)

    monkeypatch.setattr(transaction, "name_holders", ask_later)
    with planned([ROW]) as plan, pytest.raises(DatabaseError, match="Nobody could be seen to hold it any more"):
        apply_plan(plan, warehouse.connect(), lock_timeout="100ms")


def test_a_run_that_waits_for_another_run_is_in_nobody_elses_way(warehouse: Any) -> None:
    """It waits for an advisory lock: a third session may still write, as it might not behind a waiting LOCK TABLE."""
    first = warehouse.connect()
    with planned([ROW]) as plan, closing(warehouse.connect()) as second:
        from wdh.apply import prepare

        held = first.cursor()
        prepare(plan, held)
        held.execute("SAVEPOINT s")
        waiting = threading.Thread(target=apply_plan, args=(plan, second), kwargs={"lock_timeout": "60s"})
        waiting.start()
        while not (found := warehouse.rows(WAITING)):
            time.sleep(0.01)
        assert found == [("advisory",)]
        first.rollback()
        waiting.join()
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]


def test_tables_are_locked_in_the_same_order_however_they_are_named(warehouse: Any) -> None:
    """A bare name sorts where the catalogue has its schema: two configurations of the same tables cannot deadlock."""
    from msgspec.structs import replace
    from support.runs import PLANS

    from wdh.sql.identifiers import Target

    bare = replace(PLANS, target=Target(None, "计划"))
    sent: list[list[str]] = []
    for reference in (PLANS, bare):
        warehouse.execute('TRUNCATE "计划", "明细"')
        with planned([ROW], references=[reference]) as plan, warehouse.connect() as connection:
            apply_plan(plan, connection)
            with connection.cursor() as cursor:
                from wdh.apply import prepare

                prepare(plan, cursor)
                cursor.execute(
                    "SELECT objid::regclass::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() "
                    "ORDER BY objid"
                )
                sent.append([name for (name,) in cursor.fetchall()])
            connection.rollback()
    assert sent[0] == sent[1]
    assert len(sent[0]) == 2
