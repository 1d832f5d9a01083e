"""The clients of the embedded server: each process holds one idle connection, and the server itself keeps the count.

A process that dies loses its connection with its life, so no list of clients can grow stale.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing

from wdh.process import interrupts
from wdh.sql import clients as sql
from wdh.sql.driver import Connection

_CLIENT = "wdh presence"  # by this name other versions of wdh know it, too
_LEAVING = "wdh leaving"
_FAREWELL_SECONDS = 1.0
_CONNECT_SECONDS = "10"
_PAUSE = 0.01


def enter(parameters: Mapping[str, str]) -> Connection:
    """Connect to stay, and make the database ``wdh`` where it is missing, and the role that works there.

    Raises psycopg2.OperationalError.
    """
    client = _connect(parameters, database="postgres")
    try:
        with client.cursor() as cursor:
            cursor.execute(sql.FIND_DATABASE, (sql.DATABASE,))
            if not cursor.rowcount:
                cursor.execute(sql.CREATE_DATABASE)
            cursor.execute(sql.FIND_HANDED_OVER, (sql.DATABASE, sql.WORKER))
            if not cursor.rowcount:
                _hand_over(parameters)
    except BaseException:
        client.close()
        raise
    return client


def _hand_over(parameters: Mapping[str, str]) -> None:
    """Make the role that works, and give it the database with all that the administrator has in it."""
    with closing(_connect(parameters, database=sql.DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.FIND_ROLE, (sql.WORKER,))
        if not cursor.rowcount:
            cursor.execute(sql.CREATE_WORKER)
        for statement in sql.HAND_OVER:
            cursor.execute(statement)


def _connect(parameters: Mapping[str, str], *, database: str) -> Connection:
    own = {"dbname": database, "application_name": _CLIENT, "client_encoding": "UTF8"}
    connection = interrupts.connect({**parameters, **own, "connect_timeout": _CONNECT_SECONDS})
    connection.autocommit = True
    return connection


def is_last(client: Connection) -> bool:
    """Say whether nobody else uses the server.

    A connection by another name gets a second to vanish: one closed a moment ago is listed a little longer.
    """
    began = time.monotonic()
    while others := _others(client):
        if _CLIENT in others or time.monotonic() - began > interrupts.hurried(_FAREWELL_SECONDS):
            return False
        time.sleep(_PAUSE)
    return True


def leave(client: Connection) -> None:
    """Close it under another name, so that other clients do not count it while it is still listed."""
    import psycopg2

    try:
        with client.cursor() as cursor:
            cursor.execute(sql.RENAME, (_LEAVING,))
    except psycopg2.Error:
        pass  # the server is gone, and with it the connection that was to be announced
    finally:
        client.close()


def _others(client: Connection) -> list[str]:
    with client.cursor() as cursor:
        cursor.execute(sql.OTHERS, (_LEAVING,))
        return [name for (name,) in cursor.fetchall()]
