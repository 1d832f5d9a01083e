"""What the server would store otherwise than it was sent, without refusing it, is found before the first write."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from msgspec.structs import replace
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from support.runs import FACTS, cell, planned

from wdh.apply import Applied, DoesNotFit, apply_plan
from wdh.errors import DatabaseError
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Append, DeleteScope, Plan
from wdh.plan.planning import Wishes
from wdh.sql.identifiers import Target

TABLES = """
CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" {reference});
CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" {facts}, "额" numeric)"""
BERLIN = "Europe/Berlin"
PINNED = f"-c TimeZone={BERLIN} -c IntervalStyle=postgres -c lc_monetary=C -c extra_float_digits=1 -c bytea_output=hex"
OTHERWISE = "-c TimeZone=Asia/Tokyo -c IntervalStyle=sql_standard -c extra_float_digits=-15 -c bytea_output=escape"


def row(plan: str, value: str | None, **others: Any) -> dict[str, Any]:
    return {"月": "2024-11-01", "计划": plan, "名称": "甲", "机构": value, "额": 1, **others}


def apply(database: Any, rows: Sequence[dict[str, Any]], **how: Any) -> Applied:
    with planned(rows, **how) as plan, database.connect(options=OTHERWISE) as connection:
        return apply_plan(replace(plan, time_zone=BERLIN), connection)


def make(database: Any, kind: str, *, before: str = "", reference: str = "text") -> None:
    database.execute(before + TABLES.format(facts=kind, reference=reference))


def contents(database: Any) -> list[object]:
    return [database.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in ("计划", "明细")]


ROW = 'CREATE TYPE "行" AS ("额" numeric(10,2), "名" varchar(3), "日" interval(0));'
SILENT = [
    ("money", "1.005", "'$1.01'", ""),
    ("money", "1,2,3", "'$123.00'", ""),
    ("interval(0)", "00:00:01.6", "'00:00:02'", ""),
    ("interval year to month", "40 days", "'00:00:00'", ""),
    ("interval", "1.5 months", "'1 mon 15 days'", ""),
    ("numeric(10,2)[]", "{1.005,2}", "'{1.01,2.00}'", ""),
    ("varchar(3)[]", '{"abc "}', "'{abc}'", ""),
    ("integer[]", "{0012}", "'{12}'", ""),
    ("real[]", "{16777217}", "'{1.6777216e+07}'", ""),
    ("date[]", "{today}", None, ""),
    ('"行"', "(1.005,a,)", "'(1.01,a,)'", ROW),
    ('"行"', '(1,"abc ",)', "'(1.00,abc,)'", ROW),
    ('"行"[]', '{"(1,a,00:00:01.6)"}', "'{\"(1.00,a,00:00:02)\"}'", ROW),
    ("cents[]", "{1.005}", "'{1.01}'", "CREATE DOMAIN cents AS numeric(10,2);"),
    ("many", "{1.005}", "'{1.01}'", "CREATE DOMAIN many AS numeric(10,2)[];"),
    ("oid", "-1", "'4294967295'", ""),
    ("xid", "-1", "'4294967295'", ""),
    ("regclass", "1259", "'pg_class'", ""),
    ("jsonb", '{"a": 1, "a": 2}', "'{\"a\": 2}'", ""),
    ("tsvector", "b a a", "\"'a' 'b'\"", ""),
    ("cidr", "10.1", "'10.1.0.0/16'", ""),
    ("point", "(0.12345678901234567890,0)", "'(0.12345678901234568,0)'", ""),
    ("box", "(0,0),(1,1)", "'(1,1),(0,0)'", ""),
    ("bytea", "a\\\\b", "'\\\\x615c62'", ""),
    ("bit varying(8)", "X1F", "'00011111'", ""),
    ("int4range", "[5,5)", "'empty'", ""),
    ("int4range", "(0012,20]", "'[13,21)'", ""),
    ("daterange", "[today,)", None, ""),
    ("numeric(10,2)[]", "[2:3]={1.005,2}", "'[2:3]={1.01,2.00}'", ""),
    ("int4multirange", "{[1,3),[2,5)}", "'{[1,5)}'", ""),
    ("timestamptz", "2024-03-31 02:30:00", "'2024-03-31 03:30:00+02'", ""),
    ("timestamptz[]", '{"2024-03-31 02:30:00"}', "'{\"2024-03-31 03:30:00+02\"}'", ""),
]


