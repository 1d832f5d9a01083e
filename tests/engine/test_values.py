"""What a caller's values arrive as: exactly what they are, or not at all, with the column and the type named."""

from __future__ import annotations

import datetime
import enum
import fractions
import json
import numbers
import uuid
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import psycopg2.extras
import pytest

import wdh
from wdh.errors import DatabaseError, DataError

UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=8))
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Code(str, enum.Enum):
    PLAN = "P'1"


class Number(enum.IntEnum):
    TWO = 2


class Colour(enum.Enum):
    RED = "red"


class LoudText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class LoudFloat(float):
    """Shows itself as numpy's float64 does."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)})"


@numbers.Integral.register
class ForeignInteger:
    """A whole number that is no int, as numpy's int64."""

    def __index__(self) -> int:
        return 7


@numbers.Integral.register
class Duration:
    """Calls itself a whole number and is none, as numpy's timedelta64."""

    def __repr__(self) -> str:
        return "1 day"


@numbers.Real.register
class ForeignFloat:
    """A number that is no float, as numpy's float32: what it shows is what is meant."""

    def __str__(self) -> str:
        return "0.1"

    def __float__(self) -> float:
        return 0.10000000149011612


class Moment(datetime.datetime):
    """A datetime of another library, as pandas' Timestamp."""


class FinerMoment(datetime.datetime):
    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        return super().isoformat(sep, timespec) + ".000000001"


class NoMoment(datetime.datetime):
    """As pandas' NaT, which is a datetime, too."""

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:  # noqa: ARG002
        return "NaT"


