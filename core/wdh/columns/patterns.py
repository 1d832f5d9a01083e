"""Further spellings of days and moments, as a configuration gives them: ``%d-%b-%Y``.

The directives are those of Python's strptime for the parts of a date and a time; names are English whatever the
machine's language: https://docs.python.org/3/library/datetime.html#format-codes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from wdh.columns.clocks import read_fraction, read_hour
from wdh.words.characters import narrow
from wdh.words.language import join, say

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS: Final[Mapping[str, str]] = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "f": "[0-9]{1,6}",
    **dict.fromkeys("mdHIMS", "[0-9]{1,2}"),
}
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "B": _MONTHS,
    "b": [name[:3] for name in _MONTHS],
    "A": _DAYS,
    "a": [name[:3] for name in _DAYS],
    "p": ("AM", "PM"),
}
_EITHER: Final = ("Yy", "mbB", "HI", "aA")
"""Directives of which a pattern has at most one."""
_NEEDS: Final = (("I", "p"), ("p", "I"), ("M", "HI"), ("S", "M"), ("f", "S"))
"""Directives that say nothing without one of others."""
_TOKEN: Final = re.compile(r"%(?P<directive>.?)|(?P<blank>\s+)|(?P<literal>[^%\s]+)", re.DOTALL)
_CENTURY_FROM: Final = 69
"""Two digits from here on are of 19yy, as strptime has it."""


def check_patterns(patterns: Iterable[str], *, parts: Sequence[str]) -> tuple[str, ...]:
    """Give the patterns, checked. ``parts`` are groups of directives, of each of which a pattern must have one.

    Raises ValueError where one could read no date at all, or not just one.
    """
    checked = tuple(dict.fromkeys(patterns))
    for pattern in checked:
        found = [match["directive"] for match in _TOKEN.finditer(pattern) if match["directive"] not in (None, "%")]
        unknown = [name for name in found if name not in _NUMBERS and name not in _NAMES]
        if unknown:
            known = ", ".join(f"%{name}" for name in (*_NUMBERS, *_NAMES))
            raise ValueError(
                say(
                    "the format {pattern!r} has %{unknown}; known are {known}, and %% for a percent sign",
                    pattern=pattern,
                    unknown=unknown[0],
                    known=known,
                )
            )
        _check_parts(pattern, found, parts=parts)
    return checked


def _check_parts(pattern: str, found: Sequence[str], *, parts: Sequence[str]) -> None:
    for group in (*_EITHER, *_NUMBERS, *_NAMES):
        if sum(map(found.count, group)) > 1:
            raise ValueError(
                say(
                    "the format {pattern!r} has {found}",
                    pattern=pattern,
                    found=join(say(" and "), (f"%{name}" for name in found if name in group)),
                )
            )
    for group in parts:
        if not any(name in found for name in group):
            raise ValueError(
                say(
                    "the format {pattern!r} lacks {group}",
                    pattern=pattern,
                    group=join(say(" or "), (f"%{name}" for name in group)),
                )
            )
    for name, group in _NEEDS:
        if name in found and not any(other in found for other in group):
            raise ValueError(
                say(
                    "the format {pattern!r} has %{name} without {group}",
                    pattern=pattern,
                    name=name,
                    group=join(say(" or "), (f"%{one}" for one in group)),
                )
            )


def read_patterns(text: str, patterns: Iterable[str]) -> frozenset[datetime.datetime]:
    """Read a text, in compatibility form, by each pattern: what those that fit make of it, which may be several."""
    read = (_read(match) for match in (_compile(pattern).fullmatch(text) for pattern in patterns) if match)
    return frozenset(moment for moment in read if moment is not None)


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """Write the expression of a pattern. Numbers without anything between them have all their digits."""
    written = ""
    tokens = list(_TOKEN.finditer(narrow(pattern)))
    for place, token in enumerate(tokens):
        name = token["directive"]
        if name is None or name == "%":
            written += r"\s+" if token["blank"] else re.escape(token["literal"] or "%")
        elif name in _NAMES:
            written += f"(?P<{name}>{'|'.join(_NAMES[name])})"
        else:
            beside = [tokens[at]["directive"] for at in (place - 1, place + 1) if 0 <= at < len(tokens)]
            is_tight = any(other in _NUMBERS for other in beside) and name in "mdHIMS"
            written += f"(?P<{name}>{'[0-9]{2}' if is_tight else _NUMBERS[name]})"
    return re.compile(written, re.IGNORECASE)


def _read(match: re.Match[str]) -> datetime.datetime | None:
    parts = match.groupdict()
    hour = read_hour(int(parts.get("H") or parts.get("I") or 0), parts.get("p"))
    if hour is None:
        return None
    try:
        moment = datetime.datetime(  # noqa: DTZ001 (of the time zone of the workbook, whichever that is)
            _year(parts),
            _month(parts),
            int(parts.get("d") or 1),
            hour,
            int(parts.get("M") or 0),
            int(parts.get("S") or 0),
            read_fraction(parts.get("f") or "") or 0,
        )
    except ValueError:
        return None
    weekday = parts.get("A") or parts.get("a")
    is_right = weekday is None or _DAYS[moment.weekday()].upper().startswith(weekday.upper())
    return moment if is_right else None


def _year(parts: Mapping[str, str | None]) -> int:
    if parts.get("Y"):
        return int(parts["Y"] or 0)
    year = int(parts["y"] or 0)
    return year + (1900 if year >= _CENTURY_FROM else 2000)


def _month(parts: Mapping[str, str | None]) -> int:
    if parts.get("m"):
        return int(parts["m"] or 0)
    name = str(parts.get("B") or parts.get("b")).upper()
    return next(number for number, full in enumerate(_MONTHS, start=1) if full.upper().startswith(name))
