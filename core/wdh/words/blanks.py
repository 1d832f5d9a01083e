"""Defines blank once, for rows, cells, headers and keys.

A text is blank where nothing of it can be seen: where it has nothing but blanks, characters without width, controls,
and marks that only change the character before them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BLANKS: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters for which ``str.isspace`` is true; U+3000 and the no-break blank are among them."""

INVISIBLE: Final = (
    "\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters without width that are no part of any text: joiners, direction marks, soft hyphens, byte order marks."""


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_ALONE: Final = (
    _span(0x00, 0x1F)
    + _span(0x7F, 0x9F)  # controls
    + "\u034f\u061c\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # fillers, and the braille pattern without dots
    + _span(0x180B, 0x180F)
    + _span(0x2061, 0x206F)
    + _span(0xFE00, 0xFE0F)
    + _span(0xFFF0, 0xFFFB)
    + _span(0x1BCA0, 0x1BCA3)
    + _span(0x1D173, 0x1D17A)
    + "\U000e0001"
    + _span(0xE0020, 0xE007F)
    + _span(0xE0100, 0xE01EF)
)
"""Controls, and Unicode's Default_Ignorable_Code_Point: invisible alone, though they can change a text around them."""

UNSEEN: Final = "".join(dict.fromkeys(BLANKS + INVISIBLE + _ALONE))
"""All that can be in a blank text."""

MAY_BE_BLANK: Final = frozenset(("", *UNSEEN))
"""The first characters (``text[:1]``) of blank texts: most texts are told by theirs, faster than by a call."""


def blanks_in(values: Iterable[object]) -> frozenset[object]:
    """Give the distinct values among some that are blank."""
    return frozenset(
        value
        for value in set(values)
        if value is None or (type(value) is str and value[:1] in MAY_BE_BLANK and is_blank(value))
    )


def is_blank(value: object) -> bool:
    """Say whether a value is blank: None, or a text of which nothing can be seen. A number, zero too, is not."""
    if isinstance(value, str):
        return value[:1] in MAY_BE_BLANK and not value.strip(UNSEEN)
    return value is None
