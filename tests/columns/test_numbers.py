"""Amounts, percentages and whole numbers: exact, or refused."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from support.batches import make_batch, read_cell

from wdh.columns import Column, Columns, amount, integer, percent, text
from wdh.facts import Reject
from wdh.facts.cells import UNCACHED, CellValue, Merged

AMOUNT = amount("金额")
SCALED = amount("金额", scale=4, precision=20)
RATE = percent("收益率")
COUNT = integer("组合数", low=-5, high=1000)

ARRIVE: dict[str, tuple[CellValue, str | None]] = {
    "a whole number": (1234, "1234"),
    "a number with decimals": (1234.5, "1234.5"),
    "10936191575.21 stays exactly that": (10936191575.21, "10936191575.21"),
    "zero": (0.0, "0"),
    "minus zero is zero": (-0.0, "0"),
    "text": ("1234.50", "1234.50"),
    "thousands": ("1,234.50", "1234.50"),
    "millions": ("1,234,567", "1234567"),
    "full width": ("１，２３４．５０", "1234.50"),
    "¥": ("¥1,234.50", "1234.50"),
    "full-width ￥": ("￥1,234.50", "1234.50"),
    "¥ with a blank": ("¥ 1,234.50", "1234.50"),
    "brackets mean negative": ("(1,234.50)", "-1234.50"),
    "full-width brackets": ("（1,234.50）", "-1234.50"),
    "brackets around ¥": ("(¥1,234.50)", "-1234.50"),
    "a minus sign": ("-1,234.50", "-1234.50"),
    "a minus before ¥": ("-¥5", "-5"),
    "a minus behind ¥": ("¥-5", "-5"),
    "a typographic minus": ("−5", "-5"),
    "a plus sign": ("+5", "5"),
    "blanks around": ("\u30005\xa0", "5"),
    "zero-width characters": ("\u200b5\ufeff", "5"),
    "a minus at the end, as SAP writes it": ("1,234.56-", "-1234.56"),
    "a minus at the end behind a blank": ("1,234.56 -", "-1234.56"),
    "a minus behind the currency": ("5元-", "-5"),
    "a plus at the end": ("5+", "5"),
    "元": ("1,234.50 元", "1234.50"),
    "CNY before": ("CNY 1,234.50", "1234.50"),
    "rmb behind": ("1,234.50rmb", "1234.50"),
    "¥ and 元": ("¥5元", "5"),
    "scientific text": ("1.5E+3", "1500"),
    "scientific text, small": ("1e-10", "0.0000000001"),
    "a small number": (1e-10, "1E-10"),
    "no digit before the point": (".5", "0.5"),
    "no digit behind the point": ("5.", "5"),
    "a dash": ("-", None),
    "a full-width dash": ("－", None),
    "a long dash": ("—", None),
    "无": ("无", None),
    "暂无": (" 暂无 ", None),
    "N/A": ("N/A", None),
    "n/a": ("n/a", None),
    "blank": ("", None),
    "blanks": (" \u3000", None),
    "empty": (None, None),
}
REFUSED: dict[str, tuple[CellValue, str]] = {
    "words": ("abc", "not_a_number"),
    "a percentage": ("5%", "not_a_number"),
    "a number and a unit": ("5万", "not_a_number"),
    "a number and a unit of money": ("5万元", "not_a_number"),
    "a sign at both ends": ("-5-", "not_a_number"),
    "a sign at the end in brackets": ("(5-)", "not_a_number"),
    "letters that are no currency": ("5 ABC", "not_a_number"),
    "$": ("$5", "foreign_currency"),
    "US$": ("US$ 1,234.50", "foreign_currency"),
    "a code": ("1,234.50 eur", "foreign_currency"),
    "€ and a minus at the end": ("€ 5-", "foreign_currency"),
    "a word": ("5美元", "foreign_currency"),
    "two signs": ("--5", "not_a_number"),
    "a sign in brackets": ("(-5)", "not_a_number"),
    "an open bracket": ("(5", "not_a_number"),
    "a closing bracket": ("5)", "not_a_number"),
    "nan": ("nan", "not_a_number"),
    "infinity as text": ("Infinity", "not_a_number"),
    "underscores": ("1_000", "not_a_number"),
    "Arabic digits": ("\u0663", "not_a_number"),
    "1,23": ("1,23", "ambiguous_number"),
    "1.234,50": ("1.234,50", "ambiguous_number"),
    "1,234,56": ("1,234,56", "ambiguous_number"),
    "0,123": ("0,123", "ambiguous_number"),
    "1.234.567": ("1.234.567", "ambiguous_number"),
    "¥1,23 in brackets": ("(¥1,23)", "ambiguous_number"),
    "a superscript": ("100²", "unclear_character"),
    "a fraction": ("1½", "unclear_character"),
    "#N/A": ("#N/A", "error_value"),
    "#REF!": ("#REF!", "error_value"),
    "#DIV/0!": ("#DIV/0!", "error_value"),
    "infinity": (float("inf"), "not_finite"),
    "not a number": (float("nan"), "not_finite"),
    "TRUE": (True, "boolean_instead"),
    "a date": (datetime.datetime.fromisoformat("2024-11-01"), "date_instead"),
    "a time": (datetime.time(1), "date_instead"),
    "merged": (Merged(5, "A2:A3"), "merged_number"),
    "merged text": (Merged("5", "A2:A3"), "merged_number"),
    "no stored result": (UNCACHED, "formula_without_value"),
    "an exponent beyond reason": ("1e9999", "out_of_range"),
}
RATES: dict[str, tuple[CellValue, str]] = {
    "a number": (0.0536, "0.0536"),
    "5.36%": ("5.36%", "0.0536"),
    "full width": ("５．３６％", "0.0536"),
    "a blank before %": ("5.36 %", "0.0536"),
    "a negative percentage": ("-5.36%", "-0.0536"),
    "a negative percentage in brackets": ("(5.36%)", "-0.0536"),
    "text without %": ("0.0536", "0.0536"),
    "a bare 5.36 stays 5.36": (5.36, "5.36"),
    "the least": (-1, "-1"),
    "the least as a float": (-1.0, "-1"),
    "the greatest": (10.0, "10"),
    "1000%": ("1000%", "10"),
    "zero": ("0%", "0"),
}


@pytest.mark.parametrize(("cell", "expected"), ARRIVE.values(), ids=ARRIVE)
def test_an_amount_arrives_exactly(cell: CellValue, expected: str | None) -> None:
    """Every spelling of an amount is the number that the workbook shows, to the last digit."""
    value = read_cell(AMOUNT, cell)
    assert (
        value is None
        if expected is None
        else Decimal(repr(value) if isinstance(value, float) else value) == Decimal(expected)
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("column", [AMOUNT, SCALED], ids=["any scale", "numeric(20,4)"])
@pytest.mark.parametrize(("cell", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_amount_is_refused_by_cell(cell: CellValue, reason: str, column: Column) -> None:
    """What can be read in two ways, or not at all, is a reject with its place, whatever the scale."""
    reject = read_cell(column, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell) == (reason, "A2")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (0.30000000000000004, "0.3"),
        (1234567.1234, "1234567.1234"),
        ("0.12340000", "0.1234"),
        (1e15, "1e15"),
        (9999999999999998.0, "9999999999999998"),
        ("9999999999999999.9999", "9999999999999999.9999"),
        (70368744177664.33, "70368744177664.33"),
    ],
)
def test_decimals_that_excel_would_not_show_are_no_excess(cell: CellValue, expected: str) -> None:
    """What is within the scale at Excel's 15 digits is just that value, and no note is made of it."""
    facts = Columns(SCALED).clean(make_batch({"金额": [cell]}))
    (value,) = facts.columns["金额"]
    assert Decimal(str(value)) == Decimal(expected)
    assert facts.notes == ()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(1.00005, "1.0001"), ("1.00005", "1.0001"), (-1.00005, "-1.0001"), (2.00014999, "2.0001"), ("1e-10", "0.0000")],
)
def test_an_excess_of_decimals_is_rounded_half_up_and_counted(cell: CellValue, expected: str) -> None:
    """More decimals than the column keeps are rounded half up, and never silently."""
    facts = Columns(SCALED).clean(make_batch({"金额": [cell, 1.5, cell]}))
    assert [str(value) for value in facts.columns["金额"]] == [expected, "1.5", expected]
    (note,) = facts.notes
    assert (note.code, note.cases) == ("rounded", {"金额": 2})


