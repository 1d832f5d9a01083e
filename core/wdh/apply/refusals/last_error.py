"""The error with which a server ends a session, which psycopg2 prints instead of raising it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


@contextmanager
def last_error_raised() -> Iterator[None]:
    """Raise the server's last error where a COPY ends with the session, and print nothing.

    psycopg2 meets two errors then: the server's, and that the connection is gone. It hands the first one, row and all,
    to sys.excepthook, and raises the second.
    """
    import psycopg2

    told: list[psycopg2.Error] = []
    before = sys.excepthook

    def keep(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if isinstance(error, SystemError) and isinstance(error.__cause__, psycopg2.Error):
            told.append(error.__cause__)
        else:
            before(kind, error, traceback)

    sys.excepthook = keep
    try:
        yield
    except psycopg2.Error as error:
        if told and error.pgcode is None:
            raise told[0] from None
        raise
    finally:
        sys.excepthook = before
