"""Months, days and moments of the calendar, in the spellings that people and programs use."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Final

from msgspec import Struct

from wdh.columns.clocks import split_time
from wdh.columns.outcomes import Bad, Outcome, RawValue
from wdh.columns.patterns import read_patterns
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import show_number
from wdh.columns.texts import EXACT_BELOW
from wdh.words.characters import narrow, unclear_character
from wdh.words.language import say

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099  # two-digit years are 20yy, and 241101 is no year 2411
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_MONTHS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>)",
        rf"(?P<year>[0-9]{{4}}|[0-9]{{2}}) *年 *(?P<month>[0-9]{{1,2}}) *月(?: *{_DAY} *日)?",
        rf"(?P<year>[0-9]{{4}})(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?:(?P=mark){_DAY})?",
    )
)
_EIGHT_DIGITS: Final = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_FOURTEEN_DIGITS: Final = re.compile(r"\A([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})\Z")
_SHOWN_MONTH: Final = re.compile(r"(?:[0-9]{2}){1,2}\.[0-9]{2}")


class Month(Struct, frozen=True):
    """Months of the years 2000 to 2099, each as its first day. ``formats`` are further spellings."""

    formats: tuple[str, ...] = ()

    is_label: ClassVar[bool] = True
    sql_type: ClassVar[str] = "date"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a month from 202411, a date, or text; any day of it will do, and any time of day."""
        if isinstance(cell, str):
            return self._read_text(cell, narrow(cell))
        if isinstance(cell, bool):
            return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected=say("a month"))
        if isinstance(cell, datetime.date):
            return _month(cell, year=cell.year, month=cell.month, day=cell.day)
        if isinstance(cell, (int, float, Decimal)):
            return self._read_number(cell, number_format)
        return bad(Reason.NOT_A_MONTH, value=cell)

    def _read_text(self, cell: RawValue, text: str) -> Outcome:
        configured = _read_configured(cell, text, self.formats)
        if configured is not None:
            return configured if isinstance(configured, Bad) else self.read(configured, None)
        split = split_time(text)
        if split is not None and split.has_zone:
            return bad(Reason.TIME_ZONE, value=quoted(cell))
        match = _match(_MONTHS, text if split is None else split.day, cell)
        if match is None or (split is not None and not match["day"]):
            return bad(Reason.NOT_A_MONTH, value=quoted(cell))
        year, month, day = _parts(match)
        return _month(cell, year=year, month=month, day=day)

    def _read_number(self, cell: int | float | Decimal, number_format: str | None) -> Outcome:
        if not -EXACT_BELOW < cell < EXACT_BELOW:
            return bad(Reason.NOT_A_MONTH, value=cell)
        digits = f"{cell:.15g}"
        if "." not in digits:
            return self._read_text(cell, digits)
        # 2024.11 typed into a cell is a number; 2024.10 typed there is the number 2024.1. 24.11 needs a format.
        shown = digits if _SHOWN_MONTH.fullmatch(digits) else show_number(cell, number_format) or ""
        if _SHOWN_MONTH.fullmatch(shown) and Decimal(shown) == Decimal(digits):
            return self._read_text(cell, shown)
        is_ambiguous = re.fullmatch(r"20[0-9]{2}\.1", digits) is not None
        return bad(Reason.AMBIGUOUS_MONTH if is_ambiguous else Reason.NOT_A_MONTH, value=cell)


