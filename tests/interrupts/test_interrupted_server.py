"""Ctrl-C while the embedded server is made, started, joined or stopped."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clients import wait_until
from support.desks import FACTS, ROWS, Desk
from support.operator import INTERRUPTED, Operator
from support.processes import stopped

from wdh.testing.database import Database
from wdh.warehouse import connect, embedded_address
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster
from wdh.warehouse.embedded.server import embedded_server

MOMENTS: dict[str, Callable[[Home], bool]] = {
    "initdb has begun": lambda home: any(home.path.glob("initdb-*/data/*")),
    "the cluster is made": lambda home: home.cluster.exists(),
    "the server has begun": lambda home: (home.cluster / "postmaster.pid").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_left_of_a_server_that_was_being_made_or_started(desk: Desk, home: Home, moment: str) -> None:
    operator = desk.start("--execute", environment={"WDH_EMBEDDED_DIR": str(home.path)})
    wait_until(lambda: MOMENTS[moment](home), seconds=60)
    operator.press_ctrl_c()
    ended = operator.end()
    assert (ended.code, ended.err) == (130, f"{INTERRUPTED}\n")
    wait_until(lambda: find_postmaster(home) is None)
    assert not list(home.path.glob("initdb-*"))
    with connect(embedded_address({}, home=home.path)) as connection:
        assert connection.info.dbname == "wdh"


def test_a_server_that_lets_nobody_in(desk: Desk, made_home: Home) -> None:
    with embedded_server(made_home.path):
        running = find_postmaster(made_home)
        assert running is not None
        with stopped(running.pid):
            operator = desk.start("--execute", environment={"WDH_EMBEDDED_DIR": str(made_home.path)})
            wait_until(lambda: is_connecting(operator), seconds=60)
            operator.press_ctrl_c()
            ended = operator.end()
    assert (ended.code, ended.err) == (130, f"{INTERRUPTED}\n")


def is_connecting(operator: Operator) -> bool:
    """Say whether the process has more threads than the one that runs it and the one that listens."""
    assert not operator.is_over(), operator.end()
    return len(list(Path(f"/proc/{operator.process.pid}/task").iterdir())) > 2


def test_a_run_that_is_committed_is_so_though_its_server_does_not_stop(desk: Desk, made_home: Home, ddl: str) -> None:
    """Its writer of checkpoints stands still; the server ends when that one goes on."""
    with embedded_server(made_home.path) as address:
        Database(dict(address.parameters)).execute(ddl)
    operator = desk.start("--execute", environment={"WDH_EMBEDDED_DIR": str(made_home.path)})
    wait_until(lambda: checkpointers(made_home), seconds=60)
    with stopped(checkpointers(made_home)[0]):
        wait_until(lambda: "stopping" in (made_home.cluster / "postmaster.pid").read_text(), seconds=60)
        operator.press_ctrl_c()
        ended = operator.end()
    assert (ended.code, ended.err) == (0, "")
    assert "Committed" in ended.out
    wait_until(lambda: find_postmaster(made_home) is None)
    with embedded_server(made_home.path) as address:
        assert Database(dict(address.parameters)).rows(f"SELECT count(*) FROM {FACTS}") == [(ROWS,)]


def checkpointers(home: Home) -> list[int]:
    running = find_postmaster(home)
    if running is None:
        return []
    command = ["ps", "-o", "pid=,args=", "--ppid", str(running.pid)]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if "checkpointer" in line]
