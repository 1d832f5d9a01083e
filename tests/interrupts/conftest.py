"""A desk for each test, and embedded servers that it may stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.clients import wait_until
from support.clusters import copy_cluster, temporary_directory
from support.desks import ROWS, Desk

from wdh.command.main import main as tool_command
from wdh.testing.database import Database
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster, is_alive
from wdh.warehouse.embedded.server import embedded_server
from wdh_annuity_performance import demo


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with workbooks and their configuration."""
    folder = tmp_path_factory.mktemp("delivery")
    demo.write_workbooks(folder, rows=ROWS)
    (folder / "data_sources.yml").write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def ddl(delivery: Path) -> str:
    """The statements that create the tables."""
    done = CliRunner().invoke(
        tool_command, ["ddl", "annuity_performance", "--config", str(delivery / "data_sources.yml")]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def desk(delivery: Path, ddl: str, database: Database) -> Iterator[Desk]:
    """A desk whose database has its tables."""
    database.execute(ddl)
    with ExitStack() as stack:
        yield Desk(delivery, database, stack)


@pytest.fixture(scope="session")
def made() -> Iterator[Home]:
    """An embedded server that was made, used once and stopped; to be copied, not to be used."""
    with temporary_directory("wdh-made-") as directory:
        with embedded_server(directory / "postgres"):
            pass
        yield Home(directory / "postgres")


@pytest.fixture
def home(short_directory: Path) -> Iterator[Home]:
    """The place of a server that nobody has made yet; what runs there at the end is ended."""
    home = Home(short_directory / "postgres")
    yield home
    running = find_postmaster(home)
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(running.pid))


@pytest.fixture
def made_home(home: Home, made: Home) -> Home:
    """The place of a server that was made and stopped."""
    return copy_cluster(made, home.path)
