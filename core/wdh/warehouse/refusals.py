"""Advice for a refused connection, by the message of libpq, the server or a pooler.

There is nothing but the text to go by: libpq tells no SQLSTATE of a connection that was not made.
"""

from __future__ import annotations

from wdh.words.language import later, say

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


def advise(said: str) -> str:
    """Say what to do about a connection that was refused with this text."""
    return say(next((advice for sign, advice in _ADVICE if sign in said), _CHECK_ALL))
