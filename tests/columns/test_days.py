"""Months and days, in every spelling of the field."""

from __future__ import annotations

import datetime

import pytest
from support.batches import read_cell

from wdh.cells import UNCACHED, CellValue, Merged
from wdh.columns import date, month
from wdh.facts import Reject

MONTH = month("月度", blank=["(空白)"])
DAY = date("日期")
NOVEMBER = datetime.date(2024, 11, 1)

MONTHS: dict[str, tuple[CellValue, datetime.date]] = {
    "the integer 202411": (202411, NOVEMBER),
    "the float 202411.0": (202411.0, NOVEMBER),
    "the text 202411": ("202411", NOVEMBER),
    "full-width digits": ("２０２４１１", NOVEMBER),
    "2024年11月": ("2024年11月", NOVEMBER),
    "24年11月": ("24年11月", NOVEMBER),
    "blanks inside": (" 2024 年 11 月 ", NOVEMBER),
    "one digit": ("24年9月", datetime.date(2024, 9, 1)),
    "2024-11": ("2024-11", NOVEMBER),
    "2024-9": ("2024-9", datetime.date(2024, 9, 1)),
    "2024/11/1": ("2024/11/1", NOVEMBER),
    "2024-11-30": ("2024-11-30", NOVEMBER),
    "2024-11-01 00:00:00": ("2024-11-01 00:00:00", NOVEMBER),
    "2024年11月30日": ("2024年11月30日", NOVEMBER),
    "2024.11": ("2024.11", NOVEMBER),
    "2024.11 as a number": (2024.11, NOVEMBER),
    "a real date": (datetime.date(2024, 11, 30), NOVEMBER),
    "an Excel serial with a date format": (
        datetime.datetime.fromisoformat("2024-11-15T13:45"),
        NOVEMBER,
    ),
    "a merged cell stands for its range": (Merged(202411, "A2:A9"), NOVEMBER),
    "the first month": (200001, datetime.date(2000, 1, 1)),
    "the last month": (209912, datetime.date(2099, 12, 1)),
    "a zero-width character": ("2024\u200b11", NOVEMBER),
}
BAD_MONTHS: dict[str, tuple[CellValue, str]] = {
    "month 13": (202413, "month_out_of_range"),
    "month 0": (202400, "month_out_of_range"),
    "month 13 as text": ("2024年13月", "month_out_of_range"),
    "a year before 2000": (199912, "month_out_of_range"),
    "a date before 2000": (
        datetime.datetime.fromisoformat("1999-12-31"),
        "month_out_of_range",
    ),
    "YYMMDD is no year 2411": (241101, "month_out_of_range"),
    "a bare serial number": (45600, "not_a_month"),
    "2024.1 as a number may be January or October": (2024.1, "ambiguous_month"),
    "24-11 may be many things": ("24-11", "not_a_month"),
    "2411": (2411, "not_a_month"),
    "a fraction": (202411.5, "not_a_month"),
    "mixed separators": ("2024-11/01", "not_a_month"),
    "a day that November lacks": ("2024-11-31", "not_a_month"),
    "words": ("十一月", "not_a_month"),
    "a superscript": ("2024年1月²", "not_a_month"),
    "a circled digit": ("2024年①月", "not_a_month"),
    "a time of day": (datetime.time(12), "not_a_month"),
    "TRUE": (True, "boolean_instead"),
    "an error value": ("#N/A", "error_value"),
    "no stored result": (UNCACHED, "formula_without_value"),
    "infinity": (float("inf"), "not_a_month"),
}
DAYS: dict[str, tuple[CellValue, datetime.date]] = {
    "a date": (datetime.date(2024, 11, 30), datetime.date(2024, 11, 30)),
    "an Excel date": (
        datetime.datetime.fromisoformat("2024-11-30"),
        datetime.date(2024, 11, 30),
    ),
    "20241130": (20241130, datetime.date(2024, 11, 30)),
    "20241130 as text": ("２０２４１１３０", datetime.date(2024, 11, 30)),
    "2024-11-30": ("2024-11-30", datetime.date(2024, 11, 30)),
    "2024/1/2": ("2024/1/2", datetime.date(2024, 1, 2)),
    "24年1月2日": ("24年1月2日", datetime.date(2024, 1, 2)),
    "a birthday": ("1955.3.4", datetime.date(1955, 3, 4)),
}
BAD_DAYS: dict[str, tuple[CellValue, str]] = {
    "a time of day would be lost": (
        datetime.datetime.fromisoformat("2024-11-30T08:00"),
        "not_a_date",
    ),
    "February 30": ("2024-02-30", "not_a_date"),
    "a month": ("2024-11", "not_a_date"),
    "a month as a number": (202411, "not_a_date"),
    "a serial number": (45600, "not_a_date"),
    "a duration": (datetime.timedelta(1), "not_a_date"),
    "TRUE": (True, "boolean_instead"),
}


@pytest.mark.parametrize(("cell", "expected"), MONTHS.values(), ids=MONTHS)
def test_every_spelling_of_a_month_is_its_first_day(cell: CellValue, expected: datetime.date) -> None:
    """All listed spellings mean the first day of that month."""
    value = read_cell(MONTH, cell)
    assert type(value) is datetime.date
    assert value == expected


@pytest.mark.parametrize(("cell", "reason"), BAD_MONTHS.values(), ids=BAD_MONTHS)
def test_what_is_no_month_is_refused_by_cell(cell: CellValue, reason: str) -> None:
    """A month 13 or a year before 2000 is a bad cell, and so is whatever would have to be guessed."""
    reject = read_cell(MONTH, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell) == (reason, "A2")


@pytest.mark.parametrize("cell", [None, "", "(空白)"])
def test_a_blank_month_is_null(cell: CellValue) -> None:
    """A month that is not required may be blank."""
    assert read_cell(MONTH, cell) is None


def test_october_shown_with_its_zero_is_october() -> None:
    """The number 2024.1 under the format 0.00 shows 2024.10, and so is no January."""
    assert read_cell(MONTH, 2024.1, number_format="0.00") == datetime.date(2024, 10, 1)


@pytest.mark.parametrize(("cell", "expected"), DAYS.values(), ids=DAYS)
def test_every_spelling_of_a_day(cell: CellValue, expected: datetime.date) -> None:
    """A day arrives as a date without a time."""
    value = read_cell(DAY, cell)
    assert type(value) is datetime.date
    assert value == expected


@pytest.mark.parametrize(("cell", "reason"), BAD_DAYS.values(), ids=BAD_DAYS)
def test_what_is_no_day_is_refused_by_cell(cell: CellValue, reason: str) -> None:
    """A day that the calendar lacks is a bad cell."""
    reject = read_cell(DAY, cell)
    assert isinstance(reject, Reject)
    assert reject.reason == reason
