"""An apply that was rolled back for a passing reason is tried again; any other is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.runs import planned

from wdh.apply import Ledger, Part, RunRecord, applying
from wdh.apply.applying import TRIES, Warehouse, apply_at
from wdh.errors import DatabaseError, SetupError
from wdh.sql.identifiers import Target

ROW = {"月": "2024-11-01", "计划": "A", "额": 1}


@pytest.fixture
def warehouse(database: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(applying.time, "sleep", lambda _: None)
    database.execute(
        'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);'
        'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)'
    )
    return database


class Failing:
    """Ways to the warehouse of which the first ``times`` break: a trigger raises, or the session is ended.

    From the try ``gone_from`` on nobody answers.
    """

    def __init__(self, database: Any, *, times: int, sqlstate: str | None, gone_from: int | None = None) -> None:
        self.database, self.times, self.sqlstate, self.gone_from = database, times, sqlstate, gone_from
        self.tried = 0

    @contextmanager
    def connect(self) -> Iterator[Any]:
        self.tried += 1
        assert self.tried <= TRIES, "there is an end to it"
        if self.gone_from is not None and self.tried >= self.gone_from:
            raise SetupError("nobody answers")
        connection = self.database.connect()
        raises = self.sqlstate if self.tried <= self.times else "none"
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('proof.raises', %s, false)", (raises or "kill",))
        connection.commit()
        yield connection


TRIGGER = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('proof.raises') = 'kill' THEN PERFORM pg_terminate_backend(pg_backend_pid());
  ELSIF current_setting('proof.raises') <> 'none' THEN
    RAISE EXCEPTION 'struck' USING ERRCODE = current_setting('proof.raises');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t AFTER INSERT ON "明细" FOR EACH ROW EXECUTE FUNCTION f()"""


def apply(failing: Failing) -> Any:
    record = RunRecord("00000000-0000-4000-8000-000000000001", "d", "append", "", [], {}, "2024-12-01T00:00:00+00:00")
    with planned([ROW]) as plan:
        part = Part(plan, Ledger(Target(None, "wdh_runs"), record))
        (applied,) = apply_at(Warehouse("here", failing.connect), [part], lock_timeout="10s")
        return applied


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "57P01", "53300", "08006", None])
def test_what_passes_is_tried_again_and_the_report_says_so(warehouse: Any, sqlstate: str | None) -> None:
    warehouse.execute(TRIGGER)
    failing = Failing(warehouse, times=TRIES - 1, sqlstate=sqlstate)
    applied = apply(failing)
    assert failing.tried == TRIES
    assert [remark.split(":")[0] for remark in applied.plan.remarks] == [
        "try 1 was rolled back",
        "try 2 was rolled back",
    ]
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]
    assert warehouse.rows("SELECT count(*) FROM wdh_runs") == [(1,)]


def test_after_the_last_try_the_error_is_told(warehouse: Any) -> None:
    warehouse.execute(TRIGGER)
    failing = Failing(warehouse, times=TRIES, sqlstate="40001")
    with pytest.raises(DatabaseError, match="struck"):
        apply(failing)
    assert failing.tried == TRIES
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(0,)]


@pytest.mark.parametrize("sqlstate", ["23514", "22001", "42501", "53100", "55P03"])
def test_what_does_not_pass_is_not_tried_again(warehouse: Any, sqlstate: str) -> None:
    warehouse.execute(TRIGGER)
    failing = Failing(warehouse, times=1, sqlstate=sqlstate)
    with pytest.raises(DatabaseError, match="struck"):
        apply(failing)
    assert failing.tried == 1


def test_a_server_that_does_not_come_back_is_told_by_what_went_wrong_before(warehouse: Any) -> None:
    """One that was never there is told at once."""
    warehouse.execute(TRIGGER)
    failing = Failing(warehouse, times=1, sqlstate="57P01", gone_from=2)
    with pytest.raises(DatabaseError, match="struck"):
        apply(failing)
    assert failing.tried == TRIES
    failing = Failing(warehouse, times=0, sqlstate="57P01", gone_from=1)
    with pytest.raises(SetupError, match="nobody answers"):
        apply(failing)
    assert failing.tried == 1