@pytest.mark.parametrize("cell", [1e16, -1e16, 10**16, "10000000000000000", "9999999999999999.99995", 1e300])
def test_an_amount_beyond_the_column_is_refused(cell: CellValue) -> None:
    """What numeric(20,4) cannot hold is a bad cell, and no error of the database."""
    reject = read_cell(SCALED, cell)
    assert isinstance(reject, Reject)
    assert reject.reason == "out_of_range"


@pytest.mark.parametrize(("cell", "expected"), RATES.values(), ids=RATES)
def test_only_a_percent_sign_divides_by_100(cell: CellValue, expected: str) -> None:
    """5.36% is 0.0536, and 5.36 is 5.36."""
    assert Decimal(str(read_cell(RATE, cell))) == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (10.5, "out_of_range"),
        (-1.01, "out_of_range"),
        ("1001%", "out_of_range"),
        (10.0000001, "out_of_range"),
        ("5.36%%", "not_a_number"),
        ("5.36‰", "not_a_number"),
        (Merged(0.05, "A2:A3"), "merged_number"),
        ("#DIV/0!", "error_value"),
    ],
)
def test_a_rate_out_of_range_is_refused(cell: CellValue, reason: str) -> None:
    """Beyond -1 to 10 a percent sign was forgotten, or worse."""
    reject = read_cell(RATE, cell)
    assert isinstance(reject, Reject)
    assert reject.reason == reason


