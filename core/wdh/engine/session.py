"""A session that belongs to the caller: used inside the caller's transaction, and given back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from wdh.errors import SetupError
from wdh.sql import settings
from wdh.sql.driver import Connection, Cursor
from wdh.warehouse.cursors import open_cursor
from wdh.words.language import say

Settings = Mapping[str, tuple[str, str]]
"""The settings made in a session: the value of each, and the value that it has otherwise."""


@contextmanager
def borrow_session(connection: Connection) -> Iterator[Cursor]:
    """Lend a plain cursor in the caller's transaction, inside a savepoint.

    Afterwards every setting is what it was before. If the block raises anything, what it wrote is gone, too, and so
    are its locks: the caller may catch the error and go on, or commit. Raises ValueError for a connection that wdh
    cannot work on, SetupError for a transaction that may only read, psycopg2.Error.
    """
    import psycopg2

    check_connection(connection)
    with open_cursor(connection) as cursor:
        cursor.execute(settings.SAVEPOINT)
        try:
            cursor.execute(settings.IS_READ_ONLY)
            if cursor.fetchone() == (True,):
                raise SetupError(
                    say(
                        "the transaction may only read: it was begun so, the role or the database has "
                        "default_transaction_read_only, or the server is a standby. Pass a connection to the "
                        "primary, in a transaction that may write. Nothing was written."
                    )
                )
            before = _read_settings(cursor)
            yield cursor
            _put_back(cursor, before)
        except BaseException:
            with suppress(psycopg2.Error):  # of a session that is gone the server has taken back all there was
                cursor.execute(settings.UNDO)
                cursor.execute(settings.RELEASE)
            raise
        cursor.execute(settings.RELEASE)


def check_connection(connection: Any) -> None:
    """Raise ValueError for a connection that wdh cannot work on. Nothing is sent."""
    from psycopg2 import extensions

    if not hasattr(connection, "get_transaction_status"):
        kind = type(connection)
        raise ValueError(
            say(
                "conn must be a psycopg2 connection, not a {module}.{qualname}",
                module=kind.__module__,
                qualname=kind.__qualname__,
            )
        )
    if connection.closed:
        raise ValueError(say("the connection is closed; open another one"))
    if connection.async_:
        raise ValueError(say("the connection is asynchronous, and COPY cannot be run on one; connect without async"))
    if extensions.get_wait_callback() is not None:
        raise ValueError(
            say(
                "psycopg2 has a wait callback (set_wait_callback, as gevent and eventlet are served with), "
                "and COPY cannot be run under one; call wdh in a process that sets none"
            )
        )
    if connection.autocommit:
        raise ValueError(
            say("the connection is in autocommit mode, and wdh needs a transaction; set autocommit to False")
        )
    if connection.readonly:
        raise ValueError(say("the connection is read-only; set readonly to False, or pass another one"))
    _check_status(connection.get_transaction_status())


def _check_status(status: int) -> None:
    from psycopg2 import extensions

    if status == extensions.TRANSACTION_STATUS_INERROR:
        raise ValueError(say("a statement of the connection's transaction has failed; roll it back first"))
    if status == extensions.TRANSACTION_STATUS_ACTIVE:
        raise ValueError(say("the connection is busy with another statement; wait for its end, or pass another one"))
    if status == extensions.TRANSACTION_STATUS_UNKNOWN:
        raise ValueError(say("the connection is lost; open another one"))


def _read_settings(cursor: Cursor) -> Settings:
    cursor.execute(settings.READ_SETTINGS)
    return {name: (value, otherwise) for name, value, otherwise in cursor.fetchall()}


def _put_back(cursor: Cursor, before: Settings) -> None:
    """Give every setting that was set meanwhile the value it had."""
    known = {name: value for name, (value, _) in before.items()}
    wanted = [
        (name, known.get(name, otherwise))
        for name, (value, otherwise) in _read_settings(cursor).items()
        if value != known.get(name, otherwise)
    ]
    if wanted:
        cursor.execute(settings.put_settings(len(wanted)), [text for setting in wanted for text in setting])
