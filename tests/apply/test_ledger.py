"""Every committed run is recorded in its own transaction, and what is recorded settles what is in doubt."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from msgspec.structs import replace
from support.clients import WAITING
from support.runs import PLANS, planned

from wdh.apply import Ledger, RunRecord, apply_plan, prepare
from wdh.apply.ledger import open_ledger
from wdh.errors import OutcomeUnknown, SetupError
from wdh.plan import Skip
from wdh.plan.planning import Wishes
from wdh.sql.identifiers import Target

RUNS = Target("账", "运行")
APPEND = Wishes(load_mode="append")


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(
        'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


def ledger(number: int = 1, *, mode: str = "delete_insert", target: Target = RUNS) -> Ledger:
    files = [{"file": "24年11月.xlsx", "sheet": "明细", "sha256": "ab" * 32}]
    record = RunRecord(
        run_id=f"00000000-0000-4000-8000-{number:012}",
        domain="d",
        mode=mode,  # type: ignore[arg-type]
        input_hash="cd" * 32,
        files=files,
        versions={"wdh": "1"},
        started_at="2024-12-01T08:00:00.000+00:00",
    )
    return Ledger(target, record)


def row(plan: str, amount: float = 1) -> dict[str, Any]:
    return {"月": "2024-11-01", "计划": plan, "额": amount}


def apply(warehouse: Any, rows: list[dict[str, Any]], book: Ledger, **how: Any) -> Any:
    with planned(rows, **how) as plan, warehouse.connect() as connection:
        return apply_plan(plan, connection, ledger=book)


def test_a_run_is_recorded_whole_in_a_ledger_made_on_demand_in_the_configured_schema(warehouse: Any) -> None:
    assert apply(warehouse, [row("A"), row("B")], ledger()).is_recorded
    ((run_id, domain, mode, table, files, counts, versions, hashes),) = warehouse.rows(
        "SELECT run_id::text, domain, mode, facts_table, files, counts, versions, "
        'ARRAY[facts_hash, plan_hash, input_hash] FROM "账"."运行" WHERE committed_at > started_at'
    )
    assert (run_id, domain, mode, table) == (ledger().record.run_id, "d", "delete_insert", '"public"."明细"')
    assert files[0]["sha256"] == "ab" * 32
    assert [(count["operation"], count["table"], count["rows"]) for count in counts] == [
        ("INSERT_MISSING", '"public"."计划"', 2),
        ("DELETE", '"public"."明细"', 0),
        ("INSERT", '"public"."明细"', 2),
    ]
    assert versions == {"wdh": "1"}
    assert [len(each) for each in hashes] == [64, 64, 64]


def test_the_hash_of_a_plan_changes_with_any_row_of_it_and_with_nothing_else(warehouse: Any) -> None:
    for number, rows in enumerate(([row("A")], [row("A")], [row("A", 2)], [row("B")])):
        apply(warehouse, rows, ledger(number))
    found = warehouse.rows('SELECT plan_hash, facts_hash FROM "账"."运行" ORDER BY run_id')
    # The second run finds what the first left, and does the same with it.
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_the_hash_of_a_plan_without_facts_changes_with_its_candidates(warehouse: Any) -> None:
    for number, name in enumerate("AB"):
        apply(warehouse, [row(name)], ledger(number), vetoes=["only references"])
    ((one,), (other,)) = warehouse.rows('SELECT plan_hash FROM "账"."运行"')
    assert one != other


def test_a_run_of_other_tables_waits_while_another_makes_the_ledger(warehouse: Any) -> None:
    """PostgreSQL's own IF NOT EXISTS fails when both look before either commits."""
    other = replace(PLANS, target=Target("public", "别的计划"))
    warehouse.execute(f'CREATE TABLE {other.target.sql} ("号" text, "名" text, "机构" text)')
    first, errors = warehouse.connect(), []

    def work() -> None:
        try:
            with planned([row("A")], references=[other], vetoes=["only references"]) as plan:
                apply_plan(plan, warehouse.connect(), ledger=ledger(2))
        except BaseException as error:
            errors.append(error)

    with planned([row("A")], vetoes=["only references"]) as plan, first.cursor() as cursor:
        open_ledger(ledger(1), prepare(plan, cursor), cursor)
        waiting = threading.Thread(target=work)
        waiting.start()
        while waiting.is_alive() and not warehouse.rows(WAITING):
            time.sleep(0.01)
        first.commit()
        waiting.join()
    assert errors == []
    assert warehouse.rows('SELECT count(*) FROM "账"."运行"') == [(1,)]


def test_a_run_that_fails_leaves_no_record(warehouse: Any) -> None:
    apply(warehouse, [row("A")], ledger(1))
    warehouse.execute('ALTER TABLE "明细" ADD CHECK ("额" > 0)')
    with pytest.raises(Exception, match="check"):
        apply(warehouse, [row("A", -1)], ledger(2))
    assert warehouse.rows('SELECT count(*) FROM "账"."运行"') == [(1,)]


def test_the_same_facts_are_not_appended_twice(warehouse: Any) -> None:
    apply(warehouse, [row("A")], ledger(1, mode="append"), wishes=APPEND)
    again = apply(warehouse, [row("A")], ledger(2, mode="append"), wishes=APPEND)
    (skipped,) = [step for step in again.plan.steps if isinstance(step, Skip)]
    assert "run 00000000-0000-4000-8000-000000000001 appended these very facts at" in skipped.reason
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]
    apply(warehouse, [row("A", 2)], ledger(3, mode="append"), wishes=APPEND)
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(2,)], "other facts are appended"


