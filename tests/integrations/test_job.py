"""A run in a process of its own ends with the program that waits for it, and obeys that program alone."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from integrations.conftest import SESSIONS, WAITING, Office
from support.clients import wait_until

from wdh.command.run import main
from wdh.errors import SetupError
from wdh.integrations.job import _OWN_FLAGS, Line, check_flags, read_line

pytestmark = pytest.mark.once

STARTER = """
import os, sys
from wdh.integrations.job import run_job
print(run_job(sys.argv[1:], environment=os.environ, on_line=lambda line: None), flush=True)
"""


def test_its_report_its_log_and_its_exit_code_come_back(office: Office) -> None:
    ended = office.run("--execute", "--period", "2024-11")
    assert ended.code == 0
    assert ended.report is not None
    assert ended.report["facts"]["inserted"] == office.facts() == 2
    assert [line.text.partition(" ")[0] for line in office.lines].count("workbook_read") == 1
    assert {line.level for line in office.lines} == {logging.INFO}


def test_a_run_that_fails_brings_its_error(office: Office) -> None:
    office.write_sales([202411, "0003", "北店", "many"])
    ended = office.run("--execute")
    assert ended.code == 3
    assert ended.report is not None
    assert ended.report["error"]["kind"] == "TooManyRejects"
    assert office.facts() == 0


def test_an_end_of_waiting_rolls_it_back(office: Office) -> None:
    """The exception may come while the run waits for the server, as when somebody stops it in a web page."""

    class Stopped(BaseException):
        pass

    told: list[Line] = []

    def stop(line: Line) -> None:
        told.append(line)
        if line.text.startswith("warehouse_chosen"):
            wait_until(lambda: bool(office.database.rows(WAITING)), seconds=60)
            raise Stopped

    with office.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "门店销售"')
        with pytest.raises(Stopped):
            office.run("--execute", "--lock-timeout", "0", on_line=stop)
        wait_until(lambda: not office.database.rows(SESSIONS), seconds=60)
        other.rollback()
    assert told[-1] == Line(logging.WARNING, "The run was interrupted: everything was rolled back.")
    assert office.facts() == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing ends a process at once here")
def test_the_end_of_the_program_that_waits_rolls_it_back(office: Office) -> None:
    """Killed, it can say nothing any more; the run hears of it all the same, and is no orphan that commits later."""
    words = ["--domain", "门店销售", "--config", str(office.config), "--data-dir", str(office.folder), "--execute"]
    with office.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "门店销售"')
        command = [sys.executable, "-c", STARTER, *words, "--lock-timeout", "0"]
        with subprocess.Popen(command, env={**os.environ}) as starter:
            wait_until(lambda: bool(office.database.rows(WAITING)), seconds=60)
            starter.kill()
        wait_until(lambda: not office.database.rows(SESSIONS), seconds=60)
        other.rollback()
    assert office.facts() == 0


OTHER_RUN = {
    "WDH_DATA_BASE_DIR": "/nowhere",
    "WDH_DOMAINS": "all",
    "WDH_EXECUTE": "1",
    "WDH_OUTPUT": "text",
    "WDH_PERIOD": "2024-10",
    "WDH_PROGRESS": "bar",
    "WDH_RAISE_ON_ERROR": "1",
    "WDH_REPORT_DIR": "/nowhere",
}


def test_variables_do_not_say_which_run_it_is(office: Office) -> None:
    """A plan that WDH_EXECUTE turned into a load would write where nobody asked for it."""
    ended = office.run("--plan-only", **OTHER_RUN)
    assert ended.code == 0
    assert ended.report is not None
    assert ended.report["executed"] is False
    assert [book["file"] for book in ended.report["workbooks"]] == ["2024年11月销售.xlsx"]
    assert office.facts() == 0


def test_a_variable_that_says_how_is_obeyed(office: Office) -> None:
    ended = office.run("--execute", WDH_BACKFILL_REFS="none", WDH_LOG_LEVEL="ERROR")
    assert ended.code == 4  # the facts name shops that nobody has backfilled
    assert not [line for line in office.lines if line.text.startswith("workbook_read")]


@pytest.mark.parametrize(("flag", "said"), [("--dsn=x", "WDH_DATABASE__URI"), ("--domain", "leave it out")])
def test_a_flag_of_the_integration_or_with_a_password_is_refused(flag: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        check_flags(["--max-rejects", "5", flag])


def test_other_flags_are_taken() -> None:
    assert check_flags(["--max-rejects", "5"]) == ("--max-rejects", "5")


def test_the_flags_that_are_refused_are_flags_of_wdh_run() -> None:
    flags = {name for option in main.params for name in (*option.opts, *option.secondary_opts)}
    assert {*_OWN_FLAGS} < flags


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"event": "step_applied", "level": "warning", "rows": 3, "timestamp": "t"}', (30, "step_applied rows=3")),
        ('{"event": "file_passed_over", "level": "info", "path": "x"}', None),
        ("Data: a.xlsx, C3", (20, "Data: a.xlsx, C3")),
        ("[1, 2]", (20, "[1, 2]")),
        ("", None),
    ],
)
def test_a_line_of_the_log_is_an_event_or_a_text(text: str, line: Any) -> None:
    assert read_line(text) == (None if line is None else Line(*line))
