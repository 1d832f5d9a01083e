"""What is one key and what is two: each kind of key has a policy, and none is matched by accident."""

from __future__ import annotations

import unicodedata
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.runs import cell, planned

from wdh.apply import apply_plan
from wdh.errors import DataError
from wdh.plan import FillNullOnly, InsertMissing, Plan, StagedStep
from wdh.plan.planning import fold
from wdh.sql import statements
from wdh.sql.identifiers import Target

TABLES = """
CREATE TABLE "计划" ("号" {kind} {unique}, "名" text, "机构" text);
CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)"""
UNIQUE = pytest.mark.parametrize("unique", ["UNIQUE", ""])


def row(plan: str | None, **values: Any) -> dict[str, Any]:
    return {"月": "2024-11-01", "计划": plan, "名称": "甲", "机构": "北京", "额": 1, **values}


def apply(database: Any, *plans: str | None) -> Any:
    with planned([row(plan) for plan in plans], vetoes=["only references"]) as plan:
        return apply_plan(plan, database.connect())


@UNIQUE
def test_blank_keys_make_no_reference_row(database: Any, unique: str) -> None:
    database.execute(TABLES.format(kind="text", unique=unique))
    apply(database, None, "", "A")
    assert database.rows('SELECT "号" FROM "计划"') == [("A",)]


@UNIQUE
def test_the_padding_of_char_n_does_not_make_another_key(database: Any, unique: str) -> None:
    database.execute(TABLES.format(kind="char(4)", unique=unique))
    database.execute("""INSERT INTO "计划" ("号") VALUES ('A')""")
    applied = apply(database, "A", "B")
    assert applied.outcomes[0].rows == 1
    assert database.rows('SELECT "号" FROM "计划" ORDER BY 1') == [("A   ",), ("B   ",)]


@UNIQUE
def test_a_key_that_differs_from_another_only_in_padding_is_refused(database: Any, unique: str) -> None:
    database.execute(TABLES.format(kind="char(4)", unique=unique))
    with pytest.raises(DataError, match="are the same to PostgreSQL: 'A' .* and 'A ' "):
        apply(database, "A", "A ")
    assert database.rows('SELECT * FROM "计划"') == []


@UNIQUE
def test_citext_keys_are_compared_as_citext(database: Any, unique: str) -> None:
    try:
        database.execute("CREATE EXTENSION citext")
    except psycopg2.Error:
        pytest.skip("this PostgreSQL comes without the extension citext")
    database.execute(TABLES.format(kind="citext", unique=unique))
    database.execute("""INSERT INTO "计划" ("号") VALUES ('a')""")
    assert apply(database, "A", "B").outcomes[0].rows == 1
    with pytest.raises(DataError, match="are the same to PostgreSQL: 'C' .* and 'c' "):
        apply(database, "c", "C")


def is_asked(database: Any, key: tuple[str, ...], rows: Any, *, encoding: str = "UTF8") -> list[bool]:
    """Apply both kinds of steps; say of each whether its plan asks the server about repeated keys, as is done then."""
    sent: list[str] = []

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's name
            sent.append(query)
            super().execute(query, vars)

    target, columns = Target("public", "t"), (*key, "v")
    steps: list[StagedStep] = [kind("t", target, key, columns, rows) for kind in (InsertMissing, FillNullOnly)]
    with database.connect() as connection:
        connection.set_client_encoding(encoding)
        connection.cursor_factory = Cursor
        applied = apply_plan(Plan("d", tuple(steps)), connection)
    question = statements.repeated_keys(key, columns)
    asked = [question in step.statements for step in applied.plan.steps]
    assert sent.count(question) == sum(asked)
    return asked