def test_facts_of_another_mode_or_table_are_no_reason_not_to_append(warehouse: Any) -> None:
    apply(warehouse, [row("A")], ledger(1))
    apply(warehouse, [row("A")], ledger(2, mode="append"), wishes=APPEND)
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(2,)]


@pytest.mark.parametrize("committed", [True, False])
def test_a_connection_lost_at_commit_is_settled_by_the_next_run(warehouse: Any, committed: bool) -> None:
    """Be the reply lost or COMMIT itself: after a second run the facts are there once."""

    class Lost:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        def commit(self) -> None:
            if committed:
                self._connection.commit()
            warehouse.rows(f"SELECT pg_terminate_backend({self._connection.info.backend_pid}, 5000)")
            self._connection.cursor().execute("SELECT 1")

    with planned([row("A")], wishes=APPEND) as plan:
        with pytest.raises(OutcomeUnknown, match="`wdh history` lists run 00000000-0000-4000-8000-000000000001"):
            apply_plan(plan, Lost(warehouse.connect()), ledger=ledger(1, mode="append"))  # type: ignore[arg-type]
        apply_plan(plan, warehouse.connect(), ledger=ledger(2, mode="append"))
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]


def test_eight_runs_that_append_the_same_facts_at_once_append_them_once(warehouse: Any) -> None:
    """The ledger itself is made on demand by one of them."""
    start, errors = threading.Barrier(8), []

    def work(number: int) -> None:
        try:
            with planned([row("A")], wishes=APPEND) as plan, warehouse.connect() as connection:
                start.wait()
                apply_plan(plan, connection, ledger=ledger(number, mode="append"), lock_timeout="60s")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]
    assert warehouse.rows('SELECT count(*), count(facts_hash) FROM "账"."运行"') == [(8, 1)]


def test_a_ledger_is_never_a_temporary_table(warehouse: Any) -> None:
    """With an empty search_path a bare name would be made in pg_temp, and be forgotten with the session."""
    with planned([row("A")], wishes=APPEND) as plan:
        connection = warehouse.connect(options="-csearch_path=")
        with pytest.raises(SetupError, match="does not exist, and the search_path has no schema for it"):
            apply_plan(plan, connection, ledger=ledger(mode="append", target=Target(None, "wdh_runs")))
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(0,)]


def test_a_ledger_is_made_in_a_schema_that_is_there_without_the_privilege_to_make_schemas(warehouse: Any) -> None:
    import secrets

    role = f"loader_{secrets.token_hex(4)}"
    warehouse.execute(
        f"CREATE ROLE {role}; CREATE SCHEMA audit; GRANT ALL ON SCHEMA audit TO {role};"
        f'GRANT ALL ON "计划", "明细" TO {role}'
    )
    try:
        with planned([row("A")]) as plan, warehouse.connect() as connection:
            connection.cursor().execute(f"SET SESSION ROLE {role}")
            connection.commit()
            assert apply_plan(plan, connection, ledger=ledger(target=Target("audit", "wdh_runs"))).is_recorded
    finally:
        warehouse.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_table_that_is_no_ledger_is_not_written_to(warehouse: Any) -> None:
    warehouse.execute("CREATE TABLE wdh_runs (run_id int)")
    with pytest.raises(SetupError, match='"wdh_runs" is to be the run ledger, but has no column domain'):
        apply(warehouse, [row("A")], ledger(target=Target(None, "wdh_runs")))
    assert warehouse.rows('SELECT * FROM "明细"') == []


def test_a_role_that_may_not_create_the_ledger_runs_without_it_but_does_not_append(warehouse: Any) -> None:
    import secrets

    role = f"loader_{secrets.token_hex(4)}"
    warehouse.execute(
        f'REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role}; GRANT ALL ON "计划", "明细" TO {role}'
    )
    try:
        for wishes in (Wishes(), APPEND):
            with planned([row("A")], wishes=wishes) as plan, warehouse.connect() as connection:
                connection.cursor().execute(f"SET SESSION ROLE {role}")
                connection.commit()
                book = ledger(mode=wishes.load_mode, target=Target("public", "wdh_runs"))
                if wishes == APPEND:
                    with pytest.raises(SetupError, match="facts appended twice cannot be recognised"):
                        apply_plan(plan, connection, ledger=book)
                    continue
                applied = apply_plan(plan, connection, ledger=book)
                assert not applied.is_recorded
                assert "this run is not recorded: the ledger" in applied.plan.remarks[0]
                assert "may not create a table in the schema public" in applied.plan.remarks[0]
    finally:
        warehouse.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]


def test_what_a_run_says_of_itself_is_stored_exactly(warehouse: Any) -> None:
    book = ledger()
    odd = [{"file": "a\t\\N'\"%s\n年.xlsx", "sheet": "s", "sha256": "x"}]
    apply(warehouse, [row("A")], replace(book, record=replace(book.record, files=odd)))
    ((files,),) = warehouse.rows('SELECT files::text FROM "账"."运行"')
    assert json.loads(files) == odd


def test_facts_that_were_emptied_since_they_were_appended_are_told_and_not_called_done(warehouse: Any) -> None:
    """The ledger says that they are there, and they are not: only the operator knows what became of them."""
    apply(warehouse, [row("A")], ledger(1, mode="append"), wishes=APPEND)
    warehouse.execute('TRUNCATE "明细"')
    with pytest.raises(
        SetupError, match=r'says "账"\."运行", but "public"\."明细" is empty now.*delete the row'
    ) as caught:
        apply(warehouse, [row("A")], ledger(2, mode="append"), wishes=APPEND)
    assert caught.value.facts["run_id"] == "00000000-0000-4000-8000-000000000001"
    warehouse.execute('DELETE FROM "账"."运行"')
    apply(warehouse, [row("A")], ledger(3, mode="append"), wishes=APPEND)
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]
