"""Every type that a server has, each in a column of a table: what is sent arrives as it is, or nothing does.

What comes back in other words, and yet is the same value, is listed by hand (ARRIVES). A type that is not listed, as
one of a later server, must give back every text that it takes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case

from wdh.apply import DoesNotFit, apply_plan
from wdh.errors import WdhError
from wdh.facts import Facts
from wdh.facts.copytext import copy_value
from wdh.facts.spool import Spool
from wdh.plan import Append, Plan
from wdh.sql.identifiers import Target

Connect = Callable[[], Connection]
TARGET = Target("public", "used")

SETTINGS = (
    "SET datestyle = 'ISO, YMD'; SET intervalstyle = postgres; SET lc_monetary = 'C'; SET timezone = 'Europe/Berlin'; "
    "SET extra_float_digits = 1; SET bytea_output = hex; SET xmloption = content; SET array_nulls = on"
)
"""What texts are written and read by; the zone is one whose clocks skip an hour."""

HOSTILE = (
    *("", " ", "a", "A", "ab", "abcde", "abc ", " abc", "年", "it's", 'say "so"', "a,b", "{}", "{a}", "(a,b)", "\\"),
    *("a\\b", "0", "-0", "1", "-1", "+1", "0012", "12.0", "1.005", "1.50", ".5", "1e5", "1e-7", "1_000", "0x10"),
    *("4294967295", "4294967296", "99999999999999999999", "0.1234567890123456789", "16777217", "１２", "NaN"),
    *("Infinity", "-Infinity", "t", "yes", "TRUE", "maybe", "null", "NULL", "now", "today", "epoch", "infinity"),
    *("allballs", "-", "2024-11-30", "20241130", "2024-02-30", "01/02/2024", "2024-11-30 10:00:00"),
    *("2024-11-30 23:59:60", "2024-11-30 24:00", "2024-03-31 02:30:00", "2024-11-30 10:00:00+08"),
    *("2024-11-30 10:00:00.1234567", "2024-11-30 10:00:00.6", "12:00", "12:00:00.6", "23:59:60", "24:00:00"),
    *("12:00:00+08", "12:00:00.6+08", "x" * 70, "年" * 22),
)
"""What to try in every type."""

OWN: Mapping[str, Sequence[str]] = {
    "aclitem": ("=r/postgres",),
    "bit": ("101", "B101", "X1F", "10101", "xF"),
    "box": ("(1,1),(0,0)", "(0,0),(1,1)", "(1.50,1),(0,0)"),
    "bytea": ("\\xDEADbeef", "\\x", "a\\\\b", "\\001", "\\x4", "\\xde ad"),
    "cid": ("010", "7"),
    "cidr": ("192.168.1.0/24", "10.1", "192.168.1", "192.168.1.5/32", "2001:DB8::/32", "192.168.1.5/24"),
    "circle": ("<(0,0),1>", "<(0,0),1.50>", "((0,0),1)"),
    "inet": (
        "192.168.1.5",
        "192.168.1.5/24",
        "192.168.1.5/32",
        "010.1.1.1",
        "10.1",
        "2001:DB8::0001",
        "::ffff:1.2.3.4",
    ),
    "int2vector": ("1 2", "01 2", "1  2"),
    "interval": (
        *("40 days", "90 minutes", "1 month", "1.5 months", "1 year 2 mons", "1:30", "1 day 02:03:04.5", "1-2", "P1M"),
        *("2 days ago", "0.1234567 s", "-1 day", "-1 days +02:03:00", "1 week", "1 mon 5", "400 days 30:00:00"),
    ),
    "json": ('{"a": 1, "a": 2}', "[1.0, 1e2]", '"年"'),
    "jsonb": (
        '{"a": 1, "a": 2}',
        '{"b": 1.0, "a": [1e2, true]}',
        "[1.0]",
        '"\\u5e74"',
        "1e40",
        '{"a": {"b": 1, "b": 2}}',
    ),
    "jsonpath": ("$.a", '$."a"'),
    "line": ("{1,2,3}", "{1.50,2,3}", "(0,0),(1,1)"),
    "lseg": ("[(0,0),(1,1)]", "((0,0),(1,1))", "[(0.0, 0),(1,1)]"),
    "macaddr": ("08:00:2b:01:02:03", "08-00-2B-01-02-03", "08002b010203", "0800.2b01.0203"),
    "macaddr8": ("08:00:2b:01:02:03:04:05", "08-00-2B-01-02-03-04-05", "08:00:2b:01:02:03"),
    "money": ("1,234.56", "$1.50", "($1.50)", "-$3", "1,2,3", "1.234,56", "€5"),
    "oidvector": ("1 2", "-1 2"),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1))", "(0,0),(1,1)", "((0,0) , (1.0,1))"),
    "pg_lsn": ("0/A", "0/0a"),
    "pg_snapshot": ("10:20:10,14", "10:20:"),
    "point": ("(1,2)", "1,2", "(1.50, 2)", "(1e400,0)", "(0.12345678901234567890,0)", "(01,2)"),
    "polygon": ("((0,0),(1,1))", "(0,0),(1,1)", "((0,0),(1.0,1))"),
    "regclass": ("pg_class", "pg_catalog.pg_class", "1259"),
    "regcollation": ('"C"', "C"),
    "regconfig": ("simple", "pg_catalog.simple"),
    "regdatabase": ("template1",),
    "regdictionary": ("simple", "pg_catalog.simple"),
    "regnamespace": ("pg_catalog", "11"),
    "regoper": ("||/", "pg_catalog.||/"),
    "regoperator": ("+(integer,integer)", "+(int4,int4)"),
    "regproc": ("pg_catalog.pg_lsn_in", "pg_lsn_in"),
    "regprocedure": ("lower(text)", "pg_catalog.lower(text)"),
    "regrole": ("pg_monitor",),
    "regtype": ("int4", "integer", "pg_catalog.int4"),
    "tid": ("(0,1)", "(0, 1)", "(00,1)"),
    "tsquery": ("'a' & 'b'", "a&b", "(a)"),
    "tsvector": ("'a' 'b'", "b a", "a a", "a:1A"),
    "txid_snapshot": ("10:20:10,14", "10:20:"),
    "uuid": ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}", "a0eebc99"),
    "varbit": ("101", "B101", "X1F", "10101", "xF"),
    "xid": ("010", "7"),
    "xid8": ("010", "7"),
    "xml": ("<a>1</a>", "<?xml version='1.0'?><a/>", "text", "<a b='1'/>"),
}
"""What to try beside, by the type's name."""