ARRIVE = [
    pytest.param("jsonb", {"b": [1, None, True], "甲": "é\n"}, '{"b": [1, null, true], "甲": "é\\n"}', id="a document"),
    pytest.param("json", {"b": 1, "a": {}}, '{"b": 1, "a": {}}', id="a json keeps its order"),
    pytest.param("jsonb", {}, "{}", id="an empty document"),
    pytest.param("jsonb", [], "[]", id="an empty list"),
    pytest.param("jsonb", [1, "a", [None]], '[1, "a", [null]]', id="a list"),
    pytest.param("jsonb", (1, 2), "[1, 2]", id="a tuple"),
    pytest.param("jsonb", MappingProxyType({"a": 1}), '{"a": 1}', id="any mapping"),
    pytest.param("jsonb", {"n": Decimal("12345678901234567890.120")}, '{"n": 12345678901234567890.120}', id="digits"),
    pytest.param("jsonb", {"n": 0.1, "m": 1.0, "o": 1e300 == 0}, '{"m": 1.0, "n": 0.1, "o": false}', id="floats"),
    pytest.param("jsonb", {"d": datetime.date(2024, 11, 30)}, '{"d": "2024-11-30"}', id="a day inside"),
    pytest.param(
        "jsonb", [datetime.datetime(2024, 11, 30, 1, 2, tzinfo=UTC)], '["2024-11-30T01:02:00+00:00"]', id="a moment"
    ),
    pytest.param("jsonb", {"u": ID}, f'{{"u": "{ID}"}}', id="an identifier inside"),
    pytest.param("jsonb", {"e": Code.PLAN, "n": Number.TWO}, '{"e": "P\'1", "n": 2}', id="members inside"),
    pytest.param("text", {"a": "\\N\t"}, '{"a": "\\\\N\\t"}', id="a document in a text"),
    pytest.param("varchar(20)", [1], "[1]", id="a list in a varchar"),
    pytest.param("jsonb", "[1]", "[1]", id="a text that is JSON already"),
    pytest.param("jsonb", psycopg2.extras.Json({"a": 1}), '{"a": 1}', id="psycopg2's Json"),
    pytest.param("jsonb", psycopg2.extras.Json({"d": ID}, dumps=lambda _: '"x"'), '"x"', id="its own dumps"),
    pytest.param("int[]", [1, None, 3], "{1,NULL,3}", id="an array"),
    pytest.param("int[]", [], "{}", id="an empty array"),
    pytest.param("int[]", (1, 2), "{1,2}", id="a tuple as array"),
    pytest.param("int[]", [[1, 2], [3, 4]], "{{1,2},{3,4}}", id="two dimensions"),
    pytest.param(
        "text[]",
        ["", "NULL", "null", "a,b", '"', "\\", "{}", " x", "甲", None],
        r'{"","NULL","null","a,b","\"","\\","{}"," x",甲,NULL}',
        id="texts that need quotes",
    ),
    pytest.param("numeric(10,2)[]", [Decimal("1.50"), 2], "{1.50,2.00}", id="numbers"),
    pytest.param("date[]", [datetime.date(2024, 11, 30)], "{2024-11-30}", id="days"),
    pytest.param("bool[]", [True, False], "{t,f}", id="booleans"),
    pytest.param("jsonb[]", [{"a": 1}, {}], '{"{\\"a\\": 1}","{}"}', id="documents in an array"),
    pytest.param("bytea[]", [b"\x00\\"], '{"\\\\x005c"}', id="bytes in an array"),
    pytest.param("bytea", b"\x00\\'\xff", "\\x005c27ff", id="bytes"),
    pytest.param("bytea", b"", "\\x", id="no bytes"),
    pytest.param("bytea", bytearray(b"ab"), "\\x6162", id="a bytearray"),
    pytest.param("bytea", memoryview(b"ab"), "\\x6162", id="a memoryview, as psycopg2 gives"),
    pytest.param("time", datetime.time(12, 30, 0, 5), "12:30:00.000005", id="a time of day"),
    pytest.param("text", datetime.time(12, 30), "12:30:00", id="a time of day in a text"),
    pytest.param("interval", datetime.timedelta(0), "00:00:00", id="no time"),
    pytest.param("interval", datetime.timedelta(days=1), "1 day", id="a day"),
    pytest.param(
        "interval", datetime.timedelta(days=40, seconds=3661, microseconds=500), "40 days 01:01:01.0005", id="d"
    ),
    pytest.param("interval", datetime.timedelta(microseconds=-1), "-1 days +23:59:59.999999", id="a negative one"),
    pytest.param("interval", datetime.timedelta.max, "999999999 days 23:59:59.999999", id="the longest"),
    pytest.param("interval", datetime.timedelta.min, "-999999999 days", id="the most negative"),
    pytest.param("uuid", ID, str(ID), id="an identifier"),
    pytest.param("text", ID, str(ID), id="an identifier in a text"),
    pytest.param("text", Code.PLAN, "P'1", id="a member that is a text"),
    pytest.param("text", LoudText("a"), "a", id="a text that shows itself otherwise"),
    pytest.param("int", Number.TWO, "2", id="a member that is a number"),
    pytest.param("int", ForeignInteger(), "7", id="a whole number of another library"),
    pytest.param("numeric", ForeignFloat(), "0.1", id="a number of another library"),
    pytest.param("real", ForeignFloat(), "0.1", id="the same in a real"),
    pytest.param("double precision", LoudFloat(0.1), "0.1", id="a float that shows itself otherwise"),
    pytest.param("numeric", LoudFloat(12.0), "12", id="a whole float that does"),
    pytest.param("timestamp", Moment(2024, 11, 30, 1, 2, 3, 4), "2024-11-30 01:02:03.000004", id="a moment of another"),
    pytest.param("timestamptz", Moment(2024, 11, 30, 9, tzinfo=EAST), "2024-11-30 01:00:00+00", id="with its zone"),
]
"""Type of the column, value, and the text that PostgreSQL shows of it."""


@pytest.mark.many
@pytest.mark.parametrize(("kind", "value", "shown"), ARRIVE)
def test_a_value_arrives_as_it_is(database: Any, kind: str, value: Any, shown: str) -> None:
    """By each function, beside a row that has none."""
    database.execute(f"CREATE TABLE t (k int, v {kind}); INSERT INTO t VALUES (2, NULL)")
    rows = [{"k": 1, "v": value}, {"k": 3, "v": None}]
    with database.connect(options="-c timezone=UTC") as connection:
        assert wdh.insert_missing("t", ["k"], rows, connection)["inserted"] == 2
        assert wdh.fill_null_only("t", ["k"], [{"k": 2, "v": value}], ["v"], connection)["updated"] == 1
        assert wdh.load("t", [{"k": 4, "v": value}], "append", None, conn=connection)["inserted"] == 1
        connection.commit()
        with connection.cursor() as cursor:
            cursor.execute("SELECT k, v::text FROM t ORDER BY k")
            assert cursor.fetchall() == [(1, shown), (2, shown), (3, None), (4, shown)]


