"""Where the warehouse is: the first hit wins, it is said, and it is what libpq then does."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import pytest

from wdh.errors import SetupError
from wdh.warehouse import Address, embedded_address, find_address

FLAG = "postgresql://a@flag.example/one"
URI = {"WDH_DATABASE__URI": "postgresql://b@uri.example/two"}
OWN = {"WDH_DATABASE__HOST": "own.example", "WDH_DATABASE__DB": "three"}
LIBPQ = {"PGHOST": "libpq.example", "PGDATABASE": "four"}
EMBEDDED = {"WDH_EMBEDDED_DIR": "/somewhere/postgres"}

PRECEDENCE = [
    (FLAG, {**URI, **OWN, **LIBPQ, **EMBEDDED}, "--dsn"),
    (FLAG, {}, "--dsn"),
    (None, {**URI, **OWN, **LIBPQ, **EMBEDDED}, "WDH_DATABASE__URI"),
    (None, {**OWN, **LIBPQ, **EMBEDDED}, "WDH_DATABASE__HOST"),
    (None, {"WDH_DATABASE__DB": "x", **LIBPQ}, "WDH_DATABASE__DB"),
    (None, {"WDH_DATABASE__PASSWORD": "x", **EMBEDDED}, "WDH_DATABASE__PASSWORD"),
    (None, {**LIBPQ, **EMBEDDED}, "PGHOST"),
    (None, {"PGSERVICE": "wh", "PGHOST": "h"}, "PGSERVICE"),
    (None, {"PGHOSTADDR": "127.0.0.1"}, "PGHOSTADDR"),
    (None, {"PGPORT": "6543"}, "PGPORT"),
    (None, {"PGDATABASE": "x"}, "PGDATABASE"),
    (None, {"PGUSER": "x"}, "PGUSER"),
    (None, {"PGPASSWORD": "x", "PGSSLMODE": "require", "PGDATA": "/x", **EMBEDDED}, "WDH_EMBEDDED_DIR"),
    (None, {"WDH_DATABASE__URI": "", "WDH_DATABASE__HOST": " ", "PGHOST": "", **EMBEDDED}, "WDH_EMBEDDED_DIR"),
    (None, {}, "embedded"),
]


@pytest.mark.parametrize(("flag", "environment", "source"), PRECEDENCE)
def test_the_first_place_named_wins(flag: str | None, environment: dict[str, str], source: str) -> None:
    assert find_address(flag, environment).source == source


DESCRIBED = [
    (
        "postgresql://etl:geheim@db.example:6432/wh",
        {},
        "PostgreSQL on db.example:6432, database wh, user etl (from --dsn)",
    ),
    (
        "host=db.example dbname=wh user=etl password=geheim",
        {},
        "PostgreSQL on db.example:5432, database wh, user etl (from --dsn)",
    ),
    ("postgres://db.example", {"PGPORT": "6543", "PGUSER": "u"}, "PostgreSQL on db.example:6543, user u (from --dsn)"),
    ("postgresql://[::1]/wh", {}, "PostgreSQL on [::1]:5432, database wh (from --dsn)"),
    ("host=/run/pg dbname=wh", {}, "PostgreSQL on the local socket /run/pg, port 5432, database wh (from --dsn)"),
    ("postgresql:///wh", {}, "PostgreSQL on the local socket, port 5432, database wh (from --dsn)"),
    (
        "postgresql:///wh?host=/run/pg",
        {},
        "PostgreSQL on the local socket /run/pg, port 5432, database wh (from --dsn)",
    ),
    ("host=a,b dbname=wh", {}, "PostgreSQL on a,b:5432, database wh (from --dsn)"),
    ("service=wh", {"PGHOST": "ignored"}, "PostgreSQL of service wh (from --dsn)"),
    ("dbname=数据仓库", {}, "PostgreSQL on the local socket, port 5432, database 数据仓库 (from --dsn)"),
    (None, {"PGSERVICE": "wh", "PGHOST": "x"}, "PostgreSQL of service wh (from PGSERVICE)"),
    (None, {"WDH_DATABASE__HOST": "h", "WDH_DATABASE__PORT": "1"}, "PostgreSQL on h:1 (from WDH_DATABASE__HOST)"),
    (None, {"WDH_DATABASE__DB": "d", "PGHOST": "h"}, "PostgreSQL on h:5432, database d (from WDH_DATABASE__DB)"),
    (None, {"PGHOST": "h", "PGDATABASE": "d"}, "PostgreSQL on h:5432, database d (from PGHOST)"),
]


@pytest.mark.parametrize(("flag", "environment", "described"), DESCRIBED)
def test_an_address_says_where_it_leads_and_who_said_so(
    flag: str | None, environment: dict[str, str], described: str
) -> None:
    address = find_address(flag, environment)
    assert (address.described, str(address), repr(address)) == (described, described, f"<Address: {described}>")


def test_own_variables_become_libpq_keywords() -> None:
    environment = {f"WDH_DATABASE__{name}": name.lower() for name in ("HOST", "USER", "PASSWORD", "DB")}
    parameters = find_address(None, {**environment, "WDH_DATABASE__PORT": "6543"}).parameters
    expected = {"host": "host", "port": "6543", "user": "user", "password": "password", "dbname": "db", "hostaddr": ""}
    assert parameters == expected


def test_libpq_variables_are_left_to_libpq() -> None:
    """A service file outranks PGPORT, and .pgpass is asked last: to pass them on would turn that order round."""
    assert find_address(None, {"PGHOST": "h", "PGPORT": "1", "PGPASSWORD": "x"}).parameters == {}


def test_the_embedded_address_says_version_and_directory_and_starts_nothing(tmp_path: Path) -> None:
    home = tmp_path / "wdh data" / "数据"
    address = find_address(None, {"WDH_EMBEDDED_DIR": str(home)})
    assert address.described.startswith("embedded PostgreSQL 18.")
    assert address.described.endswith(f" in {home}")
    assert address.home == home
    assert not home.parent.exists()


def test_a_relative_or_tilde_directory_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert find_address(None, {"WDH_EMBEDDED_DIR": "pg"}).home == tmp_path / "pg"
    assert find_address(None, {"WDH_EMBEDDED_DIR": "~/pg"}).home == tmp_path / "me" / "pg"


def test_the_embedded_server_can_be_asked_for_whatever_else_is_set(tmp_path: Path) -> None:
    assert embedded_address({**URI, **LIBPQ}, home=tmp_path).home == tmp_path


@pytest.mark.skipif(os.geteuid() == 0, reason="where root's data go depends on whether user namespaces work")
@pytest.mark.skipif(sys.platform != "linux", reason="XDG_DATA_HOME is what Linux goes by")
def test_the_embedded_server_is_in_the_users_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert find_address(None, {}).home == tmp_path / "wdh" / "postgres-18"


@pytest.mark.parametrize("flag", ["", "  "])
def test_an_empty_flag_is_refused_rather_than_another_server_used(flag: str) -> None:
    with pytest.raises(SetupError, match="--dsn is empty"):
        find_address(flag, URI)


def test_an_address_travels_to_another_process_and_still_shows_no_password() -> None:
    address = find_address("postgresql://etl:geheim@db.example/wh", {})
    again = pickle.loads(pickle.dumps(address))  # noqa: S301 - our own bytes
    assert isinstance(again, Address)
    assert again == address
    assert "geheim" not in f"{again!r}{again}"
