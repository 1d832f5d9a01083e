"""Names and other texts: what the sheet shows, without what cannot be seen."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar, Final

from msgspec import Struct

from wdh.columns.outcomes import Bad, Outcome, RawValue
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import show_number
from wdh.words.characters import trim, unstorable_character
from wdh.words.language import say

EXACT_BELOW: Final = 10**15
"""Excel keeps 15 digits of a number; from here on, the last ones are zeros that nobody typed."""


class Text(Struct, frozen=True):
    """Text of at most ``max_length`` characters; None: of any length."""

    max_length: int | None = None

    is_label: ClassVar[bool] = True

    @property
    def sql_type(self) -> str:
        """Text of the greatest length there may be."""
        return "text" if self.max_length is None else f"varchar({self.max_length})"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a text. A number is what the sheet shows for it, a boolean TRUE or FALSE, a date is refused."""
        if isinstance(cell, str):
            return check_text(trim(cell), self.max_length)
        if isinstance(cell, bool):
            return check_text("TRUE" if cell else "FALSE", self.max_length)
        if isinstance(cell, (int, float, Decimal)):
            return self._read_number(cell, number_format)
        return bad(Reason.DATE_INSTEAD, value=cell, expected=say("text"))

    def _read_number(self, cell: int | float | Decimal, number_format: str | None) -> Outcome:
        fault = find_lost_digits(cell)
        if fault is not None:
            return fault
        shown = show_number(cell, number_format)
        if shown is None:
            return bad(Reason.UNREADABLE_FORMAT, value=cell, format=quoted(number_format))
        return check_text(trim(shown), self.max_length)


def check_text(text: str, max_length: int | None) -> str | Bad | None:
    """Refuse text that the column cannot hold; blank text is None."""
    fault = unstorable_character(text)
    if fault is not None:
        return bad(Reason.NOT_STORABLE, character=fault)
    if max_length is not None and len(text) > max_length:
        return bad(Reason.TOO_LONG, length=len(text), limit=max_length)
    return text or None


def find_lost_digits(number: int | float | Decimal) -> Bad | None:
    """Refuse a number that is not finite, or so large that Excel has lost digits of it."""
    if not math.isfinite(number):
        return bad(Reason.NOT_FINITE)
    if not -EXACT_BELOW < number < EXACT_BELOW:
        return bad(Reason.DIGITS_LOST, value=number)
    return None
