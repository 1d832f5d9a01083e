"""Months and days, in every spelling of the field."""

from __future__ import annotations

import datetime
import re

import pytest
from support.batches import read_cell

from wdh.columns import date, month
from wdh.columns import datetime as moment
from wdh.facts import Reject
from wdh.facts.cells import UNCACHED, CellValue, Merged

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
    "a time of day in text": ("2024-11-30 13:05", NOVEMBER),
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
    "a month with a time of day": ("2024-11 13:05", "not_a_month"),
    "an offset": ("2024-11-30T00:00:00+08:00", "time_zone"),
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


MOMENT = moment("时间")
MIDNIGHTS = [
    *("2024-11-30 00:00:00.0", "2024-11-30 0:00", "2024-11-30 00:00", "2024-11-30 00:00:00", "2024-11-30T00:00:00"),
    *("2024-11-30T00:00:00.000", "2024/11/30 12:00:00 AM", "2024/11/30 上午12:00", "2024-11-30 00:00:00.0000000"),
    *("20241130 00:00:00", "20241130000000", "2024年11月30日 0时0分0秒", "2024年11月30日0:00", "24年11月30日 00:00"),
    *("２０２４－１１－３０　００：００", " 2024.11.30  0:00:00,000 ", "2024-11-30 am 12:00"),
]
MOMENTS: dict[str, tuple[CellValue, str]] = {
    "a datetime": (datetime.datetime.fromisoformat("2024-11-30T13:05:06.123"), "2024-11-30 13:05:06.123000"),
    "a day": (datetime.date(2024, 11, 30), "2024-11-30 00:00:00"),
    "a day as text": ("2024-11-30", "2024-11-30 00:00:00"),
    "20241130": (20241130, "2024-11-30 00:00:00"),
    "fourteen digits": (20241130130506, "2024-11-30 13:05:06"),
    "fourteen digits as text": ("20241130130506", "2024-11-30 13:05:06"),
    "without seconds": ("2024/11/30 13:05", "2024-11-30 13:05:00"),
    "of Java": ("2024-11-30 13:05:06.1", "2024-11-30 13:05:06.100000"),
    "ISO 8601": ("2024-11-30T13:05:06.123", "2024-11-30 13:05:06.123000"),
    "microseconds": ("2024-11-30 13:05:06.123456", "2024-11-30 13:05:06.123456"),
    "in the afternoon": ("2024/11/30 1:05:06 PM", "2024-11-30 13:05:06"),
    "noon": ("2024/11/30 12:00 PM", "2024-11-30 12:00:00"),
    "下午": ("2024年11月30日 下午1:05", "2024-11-30 13:05:00"),
    "13时05分": ("2024年11月30日 13时05分", "2024-11-30 13:05:00"),
}
BAD_MOMENTS: dict[str, tuple[CellValue, str]] = {
    "UTC": ("2024-11-30T13:05:06Z", "time_zone"),
    "an offset": ("2024-11-30 13:05:06.000 +0800", "time_zone"),
    "a zone in the value": (datetime.datetime.fromisoformat("2024-11-30T13:05:06+08:00"), "time_zone"),
    "hour 24": ("2024-11-30 24:00:00", "not_a_datetime"),
    "hour 25": ("2024-11-30 25:00:00", "not_a_datetime"),
    "minute 60": ("2024-11-30 13:60", "not_a_datetime"),
    "13 PM": ("2024-11-30 13:05 PM", "not_a_datetime"),
    "finer than microseconds": ("2024-11-30 13:05:06.1234567", "not_a_datetime"),
    "February 30": ("2024-02-30 13:05", "not_a_datetime"),
    "a month": ("2024-11", "not_a_datetime"),
    "a serial number": (45626.5, "not_a_datetime"),
    "a time of day": (datetime.time(13, 5), "not_a_datetime"),
    "a duration": (datetime.timedelta(hours=30), "not_a_datetime"),
    "a superscript": ("2024-11-30 13:0²", "not_a_datetime"),
    "TRUE": (True, "boolean_instead"),
}


@pytest.mark.parametrize("cell", MIDNIGHTS)
def test_midnight_in_any_spelling_is_no_time_of_day(cell: str) -> None:
    """A day with a midnight behind it is that day, its month is that month, and its moment that midnight."""
    assert read_cell(DAY, cell) == datetime.date(2024, 11, 30)
    assert read_cell(MOMENT, cell) == datetime.datetime.fromisoformat("2024-11-30T00:00")
    if not cell.startswith("20241130"):
        assert read_cell(MONTH, cell) == NOVEMBER


