"""The facts that a check sees are those of the sheet, in its order and exact, however they were cut."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.facts import Facts, Reject
from wdh.facts.sheets import FactSheets
from wdh.facts.spool import Spool

DAY, MOMENT = datetime.date(2024, 11, 30), datetime.datetime(2024, 11, 30, 23, 59)  # noqa: DTZ001 - as in a workbook
AMOUNTS = st.none() | st.decimals(places=2, allow_nan=False, allow_infinity=False)
LETTERS = {"号": "A", "额": "B"}


@contextmanager
def sheets(*parts: Facts, refused: Sequence[int] = (), letters: Any = LETTERS) -> Iterator[FactSheets]:
    """Show the facts of one sheet, cut into these parts."""
    rejects = [Reject("f.xlsx", "甲", row, None, None, None, "bad", "Is bad.") for row in refused]
    with Spool(()) as spool:
        for part in parts:
            spool.append(part, file="f.xlsx", sheet="甲", letters=letters)
        yield FactSheets.of(spool.facts(), rejects)


@pytest.mark.parametrize(
    ("written", "seen", "kind"),
    [
        ([1, None, 2.5, Decimal("0.10")], [1, None, Decimal("2.5"), Decimal("0.10")], "number"),
        ([0.1, 1e22, -0.0], [Decimal("0.1"), Decimal("1e22"), Decimal("-0.0")], "number"),
        (["甲\t\\N\n", "", None, "\\N"], ["甲\t\\N\n", "", None, "\\N"], "text"),
        ([DAY, None], [DAY, None], "date"),
        ([MOMENT], [MOMENT], "datetime"),
        ([True, False, None], [True, False, None], "boolean"),
        ([1, "x", DAY], ["1", "x", "2024-11-30"], "text"),
        ([None], [None], "nothing"),
    ],
)
def test_a_value_comes_as_what_it_was_and_numbers_as_exact_decimals(
    written: list[Any], seen: list[Any], kind: str
) -> None:
    rows = [*range(2, 2 + len(written))]
    with sheets(Facts(rows, {"额": written})) as facts:
        (sheet,) = facts.sheets()
        values = list(sheet.values("额"))
        assert values == seen
        assert list(map(type, values)) == [type(Decimal(0)) if type(v) in (int, Decimal) else type(v) for v in seen]
        assert facts.kind("额") == kind


@given(
    st.lists(
        st.tuples(st.integers(), st.none() | st.decimals(places=2, allow_nan=False, allow_infinity=False)), min_size=1
    ),
    st.data(),
)
def test_rows_are_those_of_the_sheet_however_they_were_cut(
    rows: list[tuple[int, Decimal | None]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    numbers = [*range(2, 2 + len(rows))]
    parts = [
        Facts(numbers[own], {"号": [row[0] for row in rows[own]], "额": [row[1] for row in rows[own]]})
        for own in (slice(cut), slice(cut, None))
    ]
    with sheets(*parts) as facts:
        for _ in range(2):  # as often as it is asked
            seen = [(row.number, row["号"], row["额"]) for row in facts.rows()]
            assert seen == [(number, *row) for number, row in zip(numbers, rows, strict=True)]


def test_of_several_facts_of_a_row_those_further_left_come_first() -> None:
    with Spool(()) as spool:
        for rows in ([2, 3], [4, 6]):
            for group, letter in enumerate("BC"):
                own = rows[group:]  # the first row of a batch has one fact only
                facts = Facts(own, {"额": [row * 10 + group for row in own]})
                spool.append(facts, file="f.xlsx", sheet="甲", letters={"额": letter}, group=group)
        found = [(row.number, row["额"], row.place("额").cell) for row in FactSheets.of(spool.facts(), ()).rows("额")]
    assert found == [(2, 20, "B2"), (3, 30, "B3"), (3, 31, "C3"), (4, 40, "B4"), (6, 60, "B6"), (6, 61, "C6")]


def test_sheets_come_one_by_one_even_if_two_have_the_same_name() -> None:
    with Spool(()) as spool:
        for workbook, rows in enumerate(([2], [2, 3])):
            facts = Facts(rows, {"额": [workbook] * len(rows)})
            spool.append(facts, file="f.xlsx", sheet="甲", letters=LETTERS, workbook=workbook)
        found = [[row["额"] for row in sheet.rows("额")] for sheet in FactSheets.of(spool.facts(), ()).sheets()]
    assert found == [[0], [1, 1]]


def test_a_row_knows_whether_rows_were_refused_since_the_one_before() -> None:
    parts = Facts([3, 4], {"额": [1, 2]}), Facts([7, 9, 10], {"额": [3, 4, 5]})
    with sheets(*parts, refused=[2, 8, 11]) as facts:
        assert [row.number for row in facts.rows("额") if row.follows_reject] == [3, 9]
        (sheet,) = facts.sheets()
        assert (sheet.count, sheet.refused) == (5, 3)


def test_a_reject_names_cell_and_value_and_a_column_that_is_not_there_is_told_with_the_near_one() -> None:
    with sheets(Facts([2], {"号": ["甲"], "额": [1234.5]})) as facts:
        (row,) = facts.rows("额")
        reject = row.reject("额", "odd", "Is odd.")
        assert (reject.file, reject.sheet, reject.row, reject.cell) == ("f.xlsx", "甲", 2, "B2")
        assert (reject.column, reject.value, reject.reason) == ("额", "1234.5", "odd")
        assert row.reject(None, "odd", "Is odd.").cell is None
        with pytest.raises(
            ValueError, match="'号' is no column that was asked for. Ask for it: rows\\(\\) was given 额"
        ):
            row.reject("号", "odd", "Is odd.")
        with pytest.raises(ValueError, match="'额 ' is no column of the facts; did you mean '额'\\? They have 号, 额"):
            list(facts.rows("额 "))


def test_where_there_are_no_facts_any_column_may_be_asked_for() -> None:
    """As where all rows were refused: that is told, and no fault of the package."""
    with sheets(refused=[2, 3]) as facts:
        assert list(facts.sheets()) == list(facts.rows("额")) == []
        assert (facts.count, facts.columns, facts.kind("额")) == (0, (), "nothing")
