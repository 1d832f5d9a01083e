"""Codes: text that keeps its leading zeros, however Excel has stored it."""

from __future__ import annotations

import datetime

import pytest
from support.batches import read_cell

from wdh.columns import code
from wdh.facts import Reject
from wdh.facts.cells import UNCACHED, CellValue, Merged

CODE = code("代码", blank=["(空白)"], max_length=15)
PLAN = code("计划代码", upper=True, drop="-_ ")
SHOP = code("店号", width=4)

ARRIVE: dict[str, tuple[CellValue, str | None]] = {
    "text keeps its leading zeros": ("0012", "0012"),
    "12 as a number": (12, "12"),
    "12.0 is 12": (12.0, "12"),
    "zero": (0, "0"),
    "minus zero": (-0.0, "0"),
    "full-width digits and letters": ("Ａ００１２", "A0012"),
    "blanks around": (" 0012\u3000", "0012"),
    "zero-width characters anywhere": ("00\u200b12\ufeff", "0012"),
    "a trailing line break": ("0012\n", "0012"),
    "lower case stays": ("z0003", "z0003"),
    "dashes stay": ("Z-00_03", "Z-00_03"),
    "15 digits": (123456789012345, "123456789012345"),
    "blank": ("  ", None),
    "(空白) counts as blank": ("(空白)", None),
    "a merged cell stands for its range": (Merged("0012", "A1:A2"), "0012"),
    "a merged number stands for its range": (Merged(12.0, "A1:A2"), "12"),
}
REFUSED: dict[str, tuple[CellValue, str]] = {
    "a number with decimals": (12.5, "fraction_in_code"),
    "a negative number": (-12, "negative_code"),
    "1.2345E+17 has lost digits": (1.2345e17, "digits_lost"),
    "16 digits have lost digits": (1234567890123456, "digits_lost"),
    "1.2345E+17 as text has lost digits": ("1.2345E+17", "digits_lost"),
    "a date": (datetime.datetime.fromisoformat("2024-11-01"), "date_instead"),
    "TRUE": (True, "boolean_instead"),
    "two lines may be two codes": ("0012\n0013", "line_break_in_code"),
    "a superscript is no digit": ("A12²", "unclear_character"),
    "a circled digit is no digit": ("A①", "unclear_character"),
    "an error value": ("#REF!", "error_value"),
    "a formula without a stored result": (UNCACHED, "formula_without_value"),
    "too long": ("A" * 16, "too_long"),
    "a NUL": ("A\0", "not_storable"),
    "infinity": (float("inf"), "not_finite"),
}
FORMATS = {
    "12 shown as 0012": (12, "0000", "0012"),
    "12.0 shown as 0012": (12.0, "0000", "0012"),
    "12 shown as C0012": (12, '"C"0000', "C0012"),
    "an escaped literal": (12, r"\C0000", "C0012"),
    "a literal behind": (12, '0000"号"', "0012号"),
    "more digits than the format has": (12345, "0000", "12345"),
    "thousands are no part of a code": (12345, "#,##0", "12345"),
    "decimals are no part of a code": (12, "0.00", "12"),
    "padding is no part of a code": (12, "0_ ", "12"),
    "sections": (12, "0000;-0000;0", "0012"),
    "a colour": (12, "[Red]0000", "0012"),
    "a currency": (12, "[$C-804]0000", "C0012"),
    "a colour in Chinese": (12, "[红色]0000", "0012"),
    "text format": (12, "@", "12"),
}


@pytest.mark.parametrize(("cell", "expected"), ARRIVE.values(), ids=ARRIVE)
def test_a_code_is_text(cell: CellValue, expected: str | None) -> None:
    """A code arrives in one spelling, with its leading zeros."""
    assert read_cell(CODE, cell) == expected


@pytest.mark.parametrize(("cell", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_code_is_refused_by_cell(cell: CellValue, reason: str) -> None:
    """A cell that is no code is a reject with its place."""
    reject = read_cell(CODE, cell)
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.cell, reject.column) == (reason, "A2", "代码")


@pytest.mark.parametrize(("cell", "number_format", "expected"), FORMATS.values(), ids=FORMATS)
def test_a_number_is_the_digits_that_its_format_shows(cell: float, number_format: str, expected: str) -> None:
    """Leading zeros and literals of a number format belong to the code."""
    assert read_cell(CODE, cell, number_format=number_format) == expected


@pytest.mark.parametrize("number_format", ["0.00E+00", "0%", "# ?/?", "000-0000", ";;;", '"none"', '"x', "0;0;0;@;0"])
def test_a_format_that_shows_something_else_is_refused(number_format: str) -> None:
    """Whether 100000 shown as 1E+05 was the code 1E5 is not guessed."""
    reject = read_cell(CODE, 100000, number_format=number_format)
    assert isinstance(reject, Reject)
    assert reject.reason == "unreadable_format"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("z-00_0 3", "Z0003"), ("ｚ－０００３", "Z0003"), ("Z\u300000\xa003", "Z0003"), ("--", None), (3, "3")],
)
def test_dropped_characters_and_capitals(cell: CellValue, expected: str | None) -> None:
    """A plan's code is upper-cased and loses ``-``, ``_`` and blanks; what has nothing else is blank."""
    assert read_cell(PLAN, cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"), [(12, "0012"), ("12", "0012"), ("１２", "0012"), (12345, "12345"), ("A1", "A1"), (None, None)]
)
def test_a_width_pads_digits(cell: CellValue, expected: str | None) -> None:
    """Codes of four digits get back the zeros that they lost, and nothing else is padded or cut."""
    assert read_cell(SHOP, cell) == expected
