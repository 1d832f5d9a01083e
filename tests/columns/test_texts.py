"""Text columns: what the workbook shows is what arrives."""

from __future__ import annotations

import datetime

import pytest
from support.batches import read_cell

from wdh.columns import text
from wdh.facts import Reject
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, CellValue, Merged

NAME = text("名称", blank=["(空白)"], max_length=20)

ARRIVE = {
    "plain text": ("企业年金", "企业年金"),
    "blanks at both ends": ("  企业年金 \t", "企业年金"),
    "full-width blanks U+3000 at both ends": ("\u3000企业年金\u3000", "企业年金"),
    "no-break blanks": ("\xa0企业年金\xa0", "企业年金"),
    "zero-width characters and byte order marks at both ends": ("\ufeff\u200b企业年金\u200d\u2060", "企业年金"),
    "blanks and zero-width characters mixed at the ends": ("\u200b \u3000企业年金 \u200b ", "企业年金"),
    "a line break inside becomes one blank": ("企业\n年金", "企业 年金"),
    "a Windows line break inside becomes one blank": ("企业\r\n年金", "企业 年金"),
    "several line breaks with blanks become one blank": ("企业 \n \n 年金", "企业 年金"),
    "blanks inside stay": ("企业  年金", "企业  年金"),
    "full-width brackets stay as typed": ("企业（年金）", "企业（年金）"),
    "half-width brackets stay as typed": ("企业(年金)", "企业(年金)"),
    "full-width letters and digits stay as typed": ("Ａ１２", "Ａ１２"),
    "a superscript stays as typed": ("平方米²", "平方米²"),
    "a dash is text": ("-", "-"),
    "无 is text": ("无", "无"),
    "leading zeros of text": ("0012", "0012"),
    "an empty cell": (None, None),
    "empty text": ("", None),
    "only unseen characters": (" \u3000\u200b\ufeff\n", None),
    "(空白) counts as blank": ("(空白)", None),
    "（空白） in full width counts as blank": ("（空白）", None),
    "a whole number": (12, "12"),
    "a whole number stored as 12.0": (12.0, "12"),
    "a number with decimals": (0.1, "0.1"),
    "the last bits of binary arithmetic are not shown": (0.30000000000000004, "0.3"),
    "minus zero": (-0.0, "0"),
    "TRUE": (True, "TRUE"),
    "FALSE": (False, "FALSE"),
    "a merged cell stands for its range": (Merged("企业年金", "A1:A3"), "企业年金"),
    "a merged number stands for its range": (Merged(12, "A1:A3"), "12"),
    "a merged blank is blank": (Merged(None, "A1:A3"), None),
    "as many characters as fit": ("年" * 20, "年" * 20),
}
REFUSED: dict[str, tuple[CellValue, str]] = {
    "a date": (datetime.datetime.fromisoformat("2024-11-01"), "date_instead"),
    "a time of day": (datetime.time(12, 30), "date_instead"),
    "a duration": (datetime.timedelta(hours=30), "date_instead"),
    "a formula without a stored result": (UNCACHED, "formula_without_value"),
    "a merged formula without a stored result": (Merged(UNCACHED, "A1:A3"), "formula_without_value"),
    "one character too many": ("年" * 21, "too_long"),
    "a NUL": ("企业\0年金", "not_storable"),
    "a NUL among ASCII": ("A\0B", "not_storable"),
    "half of a surrogate pair": ("企业\ud800", "not_storable"),
    "a number beyond 15 digits": (1.2345e17, "digits_lost"),
    "a whole number beyond 15 digits": (1234567890123456, "digits_lost"),
    "infinity": (float("inf"), "not_finite"),
    **{f"the error {error}": (error, "error_value") for error in sorted(ERROR_TEXTS)},
}
SHOWN = {
    "thousands": (1234567, "#,##0", "1,234,567"),
    "decimals that are shown": (12, "0.00", "12.00"),
    "decimals that are rounded half up": (2.345, "0.00", "2.35"),
    "thousands and decimals": (1234.5, "#,##0.00", "1,234.50"),
    "leading zeros": (12, "0000", "0012"),
    "a quoted literal": (12, '"第"0"期"', "第12期"),
    "percent": (0.0536, "0.00%", "5.36%"),
    "a negative number": (-5, "0", "-5"),
    "a negative number in a section of its own": (-5, "0;(0)", "(5)"),
    "General": (5.5, "General", "5.5"),
    "a format without decimals": (12.7, "0", "13"),
    "zero in a section of its own": (0, '0;-0;"无"', "无"),
    "zero without a section of its own": (0, "0.0;-0.0", "0.0"),
    "a word for each sign": (-3, '"增";"减";"平"', "减"),
    "a section that shows nothing": (5, ";;;", None),
    "a condition that is met": (1200, '[>=1000]"大";0', "大"),
    "a condition that is not met": (12, '[>=1000]"大";0', "12"),
    "two conditions, the second met": (2, '[=1]"男";[=2]"女";"未知"', "女"),
    "two conditions, neither met": (3, '[=1]"男";[=2]"女";"未知"', "未知"),
    "a colour": (5, "[Red]0.0", "5.0"),
    "a language": (5, "[$-804]0.0", "5.0"),
    "a literal percent sign": (3.1, '0.00"%"', "3.10%"),
    "an escaped letter of dates": (12, "0\\d", "12d"),
    "an escape of Chinese Excel": (12, "0!d", "12d"),
    "quoted letters of dates": (12, '0"day"', "12day"),
}