class Moment(Struct, frozen=True):
    """Moments: a day and a time of day, of the workbook's time zone. ``formats`` are further spellings."""

    formats: tuple[str, ...] = ()

    is_label: ClassVar[bool] = True
    sql_type: ClassVar[str] = "timestamp"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a moment from a date, the number 20241130 or 20241130130506, or text; a day alone is its midnight."""
        del number_format
        moment = _read_moment(cell, self.formats)
        return bad(Reason.NOT_A_DATETIME, value=quoted(cell)) if moment is None else moment


class Day(Struct, frozen=True):
    """Days of the calendar. ``formats`` are further spellings."""

    formats: tuple[str, ...] = ()

    is_label: ClassVar[bool] = True
    sql_type: ClassVar[str] = "date"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a day from what a moment is read from; one that is not midnight would lose its time."""
        del number_format
        moment = _read_moment(cell, self.formats)
        if isinstance(moment, Bad):
            return moment
        if moment is None or moment.time() != datetime.time():
            return bad(Reason.NOT_A_DATE, value=quoted(cell))
        return moment.date()


def _read_moment(cell: RawValue, formats: tuple[str, ...]) -> datetime.datetime | Bad | None:
    """Read a day, with a time or without. None: the cell holds no day of the calendar."""
    if isinstance(cell, datetime.datetime):
        return cell if cell.tzinfo is None else bad(Reason.TIME_ZONE, value=cell)
    if isinstance(cell, datetime.date):
        return datetime.datetime.combine(cell, datetime.time())
    if isinstance(cell, bool):
        return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected=say("a day"))
    if isinstance(cell, (int, float, Decimal)):
        return _read_day_text(cell, f"{cell:.15g}", formats)
    return _read_day_text(cell, narrow(cell), formats) if isinstance(cell, str) else None


def _read_day_text(cell: RawValue, text: str, formats: tuple[str, ...]) -> datetime.datetime | Bad | None:
    configured = _read_configured(cell, text, formats)
    if configured is not None:
        return configured
    split = split_time(_FOURTEEN_DIGITS.sub(r"\1 \2:\3:\4", text))
    if split is not None and split.has_zone:
        return bad(Reason.TIME_ZONE, value=quoted(cell))
    match = _match((*_MONTHS, _EIGHT_DIGITS), text if split is None else split.day, cell)
    if match is None or not match["day"]:
        return None
    try:
        day = datetime.date(*_parts(match))
    except ValueError:
        return None
    return datetime.datetime.combine(day, datetime.time() if split is None else split.time)


def _read_configured(cell: RawValue, text: str, formats: tuple[str, ...]) -> datetime.datetime | Bad | None:
    """Read a text by the formats of its column, a day of theirs with any time behind it, too. None: none fits."""
    if not formats or _is_unclear(cell):
        return None
    found = read_patterns(text, formats)
    split = None if found else split_time(text)
    if split is not None and (days := read_patterns(split.day, formats)):
        if split.has_zone:
            return bad(Reason.TIME_ZONE, value=quoted(cell))
        found = frozenset(datetime.datetime.combine(day, split.time) for day in days if day.time() == datetime.time())
    if len(found) > 1:
        first, second, *_ = sorted(found)
        return bad(Reason.AMBIGUOUS_DATE, value=quoted(cell), first=str(first), second=str(second))
    return next(iter(found), None)


def _match(patterns: Sequence[re.Pattern[str]], text: str, cell: RawValue) -> re.Match[str] | None:
    found = next(filter(None, (pattern.fullmatch(text) for pattern in patterns)), None)
    return None if found is None or _is_unclear(cell) else found


def _is_unclear(cell: RawValue) -> bool:
    return isinstance(cell, str) and unclear_character(cell) is not None


def _parts(match: re.Match[str]) -> tuple[int, int, int]:
    year = int(match["year"])
    return year + FIRST_YEAR if len(match["year"]) == 2 else year, int(match["month"]), int(match["day"] or 1)


def _month(cell: RawValue, *, year: int, month: int, day: int) -> datetime.date | Bad:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return bad(Reason.MONTH_OUT_OF_RANGE, value=quoted(cell), low=f"{FIRST_YEAR}-01", high=f"{LAST_YEAR}-12")
    try:
        return datetime.date(year, month, day).replace(day=1)
    except ValueError:
        return bad(Reason.NOT_A_MONTH, value=quoted(cell))
