"""Each check of a configuration refuses just the rows that plain Python refuses, however the sheet was cut."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wdh.checking.declared import find_breaks, make_checks
from wdh.errors import SetupError
from wdh.facts import Facts, Note, Reject
from wdh.facts.sheets import FactReject, FactSheets
from wdh.facts.spool import Spool

CENTS = st.none() | st.integers(-3, 3).map(lambda cents: Decimal(cents) / 100)
ROWS = st.lists(st.tuples(st.sampled_from([None, "A", "B"]), CENTS, CENTS, CENTS), max_size=12)
COLUMNS = ("号", "收", "支", "余")
LETTERS = dict(zip(COLUMNS, "ABCD", strict=True))
Row = tuple[Any, ...]
ZERO = Decimal(0)


def try_checks(checks: dict[str, Any], parts: Sequence[Sequence[Row]], *, refused: Sequence[int] = ()) -> list[Any]:
    """Try checks on a sheet whose parts were taken in one after the other; ``refused`` rows are no facts."""
    number = 1
    rejects = [Reject("f.xlsx", "甲", row, None, None, None, "bad", "Is bad.") for row in refused]
    with Spool(()) as spool:
        for part in parts:
            numbers = [*range(number + 1, number + 1 + len(part))]
            number += len(part)
            kept = [(row, values) for row, values in zip(numbers, part, strict=True) if row not in refused]
            columns = {name: [values[place] for _, values in kept] for place, name in enumerate(COLUMNS)}
            spool.append(Facts([row for row, _ in kept], columns), file="f.xlsx", sheet="甲", letters=LETTERS)
        return list(find_breaks(make_checks(checks), FactSheets.of(spool.facts(), rejects)))


def find_rows(checks: dict[str, Any], rows: Sequence[Row], cut: int, *, refused: Sequence[int] = ()) -> list[int]:
    found = try_checks(checks, (rows[:cut], rows[cut:]), refused=refused)
    return [each.row for each in found if isinstance(each, FactReject)]


@given(ROWS, st.integers(0, 12))
@example([("A", None, None, Decimal(value)) for value in (-1, -2)], 1)  # of which the hashes are the same
def test_unique(rows: list[Row], cut: int) -> None:
    expected, seen = [], set()
    for number, (name, *_, balance) in enumerate(rows, start=2):
        if None not in (name, balance):
            if (name, balance) in seen:
                expected.append(number)
            seen.add((name, balance))
    assert find_rows({"unique": ["号", "余"]}, rows, cut) == expected


@given(ROWS, st.integers(0, 12), st.booleans())
def test_increasing(rows: list[Row], cut: int, strict: bool) -> None:
    expected = []
    for number, (name, *_, value) in enumerate(rows, start=2):
        earlier = [row[3] for row in rows[: number - 2] if row[0] == name and row[3] is not None]
        if earlier and value is not None and (value < earlier[-1] or (strict and value == earlier[-1])):
            expected.append(number)
    assert find_rows({"increasing": {"column": "余", "by": "号", "strict": strict}}, rows, cut) == expected


def expect_running(rows: Sequence[Row], refused: Sequence[int]) -> list[int]:
    """Follow each group by itself; a balance may follow from what was stated, or from what should have been."""
    expected = []
    for group in (None, "A", "B"):
        may: list[Decimal] = []  # the balances that the row before may stand for
        for number, (name, plus, minus, balance) in enumerate(rows, start=2):
            if number in refused:
                may = []
            elif name == group:
                may = [before + (plus or ZERO) - (minus or ZERO) for before in may]
                if balance is not None:
                    is_wrong = bool(may) and balance not in may
                    expected += [number] if is_wrong else []
                    may = [balance, may[-1]] if is_wrong else [balance]
    return sorted(expected)


def row(plus: int | None, balance: int | None) -> Row:
    return ("A", plus and Decimal(plus), None, None if balance is None else Decimal(balance))


@given(ROWS, st.integers(0, 12), st.sets(st.integers(2, 13), max_size=2))
@example([row(None, 10), row(1, 99), row(1, 12), row(1, 13)], 2, set())  # a slip of the pen
@example([row(None, 10), row(1, 99), row(1, 100), row(1, 101)], 2, set())  # an amount that is missing
@example([row(None, 10), row(1, 98), row(1, 99), row(1, 14), row(1, 14)], 2, set())
@example([row(None, 10), row(1, None), row(1, 12), row(1, 12)], 1, {3})
def test_running(rows: list[Row], cut: int, refused: set[int]) -> None:
    gone = sorted(row for row in refused if row < len(rows) + 2)
    checks = {"running": {"column": "余", "plus": "收", "minus": ["支"], "by": "号"}}
    assert find_rows(checks, rows, cut, refused=gone) == expect_running(rows, gone)


@given(ROWS, st.integers(0, 12))
def test_sums_of_rows(rows: list[Row], cut: int) -> None:
    sums = [(balance, (plus or ZERO) - (minus or ZERO)) for _, plus, minus, balance in rows]
    expected = [number for number, (stated, own) in enumerate(sums, start=2) if stated not in (None, own)]
    assert find_rows({"sum_equals": [{"column": "余", "plus": "收", "minus": "支"}]}, rows, cut) == expected


@given(ROWS, st.integers(0, 12))
def test_sums_of_sheets(rows: list[Row], cut: int) -> None:
    expected = []
    for group in {row[0] for row in rows}:
        own = [(number, row) for number, row in enumerate(rows, start=2) if row[0] == group]
        if sum(row[1] or 0 for _, row in own) != sum(row[2] or 0 for _, row in own):
            expected.append(own[-1][0])
    checks = {"sum_equals": {"column": "收", "plus": "支", "over": "sheet", "by": "号"}}
    assert sorted(find_rows(checks, rows, cut)) == sorted(expected)


@given(ROWS, st.integers(0, 12), st.none() | st.integers(-3, 0), st.none() | st.integers(0, 3))
def test_between(rows: list[Row], cut: int, low: int | None, high: int | None) -> None:
    limits = [None if cents is None else cents / 100 for cents in (low, high)]
    least, most = (Decimal(-9) if low is None else low), (Decimal(9) if high is None else high)
    values = [row[3] for row in rows]
    expected = [n for n, v in enumerate(values, start=2) if v is not None and not least <= v * 100 <= most]
    assert find_rows({"between": {"余": limits}}, rows, cut) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [(["2024-11-01", "2024-11-30"], [2]), (["2024-10-31 12:00", "2024-11-30 12:00"], [4]), (["2024-11-01", None], [2])],
)
def test_a_limit_that_is_a_day_holds_for_its_moments(limits: list[str | None], expected: list[int]) -> None:
    days = ((10, 31, 23), (11, 1, 0), (11, 30, 23))
    moments = [datetime.datetime(2024, month, day, hour) for month, day, hour in days]  # noqa: DTZ001 - as in a workbook
    rows = [("A", None, None, moment) for moment in moments]
    assert find_rows({"between": {"余": limits}}, rows, 1) == expected


ROW = ("A", Decimal(40), None, Decimal(1200))


@pytest.mark.parametrize(
    ("checks", "rows", "sentence"),
    [
        (
            {"running": {"余": "收"}},
            [ROW, ("A", Decimal(40), None, Decimal("1250.5"))],
            "余 is 1,250.5; row 2 has 1,200.0 and this row's 收 is 40.0: 1,240.0 was expected.",
        ),
        (
            {"running": {"column": "余", "plus": "收", "minus": "支"}},
            [ROW, ("A", Decimal(1), Decimal(2), None), ("A", Decimal(1), None, Decimal(0))],
            "余 is 0; row 2 has 1,200 and since then 收 and 支 come to 0: 1,200 was expected.",
        ),
        ({"unique": "号"}, [ROW, ROW], "号: A stands already in f.xlsx, sheet 甲, A2."),
        (
            {"increasing": {"column": "余", "strict": True}},
            [ROW, ROW],
            "余 is 1,200, and row 2 has 1,200: a greater value was expected.",
        ),
        ({"sum_equals": {"余": ["收", "支"]}}, [ROW], "余 is 1,200, and 收 + 支 comes to 40."),
        (
            {"sum_equals": {"column": "收", "minus": "支", "over": "sheet", "by": "号"}},
            [ROW],
            "收 comes to 40 over 号 A, and - 支 to 0.",
        ),
        (
            {"sum_equals": {"column": "余", "plus": "收", "over": "sheet"}},
            [ROW],
            "余 comes to 1,200 over the sheet, and 收 to 40.",
        ),
        ({"between": {"余": [0, 1000.5]}}, [ROW], "余 is 1,200: 0 to 1,000.5 was expected."),
        ({"between": {"号": ["B", None]}}, [ROW], "号 is A: at least B was expected."),
    ],
)
def test_a_sentence_says_both_values(checks: dict[str, Any], rows: list[Row], sentence: str) -> None:
    (reject,) = try_checks(checks, (rows,))
    assert reject.sentence == sentence


def test_sums_of_a_sheet_with_refused_rows_are_told_as_unchecked() -> None:
    (note,) = try_checks({"sum_equals": {"column": "余", "plus": "收", "over": "sheet"}}, ([ROW, ROW],), refused=[2])
    assert isinstance(note, Note)
    assert (note.code, note.cases) == ("sums_unchecked", {"f.xlsx, sheet 甲": 1})


@pytest.mark.parametrize(
    ("values", "tolerance", "is_refused"),
    [
        ((0.1, 0.2, 0.30000000000000004), 0, False),  # as Excel adds them up
        ((Decimal("0.1"), Decimal("0.2"), Decimal("0.30000000000000004")), 0, True),
        ((0.1, 0.2, 0.31), 0, True),
        ((0.1, 0.2, 0.31), 0.01, False),
        ((0.1, 0.2, 0.311), 0.01, True),
        ((1e10, 0.01, 1e10 + 0.02), 0, True),
    ],
)
def test_amounts_are_exact_but_for_the_noise_of_floats_and_what_is_tolerated(
    values: tuple[Any, ...], tolerance: float, is_refused: bool
) -> None:
    checks = {"sum_equals": {"column": "余", "plus": ["收", "支"], "tolerance": tolerance}}
    assert len(try_checks(checks, ([("A", *values)],))) == is_refused


@pytest.mark.parametrize(
    ("checks", "sentence"),
    [
        ({"unique": [["号"], ["号", "余额"]]}, "checks.unique: there is no fact column '余额'; did you mean '余'?"),
        ({"running": {"余": "金额"}}, "checks.running: there is no fact column '金额'. The facts have 号, 收, 支, 余"),
        ({"sum_equals": {"余": "号"}}, "checks.sum_equals: 号 has texts, and is compared with numbers"),
        ({"between": {"余": ["2024-11-01", None]}}, "checks.between: 余 has numbers, and is compared with dates"),
        ({"between": {"号": [None, 7]}}, "checks.between: 号 has texts, and is compared with numbers"),
    ],
)
def test_a_column_that_is_not_there_or_of_another_kind_is_a_setup_error(checks: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SetupError) as caught:
        try_checks(checks, ([ROW],))
    assert caught.value.message.startswith(sentence)
