"""Batches, facts and tables of rows that a test writes down are such as a run has them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from wdh import Columns, Facts, SetupError, Table, Target, amount, code
from wdh.testing import batch, facts_of, fake_warehouse
from wdh.testing import workbench as sessions

T = Target("public", "t")
HERE = datetime.datetime(2024, 11, 1, 12, tzinfo=datetime.timezone.utc)
NOON, MIDNIGHT = HERE.replace(tzinfo=None), HERE.replace(tzinfo=None, hour=0)


def test_a_batch_of_mappings_is_that_of_lists() -> None:
    named = batch([{"a": 1, "b": "x"}, {"b": "#REF!"}])
    assert named == batch([[1, "x"], [None, "#REF!"]], ["a", "b"])
    assert (named.row_numbers, named.columns, named.letters) == (
        [2, 3],
        {"a": [1, None], "b": ["x", "#REF!"]},
        {"a": "A", "b": "B"},
    )
    assert named.header_row == 1


def test_a_reject_of_a_batch_names_the_cell_where_the_row_was_said_to_stand() -> None:
    made = batch([["1"], ["many"]], ["n"], file="a.xlsx", sheet="S", first_row=7)
    (reject,) = Columns(amount("n")).clean(made).rejects
    assert (reject.file, reject.sheet, reject.cell) == ("a.xlsx", "S", "A8")


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ([{"a": 1, "bb": 2}], ["a", "b"], "row 1 has 'bb', which is none of the columns a, b; did you mean 'b'?"),
        ([[1], [1, 2]], ["a"], "row 2 has 2 values for 1 columns; name them in columns"),
        ([[1]], None, "row 1 has 1 values for 0 columns"),
        (["ab"], ["a", "b"], "row 1 is 'ab'; write a mapping from column to value, or a list"),
        ([5], ["a"], "row 1 is 5; write a mapping"),
    ],
)
def test_rows_that_do_not_fit_their_columns_are_refused(rows: Any, columns: Any, said: str) -> None:
    for make in (batch, facts_of):
        with pytest.raises(ValueError, match=said.replace("?", r"\?")):
            make(rows, columns)


def test_facts_are_those_of_a_run() -> None:
    facts = facts_of([{"month": NOON.date(), "code": "1"}, {"month": NOON.date(), "n": Decimal("1.50")}], pk=["month"])
    assert (facts.count, facts.columns, facts.scopes) == (2, ("month", "code", "n"), ((NOON.date(),),))
    assert facts.distinct_values("n") == (None, Decimal("1.50"))
    assert str(facts.place(2, "code")) == "test.xlsx, sheet Sheet1, B3"
    assert facts_of([]).count == 0


def test_facts_may_be_those_of_a_transform() -> None:
    cleaned = Columns(code("店号", width=4)).clean(batch([["12"], ["13"]], ["店号"]))
    assert facts_of(cleaned).distinct_values("店号") == ("0012", "0013")
    assert facts_of(Facts([], {})).columns == ()


@pytest.mark.parametrize("value", [(1,), b"x", datetime.timedelta(1)])
def test_a_value_that_no_fact_can_have_is_refused_as_a_run_refuses_it(value: Any) -> None:
    with pytest.raises(TypeError, match=r"row 2 has a \w+ in 'a', and a fact cannot have it; a value is None or"):
        facts_of([{"a": 1}, {"a": value}])


def test_a_table_has_the_types_of_its_values() -> None:
    row = {"b": True, "i": 1, "f": 0.5, "d": Decimal("1.20"), "t": "x", "n": None}
    row |= {"day": NOON.date(), "at": NOON, "here": HERE, "more": 1}
    warehouse = fake_warehouse({T: [row, {"t": "y\t\\N", "at": NOON.date(), "more": Decimal("0.5")}]})
    names = [*row]
    assert {*warehouse.rows(T, names)} == {
        tuple(row[name] for name in names),
        tuple({"t": "y\t\\N", "at": MIDNIGHT, "more": Decimal("0.5")}.get(n) for n in names),
    }
    assert warehouse.rows(T, ["i"], where={"t": "x"}) == ((1,),)


def test_a_table_may_be_empty_and_several_stand_beside_each_other() -> None:
    other = Target("house", "t")
    warehouse = fake_warehouse({T: Table({"month": "date NOT NULL"}), other: [{"month": "x"}]})
    assert (warehouse.rows(T, ["month"]), warehouse.rows(other, ["month"])) == ((), (("x",),))


@pytest.mark.parametrize(("table", "column"), [("t", "b"), ("u", "a")])
def test_what_the_reader_of_a_run_refuses_this_one_refuses(table: str, column: str) -> None:
    with pytest.raises(SetupError, match="cannot be asked: .*does not exist"):
        fake_warehouse({T: [{"a": 1}]}).rows(Target("public", table), [column])


@pytest.mark.parametrize(
    ("tables", "kind", "said"),
    [
        ({T: []}, ValueError, '"public"."t" has no rows, so that its columns are not known; give wdh.Table'),
        ({T: [{"a": 1}, {"a": "x"}]}, TypeError, '"public"."t" has int, str in \'a\'; a column of a table has values'),
    ],
)
def test_a_table_that_cannot_be_made_is_refused(tables: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        fake_warehouse(tables)


def test_outside_a_test_there_is_no_warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_open", [])
    with pytest.raises(SetupError, match="only while pytest runs"):
        fake_warehouse({T: [{"a": 1}]})
