"""An upsert writes each fact once by its key, or writes nothing and says which fact, row, right or trigger is why."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from support.forecasts import forecast_of
from support.refusals import a_role, connect_as, trigger
from support.upserts import FILE, Row, upserting

from wdh.apply import Applied, apply_plan
from wdh.apply.fit.misfits import DoesNotFit
from wdh.apply.outcomes import compare_forecasts
from wdh.errors import DatabaseError, DataError, SetupError, WdhError
from wdh.plan.keys import UnclearKeys
from wdh.sql.identifiers import Target

STOCK = Target("public", "stock")
TABLE = 'CREATE TABLE stock ("号" text PRIMARY KEY, "月" date, "名" text, "额" numeric(12,2) CHECK ("额" < 1000))'
OCT, NOV = datetime.date(2024, 10, 1), datetime.date(2024, 11, 1)
A, B, C = ("A", OCT, "甲", Decimal("1.50")), ("B", OCT, "乙", Decimal(2)), ("C", NOV, "丙", Decimal(3))


@pytest.fixture
def stock(database: Any) -> Any:
    """A warehouse with a table that has A and B."""
    database.execute(TABLE)
    for row in (A, B):
        database.execute("INSERT INTO stock VALUES (%s, %s, %s, %s)", row)
    return database


def rows(database: Any) -> list[Row]:
    return sorted(database.rows("SELECT * FROM stock"), key=repr)


def load(database: Any, facts: Sequence[Row], *, connection: Any = None, **how: Any) -> Applied:
    with upserting(facts, target=STOCK, **how) as plan:
        return apply_plan(plan, connection or database.connect(), lock_timeout="500ms")


def refused(database: Any, facts: Sequence[Row], kind: type[WdhError], **how: Any) -> str:
    """Be refused with this kind of error, find the table as it was, and give the message."""
    before = rows(database)
    with pytest.raises(WdhError) as caught:
        load(database, facts, **how)
    assert rows(database) == before
    assert type(caught.value) is kind, caught.value.message
    return caught.value.message


def cell(column: str, row: int) -> str:
    return f"{FILE}, sheet 库, {column}{row}"


# Keys


def test_two_facts_of_one_key_are_refused_with_both_cells_before_any_database_is_asked() -> None:
    facts = [A, B, C, ("D", OCT, None, None), ("A", NOV, None, None)]
    with pytest.raises(UnclearKeys) as caught, upserting(facts, key=("号",)):
        pass
    message = str(caught.value)
    assert f"A ({cell('A', 2)}) and A ({cell('A', 6)})" in message
    assert "Nothing was written." in message
    assert issubclass(UnclearKeys, DataError)
    with upserting(facts, key=("月", "号")) as plan:
        assert plan.steps[0].planned == 5


def test_a_fact_without_a_value_in_its_key_is_refused_by_its_cell() -> None:
    with pytest.raises(UnclearKeys, match=cell("B", 3)), upserting([A, ("B", None, "乙", None)], key=("号", "月")):
        pass


@pytest.mark.parametrize(("kind", "one", "other"), [("numeric", "1", "1.0"), ("char(3)", "A", "A ")])
def test_facts_that_are_one_key_to_postgresql_are_refused_with_both_cells(
    database: Any, kind: str, one: str, other: str
) -> None:
    database.execute(f'CREATE TABLE stock ("号" {kind}, "月" date, "名" text, "额" numeric)')
    message = refused(database, [(one, *A[1:]), ("7", *C[1:]), (other, *B[1:])], UnclearKeys)
    assert f"{one} ({cell('A', 2)}) and {other} ({cell('A', 4)})" in message


def test_a_table_with_several_rows_of_a_key_is_refused(stock: Any) -> None:
    stock.execute("ALTER TABLE stock DROP CONSTRAINT stock_pkey")
    stock.execute("INSERT INTO stock VALUES ('A', '2024-11-01', 'again', 1)")
    message = refused(stock, [C, A], SetupError)
    assert message.startswith('"public"."stock" has several rows of one key (号)')
    assert cell("A", 3) in message
    assert load(stock, [C, B]).outcomes[0].counts == {"inserted": 1, "updated": 0}


# What is written


def test_rows_that_do_not_differ_are_not_touched(stock: Any) -> None:
    before = dict(stock.rows('SELECT "号", xmin::text FROM stock'))
    (outcome,) = load(stock, [A, ("B", OCT, "乙", Decimal(9)), C]).outcomes
    after = dict(stock.rows('SELECT "号", xmin::text FROM stock'))
    assert outcome.counts == {"inserted": 1, "updated": 1}
    assert (before["A"] == after["A"], before["B"] == after["B"]) == (True, False)


def test_without_columns_to_update_what_is_there_stays_and_the_mode_append_is_kept(stock: Any) -> None:
    (outcome,) = load(stock, [("A", NOV, "x", Decimal(7)), C], update=(), mode="append").outcomes
    assert outcome.counts == {"inserted": 1, "updated": 0}
    assert rows(stock) == [A, B, C]


def test_values_of_a_type_without_an_equality_differ_as_their_texts_do(database: Any) -> None:
    database.execute('CREATE TABLE stock ("号" text PRIMARY KEY, "月" date, "名" json, "额" numeric)')
    old = [("A", OCT, '{"a": 1}', None), ("B", OCT, "[1]", None), ("C", OCT, None, None)]
    new = [old[0], ("B", OCT, "[1, 2]", None), ("C", OCT, "null", None)]
    assert load(database, old).outcomes[0].counts == {"inserted": 3, "updated": 0}
    assert load(database, new).outcomes[0].counts == {"inserted": 0, "updated": 2}
    assert [json.dumps(row[0]) for row in database.rows('SELECT "名" FROM stock ORDER BY "号"')] == [
        '{"a": 1}',
        "[1, 2]",
        "null",
    ]


def test_an_updated_row_says_which_run_and_cell_its_values_are_from_and_others_stay(stock: Any) -> None:
    stock.execute("ALTER TABLE stock ADD run uuid, ADD line int")
    names = {"run": "run", "row": "line"}
    with upserting([A, ("B", OCT, "新", None), C], target=STOCK, lineage=names) as plan, stock.connect() as connection:
        applied = apply_plan(plan, connection)
    assert applied.outcomes[0].counts == {"inserted": 1, "updated": 1}
    run = "00000000-0000-4000-8000-000000000001"
    assert stock.rows("SELECT run::text, line FROM stock ORDER BY 号") == [(None, None), (run, 3), (run, 4)]


def test_a_fact_that_stood_in_under_a_provisional_key_goes_when_the_real_one_comes(database: Any) -> None:
    database.execute('CREATE TABLE stock ("号" text PRIMARY KEY, "月" date, "名" text, "额" numeric)')
    load(database, [("IN_1", OCT, "甲", Decimal(1)), ("IN_2", OCT, "乙", Decimal(2))])
    facts = [("A", OCT, "甲", Decimal(1))]
    with upserting(facts, target=STOCK, provisional={"号": "IN_*"}) as plan, database.connect() as connection:
        made = forecast_of(plan, connection)
        applied = apply_plan(plan, connection)
    assert [outcome.counts for outcome in applied.outcomes] == [{"deleted": 1}, {"inserted": 1, "updated": 0}]
    assert made.facts is not None
    assert (made.facts.deleted, made.facts.inserted, made.facts.updated) == (1, 1, 0)
    assert made == applied.forecast
    assert [row[0] for row in rows(database)] == ["A", "IN_2"]


def test_no_operator_of_another_role_is_run(database: Any) -> None:
    database.execute('CREATE TABLE stock ("号" varchar(9), "月" date, "名" varchar(9), "额" numeric)')
    database.execute(
        "CREATE FUNCTION bad(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE 'run'; END $$;"
        "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = bad);"
        "CREATE OPERATOR public.<> (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = bad)"
    )
    connection = database.connect(options="-c search_path=public,pg_catalog")
    assert load(database, [A, B], connection=connection).outcomes[0].counts == {"inserted": 2, "updated": 0}
    changed = [A, ("B", OCT, "丁", None)]
    with upserting(changed, target=STOCK) as plan:
        made = forecast_of(plan, connection)
        assert apply_plan(plan, connection).outcomes[0].counts == {"inserted": 0, "updated": 1}
    assert made.facts is not None
    assert made.facts.updated == 1


# Others


def test_what_others_write_between_forecast_and_locks_is_seen_and_told(stock: Any) -> None:
    with upserting([A, C], target=STOCK) as plan, stock.connect() as connection:
        made = forecast_of(plan, connection)
        stock.execute("INSERT INTO stock VALUES ('C', '2024-11-01', 'theirs', 3)")
        applied = apply_plan(plan, connection)
    assert applied.outcomes[0].counts == {"inserted": 0, "updated": 1}
    told = compare_forecasts(made, applied.forecast)
    assert [line.partition(",")[0] for line in told if "updated" in line or "inserted" in line] == [
        'facts of "public"."stock": inserted 1 in the forecast',
        'facts of "public"."stock": updated 0 in the forecast',
    ]
    assert rows(stock) == [A, B, C]


@pytest.mark.parametrize(
    ("body", "when"),
    [
        ("IF NEW.号 = 'C' THEN RETURN NULL; END IF;", "BEFORE INSERT"),
        ("RETURN OLD;", "BEFORE UPDATE"),
        ("NEW.名 := upper(NEW.名);", "BEFORE UPDATE OR INSERT"),
        ("UPDATE stock SET 名 = 'own' WHERE 号 = NEW.号 AND 名 <> 'own';", "AFTER INSERT OR UPDATE"),
    ],
)
def test_a_trigger_that_makes_something_else_of_a_row_ends_the_run(stock: Any, body: str, when: str) -> None:
    stock.execute(trigger("stock", body, when=when))
    message = refused(stock, [("A", OCT, "new", None), ("C", OCT, "new", None)], DatabaseError)
    assert "facts were written and are not there with their values" in message
    assert "To blame: trigger t on " in message


def test_a_deferred_trigger_that_takes_rows_away_ends_the_run(stock: Any) -> None:
    stock.execute(
        "CREATE FUNCTION t_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM stock WHERE 号 = 'C'; "
        "RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER t AFTER INSERT ON stock DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION t_f()"
    )
    assert "trigger t on" in refused(stock, [A, C], DatabaseError)


def test_a_session_that_the_server_ends_in_the_middle_leaves_nothing(stock: Any) -> None:
    stock.execute(trigger("stock", "PERFORM pg_terminate_backend(pg_backend_pid());", when="AFTER UPDATE"))
    refused(stock, [("A", OCT, "new", None), C], DatabaseError)


# What the server or the table does not take


def test_values_that_do_not_fit_are_told_by_their_cells(stock: Any) -> None:
    message = refused(stock, [A, ("B", OCT, None, Decimal("1.005")), ("D", OCT, None, "x")], DoesNotFit)
    assert cell("D", 3) in message
    assert cell("D", 4) in message


@pytest.mark.parametrize(
    ("change", "facts", "sentence"),
    [
        pytest.param("", [A, B, C, ("D", OCT, None, Decimal(1000))], "row 5", id="check"),
        pytest.param("", [A, ("B", OCT, None, Decimal(1000)), C], "row 3", id="check of an update"),
        pytest.param(
            'ALTER TABLE stock ADD UNIQUE ("名")', [A, ("C", OCT, "乙", None)], cell("C", 3), id="another key"
        ),
        pytest.param(
            "CREATE TABLE names (\"名\" text PRIMARY KEY); INSERT INTO names VALUES ('甲'), ('乙');"
            'ALTER TABLE stock ADD FOREIGN KEY ("名") REFERENCES names',
            [A, C],
            f"at {cell('C', 3)}",
            id="foreign key",
        ),
        pytest.param(
            "ALTER TABLE stock ADD more int NOT NULL DEFAULT 1; ALTER TABLE stock ALTER more DROP DEFAULT",
            [A, C],
            "row 3",
            id="a column that no fact has",
        ),
    ],
)
def test_a_row_that_the_server_refuses_is_named_by_its_cell(
    stock: Any, change: str, facts: Sequence[Row], sentence: str
) -> None:
    if change:
        stock.execute(change)
    assert sentence in refused(stock, facts, DatabaseError)


def test_facts_without_a_column_that_needs_a_value_may_update_what_is_there(stock: Any) -> None:
    stock.execute("ALTER TABLE stock ADD more int NOT NULL DEFAULT 1; ALTER TABLE stock ALTER more DROP DEFAULT")
    assert load(stock, [("A", OCT, "new", None)]).outcomes[0].counts == {"inserted": 0, "updated": 1}


def test_columns_that_the_database_generates_are_refused(database: Any) -> None:
    database.execute(
        'CREATE TABLE stock ("号" text PRIMARY KEY, "月" date, "名" text, "额" int GENERATED ALWAYS AS IDENTITY)'
    )
    assert 'column "额" is generated by the database' in refused(database, [A], SetupError)


# Rights

NEEDED = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE ON stock TO {role}",
)


def test_a_role_needs_to_read_insert_and_update_and_nothing_more(stock: Any) -> None:
    with a_role(stock, *NEEDED) as role:
        connection = connect_as(stock, role)
        with upserting([("A", NOV, "new", None), C], target=STOCK) as plan:
            made = forecast_of(plan, connection)
            applied = apply_plan(plan, connection)
        connection.close()
    assert applied.outcomes[0].counts == {"inserted": 1, "updated": 1}
    assert applied.forecast == made


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "UPDATE"])
def test_a_right_that_is_missing_is_named_by_its_grant(stock: Any, right: str) -> None:
    with a_role(stock, *NEEDED, f"REVOKE {right} ON stock FROM {{role}}; GRANT DELETE ON stock TO {{role}}") as role:
        connection = connect_as(stock, role)
        assert f'(GRANT {right} ON "public"."stock" TO {role})' in refused(
            stock, [A], SetupError, connection=connection
        )
        connection.close()


def test_rows_that_row_security_hides_are_no_missing_ones(stock: Any) -> None:
    stock.execute("ALTER TABLE stock ENABLE ROW LEVEL SECURITY")
    with a_role(stock, *NEEDED) as role:
        connection = connect_as(stock, role)
        assert "row security hides rows of it" in refused(stock, [A], SetupError, connection=connection)
        connection.close()
