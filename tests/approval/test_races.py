"""Whatever goes on beside, an approval is good for one run, and is held against the warehouse in each try."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec import structs
from support.approvals import Booth
from support.clients import wait_until
from support.operator import Operator

from wdh.apply import applying
from wdh.apply.preparation import queue
from wdh.apply.recording import turn_of
from wdh.errors import DatabaseError

pytestmark = pytest.mark.once

A_LATER_RUN = '{"run_id": "00000000-0000-4000-8000-000000000001", "committed_at": "2999-01-01"}'


def start(booth: Booth) -> Operator:
    """Apply the plan in a process of its own."""
    places = ["--config", str(booth.workspace.config), "--data-dir", str(booth.folder), "--dsn", booth.database.dsn]
    words = ["--domain", "shops", *places, "--approved", str(booth.plan), "--lock-timeout", "60s"]
    places = filter(None, (str(booth.site), os.environ.get("PYTHONPATH")))
    return Operator(words, environment={"PYTHONPATH": os.pathsep.join(places)})


def take_turn(booth: Booth, cursor: Any, domain: str) -> None:
    """Let no run of the domain be recorded until the transaction ends."""
    ((oid,),) = booth.database.rows("SELECT 'wdh_runs'::regclass::oid::bigint")
    queue(cursor, turn_of(oid, domain))


@contextmanager
def locked(booth: Booth, table: str) -> Iterator[Any]:
    with booth.database.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield cursor
        connection.commit()


def waiting(booth: Booth, count: int) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    return booth.database.rows(query, (booth.database.name,)) == [(count,)]


def test_of_two_runs_at_once_one_applies_it(booth: Booth) -> None:
    booth.write_plan()
    with locked(booth, "店铺"):
        operators = [start(booth), start(booth)]
        wait_until(lambda: waiting(booth, 2), seconds=120)
    ends = [operator.end() for operator in operators]
    assert sorted(end.code for end in ends) == [0, 3], ends
    assert "was used" in next(end.err for end in ends if end.code == 3)
    assert len(booth.contents()["wdh_runs"]) == 1


def test_what_another_writer_commits_while_it_waits_is_seen(booth: Booth) -> None:
    """The plan is held against what is there under the lock, and not against what was there before the wait."""
    booth.write_plan()
    with locked(booth, "销售") as cursor:
        operator = start(booth)
        wait_until(lambda: waiting(booth, 1), seconds=120)
        cursor.execute("INSERT INTO 销售 VALUES ('2024-11-01', 'S1', '一', 1)")
    end = operator.end()
    assert end.code == 3
    assert "forecast: facts, deleted: approved 2, now 3" in end.err


def test_each_try_is_held_against_the_warehouse_anew(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try is rolled back for a passing reason, and then the warehouse is another."""
    booth.write_plan()
    apply, tries = applying.apply_parts, []

    def fail_once(parts: Any, *arguments: Any, **settings: Any) -> Any:
        tries.append(1)
        if len(tries) > 1:
            return apply(parts, *arguments, **settings)
        (part,) = parts

        def check_and_fail(cursor: Any, book: Any) -> None:
            part.check(cursor, book)
            raise DatabaseError("deadlock", sqlstate="40P01")

        try:
            return apply([structs.replace(part, check=check_and_fail)], *arguments, **settings)
        finally:
            booth.database.execute("DELETE FROM 销售 WHERE 额 = 10")

    monkeypatch.setattr(applying, "apply_parts", fail_once)
    ended = booth.apply()
    assert len(tries) == 2
    assert ended.code == 3
    assert "forecast: facts, deleted: approved 2, now 1" in ended.err


def test_a_run_that_is_about_to_be_committed_is_waited_for(booth: Booth) -> None:
    """A run of the domain that writes other tables is no less a run: it is recorded before the check, or after all."""
    assert booth.run("--execute", "--skip-facts", "--backfill-refs", "none").code == 0
    booth.write_plan()
    with booth.database.connect() as connection, connection.cursor() as cursor:
        take_turn(booth, cursor, "shops")
        cursor.execute("INSERT INTO wdh_runs SELECT (jsonb_populate_record(r, %s)).* FROM wdh_runs r", (A_LATER_RUN,))
        operator = start(booth)
        wait_until(lambda: waiting(booth, 1), seconds=120)
        connection.commit()
    end = operator.end()
    assert end.code == 3
    assert "ledger: another run was committed since" in end.err


def test_a_run_of_another_domain_is_not_waited_for(booth: Booth) -> None:
    assert booth.run("--execute", "--skip-facts", "--backfill-refs", "none").code == 0
    booth.write_plan()
    with booth.database.connect() as connection, connection.cursor() as cursor:
        take_turn(booth, cursor, "another")
        assert booth.apply("--lock-timeout", "100ms").code == 0
        connection.rollback()


def test_every_run_waits_for_its_turn_to_be_recorded(booth: Booth) -> None:
    assert booth.run("--execute", "--skip-facts", "--backfill-refs", "none").code == 0
    with booth.database.connect() as connection, connection.cursor() as cursor:
        take_turn(booth, cursor, "shops")
        assert booth.run("--execute", "--lock-timeout", "100ms").code == 4
        connection.rollback()
    assert booth.run("--execute").code == 0