_NUMBERS = frozenset(("-0", "12.0", "1.50", ".5", "1e5", "1e-7"))
_CENTS = frozenset(
    ("0", "-0", "1", "-1", "12.0", ".5", "1.50", "16777217", "20241130", "4294967295", "4294967296"),
)
_DAYS = frozenset(("2024-11-30", "20241130"))
_SPANS = frozenset(("1 month", "-1 day", "1 week", "90 minutes"))
_HOURS = frozenset(("12:00", "23:59:60", "1:30"))

ARRIVES: Mapping[str, Set[str]] = {
    "bool": {"0", "1", "yes", "TRUE"},
    "box": {"(1.50,1),(0,0)"},
    "bytea": {"\\xDEADbeef", "\\xde ad"},
    "cidr": {"2001:DB8::/32"},
    "circle": {"<(0,0),1.50>"},
    "date": {"20241130"},
    "float4": _NUMBERS,
    "float8": _NUMBERS,
    "inet": {"192.168.1.5/32", "2001:DB8::0001"},
    "interval": _SPANS | _HOURS,
    "interval(0)": _SPANS | _HOURS,
    "interval day to second(0)": _SPANS | _HOURS,
    "interval minute to second": _SPANS | {"23:59:60"},
    "interval year to month": {"1 month"},
    "jsonb": {"-0", "1e5", "1e-7", "1e40", '{"b": 1.0, "a": [1e2, true]}', '"\\u5e74"'},
    "line": {"{1.50,2,3}"},
    "lseg": {"[(0.0, 0),(1,1)]"},
    "macaddr": {"08-00-2B-01-02-03", "08002b010203", "0800.2b01.0203"},
    "macaddr8": {"08-00-2B-01-02-03-04-05"},
    "money": _CENTS | {"1,234.56", "$1.50", "-$3"},
    "numeric": _NUMBERS,
    "numeric(10,2)": (_NUMBERS | _CENTS) - {"1e-7", "4294967295", "4294967296"},
    "path": {"((0,0) , (1.0,1))"},
    "point": {"(1.50, 2)"},
    "polygon": {"((0,0),(1.0,1))"},
    "time": {"12:00"},
    "time(0)": {"12:00"},
    "timestamp": _DAYS,
    "timestamp(0)": _DAYS,
    "timestamptz": _DAYS | {"2024-11-30 10:00:00", "2024-11-30 10:00:00+08", "2024-11-30 10:00:00.6"},
    "timestamptz(0)": _DAYS | {"2024-11-30 10:00:00", "2024-11-30 10:00:00+08"},
    "timetz": {"12:00", "12:00:00.6", "24:00:00"},
    "timetz(0)": {"12:00", "24:00:00"},
    "uuid": {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}"},
}
"""By type: texts that come back otherwise and are the same value all the same, so that they must not be refused."""