@pytest.mark.parametrize(("cell", "expected"), [(12, 12), (12.0, 12), ("1,000", 1000), ("１２.0", 12), ("-", None)])
def test_a_whole_number_is_an_int(cell: CellValue, expected: int | None) -> None:
    """A whole number arrives as an int, whatever it was stored as."""
    value = read_cell(COUNT, cell)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [(1.5, "not_an_integer"), ("1.5", "not_an_integer"), (1001, "out_of_range"), ("x", "not_a_number")],
)
def test_what_is_no_whole_number_is_refused(cell: CellValue, reason: str) -> None:
    """Decimals are not cut off."""
    reject = read_cell(COUNT, cell)
    assert isinstance(reject, Reject)
    assert reject.reason == reason


@pytest.mark.parametrize(
    ("low", "high", "sql_type"),
    [
        (-(2**31), 2**31 - 1, "integer"),
        (-(2**31) - 1, 0, "bigint"),
        (0, 2**31, "bigint"),
    ],
)
def test_a_whole_number_has_the_smaller_type_that_holds_its_limits(low: int, high: int, sql_type: str) -> None:
    assert integer("组合数", low=low, high=high).sql_type == sql_type


def test_a_whole_number_keeps_all_its_digits_at_the_limit_of_a_column_without_decimals() -> None:
    """There it is read apart from the others; Excel shows fifteen digits, and files hold up to seventeen."""
    column = amount("金额", scale=0, high=1000000000000001)
    assert read_cell(column, 1000000000000001.0) == 1000000000000001


@pytest.mark.parametrize("column", [AMOUNT, SCALED, RATE], ids=["amount", "scaled", "rate"])
@pytest.mark.parametrize("cell", [-0.0, "-0", "(0)", "-0%"])
def test_minus_zero_loses_its_sign(cell: CellValue, column: Column) -> None:
    """Minus zero and zero are one amount, and older warehouses with double precision would keep them apart."""
    value = read_cell(column, cell)
    if isinstance(value, Reject):
        assert "%" in str(cell)
    else:
        assert not str(value).startswith("-")


def test_rounding_does_not_leave_the_range() -> None:
    """0.55 is allowed, and the 0.6 that one decimal would make of it is not."""
    reject = read_cell(percent("收益率", low=0, high=0.55, scale=1), 0.55)
    assert isinstance(reject, Reject)
    assert reject.reason == "out_of_range"


