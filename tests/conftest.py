"""What every test area may ask for: a real PostgreSQL, and how thoroughly Hypothesis looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.clusters import temporary_directory
from support.thoroughness import choose, examples, is_tried

from wdh.testing.database import Database, Server

pytest_plugins = ["pytester"]

for variable in ("WDH_LANG", "LANGUAGE", "LC_ALL"):  # which would choose the language of what a test reads
    os.environ.pop(variable, None)
os.environ["LC_MESSAGES"] = "C"

settings.register_profile("default", max_examples=examples(100), deadline=None)
settings.register_profile("continuous", settings.get_profile("default"), derandomize=True, database=None)
settings.register_profile("proof", max_examples=10_000, deadline=None)
settings.load_profile("continuous" if os.environ.get("CI") else "default")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file of which nothing is tried: each process of a run imports all the others."""
    if collection_path.is_file() and not is_tried(collection_path, marks=config.option.markexpr):
        return True
    return None  # whatever else says so


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that ask for the server: a second server is a matter for these alone."""
    if "wdh_server" in getattr(item, "fixturenames", ()):
        item.add_marker("server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, where another run tries them all, most cases of each test that depends on the server."""
    items[:], left_out = choose(items)
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Let Python keep what it compiled of the tests, which is half the time of a start, and of nothing that they write.

    A module that a test writes twice in a second, with as many characters, would be taken for the first one.
    """
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory that every account may reach and whose path is short."""
    with temporary_directory("wdh-test-") as directory:
        yield directory


@pytest.fixture(scope="session")
def postgres_server(wdh_server: Server) -> Server:
    """The one PostgreSQL of the run, as the pytest plugin of wdh has it."""
    return wdh_server


@pytest.fixture
def database(wdh_database: Database) -> Database:
    """A fresh and empty database on it, dropped when the test is over."""
    return wdh_database
