"""Facts with a column more or rows fewer stay what `Columns.clean` would have made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wdh
from wdh import Batch, Columns, Fact, Facts, Reject
from wdh.facts import FactValue

COLUMNS = Columns(
    wdh.code("店号", aliases=["店铺代码"], required=True),
    wdh.text("名称"),
    wdh.amount("金额", scale=2, source="销售额"),
    wdh.amount("税"),
)
HEADERS = {"店号": "A", "店铺代码": "B", "名称": "C", "销售额": "D"}
"""Of the sheet, which has no 税."""

Rows = Sequence[tuple[object, ...]]

_amounts = st.one_of(
    st.none(),
    st.integers(-999, 999),
    st.floats(-999, 999).map(lambda number: round(number, 2)),
    st.sampled_from(["1.005", "2.345", "1,234.50", "多", 0.125, "3 USD"]),
)
_names = st.sampled_from(["甲", "小计", "合计", "乙", None])
_row = st.tuples(st.sampled_from(["12", None, "0013"]), st.sampled_from([None, "7"]), _names, _amounts)
_rows = st.lists(_row, max_size=12)


def make_batch(rows: Rows) -> Batch:
    columns = {header: [row[place] for row in rows] for place, header in enumerate(HEADERS)}
    return Batch("a.xlsx", "销售", range(2, 2 + len(rows)), columns, HEADERS)  # type: ignore[arg-type]


def with_error(batch: Batch, rows: set[int]) -> Batch:
    """Give the batch with an error in 销售额 of some rows."""
    pairs = zip(batch.row_numbers, batch.columns["销售额"], strict=True)
    cells = ["#REF!" if row in rows else cell for row, cell in pairs]
    return dataclasses.replace(batch, columns={**batch.columns, "销售额": cells})


def everything(facts: Facts) -> tuple[object, ...]:
    """Give all that must be equal, but for what the rejects say."""
    rejects = [(reject.row, reject.cell, reject.column) for reject in facts.rejects]
    return (
        facts.row_numbers,
        facts.columns,
        rejects,
        facts.totals,
        facts.notes,
        facts.letters,
        facts.sums,
        facts.unread,
    )


def refuse(fact: Fact) -> Reject:
    return fact.reject("金额", "too_much", "Too much.")


@given(_rows, st.data())
def test_a_row_refused_later_leaves_what_there_is_where_clean_refuses_it(rows: Rows, data: st.DataObject) -> None:
    """Row numbers, columns, rejects in their order, totals, notes with their counts, letters, sums between totals."""
    batch = make_batch(rows)
    facts = COLUMNS.clean(batch)
    refused = {row for row in facts.row_numbers if data.draw(st.booleans())}
    expected = everything(COLUMNS.clean(with_error(batch, refused)))
    assert everything(facts.refuse(refused, "金额", "too_much", "Too much.")) == expected
    derived = facts.derive("店号", lambda fact: refuse(fact) if fact.number in refused else fact["店号"])
    assert everything(derived) == expected
    some, others = sorted(refused)[::2], sorted(refused)[1::2]
    by_two = facts.refuse(some, "金额", "too_much", "Too much.").refuse(others, "金额", "too_much", "Too much.")
    assert everything(by_two) == expected


@given(_rows, st.data())
def test_a_reject_names_the_cell_that_decided_and_quotes_it(rows: Rows, data: st.DataObject) -> None:
    batch = make_batch(rows)
    facts = COLUMNS.clean(batch)
    if not len(facts):
        return
    row = data.draw(st.sampled_from(list(facts.row_numbers)))
    shop = "店号" if batch.columns["店号"][row - 2] else "店铺代码"
    for column, header in (("店号", shop), ("名称", "名称"), ("金额", "销售额")):
        reject = next(each for each in facts.refuse([row], column, "odd", "Odd.").rejects if each.row == row)
        assert reject == batch.reject(row - 2, header, "odd", "Odd.")
        assert reject.cell == f"{HEADERS[header]}{row}"
        cell = batch.columns[header][row - 2]
        assert reject.value == (None if cell is None else str(cell))


@given(_rows)
def test_a_derived_column_is_the_function_of_each_row_and_changes_nothing_else(rows: Rows) -> None:
    facts = COLUMNS.clean(make_batch(rows))

    def describe(fact: Fact) -> FactValue:
        assert list(fact) == [*facts.columns]
        assert len(fact) == len(facts.columns)
        return f"{fact['名称']} {fact['金额']} {fact.number}"

    derived = facts.derive("说明", describe)
    parts = zip(facts.columns["名称"], facts.columns["金额"], facts.row_numbers, strict=True)
    assert derived.columns["说明"] == [f"{name} {amount} {number}" for name, amount, number in parts]
    rest = {name: values for name, values in derived.columns.items() if name != "说明"}
    assert everything(dataclasses.replace(derived, columns=rest)) == everything(facts)


FACTS = COLUMNS.clean(make_batch([("12", None, "甲", 1.5), (None, "13", None, "2.005"), ("x", None, "乙", "多")]))


def test_what_a_package_said_itself_stays_though_rows_go() -> None:
    note = wdh.Note("guessed", "A guess.", {"甲": 1})
    said = dataclasses.replace(FACTS, notes=(note, *FACTS.notes), sums=None)
    left = said.refuse([3], None, "odd", "Odd.")
    assert left.sums is None
    assert [(each.code, dict(each.cases)) for each in left.notes] == [
        ("guessed", {"甲": 1}),
        ("absent_column", {"税": 1}),
    ]
    assert [each.code for each in FACTS.notes] == ["rounded", "absent_column"]


def test_a_column_that_the_sheet_lacks_and_a_derived_one_have_no_cell() -> None:
    derived = FACTS.derive("倍", lambda fact: 2 * fact["金额"])  # type: ignore[operator]
    for column, value in (("倍", "3.0"), ("税", None)):
        reject = derived.refuse([2], column, "odd", "Odd.").rejects[0]
        assert reject == Reject("a.xlsx", "销售", 2, None, column, value, "odd", "Odd.")


def test_a_header_that_no_column_reads_has_its_cell() -> None:
    batch = make_batch([("12", None, "甲", 1.5)])
    more = {**batch.columns, "备注": ["关"]}
    batch = dataclasses.replace(batch, columns=more, letters={**batch.letters, "备注": "F"})
    reject = COLUMNS.clean(batch).refuse([2], "备注", "closed", "Closed.").rejects[0]
    assert (reject.cell, reject.value, reject.column) == ("F2", "关", "备注")


def test_a_row_that_is_refused_already_is_refused_for_more() -> None:
    more = FACTS.refuse([4], "名称", "odd", "Odd.")
    assert [(reject.cell, reject.reason) for reject in more.rejects] == [("D4", "not_a_number"), ("C4", "odd")]
    assert more.row_numbers == FACTS.row_numbers


def give_that_of_another_row(_: Fact) -> Reject:
    return next(FACTS.rows()).reject(None, "odd", "Odd.")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda: FACTS.refuse([0, 1, 2], None, "a", "b"),
            "rows 0, 1 are refused, and no facts of this batch; give",
        ),
        (lambda: FACTS.refuse([2], "金颔", "a", "b"), "'金颔', which is no column of the facts .*did you mean '金额'"),
        (lambda: Facts([2], {"a": [1]}).refuse([2], "a", "a", "b"), "these facts do not know their sheet"),
        (lambda: FACTS.derive("x", lambda fact: fact["名 称"]), "no column '名 称'; did you mean '名称'"),
        (lambda: FACTS.derive("x", give_that_of_another_row), "x of row 3 is a reject of row 2"),
    ],
)
def test_a_slip_of_the_author_is_told(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises((ValueError, KeyError), match=said):
        wrong()


@pytest.mark.parametrize("way", ["batch", "row"])
def test_a_header_that_is_not_there_is_no_place_of_a_reject(way: str) -> None:
    batch = make_batch([("12", None, "甲", 1.5)])
    refuse_row = partial(batch.reject, 0) if way == "batch" else next(batch.rows()).reject
    said = "row 2 .* sheet 销售 has no column '销售颔'; did you mean '销售额'"
    with pytest.raises(ValueError, match=said):
        refuse_row("销售颔", "a", "b")
    assert batch.reject(0, None, "a", "b").cell is None


def test_a_row_asked_for_a_header_as_people_write_it_is_told_with_the_one_it_has() -> None:
    batch = Batch("a.xlsx", "销售", [2], {"Itemcode": ["A"]}, {"Itemcode": "A"})
    with pytest.raises(KeyError, match="sheet 销售 has no column 'Item code'; did you mean 'Itemcode'"):
        next(batch.rows())["Item code"]
    assert next(batch.rows()).get("Item code") is None


def test_a_reject_that_was_made_and_not_returned_is_a_slip_that_is_told() -> None:
    def judge(fact: Fact) -> None:
        fact.reject("店号", "odd", "Is odd.")

    with pytest.raises(ValueError, match="多 of row 2 is None, though fact.reject was called; return what it gives"):
        FACTS.derive("多", judge)


def test_numbers_are_given_as_decimals_and_nothing_else_is_taken_for_one() -> None:
    facts = Facts([2, 3, 4], {"数": [5, 1.5, None], "字": ["5", "a", None], "否": [True, False, None]})
    rows = list(facts.rows())
    assert [row.decimal("数") for row in rows] == [Decimal(5), Decimal("1.5"), None]
    for column in ("字", "否"):
        with pytest.raises(TypeError, match=f"'{column}' holds .*, which is no number"):
            rows[0].decimal(column)


def test_a_fact_asked_for_a_column_that_is_not_there_gives_nothing_where_that_is_asked_for() -> None:
    fact = next(FACTS.rows())
    assert fact.get("名 称") is None
    assert "名 称" not in fact
