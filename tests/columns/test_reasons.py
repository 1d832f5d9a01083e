"""The codes of rejects are for programs: they stay, and each has its sentence."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path

import pytest

import wdh.columns
from wdh.columns import Reason
from wdh.columns.reasons import SENTENCES, quoted

CODES = {
    "missing_value",
    "error_value",
    "damaged_value",
    "shifted_cell",
    "formula_without_value",
    "merged_number",
    "repeated_header",
    "not_a_month",
    "month_out_of_range",
    "ambiguous_month",
    "not_a_date",
    "not_a_datetime",
    "foreign_currency",
    "percent_shown",
    "ambiguous_date",
    "time_zone",
    "not_a_number",
    "ambiguous_number",
    "not_finite",
    "out_of_range",
    "not_an_integer",
    "not_a_boolean",
    "date_instead",
    "boolean_instead",
    "digits_lost",
    "fraction_in_code",
    "negative_code",
    "line_break_in_code",
    "unclear_character",
    "unreadable_format",
    "not_storable",
    "too_long",
    "unknown_choice",
    "not_in_mapping",
    "not_in_table",
}


def test_the_codes_are_these() -> None:
    """Programs rely on the codes: adding one is fine, changing one is not."""
    assert {reason.value for reason in Reason} == CODES


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_each_reason_has_a_sentence_that_says_what_to_do(reason: Reason) -> None:
    """A sentence says what is wrong and, behind a colon, what to do about it."""
    assert re.search(r":|\{near\}", SENTENCES[reason])


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_each_reason_is_documented(reason: Reason) -> None:
    """Each code is followed by a docstring that says what it means."""
    source = Path(wdh.columns.__file__).with_name("reasons.py").read_text(encoding="utf-8")
    assert re.search(rf'    {reason.name} = "{reason.value}"\n    """[A-Z][^"]+\."""', source)


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_reason_has_a_case(code: str) -> None:
    """Each code is the expected outcome of some test of this folder, or of computed columns."""
    here = Path(__file__)
    others = (
        path for path in (*here.parent.glob("test_*.py"), *here.parents[1].glob("computing/*.py")) if path != here
    )
    assert any(f'"{code}"' in path.read_text(encoding="utf-8") for path in others)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("Ab", "'Ab'"),
        (True, "TRUE"),
        (12, "12"),
        (12.0, "12.0"),
        (1.5, "1.5"),
        (1.2e16, "12000000000000000"),
        (Decimal("1.50"), "1.50"),
        (datetime.date(2024, 11, 30), "2024-11-30"),
        (datetime.datetime(2024, 11, 30), "2024-11-30"),  # noqa: DTZ001 - sheets know no zones
        (datetime.datetime(2024, 11, 30, 13, 5), "2024-11-30 13:05:00"),  # noqa: DTZ001
    ],
)
def test_a_sentence_shows_a_cell_as_the_sheet_does(cell: object, shown: str) -> None:
    assert quoted(cell) == shown
