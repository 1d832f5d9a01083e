"""Codes: identifiers that look like numbers and are text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar, Final

from msgspec import Struct

from wdh.columns.outcomes import Outcome, RawValue
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import show_code
from wdh.columns.texts import check_text, find_lost_digits
from wdh.words.characters import is_bare, narrow, unclear_character
from wdh.words.language import say

_LOST_IN_TEXT: Final = re.compile(r"[0-9]\.[0-9]+[eE]\+[0-9]+")  # 1.2345E+17, pasted as text


class Code(Struct, frozen=True):
    """Codes in compatibility form, without the characters of ``drop`` (a blank there stands for all blanks).

    ``width`` pads a code that is all digits with zeros from the left, whether it comes as the number 12 or as the
    text ``12``: the leading zeros of either were lost on the way. A longer code stays as it is.
    """

    width: int | None = None
    is_upper: bool = False
    drop: str = ""
    max_length: int | None = None

    is_label: ClassVar[bool] = True

    @property
    def sql_type(self) -> str:
        """Text of the greatest length there may be."""
        return "text" if self.max_length is None else f"varchar({self.max_length})"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a code; a whole number is the digits that its format shows."""
        if isinstance(cell, str):
            return self._read_text(cell)
        if isinstance(cell, bool):
            return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected=say("a code"))
        if isinstance(cell, (int, float, Decimal)):
            return self._read_number(cell, number_format)
        return bad(Reason.DATE_INSTEAD, value=cell, expected=say("a code"))

    def _read_text(self, cell: str) -> Outcome:
        if is_bare(cell):
            return self._normalise(cell)
        unclear = unclear_character(cell)
        if unclear is not None:
            return bad(Reason.UNCLEAR_CHARACTER, value=quoted(cell), character=unclear)
        text = narrow(cell)
        if len(text.splitlines()) > 1:
            return bad(Reason.LINE_BREAK_IN_CODE, value=quoted(cell))
        if _LOST_IN_TEXT.fullmatch(text):
            return bad(Reason.DIGITS_LOST, value=quoted(cell))
        return self._normalise(text)

    def _read_number(self, cell: int | float | Decimal, number_format: str | None) -> Outcome:
        fault = find_lost_digits(cell)
        if fault is not None:
            return fault
        if cell != int(cell):
            return bad(Reason.FRACTION_IN_CODE, value=cell)
        if cell < 0:
            return bad(Reason.NEGATIVE_CODE, value=cell)
        shown = show_code(int(cell), number_format)
        if shown is None:
            return bad(Reason.UNREADABLE_FORMAT, value=cell, format=quoted(number_format))
        return self._normalise(shown)

    def _normalise(self, text: str) -> Outcome:
        kept = text
        for char in self.drop:
            kept = "".join(kept.split()) if char == " " else kept.replace(char, "")
        kept = kept.upper() if self.is_upper else kept
        if self.width is not None and kept.isascii() and kept.isdigit():
            kept = kept.zfill(self.width)
        # Once more, for what stood between two characters may be gone: a letter and its accent become one.
        return check_text(kept if kept == text else narrow(kept), self.max_length)
