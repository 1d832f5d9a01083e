"""A line that has gone silent is noticed at both ends, within the time that whoever runs the server wants."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import make_dsn
from support.runs import planned

from wdh.apply import apply_plan
from wdh.apply.reading import WarehouseReader
from wdh.errors import DatabaseError
from wdh.sql.identifiers import Target
from wdh.testing.database import Database
from wdh.warehouse import connect, find_address
from wdh.warehouse.connection import read_service

OPTIONS = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000"}
SERVER = {
    "tcp_keepalives_count": "3",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_user_timeout": "60000",
}


def given(connection: Connection) -> dict[str, str]:
    said = connection.info.dsn_parameters
    return {name: said[name] for name in OPTIONS if name in said}


def test_the_client_gives_a_silent_line_up_within_a_minute(database: Database) -> None:
    with connect(find_address(database.dsn, {})) as connection:
        assert given(connection) == OPTIONS


def test_it_is_so_on_the_socket(database: Database) -> None:
    with connect(find_address(database.dsn, {})) as connection:
        if is_local(connection):
            pytest.skip("a socket of this machine cannot go silent")
        with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as own:
            assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
            assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


def test_what_the_connection_string_says_stays(database: Database) -> None:
    dsn = make_dsn(database.dsn, keepalives_idle=5, tcp_user_timeout=0)
    with connect(find_address(dsn, {})) as connection:
        assert given(connection) == {**OPTIONS, "keepalives_idle": "5", "tcp_user_timeout": "0"}


@pytest.mark.parametrize("variable", ["PGSERVICEFILE", "HOME", "PGSYSCONFDIR"])
@pytest.mark.parametrize("named_in", ["PGSERVICE", "the connection string"])
def test_what_the_service_file_says_stays(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, named_in: str
) -> None:
    name = {"PGSERVICEFILE": "services", "HOME": ".pg_service.conf", "PGSYSCONFDIR": "pg_service.conf"}[variable]
    own = {"keepalives_idle": "7", "connect_timeout": "4", "application_name": "night"}
    lines = [f"{name}={value}" for name, value in (database.parameters | own).items() if value]
    text = "\n".join(["# all of them", "[other]", "tcp_user_timeout=1", "[warehouse]", *lines, "[last]", "port=1", ""])
    (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv(variable, str(tmp_path if variable == "PGSYSCONFDIR" or variable == "HOME" else tmp_path / name))
    if named_in == "PGSERVICE":
        monkeypatch.setenv("PGSERVICE", "warehouse")
        address = find_address(None, os.environ)
    else:
        address = find_address("service=warehouse", {})
    with connect(address) as connection:
        assert given(connection) == {**OPTIONS, "keepalives_idle": "7"}
        assert connection.info.dsn_parameters["connect_timeout"] == "4"
        assert connection.info.dsn_parameters["application_name"] == "night"


def test_libpqs_variables_for_a_name_and_a_time_limit_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGAPPNAME", "night")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    with connect(find_address(database.dsn, {})) as connection:
        said = connection.info.dsn_parameters
        assert (said["application_name"], said["connect_timeout"]) == ("night", "5")


def test_a_service_that_is_in_no_file_is_nothing(tmp_path: Path) -> None:
    assert read_service("w", {}) == {}
    assert read_service("w", {"PGSERVICEFILE": str(tmp_path / "none"), "PGSYSCONFDIR": str(tmp_path)}) == {}


TABLES = (
    'CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);'
    'CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric);'
    "CREATE TABLE seen (name text, setting text);"
    "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen SELECT name, setting FROM "
    "pg_settings WHERE name LIKE 'tcp%' OR name = 'statement_timeout'; RETURN NULL; END $$;"
    'CREATE TRIGGER look AFTER INSERT ON "明细" FOR EACH STATEMENT EXECUTE FUNCTION look()'
)
ROW = {"月": "2024-11-01", "计划": "A", "额": 1}


def asked_of_server(database: Database, connection: Connection, **options: str) -> dict[str, str]:
    with planned([ROW]) as plan:
        apply_plan(plan, connection, **options)  # type: ignore[arg-type]
    return dict(database.rows("SELECT name, setting FROM seen"))


def is_local(connection: Connection) -> bool:
    return str(connection.info.host).startswith("/")


def test_the_server_is_asked_for_the_same_for_the_time_of_the_transaction(database: Database) -> None:
    """And not of the session, which a pooler gives to somebody else."""
    database.execute(TABLES)
    with connect(find_address(database.dsn, {})) as connection:
        before = settings(connection)
        wanted = before if is_local(connection) else SERVER
        assert asked_of_server(database, connection) == {**wanted, "statement_timeout": "0"}
        assert settings(connection) == before


def settings(connection: Connection) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp%'")
        found = dict(cursor.fetchall())
    connection.rollback()
    return found


def test_what_is_set_for_the_server_the_role_or_the_session_stays(database: Database) -> None:
    database.execute(TABLES)
    database.execute(f"ALTER DATABASE {database.name} SET tcp_keepalives_idle = 5")
    with connect(find_address(make_dsn(database.dsn, options="-c tcp_user_timeout=2000"), {})) as connection:
        if is_local(connection):
            pytest.skip("a socket of this machine has no such settings")
        wanted = {**SERVER, "tcp_keepalives_idle": "5", "tcp_user_timeout": "2000", "statement_timeout": "0"}
        assert asked_of_server(database, connection) == wanted


def test_a_statement_may_take_as_long_as_was_said(database: Database) -> None:
    database.execute(TABLES)
    with connect(find_address(database.dsn, {})) as connection:
        assert asked_of_server(database, connection, statement_timeout="2min")["statement_timeout"] == "120000"
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_a_statement_that_takes_longer_is_cancelled(database: Database) -> None:
    database.execute(TABLES)
    with database.connect() as other, other.cursor() as cursor, planned([ROW]) as plan:
        cursor.execute('LOCK TABLE "明细"')
        with connect(find_address(database.dsn, {})) as connection, pytest.raises(DatabaseError) as caught:
            apply_plan(plan, connection, lock_timeout="0", statement_timeout="200ms")
        other.rollback()
    assert caught.value.facts["sqlstate"] == "57014"


def test_a_question_before_the_plan_may_take_as_long(database: Database) -> None:
    database.execute("CREATE TABLE t (k int)")
    address = find_address(database.dsn, {})
    with database.connect() as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE t")
        with (
            WarehouseReader(lambda: connect(address), lock_timeout="0", statement_timeout="200ms") as reader,
            pytest.raises(DatabaseError, match="statement timeout"),
        ):
            reader.rows(Target(None, "t"), ["k"])
        other.rollback()
