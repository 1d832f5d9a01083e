"""Faults, and a connection that is struck by one just before a message to the server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812

Fault = Callable[[Connection, Connection], None]
"""Does harm to the first connection, with the help of the second, which is another session's."""


def terminate(connection: Connection, other: Connection) -> None:
    """End the server's side of the session, and wait until it is gone."""
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


def cut(connection: Connection, other: Connection) -> None:  # noqa: ARG001 - every fault has the same form
    """Break the socket under the client."""
    with socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as own:
        own.shutdown(socket.SHUT_RDWR)


def interrupt(connection: Connection, other: Connection) -> None:  # noqa: ARG001 - every fault has the same form
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def cancel(connection: Connection, other: Connection) -> None:  # noqa: ARG001 - every fault has the same form
    """Have the statement cancelled by the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")


def fill_disk(connection: Connection, other: Connection) -> None:  # noqa: ARG001 - every fault has the same form
    """Have the server say that its disk is full."""
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$")


FAULTS: tuple[Fault, ...] = (terminate, cut, interrupt, cancel, fill_disk)


@dataclass(frozen=True, slots=True)
class Strike:
    """Which fault comes, and just before which message; before COMMIT where there are not so many.

    ``is_passing``: the server can be reached again at once.
    """

    fault: Fault
    message: int
    is_passing: bool = True


class Striking:
    """A connection that is struck just before a message to the server; None: it is spared.

    ``sent`` counts the messages; ``struck`` says whether the fault came. ``other`` is another session.
    """

    def __init__(self, connection: Connection, strike: Strike | None, *, other: Connection) -> None:
        self._connection, self._other = connection, other
        self._strike = strike
        self.sent = 0
        self.struck = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def count(self) -> None:
        """Notice one message; strike when its turn has come."""
        self.sent += 1
        if self._strike is not None and self.sent == self._strike.message:
            self._hit(self._strike)

    def _hit(self, strike: Strike) -> None:
        self.struck = True
        strike.fault(self._connection, self._other)

    def cursor(self, *, cursor_factory: type[Cursor] = psycopg2.extensions.cursor) -> Cursor:
        """Give a cursor of that class whose messages are counted."""
        notice = self.count

        class Counted(cursor_factory):  # type: ignore[misc, valid-type]
            def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's name
                notice()
                super().execute(query, vars)

            def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
                notice()
                super().copy_expert(sql, file, size)

        return self._connection.cursor(cursor_factory=Counted)

    def commit(self) -> None:
        """Commit, which is a message, too."""
        self.count()
        if self._strike is not None and not self.struck:
            self._hit(self._strike)
        self._connection.commit()
