"""A look says what an apply would meet, and is in nobody's way; preparing a plan is what takes the locks."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from support.clients import WAITING
from support.runs import FACTS, PLANS, planned

from wdh.apply import look_at, prepare
from wdh.errors import DatabaseError, SetupError
from wdh.plan import DeleteScope, FillNullOnly, InsertMissing, Plan
from wdh.sql.identifiers import Target

ROW = {"月": "2024-11-01", "计划": "A", "机构": "B", "额": 1}
LOCKS = """
SELECT DISTINCT locktype, mode FROM pg_locks
 WHERE pid = pg_backend_pid() AND (locktype = 'advisory' OR relation IN ('计划'::regclass, '明细'::regclass))"""


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(
        'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text NOT NULL);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


def test_a_look_reads_only_and_waits_for_no_lock(warehouse: Any) -> None:
    """Another session holds the strongest lock on both tables: a look that took any would run into its timeout."""
    warehouse.connect().cursor().execute('LOCK TABLE "计划", "明细"')
    with planned([ROW]) as plan, warehouse.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = '1ms'; SET LOCAL statement_timeout = '60s'")
        assert not look_at(plan, cursor).faults
        cursor.execute(LOCKS)
        assert cursor.fetchall() == []


def test_a_look_names_the_tables_and_chooses_the_paths(warehouse: Any) -> None:
    """A bare name is found in the search_path, a key is compared by its type, and the unique index is relied on."""
    step = InsertMissing("plans", Target(None, "计划"), ("号",), ("号",), (("A",),))
    with warehouse.connect() as connection, connection.cursor() as cursor:
        look = look_at(Plan("d", (step, DeleteScope(FACTS, ("月",), (("2024-11-01",),)))), cursor)
    (insert,) = look.plan.of(InsertMissing)
    (delete,) = look.plan.of(DeleteScope)
    assert insert.target == PLANS.target
    assert str(insert.path) == 'on conflict "计划_号_key"'
    assert len(insert.equal) == len(delete.equal) == 1
    assert look.tables.keys() == {PLANS.target, FACTS}


def test_a_look_leaves_out_what_no_fill_can_change(warehouse: Any) -> None:
    step = FillNullOnly("plans", PLANS.target, ("号",), ("号", "名", "机构"), (("A", "甲", "B"),))
    with warehouse.connect() as connection, connection.cursor() as cursor:
        look = look_at(Plan("d", (step,)), cursor)
    assert [found.filled for found in look.plan.of(FillNullOnly)] == [("名",)]
    assert look.plan.remarks == ('"public"."计划": 机构 is NOT NULL and is not filled',)


def test_a_look_tells_all_faults_and_preparing_refuses_them(warehouse: Any) -> None:
    """With faults the plan is the one that was given, as a table that is not there has no path."""
    warehouse.execute('DROP TABLE "计划"; ALTER TABLE "明细" DROP COLUMN "额", ADD COLUMN "号" int NOT NULL')
    missing = ('"public"."计划" does not exist', '"public"."明细" has no column "额"')
    with planned([ROW]) as plan, warehouse.connect() as connection, connection.cursor() as cursor:
        look = look_at(plan, cursor)
        with pytest.raises(SetupError) as caught:
            prepare(plan, cursor)
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
    assert look.plan is plan
    assert look.faults.missing == missing
    assert look.faults.others == ('"public"."明细": column "号" needs a value, and the facts have none',)
    assert caught.value.facts["faults"] == list(look.faults)


def test_preparing_locks_every_table_against_writers(warehouse: Any) -> None:
    with planned([ROW]) as plan, warehouse.connect() as connection, connection.cursor() as cursor:
        assert look_at(plan, cursor).plan.steps != prepare(plan, cursor).plan.steps  # whose keys are told apart
        cursor.execute(LOCKS)
        assert {("advisory", "ExclusiveLock"), ("relation", "ShareRowExclusiveLock")} <= {*cursor.fetchall()}


def test_a_table_that_was_replaced_while_its_lock_was_waited_for_is_not_written(warehouse: Any) -> None:
    """The look under the lock finds another table of the name: the transaction ends, and a new one may try."""
    other, errors = warehouse.connect(), []
    replacing = other.cursor()
    replacing.execute('LOCK TABLE "计划"')

    def work(plan: Plan) -> None:
        with warehouse.connect() as connection, connection.cursor() as cursor:
            try:
                prepare(plan, cursor, lock_timeout="60s")
            except DatabaseError as error:
                errors.append(error)

    with planned([ROW]) as plan:
        waiting = threading.Thread(target=work, args=(plan,))
        waiting.start()
        while waiting.is_alive() and not warehouse.rows(WAITING):
            time.sleep(0.01)
        replacing.execute('ALTER TABLE "计划" RENAME TO "旧"; CREATE TABLE "计划" (LIKE "旧" INCLUDING ALL)')
        other.commit()
        waiting.join()
    (error,) = errors
    assert error.message.startswith('"public"."计划" was renamed, or another table took its place')
    assert error.facts["sqlstate"] == "40001"
