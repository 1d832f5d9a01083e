"""One connection to a real server, or a sentence that says what to check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn
from support.clusters import copy_cluster, temporary_directory

from wdh.errors import SetupError
from wdh.testing.database import Database
from wdh.warehouse import Address, connect, find_address, open_connection
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.server import embedded_server

PASSWORD = "Geheim7"  # noqa: S105 - nobody's


def test_a_connection_speaks_utf8_and_has_autocommit_off(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "GBK")
    with connect(find_address(database.dsn, {})) as connection:
        assert (connection.encoding, connection.autocommit) == ("UTF8", False)


def test_it_is_closed_at_the_end_and_what_was_not_committed_is_rolled_back(database: Database) -> None:
    with connect(find_address(database.dsn, {})) as connection:
        connection.cursor().execute("CREATE TABLE t (k int)")
    assert connection.closed
    assert database.rows("SELECT to_regclass('t')") == [(None,)]


def test_it_is_closed_and_rolled_back_when_an_error_passes(database: Database) -> None:
    with pytest.raises(psycopg2.Error), connect(find_address(database.dsn, {})) as connection:
        connection.cursor().execute("CREATE TABLE t (k int); SELECT 1/0")
    assert connection.closed
    assert database.rows("SELECT to_regclass('t')") == [(None,)]


def test_the_session_has_a_name_unless_the_address_gives_one(database: Database) -> None:
    def name_of(address: Address) -> str:
        with connect(address, application_name="wdh 1") as connection, connection.cursor() as cursor:
            cursor.execute("SHOW application_name")
            return str(cursor.fetchall()[0][0])

    assert name_of(find_address(database.dsn, {})) == "wdh 1"
    assert name_of(find_address(make_dsn(database.dsn, application_name="night run"), {})) == "night run"


def test_each_way_of_naming_the_server_leads_to_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag, wdh's variables and libpq's: with PGHOSTADDR leading astray where another place is named."""
    known = {name: value for name, value in database.parameters.items() if value}
    own = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DB"}
    libpq = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    own_variables = {f"WDH_DATABASE__{own[name]}": value for name, value in known.items() if name in own}
    libpq_variables = {libpq[name]: value for name, value in known.items() if name in libpq}
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    assert name_of_database(find_address(database.dsn, {})) == database.name
    assert name_of_database(find_address(None, database.environment)) == database.name
    assert name_of_database(find_address(None, own_variables)) == database.name
    monkeypatch.delenv("PGHOSTADDR")
    for name, value in libpq_variables.items():
        monkeypatch.setenv(name, value)
    assert name_of_database(find_address(None, os.environ)) == database.name


def test_a_service_file_leads_to_it(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{name}={value}" for name, value in database.parameters.items() if value]
    (tmp_path / "services").write_text("\n".join(["[warehouse]", *lines]), "utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGSERVICE", "warehouse")
    address = find_address(None, {"PGSERVICE": "warehouse"})
    assert address.described == "PostgreSQL of service warehouse (from PGSERVICE)"
    assert name_of_database(address) == database.name


def name_of_database(address: Address) -> str:
    with connect(address) as connection:
        return str(connection.info.dbname)


@pytest.fixture(scope="module")
def guarded(made: Home) -> Iterator[Address]:
    """A server that asks ``etl`` for a password, and has no place for ``stranger``."""
    with temporary_directory("wdh-guarded-") as directory:
        home = copy_cluster(made, directory / "postgres")
        rules = directory / "rules.conf"
        rules.write_text("local all etl scram-sha-256\nlocal all postgres,missing trust\n")
        with embedded_server(home.path, settings={"hba_file": str(rules)}) as address:
            with connect(address) as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE ROLE etl LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE stranger LOGIN")
                connection.commit()
            yield address


def refusal(guarded: Address, **changes: str) -> str:
    dsn = make_dsn(**{**guarded.parameters, **changes})
    with pytest.raises(SetupError) as caught:
        open_connection(find_address(dsn, {}))
    assert isinstance(caught.value.__cause__, psycopg2.OperationalError)
    assert PASSWORD not in f"{caught.value}{caught.value.__cause__}{caught.value.facts}"
    return caught.value.message


REFUSALS = [
    ({"user": "etl", "password": f"{PASSWORD}x"}, "password authentication failed", "Check the user and the password"),
    ({"user": "etl", "passfile": "/dev/null"}, "no password supplied", "put it into ~/.pgpass"),
    ({"user": "stranger"}, "no pg_hba.conf entry", "ask its administrator"),
    ({"user": "missing"}, 'role "missing" does not exist', "Check the name of the user"),
    ({"user": "postgres", "dbname": "没有"}, 'database "没有" does not exist', "Check the name of the database"),
    (
        {"host": "127.0.0.1", "port": "1"},
        "Connection refused. Is the server running on that host and accepting TCP/IP connections? ",
        "Check the host and the port",
    ),
    ({"host": "nowhere.invalid"}, "could not translate host name", "Check the name of the host"),
    (
        {"host": "/nowhere"},
        "No such file or directory. Is the server running",
        "Check that a server runs on this machine",
    ),
    ({"service": "nowhere"}, "nowhere", "Check PGSERVICE and the service file"),
]


@pytest.mark.parametrize(("changes", "said", "advice"), REFUSALS)
def test_a_server_that_refuses_is_told_with_what_it_said_and_what_to_check(
    guarded: Address, changes: dict[str, str], said: str, advice: str
) -> None:
    message = refusal(guarded, **changes)
    assert message.startswith("cannot connect to PostgreSQL ")
    assert "(from --dsn)" in message
    assert said in message
    assert advice in message
    assert message.endswith("Nothing was touched.")


def test_a_password_from_pgpass_is_used_as_everywhere(guarded: Address, tmp_path: Path) -> None:
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"*:*:*:etl:{PASSWORD}\n")
    passfile.chmod(0o600)
    dsn = make_dsn(**{**guarded.parameters, "user": "etl", "passfile": str(passfile)})
    assert name_of_database(find_address(dsn, {})) == "wdh"


@pytest.mark.parametrize("password", ["a b", "it's", 'back\\slash "', "100%", "@:/?#[]", "密码", PASSWORD])
def test_any_password_can_be_written_in_a_connection_string_and_in_a_variable(guarded: Address, password: str) -> None:
    with connect(guarded) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER ROLE etl PASSWORD %s", (password,))
        connection.commit()
    parameters = {**guarded.parameters, "user": "etl"}
    assert name_of_database(find_address(make_dsn(**parameters, password=password), {})) == "wdh"
    own = {"WDH_DATABASE__HOST": parameters["host"], "WDH_DATABASE__PORT": parameters["port"]}
    own |= {"WDH_DATABASE__USER": "etl", "WDH_DATABASE__PASSWORD": password, "WDH_DATABASE__DB": "wdh"}
    assert name_of_database(find_address(None, own)) == "wdh"


def test_typecasters_that_a_package_registered_for_the_program_change_nothing(database: Database) -> None:
    """A plugin that has numbers of the server made floats, for its own sake, must not change what wdh reads."""
    from psycopg2 import extensions

    as_float = extensions.new_type(
        extensions.LONGINTEGER.values + extensions.INTEGER.values, "F", lambda v, _: float(v)
    )
    before = {oid: extensions.string_types[oid] for oid in as_float.values}
    extensions.register_type(as_float)
    try:
        with closing(open_connection(find_address(database.dsn, {}))) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 5")
            assert repr(cursor.fetchone()) == "(5,)"
    finally:
        extensions.string_types.update(before)
