"""The road to the warehouse: one connection, or a sentence that says why there is none and what to check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from wdh.errors import SetupError
from wdh.redaction import redact
from wdh.warehouse.address import Address

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

CONNECT_SECONDS = 10

_ADVICE = (
    (
        "password authentication failed",
        "Check the user and the password (~/.pgpass, PGPASSWORD, WDH_DATABASE__PASSWORD).",
    ),
    (
        "no password supplied",
        "The server wants a password: put it into ~/.pgpass, PGPASSWORD or WDH_DATABASE__PASSWORD.",
    ),
    ("pg_hba.conf", "The server does not let this user in from this machine: ask its administrator."),
    ('database "', "Check the name of the database, or create it."),
    ('role "', "Check the name of the user."),
    ("translate host name", "Check the name of the host."),
    ("Connection refused", "Check the host and the port, and that the server runs."),
    ("No such file or directory", "Check that a server runs on this machine, or name a host."),
    ("timeout", "Check the host and the port, and that no firewall stands between."),
    ("timed out", "Check the host and the port, and that no firewall stands between."),
    ("service file", "Check PGSERVICE and the service file (~/.pg_service.conf)."),
    ("definition of service", "Check PGSERVICE and the service file (~/.pg_service.conf)."),
    ("SSL", "Check sslmode and the certificates."),
    ("certificate", "Check sslmode and the certificates."),
    ("too many", "The server has no connection left: try again later."),
    ("starting up", "The server is not ready: try again in a moment."),
    ("shutting down", "The server is going down: try again when it is back."),
)
"""What to check, by what libpq and the server say."""

_CHECK_ALL = "Check that the server runs, its host and port, the database, the user and the password."


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
    from wdh.warehouse.embedded import embedded_server

    with (
        embedded_server(address.home) as place,
        closing(open_connection(place, application_name=application_name, connect_timeout=connect_timeout)) as own,
    ):
        yield own


def open_connection(
    address: Address, *, application_name: str = "wdh", connect_timeout: int = CONNECT_SECONDS
) -> Connection:
    """Open a connection to a server that runs; the caller closes it. Raises SetupError without any secret."""
    import psycopg2

    defaults = {"application_name": application_name, "connect_timeout": str(connect_timeout)}
    parameters: dict[str, Any] = {**defaults, **address.parameters, "client_encoding": "UTF8"}
    try:
        opened: Connection = psycopg2.connect(**parameters)
        # Whatever the database's default is: what another run committed must be seen once its lock was waited for.
        opened.set_session(isolation_level="READ COMMITTED")
        return opened
    except psycopg2.Error as error:
        said = " ".join(redact(str(error), address.secrets).split())  # libpq breaks its lines, and indents them
    # raised out here: the driver's error, which may quote a password, must not stay as the context of ours
    raise _refused(address, said) from psycopg2.OperationalError(said)


def _refused(address: Address, said: str) -> SetupError:
    advice = next((advice for sign, advice in _ADVICE if sign in said), _CHECK_ALL)
    return SetupError(
        f"cannot connect to {address.described}: {said.rstrip('?.')}. {advice} Nothing was touched.",
        database=address.described,
        source=address.source,
    )
