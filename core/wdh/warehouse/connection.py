"""Opens the connection to the warehouse, or raises an error with the reason and what to check.

Of a refused connection there is nothing but the text to go by, that of libpq, the server or a pooler: libpq tells no
SQLSTATE of a connection that was not made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from wdh.errors import SetupError
from wdh.process import interrupts
from wdh.sql.driver import Connection
from wdh.warehouse.address import Address
from wdh.warehouse.cursors import register_own_typecasters
from wdh.words.language import later, say
from wdh.words.printable import join_lines, sentence
from wdh.words.redaction import redact

_CREDENTIALS = later("Check the user and the password (~/.pgpass, PGPASSWORD, WDH_DATABASE__PASSWORD).")
_NO_ROOM = later(
    "No connection is left: run again later, or have the limit raised (max_connections, or CONNECTION LIMIT of the "
    "role or the database)."
)
_WAY = later("Check the host and the port, and that no firewall stands between.")
_HOST = later("Check the host and the port, and that the server runs.")
_SERVICE = later("Check PGSERVICE and the service file (~/.pg_service.conf).")
_NOT_LET_IN = later("The server does not let this user in from this machine: ask its administrator.")
_UNENCRYPTED = later(
    "The server may ask for encryption: add sslmode=require to the connection string (or set PGSSLMODE). Where that "
    "does not help, ask its administrator to let this user in."
)
_ENCRYPTION = later("Check sslmode and the certificates.")
_OPTIONS = later("Correct PGOPTIONS, or options= in the connection string.")
_POOLER = later(
    "The pooler in front of the server does not take this setting: leave it out of PGOPTIONS, of the other PG… "
    "variables and of options= in the connection string, or add it to the pooler's ignore_startup_parameters."
)
_SOON = later("The server is not ready: try again in a moment.")

_ADVICE = (
    ("too many clients", _NO_ROOM),
    ("too many connections", _NO_ROOM),
    ("connection slots are reserved", _NO_ROOM),
    ("no more connections allowed", _NO_ROOM),
    ("unsupported startup parameter", _POOLER),
    ("password authentication failed", _CREDENTIALS),
    (
        "no password supplied",
        later("The server wants a password: put it into ~/.pgpass, PGPASSWORD or WDH_DATABASE__PASSWORD."),
    ),
    ('host "[local]"', _NOT_LET_IN),
    ("SSL encryption", _NOT_LET_IN),
    ("no encryption", _UNENCRYPTED),
    ("SSL off", _UNENCRYPTED),
    ("pg_hba.conf", _NOT_LET_IN),
    (
        "does not support SSL",
        later("Have the server encrypt (ssl = on), or take sslmode=prefer where that is allowed."),
    ),
    ("not currently accepting connections", later("Ask its administrator (ALTER DATABASE … ALLOW_CONNECTIONS true).")),
    ("not permitted to log in", later("Ask the administrator (ALTER ROLE … LOGIN).")),
    ("permission denied for database", later("Ask its owner (GRANT CONNECT ON DATABASE … TO …).")),
    ("permission denied to set parameter", _OPTIONS),
    ("unrecognized configuration parameter", _OPTIONS),
    ("invalid value for parameter", _OPTIONS),
    ("invalid command-line argument", _OPTIONS),
    ("requires a value", _OPTIONS),
    ('database "', later("Check the name of the database, or create it.")),
    ("no such database", later("Check the name of the database, or tell the pooler of it.")),
    ('role "', later("Check the name of the user.")),
    ("no such user", later("Check the name of the user, or tell the pooler of it.")),
    ("translate host name", later("Check the name of the host.")),
    ("Connection refused", _HOST),
    ("No such file or directory", later("Check that a server runs on this machine, or name a host.")),
    ("timeout", _WAY),
    ("timed out", _WAY),
    ("No route to host", _WAY),
    ("Network is unreachable", _WAY),
    ("service file", _SERVICE),
    ("definition of service", _SERVICE),
    ("invalid response to SSL negotiation", later("Check the host and the port: what answers there is no PostgreSQL.")),
    ("SSL", _ENCRYPTION),
    ("certificate", _ENCRYPTION),
    ("starting up", _SOON),
    ("not yet accepting connections", _SOON),
    ("in recovery mode", _SOON),
    ("shutting down", later("The server is going down: try again when it is back.")),
)
"""Advice by a sign in the text; the first sign that is found counts."""

_CHECK_ALL = later("Check that the server runs, its host and port, the database, the user and the password.")

CONNECT_SECONDS = 10
LINE = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000"}
"""A line that has gone silent is given up within a minute; libpq and the system would wait for hours."""

_VARIABLES = {"PGAPPNAME": "application_name", "PGCONNECT_TIMEOUT": "connect_timeout"}
"""libpq's variables for what has a default here."""


