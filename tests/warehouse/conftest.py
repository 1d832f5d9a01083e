"""An embedded server of a test's own, which it may kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clients import wait_until
from support.clusters import copy_cluster, temporary_directory

from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.postmaster import find_postmaster, is_alive
from wdh.warehouse.embedded.server import embedded_server


@pytest.fixture
def home(short_directory: Path) -> Iterator[Home]:
    """The place of a server that nobody has made yet; what runs there at the end is ended."""
    home = Home(short_directory / "postgres")
    yield home
    running = find_postmaster(home)
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(running.pid))


@pytest.fixture(scope="session")
def made() -> Iterator[Home]:
    """A server that was made, used once and stopped; to be copied, not to be used."""
    with temporary_directory("wdh-made-") as directory:
        with embedded_server(directory / "postgres"):
            pass
        yield Home(directory / "postgres")


@pytest.fixture
def made_home(home: Home, made: Home) -> Home:
    """The place of a server that was made and stopped: starting it takes a tenth of making it."""
    return copy_cluster(made, home.path)
