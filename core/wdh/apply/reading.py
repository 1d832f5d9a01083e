"""Questions to the warehouse before a plan is made: what a plugin may ask, and that it can only ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, Final

from wdh.apply import read_tables
from wdh.apply.session import begin_reading
from wdh.errors import DatabaseError, SetupError, WdhError
from wdh.sql import statements
from wdh.sql.driver import Connection, Cursor
from wdh.sql.identifiers import Target, quote_ident
from wdh.sql.operators import SYSTEM_EQUALITY, Equality
from wdh.words.language import later, say, say_count
from wdh.words.phrases import first_line
from wdh.words.printable import clause, sentence

if TYPE_CHECKING:
    from psycopg2 import Error

_ACCESS_RULES = "42"
"""The class of SQLSTATEs about a name that is not there, a right that is missing, a type that does not fit."""


class CannotAsk(SetupError):
    """A question has no answer: a table or a column is not there or may not be read, or a name cannot be one.

    ``said`` is that without a full stop. ``target`` is the table; ``cure`` says what to do about it.
    """

    def __init__(self, said: str, *, target: Target, cure: str, **facts: object) -> None:
        super().__init__(say("{said}. Nothing was touched.", said=said), **facts)
        self.said, self.target, self.cure = said, target, cure


class WarehouseReader(AbstractContextManager["WarehouseReader"]):
    """Reads rows of the warehouse's tables, all in one READ ONLY transaction, which the first question begins.

    A context manager: with it the transaction and its connection end. The connection is opened on first use.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Connection]],
        *,
        lock_timeout: str,
        statement_timeout: str | None = None,
    ) -> None:
        self._open = connect
        self._lock_timeout, self._statement_timeout = lock_timeout, statement_timeout
        self._stack = ExitStack()
        self._connection: Connection | None = None
        self._is_over = False

    def __exit__(self, *raised: object) -> None:
        self._is_over = True
        self._stack.close()

    def rows(
        self,
        target: Target,
        columns: Sequence[str],
        *,
        where: Mapping[str, object] | None = None,
        most: int | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """Read ``columns`` of the rows of ``target`` that have just the values of ``where`` (None: NULL), unordered.

        Raises SetupError where the table or a column is not there or may not be read, a name cannot be one, or there
        are more than ``most`` rows (None: there may be any number); DatabaseError where the server fails in another
        way.
        """
        import psycopg2

        wanted = dict(where or {})
        equal = {column: value for column, value in wanted.items() if value is not None}
        null = [column for column in wanted if column not in equal]
        try:
            statements.select_rows(target, columns, equal=dict.fromkeys(equal, SYSTEM_EQUALITY), null=null)
            with self._connect().cursor() as cursor:
                place, equalities = _look_up(cursor, target, [*columns, *wanted])
                compared = {column: equalities.get(column, SYSTEM_EQUALITY) for column in equal}
                limit = None if most is None else most + 1
                text = statements.select_rows(place, columns, equal=compared, null=null, most=limit)
                cursor.execute(text, tuple(equal.values()) or None)
                found = tuple(cursor.fetchall())
        except ValueError as error:
            cure = say("ask by names of tables and columns that PostgreSQL takes")
            raise CannotAsk(
                say("the warehouse cannot be asked: {error}", error=error), target=target, cure=cure
            ) from error
        except psycopg2.Error as error:
            raise _refused(error, target, [*columns, *wanted]) from error
        if most is not None and len(found) > most:
            message = say(
                "{target} has more than {most:,} rows, and at most so many are read. Nothing was touched.",
                target=target.sql,
                most=most,
            )
            raise SetupError(message, table=target.sql)
        return found

    def _connect(self) -> Connection:
        if self._is_over:
            raise RuntimeError(say("the warehouse can be asked until the plan is made, and not later"))
        if self._connection is None:
            connection = self._stack.enter_context(self._open())
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                begin_reading(
                    cursor,
                    lock_timeout=self._lock_timeout,
                    statement_timeout=self._statement_timeout,
                    time_zone=None,
                )
            self._connection = connection
        return self._connection


def _look_up(cursor: Cursor, target: Target, columns: Sequence[str]) -> tuple[Target, Mapping[str, Equality]]:
    """Resolve the name of a table, and say how its columns are compared. Raises CannotAsk where it is not there."""
    table = read_tables(cursor, [target]).get(target)
    if table is None:
        said, cure = (
            say("{target} cannot be asked: it does not exist", target=target.sql),
            say("create it with {columns}", columns=_name_columns(columns)),
        )
        raise CannotAsk(said, target=target, cure=cure, table=target.sql)
    return table.place, table.equalities


def _refused(error: Error, target: Target, columns: Sequence[str]) -> WdhError:
    said = first_line(error)
    facts = {"table": target.sql, "sqlstate": error.pgcode}
    state = error.pgcode or ""
    if not state.startswith(_ACCESS_RULES):
        message = say(
            "{target} could not be asked: {said} Nothing was written; run again.",
            target=target.sql,
            said=sentence(said),
        )
        return DatabaseError(message, **facts).quoting()
    cure = say(_CURES.get(state, later("have its columns take such values")), columns=_name_columns(columns))
    return CannotAsk(
        say("{target} cannot be asked: {said}", target=target.sql, said=clause(said)),
        target=target,
        cure=cure,
        **facts,
    ).quoting()


_CURES: Final[Mapping[str, str]] = {
    "42703": later("give it {columns}"),
    "42501": later("grant the role of the run SELECT on it"),
}


def _name_columns(columns: Sequence[str]) -> str:
    names = list(dict.fromkeys(columns))
    listed = ", ".join(map(quote_ident, names))
    return say_count("the column {columns}", "the columns {columns}", len(names), columns=listed)