@pytest.mark.parametrize("kind", ["bytea", "uuid", "interval", "time", "int[]"])
def test_what_psycopg2_reads_can_be_written_back(database: Any, kind: str) -> None:
    """A program that copies rows from one table to another need not know their types."""
    values = {"bytea": "'\\x00ff'", "uuid": f"'{ID}'", "interval": "'3 days 04:05:06'", "time": "'12:00'"}
    database.execute(
        f"CREATE TABLE old (k int, v {kind}); CREATE TABLE new (k int, v {kind});"
        f"INSERT INTO old VALUES (1, {values.get(kind, chr(39) + '{1,NULL}' + chr(39))})"
    )
    with database.connect() as connection, connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute("SELECT * FROM old")
        wdh.load("new", cursor.fetchall(), "append", conn=connection)
        connection.commit()
    assert database.rows("SELECT * FROM old EXCEPT SELECT * FROM new") == []


def test_keys_may_be_of_any_of_these(database: Any) -> None:
    """Rows that repeat a key are found by what is sent, whether Python could compare the values or not."""
    database.execute("CREATE TABLE t (u uuid, d jsonb, a int[], b bytea, UNIQUE (u, d, a, b))")
    row = {"u": ID, "d": {"a": [1]}, "a": [1, 2], "b": b"\x00"}
    with database.connect() as connection:
        key = ["u", "d", "a", "b"]
        assert wdh.insert_missing("t", key, [row, dict(row)], connection)["inserted"] == 1
        assert wdh.insert_missing("t", key, [row], connection)["inserted"] == 0
        result = wdh.load("t", [row], "delete_insert", key, conn=connection)
        assert (result["deleted"], result["inserted"]) == (1, 1)


def test_without_a_connection_a_list_is_shown_as_json_and_bytes_in_hexadecimal() -> None:
    """Only the column could tell that a list is an array."""
    rows = [{"a": [1], "b": b"\x01", "d": {"x": None}}]
    ((_, _, shown),) = wdh.load("t", rows, "append")["sql_plans"]
    assert shown == (("[1]", "\\x01", '{"x": null}'),)


LOOP: list[Any] = []
LOOP.append(LOOP)

