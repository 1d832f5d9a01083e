"""The needs of every question of a forecast: values as arrays, columns with their types, and refusals kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from wdh.apply.catalogue import WarehouseTable
from wdh.facts import FactValue
from wdh.facts.copytext import NULL, CopyWriter, read_copy_text
from wdh.facts.spool import FactRows
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor

_FAULTS = ("0A", "22", "42501", "42804", "42846", "42883", "42P21", "42P22")
"""How SQLSTATEs begin about a value that a type does not take, and about what a type or the role cannot do."""


FACTS_AT_ONCE = 100_000
"""So many facts are one question: each reads the table, where no index helps, and is held in memory."""


class NotAnswered(Exception):
    """The server does not answer a question, mostly as a value is none of its column's type; ``sqlstate`` says why."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def describe(table: WarehouseTable, column: str) -> questions.Asked:
    """Say how a column of a table is asked about."""
    kind = table.columns[column]
    return questions.Asked(column, kind.schema, kind.name, table.equalities.get(column))


def can_read(table: WarehouseTable, column: str) -> bool:
    """Say whether the table has a column, and the role may read it."""
    return column in table.columns and "SELECT" not in table.rights.denied.get(column, ())


def write_values(values: Sequence[FactValue]) -> str:
    """Write a column as an array of the texts that PostgreSQL's input functions would see in COPY."""
    return _write_texts(CopyWriter().texts(values))


def _write_texts(texts: Sequence[str]) -> str:
    """Write a column as write_values() does, of values that are COPY text already."""
    whole = '{"' + '","'.join(texts) + '"}'
    if whole.count('"') == 2 * len(texts):  # no value has one
        plain = whole.replace(f'"{NULL}"', "NULL")
        if "\\" not in plain:
            return plain
    return "{" + ",".join(map(_element, texts)) + "}"


def read_blocks(facts: FactRows, columns: Sequence[str]) -> Iterator[list[str]]:
    """Read some columns of the facts back as arrays, each whole: as many facts at a time as are one question."""
    places = [facts.columns.index(column) for column in columns]
    block: list[list[str]] = [[] for _ in places]
    for chunk in facts.chunks():
        rows = (line.split("\t") for line in chunk.decode("utf-8").split("\n")[:-1])
        values = list(zip(*rows, strict=True))
        for place, texts in zip(places, block, strict=True):
            texts += values[place]
        if len(block[0]) >= FACTS_AT_ONCE:
            yield [*map(_write_texts, block)]
            block = [[] for _ in places]
    if block[0]:
        yield [*map(_write_texts, block)]


def _element(text: str) -> str:
    if text == NULL:
        return "NULL"
    if "\\" in text:
        text = (read_copy_text(text) or "").replace("\\", "\\\\")
    return '"' + text.replace('"', '\\"') + '"'


def ask(cursor: Cursor, question: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Ask one question. Raises NotAnswered where that is the question's fault, psycopg2.Error."""
    with _kept_apart(cursor):
        cursor.execute(question, tuple(values))
        return cursor.fetchall()


@contextmanager
def _kept_apart(cursor: Cursor) -> Iterator[None]:
    import psycopg2

    cursor.execute(questions.SAVEPOINT)
    cursor.execute(questions.BY_HASHING)
    try:
        yield
    except psycopg2.Error as error:
        if not (error.pgcode or "").startswith(_FAULTS):
            raise
        raise NotAnswered(error.pgcode or "") from error
    finally:
        with suppress(psycopg2.Error):  # of a session that is gone there is nothing to take back
            cursor.execute(questions.BACK_TO_SAVEPOINT)
            cursor.execute(questions.RELEASE)
