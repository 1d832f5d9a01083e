"""What a plugin may ask the warehouse: rows of tables by equal values, and nothing that changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from wdh.apply.reading import WarehouseReader
from wdh.errors import DatabaseError, SetupError
from wdh.sql.identifiers import Target
from wdh.testing.database import Database

HOSTILE = 'a%s"b%%'
"""A name that placeholders, quotes and PostgreSQL itself could misread."""


def connect(database: Database, opened: list[Any]) -> closing[Any]:
    opened.append(database.connect())
    return closing(opened[-1])


@pytest.fixture
def opened() -> list[Any]:
    """The connections that were opened."""
    return []


@pytest.fixture
def reader(database: Database, opened: list[Any]) -> Iterator[WarehouseReader]:
    with WarehouseReader(lambda: connect(database, opened), lock_timeout="200ms") as reader:
        yield reader


def test_rows_are_read_by_equal_values_and_by_null(database: Database, reader: WarehouseReader) -> None:
    database.execute("""CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'x''"%s')""")
    table = Target("public", "t")
    assert sorted(reader.rows(table, ["a"])) == [(1,), (2,), (3,)]
    assert reader.rows(table, ["b", "a"], where={"b": "x"}) == (("x", 1),)
    assert reader.rows(table, ["a"], where={"b": None}) == ((2,),)
    assert reader.rows(table, ["a"], where={"b": "x'\"%s", "a": 3}) == ((3,),)
    assert reader.rows(table, ["a"], where={"b": None, "a": 1}) == ()


@pytest.mark.parametrize("where", [None, {HOSTILE: 1}, {HOSTILE: None}, {HOSTILE: 1, "%s": None}])
def test_no_name_is_misread(database: Database, reader: WarehouseReader, where: Any) -> None:
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    database.execute(f'CREATE TABLE {quoted} ({quoted} int, "%s" int); INSERT INTO {quoted} VALUES (1), (NULL)')
    assert len(reader.rows(Target("public", HOSTILE), [HOSTILE], where=where)) == (2 if where is None else 1)


def test_all_questions_are_one_read_only_transaction(
    database: Database, reader: WarehouseReader, opened: list[Any]
) -> None:
    """What another transaction commits between two questions is not seen: the answers belong together."""
    database.execute("CREATE TABLE t (a int)")
    assert reader.rows(Target(None, "t"), ["a"]) == ()
    database.execute("INSERT INTO t VALUES (1)")
    assert reader.rows(Target(None, "t"), ["a"]) == ()
    (connection,) = opened
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        cursor.execute("INSERT INTO t VALUES (2)")


def test_who_asks_nothing_opens_nothing(reader: WarehouseReader, opened: list[Any]) -> None:
    assert reader is not None
    assert opened == []


@pytest.mark.parametrize(
    ("target", "column", "said"),
    [
        (Target("public", "nowhere"), "a", '"public"."nowhere" cannot be asked: it does not exist'),
        (Target(None, "t"), "b", '"t" cannot be asked: column t.b does not exist'),
        (Target(None, "t" * 64), "a", "PostgreSQL keeps 63"),
    ],
)
def test_what_is_not_there_is_a_setup_error(
    database: Database, reader: WarehouseReader, target: Target, column: str, said: str
) -> None:
    database.execute("CREATE TABLE t (a int)")
    with pytest.raises(SetupError) as caught:
        reader.rows(target, [column])
    assert said in str(caught.value)
    assert "Nothing was touched" in str(caught.value)


def test_a_locked_table_is_not_waited_for_for_ever(database: Database, reader: WarehouseReader) -> None:
    database.execute("CREATE TABLE t (a int)")
    with database.connect().cursor() as cursor:
        cursor.execute("LOCK TABLE t")
        with pytest.raises(DatabaseError, match="could not be asked: canceling statement due to lock timeout"):
            reader.rows(Target(None, "t"), ["a"])


def test_nothing_is_left_open_and_nobody_asks_later(database: Database, opened: list[Any]) -> None:
    """A plugin that kept the reader would read outside of the run, on a connection that nobody closes."""
    database.execute("CREATE TABLE t (a int)")
    with WarehouseReader(lambda: connect(database, opened), lock_timeout="200ms") as reader:
        reader.rows(Target(None, "t"), ["a"])
    with pytest.raises(RuntimeError, match="until the plan is made"):
        reader.rows(Target(None, "t"), ["a"])
    assert [connection.closed for connection in opened] == [1]