@pytest.mark.parametrize(("kind", "value", "arrives", "before"), SILENT)
def test_a_value_that_would_arrive_as_another_is_told_with_its_cell(
    database: Any, kind: str, value: str, arrives: str | None, before: str
) -> None:
    make(database, kind, before=before)
    with pytest.raises(DoesNotFit) as caught:
        apply(database, [row("A", None), row("B", value), row("C", value)])
    assert [reject.cell for reject in caught.value.rejects] == ["D3", "D4"]
    (misfit,) = caught.value.facts["misfits"]  # type: ignore[misc]
    assert f'"public"."明细"."机构": {value!r} would arrive as {arrives or ""}' in misfit
    assert cell("机构", 3) in misfit
    assert contents(database) == [[], []]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("money", "1,234.50", "$1,234.50"),
        ("money", "12", "$12.00"),
        ("interval(0)", "90 minutes", "01:30:00"),
        ("interval year to month", "14 months", "1 year 2 mons"),
        ("numeric(10,2)[]", "{1.5, 2, NULL}", "{1.50,2.00,NULL}"),
        ("numeric(10,2)[]", "{{1.5,2},{3,4}}", "{{1.50,2.00},{3.00,4.00}}"),
        ("text[]", '{"NULL", null, "a,b", a\\,b, "it""s"}', None),
        ("text[]", '{"NULL", null, "a,b", a\\,b, " c ", ""}', '{"NULL",NULL,"a,b","a,b"," c ",""}'),
        ('"行"', '(1.5, "a b" ,"1 hour")', None),
        ('"行"', '(1.5,"",90 minutes)', '(1.50,"",01:30:00)'),
        ('"行"', "( 1.5,,)", "(1.50,,)"),
        ('"行"[]', '{"(1,\\"a,b\\",)"}', '{"(1.00,\\"a,b\\",)"}'),
        ("box[]", "{(1.0,1),(0,0);(3,3),(2,2)}", "{(1,1),(0,0);(3,3),(2,2)}"),
        ("oid", "4294967295", "4294967295"),
        ("json", '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ("jsonb", '{"b":1.0, "a":[true,null]}', '{"a": [true, null], "b": 1.0}'),
        ("inet", "2001:DB8::1", "2001:db8::1/128"),
        ("macaddr", "08-00-2B-01-02-03", "08:00:2b:01:02:03"),
        ("bytea", "年", "\\xe5b9b4"),
        ("int4range", "[1,5]", "[1,6)"),
        ("int4range", "(1, 5)", "[2,5)"),
        ("int4range", "[,5]", "(,6)"),
        ("daterange", "[2024-11-01,2024-11-30]", "[2024-11-01,2024-12-01)"),
        ("daterange", "( 2024-11-01,2024-11-30]", "[2024-11-02,2024-12-01)"),
        ("int8range", "(-5,9223372036854775806]", "[-4,9223372036854775807)"),
        ("daterange", "[2024-11-01,infinity)", "[2024-11-01,infinity)"),
        ("numrange", "[1.50,2)", "[1.50,2)"),
        ("tsrange", "[2024-11-01, 2024-11-02)", '["2024-11-01 00:00:00","2024-11-02 00:00:00")'),
        ("int4multirange", "{[1,2], [5,6]}", "{[1,3),[5,7)}"),
        ("timestamptz", "2024-11-01 10:00:00", "2024-11-01 10:00:00+01"),
        ("timestamptz[]", '{"2024-11-01 10:00:00+08"}', '{"2024-11-01 03:00:00+01"}'),
        ("mood", "froh", "froh"),
        ("mood[]", "{froh}", "{froh}"),
    ],
)
def test_a_value_that_is_only_written_otherwise_is_loaded(
    database: Any, kind: str, value: str, stored: str | None
) -> None:
    """The stored text is by PostgreSQL; None: it does not take the value at all."""
    make(database, kind, before=ROW + "CREATE TYPE mood AS ENUM ('froh');")
    if stored is None:
        with pytest.raises(DatabaseError):
            apply(database, [row("A", value)])
        return
    apply(database, [row("A", value)])
    with database.connect(options=PINNED) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT "机构"::text FROM "明细"')
        assert cursor.fetchall() == [(stored,)]