def advise(said: str) -> str:
    """Say what to do about a connection that was refused with this text."""
    return say(next((advice for sign, advice in _ADVICE if sign in said), _CHECK_ALL))


@contextmanager
def connect(
    address: Address, *, application_name: str = "wdh", connect_timeout: int = CONNECT_SECONDS
) -> Iterator[Connection]:
    """Have a connection to the warehouse, closed at the end; what was not committed is then rolled back.

    An embedded server is started first and left at the end. The connection speaks UTF-8 and has autocommit off.
    ``application_name`` and ``connect_timeout`` (seconds) apply where the address does not say. Raises SetupError
    where it cannot connect: nothing was touched.
    """
    if address.home is None:
        with closing(
            open_connection(address, application_name=application_name, connect_timeout=connect_timeout)
        ) as own:
            yield own
        return
    from wdh.warehouse.embedded.server import embedded_warehouse

    with (
        embedded_warehouse(address.home) as place,
        closing(open_connection(place, application_name=application_name, connect_timeout=connect_timeout)) as own,
    ):
        yield own


def open_connection(
    address: Address, *, application_name: str = "wdh", connect_timeout: int = CONNECT_SECONDS
) -> Connection:
    """Open a connection to a server that runs; the caller closes it. Raises SetupError without any secret."""
    import psycopg2

    defaults = {"application_name": application_name, "connect_timeout": str(connect_timeout), **LINE}
    said = _say_elsewhere(address, os.environ)
    parameters: dict[str, Any] = {name: value for name, value in defaults.items() if name not in said}
    parameters |= {**address.parameters, "client_encoding": "UTF8"}
    try:
        opened = interrupts.connect(parameters)
        # The database may have another default: after a wait for a lock, the rows that another run committed must be
        # seen.
        opened.set_session(isolation_level="READ COMMITTED")
        register_own_typecasters(opened)
        return opened
    except psycopg2.Error as error:
        said_so = join_lines(redact(str(error), address.secrets))
    # raised out here: the driver's error, which may quote a password, must not stay as the context of ours
    raise _refused(address, said_so) from psycopg2.OperationalError(said_so)


def _say_elsewhere(address: Address, environment: Mapping[str, str]) -> frozenset[str]:
    """Name the keywords that libpq finds in its variables and its service file."""
    service = address.parameters.get("service") or environment.get("PGSERVICE")
    own = {keyword for name, keyword in _VARIABLES.items() if environment.get(name)}
    return frozenset(own | read_service(service, environment).keys() if service else own)


def _refused(address: Address, said: str) -> SetupError:
    return SetupError(
        say(
            "cannot connect to {described}: {said} {advice} Nothing was touched.",
            described=address.described,
            said=sentence(said),
            advice=advise(said),
        ),
        database=address.described,
        source=address.source,
    )


def read_service(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Give the keywords and values that the files libpq reads have for a service; empty where it is not found.

    libpq reports a faulty file when it is asked to connect.
    """
    return next((found for path in _service_files(environment) if (found := _read_file(path, name))), {})


def _service_files(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("PGSERVICEFILE"):
        yield Path(named)
    elif home := environment.get("HOME"):
        yield Path(home, ".pg_service.conf")
    if folder := environment.get("PGSYSCONFDIR"):
        yield Path(folder, "pg_service.conf")


def _read_file(path: Path, name: str) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found, is_ours = {}, False
    for line in map(str.strip, lines):
        if line.startswith("["):
            if is_ours:
                break
            is_ours = line == f"[{name}]"
        elif is_ours and not line.startswith("#"):
            keyword, _, value = line.partition("=")
            found[keyword] = value
    return found
