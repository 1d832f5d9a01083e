"""A ledger of wdh 0.1 gets the columns it lacks once, and no run fails for want of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from support.refusals import a_role, connect_as
from support.runs import planned

from wdh.apply import Ledger, RunRecord, apply_plan
from wdh.apply.applying import Warehouse
from wdh.apply.forecast import AmountForecast, FactForecast, Forecast, LeftBehind, PeriodForecast, ReferenceForecast
from wdh.apply.forecast.counts import forecast_counts
from wdh.apply.history import RecordedRun, read_runs
from wdh.errors import DatabaseError
from wdh.plan.planning import Wishes
from wdh.sql.identifiers import Target
from wdh.sql.ledger import ADDED

RUNS = Target("public", "wdh_runs")
APPEND = Wishes(load_mode="append")
FIRST_FORM = """
CREATE TABLE wdh_runs (
    run_id uuid NOT NULL, domain text NOT NULL, mode text NOT NULL, facts_table text, facts_hash text,
    plan_hash text NOT NULL, input_hash text NOT NULL, files jsonb NOT NULL, counts jsonb NOT NULL,
    versions jsonb NOT NULL, started_at timestamptz NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (run_id))"""
"""The ledger as wdh 0.1 makes it."""
FIRST_COLUMNS = (
    "run_id, domain, mode, facts_table, facts_hash, plan_hash, input_hash, files, counts, versions, started_at"
)
AN_OLD_RUN = f"""
INSERT INTO wdh_runs ({FIRST_COLUMNS})
VALUES ('00000000-0000-4000-8000-0000000000ff', 'd', 'append', '"public"."明细"', 'aa', 'bb', 'cc',
        '[{{"file": "old.xlsx"}}]', '[]', '{{"wdh": "0.1"}}', now())"""
TABLES = """
CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);
CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)"""
LOADER = 'GRANT ALL ON "计划", "明细" TO {role}'


def ledger(number: int = 1, *, mode: str = "delete_insert") -> Ledger:
    record = RunRecord(
        run_id=f"00000000-0000-4000-8000-{number:012}",
        domain="d",
        mode=mode,  # type: ignore[arg-type]
        input_hash="cd" * 32,
        files=[{"file": "24年11月.xlsx", "sheet": "明细", "sha256": "ab" * 32}],
        versions={"wdh": "1"},
        started_at="2024-12-01T08:00:00.000+00:00",
        os_user="chen",
        host="desk",
    )
    return Ledger(RUNS, record)


def row(plan: str, amount: float = 1, month: str = "2024-11-01") -> dict[str, Any]:
    return {"月": month, "计划": plan, "额": amount}


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(f"{TABLES}; {FIRST_FORM}; {AN_OLD_RUN}")
    return database


def runs(warehouse: Any) -> tuple[RecordedRun, ...]:
    return read_runs(Warehouse("here", warehouse.connect), RUNS) or ()


def columns(warehouse: Any) -> set[str]:
    found = warehouse.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'wdh_runs'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return {name for (name,) in found}


def test_an_older_ledger_is_read_before_it_has_the_columns(warehouse: Any) -> None:
    (old,) = runs(warehouse)
    assert (old.files, old.host, old.periods, old.columns) == ([{"file": "old.xlsx"}], None, None, None)
    assert columns(warehouse).isdisjoint(ADDED), "reading changes nothing"


def test_the_first_run_gives_an_older_ledger_its_columns_and_keeps_its_rows(warehouse: Any) -> None:
    with planned([row("A", 1.5), row("B", 0.1)]) as plan, warehouse.connect() as connection:
        applied = apply_plan(plan, connection, ledger=ledger())
    assert applied.plan.remarks == plan.remarks
    new, old = runs(warehouse)
    assert (old.host, old.seconds, old.files) == (None, None, [{"file": "old.xlsx"}])
    assert (new.os_user, new.host) == ("chen", "desk")
    assert new.database_user == warehouse.rows("SELECT session_user::text")[0][0]
    assert new.seconds is not None
    assert new.seconds > 0
    assert (new.columns, new.accepted, new.approval) == (None, None, None)
    assert new.forecast is not None
    assert (new.forecast["facts"]["inserted"], new.forecast["references"][0]["inserted"]) == (2, 2)
    assert new.periods is not None
    ((period),) = new.periods["periods"]
    assert period == {"period": None, "facts": 2, "sums": {"额": "1.6"}}
    assert new.periods["scope"] == ["月", "计划"]
    assert len(new.periods["scopes"]) == 2


def test_what_others_say_of_a_run_is_kept(warehouse: Any) -> None:
    book = ledger()
    record = replace(book.record, columns=("月", "额"), accepted=("shrink",), approval="a1")
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection, ledger=replace(book, record=record))
    found = runs(warehouse)[0]
    assert (found.columns, found.accepted, found.approval) == (["月", "额"], ["shrink"], "a1")


def test_what_is_kept_of_a_forecast_has_no_value_of_a_row() -> None:
    amount = AmountForecast(Decimal("1.10"), Decimal("2.20"), Decimal("1.10"), Decimal("2.20"))
    month = PeriodForecast("2024-11-01", before=3, deleted=2, inserted=1, left_behind=1, amounts={"额": amount})
    facts = FactForecast(
        Target("public", "明细"), "月", ("月", "计划"), (month,), (LeftBehind(("2024-11-01", "X9"), 1),)
    )
    reference = ReferenceForecast(
        "plans", Target("public", "计划"), ("号",), 3, inserted=1, disagreeing={"名": 1}, new_keys=(("P7",),)
    )
    found = forecast_counts(Forecast((reference,), facts, ("a statement of X9",)))
    assert found["facts"]["periods"][0]["amounts"] == {"额": {"before": "1.10", "after": "2.20"}}
    assert found["references"][0]["inserted"] == 1
    assert "X9" not in str(found)
    assert "P7" not in str(found)


def test_a_wdh_of_the_first_form_still_writes_and_reads_what_was_migrated(warehouse: Any) -> None:
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection, ledger=ledger())
    warehouse.execute(AN_OLD_RUN.replace("ff'", "fe'"))
    assert len(runs(warehouse)) == 3
    assert len(warehouse.rows(f"SELECT {FIRST_COLUMNS}, committed_at FROM wdh_runs")) == 3


def test_an_owner_who_is_no_superuser_migrates(warehouse: Any) -> None:
    with a_role(warehouse, LOADER, "ALTER TABLE wdh_runs OWNER TO {role}") as role:
        try:
            with planned([row("A")]) as plan:
                applied = apply_plan(plan, connect_as(warehouse, role), ledger=ledger())
            assert applied.plan.remarks == plan.remarks
            assert runs(warehouse)[0].database_user == role
        finally:
            warehouse.execute("ALTER TABLE wdh_runs OWNER TO CURRENT_USER")


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_a_role_that_may_not_alter_the_ledger_goes_on_and_says_so(warehouse: Any, mode: str) -> None:
    with a_role(warehouse, LOADER, "GRANT SELECT, INSERT ON wdh_runs TO {role}") as role:
        with planned([row("A")], wishes=Wishes(load_mode=mode)) as plan:  # type: ignore[arg-type]
            applied = apply_plan(plan, connect_as(warehouse, role), ledger=ledger(mode=mode))
        assert applied.is_recorded
        (remark,) = set(applied.plan.remarks) - set(plan.remarks)
        assert "keeps no database_user, os_user, host" in remark
        assert 'ALTER TABLE "public"."wdh_runs" ADD COLUMN IF NOT EXISTS "database_user" pg_catalog.text' in remark
    assert columns(warehouse).isdisjoint(ADDED)
    assert len(runs(warehouse)) == 2


def test_a_role_with_privileges_on_the_first_columns_alone_writes_these(warehouse: Any) -> None:
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection, ledger=ledger(1))
    rights = f"GRANT SELECT ({FIRST_COLUMNS}, committed_at), INSERT ({FIRST_COLUMNS}, committed_at) ON wdh_runs"
    with a_role(warehouse, LOADER, rights + " TO {role}") as role:
        connection = connect_as(warehouse, role)
        with planned([row("B")]) as plan:
            applied = apply_plan(plan, connection, ledger=ledger(2))
        assert "the role may not write them (GRANT SELECT, INSERT ON" in applied.plan.remarks[-1]
        reading = Warehouse("here", lambda: connect_as(warehouse, role))
        assert [run.host for run in read_runs(reading, RUNS) or ()] == [None] * 3
    assert [run.host for run in runs(warehouse)] == [None, "desk", None]


def test_a_server_that_refuses_the_columns_stops_no_run(warehouse: Any) -> None:
    warehouse.execute(
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no DDL by day'; END$$;"
        "CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION no()"
    )
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        applied = apply_plan(plan, connection, ledger=ledger())
    assert applied.is_recorded
    assert "no DDL by day" in applied.plan.remarks[-1]
    assert len(runs(warehouse)) == 2


def test_a_session_that_keeps_the_ledger_locked_delays_a_run_and_does_not_fail_it(warehouse: Any) -> None:
    reader = warehouse.connect()
    reader.cursor().execute("SELECT 1 FROM wdh_runs")  # as an append that is still at work
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        applied = apply_plan(plan, connection, ledger=ledger(), lock_timeout="100ms")
    assert "another session uses it" in applied.plan.remarks[-1]
    reader.rollback()
    with planned([row("B")]) as plan, warehouse.connect() as connection:
        assert apply_plan(plan, connection, ledger=ledger(2)).plan.remarks == plan.remarks
    assert [run.host for run in runs(warehouse)] == ["desk", None, None]


@pytest.mark.parametrize("is_older", [True, False])
def test_a_ledger_that_another_session_drops_meanwhile_ends_the_run_with_a_sentence(
    warehouse: Any, is_older: bool
) -> None:
    if not is_older:
        warehouse.execute("DROP TABLE wdh_runs")  # the run makes a whole one
    with planned([row("A")]) as plan, warehouse.connect() as connection:
        apply_plan(plan, connection, ledger=ledger(1))
    if is_older:
        warehouse.execute(f"DROP TABLE wdh_runs; {FIRST_FORM}")
    with planned([row("B")]) as plan, warehouse.connect() as connection, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, connection, ledger=ledger(2), check=lambda *_: warehouse.execute("DROP TABLE wdh_runs"))
    assert caught.value.message.endswith(
        "Another session dropped the ledger during this run. Run again: a run makes one where none is."
    )
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
@pytest.mark.parametrize("turn", range(4))
def test_runs_that_migrate_at_once_are_all_recorded(warehouse: Any, mode: str, turn: int) -> None:
    start, errors = threading.Barrier(4), []

    def work(number: int) -> None:
        try:
            with (
                planned([row(f"P{number}", turn)], wishes=Wishes(load_mode=mode)) as plan,  # type: ignore[arg-type]
                warehouse.connect() as connection,
            ):
                start.wait()
                apply_plan(plan, connection, ledger=ledger(number, mode=mode), lock_timeout="60s")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(runs(warehouse)) == 5
    assert set(ADDED) <= columns(warehouse)


def test_a_superset_of_facts_is_still_told_from_the_same_facts_in_a_migrated_ledger(warehouse: Any) -> None:
    for number, rows in enumerate(([row("A")], [row("A")], [row("A"), row("B")])):
        with planned(rows, wishes=APPEND) as plan, warehouse.connect() as connection:
            apply_plan(plan, connection, ledger=ledger(number, mode="append"))
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(3,)]
    assert [run.periods is None for run in runs(warehouse)] == [False, True, False, True]


@pytest.fixture(autouse=True)
def _no_event_trigger(database: Any) -> Iterator[None]:
    yield
    database.execute("DROP EVENT TRIGGER IF EXISTS no")
