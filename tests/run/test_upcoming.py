"""Workbooks of later runs are read ahead, and taken in the turn of their run only if it would read just that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from support.campaigns import command, contents, make_campaign, months_of, write_month
from support.workspaces import Workspace

from wdh.apply.applying import Warehouse
from wdh.command.run import main as job
from wdh.command.run import warehouse_at
from wdh.discovery import Months
from wdh.intake.ahead import ReadAhead
from wdh.logs import Event, keeping
from wdh.process.crew import Crew
from wdh.run import RunRequest, carry_out_together
from wdh.run.upcoming import Upcoming
from wdh.testing.database import Database, Server
from wdh.warehouse import find_address

pytestmark = [pytest.mark.once, pytest.mark.skipif(not Crew.is_possible(), reason="no second process can be started")]

MONTHS = 6


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    return make_campaign(tmp_path / "data", database, months=MONTHS)


@pytest.fixture
def reading() -> Iterator[ReadAhead]:
    with ReadAhead(2, is_asked=True) as reading:
        yield reading


def ask(workspace: Workspace, month: str) -> RunRequest:
    year, number = map(int, month.split("-"))
    period = Months((year, number), (year, number))
    return RunRequest("sales", workspace.config, workspace.folder, execute=True, period=period, skip_unchanged=True)


def upcoming(workspace: Workspace, reading: ReadAhead) -> Upcoming:
    requests = [(month, partial(ask, workspace, month)) for month in months_of(MONTHS)]
    return Upcoming(requests, reading, open_warehouse=partial(find_warehouse, workspace))


def find_warehouse(workspace: Workspace) -> Warehouse:
    return warehouse_at(find_address(workspace.database.dsn, {}))


def carry_out(workspace: Workspace, ahead: Upcoming, place: int) -> None:
    """Do a run in its turn, and read ahead before it is applied."""
    carry_out_together(
        [ask(workspace, months_of(MONTHS)[place])],
        open_warehouse=partial(find_warehouse, workspace),
        reading=ahead.reading,
        before_apply=partial(ahead.begin, place + 1),
    )


def not_read(events: Sequence[Event]) -> list[str]:
    """Name the runs of which an event says that they are not read ahead."""
    return [fields["run"] for _, _, name, fields in events if name == "run_not_read_ahead"]


def test_a_run_takes_what_was_read_ahead_for_it(workspace: Workspace, reading: ReadAhead) -> None:
    ahead = upcoming(workspace, reading)
    ahead.begin(0)
    assert not reading.has_room
    places = range(MONTHS)
    for place in places:
        carry_out(workspace, ahead, place)
    assert reading.has_room
    assert [month for _, month, _ in contents(workspace.database)["wdh_runs"]] == list(months_of(MONTHS))


def test_a_workbook_that_is_replaced_meanwhile_is_read_anew(workspace: Workspace, reading: ReadAhead) -> None:
    ahead = upcoming(workspace, reading)
    ahead.begin(0)
    write_month(workspace.folder, "sales", months_of(2)[1], shops=5)
    for place in range(2):
        carry_out(workspace, ahead, place)
    assert [facts for *_, facts in contents(workspace.database)["wdh_runs"]] == [12, 5]


def test_what_was_read_in_vain_leaves_its_place_to_others(workspace: Workspace, reading: ReadAhead) -> None:
    ahead = upcoming(workspace, reading)
    ahead.begin(0)
    assert not reading.has_room
    ahead.begin(MONTHS - 1)
    assert reading.has_room


def test_a_run_that_has_nothing_to_do_is_not_read_ahead(workspace: Workspace, reading: ReadAhead) -> None:
    with ReadAhead(1) as nobody:
        carry_out(workspace, upcoming(workspace, nobody), 1)
    with keeping() as events:
        upcoming(workspace, reading).begin(1)
    assert not_read(events) == [months_of(2)[1]]


def test_a_run_that_looks_values_up_is_read_in_its_turn(workspace: Workspace, reading: ReadAhead) -> None:
    """A month before it may change the table: here each month inserts the shops that it asks for."""
    workspace.config.write_text(
        workspace.config.read_text(encoding="utf-8").replace(
            "    refs:\n",
            "    computed:\n      店名: {lookup: {table: 店铺, by: 店号, value: 店名}, default: 未知}\n    refs:\n",
            1,
        ),
        encoding="utf-8",
    )
    with keeping() as events:
        upcoming(workspace, reading).begin(0)
    assert not_read(events) == list(months_of(MONTHS))
    assert reading.has_room


def test_any_number_of_processes_comes_to_the_same(tmp_path: Path, wdh_server: Server) -> None:
    found = []
    for workers in ("1", "2", "3"):
        with wdh_server.fresh_database() as database:
            workspace = make_campaign(tmp_path / workers, database, months=3)
            ended = workspace.run(job, *command(workspace, "--workers", workers))
            assert ended.code == 0, ended.err
            found.append(contents(database))
    assert found[0] == found[1] == found[2]