@pytest.mark.parametrize(
    ("kinds", "rows", "asked"),
    [
        pytest.param(("text",), (("A", "x"), ("a", "x"), ("A ", "x")), False, id="text"),
        pytest.param(("varchar(5)",), (("A", "x"), ("a", "x"), ("A ", "x")), False, id="varchar"),
        pytest.param(("code",), (("A", "x"), ("B", "x")), False, id="a domain over text"),
        pytest.param(("text", "varchar"), (("A", "B", "x"), ("A", "C", "x"), ("B", "C", "x")), False, id="two texts"),
        pytest.param(("text", "int"), (("A", 1, "x"), ("A", 2, "x")), True, id="a text and a number"),
        pytest.param(("text", "char(4)"), (("A", "1", "x"), ("A", "2", "x")), True, id="a text and a char"),
        pytest.param(("text",), (("A", "x"), (12, "x")), True, id="numbers among texts"),
        pytest.param(("char(4)",), (("A", "x"), ("B", "x")), True, id="char"),
        pytest.param(("name",), (("A", "x"), ("B", "x")), True, id="name"),
        pytest.param(("numeric",), (("1", "x"), ("2", "x")), True, id="numeric"),
    ],
)
def test_the_server_is_asked_about_repeated_keys_wherever_texts_do_not_settle_it(
    database: Any, kinds: tuple[str, ...], rows: Any, asked: bool
) -> None:
    key = tuple(f"k{place}" for place in range(len(kinds)))
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(key, kinds, strict=True))
    database.execute(f"CREATE DOMAIN code AS text; CREATE TABLE t ({columns}, v text)")
    assert is_asked(database, key, rows) == [asked, asked]


def test_the_server_is_asked_where_the_client_does_not_speak_its_characters(database: Any) -> None:
    database.execute("CREATE TABLE t (k text, v text)")
    assert is_asked(database, ("k",), (("A", "x"),)) == [False, False]
    assert is_asked(database, ("k",), (("A", "x"),), encoding="LATIN1") == [True, True]


def test_keys_of_a_collation_with_another_equality_are_compared_by_it(database: Any) -> None:
    try:
        database.execute("CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg2.Error:
        pytest.skip("this PostgreSQL is built without ICU, so it has no collation with another equality")
    database.execute(TABLES.format(kind='text COLLATE "ci"', unique="UNIQUE"))
    with pytest.raises(DataError, match="are the same to PostgreSQL: 'C' .* and 'c' "):
        apply(database, "c", "C")


@pytest.mark.parametrize(
    ("kinds", "rows"),
    [
        (("text",), (("A", "x"), ("B", "x"), ("A", "y"))),
        (("text",), ((1, "x"), ("1", "x"))),
        (("text", "text"), (("A", "B", "x"), ("A", "C", "x"), ("A", "B", "y"))),
    ],
)
def test_keys_that_are_repeated_all_the_same_are_refused(database: Any, kinds: tuple[str, ...], rows: Any) -> None:
    key = tuple(f"k{place}" for place in range(len(kinds)))
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(key, kinds, strict=True))
    database.execute(f"CREATE TABLE t ({columns}, v text)")
    with pytest.raises(DataError, match="are the same to PostgreSQL"):
        is_asked(database, key, rows)
    assert database.rows("SELECT * FROM t") == []


@UNIQUE
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("é", unicodedata.normalize("NFD", "é"), id="composition"),
        pytest.param("A1", "Ａ１", id="width"),
        pytest.param("a1", "A1", id="case"),
        pytest.param("A1", "A1\u200b", id="an invisible character"),
        pytest.param("A1", "A 1", id="a blank"),
    ],
)
def test_keys_that_look_alike_stay_two_and_are_told_with_their_cells(
    database: Any, unique: str, one: str, other: str
) -> None:
    database.execute(TABLES.format(kind="text", unique=unique))
    applied = apply(database, one, "B", other)
    assert applied.outcomes[0].rows == 3
    (remark,) = applied.plan.remarks
    assert remark.startswith("refs.plans: the keys ")
    assert cell("计划", 2) in remark
    assert cell("计划", 4) in remark
    assert remark.endswith("look alike and are kept apart")


def test_twenty_groups_of_keys_that_look_alike_are_named_and_the_others_counted() -> None:
    with planned([row(f"{letter}{number}") for number in range(23) for letter in "aA"]) as plan:
        *named, last = plan.remarks
    assert (len(named), last) == (20, "refs.plans: 3 more groups of keys look alike")
    with planned([row(f"{letter}{number}") for number in range(20) for letter in "aA"]) as plan:
        assert len(plan.remarks) == 20


def test_keys_that_do_not_look_alike_are_not_mentioned() -> None:
    with planned([row("A1"), row("A2"), row("B1")]) as plan:
        assert plan.remarks == ()


@given(st.text())
def test_folding_is_stable_and_blind_to_width_case_and_composition(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded or fold(fold(folded)) == fold(folded)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_facts_that_disagree_about_a_first_pick_give_the_first_in_sheet_order() -> None:
    with planned([row("A", 名称="甲"), row("A", 名称="乙")]) as plan:
        (step,) = [step for step in plan.steps if isinstance(step, InsertMissing)]
    assert step.rows == (("A", "甲", "北京"),)
