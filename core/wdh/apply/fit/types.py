"""Checks that a column of the warehouse takes a value exactly: neither refused, nor cut, rounded or read as another.

PostgreSQL's types: https://www.postgresql.org/docs/current/datatype.html. Where the answer is not certain here, the
server is asked to store the value in a stage (see arrivals).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial

from msgspec import Struct

from wdh.facts.profiles import Profile
from wdh.words.language import say

Check = Callable[[str], str | None]
"""Says why a value, as PostgreSQL would see its text, does not fit; None: it fits."""

_SYSTEM = "pg_catalog"
_TEXTS = frozenset(("text", "varchar", "bpchar"))
_HONEST = _TEXTS | {"name", "char", "json", "uuid"}
"""Types that keep a text that fits as it is, in every character, or refuse it."""
_INTEGERS = {"int2": 1 << 15, "int4": 1 << 31, "int8": 1 << 63}
_CERTAIN_DIGITS = {"float4": 6, "float8": 15}
"""Decimal digits that always survive: FLT_DIG and DBL_DIG."""
_MOST_DIGITS, _MOST_DECIMALS = 131_072, 16_383
"""Of a numeric, before and after the point: https://www.postgresql.org/docs/current/datatype-numeric.html"""
_ANOTHER_TEXT = re.compile(r"[+-]?0\d|\+")
"""How a code looks that a number would not give back: 0012, +5."""
_BOOLEANS = frozenset(("t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"))
_CLOCK = r"(?P<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)"  # 23:59:60 would be the next day's 00:00:00
_ZONE = r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
_MOMENT = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d|\d{{8}})(?:[ T]{_CLOCK}{_ZONE})?")
_TIME = re.compile(rf"(?:{_CLOCK}|24:00(?::00)?){_ZONE}")
_NAME_BYTES = 63


class StoredType(Struct, frozen=True):
    """A type as the catalogue identifies it, with all domains taken off.

    ``shown`` is for messages alone, in PostgreSQL's words: they depend on the search_path. ``modifier`` is the
    catalogue's (-1: none), ``kind`` its letter (``b`` base, ``c`` row, ``e`` enum, ``m`` multirange, ``r`` range).
    ``has_all_characters``: the database's encoding keeps every character as it is.
    """

    shown: str
    oid: int
    schema: str
    name: str
    modifier: int = -1
    kind: str = "b"
    has_all_characters: bool = True

    @property
    def known(self) -> str | None:
        """The name, where it is a type of PostgreSQL's own; an extension or a user may have others of that name."""
        return self.name if self.schema == _SYSTEM else None

    @property
    def is_honest(self) -> bool:
        """Whether every character that the encoding has is kept, blanks and leading zeros too, or refused."""
        return self.known in _HONEST


class ColumnType(StoredType, frozen=True):
    """A column of a table as the catalogue has it: what its values are stored as, and what the column asks of them.

    ``shown`` has the domains. ``needs_value``: NOT NULL, and nothing but the writer gives it a value.
    ``tells_texts_apart``: texts that differ are different values.
    """

    is_required: bool = False
    needs_value: bool = False
    is_unwritable: bool = False
    tells_texts_apart: bool = False


def surely_fits(kind: ColumnType, profile: Profile) -> bool:
    """Say whether all values of a profile, NULL aside, fit for certain; if not, each deserves a look of its own."""
    kinds = profile.kinds - {type(None)}
    if not kinds:
        return True
    name = kind.known
    if name in _TEXTS:
        size = _length(kind)
        return kind.has_all_characters and (size is None or profile.longest <= size)
    if name == "numeric":
        size, scale = _digits(kind)
        has_room = size is None or (profile.whole <= size - scale and profile.decimals <= scale)
        return kinds <= {int, float, Decimal} and has_room
    if name in _INTEGERS:
        return kinds == {int} and profile.longest < len(str(_INTEGERS[name]))
    if name == "float8":
        return kinds == {float} or (kinds <= {float, int} and profile.longest <= _CERTAIN_DIGITS[name])
    return (name in ("date", "timestamp") and kinds == {datetime.date}) or (name == "bool" and kinds == {bool})


def make_check(kind: StoredType) -> Check | None:
    """Give the check of a type; None where everything fits that is not refused, or only the server can tell."""
    name = kind.known
    if name in ("varchar", "bpchar"):
        size = _length(kind)
        return None if size is None else partial(_check_length, size=size, shown=kind.shown)
    if name == "numeric":
        size, scale = _digits(kind)
        return partial(_check_numeric, size=size, scale=scale, shown=kind.shown)
    if name in _INTEGERS:
        return partial(_check_integer, limit=_INTEGERS[name], shown=kind.shown)
    if name in _CERTAIN_DIGITS:
        return partial(_check_binary, name=name, shown=kind.shown)
    if name in _MOMENTS:
        return partial(_MOMENTS[name], digits=6 if kind.modifier < 0 else kind.modifier)
    return None if name is None else _OTHERS.get(name)


def is_certain(kind: StoredType) -> bool:
    """Say whether a type keeps all texts that pass its check, if it has one, as they are, or refuses them.

    If not, only the server can tell what it makes of a text.
    """
    if kind.is_honest:
        return kind.has_all_characters
    # Clocks skip an hour in spring: the server turns a moment of that hour into a later one.
    return kind.kind == "e" or (kind.known != "timestamptz" and make_check(kind) is not None)