@pytest.mark.parametrize("scale", [None, 0])
def test_a_precision_without_decimals_is_the_number_of_digits_before_the_point(scale: int | None) -> None:
    column = amount("金额", scale=scale, precision=3)
    assert [read_cell(column, cell) for cell in (999, -999)] == [999, -999]
    for cell in (1000, -1000):
        reject = read_cell(column, cell)
        assert isinstance(reject, Reject)
        assert reject.reason == "out_of_range"


def test_a_precision_without_a_digit_before_the_point_is_refused() -> None:
    """numeric(4,4) is a slip of the domain's author."""
    with pytest.raises(ValueError, match="precision 4"):
        amount("金额", scale=4, precision=4)


def test_the_currencies_of_a_column_are_those_it_lists() -> None:
    """What is listed may stand before or behind, in any case; all else, the usual ones too, is refused by its name."""
    column = amount("额", currency=["USD", "$"])
    for cell in ("$1,234.50", "1,234.50 USD", "usd 1,234.50", "＄1,234.50", "1,234.50"):
        assert read_cell(column, cell) == Decimal("1234.50"), cell
    for cell in ("¥5", "5元", "CNY 5", "€5", "HK$5"):
        reject = read_cell(column, cell)
        assert isinstance(reject, Reject)
        assert reject.reason == "foreign_currency", cell
        assert "this column takes $, USD" in reject.sentence
    with pytest.raises(ValueError, match="额: the currency '5' cannot stand beside a number"):
        amount("额", currency=["5"])


def test_a_unit_multiplies_only_where_it_is_listed() -> None:
    """万元 is ten thousand, exactly, in a column that lists it, and no number in any other."""
    column = amount("额", currency=["元", "万元", "亿"])
    cells = ["1.5万元", "15,000元", "15000", "0.00015亿"]
    assert [read_cell(column, cell) for cell in cells] == [Decimal(15000)] * 4
    for cell in ("1.5万", "1.5亿元"):
        assert isinstance(read_cell(column, cell), Reject)


LITERAL = ['0.00"%"', "0.00\\%", "0.00％", '0.00"％"', "0.00!%", '0.00"%";(0.00"%")', '[>100]0"%";0.00"%"']


@pytest.mark.parametrize("number_format", LITERAL)
def test_a_literal_percent_sign_makes_a_rate_a_hundredth_and_no_amount(number_format: str) -> None:
    """3.1 in 0.00"%" shows 3.10%: 0.031 as a rate, exactly; as an amount it is 3.1 or 0.031, and so refused."""
    assert read_cell(RATE, 3.1, number_format=number_format) == Decimal("0.031")
    assert read_cell(percent("率", scale=None), 0.1 + 0.2, number_format=number_format) == Decimal("0.003")
    for column in (AMOUNT, SCALED, COUNT):
        reject = read_cell(column, 3.0, number_format=number_format)
        assert isinstance(reject, Reject)
        assert (reject.reason, reject.cell) == ("percent_shown", "A2")


@pytest.mark.parametrize("number_format", ["0.00‰", '0"‰"', '0%"%"', '"%"0', '0"% 至 5%"', '0,"%"'])
def test_a_percent_sign_that_is_not_certain_is_refused_in_rates_too(number_format: str) -> None:
    """Per mille, a sign in front or two of them: nothing is guessed."""
    for column in (RATE, AMOUNT, COUNT):
        reject = read_cell(column, 3.0, number_format=number_format)
        assert isinstance(reject, Reject)
        assert reject.reason == "percent_shown"


def test_a_percent_format_changes_no_number() -> None:
    """0.031 in 0.00% is shown as 3.10%, which is what it is."""
    for column in (RATE, AMOUNT):
        assert read_cell(column, 0.031, number_format="0.00%") == 0.031