@pytest.mark.parametrize(("cell", "expected"), ARRIVE.values(), ids=ARRIVE)
def test_what_the_sheet_shows_arrives(cell: CellValue, expected: str | None) -> None:
    """A text cell arrives as shown, less what cannot be seen."""
    assert read_cell(NAME, cell) == expected


@pytest.mark.parametrize(("cell", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_by_cell(cell: CellValue, reason: str) -> None:
    """A text cell that no text can be made of is a reject with its place."""
    reject = read_cell(NAME, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell, reject.column) == (reason, "A2", "名称")


@pytest.mark.parametrize(("cell", "number_format", "expected"), SHOWN.values(), ids=SHOWN)
def test_a_number_reads_as_its_format_shows_it(cell: float, number_format: str, expected: str | None) -> None:
    """A number in a text column is the text that the sheet shows."""
    assert read_cell(NAME, cell, number_format=number_format) == expected


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [('@"期"', "3期"), (";;;", None), ('0;-0;0;"第"@', "第3"), ("0;-0;;[Red]_ @_ ", "3"), ("0", "3"), ("@", "3")],
)
def test_a_text_reads_as_its_format_shows_it(number_format: str, expected: str | None) -> None:
    """Formats have a section for texts, too: what it puts beside a text, or hides, is what the sheet shows."""
    for cell in ("3", Merged("3", "A2:A3")):
        assert read_cell(NAME, cell, number_format=number_format) == expected
    reject = read_cell(NAME, "3", number_format='0;-0;0;[DBNum1]@"期"')
    assert isinstance(reject, Reject)
    assert reject.reason == "unreadable_format"


def test_a_negative_number_is_not_guessed_at() -> None:
    """Whether a sign is put before a section with a condition, or a number rounded to zero, is not certain."""
    for cell, number_format in ((-5, "[<10]0;0.0"), (-0.3, "0"), (-0.3, "#,##0")):
        reject = read_cell(NAME, cell, number_format=number_format)
        assert isinstance(reject, Reject)
        assert reject.reason == "unreadable_format"


@pytest.mark.parametrize(
    "number_format", ["# ?/?", "0.00E+00", "[>100]0", '"x', "0,", "0!.0,", "[DBNum2]0", "0*d", "¤0"]
)
def test_a_format_that_is_not_understood_is_refused(number_format: str) -> None:
    """No guess is made at what a fraction, a condition or a hidden number shows."""
    reject = read_cell(NAME, 12.5, number_format=number_format)
    assert isinstance(reject, Reject)
    assert reject.reason == "unreadable_format"
