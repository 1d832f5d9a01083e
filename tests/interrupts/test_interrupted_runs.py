"""Ctrl-C is heard whatever libpq waits for, in the real command, on a real server."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from support.clients import wait_until
from support.desks import FACTS, ROWS, Desk
from support.lines import is_query, line_to
from support.operator import INTERRUPTED, Ended, Operator
from support.processes import parent_of, stopped

SLEEP = """
CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
CREATE TRIGGER sleep BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION sleep()"""


def assert_rolled_back(ended: Ended) -> None:
    assert (ended.code, ended.err.splitlines()) == (130, [INTERRUPTED])
    assert ended.out == ""


def assert_unknown(ended: Ended) -> None:
    assert ended.code == 5, ended
    assert ended.err.startswith("Outcome unknown: the run was cut off while the transaction was being committed")
    assert len(ended.err.splitlines()) == 1


def test_a_run_that_waits_for_a_lock(desk: Desk) -> None:
    """Nobody releases it: the server is asked to cancel the statement."""
    with desk.database.connect() as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {FACTS}")
        operator = desk.run("--lock-timeout", "0")
        desk.backend(operator, condition="wait_event_type = 'Lock'")
        operator.press_ctrl_c()
        assert_rolled_back(operator.end())
        desk.wait_until_gone()
        other.rollback()
    assert desk.facts() == 0
    assert desk.run().end().code == 0
    assert desk.facts() == ROWS


@pytest.mark.parametrize("table", [FACTS, "年金计划"])
def test_a_run_whose_rows_are_being_stored(desk: Desk, table: str) -> None:
    """By COPY straight into the facts, and by the INSERT of references."""
    desk.database.execute(SLEEP.format(table=table))
    operator = desk.run()
    desk.backend(operator, condition="wait_event = 'PgSleep'")
    operator.press_ctrl_c()
    assert_rolled_back(operator.end())
    desk.wait_until_gone()
    assert desk.facts() == 0


def test_a_second_ctrl_c_does_not_break_into_what_the_first_one_began(desk: Desk) -> None:
    with desk.database.connect() as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {FACTS}")
        operator = desk.run("--lock-timeout", "0")
        desk.backend(operator, condition="wait_event_type = 'Lock'")
        for _ in range(5):
            operator.press_ctrl_c()
        assert_rolled_back(operator.end())


@pytest.mark.parametrize("moment", ["job.interrupts.hush", "job._fail"])
def test_ctrl_c_as_the_end_of_the_run_is_told(moment: str) -> None:
    """The server's refusal of a cancelled statement may be told when Python hears of the Ctrl-C that cancelled it."""
    program = f"""
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from wdh.command import run as job
as_ever = {moment}
{moment} = lambda *arguments: (os.kill(os.getpid(), signal.SIGINT), as_ever(*arguments))[1]
job.main()
"""
    command = [sys.executable, "-c", program, "--domain", "annuity_performance", "--config", "nowhere.yml"]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ended.returncode, ended.stderr.splitlines()) == (130, [INTERRUPTED])


@pytest.mark.parametrize("table", [FACTS, "年金计划"])
def test_a_server_that_stands_still(desk: Desk, table: str) -> None:
    """It neither answers nor hangs up; once it goes on it rolls back."""
    desk.database.execute(SLEEP.format(table=table))
    operator = desk.run()
    with stopped(desk.backend(operator, condition="wait_event = 'PgSleep'")):
        operator.press_ctrl_c()
        assert_rolled_back(operator.end())
    desk.wait_until_gone()
    assert desk.facts() == 0


def test_a_server_whose_first_process_stands_still_too(desk: Desk) -> None:
    """It lets nobody in, so nobody can ask it to cancel anything."""
    with desk.database.connect() as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {FACTS}")
        operator = desk.run("--lock-timeout", "0")
        backend = desk.backend(operator, condition="wait_event_type = 'Lock'")
        with stopped(parent_of(backend)), stopped(backend):
            operator.press_ctrl_c()
            assert_rolled_back(operator.end())
        other.rollback()
    desk.wait_until_gone()
    assert desk.facts() == 0


def test_a_server_that_lets_nobody_in(desk: Desk) -> None:
    """Connecting is left in the middle."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        operator = desk.run(dsn=f"host=127.0.0.1 port={mute.getsockname()[1]} connect_timeout=60")
        client, _ = mute.accept()
        with client:
            operator.press_ctrl_c()
            assert_rolled_back(operator.end())


MOMENTS = ["BEGIN", "LOCK TABLE", "CREATE TEMP TABLE", "COPY", "INSERT", "SET CONSTRAINTS"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_line_that_has_gone_silent(desk: Desk, moment: str) -> None:
    """Nothing comes back any more, no request to cancel gets through, and what is rolled back is not heard of."""
    with line_to(desk.database.parameters, is_silence=is_query(moment)) as line:
        operator = desk.run(dsn=line.dsn(desk.database.parameters))
        wait_for_silence(operator, line.silent)
        operator.press_ctrl_c()
        assert_rolled_back(operator.end())
    desk.wait_until_gone()
    assert desk.facts() == 0


def wait_for_silence(operator: Operator, silent: object) -> None:
    def is_silent() -> bool:
        assert not operator.is_over(), operator.end()
        return bool(silent.is_set())  # type: ignore[attr-defined]

    wait_until(is_silent, seconds=60)


def test_a_line_that_goes_silent_in_the_middle_of_copy(desk: Desk) -> None:
    with line_to(desk.database.parameters, is_silence=lambda message: message[:1] == b"d") as line:
        operator = desk.run(dsn=line.dsn(desk.database.parameters))
        wait_for_silence(operator, line.silent)
        operator.press_ctrl_c()
        assert_rolled_back(operator.end())
    desk.wait_until_gone()
    assert desk.facts() == 0


def test_a_commit_that_nobody_answers(desk: Desk) -> None:
    """COMMIT was sent: whether it arrived nobody knows, and a second run finds out."""
    with line_to(desk.database.parameters, is_silence=is_query("COMMIT")) as line:
        operator = desk.run(dsn=line.dsn(desk.database.parameters))
        wait_for_silence(operator, line.silent)
        operator.press_ctrl_c()
        assert_unknown(operator.end())
    desk.wait_until_gone()
    assert desk.facts() == 0
    assert desk.run().end().code == 0
    assert desk.facts() == ROWS
