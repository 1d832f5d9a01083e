"""Ends a wait of libpq from another thread."""

from __future__ import annotations

import ctypes
import socket
import threading
from contextlib import suppress

from wdh.sql.driver import Connection

_MESSAGE_BYTES = 256
"""PQcancel's errors have at most so many: https://www.postgresql.org/docs/current/libpq-cancel.html"""


class Line:
    """A connection that another thread may cancel or cut. Make it where nothing else uses the connection yet."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._libpq = _find_libpq()
        self._token = None if self._libpq is None else self._libpq.PQgetCancel(connection.pgconn_ptr)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, or was found to be broken."""
        return bool(self._connection.closed)

    @property
    def is_busy(self) -> bool:
        """Whether libpq waits for an answer, or the rest of one."""
        from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE

        return not self.is_closed and self._connection.get_transaction_status() == TRANSACTION_STATUS_ACTIVE

    def cancel(self) -> None:
        """Ask the server to cancel the query, by a connection of its own, without waiting for it.

        psycopg2's own cancel() keeps the interpreter's lock while it connects: where the server answers nobody, no
        thread would ever go on.
        """
        if self._libpq is not None and self._token and not self.is_closed:
            said = ctypes.create_string_buffer(_MESSAGE_BYTES)
            arguments = (self._token, said, _MESSAGE_BYTES)
            threading.Thread(target=self._libpq.PQcancel, args=arguments, daemon=True).start()

    def shut(self) -> None:
        """Shut the socket down: libpq returns with an error, and the server sees that its client has gone."""
        import psycopg2

        with suppress(psycopg2.Error, OSError):
            own = socket.socket(fileno=self._connection.fileno())
            try:
                own.shutdown(socket.SHUT_RDWR)
            finally:
                own.detach()  # it stays libpq's to close


def _find_libpq() -> ctypes.CDLL | None:
    """Give the libpq that psycopg2 has loaded; None where its functions cannot be called by name."""
    from psycopg2 import _psycopg

    libpq = ctypes.CDLL(_psycopg.__file__)
    try:
        libpq.PQgetCancel.restype, libpq.PQgetCancel.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        libpq.PQcancel.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    except AttributeError:
        return None
    return libpq
