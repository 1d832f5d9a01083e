"""What is one key and what is two: each kind of key has a policy, and none is matched by accident."""

from __future__ import annotations

import unicodedata
from typing import Any

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.runs import cell, planned

from wdh.apply import apply_plan
from wdh.errors import DataError
from wdh.lookalikes import fold
from wdh.plan import InsertMissing

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