def test_what_a_type_that_nobody_knows_changes_is_told(database: Any) -> None:
    """An extension's type: its own functions read 0012 and write 12. What it gives back as it was, it keeps."""
    make(
        database,
        "number",
        before="""
        CREATE TYPE number; SET client_min_messages = error;
        CREATE FUNCTION number_in(cstring) RETURNS number IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
        CREATE FUNCTION number_out(number) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
        CREATE TYPE number (INPUT = number_in, OUTPUT = number_out, LIKE = int4);""",
    )
    with pytest.raises(DoesNotFit, match="'0012' would arrive as '12'") as caught:
        apply(database, [row("A", "12"), row("B", "0012")])
    assert [reject.cell for reject in caught.value.rejects] == ["D3"]
    apply(database, [row("A", "12")])
    assert database.rows('SELECT "机构"::text FROM "明细"') == [("12",)]


@pytest.mark.parametrize(
    ("extension", "value", "changed"),
    [
        ("citext", "Ab ", None),
        ("hstore", '"a"=>"1"', '"a"=>"1", "a"=>"2"'),
        ("ltree", "a.b", None),
        ("cube", "(1)", "1e400"),
    ],
)
def test_types_of_extensions_keep_their_values_or_are_told(
    database: Any, extension: str, value: str, changed: str | None
) -> None:
    try:
        database.execute(f"CREATE SCHEMA ext; CREATE EXTENSION {extension} SCHEMA ext")
    except psycopg2.Error:
        pytest.skip(f"this server has no extension {extension}")
    make(database, f"ext.{extension}")
    if changed is not None:
        with pytest.raises((DoesNotFit, DatabaseError)):
            apply(database, [row("A", changed)])
    apply(database, [row("A", value)])
    assert database.rows('SELECT "机构"::text FROM "明细"') == [(value,)]


def test_misfits_that_wdh_sees_and_those_that_the_server_tells_are_told_together(database: Any) -> None:
    make(database, "money", reference="varchar(4)")
    with pytest.raises(DoesNotFit) as caught:
        apply(database, [row("A", "1.005"), row("B", "12.25", 额="x")])
    assert {reject.cell for reject in caught.value.rejects} == {"D2", "D3", "E3"}
    assert contents(database) == [[], []]


def test_a_candidate_that_is_there_already_does_not_have_to_arrive_as_it_is(database: Any) -> None:
    make(database, "text", reference="money")
    database.execute("""INSERT INTO "计划" VALUES ('A', '旧', '1')""")
    apply(database, [row("A", "1.005"), row("B", "2")])
    assert database.rows('SELECT "号", "机构"::numeric FROM "计划" ORDER BY 1') == [("A", 1), ("B", 2)]
    with pytest.raises(DoesNotFit) as caught:
        apply(database, [row("A", "1.005"), row("C", "1.005")])
    assert {reject.cell for reject in caught.value.rejects} == {"D3"}


def test_a_value_for_a_place_that_is_not_empty_does_not_have_to_arrive_as_it_is(database: Any) -> None:
    make(database, "text", reference="money")
    database.execute("""INSERT INTO "计划" VALUES ('A', NULL, '1'), ('B', '旧', NULL)""")
    fill = Wishes(backfill_mode="fill_null_only")
    apply(database, [row("A", "1.005")], wishes=fill)
    assert database.rows('SELECT "名", "机构"::numeric FROM "计划" WHERE "号" = \'A\'') == [("甲", 1)]
    with pytest.raises(DoesNotFit) as caught:
        apply(database, [row("A", "1.005"), row("B", "1.005")], wishes=fill)
    assert {reject.cell for reject in caught.value.rejects} == {"D3"}


def test_a_key_is_never_matched_with_what_it_would_be_rounded_to(database: Any) -> None:
    database.execute(TABLES.format(facts="text", reference="text").replace('"号" text', '"号" money'))
    database.execute("""INSERT INTO "计划" VALUES ('1.01', NULL, NULL)""")
    for mode in ("insert_missing", "fill_null_only"):
        with pytest.raises(DoesNotFit, match=r"'1.005' would arrive as '\$1.01'"):
            apply(database, [row("1.005", "x")], wishes=Wishes(backfill_mode=mode))
    assert database.rows('SELECT "名" FROM "计划"') == [(None,)]


@pytest.mark.parametrize("values", [("1.005",), ("2", "1.005")])
def test_a_scope_that_would_be_rounded_deletes_nothing(database: Any, values: tuple[str, ...]) -> None:
    """A domain may delete by values that it inserts nowhere."""
    make(database, "money")
    database.execute("""INSERT INTO "明细" ("机构") VALUES ('1.01')""")
    plan = Plan("d", (DeleteScope(FACTS, ("机构",), tuple((value,) for value in values)),))
    with database.connect(options=PINNED) as connection, pytest.raises(DoesNotFit, match=r"机构 1\.005"):
        apply_plan(plan, connection)
    assert database.rows('SELECT count(*) FROM "明细"') == [(1,)]


