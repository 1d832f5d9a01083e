"""A forecast at warehouses that are not plain: roles that may only read, types of many equalities, triggers, locks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
from support.forecasts import MONTHS, Situation, forecast_of
from support.refusals import a_role, connect_as

from wdh.apply import look_at
from wdh.apply.applying import Warehouse
from wdh.apply.forecast import Forecast, LeftBehind, ReferenceForecast, forecast
from wdh.apply.foreseeing import forecast_at
from wdh.errors import DatabaseError, SetupError
from wdh.plan import FillNullOnly, InsertMissing, Plan, Statement
from wdh.sql.identifiers import Target

TABLE = Target("public", "k")


def delivered(code: str, month: datetime.date = MONTHS[1]) -> tuple[Any, ...]:
    return (month, code, "甲", "北京", Decimal("1.00"), None)


SITUATION = Situation(
    plans=[("A", None, "北京"), ("B", "乙", "上海")],
    facts=[delivered("A"), delivered("Z"), delivered("A", MONTHS[0])],
    delivery=[delivered("A"), delivered("B"), delivered("C")],
)


def create(database: Any, statement: str) -> None:
    """Create what not every PostgreSQL can, or skip the test."""
    try:
        database.execute(statement)
    except (psycopg2.errors.FeatureNotSupported, psycopg2.errors.UndefinedFile) as error:
        pytest.skip(f"this PostgreSQL cannot {statement}: {error}")


def of_table(
    database: Any, columns: str, rows: str, *, candidates: Sequence[tuple[Any, ...]], fills: bool = False
) -> tuple[ReferenceForecast, Forecast]:
    """Forecast candidates (key, value) of a table with the columns k and v."""
    if "citext" in columns:
        create(database, "CREATE EXTENSION citext")
    database.execute(f"CREATE TABLE k ({columns}); INSERT INTO k VALUES {rows}")
    steps = [InsertMissing("r", TABLE, ("k",), ("k", "v"), tuple(candidates), ("k", "v"))]
    fill = [FillNullOnly("r", TABLE, ("k",), ("k", "v"), tuple(candidates), ("k", "v"))] if fills else []
    with database.connect() as connection:
        made = forecast_of(Plan("d", (*steps, *fill)), connection)
    (found,) = made.references
    return found, made


@pytest.mark.parametrize(
    ("kind", "rows", "keys", "inserted"),
    [
        ("citext", "('a', 1)", ["A", "b"], 1),
        ("char(5)", "('a', 1)", ["a", "A"], 1),
        ("varchar(5)", "('a ', 1)", ["a", "a "], 1),
        ("numeric(8,2)", "(7, 1), (8.50, 1)", [Decimal("7.0"), 8.5, 9], 1),
        ("integer", "(7, 1)", ["7", 8], 1),
        ("date", "('2024-11-01', 1)", [datetime.date(2024, 11, 1), "2024-11-02"], 1),
        ("timestamp", "('2024-11-01', 1)", [datetime.date(2024, 11, 1)], 0),
        ("text", "(NULL, 1)", [None, "NULL", '"a\\b{,}\n'], 3),
    ],
)
def test_keys_are_compared_as_their_columns_type_compares_them(
    database: Any, kind: str, rows: str, keys: list[Any], inserted: int
) -> None:
    found, made = of_table(database, f"k {kind}, v int", rows, candidates=[(key, 1) for key in keys])
    assert (found.inserted, found.untouched) == (inserted, len(keys) - inserted)
    assert made.unknown == ()


def test_keys_of_a_collation_without_case_are_one(database: Any) -> None:
    create(database, "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    found, made = of_table(database, "k text COLLATE nocase, v int", "('a', 1)", candidates=[("A", 1), ("b", 1)])
    assert (found.inserted, found.untouched) == (1, 1)
    assert made.unknown == ()


def test_two_candidates_that_are_one_key_are_told(database: Any) -> None:
    _, made = of_table(database, "k citext, v int", "('x', 1)", candidates=[("a", 1), ("A", 1)])
    assert made.unknown == ("refs.r: PostgreSQL takes two of the keys for one, which --execute refuses",)


def test_a_candidate_that_is_only_filled_is_counted_with_its_values(database: Any) -> None:
    """It is in no insert where the table was found to have its key."""
    database.execute("CREATE TABLE k (k text, v int); INSERT INTO k VALUES ('a', NULL), ('c', 3)")
    columns = ("k", "v")
    insert = InsertMissing("r", TABLE, ("k",), columns, (("b", 1),), columns)
    fill = FillNullOnly("r", TABLE, ("k",), columns, (("a", 5), ("c", 4)), columns)
    with database.connect() as connection:
        (found,) = forecast_of(Plan("d", (insert, fill)), connection).references
    assert (found.candidates, found.inserted, found.rows_filled) == (3, 1, 1)
    assert (found.filled, found.disagreeing) == ({"v": 1}, {"v": 1})


def test_a_sum_of_decimals_keeps_all_its_digits(database: Any) -> None:
    exact = Decimal("0.12345678901234567891")
    situation = Situation(SITUATION.plans, [], [(*delivered("A")[:-1], exact)])
    with at(situation, database) as plan, database.connect() as connection:
        facts = forecast_of(plan, connection).facts
    assert facts is not None
    assert [period.amounts["费"].after for period in facts.periods] == [exact]


def test_values_that_do_not_fit_are_told_and_counted_as_blank(database: Any) -> None:
    found, made = of_table(database, "k text, v varchar(2)", "('a', 'xy')", candidates=[("a", "xyz"), ("b", "x")])
    assert (found.inserted, found.disagreeing) == (1, {})
    (said,) = made.unknown
    assert said.startswith("refs.r: 1 values of v do not fit character varying(2)")


def test_values_that_cannot_be_compared_are_told(database: Any) -> None:
    found, made = of_table(database, "k text, v json", "('a', '{}')", candidates=[("a", "[]")])
    assert (found.inserted, found.disagreeing) == (0, {})
    assert made.unknown == ("refs.r: values of v cannot be compared, or may not be read",)


def test_a_value_that_the_server_refuses_leaves_the_rest_counted(database: Any) -> None:
    database.execute("CREATE TYPE mood AS ENUM ('gut'); CREATE TABLE k (k mood, v int)")
    step = InsertMissing("r", TABLE, ("k",), ("k", "v"), (("schlecht", 1),), ("k", "v"))
    other = InsertMissing("s", TABLE, ("v",), ("v", "k"), ((1, "gut"),), ("k", "v"))
    with database.connect() as connection:
        made = forecast_of(Plan("d", (step, other)), connection)
    assert [found.reference for found in made.references] == ["s"]
    assert "refs.r: the server does not take a value or a type (SQLSTATE 22P02)" in made.unknown


def test_each_sample_has_twenty_rows_with_old_and_new_values_and_counts_are_whole(database: Any) -> None:
    rows = ", ".join(f"('d{n}', 'alt')" for n in range(30)) + "," + ", ".join(f"('f{n}', NULL)" for n in range(40))
    keys = [f"{letter}{n}" for letter, count in (("d", 30), ("f", 40), ("n", 50)) for n in range(count)]
    candidates = [(key, "neu") for key in keys]
    found, _ = of_table(database, "k text, v text", rows, candidates=candidates, fills=True)
    assert (found.inserted, found.rows_filled, found.disagreeing) == (50, 40, {"v": 30})
    assert found.new_keys == tuple((f"n{n}",) for n in range(20))
    assert [(change.key, change.old, change.new) for change in found.fills] == [
        ((f"f{n}",), None, "neu") for n in range(20)
    ]
    assert [(change.key, change.old, change.new) for change in found.disagreements] == [
        ((f"d{n}",), "alt", "neu") for n in range(20)
    ]


def test_candidates_are_counted_whole_however_they_are_cut(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wdh.apply.forecast.references.CHUNK", 7)
    rows = ", ".join(f"('a{n}', NULL), ('a{n}', 'alt')" for n in range(30))
    candidates = [(f"a{n}", "neu") for n in range(60)]
    found, _ = of_table(database, "k text, v text", rows, candidates=candidates, fills=True)
    assert (found.candidates, found.inserted, found.untouched) == (60, 30, 0)
    assert (found.rows_filled, found.filled, found.disagreeing) == (30, {"v": 30}, {"v": 30})
    assert (len(found.new_keys), len(found.fills), len(found.disagreements)) == (20, 20, 20)


@contextmanager
def at(situation: Situation, database: Any) -> Any:
    with database.connect() as connection, situation.planned() as plan:
        situation.create(connection)
        yield plan


def test_a_role_that_may_only_select_is_enough_and_is_told_what_it_lacks(database: Any) -> None:
    with (
        at(SITUATION, database) as plan,
        a_role(database, 'GRANT SELECT ON "计%s划", "明 细" TO {role}') as role,
    ):
        name = database.name
        database.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {role}")
        reader = Warehouse("here", lambda: connect_as(database, role))
        made = forecast_at(reader, plan).forecast
        with database.connect() as connection:
            owners = forecast_of(plan, connection)
    assert (made.references, made.facts) == (owners.references, owners.facts)
    assert owners.unknown == ()
    assert made.unknown
    assert all(said.startswith("--execute would be refused: ") for said in made.unknown)


def test_columns_that_may_not_be_read_are_told(database: Any) -> None:
    grant = 'GRANT SELECT ("号", "名", "机构") ON "计%s划" TO {role}'
    with at(SITUATION, database) as plan, a_role(database, grant) as role:
        made = forecast_at(Warehouse("here", lambda: connect_as(database, role)), plan).forecast
    assert len(made.references) == 1
    assert made.facts is None
    assert 'facts: the role may not read 月, 计划 of "public"."明 细"' in made.unknown


def test_the_server_refuses_a_write_inside_the_forecast(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_plan: Plan, cursor: Any, **_: object) -> None:
        cursor.execute('DELETE FROM public."明 细"', None)

    monkeypatch.setattr("wdh.apply.foreseeing.forecast", write)
    with at(SITUATION, database) as plan, pytest.raises(DatabaseError) as caught:
        forecast_at(Warehouse("here", database.connect), plan)
    assert caught.value.facts["sqlstate"] == "25006"
    assert database.rows('SELECT count(*) FROM public."明 细"') == [(len(SITUATION.facts),)]


def test_all_questions_see_one_state(database: Any) -> None:
    """Another session writes after the first question: the forecast does not see it."""

    with at(SITUATION, database) as plan, database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        look = look_at(plan, cursor)
        database.execute('INSERT INTO public."明 细" SELECT * FROM public."明 细"')
        made = forecast(look.plan, cursor, tables=look.tables)
    assert made.facts is not None
    assert [period.before for period in made.facts.periods] == [2]


def test_no_lock_is_waited_for(database: Any) -> None:
    with at(SITUATION, database) as plan, database.connect() as writer, writer.cursor() as cursor:
        cursor.execute('LOCK TABLE public."明 细" IN EXCLUSIVE MODE')
        assert forecast_at(Warehouse("here", database.connect), plan).forecast.facts is not None
        cursor.execute('LOCK TABLE public."明 细"')
        with pytest.raises(DatabaseError, match="Another session keeps all others off the table"):
            forecast_at(Warehouse("here", database.connect), plan)


def test_each_question_has_its_time(database: Any) -> None:
    with at(SITUATION, database) as plan:
        database.execute('INSERT INTO public."明 细" SELECT f.* FROM public."明 细" f, generate_series(1, 100000)')
        with pytest.raises(DatabaseError, match="took longer than --statement-timeout 5ms"):
            forecast_at(Warehouse("here", database.connect), plan, statement_timeout="5ms")


def test_a_warehouse_without_the_tables_is_a_fault_of_the_setup(database: Any) -> None:
    with SITUATION.planned() as plan, pytest.raises(SetupError, match="does not exist"):
        forecast_at(Warehouse("here", database.connect), plan)


def test_facts_of_other_periods_that_the_scope_reaches_are_counted(database: Any) -> None:
    situation = Situation(SITUATION.plans, SITUATION.facts, SITUATION.delivery, pk=("计划",))
    with at(situation, database) as plan, database.connect() as connection:
        facts = forecast_of(plan, connection).facts
    assert facts is not None
    assert [(period.period, period.before, period.deleted, period.left_behind) for period in facts.periods] == [
        ("2024-10-01", 1, 1, None),
        ("2024-11-01", 2, 1, 1),
    ]
    assert facts.left_behind == (LeftBehind(("Z",), 1),)


def test_a_fact_of_two_scopes_that_are_one_to_postgresql_is_counted_once(database: Any) -> None:
    delivery = [delivered("A"), delivered("A ")]
    situation = Situation(SITUATION.plans, SITUATION.facts, delivery, key="char(5)")
    with at(situation, database) as plan, database.connect() as connection:
        made = forecast_of(plan, connection)
    assert made.facts is not None
    assert [(period.before, period.deleted, period.left_behind) for period in made.facts.periods] == [(2, 1, 1)]
    assert made.unknown == ("refs.plans: PostgreSQL takes two of the keys for one, which --execute refuses",)


def test_what_may_come_out_otherwise_is_told(database: Any) -> None:
    database.execute(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        "CREATE TABLE k (k text, v int);"
        "CREATE TRIGGER t BEFORE INSERT ON k FOR EACH ROW EXECUTE FUNCTION f()"
    )
    steps = [InsertMissing(name, TABLE, ("k",), ("k",), (("a",),), ("k",)) for name in ("one", "two")]
    own = Statement(TABLE, "tidy", "SELECT 1", None, "wdh-shops 1")
    with database.connect() as connection:
        made = forecast_of(Plan("d", (*steps, own)), connection)
    assert [found.reference for found in made.references] == ["one", "two"]
    assert made.unknown == (
        '"public"."k": what the statement of wdh-shops 1 changes cannot be counted',
        '"public"."k" is written for several references, or for facts, too: each is counted as if it came first',
        '"public"."k": trigger t on k may make something else of what is written',
    )


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_amounts_without_a_finite_sum_are_told(database: Any, value: str) -> None:
    facts = [(*row[:4], None, Decimal(1)) for row in SITUATION.facts]
    situation = Situation(SITUATION.plans, facts, facts[:1])
    with at(situation, database) as plan, database.connect() as connection:
        database.execute(f"""UPDATE public."明 细" SET "费" = '{value}' WHERE "计划" = 'Z'""")
        made = forecast_of(plan, connection)
    assert made.facts is not None
    assert [period.amounts for period in made.facts.periods] == [{}]
    assert made.unknown == ('facts: 费 of "public"."明 细" holds NaN or Infinity, and has no sum',)
