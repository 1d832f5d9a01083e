"""An S3 and an SFTP server on loopback, and a domain of sales whose workbooks lie in a depot."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.depots import KEY, SECRET, Bucket, Shell, s3_server, sftp_server
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

if sys.platform == "win32":
    pytest.skip("servers of tests run where POSIX is", allow_module_level=True)
for library in ("s3fs", "sshfs", "moto"):
    pytest.importorskip(library, reason="the extra test_depots is not installed")

CONFIGURATION = r"""
domains:
  sales:
    path_pattern: '(?P<year>\d{4})-(?P<month>\d{2})/.*销售'
    sheet: 销售
    table: 销售
    pk: [店]
    select: latest_by_year_month
    columns: {店: text, 额: {kind: amount, scale: 2}, 区: text, 文件: text}
    constants:
      区: {folder: '(?P<value>[东西])区'}
      文件: {file: '(?P<value>.*)\.xlsx'}
"""
HEADER = ["店", "额"]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def s3() -> Iterator[tuple[str, Any]]:
    with s3_server() as server:
        yield server


@pytest.fixture
def bucket(s3: tuple[str, Any]) -> Bucket:
    """An empty bucket."""
    url, client = s3
    name = f"depot-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    access = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
    return Bucket(name, client, {"FSSPEC_S3_ENDPOINT_URL": url, **access})


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """An SFTP server with an empty root."""
    (tmp_path / "served").mkdir()
    with sftp_server(tmp_path / "served", tmp_path / "home") as server:
        yield server


@pytest.fixture(autouse=True)
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory of its own, in which nothing that was fetched may be left."""
    folder = tmp_path / "spools"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert [path.name for path in folder.iterdir() if "wdh-depot" in path.name] == []


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    """A configuration in a folder without workbooks."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    place = Workspace(folder, database)
    place.create_tables("sales")
    return place


@pytest.fixture
def book(tmp_path: Path) -> bytes:
    """A workbook of sales."""
    return make_book(tmp_path, [["一店", 1], ["二店", 2.5]])


def make_book(folder: Path, rows: list[list[Any]]) -> bytes:
    path = folder / "made.xlsx"
    write_rows(path, [HEADER, *rows], sheet="销售")
    return path.read_bytes()