@pytest.mark.parametrize("kind", ["jsonb", "inet", "positive", "positive[]"])
@pytest.mark.parametrize("reference", [False, True])
def test_what_the_server_refuses_when_it_is_asked_is_named_by_its_cells(
    database: Any, kind: str, reference: bool
) -> None:
    fine, bad = {"jsonb": ("[1]", "{"), "inet": ("::1", "x"), "positive": ("5", "-5")}.get(kind, ("{5}", "{-5}"))
    make(
        database,
        "text" if reference else kind,
        reference=kind if reference else "text",
        before="CREATE DOMAIN positive AS money CHECK (VALUE > '0');",
    )
    with pytest.raises(DatabaseError) as caught:
        apply(database, [row("A", fine), row("B", bad), row("C", fine), row("D", bad)])
    for line in (3, 5):
        assert cell("机构", line) in caught.value.message
    assert caught.value.message.count("sheet 明细") == 2, "and no other cell"
    assert contents(database) == [[], []]


def test_a_misfit_is_told_even_if_the_server_refuses_another_value(database: Any) -> None:
    make(database, "jsonb")
    with pytest.raises(DoesNotFit) as caught:
        apply(database, [row("A", "{"), row("B", "[]", 额="x")])
    assert {reject.cell for reject in caught.value.rejects} == {"E3"}


SHADOWS = """
CREATE SCHEMA before;
CREATE DOMAIN before.unused AS text;
CREATE TYPE before."date"; SET client_min_messages = error;
CREATE FUNCTION before.date_in(cstring) RETURNS before."date" IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
CREATE FUNCTION before.date_out(before."date") RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
CREATE TYPE before."date" (INPUT = before.date_in, OUTPUT = before.date_out, LIKE = int4);"""


@pytest.mark.parametrize("setting", ["-c search_path=before,public,pg_catalog", "-c quote_all_identifiers=on"])
def test_a_type_is_known_by_the_catalogue_and_not_by_how_it_is_shown(database: Any, setting: str) -> None:
    """A role that may create a type named date in an earlier schema changes what PostgreSQL shows, and nothing else."""
    make(database, "pg_catalog.date", before=SHADOWS)
    with (
        planned([row("A", "today")]) as plan,
        database.connect(options=f"{PINNED} {setting}") as connection,
        pytest.raises(DoesNotFit, match="'today' is not a day like"),
    ):
        apply_plan(plan, connection)


def test_a_type_of_the_same_name_is_not_taken_for_the_one_of_postgresql(database: Any) -> None:
    make(database, "before.date", before=SHADOWS)
    with (
        planned([row("A", "20241101")]) as plan,
        database.connect(options=f"{PINNED} -c search_path=before,public,pg_catalog") as connection,
    ):
        apply_plan(plan, connection)
    assert database.rows('SELECT "机构"::text FROM "明细"') == [("20241101",)]


@contextmanager
def database_in(server: Any, encoding: str) -> Iterator[Connection]:
    """Have a database of an encoding for a moment, with a connection whose texts are UTF-8."""
    name = f"wdh_test_{secrets.token_hex(6)}"
    with closing(psycopg2.connect(server.dsn)) as maintenance:
        maintenance.autocommit = True
        cursor = maintenance.cursor()
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
        try:
            with closing(psycopg2.connect(server.dsn, dbname=name, client_encoding="UTF8")) as connection:
                yield connection
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("kind", ["text", "varchar(9)", "char(9)", "name", "text[]"])
def test_a_character_that_the_encoding_takes_for_another_is_told(postgres_server: Any, kind: str) -> None:
    """EUC_JP has one broken bar for two of Unicode's."""

    def load(connection: Connection, value: str) -> None:
        with Spool(()) as spool:
            spool.append(Facts([2], {"v": [value]}), file="f", sheet="s", letters={"v": "A"})
            apply_plan(Plan("d", (Append(Target("public", "t"), spool.facts()),)), connection)

    bar, year = ("{¦}", "{年}") if kind.endswith("[]") else ("¦", "年")
    with database_in(postgres_server, "EUC_JP") as connection:
        connection.cursor().execute(f"CREATE TABLE t (v {kind})")
        connection.commit()
        load(connection, year)
        with pytest.raises(DoesNotFit, match="¦.*would arrive as"):
            load(connection, bar)
