"""The stage: rows on their way into a table, under the table's own types."""

from __future__ import annotations

import selectors
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from wdh.facts import FactValue
from wdh.facts.copytext import write_rows
from wdh.plan import Upsert
from wdh.process import interrupts, progress
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target


def fill_stage(cursor: Cursor, target: Target, *, columns: Sequence[str], rows: Sequence[Sequence[FactValue]]) -> None:
    """Make the stage for some columns of ``target`` and send the rows there, numbered from 0."""
    cursor.execute(statements.create_stage(target, columns))
    send_copy(cursor, statements.copy_stage(columns), write_rows(rows))


def stage_facts(step: Upsert, cursor: Cursor) -> None:
    """Make the stage for the facts of an upsert and send them there, numbered from 1."""
    cursor.execute(statements.create_stage(step.target, step.staged))
    send_copy(cursor, step.copy_sql, counting(step.chunks(), step.target, rows=step.facts.count))


def counting(chunks: Iterator[bytes], target: Target, *, rows: int) -> Iterator[bytes]:
    """Give the chunks of COPY text, and tell of their rows as they are sent, if anybody listens."""
    return _count(chunks, target.sql, rows) if progress.is_heard() else chunks


def _count(chunks: Iterator[bytes], table: str, rows: int) -> Iterator[bytes]:
    progress.tell("writing", table, of=rows)
    for chunk in chunks:
        yield chunk
        progress.tell("writing", table, chunk.count(b"\n"), of=rows)


def send_copy(cursor: Cursor, statement: str, chunks: Iterator[bytes]) -> None:
    """Run a COPY … FROM STDIN. A chunk is made while the server reads the one before."""
    reader: Any = _Reader(chunks, cursor)  # psycopg2 needs read() only; its types ask for readline(), too
    with interrupts.held(), last_error_raised():  # psycopg2 drops what read() raises, and tells what the server says
        cursor.copy_expert(statement, reader)


class _Reader:
    """COPY text as psycopg2 wants it: a file whose read() gives the next chunk, of any size."""

    def __init__(self, chunks: Iterator[bytes], cursor: Cursor) -> None:
        self._chunks, self._line = chunks, cursor.connection

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - a chunk may be longer than psycopg2 asks for
        chunk = b"" if interrupts.came() else next(self._chunks, b"")
        if not chunk:
            # psycopg2 sends the rest with the interpreter's lock held: with no room for it, no thread would go on.
            with selectors.DefaultSelector() as selector:
                selector.register(self._line, selectors.EVENT_WRITE)
                selector.select()
            interrupts.check()
        return chunk


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
