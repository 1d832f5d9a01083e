"""What arrives in the warehouse: every name and every value exactly, or a clear error before any statement is sent.

Each :class:`Property` has a strategy and a check. The check works in one transaction of a real connection, which
:func:`hold` rolls back after each example. The oracle for names is psycopg2's own quoting, without parameters.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

import wdh
from support import exact_text
from wdh.apply import prepare, run_step
from wdh.errors import DataError
from wdh.facts import Facts, FactValue
from wdh.facts.spool import Spool, Unstorable
from wdh.plan import Append, DeleteScope, Plan
from wdh.sql.identifiers import Target


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be made: two key columns and one other, with or without a unique index on the key."""

    schema: str | None
    table: str
    columns: tuple[str, str, str]
    unique: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.columns[:2]

    @property
    def is_bare(self) -> bool:
        return self.schema is None or not self.schema.strip()

    @property
    def place(self) -> sql.Identifier:
        """The table as psycopg2 quotes it."""
        return sql.Identifier(self.table) if self.is_bare else sql.Identifier(self.schema, self.table)

    def make(self, connection: Connection) -> None:
        """Create the schema and the table."""
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in self.columns)
        unique = sql.SQL(", UNIQUE ({}, {})").format(*map(sql.Identifier, self.key)) if self.unique else sql.SQL("")
        with connection.cursor() as cursor:
            if not self.is_bare:
                cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.schema)))
            cursor.execute(sql.SQL("CREATE TABLE {} ({}{})").format(self.place, columns, unique))

    def add(self, connection: Connection, *rows: Sequence[FactValue]) -> None:
        """Insert rows behind the back of wdh."""
        with connection.cursor() as cursor:
            for row in rows:
                values = sql.SQL(", ").join(map(sql.Literal, row))
                cursor.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(self.place, values))

    def contents(self, connection: Connection) -> list[tuple[Any, ...]]:
        """Every row, in the order of its text."""
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT * FROM {}").format(self.place))
            return sorted(cursor.fetchall(), key=repr)

    def row(self, *values: FactValue) -> dict[str, FactValue]:
        """A row as the engine's functions take it."""
        return dict(zip(self.columns, values, strict=True))


tables = st.builds(
    Table,
    schema=exact_text.schemas,
    table=exact_text.tables,
    columns=st.lists(exact_text.columns, min_size=3, max_size=3, unique=True).map(tuple),  # type: ignore[arg-type]
    unique=st.booleans(),
)
PLAIN = Table("public", "t", ("k", "l", "v"), unique=True)


def names_through_insert_missing(connection: Connection, table: Table) -> None:
    """The table of this name gets the row whose key it lacks, once."""
    table.make(connection)
    table.add(connection, ("A", "B", "old"))
    rows = [table.row("A", "B", "new"), table.row("A", "%s", "'")]
    for inserted in (1, 0):
        result = wdh.insert_missing(table.table, table.key, rows, connection, schema=table.schema)
        assert result["inserted"] == inserted
    assert table.contents(connection) == [("A", "%s", "'"), ("A", "B", "old")]


def names_through_fill_null_only(connection: Connection, table: Table) -> None:
    """The column of this name is filled where it is NULL, and nowhere else."""
    table.make(connection)
    table.add(connection, ("A", "%s", None), ("A", "B", "old"))
    rows = [table.row("A", "%s", '"new"'), table.row("A", "B", "new"), table.row("A", "C", "new")]
    filled = table.columns[2:]
    for updated in (1, 0):
        result = wdh.fill_null_only(table.table, table.key, rows, filled, connection, schema=table.schema)
        assert result["updated"] == updated
    assert table.contents(connection) == [("A", "%s", '"new"'), ("A", "B", "old")]


def names_through_load(connection: Connection, table: Table) -> None:
    """The scope in the columns of these names is replaced, and no other; append only adds."""
    table = replace(table, unique=False)
    table.make(connection)
    table.add(connection, ("A", "%s", "1"), ("A", "%s", None), ("A", "B", "old"))
    rows = [table.row("A", "%s", "2"), table.row("A", "%s", "3")]
    result = wdh.load(table.table, rows, "delete_insert", table.key, 1, connection, schema=table.schema)
    assert (result["deleted"], result["inserted"]) == (2, 2)
    added = wdh.load(table.table, rows[:1], "append", conn=connection, schema=table.schema)
    assert (added["deleted"], added["inserted"]) == (0, 1)
    assert table.contents(connection) == [("A", "%s", "2"), ("A", "%s", "2"), ("A", "%s", "3"), ("A", "B", "old")]


