"""Plans of one transaction: locked in one order, checked at its end, and all of them named where nobody knows it."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

import pytest
from msgspec import structs
from support.runs import Interrupted

from wdh.apply import Ledger, Part, RunRecord, apply_parts
from wdh.errors import OutcomeUnknown, SetupError, WdhError
from wdh.plan import InsertMissing, Plan, Statement
from wdh.sql.identifiers import Target


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute('CREATE TABLE "甲" (k text PRIMARY KEY, other text); CREATE TABLE "乙" (k text PRIMARY KEY)')
    database.execute('ALTER TABLE "甲" ADD FOREIGN KEY (other) REFERENCES "乙" DEFERRABLE INITIALLY DEFERRED')
    return database


def part(table: str, key: str, other: str | None = None, *, run: int = 1) -> Part:
    names, row = (("k",), (key,)) if other is None else (("k", "other"), (key, other))
    step = InsertMissing("r", Target("public", table), ("k",), names, (row,))
    run_id = f"00000000-0000-4000-8000-{run:012}"
    record = RunRecord(run_id, table, "delete_insert", "", [], {}, "2024-12-01T00:00:00+00:00")
    return Part(Plan(table, (step,)), Ledger(Target("public", "wdh_runs"), record))


def test_runs_that_name_the_domains_in_another_order_wait_for_each_other(warehouse: Any) -> None:
    """All locks are taken before the first write; here the first write of each is slow, and nothing is tried again."""
    warehouse.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'"
    )
    faults: list[WdhError] = []

    def apply(*parts: Part) -> None:
        with closing(warehouse.connect()) as connection:
            try:
                apply_parts(parts, connection)
            except WdhError as error:
                faults.append(error)

    for table in ("甲", "乙"):
        warehouse.execute(f'CREATE TRIGGER slow BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION slow()')
    runs = [
        threading.Thread(target=apply, args=(part("甲", "1", run=1), part("乙", "1", run=2))),
        threading.Thread(target=apply, args=(part("乙", "2", run=3), part("甲", "2", run=4))),
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert faults == []
    assert warehouse.rows("SELECT count(*) FROM wdh_runs") == [(4,)]


def test_a_deferred_constraint_is_judged_when_all_is_written(warehouse: Any) -> None:
    """What the first refers to is brought by the second: each by itself would be refused."""
    with warehouse.connect() as connection:
        apply_parts([part("甲", "1", "2", run=1), part("乙", "2", run=2)], connection)
    assert warehouse.rows('SELECT a.k, b.k FROM "甲" a JOIN "乙" b ON b.k = a.other') == [("1", "2")]


def test_a_table_is_one_with_its_parts_and_with_the_views_over_it(warehouse: Any) -> None:
    warehouse.execute('CREATE TABLE "丙" (k text) PARTITION BY LIST (k); CREATE TABLE "丁" PARTITION OF "丙" DEFAULT')
    for parts in (("丙", "丁"), ("丁", "丙")):
        with warehouse.connect() as connection, pytest.raises(SetupError, match="a part or the whole, is written by"):
            apply_parts([part(table, "1") for table in parts], connection)
        reading = structs.replace(part("甲", "1"), reads=(Target(None, parts[1]),))
        with warehouse.connect() as connection, pytest.raises(SetupError, match=f'甲 has asked "{parts[1]}" for'):
            apply_parts([part(parts[0], "1"), reading], connection)
    warehouse.execute('CREATE VIEW near AS SELECT k FROM "丙"; CREATE VIEW far AS SELECT count(*) FROM near')
    reading = structs.replace(part("甲", "1"), reads=(Target("public", "far"),))
    with warehouse.connect() as connection, pytest.raises(SetupError, match="and 丁 writes to it earlier"):
        apply_parts([part("丁", "1"), reading], connection)
    with warehouse.connect() as connection:
        apply_parts([part("乙", "1", run=2), reading], connection)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_table_that_only_one_of_the_plans_writes_as_a_reference_is_refused(warehouse: Any, backwards: bool) -> None:
    own = Statement(Target("public", "甲"), "own", "INSERT INTO 甲 VALUES ('2')", None)
    parts = [part("甲", "1"), structs.replace(part("乙", "1", run=2), plan=Plan("own", (own,)))]
    with warehouse.connect() as connection, pytest.raises(SetupError, match="and not for references alone"):
        apply_parts(parts[::-1] if backwards else parts, connection)
    assert warehouse.rows('SELECT count(*) FROM "甲"') == [(0,)]


def test_an_unknown_outcome_names_every_run(warehouse: Any) -> None:
    parts = [part("甲", "1", run=1), part("乙", "1", run=2)]
    with closing(warehouse.connect()) as connection, pytest.raises(OutcomeUnknown) as caught:
        apply_parts(parts, Interrupted(connection))  # type: ignore[arg-type]
    for number in (1, 2):
        assert f"00000000-0000-4000-8000-{number:012}" in caught.value.message
