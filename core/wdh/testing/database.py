"""A real PostgreSQL for tests: one server for the run, a fresh and empty database for each test.

Needs psycopg2 when it is imported; the plugin imports it when a test asks for a database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn

from wdh.errors import SetupError
from wdh.sql.driver import Connection
from wdh.warehouse.dsn import SECRETS, parse_dsn
from wdh.warehouse.embedded.server import embedded_server
from wdh.words.printable import join_lines, sentence
from wdh.words.redaction import redact

_VARIABLE = "WDH_TEST_DSN"

UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off"}
"""Nothing here outlives the machine; a killed server loses nothing by them, as the system keeps what was written."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database on the server. Every connection it gave is closed when the test is over."""

    parameters: Mapping[str, Any] = field(repr=False)
    """The address, as parameters of libpq."""
    opened: list[Connection] = field(default_factory=list, repr=False)
    """The connections that it gave."""

    @property
    def name(self) -> str:
        """The database's name, made up and random."""
        return str(self.parameters["dbname"])

    @property
    def dsn(self) -> str:
        """The address, as ``--dsn`` and psycopg2.connect take it."""
        dsn: str = make_dsn(**self.parameters)
        return dsn

    @property
    def environment(self) -> dict[str, str]:
        """The variable with which wdh finds this database, for a command that is started."""
        return {"WDH_DATABASE__URI": self.dsn}

    def connect(self, **parameters: Any) -> Connection:
        """Open a connection, autocommit off; ``parameters`` are libpq's, over the database's own."""
        connection: Connection = psycopg2.connect(**{**self.parameters, **parameters})
        self.opened.append(connection)
        return connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Execute one or more statements and commit each."""
        self._run(sql, values)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        return self._run(sql, values)

    def _run(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(**self.parameters)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, by the parameters of a database that is always there.

    ``is_own``: it was started for the tests, and does not wait for the disk.
    """

    parameters: Mapping[str, Any] = field(repr=False)
    is_own: bool = False

    @property
    def dsn(self) -> str:
        """Its address, as WDH_TEST_DSN and psycopg2.connect take it."""
        return Database(self.parameters).dsn

    @contextmanager
    def fresh_database(self) -> Iterator[Database]:
        """Make an empty UTF-8 database; close its connections and drop it at the end.

        Raises SetupError where the server does not let us.
        """
        name = f"wdh_test_{secrets.token_hex(6)}"
        maintenance = Database(self.parameters)
        strategy = "STRATEGY file_copy" if self.is_own else ""  # half the time, where no disk is waited for
        try:
            maintenance.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {strategy}")
            said = None
        except psycopg2.Error as error:
            said = _say(error, self.parameters)
        if said is not None:  # raised out here: the driver's error must not stay as the context of ours
            raise SetupError(
                f"no database can be made for a test: {sentence(said)} The role in {_VARIABLE} needs CREATEDB "
                "(ALTER ROLE … CREATEDB); unset the variable to use the embedded PostgreSQL."
            ) from psycopg2.OperationalError(said)
        database = Database({**self.parameters, "dbname": name})
        try:
            yield database
        finally:
            for connection in database.opened:
                connection.close()
            maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def run_server(dsn: str | None, directory: Path) -> Iterator[Server]:
    """Have the server that ``dsn`` names, or, where it is None, an embedded one in ``directory`` for the time.

    Raises SetupError where there is none.
    """
    if dsn:
        yield _join_server(dsn)
        return
    with embedded_server(directory, settings=UNSAFE_BUT_QUICK) as address:
        yield Server(dict(address.parameters), is_own=True)


def _join_server(dsn: str) -> Server:
    server = Server(parse_dsn(dsn, source=_VARIABLE))
    try:
        Database(server.parameters).rows("SELECT 1")
        return server
    except psycopg2.Error as error:
        said = _say(error, server.parameters)
    # raised out here: the driver's error, which may quote a password, must not stay as the context of ours
    raise SetupError(
        f"the server for the tests, named in {_VARIABLE}, does not answer: {sentence(said)} Correct the variable, "
        "or unset it: the embedded PostgreSQL is used then."
    ) from psycopg2.OperationalError(said)


def _say(error: psycopg2.Error, parameters: Mapping[str, Any]) -> str:
    """Repeat what the driver says, without what is secret of the ``parameters``."""
    return join_lines(redact(str(error), [str(parameters[name]) for name in SECRETS if parameters.get(name)]))
