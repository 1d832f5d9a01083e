"""Applying a plan: one transaction, all or nothing, and the SQL shown is the SQL that runs."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from support.runs import Interrupted

from wdh.apply import apply_plan
from wdh.errors import DatabaseError, DataError, OutcomeUnknown, SetupError
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Append, DeleteScope, InsertMissing, Plan, Skip, Statement, Step
from wdh.sql.identifiers import Target
from wdh.warehouse import find_address
from wdh.warehouse.connection import open_connection

PLANS = Target("public", "年金计划")
FACTS = Target("public", "规模明细")
NOVEMBER = datetime.date(2024, 11, 1)


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute('CREATE TABLE "年金计划" ("年金计划号" text UNIQUE, "计划全称" text)')
    database.execute('CREATE TABLE "规模明细" ("月度" date NOT NULL, "计划代码" text, "额" numeric(20,4))')
    database.execute("""INSERT INTO "规模明细" VALUES ('2024-11-01', 'OLD', 1), ('2024-10-01', 'OLD', 2)""")
    return database


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool(("月度",)) as spool:
        yield spool


def fact_steps(spool: Spool, *amounts: Any) -> tuple[Step, ...]:
    size = len(amounts)
    columns = {"月度": [NOVEMBER] * size, "计划代码": ["A"] * size, "额": list(amounts)}
    spool.append(Facts(list(range(5, 5 + size)), columns), file="f.xlsx", sheet="规模明细")
    facts = spool.facts()
    return (DeleteScope(FACTS, ("月度",), facts.distinct(("月度",))), Append(FACTS, facts))


def insert_plans(*keys: str) -> InsertMissing:
    return InsertMissing(
        "plans", PLANS, ("年金计划号",), ("年金计划号", "计划全称"), tuple((key, None) for key in keys)
    )


def contents(database: Any) -> tuple[object, object]:
    return (
        database.rows('SELECT * FROM "年金计划" ORDER BY 1'),
        database.rows('SELECT "月度"::text, "计划代码", "额"::text FROM "规模明细" ORDER BY 1, 2, 3'),
    )


def test_references_and_facts_are_committed_together_and_a_second_run_changes_nothing(
    warehouse: Any, spool: Spool
) -> None:
    plan = Plan("d", (insert_plans("B", "A"), *fact_steps(spool, 10936191575.21, 12, None)))
    with warehouse.connect() as connection:
        first = apply_plan(plan, connection)
        after = contents(warehouse)
        second = apply_plan(plan, connection)
    assert [outcome.rows for outcome in first.outcomes] == [2, 1, 3]
    assert [outcome.rows for outcome in second.outcomes] == [0, 3, 3]
    assert contents(warehouse) == after
    assert after == (
        [("A", None), ("B", None)],
        [
            ("2024-10-01", "OLD", "2.0000"),
            ("2024-11-01", "A", "10936191575.2100"),
            ("2024-11-01", "A", "12.0000"),
            ("2024-11-01", "A", None),
        ],
    )


def test_a_bad_fact_rolls_back_the_references_too_and_names_the_row_of_the_workbook(
    warehouse: Any, spool: Spool
) -> None:
    before = contents(warehouse)
    plan = Plan("d", (insert_plans("A"), *fact_steps(spool, 1, "abc")))
    with warehouse.connect() as connection, pytest.raises(DataError, match="f.xlsx, sheet 规模明细, row 6"):
        apply_plan(plan, connection)
    assert contents(warehouse) == before


def test_the_sql_shown_is_the_sql_run(warehouse: Any, spool: Spool) -> None:
    """The server's own record of statements is held against what the applied plan shows."""
    plan = Plan("d", (insert_plans("A"), Skip("portfolios", PLANS, "not asked for"), *fact_steps(spool, 1)))
    with warehouse.connect() as connection:
        sent: list[str] = []
        recording = Recording(connection, sent)
        applied = apply_plan(plan, recording)  # type: ignore[arg-type]
    shown = [sql for step in applied.plan.steps for sql in step.statements]
    assert [sql for sql in sent if sql in shown] == shown
    others = [sql.split()[0] for sql in sent if sql not in shown]
    assert set(others) <= {"SELECT", "WITH", "LOCK", "SET", "SAVEPOINT", "RELEASE", "ROLLBACK"}, (
        "the rest writes nothing"
    )


class Recording:
    """A connection that notes every statement on its way to the real server."""

    def __init__(self, connection: Any, sent: list[str]) -> None:
        self._connection = connection
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        import psycopg2.extensions

        sent = self._sent

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's name
                sent.append(query)
                super().execute(query, vars)

            def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
                sent.append(sql)
                super().copy_expert(sql, file, size)

        return self._connection.cursor(cursor_factory=Cursor)


def test_a_table_dropped_before_the_run_is_a_setup_error_that_names_all_that_is_missing(
    warehouse: Any, spool: Spool
) -> None:
    plan = Plan("d", (insert_plans("A"), *fact_steps(spool, 1)))
    warehouse.execute('DROP TABLE "年金计划"; ALTER TABLE "规模明细" DROP COLUMN "额"')
    with warehouse.connect() as connection, pytest.raises(SetupError) as caught:
        apply_plan(plan, connection)
    assert caught.value.facts["faults"] == [
        '"public"."年金计划" does not exist',
        '"public"."规模明细" has no column "额"',
    ]


