"""A command over months and domains that is killed between any two commits, and inside each, comes to the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.campaigns import DOMAINS, command, contents, make_campaign
from support.clients import wait_until
from support.killing import BETWEEN, INSIDE, SENT, kill_at
from support.operator import Operator

from wdh.command.run import main as job
from wdh.testing.database import Database, Server

pytestmark = pytest.mark.once

MONTHS = 2
WITHIN = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'wdh%%' AND state <> 'idle'"
HELD = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event = 'advisory'"
HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
CREATE TRIGGER hold BEFORE INSERT ON "销售" FOR EACH ROW WHEN (NEW."月度" = '2023-02-01') EXECUTE FUNCTION hold()"""


def load_model(folder: Path, server: Server) -> dict[str, object]:
    """Load the months without a fault, into a database of their own; give all that is in it."""
    with server.fresh_database() as database:
        model = make_campaign(folder, database, months=MONTHS)
        ended = model.run(job, *command(model))
        assert ended.code == 0, ended.err
        return dict(contents(database))


def test_a_command_that_is_killed_at_any_moment_comes_to_what_one_that_is_not_comes_to(
    tmp_path: Path, database: Database, wdh_server: Server
) -> None:
    """The same words again do the rest: no month is there twice, none is lost, none is loaded that was committed."""
    workspace = make_campaign(tmp_path / "data", database, months=MONTHS)
    words, runs = command(workspace), len(DOMAINS) * MONTHS
    for number in range(runs):
        for stroke in (*INSIDE, SENT if number % 2 else BETWEEN):
            ended = kill_at(words, database, stroke)
            assert ended.code == -9, (number, stroke.name, ended)
            wait_until(lambda: not database.rows(WITHIN, (database.name,)))
            committed = number + (stroke in (SENT, BETWEEN))
            if committed or number or stroke != INSIDE[0]:
                assert count_runs(database) == committed, (number, stroke.name)
    ended_well = Operator(words, environment=database.environment).end()
    assert ended_well.code == 0, ended_well.err
    assert sum("unchanged" in line for line in ended_well.out.splitlines() if "2023-" in line) == runs
    assert contents(database) == load_model(tmp_path / "model", wdh_server)


def count_runs(database: Database) -> int:
    """Count the rows of the ledger, which is made by the first run that is committed."""
    if database.rows("SELECT to_regclass('public.wdh_runs')::text") == [(None,)]:
        return 0
    ((count,),) = database.rows("SELECT count(*)::int FROM wdh_runs")
    return int(count)


def test_domains_in_two_processes_wait_for_the_references_that_they_share(
    tmp_path: Path, database: Database, wdh_server: Server
) -> None:
    """One is held in the middle of a month for many times --lock-timeout; the other one waits, and loses nothing."""
    workspace = make_campaign(tmp_path / "data", database, months=MONTHS)
    database.execute(HOLD)
    words = command(workspace, "--log-format", "json", "--lock-timeout", "0")
    of_one = {name: [name if word == ",".join(DOMAINS) else word for word in words] for name in DOMAINS}
    with database.connect() as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        first = Operator(of_one["sales"], environment=database.environment)
        wait_until(lambda: database.rows(HELD, (database.name,)) or first.is_over(), seconds=60)
        second = Operator([*of_one["stock"], "--lock-timeout", "50ms"], environment=database.environment)
        tried = [read_event(second, "apply_tried_again") for _ in range(2)]
    assert all('"店铺"' in event["error"] for event in tried), tried
    ended = [first.end(), second.end()]
    assert [one.code for one in ended] == [0, 0], ended
    assert contents(database) == load_model(tmp_path / "model", wdh_server)


def read_event(operator: Operator, name: str) -> dict[str, str]:
    """Wait for the next event of this name that a command logs."""
    assert operator.process.stderr is not None
    for line in operator.process.stderr:
        event: dict[str, str] = json.loads(line)
        if event["event"] == name:
            return event
    raise AssertionError(f"no {name} was logged: {operator.end()}")
