"""Why no connection was made: what the server or the pooler says, and what to do about just that."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from psycopg2.extensions import make_dsn
from support.clusters import copy_cluster, temporary_directory

from wdh.errors import SetupError
from wdh.testing.database import Database
from wdh.warehouse import Address, find_address, open_connection
from wdh.warehouse.connection import advise
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.server import embedded_server


def refusal(dsn: str) -> str:
    with pytest.raises(SetupError) as caught:
        open_connection(find_address(dsn, {}))
    message = caught.value.message
    assert message.endswith(" Nothing was touched.")
    assert ".." not in message.replace("…", "").replace("../", "")
    return message


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def narrow(made: Home) -> Iterator[Address]:
    """A server with few connections, whose role ``encrypted`` must encrypt, and roles and databases of all kinds."""
    with temporary_directory("wdh-narrow-") as directory:
        home = copy_cluster(made, directory / "postgres")
        rules = directory / "rules.conf"
        rules.write_text("local all all trust\nhostssl all encrypted 127.0.0.1/32 trust\nhost all single all trust\n")
        settings = {
            "hba_file": str(rules),
            "listen_addresses": "127.0.0.1",
            "port": str(free_port()),
            "max_connections": "9",
            "superuser_reserved_connections": "3",
        }
        with embedded_server(home.path, settings=settings) as address:
            Database(dict(address.parameters)).execute(
                "CREATE ROLE encrypted LOGIN; CREATE ROLE many LOGIN; CREATE ROLE single LOGIN CONNECTION LIMIT 1;"
                "CREATE ROLE unable"
            )
            for statement in (
                "CREATE DATABASE small CONNECTION LIMIT 1",
                "CREATE DATABASE closed ALLOW_CONNECTIONS false",
                "CREATE DATABASE private",
                "REVOKE CONNECT ON DATABASE private FROM public",
            ):
                Database({**address.parameters, "dbname": "postgres"}).execute(statement)
            yield address


def place(narrow: Address, **changes: str) -> str:
    return make_dsn(**{**{name: value for name, value in narrow.parameters.items() if value}, **changes})


@contextmanager
def occupied(dsn: str, *, times: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(times):
            stack.callback(open_connection(find_address(dsn, {})).close)
        yield


def test_a_role_with_too_many_connections(narrow: Address) -> None:
    dsn = place(narrow, user="single")
    with occupied(dsn, times=1):
        message = refusal(dsn)
    assert 'too many connections for role "single"' in message
    assert "No connection is left: run again later" in message


def test_a_database_with_too_many_connections(narrow: Address) -> None:
    dsn = place(narrow, user="many", dbname="small")
    with occupied(dsn, times=1):
        message = refusal(dsn)
    assert 'too many connections for database "small"' in message
    assert "No connection is left: run again later" in message


def test_a_server_with_too_many_connections(narrow: Address) -> None:
    with occupied(place(narrow, user="many"), times=5):
        message = refusal(place(narrow, user="many"))
        assert "connection slots are reserved" in message
        assert "No connection is left: run again later" in message


def test_a_server_that_lets_a_role_in_only_encrypted(narrow: Address) -> None:
    message = refusal(place(narrow, user="encrypted", host="127.0.0.1"))
    assert "no encryption" in message
    assert "add sslmode=require to the connection string (or set PGSSLMODE)" in message


def test_a_server_that_cannot_encrypt(narrow: Address) -> None:
    message = refusal(place(narrow, user="single", host="127.0.0.1", sslmode="require"))
    assert "server does not support SSL" in message
    assert "sslmode=prefer where that is allowed" in message


def test_a_role_that_may_not_log_in_and_databases_that_let_nobody_in(narrow: Address) -> None:
    assert "ALTER ROLE … LOGIN" in refusal(place(narrow, user="unable"))
    assert "ALLOW_CONNECTIONS true" in refusal(place(narrow, dbname="closed"))
    assert "GRANT CONNECT ON DATABASE" in refusal(place(narrow, user="many", dbname="private"))


@pytest.mark.parametrize("options", ["-c no_such_setting=1", "-c work_mem=much", "--no-such-flag", "-?"])
def test_options_that_the_server_does_not_know(narrow: Address, options: str) -> None:
    assert "Correct PGOPTIONS, or options= in the connection string." in refusal(place(narrow, options=options))


def test_options_of_the_environment(narrow: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c log_statement=all")
    assert "Correct PGOPTIONS" in refusal(place(narrow, user="many"))


@contextmanager
def pooler(said: str) -> Iterator[str]:
    """Have a server that refuses everybody with these words, as PgBouncer does: no SQLSTATE of its own."""
    fields = b"SFATAL\0C08P01\0M" + said.encode() + b"\0\0"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"host=127.0.0.1 port={listener.getsockname()[1]} user=etl dbname=wh sslmode=disable gssencmode=disable"
        thread.join()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("unsupported startup parameter: options", "leave it out of PGOPTIONS"),
        ("unsupported startup parameter in options: geqo", "ignore_startup_parameters"),
        ("unsupported startup parameter: extra_float_digits", "ignore_startup_parameters"),
        ("no more connections allowed (max_client_conn)", "No connection is left"),
        ("no such database: wh", "or tell the pooler of it"),
        ("no such user: etl", "or tell the pooler of it"),
        ("sorry, too many clients already", "No connection is left"),
        ("the database system is not yet accepting connections", "try again in a moment"),
        ("we will be back...", "Check that the server runs"),
    ],
)
def test_what_a_pooler_says(said: str, advice: str) -> None:
    with pooler(said) as dsn:
        message = refusal(dsn)
    assert said.rstrip(".") in message
    assert advice in message


@pytest.mark.parametrize(
    "said",
    [
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'FATAL:  remaining connection slots are reserved for roles with privileges of "pg_use_reserved_connections"',
        'FATAL:  too many connections for database "wh"',
        'FATAL:  too many connections for role "etl"',
    ],
)
def test_every_version_of_too_many_connections_is_known(said: str) -> None:
    assert advise(said).startswith("No connection is left")
