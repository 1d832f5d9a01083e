"""Times of day behind a day: ``13:05``, ``13:05:06.123``, ``下午1:05``, ``12:00:00 AM``, ``13时05分``."""

from __future__ import annotations

import datetime
import re
from typing import Final, NamedTuple

_NOON: Final = 12
_FINEST: Final = 6
"""Decimals of a second that a moment keeps."""
_BEHIND_DAY: Final = re.compile(
    r"""(?P<day>.*?[0-9日])(?:(?<=日)\ *|\ *T\ *|\ +)
    (?:(?P<early>上午|下午|AM|PM)\ *)?
    (?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?
      |\ *[时時点點]\ *(?:(?P<minutes>[0-9]{1,2})\ *分\ *(?:(?P<seconds>[0-9]{1,2})\ *秒)?)?)
    (?:\ *(?P<late>上午|下午|AM|PM))?
    (?P<zone>\ *(?:Z|UTC|GMT|(?:UTC|GMT)?[-+][0-9]{2}(?::?[0-9]{2})?))?""",
    re.VERBOSE | re.IGNORECASE,
)


class Split(NamedTuple):
    """A text parted into the day and the time of day. ``has_zone``: the time is that of a time zone or offset."""

    day: str
    time: datetime.time
    has_zone: bool


def split_time(text: str) -> Split | None:
    """Part a text, in compatibility form, before its time of day. None: none stands there, or one that no clock shows.

    A time with more than six decimals of a second, other than zeros, is none: nothing keeps them.
    """
    found = _BEHIND_DAY.fullmatch(text)
    if found is None or (found["early"] and found["late"]):
        return None
    hour = read_hour(int(found["hour"]), found["early"] or found["late"])
    minute, second = (int(found[name] or found[f"{name}s"] or 0) for name in ("minute", "second"))
    fraction = read_fraction(found["fraction"] or "")
    if hour is None or fraction is None or minute > 59 or second > 59:
        return None
    return Split(found["day"], datetime.time(hour, minute, second, fraction), found["zone"] is not None)


def read_hour(hour: int, half: str | None) -> int | None:
    """Give the hour of 24 for one of a clock; ``half`` is 上午, AM and the like. None: no clock shows it."""
    if half is None:
        return hour if hour < 2 * _NOON else None
    if half.upper() in ("下午", "PM"):
        return hour % _NOON + _NOON if 1 <= hour <= _NOON else None
    return hour % _NOON if hour <= _NOON else None


def read_fraction(digits: str) -> int | None:
    """Give the microseconds that the decimals of a second are. None: they are finer."""
    if digits[_FINEST:].strip("0"):
        return None
    return int(digits[:_FINEST].ljust(_FINEST, "0"))