@pytest.mark.parametrize(("cell", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_a_moment_keeps_its_time_to_the_last_digit(cell: CellValue, expected: str) -> None:
    """However a moment is written, day and time arrive; a day with a time of day is refused, not cut."""
    value = read_cell(MOMENT, cell)
    assert type(value) is datetime.datetime
    assert str(value) == expected
    if value.time() != datetime.time():
        assert isinstance(reject := read_cell(DAY, cell), Reject)
        assert reject.reason == "not_a_date"


@pytest.mark.parametrize(("cell", "reason"), BAD_MOMENTS.values(), ids=BAD_MOMENTS)
def test_what_is_no_local_moment_is_refused_by_cell(cell: CellValue, reason: str) -> None:
    """A time that no clock shows, that nothing keeps, or that is of another place, is a bad cell."""
    reject = read_cell(MOMENT, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell) == (reason, "A2")


def test_formats_of_a_column_are_read_in_addition() -> None:
    """Names are English in any case; a time may follow; a text that no format fits is read as ever."""
    column = date("日", formats=["%m/%d/%Y", "%d-%b-%Y", "%a %d %B %y", "%d%m%Y"])
    spellings = ["11/30/2024", "11/30/2024 12:00:00 AM", "30-nov-2024", "Sat 30 NOVEMBER 24", "30112024", 30112024]
    for cell in (*spellings, "2024-11-30", "１１／３０／２０２４"):
        assert read_cell(column, cell) == datetime.date(2024, 11, 30), cell
    for cell in ("30/11/2024", "Mon 30 November 24", "30-Nov-24", "2/30/2024", "11/30/2024 13:05"):
        assert isinstance(read_cell(column, cell), Reject), cell
    assert read_cell(month("月", formats=["%b-%y"]), "Nov-24") == NOVEMBER
    at = moment("时", formats=["%d.%m.%Y %H:%M:%S.%f", "%m/%d/%Y"])
    for cell in ("30.11.2024 13:05:06.5", "11/30/2024 1:05:06.5 PM"):
        assert str(read_cell(at, cell)) == "2024-11-30 13:05:06.500000"
    assert isinstance(reject := read_cell(at, "11/30/2024 13:05 +08:00"), Reject)
    assert reject.reason == "time_zone"


def test_two_formats_that_disagree_refuse_the_cell() -> None:
    """03/04/2024 is as configured, or refused where two formats of the column read it differently."""
    assert read_cell(date("日", formats=["%d/%m/%Y"]), "03/04/2024") == datetime.date(2024, 4, 3)
    both = date("日", formats=["%d/%m/%Y", "%m/%d/%Y"])
    assert read_cell(both, "30/11/2024") == datetime.date(2024, 11, 30)
    assert read_cell(both, "03/03/2024") == datetime.date(2024, 3, 3)
    assert isinstance(reject := read_cell(both, "03/04/2024"), Reject)
    assert reject.reason == "ambiguous_date"


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("%Y-%m", "lacks %d"),
        ("%d/%m", "lacks %Y or %y"),
        ("dd/mm/yyyy", "lacks %Y or %y"),
        ("%q%Y%m%d", "has %q; known are"),
        ("%Y-%m-%d %", "has %; known are"),
        ("%-d/%m/%Y", "has %-; known are"),
        ("%Y-%m-%m-%d", "has %m and %m"),
        ("%Y %y %m %d", "has %Y and %y"),
        ("%Y%m%d %I:%M", "has %I without %p"),
        ("%Y%m%d %M", "has %M without %H or %I"),
    ],
)
def test_a_faulty_format_is_refused_when_the_column_is_made(pattern: str, fault: str) -> None:
    """A format that reads no day, or more than one, is a fault of the configuration, which is told by its words."""
    with pytest.raises(ValueError, match=re.escape(f"日: the format {pattern!r} {fault}")):
        date("日", formats=[pattern])


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


@pytest.mark.parametrize(
    ("cell", "number_format", "expected"),
    [
        (24.12, None, datetime.date(2024, 12, 1)),
        (24.1, "0.00", datetime.date(2024, 10, 1)),
        ("24.12", None, datetime.date(2024, 12, 1)),
    ],
)
def test_a_number_with_two_decimals_is_read_by_the_formats(
    cell: CellValue, number_format: str | None, expected: datetime.date
) -> None:
    """24.12 typed into a cell is a number; the formats say that it is a month."""
    assert read_cell(month("月度", formats=["%y.%m"]), cell, number_format=number_format) == expected


@pytest.mark.parametrize(("cell", "formats"), [(24.12, []), (24.1, ["%y.%m"]), (24.123, ["%y.%m"]), (24.13, ["%y.%m"])])
def test_a_number_that_no_format_reads_is_no_month(cell: CellValue, formats: list[str]) -> None:
    """24.1 may have been typed as 24.10."""
    assert isinstance(read_cell(month("月度", formats=formats), cell), Reject)


def test_the_hours_of_an_evening_are_read() -> None:
    """A clock of 24 hours goes to 23, in the sheet's own spelling and by a format."""
    evening = datetime.datetime(2024, 11, 30, 23, 59)  # noqa: DTZ001 - sheets know no zones
    assert read_cell(moment("时"), "2024-11-30 23:59") == evening
    assert read_cell(moment("时", formats=["%d.%m.%Y %H.%M"]), "30.11.2024 23.59") == evening


@pytest.mark.parametrize(("cell", "year"), [("30.11.68", 2068), ("30.11.69", 1969), ("30.11.99", 1999)])
def test_a_year_of_two_digits_is_of_the_century_that_is_nearer(cell: str, year: int) -> None:
    assert read_cell(date("日", formats=["%d.%m.%y"]), cell) == datetime.date(year, 11, 30)
