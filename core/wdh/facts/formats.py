"""Formats that a configuration gives for what it writes: ``%y%m`` for a date, ``.2f`` for a number, or a template."""

from __future__ import annotations

import datetime
import re
import string
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from wdh.facts import FactValue
from wdh.words.language import later, say

MOST_CHARACTERS: Final = 1000
"""How long a format may be."""

WIDEST: Final = 100
"""To how many characters a format may pad a value, and how many decimals it may show."""

_SPECIFICATION: Final = re.compile(
    r"(?:.?[<>=^])?[-+ ]?z?#?0?(?P<width>\d*)[_,]?(?:\.(?P<decimals>\d+)[_,]?)?[a-zA-Z%]?", re.DOTALL
)
"""https://docs.python.org/3/library/string.html#formatspec"""
_DATE_WIDTH: Final = re.compile(r"%%|%[-_0^#+]*(?P<width>\d*)")
"""The GNU C library pads what a code of strftime gives, as in %5d."""

_DAY: Final = (datetime.date(2024, 11, 30),)
_MOMENT: Final = (datetime.datetime(2024, 11, 30, 23, 59),)  # noqa: DTZ001 - of the workbook's time zone
_NUMBERS: Final = (Decimal("1.5"), 1.5, 1)
_SAMPLES: Final[Mapping[str, tuple[FactValue, ...]]] = {
    **dict.fromkeys(("text", "code", "choice"), ("x",)),
    **dict.fromkeys(("month", "date"), _DAY),
    **dict.fromkeys(("amount", "percent"), _NUMBERS),
    "datetime": _MOMENT,
    "integer": (1,),
    "boolean": (True,),
}
"""Values that a column of each kind may give."""

_ADVICE: Final = later("write one such as %y%m for a date, .2f for a number, >8 for a text")
KINDS: Final = frozenset(_SAMPLES)
_ANY: Final = (*_DAY, *_MOMENT, *_NUMBERS, "x")


def check_format(text: str, *, is_template: bool, kind: str | None = None) -> None:
    """Raise ValueError where ``text`` is no format for values of the ``kind`` of a column; None: of any kind.

    A format that is longer than MOST_CHARACTERS, or asks for more than WIDEST characters or decimals, is none.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            say(
                "is {count} characters long, and a format has at most {most_characters}",
                count=len(text),
                most_characters=MOST_CHARACTERS,
            )
        )
    written = _read_template(text) if is_template else text
    samples = _ANY if kind is None else _SAMPLES[kind]
    widths = {found["width"] for found in _DATE_WIDTH.finditer(written)}
    specification = _SPECIFICATION.fullmatch(written)
    if specification is not None and samples not in (_DAY, _MOMENT):
        widths |= {*specification.groups()}
    if any(int(width) > WIDEST for width in widths if width):
        raise ValueError(
            say("pads a value to more than {widest} characters or decimals; write a smaller number", widest=WIDEST)
        )
    if not any(_writes(written, sample) for sample in samples):
        advice = say(_ADVICE)
        raise ValueError(
            say("is no format for any value; {advice}", advice=advice)
            if kind is None
            else say("is no format for the kind {kind}; {advice}", kind=kind, advice=advice)
        )


def _read_template(text: str) -> str:
    """Give the format of the one place of a template."""
    try:
        fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
    except ValueError as error:
        raise ValueError(say("is not a template: {error}; the value stands at {{}}", error=error)) from error
    if [(name, conversion) for _, name, _, conversion in fields] != [("", None)] or "{" in (fields[0][2] or ""):
        raise ValueError(say("a template has one place for the value, {} or {:%y%m}, and no other braces"))
    return fields[0][2] or ""


def _writes(written: str, sample: FactValue) -> bool:
    try:
        format(sample, written)
    except (ValueError, TypeError, OverflowError):
        return False
    return True
