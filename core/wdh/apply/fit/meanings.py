"""Compares the text of a value that was sent with the text that PostgreSQL gives back.

For types that PostgreSQL writes in another form than people do. In doubt two texts are two values.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CODE = re.compile(r"[+-]?0\d|\+")
_MONEY = re.compile(r"(?P<sign>-?)\$?(?P<amount>(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d+)?)")
_NO_HEX = re.compile(r"[^0-9a-fA-F]")
_BLANKS = re.compile(r"\s+")
_SPAN = re.compile(
    r"(?P<amount>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)|(?P<sign>[+-]?)(?P<hours>\d+):(?P<minutes>\d\d)"
    r"(?::(?P<seconds>\d\d(?:\.\d+)?))?"
)
_UNITS = {
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), (12, 0, 0)),
    **dict.fromkeys(("mon", "mons", "month", "months"), (1, 0, 0)),
    **dict.fromkeys(("w", "week", "weeks"), (0, 7, 0)),
    **dict.fromkeys(("d", "day", "days"), (0, 1, 0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), (0, 0, 3600)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), (0, 0, 60)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), (0, 0, 1)),
}
"""Months, days and seconds, which an interval keeps apart."""

Meaning = Callable[[str, str], bool]
"""Says whether a text that was sent and one that was read back mean the same."""


def mean_the_same(name: str | None, sent: str, stored: str) -> bool:
    """Say whether two texts are one value of the type ``name`` of PostgreSQL; None: of any other type."""
    if sent == stored:
        return True
    meaning = None if name is None else _MEANINGS.get(name)
    try:
        return meaning is not None and meaning(sent, stored)
    except (ValueError, ArithmeticError, RecursionError):  # what cannot be read here is not known to be the same
        return False


def _by(read: Callable[[str], object]) -> Meaning:
    return lambda sent, stored: read(sent) == read(stored)


def _same_number(sent: str, stored: str) -> bool:
    return _CODE.match(sent) is None and Decimal(sent) == Decimal(stored)


def _same_shape(sent: str, stored: str) -> bool:
    """Compare points, paths and the like: the same marks around the same numbers."""
    left, right = (_BLANKS.sub("", text) for text in (sent, stored))
    numbers = list(zip(_NUMBER.findall(left), _NUMBER.findall(right), strict=True))
    return _NUMBER.sub("_", left) == _NUMBER.sub("_", right) and all(_same_number(*pair) for pair in numbers)


def _same_money(sent: str, stored: str) -> bool:
    pair = [
        found["sign"] + found["amount"].replace(",", "") for found in map(_MONEY.fullmatch, (sent, stored)) if found
    ]
    return len(pair) == 2 and _same_number(*pair)


def _same_clock(sent: str, stored: str) -> bool:
    """Compare a moment that was sent without a zone with one that is shown in the session's."""
    day, _, clock = sent.replace("T", " ").partition(" ")
    day = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
    clock = (clock or "00:00") + (":00" if clock.count(":") < 2 else "")
    clock = clock.rstrip("0").rstrip(".") if "." in clock else clock
    return re.fullmatch(re.escape(f"{day} {clock}") + r"[+-]\d\d(?::\d\d)*", stored) is not None


def _read_span(text: str) -> Sequence[Decimal]:
    """Read an interval as months, days and seconds. Raises ValueError for other ways to write it, and for a part of
    a month or of a day, which the server turns into days and hours.
    """
    total = [Decimal(0)] * 3
    rest = text.strip().lower()
    while rest:
        found = _SPAN.match(rest)
        if found is None or (found["unit"] or "h") not in _UNITS:
            raise ValueError(f"{text!r} is not a span of time like 2 days 12:00:00")
        for place, part in enumerate(_read_part(found)):
            total[place] += part
        rest = rest[found.end() :].lstrip()
    if not text.strip() or any(part % 1 for part in total[:2]):
        raise ValueError(f"{text!r} is not a whole number of days")
    return total


def _read_part(found: re.Match[str]) -> Sequence[Decimal]:
    if found["unit"] is not None:
        return [Decimal(found["amount"]) * factor for factor in _UNITS[found["unit"]]]
    seconds = Decimal(found["hours"]) * 3600 + Decimal(found["minutes"]) * 60 + Decimal(found["seconds"] or 0)
    return [Decimal(0), Decimal(0), -seconds if found["sign"] == "-" else seconds]


def _read_object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is repeated, and jsonb keeps the last one")
    return found


def _read_bytes(text: str) -> bytes:
    r"""Read a bytea: ``\x`` and digits, or a text without any backslash, which stands for its own bytes."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    if "\\" in text:
        raise ValueError(f"{text!r} has escapes")
    return text.encode("utf-8")


_MEANINGS: dict[str, Meaning] = {
    **dict.fromkeys(("point", "lseg", "line", "box", "path", "polygon", "circle"), _same_shape),
    **dict.fromkeys(("inet", "cidr"), _by(ipaddress.ip_interface)),
    **dict.fromkeys(("macaddr", "macaddr8", "uuid"), _by(lambda text: _NO_HEX.sub("", text).lower())),
    "bpchar": _by(lambda text: text.rstrip(" ")),
    "bytea": _by(_read_bytes),
    "interval": _by(_read_span),
    "jsonb": _by(lambda text: json.loads(text, parse_int=Decimal, parse_float=Decimal, object_pairs_hook=_read_object)),
    "money": _same_money,
    "timestamptz": _same_clock,
}