Rows = list[tuple[str, str, str | None]]
rows_of_text = st.lists(
    st.tuples(
        exact_text.text.filter(bool).map(lambda key: key[:200]),
        exact_text.text.filter(bool).map(lambda key: key[:200]),
        st.one_of(st.none(), exact_text.text),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[:2],
)
"""Rows of two keys, not blank and short enough for an index, and any text or NULL."""


def values_through_insert_missing(connection: Connection, rows: Rows) -> None:
    """Each value arrives as it is, and its key is known again."""
    PLAIN.make(connection)
    for inserted in (len(rows), 0):
        result = wdh.insert_missing("t", PLAIN.key, [PLAIN.row(*row) for row in rows], connection, chunk_size=3)
        assert result["inserted"] == inserted
    assert PLAIN.contents(connection) == sorted(rows, key=repr)


def values_through_fill_null_only(connection: Connection, rows: Rows) -> None:
    """Each value arrives in the row of its key."""
    PLAIN.make(connection)
    PLAIN.add(connection, *((key, other, None) for key, other, _ in rows))
    for updated in (sum(value is not None for *_, value in rows), 0):
        result = wdh.fill_null_only("t", PLAIN.key, [PLAIN.row(*row) for row in rows], ["v"], connection)
        assert result["updated"] == updated
    assert PLAIN.contents(connection) == sorted(rows, key=repr)


def values_through_load(connection: Connection, rows: Rows) -> None:
    """Each value arrives, and its scope is found again: a second load leaves the same."""
    PLAIN.make(connection)
    for deleted in (0, len(rows)):
        result = wdh.load("t", [PLAIN.row(*row) for row in rows], "delete_insert", PLAIN.key, 3, connection)
        assert (result["deleted"], result["inserted"]) == (deleted, len(rows))
    assert PLAIN.contents(connection) == sorted(rows, key=repr)


def values_through_a_plan(connection: Connection, rows: Rows) -> None:
    """Each value goes through the spool, in two batches of which the first lacks a column, and by COPY to the table."""
    table = replace(PLAIN, unique=False)
    table.make(connection)
    with Spool(table.key) as spool:
        for columns in (table.columns[:2], table.columns):
            values = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
            spool.append(Facts(list(range(len(rows))), values), file="f.xlsx", sheet="s")
        _replace_facts(connection, spool)
    assert table.contents(connection) == sorted([*((*row[:2], None) for row in rows), *rows], key=repr)


def _replace_facts(connection: Connection, spool: Spool) -> None:
    """Run the steps of a plan that replaces the spooled scopes of the plain table, twice."""
    target, facts = Target("public", "t"), spool.facts()
    steps = (DeleteScope(target, facts.scope_columns, facts.scopes), Append(target, facts))
    with connection.cursor() as cursor:
        for deleted in (0, facts.count):
            plan = prepare(Plan("d", steps), cursor).plan
            outcomes = [run_step(step, cursor, plan=plan).rows for step in plan.steps]
            assert outcomes == [deleted, facts.count]


NUMBERS = """
CREATE TABLE t (
    "float" double precision, "float as numeric" numeric, "float as text" text,
    "int" bigint, "int as numeric" numeric, "int as text" text,
    "decimal" numeric, "decimal as text" text,
    "date" date, "date as text" text, "time" timestamp, "time as text" text, "truth" boolean
)"""
NUMBER_COLUMNS = re.findall('"(.+?)"', NUMBERS)
Numbers = list[tuple[float, int, Decimal, datetime.date, datetime.datetime, bool]]
rows_of_numbers = st.lists(
    st.tuples(
        exact_text.floats,
        exact_text.integers,
        exact_text.decimals,
        exact_text.days,
        exact_text.moments,
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


def numbers_and_dates(connection: Connection, rows: Numbers) -> None:
    """A number arrives as the same number in a column of its kind, in numeric and in text; a date as the same date."""
    sent = [(f, f, f, i, i, i, d, d, day, day, time, time, truth) for f, i, d, day, time, truth in rows]
    with connection.cursor() as cursor, Spool(()) as spool:
        cursor.execute(NUMBERS)
        wdh.load("t", [dict(zip(NUMBER_COLUMNS, row, strict=True)) for row in sent], "append", conn=connection)
        columns = {name: list(values) for name, values in zip(NUMBER_COLUMNS, zip(*sent, strict=True), strict=True)}
        spool.append(Facts(list(range(len(sent))), columns), file="f.xlsx", sheet="s")
        step = Append(Target("public", "t"), spool.facts())
        run_step(step, cursor, plan=Plan("d", (step,)))
        cursor.execute("SELECT * FROM t")
        assert [_as_values(row) for row in cursor.fetchall()] == [_expected(row) for row in rows] * 2


def _as_values(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Read the text columns; a float is told by its repr, as 0.0 == -0.0."""
    f, fn, ft, i, n, it, d, dt, day, day_text, time, time_text, truth = row
    dates = (day, datetime.date.fromisoformat(day_text), time, datetime.datetime.fromisoformat(time_text))
    return (repr(f), fn, Decimal(ft), i, n, int(it), d, Decimal(dt), *dates, truth)


def _expected(row: tuple[float, int, Decimal, datetime.date, datetime.datetime, bool]) -> tuple[Any, ...]:
    f, i, d, day, time, truth = row
    shown = Decimal(repr(f))
    return (repr(f), shown, shown, i, i, i, d, d, day, day, time, time, truth)


@st.composite
def misnamed_tables(draw: st.DrawFn) -> Table:
    """A table of which one name, that of its schema, itself or a column, cannot be one."""
    table, wrong = draw(tables), draw(exact_text.impossible_names)
    place = draw(st.integers(0, 4))
    if place == 0:
        return replace(table, schema=wrong or "x" * 64)
    if place == 1:
        return replace(table, table=wrong)
    columns = list(table.columns)
    columns[place - 2] = wrong
    return replace(table, columns=(columns[0], columns[1], columns[2]))


def impossible_names(connection: Connection, table: Table) -> None:
    """Each function refuses the name before it has sent any statement."""
    _refuse_everywhere(connection, table, [table.row("A", "B", "C")])


impossible_rows: st.SearchStrategy[list[tuple[FactValue, ...]]] = st.one_of(
    st.builds(lambda rows, wrong: [*rows[1:], (*rows[0][:2], wrong)], rows_of_text, exact_text.impossible_values),
    st.builds(lambda rows, wrong: [*rows[1:], (wrong, *rows[0][1:])], rows_of_text, exact_text.impossible_values),
)


def impossible_values(connection: Connection, rows: list[tuple[FactValue, ...]]) -> None:
    """Each function refuses the value before it has sent any statement, and the spool before there is a plan."""
    _refuse_everywhere(connection, PLAIN, [PLAIN.row(*row) for row in rows])
    columns = {name: [row[place] for row in rows] for place, name in enumerate(PLAIN.columns)}
    with Spool(PLAIN.key) as spool:
        assert _refusal(lambda: spool.append(Facts(list(range(len(rows))), columns), file="f", sheet="s")) is Unstorable


def _refuse_everywhere(connection: Connection, table: Table, rows: list[dict[str, FactValue]]) -> None:
    name, key, schema = table.table, table.key, table.schema
    calls: tuple[Callable[[], object], ...] = (
        lambda: wdh.insert_missing(name, key, rows, connection, schema=schema),
        lambda: wdh.fill_null_only(name, key, rows, table.columns[2:], connection, schema=schema),
        lambda: wdh.load(name, rows, "delete_insert", key, conn=connection, schema=schema),
        lambda: wdh.load(name, rows, "append", conn=connection, schema=schema),
    )
    for call in calls:
        assert _refusal(call) is ValueError
        assert connection.info.transaction_status == TRANSACTION_STATUS_IDLE, "a statement was sent"


def _refusal(call: Callable[[], object]) -> type[Exception] | None:
    """The very class: UnicodeEncodeError is a ValueError, too, but nothing that an operator can read."""
    try:
        call()
    except (ValueError, DataError) as error:
        return type(error)
    return None


@dataclass(frozen=True, slots=True)
class Property:
    """A promise, what it is tried on, and the check, which raises AssertionError where the promise is broken."""

    promise: str
    examples: st.SearchStrategy[Any]
    check: Callable[[Connection, Any], None]

    @property
    def name(self) -> str:
        return self.check.__name__.replace("_", " ")


PROPERTIES = (
    Property("5: no identifier can inject", tables, names_through_insert_missing),
    Property("5: no identifier can inject", tables, names_through_fill_null_only),
    Property("5: no identifier can inject", tables, names_through_load),
    Property("5: no identifier can inject", misnamed_tables(), impossible_names),
    Property("5: no value can inject", rows_of_text, values_through_insert_missing),
    Property("5: no value can inject", rows_of_text, values_through_fill_null_only),
    Property("5: no value can inject", rows_of_text, values_through_load),
    Property("5: no value can inject", rows_of_text, values_through_a_plan),
    Property("5: no value can inject", impossible_rows, impossible_values),
    Property("6: what is shown is what arrives", rows_of_numbers, numbers_and_dates),
)


def hold(promised: Property, connection: Connection, *, examples: int) -> int:
    """Try a property on so many examples, and give the number tried. Raises what the smallest bad one raises."""
    tried = 0

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(promised.examples)
    def holds(example: Any) -> None:
        nonlocal tried
        tried += 1
        try:
            promised.check(connection, example)
        finally:
            connection.rollback()

    holds()
    return tried