REFUSED = [
    pytest.param({1, 2}, "a set is nothing that wdh sends", id="a set"),
    pytest.param(object(), "an object is nothing that wdh sends", id="an object"),
    pytest.param(1j, "a complex is nothing", id="a complex number"),
    pytest.param(range(3), "a range is nothing", id="a range"),
    pytest.param(Duration(), "1 day is no whole number", id="a whole number that is none"),
    pytest.param(fractions.Fraction(1, 3), r"Fraction\(1, 3\) is no decimal number", id="a fraction"),
    pytest.param(Colour.RED, "is a member of an Enum; give its value or its name", id="a member of a plain Enum"),
    pytest.param(Decimal("NaN"), "NaN is not a finite number", id="a Decimal that is none"),
    pytest.param(LoudFloat("nan"), "nan is not a finite number", id="a foreign float that is none"),
    pytest.param(NoMoment(2024, 1, 1), "is no moment to the microsecond", id="a moment that is none"),
    pytest.param(FinerMoment(2024, 1, 1, 0, 0, 0), "is no moment to the microsecond", id="nanoseconds"),
    pytest.param({"a": float("nan")}, "nan is not a finite number", id="a document with a NaN"),
    pytest.param([Decimal("Infinity")], "Infinity is not a finite number", id="a list with an infinity"),
    pytest.param({"a": "\0"}, "NUL character", id="a document with a NUL"),
    pytest.param({"\0": 1}, "NUL character", id="a key with a NUL"),
    pytest.param({"a": "\ud800"}, "surrogate", id="a document with half a character"),
    pytest.param({1: "a"}, "an int is a key of a document, 1; JSON has texts as keys only", id="a key that is no text"),
    pytest.param({None: "a"}, "JSON has texts as keys only", id="no key"),
    pytest.param({"a": {1}}, "a set is nothing that wdh sends", id="a set inside"),
    pytest.param({"a": b"x"}, "a bytes inside a document", id="bytes inside"),
    pytest.param([datetime.timedelta(1)], "datetime.timedelta inside a document", id="a duration inside"),
    pytest.param([Colour.RED], "is a member of an Enum", id="a member inside"),
    pytest.param(LOOP, "nested too deeply, or contains itself", id="a list in itself"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED)
def test_what_cannot_arrive_is_refused_with_its_column(value: Any, message: str) -> None:
    rows = [{"k": 1, "v": None}, {"k": 2, "v": value}]
    for call in (
        lambda: wdh.insert_missing("t", ["k"], rows),
        lambda: wdh.fill_null_only("t", ["k"], rows, ["v"]),
        lambda: wdh.load("t", rows, "append"),
        lambda: wdh.load("t", rows, "delete_insert", ["k"]),
    ):
        with pytest.raises(ValueError, match=f"^v: .*{message}"):
            call()


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("int", {"a": 1}, "a dict goes into a json, jsonb or text column, and this one is int4"),
        ("int[]", {}, r"a dict goes into a json, jsonb or text column, and this one is int4\[\]"),
        ("xml", {"a": 1}, "a dict goes into a json, jsonb or text column, and this one is xml"),
        ("tsvector", ["a"], "a list goes into a json, jsonb, text or array column, and this one is tsvector"),
        ("date", (2024, 1, 1), "a tuple goes into"),
        ("text", b"abc", "a bytes goes into a bytea column, and this one is text"),
        ("jsonb", b"{}", "a bytes goes into a bytea column, and this one is jsonb"),
        ("text[]", [b"a"], "a bytes goes into a bytea column, and this one is text"),
        ("int[]", [[]], "a list is empty inside a list"),
        ("int[]", [{"a": 1}], "a dict goes into a json, jsonb or text column, and this one is int4"),
    ],
)
def test_a_value_that_its_column_would_take_for_something_else_is_refused(
    database: Any, kind: str, value: Any, message: str
) -> None:
    r"""PostgreSQL reads ``{}`` as an empty array, ``{"a": 1}`` as XML, and keeps ``\x616263`` as a text."""
    database.execute(f"CREATE TABLE t (k int, v {kind})")
    with database.connect() as connection:
        with pytest.raises(ValueError, match=f"^v: {message}"):
            wdh.load("t", [{"k": 1, "v": value}], "append", conn=connection)
        connection.commit()
    assert database.rows("SELECT * FROM t") == []


@pytest.mark.parametrize("rows", [[{"k": 1, "v": [[1], [2, 3]]}], [{"k": 1, "v": [1, [2]]}]])
def test_a_list_that_is_no_array_is_refused_by_the_server(database: Any, rows: Any) -> None:
    database.execute("CREATE TABLE t (k int, v int[])")
    with database.connect() as connection:
        with pytest.raises((DatabaseError, DataError)):
            wdh.load("t", rows, "append", conn=connection)
        connection.commit()
    assert database.rows("SELECT * FROM t") == []


def test_a_domain_over_a_type_is_that_type(database: Any) -> None:
    database.execute(
        "CREATE DOMAIN numbers AS int[]; CREATE DOMAIN bytes AS bytea; CREATE TABLE t (a numbers, b bytes)"
    )
    with database.connect() as connection:
        wdh.load("t", [{"a": [1, 2], "b": b"\x01"}], "append", conn=connection)
        connection.commit()
    assert database.rows("SELECT a::text, b::text FROM t") == [("{1,2}", "\\x01")]


@pytest.mark.parametrize("document", [{"a": [1, {"b": None}], "c": "甲\u2028\t"}, [1.5, "x", True, None], {"": {}}])
def test_json_is_what_python_reads_back(document: Any) -> None:
    ((_, _, ((text,),)),) = wdh.load("t", [{"d": document}], "append")["sql_plans"]
    assert isinstance(text, str)
    assert json.loads(text) == document
