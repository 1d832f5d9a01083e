"""Whether a column of the warehouse takes a value exactly: neither refused, nor cut, rounded or read as another.

What PostgreSQL does with each type: https://www.postgresql.org/docs/current/datatype.html. Types that are not here
(json, uuid, enums …) are left to the server, whose refusal names the row.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial

from wdh.profiles import Profile

Check = Callable[[str], str | None]
"""Says why a value, as PostgreSQL would see its text, does not fit; None: it fits."""

_TYPE = re.compile(r"(?P<name>[^(]+?)(?:\((?P<size>\d+)(?:,(?P<scale>-?\d+))?\))?(?P<tail> with(?:out)? time zone)?")
_INTEGERS = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63}
_CERTAIN_DIGITS = {"real": 6, "double precision": 15}
"""Decimal digits that always survive: FLT_DIG and DBL_DIG."""
_MOST_DIGITS, _MOST_DECIMALS = 131_072, 16_383
"""Of a numeric, before and after the point: https://www.postgresql.org/docs/current/datatype-numeric.html"""
_ANOTHER_TEXT = re.compile(r"[+-]?0\d|\+")
"""How a code looks that a number would not give back: 0012, +5."""
_BOOLEANS = frozenset(("t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"))
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})"
    r"(?:[ T](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?")
_NAME_BYTES = 63


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A column of a table as the catalogue has it.

    ``shown`` is its type in PostgreSQL's words, ``stored`` the same with a domain taken off. ``needs_value``: NOT
    NULL, and nothing but the writer gives it a value. ``tells_texts_apart``: texts that differ are different values.
    """

    shown: str
    stored: str
    is_required: bool = False
    needs_value: bool = False
    is_unwritable: bool = False
    tells_texts_apart: bool = False


def surely_fits(kind: ColumnType, profile: Profile) -> bool:
    """Say whether all values of a profile, NULL aside, fit for certain; if not, each deserves :func:`make_check`."""
    kinds = profile.kinds - {type(None)}
    name, size, scale = _parse(kind.stored)
    if name in ("text", "citext") or not kinds:
        return True
    if name in ("character varying", "character"):
        return size is None or profile.longest <= size
    if name == "numeric":
        fits = size is None or (profile.whole <= size - scale and profile.decimals <= scale)
        return kinds <= {int, float, Decimal} and fits
    if name in _INTEGERS:
        return kinds == {int} and profile.longest < len(str(_INTEGERS[name]))
    if name == "double precision":
        return kinds == {float} or (kinds <= {float, int} and profile.longest <= _CERTAIN_DIGITS[name])
    return (name == "date" and kinds == {datetime.date}) or (name == "boolean" and kinds == {bool})


def make_check(kind: ColumnType) -> Check | None:
    """Give the check of a type; None where only the server can tell, or everything fits."""
    name, size, scale = _parse(kind.stored)
    if name in ("character varying", "character"):
        return None if size is None else partial(_check_length, size=size, shown=kind.shown)
    if name == "numeric":
        return partial(_check_numeric, size=size, scale=scale, shown=kind.shown)
    if name in _INTEGERS:
        return partial(_check_integer, limit=_INTEGERS[name], shown=kind.shown)
    if name in _CERTAIN_DIGITS:
        return partial(_check_binary, name=name)
    if name in _MOMENTS:
        return partial(_MOMENTS[name], digits=6 if size is None else size)
    return _OTHERS.get(name)


def _parse(stored: str) -> tuple[str, int | None, int]:
    found = _TYPE.fullmatch(stored)
    if found is None:
        return stored, None, 0
    size = None if found["size"] is None else int(found["size"])
    return found["name"] + (found["tail"] or ""), size, int(found["scale"] or 0)


def _check_length(text: str, *, size: int, shown: str) -> str | None:
    return None if len(text) <= size else f"has {len(text)} characters, and {shown} keeps {size}"


def _as_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text) if text.isascii() and "_" not in text and text == text.strip() else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _measure(number: Decimal) -> tuple[int, int]:
    """Count the digits of a number without zeros at its end, and give the power of ten of the last one."""
    _, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    return len(text), int(exponent) + len(digits) - len(text)


def _check_numeric(text: str, *, size: int | None, scale: int, shown: str) -> str | None:
    number = _as_number(text)
    if number is None:
        return "is not a number"
    if _ANOTHER_TEXT.match(text):
        return f"would arrive as {number}"
    digits, exponent = _measure(number)
    if -exponent > _MOST_DECIMALS or digits + exponent > _MOST_DIGITS:
        return f"is out of the range of {shown}"
    if size is None or not number:
        return None
    if -exponent > scale:
        return f"has more than {scale} decimals, and {shown} would round it"
    if digits + exponent > size - scale:
        return f"has more than {size - scale} digits before the point, and {shown} keeps no more"
    return None


def _check_integer(text: str, *, limit: int, shown: str) -> str | None:
    number = _as_number(text)
    if number is None:
        return "is not a whole number"
    if number != number.to_integral_value():
        return f"has decimals, and {shown} has none"
    if not -limit <= number < limit:
        return f"is out of the range of {shown}"
    if "." in text or "e" in text.lower():
        return "is not written as a whole number"
    return None if text == str(int(number)) else f"would arrive as {int(number)}"


def _check_binary(text: str, *, name: str) -> str | None:
    number = _as_number(text)
    if number is None:
        return "is not a number"
    if _ANOTHER_TEXT.match(text):
        return f"would arrive as {number}"
    certain = _CERTAIN_DIGITS[name]
    if name == "double precision" and Decimal(repr(float(number))) == number:
        return None
    if _measure(number)[0] > certain or (not 1e-30 < number.copy_abs() < 1e30 and number):
        return f"has more digits than {name} is sure to keep ({certain})"
    return None


def _check_boolean(text: str) -> str | None:
    return None if text.lower() in _BOOLEANS else "is neither true nor false"


def _check_day(text: str) -> str | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not _is_day(found["day"]):
        return "is not a day like 2024-11-30"
    if found["time"] is not None and found["time"].strip("0:."):
        return "has a time of day, and date keeps none"
    return None


def _check_moment(text: str, *, keeps_zone: bool, digits: int) -> str | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not _is_day(found["day"]):
        return "is not a moment like 2024-11-30 12:00:00"
    if found["zone"] is not None and not keeps_zone:
        return "has a time zone, and timestamp without time zone keeps none"
    return _check_fraction(found["time"] or "", digits)


def _check_time(text: str, *, digits: int) -> str | None:
    found = _TIME.fullmatch(text)
    return "is not a time of day like 12:00:00" if found is None else _check_fraction(text, digits)


def _check_fraction(time: str, digits: int) -> str | None:
    fraction = time.partition(".")[2].rstrip("0")
    return f"has fractions of a second, and the column keeps {digits} digits" if len(fraction) > digits else None


def _check_byte(text: str) -> str | None:
    return None if len(text.encode("utf-8")) <= 1 else 'is more than one byte, and "char" keeps one'


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        return False
    return True


def _check_name(text: str) -> str | None:
    size = len(text.encode("utf-8"))
    return None if size <= _NAME_BYTES else f"is {size} bytes long, and name keeps {_NAME_BYTES}"


_OTHERS: dict[str, Check] = {
    "boolean": _check_boolean,
    "date": _check_day,
    "name": _check_name,
    '"char"': _check_byte,
}
_MOMENTS: dict[str, Callable[..., str | None]] = {
    "timestamp without time zone": partial(_check_moment, keeps_zone=False),
    "timestamp with time zone": partial(_check_moment, keeps_zone=True),
    "time without time zone": _check_time,
}
