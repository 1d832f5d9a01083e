"""Whether a column takes a value exactly: PostgreSQL itself is asked whether the answer was right."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case
from support.thoroughness import examples

from wdh.apply.catalogue import read_tables
from wdh.apply.fit.types import ColumnType, is_certain, make_check, surely_fits
from wdh.facts import FactValue
from wdh.facts.copytext import copy_value, read_copy_text
from wdh.facts.profiles import profile_of
from wdh.sql.identifiers import Target

TYPES = (
    "text",
    "varchar",
    "varchar(3)",
    "char(4)",
    "numeric",
    "numeric(6,2)",
    "numeric(5,0)",
    "numeric(20,4)",
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
    "name",
    "short",
    "shorter",
    "timestamp(0)",
    '"char"',
    "time",
    "time(0)",
    "timetz(0)",
)
NO_NUMBER = ("nan", "inf", "infinity")
FAITHFUL = frozenset(
    (
        "real",
        "double precision",
        "timestamp",
        "timestamptz",
        "boolean",
        "date",
        "numeric",
        "name",
        "timestamp(0)",
        "time",
    )
) | {"time(0)", "timetz(0)"}
"""Types for which a value may be refused by caution, though PostgreSQL would have kept it."""

storable = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
texts = st.one_of(
    st.text(storable, max_size=8),
    st.text("0123456789.-+eE_x ", max_size=10),
    st.sampled_from(
        ["0012", "12", "1.005", "１２", "2024-11-01", "20241101", "2024-02-30", "01/02/2024", "now", "today"]
    ),
    st.sampled_from(
        ["infinity", "NaN", "t", "true", "maybe", "2024-11-01 10:00:00", "2024-11-01T10:00:00+08:00", "23:59:60"]
    ),
)
values: st.SearchStrategy[FactValue] = st.one_of(
    st.none(),
    texts,
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.integers(-1000, 1000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1000, 1000).map(lambda number: round(number, 2)),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**7), max_value=10**7),
    st.dates(datetime.date(1, 1, 1)),
    st.datetimes(),
)


@pytest.fixture(scope="module")
def server(postgres_server: Any) -> Iterator[Cursor]:
    """A table for each type, in one database."""
    with postgres_server.fresh_database() as database:
        database.execute("CREATE DOMAIN short AS varchar(2) CHECK (value <> 'no'); CREATE DOMAIN shorter AS short")
        for number, kind in enumerate(TYPES):
            database.execute(f"CREATE TABLE t{number} (v {kind})")
        with database.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'")
            yield cursor
            connection.rollback()


def store(cursor: Cursor, table: str, value: str) -> str | None:
    """Send one value by COPY and read back what is stored, as text; None: it was refused."""
    cursor.execute("SAVEPOINT one")
    try:
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO((copy_value(value) + "\n").encode("utf-8")))
        cursor.execute(f"SELECT v::text FROM {table}")
        found = cursor.fetchone()
        return None if found is None else str(found[0])
    except psycopg2.Error:
        return None
    finally:
        cursor.execute("ROLLBACK TO one")


def means_the_same(sent: str, stored: str, *, kind: str) -> bool:
    """Say whether what is stored is what was sent: the same text, number, truth or time."""
    if kind.startswith(("numeric", "real", "double")):
        return Decimal(sent) == Decimal(stored)
    if kind == "boolean":
        return {"true": True, "false": False}[stored] == (sent.lower()[0] in "ty1" or sent.lower() == "on")
    if kind in ("date", "timestamp", "timestamp(0)"):
        return as_moment(stored) == as_moment(sent)
    if kind in ("time", "time(0)", "timetz(0)"):
        return as_moment(f"2024-11-01 {stored[:8]}") == as_moment(f"2024-11-01 {sent[:8]}") or sent[:5] == "24:00"
    if kind == "timestamptz":
        return True  # an instant, shown in the session's own zone
    return stored.rstrip(" ") == sent.rstrip(" ") if kind.startswith("char(") else stored == sent


def as_moment(text: str) -> datetime.datetime:
    day, rest = (text[:8], text[8:]) if text[:8].isdigit() else (text[:10], text[10:])
    day = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
    time, _, fraction = rest.strip(" T").partition(".")
    clock = [int(part) for part in time.split(":")] if time else []
    return datetime.datetime.combine(
        datetime.date.fromisoformat(day), datetime.time(*clock, microsecond=0 if not fraction else 1)
    ).replace(microsecond=int(fraction.ljust(6, "0")) if fraction else 0)


def column_type(cursor: Cursor, table: str) -> ColumnType:
    target = Target("public", table)
    return read_tables(cursor, [target])[target].columns["v"]


def describe(cursor: Cursor, kind: str) -> ColumnType:
    """Say what a column of any type is."""
    cursor.execute(f"SAVEPOINT described; CREATE TABLE described (v {kind})")
    try:
        return column_type(cursor, "described")
    finally:
        cursor.execute("ROLLBACK TO described")


@settings(max_examples=examples(400))
@given(kind=st.sampled_from(TYPES), value=texts)
@example(kind="numeric(6,2)", value="1.005")
@example(kind="numeric(6,2)", value="123450.00")
@example(kind="numeric(6,2)", value="1E1000000")
@example(kind="numeric", value="1E-20000")
@example(kind="double precision", value="1E1000000")
@example(kind="integer", value="1E1000000")
@example(kind="numeric(20,4)", value="1" * 40)
@example(kind="integer", value="0012")
@example(kind="date", value="now")
@example(kind="varchar(3)", value="abc ")
@example(kind="timestamp", value="2024-11-01 23:59:60")
@example(kind="time", value="23:59:60")
@example(kind="timetz(0)", value="12:00:00.6+08")
def test_what_is_said_to_fit_is_stored_exactly_and_what_is_not_is_refused_or_changed(
    server: Cursor, kind: str, value: str
) -> None:
    table = f"t{TYPES.index(kind)}"
    check = make_check(column_type(server, table))
    stored = store(server, table, value)
    if check is None or check(value) is None:
        if kind in ("short", "shorter", "boolean") and stored is None:
            return  # the domain's own constraint; a boolean's word is left to the server
        assert stored is not None, f"{value!r} was said to fit {kind}"
        assert means_the_same(value, stored, kind=kind), f"{value!r} became {stored!r} in {kind}"
    elif kind not in FAITHFUL and value.strip().lower().strip("+-") not in NO_NUMBER:
        assert stored != value, f"{value!r} fits {kind}, and was said not to"


@settings(max_examples=examples(400))
@given(kind=st.sampled_from(TYPES), column=st.lists(values, max_size=5))
@example(kind="numeric(20,4)", column=[1e-05])
@example(kind="numeric(20,4)", column=[1.00005])
@example(kind="boolean", column=[True, "perhaps"])
def test_a_column_that_surely_fits_has_no_value_that_does_not(
    server: Cursor, kind: str, column: list[FactValue]
) -> None:
    """The profile is quick and careful: it may ask for a second look in vain, and never spares one that is needed."""
    described = column_type(server, f"t{TYPES.index(kind)}")
    if not surely_fits(described, profile_of(column, list(map(copy_value, column)))):
        return
    check = make_check(described)
    seen = [text for value in column if (text := read_copy_text(copy_value(value))) is not None]
    assert check is None or all(check(text) is None for text in seen)


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("varchar(3)", ["abc", None]),
        ("numeric(20,4)", [10936191575.21, None, 12, Decimal("1.0005")]),
        ("date", [datetime.date(2024, 11, 1)]),
        ("double precision", [10936191575.21, 1e-300]),
        ("integer", [12, None]),
        ("boolean", [True]),
        ("text", ["anything", 1, None]),
    ],
)
def test_usual_columns_need_no_second_look(server: Cursor, kind: str, column: list[FactValue]) -> None:
    described = describe(server, kind)
    assert surely_fits(described, profile_of(column, list(map(copy_value, column))))
    assert is_certain(described), "and the server is not asked what it makes of them"


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (
            "character varying(10)",
            "中国人寿养老保险股份有限公司",
            "has 14 characters, and character varying(10) keeps 10",
        ),
        ("numeric(6,2)", "1.005", "has more than 2 decimals, and numeric(6,2) would round it"),
        ("numeric(6,2)", "12345.5", "has more than 4 digits before the point, and numeric(6,2) keeps no more"),
        ("numeric(20,4)", "NaN", "is not a number"),
        ("integer", "0012", "would arrive as 12"),
        ("integer", "2147483648", "is out of the range of integer"),
        ("integer", "12.5", "has decimals, and integer has none"),
        ("bigint", "一", "is not a whole number"),
        ("real", "10936191575.21", "has more digits than real is sure to keep (6)"),
        ("double precision", "0.12345678901234567890", "has more digits than double precision is sure to keep (15)"),
        ("date", "today", "is not a day like 2024-11-30"),
        ("date", "2024-02-30", "is not a day like 2024-11-30"),
        ("date", "2024-11-01 10:00:00", "has a time of day, and date keeps none"),
        ("timestamp without time zone", "2024-11-01 10:00:00+08", "has a time zone, and timestamp without time zone"),
        ("boolean", "maybe", "is neither true nor false"),
        ("numeric(10,0)", "0012", "would arrive as 12"),
        ("double precision", "+5", "would arrive as 5"),
        (
            "timestamp(0) without time zone",
            "2024-11-01 23:59:59.6",
            "has fractions of a second, and the column keeps 0",
        ),
        ("time(0) without time zone", "12:00:00.6", "has fractions of a second, and the column keeps 0"),
        ('"char"', "xyz", 'is more than one byte, and "char" keeps one'),
        ("name", "年" * 22, "is 66 bytes long, and name keeps 63"),
        ("time", "23:59:60", "is not a time of day like 12:00:00"),
        ("time", "12:00:00+08", "has a time zone, and time without time zone keeps none"),
        ("timetz(0)", "12:00:00.6+08", "has fractions of a second, and the column keeps 0"),
        ("timestamp", "2024-11-30 23:59:60", "is not a moment like 2024-11-30 12:00:00"),
        ("timestamp", "2024-11-30 24:00", "is not a moment like 2024-11-30 12:00:00"),
        ("date", "2024-11-30 00:00:00+08", "has a time zone, and date keeps none"),
        ("numeric(5,-3)", "12345", "has more than -3 decimals, and numeric(5,-3) would round it"),
    ],
)
def test_a_misfit_is_told_in_a_sentence(server: Cursor, kind: str, value: str, why: str) -> None:
    check = make_check(describe(server, kind))
    assert check is not None
    assert (check(value) or "").startswith(why)
