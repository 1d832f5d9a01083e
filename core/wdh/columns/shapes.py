"""Shows a value in its number format as the sheet does, as far as Excel's format language is certain.

Understood are General, digits (``0 # ?``), thousands, decimals, percent, quoted and escaped literals, plain signs,
colours, padding (``_x``, ``* ``), sections without a number, and which section shows a value: by its sign, or by the
conditions of the sections. Dates never come here. Anything else (fractions, exponents, scaling commas, Chinese
digits) is not guessed at.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct

from wdh.facts.number_formats import LOOK, choose_section, literal_of, text_section

_GENERAL: Final = frozenset(("general", "g/通用格式", "@"))
_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_UP)  # a float has at most 309 digits before the point
_TOKEN: Final = re.compile(
    r"""(?P<quoted>"[^"]*")|(?P<escaped>[\\!].)|(?P<pad>_.)|(?P<fill>\*[ \u3000])
    |(?P<look>"""
    + LOOK.pattern.replace(" ", r"\ ")
    + r""")
    |(?P<currency>\[\$[^\]-]*(?:-[^\]]*)?\])
    |(?P<number>[0\#?](?:[0\#?,]*[0\#?])?(?:\.[0\#?]*)?|\.[0\#?]+)(?![0\#?,.])
    |(?P<percent>%)
    |(?P<plain>[-+$¥￥():!^&'~{}<>=\ ]|[^\x00-\x7f¤])""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


class Shape(Struct, frozen=True):
    """One section of a number format: literals around digits. ``least_digits`` stand before the point."""

    before: str
    after: str
    least_digits: int
    least_decimals: int
    most_decimals: int
    is_grouped: bool
    is_percent: bool


def show_number(value: int | float | Decimal, number_format: str | None) -> str | None:
    """Show ``value`` (finite) as the sheet does: it may be nothing. None: the format is not understood."""
    number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    chosen = choose_section(number_format or "General", number)
    if chosen is None:
        return None
    section, has_sign = chosen
    if is_general(section):
        return _plain(number if has_sign else abs(number))
    shape = read_shape(section)
    if shape is None:
        return read_literal(section)
    digits = _digits(abs(number), shape)
    if has_sign and not digits.strip("0.,"):  # -0.3 in the format 0: -0 in some Excels, 0 in others
        return None
    return ("-" if has_sign else "") + shape.before + digits + shape.after


def show_code(value: int, number_format: str | None) -> str | None:
    """Show a whole number that is not negative as a code: with zeros and literals, without thousands and decimals.

    None: the format is not understood, or shows something other than the number's digits.
    """
    chosen = choose_section(number_format or "General", Decimal(value))
    if chosen is None:
        return None
    section, _ = chosen
    if is_general(section):
        return str(value)
    shape = read_shape(section)
    if shape is None or shape.is_percent:
        return None
    return shape.before.strip() + str(value).zfill(shape.least_digits) + shape.after.strip()


def show_text(text: str, number_format: str) -> str | None:
    """Show a text as its format does: ``@"期"`` puts 期 behind it, ``;;;`` hides it. None: it is not understood."""
    atoms = text_section(number_format)
    if atoms is None:
        return text
    parts = [text if atom == "@" else read_literal(atom) for atom in atoms]
    return None if None in parts else "".join(filter(None, parts))


def is_general(section: str) -> bool:
    """Say whether a section shows a number's own digits."""
    return LOOK.sub("", section).strip().lower() in _GENERAL


def read_literal(section: str) -> str | None:
    """Give the text that a section shows whatever the value is. None: it has a number, or is not understood."""
    text, place = "", 0
    while place < len(section):
        token = _TOKEN.match(section, place)
        if token is None or token["number"] or token["percent"]:
            return None
        place = token.end()
        text += _literal(token)
    return text


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
    if token["pad"]:
        return " "
    return "" if token["look"] or token["fill"] or token["number"] else literal_of(token[0])


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
