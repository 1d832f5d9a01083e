"""Months and days of the calendar, in the spellings that people use."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from wdh.columns.characters import narrow, unclear_character
from wdh.columns.outcomes import Bad, Outcome, RawValue
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import show_number
from wdh.columns.texts import EXACT_BELOW

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099  # two-digit years are 20yy, and 241101 is no year 2411
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_MIDNIGHT: Final = r"(?:[ T]00:00(?::00)?)?"  # what programs append to a day when they export it as text
_MONTHS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})",
        rf"(?P<year>[0-9]{{4}}|[0-9]{{2}}) *年 *(?P<month>[0-9]{{1,2}}) *月(?: *{_DAY} *日)?",
        rf"(?P<year>[0-9]{{4}})(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?:(?P=mark){_DAY}{_MIDNIGHT})?",
    )
)
_EIGHT_DIGITS: Final = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_SHOWN_MONTH: Final = re.compile(r"[0-9]{4}\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Month:
    """Months of the years 2000 to 2099, each as its first day."""

    @property
    def is_label(self) -> bool:
        """A month names a period, and is often merged over the rows of one."""
        return True

    @property
    def sql_type(self) -> str:
        """The month's first day."""
        return "date"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a month from 202411, a date, or text; any day of it will do."""
        if isinstance(cell, str):
            return self._read_text(cell, narrow(cell))
        if isinstance(cell, bool):
            return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected="a month")
        if isinstance(cell, datetime.date):
            return _month(cell, year=cell.year, month=cell.month, day=cell.day)
        if isinstance(cell, (int, float, Decimal)):
            return self._read_number(cell, number_format)
        return bad(Reason.NOT_A_MONTH, value=cell)

    def _read_text(self, cell: RawValue, text: str) -> Outcome:
        match = next(filter(None, (pattern.fullmatch(text) for pattern in _MONTHS)), None)
        if match is None or (isinstance(cell, str) and unclear_character(cell)):
            return bad(Reason.NOT_A_MONTH, value=quoted(cell))
        year, month, day = _parts(match)
        return _month(cell, year=year, month=month, day=day)

    def _read_number(self, cell: int | float | Decimal, number_format: str | None) -> Outcome:
        if not -EXACT_BELOW < cell < EXACT_BELOW:
            return bad(Reason.NOT_A_MONTH, value=cell)
        digits = f"{cell:.15g}"
        if "." not in digits:
            return self._read_text(cell, digits)
        # 2024.11 typed into a cell is a number; 2024.10 typed there is the number 2024.1.
        shown = digits if _SHOWN_MONTH.fullmatch(digits) else show_number(cell, number_format) or ""
        if _SHOWN_MONTH.fullmatch(shown) and Decimal(shown) == Decimal(digits):
            return self._read_text(cell, shown)
        is_ambiguous = re.fullmatch(r"20[0-9]{2}\.1", digits) is not None
        return bad(Reason.AMBIGUOUS_MONTH if is_ambiguous else Reason.NOT_A_MONTH, value=cell)


@dataclass(frozen=True, slots=True)
class Day:
    """Days of the calendar."""

    @property
    def is_label(self) -> bool:
        """A day names a time, and is often merged over the rows of one."""
        return True

    @property
    def sql_type(self) -> str:
        """A day."""
        return "date"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a day from a date, the number 20241130, or text."""
        del number_format
        if isinstance(cell, datetime.datetime):
            return cell.date() if cell.time() == datetime.time() else bad(Reason.NOT_A_DATE, value=cell)
        if isinstance(cell, datetime.date):
            return cell
        if isinstance(cell, bool):
            return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected="a day")
        if isinstance(cell, (int, float, Decimal)):
            return self._read_text(cell, f"{cell:.15g}")
        return self._read_text(cell, narrow(cell)) if isinstance(cell, str) else bad(Reason.NOT_A_DATE, value=cell)

    def _read_text(self, cell: RawValue, text: str) -> Outcome:
        matches = (pattern.fullmatch(text) for pattern in (*_MONTHS, _EIGHT_DIGITS))
        match = next((match for match in matches if match and "day" in match.groupdict() and match["day"]), None)
        if match is None or (isinstance(cell, str) and unclear_character(cell)):
            return bad(Reason.NOT_A_DATE, value=quoted(cell))
        year, month, day = _parts(match)
        try:
            return datetime.date(year, month, day)
        except ValueError:
            return bad(Reason.NOT_A_DATE, value=quoted(cell))


def _parts(match: re.Match[str]) -> tuple[int, int, int]:
    parts = match.groupdict()
    year = int(parts["year"])
    return year + FIRST_YEAR if len(parts["year"]) == 2 else year, int(parts["month"]), int(parts.get("day") or 1)


def _month(cell: RawValue, *, year: int, month: int, day: int) -> datetime.date | Bad:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return bad(Reason.MONTH_OUT_OF_RANGE, value=quoted(cell), low=f"{FIRST_YEAR}-01", high=f"{LAST_YEAR}-12")
    try:
        return datetime.date(year, month, day).replace(day=1)
    except ValueError:
        return bad(Reason.NOT_A_MONTH, value=quoted(cell))
