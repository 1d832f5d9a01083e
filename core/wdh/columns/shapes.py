"""What a sheet shows for a number in a number format: only as much of Excel's format language as is certain.

Understood are General, digits (``0 # ?``), thousands, decimals, percent, quoted and escaped literals, plain signs,
colours, padding (``_x``, ``* ``) and the sections for positive, negative and zero. Dates never come here. Anything
else (conditions, fractions, exponents, scaling commas, hidden values) is not guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

_GENERAL: Final = frozenset(("general", "g/通用格式", "@"))
_MOST_SECTIONS: Final = 4
_ATOM: Final = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]|[^"\\_*\[]', re.DOTALL)
_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_UP)  # a float has at most 309 digits before the point
_TOKEN: Final = re.compile(
    r"""(?P<quoted>"[^"]*")|(?P<escaped>\\.)|(?P<pad>_.)|(?P<fill>\*[ \u3000])
    |(?P<currency>\[\$[^\]-]*(?:-[^\]]*)?\])
    |(?P<colour>\[(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\ ?\d+|[黑蓝青绿红白黄]色?)\])
    |(?P<number>[0\#?](?:[0\#?,]*[0\#?])?(?:\.[0\#?]*)?|\.[0\#?]+)(?![0\#?,.])
    |(?P<percent>%)
    |(?P<plain>[-+$¥￥():!^&'~{}<>=\ ]|[^\x00-\x7f])""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One section of a number format: literals around digits. ``least_digits`` stand before the point."""

    before: str
    after: str
    least_digits: int
    least_decimals: int
    most_decimals: int
    is_grouped: bool
    is_percent: bool


def show_number(value: int | float | Decimal, number_format: str | None) -> str | None:
    """Show ``value`` (finite) as the sheet does. None: the format is not understood."""
    number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    sections = _sections(number_format or "General")
    if sections is None:
        return None
    section = _choose(sections, number)
    if section.strip().lower() in _GENERAL:
        return _plain(number)
    shape = read_shape(section)
    if shape is None:
        return None
    sign = "-" if number < 0 and len(sections) == 1 else ""
    return sign + shape.before + _digits(abs(number), shape) + shape.after


def show_code(value: int, number_format: str | None) -> str | None:
    """Show a whole number as a code: with the format's zeros and literals, without thousands and decimals.

    None: the format is not understood, or shows something other than the number's digits.
    """
    sections = _sections(number_format or "General")
    if sections is None:
        return None
    section = _choose(sections, Decimal(value))
    if section.strip().lower() in _GENERAL:
        return str(value)
    shape = read_shape(section)
    if shape is None or shape.is_percent:
        return None
    return shape.before.strip() + str(value).zfill(shape.least_digits) + shape.after.strip()


@lru_cache(maxsize=256)
def _sections(number_format: str) -> tuple[str, ...] | None:
    """Split a format into its sections: positive, negative, zero, text. None: it is not well formed."""
    sections, place = [""], 0
    while place < len(number_format):
        atom = _ATOM.match(number_format, place)
        if atom is None:
            return None
        place = atom.end()
        if atom[0] == ";":
            sections.append("")
        else:
            sections[-1] += atom[0]
    return tuple(sections) if len(sections) <= _MOST_SECTIONS else None


def _choose(sections: tuple[str, ...], number: Decimal) -> str:
    numeric = sections[: _MOST_SECTIONS - 1]
    if number < 0 and len(numeric) > 1:
        return numeric[1]
    return numeric[-1] if number == 0 and len(numeric) == _MOST_SECTIONS - 1 else numeric[0]


@lru_cache(maxsize=256)
def read_shape(section: str) -> Shape | None:
    """Take one section of a number format apart. None: it is not understood, or has not exactly one number."""
    before, after, number, percents, place = "", "", None, 0, 0
    while place < len(section):
        token = _TOKEN.match(section, place)
        if token is None or (token["number"] and number is not None):
            return None
        place = token.end()
        number = token["number"] or number
        percents += token["percent"] is not None
        literal = _literal(token)
        before, after = (before + literal, after) if number is None else (before, after + literal)
    return None if number is None or percents > 1 else _shape(number, before, after, is_percent=bool(percents))


def _literal(token: re.Match[str]) -> str:
    text = token[0]
    if token["quoted"]:
        return text[1:-1]
    if token["escaped"]:
        return text[1:]
    if token["currency"]:
        return text[2:-1].partition("-")[0]
    if token["pad"]:
        return " "
    return text if token["plain"] or token["percent"] else ""


def _shape(number: str, before: str, after: str, *, is_percent: bool) -> Shape:
    whole, _, decimals = number.partition(".")
    places = whole.replace(",", "")
    return Shape(
        before=before,
        after=after,
        least_digits=len(places.lstrip("#?")),
        least_decimals=len(decimals.rstrip("#?")),
        most_decimals=len(decimals),
        is_grouped="," in whole,
        is_percent=is_percent,
    )


def _digits(number: Decimal, shape: Shape) -> str:
    if shape.is_percent:
        number = number.scaleb(2)
    rounded = number.quantize(Decimal(1).scaleb(-shape.most_decimals), context=_EXACT)
    whole, _, decimals = f"{rounded:f}".partition(".")
    kept = decimals.rstrip("0").ljust(shape.least_decimals, "0")
    whole = whole.lstrip("0").zfill(shape.least_digits)
    if shape.is_grouped:
        whole = _group(whole)
    return f"{whole}.{kept}" if kept else whole


def _group(digits: str) -> str:
    head = len(digits) % 3
    return ",".join(filter(None, (digits[:head], *(digits[at : at + 3] for at in range(head, len(digits), 3)))))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