def is_certain_value(kind: StoredType, text: str) -> bool:
    """Say the same of one text."""
    if kind.known == "timestamptz":
        found = _MOMENT.fullmatch(text)
        return found is not None and found["zone"] is not None
    return is_certain(kind) or (kind.is_honest and text.isascii())


def _length(kind: StoredType) -> int | None:
    return None if kind.modifier < 0 else kind.modifier - 4


def decimals_of(kind: StoredType) -> int | None:
    """Give how many decimals a number column keeps; None: as many as it is sent, or it is no such column."""
    if kind.known in _INTEGERS:
        return 0
    return _digits(kind)[1] if kind.known == "numeric" and kind.modifier >= 0 else None


def is_number(kind: StoredType) -> bool:
    """Say whether the values of a type are numbers that can be summed."""
    return kind.known == "numeric" or kind.known in _INTEGERS or kind.known in _CERTAIN_DIGITS


def _digits(kind: StoredType) -> tuple[int | None, int]:
    """Read precision and scale of a numeric (None: without limit) from its modifier.

    https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/numeric.c, make_numeric_typmod()
    """
    if kind.modifier < 0:
        return None, 0
    packed = kind.modifier - 4
    return packed >> 16, ((packed & 0x7FF) ^ 0x400) - 0x400


def _check_length(text: str, *, size: int, shown: str) -> str | None:
    return (
        None
        if len(text) <= size
        else say("has {count} characters, and {shown} keeps {size}", count=len(text), shown=shown, size=size)
    )


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
        return say("is not a number")
    if _ANOTHER_TEXT.match(text):
        return say("would arrive as {number}", number=number)
    digits, exponent = _measure(number)
    if -exponent > _MOST_DECIMALS or digits + exponent > _MOST_DIGITS:
        return say("is out of the range of {shown}", shown=shown)
    if size is None or not number:
        return None
    if -exponent > scale:
        return say("has more than {scale} decimals, and {shown} would round it", scale=scale, shown=shown)
    if digits + exponent > size - scale:
        return say(
            "has more than {size} digits before the point, and {shown} keeps no more", size=size - scale, shown=shown
        )
    return None


def _check_integer(text: str, *, limit: int, shown: str) -> str | None:
    number = _as_number(text)
    if number is None:
        return say("is not a whole number")
    if number != number.to_integral_value():
        return say("has decimals, and {shown} has none", shown=shown)
    if not -limit <= number < limit:
        return say("is out of the range of {shown}", shown=shown)
    if "." in text or "e" in text.lower():
        return say("is not written as a whole number")
    return None if text == str(int(number)) else say("would arrive as {number}", number=int(number))


def _check_binary(text: str, *, name: str, shown: str) -> str | None:
    number = _as_number(text)
    if number is None:
        return say("is not a number")
    if _ANOTHER_TEXT.match(text):
        return say("would arrive as {number}", number=number)
    certain = _CERTAIN_DIGITS[name]
    if name == "float8" and Decimal(repr(float(number))) == number:
        return None
    if _measure(number)[0] > certain or (not 1e-30 < number.copy_abs() < 1e30 and number):
        return say("has more digits than {shown} is sure to keep ({certain})", shown=shown, certain=certain)
    return None


def _check_day(text: str) -> str | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not _is_day(found["day"]):
        return say("is not a day like 2024-11-30")
    if found["time"] is not None and found["time"].strip("0:."):
        return say("has a time of day, and date keeps none")
    if found["zone"] is not None:
        return say("has a time zone, and date keeps none")
    return None


def _check_moment(text: str, *, keeps_zone: bool, digits: int) -> str | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not _is_day(found["day"]):
        return say("is not a moment like 2024-11-30 12:00:00")
    if found["zone"] is not None and not keeps_zone:
        return say("has a time zone, and timestamp without time zone keeps none")
    return _check_fraction(found["time"] or "", digits)


def _check_time(text: str, *, keeps_zone: bool, digits: int) -> str | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return say("is not a time of day like 12:00:00")
    if found["zone"] is not None and not keeps_zone:
        return say("has a time zone, and time without time zone keeps none")
    return _check_fraction(found["time"] or "", digits)


def _check_fraction(time: str, digits: int) -> str | None:
    fraction = time.partition(".")[2].rstrip("0")
    return (
        say("has fractions of a second, and the column keeps {digits} digits", digits=digits)
        if len(fraction) > digits
        else None
    )


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        return False
    return True


def _check_name(text: str) -> str | None:
    size = len(text.encode("utf-8"))
    return (
        None
        if size <= _NAME_BYTES
        else say("is {size} bytes long, and name keeps {name_bytes}", size=size, name_bytes=_NAME_BYTES)
    )


_OTHERS: dict[str, Check] = {
    "bool": lambda text: None if text.lower() in _BOOLEANS else say("is neither true nor false"),
    "date": _check_day,
    "name": _check_name,
    "char": lambda text: None if len(text.encode("utf-8")) <= 1 else say('is more than one byte, and "char" keeps one'),
}
_MOMENTS: dict[str, Callable[..., str | None]] = {
    "timestamp": partial(_check_moment, keeps_zone=False),
    "timestamptz": partial(_check_moment, keeps_zone=True),
    "time": partial(_check_time, keeps_zone=False),
    "timetz": partial(_check_time, keeps_zone=True),
}