@pytest.mark.parametrize(
    ("number_format", "how"),
    [
        ("#,##0,", None),
        ('0!.0,"万"', None),
        ('0!.0000"万元"', None),
        ('0"万"', None),
        ("0.00,,", None),
        ('[>=1000]0.0,"K";0', None),
        (";;;", None),
        ('"保密"', None),
        ("[DBNum2]0", None),
        ("0*x", None),
        ("[$$-409]#,##0.00", "$"),
        ('"US$"0.00', "US$"),
        ("[$€-2] 0.00", "€"),
        ('0.00"美元"', "美元"),
    ],
)
def test_a_number_that_shows_as_something_else_is_taken_with_a_note(number_format: str, how: str | None) -> None:
    """The value alone counts, and it is never silent: the note names the column and what its cells show."""
    batch = make_batch({"金额": [1234.5, 5.0, 1234.5]}, formats={"金额": [number_format, None, number_format]})
    for column in (AMOUNT, SCALED):
        facts = Columns(column).clean(batch)
        assert facts.columns["金额"] == [1234.5, 5.0, 1234.5]
        (note,) = facts.notes
        assert (note.code, note.cases) == ("shown_otherwise", {f"金额 (column A): {how or number_format}": 2})


@pytest.mark.parametrize(
    "number_format",
    [
        "0",
        "@",
        "General",
        "#,##0.00_);[Red](#,##0.00)",
        '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
        "[$￥-804]#,##0.00",
        '0.00"元"',
        '0"人"',
        "0.00E+00",
        "# ?/?",
        "¤#,##0",
        'General"元"',
    ],
)
def test_a_number_that_is_shown_as_it_is_makes_no_note(number_format: str) -> None:
    """Usual formats, the usual currency, colours and units that count one by one are no news."""
    facts = Columns(AMOUNT).clean(make_batch({"金额": [1234.5, -1.5, 0.0]}, formats={"金额": [number_format] * 3}))
    assert facts.columns["金额"] == [1234.5, -1.5, 0.0]
    assert facts.notes == ()


def test_a_zero_may_be_hidden_or_a_dash() -> None:
    """What accountants show for zero is zero."""
    for number_format in ("0;-0;", '0;-0;"-"', '0;-0;"无"', ";;;"):
        facts = Columns(AMOUNT).clean(make_batch({"金额": [0.0]}, formats={"金额": [number_format]}))
        assert (facts.columns["金额"], facts.notes) == ([0.0], ())


def test_a_format_in_another_currency_is_refused_where_the_column_names_its_own() -> None:
    """Two currencies in one column: the one that is not listed is a reject with its cell."""
    column = amount("金额", currency=["$", "USD"])
    formats = ["[$$-409]0.00", "[$￥-804]0.00", "[$USD] 0", None]
    facts = Columns(column).clean(make_batch({"金额": [1.0, 2.0, 3.0, 4.0]}, formats={"金额": formats}))
    assert facts.columns["金额"] == [1.0, 3.0, 4.0]
    assert [(reject.cell, reject.reason) for reject in facts.rejects] == [("A3", "foreign_currency")]


def test_a_rounded_number_that_shows_otherwise_makes_both_notes() -> None:
    facts = Columns(SCALED, COUNT).clean(
        make_batch({"金额": [1.00005], "组合数": [12.0]}, formats={"金额": ["0,"], "组合数": ["0,"]})
    )
    assert facts.columns == {"金额": [Decimal("1.0001")], "组合数": [12]}
    assert [note.code for note in facts.notes] == ["rounded", "shown_otherwise"]


def test_numbers_that_show_otherwise_are_in_the_sums_of_totals() -> None:
    """A total row in a scaled format, over facts in scaled formats, is compared with what they hold."""
    columns = Columns(text("店"), amount("金额", scale=2))
    cells = {"店": ["甲", "乙", "合计"], "金额": [1000.005, 2000.0, 3000.01]}
    facts = columns.clean(make_batch(cells, formats={"金额": ["0,", None, "0,"]}))
    assert facts.columns["金额"] == [Decimal("1000.01"), 2000.0]
    assert facts.totals == 1
    assert facts.sums is not None
    (total,) = facts.sums.totals
    assert total.amounts["金额"].value == Fraction("3000.01")


@pytest.mark.parametrize("word", ["YEAR", "HR", "PER", "s"])
def test_a_word_that_ends_like_a_currency_in_compatibility_form_is_none(word: str) -> None:
    """₨ is Rs there, and R is no sign of a currency."""
    facts = Columns(amount("金额")).clean(make_batch({"金额": [3.0]}, formats={"金额": [f'0"{word}"']}))
    assert facts.columns["金额"] == [3.0]
    assert not facts.notes