LIMITED = (
    *("numeric(10,2)", "varchar(3)", "char(4)", "bit(3)", "varbit(3)", "time(0)", "timetz(0)", "timestamp(0)"),
    *("timestamptz(0)", "interval(0)", "interval year to month", "interval day to second(0)"),
    *("interval minute to second",),
)
"""Types with a limit of their own."""

TAKES_NOTHING = frozenset(
    ("gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies", "pg_mcv_list")
) | {"pg_ndistinct", "pg_node_tree"}
"""Types that the server lets nobody write."""


@dataclass(frozen=True, slots=True)
class Form:
    """A way to use a type: how a column of it is declared, how a text is put into it, and how SQL takes it out."""

    declared: str
    put: Callable[[str], str]
    taken: str
    before: str = ""
    after: str = ""


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


FORMS: Mapping[str, Form] = {
    "plain": Form("{}", str, "v"),
    "array": Form("{}[]", lambda text: "{" + _quote(text) + "}", "v[1]"),
    "domain": Form("a_domain", str, "v", before="CREATE DOMAIN a_domain AS {};", after="DROP DOMAIN a_domain"),
    "row": Form(
        "a_row",
        lambda text: f"({_quote(text)},7)",
        "(v).a",
        before="CREATE TYPE a_row AS (a {}, b int);",
        after="DROP TYPE a_row",
    ),
    "range": Form(
        "a_range",
        lambda text: f"[{_quote(text)},)",
        "lower(v)",
        before="CREATE TYPE a_range AS RANGE (subtype = {});",
        after="DROP TYPE a_range",
    ),
    "array of rows": Form(
        "a_domain[]",
        lambda text: "{" + _quote(f"({_quote(text)},7)") + "}",
        "(v[1]).a",
        before="CREATE DOMAIN a_cell AS {}; CREATE TYPE a_row AS (a a_cell, b int); CREATE DOMAIN a_domain AS a_row;",
        after="DROP DOMAIN a_domain; DROP TYPE a_row; DROP DOMAIN a_cell",
    ),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the texts tried in one kind of column. ``losses`` say what arrived otherwise, or in part."""

    kind: str
    arrived: int
    refused: int
    losses: tuple[str, ...]


def base_types(connect: Connect) -> list[str]:
    """Name the base types of PostgreSQL's own, arrays aside."""
    with _session(connect) as cursor:
        cursor.execute(
            """SELECT t.typname::text FROM pg_catalog.pg_type t
                WHERE t.typtype = 'b' AND t.typisdefined AND t.typnamespace = 'pg_catalog'::regnamespace
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid) ORDER BY 1"""
        )
        return [name for (name,) in cursor.fetchall()]


def try_type(connect: Connect, kind: str, *, form: str = "plain") -> Tried | None:
    """Load every text that the server takes, by a plan, into a column of a type, and look at what is there then.

    ``kind`` is a base type's name, or one of LIMITED. None: the server has no such form of it; a range has no limits.
    """
    if kind in LIMITED and form == "range":
        return None
    how = FORMS[form]
    declared = kind if kind in LIMITED else f'pg_catalog."{kind}"'
    try:
        with _session(connect) as cursor:
            made = (how.before, "CREATE TABLE plain (v {});", f"CREATE TABLE used (v {how.declared})")
            cursor.execute("".join(made).replace("{}", declared))
    except psycopg2.Error:
        return None
    try:
        return _try_texts(connect, kind, how, shown=f"{kind} ({form})")
    finally:
        with _session(connect) as cursor:
            cursor.execute(f"DROP TABLE plain, used; {how.after}")


def _try_texts(connect: Connect, kind: str, how: Form, *, shown: str) -> Tried:
    family = kind.split("(")[0].split(" ")[0]
    texts = list(dict.fromkeys((*HOSTILE, *OWN.get(family, ()))))
    with _session(connect) as cursor:
        taken = [text for text in texts if _takes(cursor, "plain", text) and _takes(cursor, "used", how.put(text))]
    losses = []
    left = taken
    if (refused := _load(connect, list(map(how.put, taken)))) is not None:
        losses += [f"{text} is there after a refusal" for text in _contents(connect, how)]
        left = [text for text in taken if how.put(text) not in refused]
        if _load(connect, list(map(how.put, left))) is not None:
            losses.append(f"{left} are refused without a cell")
    stored = _contents(connect, how)
    if len(stored) != len(left):
        losses.append(f"{len(left)} were sent, and {len(stored)} are there")
    losses += [
        f"{text!r} arrived as {arrived!r}"
        for text, arrived in zip(left, stored, strict=False)
        if not _is_kept(kind, text, arrived)
    ]
    losses += [f"{text!r} was refused" for text in ARRIVES.get(kind, ()) if text in taken and text not in left]
    unfit = next((text for text in texts if text not in taken), None)
    if unfit is not None and (_load(connect, [how.put(unfit)]) is None or len(_contents(connect, how)) != len(stored)):
        losses.append(f"{unfit!r} was loaded, which the server does not take")
    return Tried(shown, len(left), len(texts) - len(left), tuple(f"{shown}: {loss}" for loss in losses))


def _is_kept(kind: str, text: str, arrived: str) -> bool:
    if kind.startswith("char("):
        return text.rstrip(" ") == arrived.rstrip(" ")
    if kind == "bytea" and "\\" not in text:
        return arrived == "\\x" + text.encode().hex()
    return text == arrived or text in ARRIVES.get(kind, ())


@contextmanager
def _session(connect: Connect) -> Iterator[Cursor]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        yield cursor
        connection.commit()


def _takes(cursor: Cursor, table: str, text: str) -> bool:
    cursor.execute("SAVEPOINT one")
    try:
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(f"{copy_value(text)}\n".encode()))
    except psycopg2.Error:
        return False
    finally:
        cursor.execute("ROLLBACK TO one")
    return True


def _load(connect: Connect, texts: Sequence[str]) -> Set[str] | None:
    """Load texts by a plan; give those that were refused with a cell. None: all were loaded."""
    if not texts:
        return None
    with Spool(()) as spool, _session(connect) as cursor:
        spool.append(Facts(list(range(2, 2 + len(texts))), {"v": texts}), file="f", sheet="s", letters={"v": "A"})
        cursor.connection.commit()
        try:
            apply_plan(Plan("d", (Append(TARGET, spool.facts()),)), cursor.connection)
        except DoesNotFit as error:
            return {reject.value or "" for reject in error.rejects}
        except WdhError:
            return set()
    return None


def _contents(connect: Connect, how: Form) -> list[str]:
    with _session(connect) as cursor:
        answer = io.StringIO(newline="")
        cursor.copy_expert(f"COPY (SELECT {how.taken} FROM used) TO STDOUT (FORMAT csv, FORCE_QUOTE *)", answer)
    answer.seek(0)
    return [row[0] for row in csv.reader(answer)]
