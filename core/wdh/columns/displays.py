"""Compares the number that a cell stores with the number that its format shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.columns.currencies import find_currency
from wdh.facts.number_formats import (
    DIGIT,
    GENERAL,
    SCIENTIFIC,
    choose_section,
    literal_of,
    split_sections,
    text_section,
)
from wdh.words.characters import narrow

_RUN: Final = re.compile(r"[0#?][0#?,]*(?:\.[0#?,]*)?|\.[0#?]+")
_SCALING: Final = re.compile(r",(?=\.|\Z)")
_CHINESE: Final = re.compile(r"\[(?:dbnum|natnum)", re.IGNORECASE)
_UNIT: Final = re.compile("[十百千万亿萬億]")


class Display(Struct, frozen=True):
    """The way in which a section shows a number.

    ``is_percent``: as it is, with one literal percent sign behind it, so that what is shown is a hundredth of it.
    ``has_percent_sign``: with a literal percent or per mille sign in another place. ``currency``: that of its
    literals. ``is_other``: scaled, with a unit, in Chinese digits, hidden, or in a way that is not understood.
    """

    is_percent: bool = False
    has_percent_sign: bool = False
    currency: str | None = None
    is_other: bool = False


AS_IT_IS: Final = Display()
_HIDDEN: Final = Display(is_other=True)


def read_display(number_format: str, number: Decimal) -> Display:
    """Say how a format shows a number; zero may be hidden, or a dash."""
    chosen = choose_section(number_format, number)
    if chosen is None:
        return Display(is_other=True)
    display = _read_section(chosen[0])
    return AS_IT_IS if number == 0 and display == _HIDDEN else display


def is_plain(number_format: str | None, currencies: frozenset[str]) -> bool:
    """Say whether a format shows every number as it is, in one of some currencies or in none, and so every text.

    Zero may be hidden.
    """
    if number_format is None:
        return True
    sections = split_sections(number_format)
    if sections is None or text_section(number_format) is not None:
        return False
    numeric = ["".join(atoms) for atoms in sections[:3]]
    if any(re.search(r"\[ *[<>=]", section) for section in numeric):
        return False
    if not all(_read_section(section).currency in (None, *currencies) for section in numeric):
        return False
    shown = [replace(_read_section(section), currency=None) for section in numeric]
    return all(one == AS_IT_IS for one in shown[:2]) and (len(shown) < 3 or shown[2] in (AS_IT_IS, _HIDDEN))


@lru_cache(maxsize=512)
def _read_section(section: str) -> Display:
    (atoms,) = split_sections(GENERAL.sub("0", section)) or ((),)
    bare = "".join(atom for atom in atoms if len(atom) == 1)
    literals = [_literal(atom) for atom in atoms]
    literal = narrow("".join(literals))
    percents = literal.count("%") - bare.count("%")
    behind = max((place for place, atom in enumerate(atoms) if DIGIT.match(atom)), default=len(atoms)) + 1
    is_hundredth = percents == 1 and "%" not in bare and narrow("".join(literals[behind:])).strip(" )") == "%"
    is_other = _is_other(section, atoms, bare=bare) or _UNIT.search(literal) is not None
    return Display(
        is_percent=is_hundredth and not is_other,
        has_percent_sign=bool(percents) or "‰" in literal,
        currency=find_currency(literal),
        is_other=is_other,
    )


def _is_other(section: str, atoms: Sequence[str], *, bare: str) -> bool:
    """Say whether the digits are not those of the number: scaled, Chinese, filled up with others, or not there."""
    if not DIGIT.search(bare) and "@" not in bare:
        return True
    if any(atom[0] == "*" and atom[1].isalnum() for atom in atoms) or _CHINESE.search(section):
        return True
    is_plain = "/" in bare or SCIENTIFIC.search(bare) is not None  # a fraction, or a power of ten
    is_scaled = any(_SCALING.search(run) for run in _RUN.findall(bare)) or any(atom in ("!.", "\\.") for atom in atoms)
    return is_scaled and not is_plain


def _literal(atom: str) -> str:
    shown = literal_of(atom)
    return "" if shown == atom and (len(atom) > 1 or DIGIT.match(atom) or atom in ",.") else shown