def test_a_lock_held_by_another_session_ends_the_run_after_the_timeout(warehouse: Any, spool: Spool) -> None:
    plan = Plan("d", (insert_plans("A"), *fact_steps(spool, 1)))
    with warehouse.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "年金计划"')
        with warehouse.connect() as connection, pytest.raises(DatabaseError, match="--lock-timeout"):
            apply_plan(plan, connection, lock_timeout="100ms")


def test_two_runs_at_once_without_a_unique_index_give_no_duplicate(database: Any) -> None:
    database.execute('CREATE TABLE "年金计划" ("年金计划号" text, "计划全称" text)')
    keys = [f"P{number}" for number in range(200)]
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with database.connect() as connection:
                start.wait()
                apply_plan(Plan("d", (insert_plans(*keys),)), connection)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert database.rows('SELECT count(*), count(DISTINCT "年金计划号") FROM "年金计划"') == [(200, 200)]


def test_a_deferred_constraint_fails_before_commit_and_leaves_nothing(warehouse: Any) -> None:
    warehouse.execute(
        'CREATE TABLE o (k text UNIQUE); ALTER TABLE "年金计划" ADD CONSTRAINT fk FOREIGN KEY ("计划全称") '
        "REFERENCES o (k) DEFERRABLE INITIALLY DEFERRED"
    )
    step = InsertMissing("plans", PLANS, ("年金计划号",), ("年金计划号", "计划全称"), (("A", "none"),))
    with warehouse.connect() as connection, pytest.raises(DatabaseError, match=r"foreign key .*fk"):
        apply_plan(Plan("d", (step,)), connection)
    assert warehouse.rows('SELECT * FROM "年金计划"') == []


def test_a_trigger_that_drops_facts_is_noticed_and_rolled_back(warehouse: Any, spool: Spool) -> None:
    warehouse.execute(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        'CREATE TRIGGER t BEFORE INSERT ON "规模明细" FOR EACH ROW EXECUTE FUNCTION nothing()'
    )
    before = contents(warehouse)
    with warehouse.connect() as connection, pytest.raises(DatabaseError, match="2 facts were sent and 0 stored"):
        apply_plan(Plan("d", fact_steps(spool, 1, 2)), connection)
    assert contents(warehouse) == before


def test_a_connection_killed_during_the_run_leaves_everything_as_it_was(warehouse: Any, spool: Spool) -> None:
    before = contents(warehouse)
    killed = Statement(PLANS, "ends its own session", "SELECT pg_terminate_backend(pg_backend_pid())")
    with closing(warehouse.connect()) as connection, pytest.raises(DatabaseError):
        apply_plan(Plan("d", (insert_plans("A"), *fact_steps(spool, 1), killed)), connection)
    assert contents(warehouse) == before


def test_a_connection_lost_at_commit_is_an_unknown_outcome(warehouse: Any) -> None:
    with closing(warehouse.connect()) as connection:
        losing = Losing(connection, warehouse)
        with pytest.raises(OutcomeUnknown, match="either all of it is there or none"):
            apply_plan(Plan("d", (insert_plans("A"),)), losing)  # type: ignore[arg-type]


class Losing:
    """A connection whose server side is ended just before COMMIT is sent."""

    def __init__(self, connection: Any, database: Any) -> None:
        self._connection = connection
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._database.rows(f"SELECT pg_terminate_backend({self._connection.info.backend_pid}, 5000)")
        self._connection.commit()


def test_a_transaction_that_would_not_see_other_runs_is_refused(warehouse: Any) -> None:
    """Under REPEATABLE READ the snapshot is older than the lock: two runs at once would both load."""
    warehouse.execute(f"ALTER DATABASE {warehouse.name} SET default_transaction_isolation = 'repeatable read'")
    with warehouse.connect() as connection, pytest.raises(SetupError, match="Use READ COMMITTED"):
        apply_plan(Plan("d", (insert_plans("A"),)), connection)
    address = find_address(warehouse.dsn, {})
    with closing(open_connection(address)) as connection:
        apply_plan(Plan("d", (insert_plans("A"),)), connection)
    assert warehouse.rows('SELECT count(*) FROM "年金计划"') == [(1,)]


def test_ctrl_c_rolls_back(warehouse: Any) -> None:
    class Interrupting(tuple):  # type: ignore[type-arg]
        __slots__ = ()

        def __iter__(self) -> Any:
            raise KeyboardInterrupt

    step = InsertMissing("plans", PLANS, ("年金计划号",), ("年金计划号", "计划全称"), Interrupting((("B", None),)))
    with warehouse.connect() as connection:
        with pytest.raises(KeyboardInterrupt):
            apply_plan(Plan("d", (insert_plans("A"), step)), connection)
        assert warehouse.rows('SELECT * FROM "年金计划"') == []


def test_a_domain_may_run_a_statement_of_its_own(warehouse: Any) -> None:
    note = Statement(PLANS, "name the plans", 'UPDATE "年金计划" SET "计划全称" = %s', ("名",))
    with warehouse.connect() as connection:
        applied = apply_plan(Plan("d", (insert_plans("A"), note)), connection)
    assert applied.outcomes[1].rows == 1
    assert warehouse.rows('SELECT "计划全称" FROM "年金计划"') == [("名",)]


def test_an_interrupt_during_commit_is_an_unknown_outcome(warehouse: Any) -> None:
    with closing(warehouse.connect()) as connection:
        interrupted = Interrupted(connection)
        with pytest.raises(OutcomeUnknown):
            apply_plan(Plan("d", (insert_plans("A"),)), interrupted)  # type: ignore[arg-type]
