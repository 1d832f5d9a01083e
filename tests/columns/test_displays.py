"""What a number format shows is told by the format, without a look at the number, wherever that is certain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from wdh.columns.displays import AS_IT_IS, is_plain, read_display


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        (None, True),
        ("0.00;-0.00", True),
        ('#,##0.00;[Red]-#,##0.00;"-"', True),
        ("0;-0;", True),
        ("0,", False),
        ('0;-0;;"x"', False),
        ('[>100]0;[<0]0;""', False),
    ],
)
def test_a_plain_format_shows_every_number_as_it_is(number_format: str | None, *, expected: bool) -> None:
    """Zero may be hidden; with conditions of its own the last section hides other numbers, too."""
    assert is_plain(number_format, frozenset()) is expected


def test_a_blank_as_wide_as_a_percent_sign_is_none() -> None:
    assert read_display("0_%", Decimal(5)) == AS_IT_IS
