"""What the values of a column are like: enough to see, without a second look, that a type takes all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from wdh.facts import FactValue

_NUMBERS = frozenset((int, float, Decimal))
_UNTOLD = 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """The kinds of a column's values, the characters of the longest, and the most decimals of a number.

    ``longest`` and ``decimals`` may be greater than the truth (escapes, exponents), never less: what they let through
    needs no second look, and what they do not deserves one.
    """

    kinds: frozenset[type]
    longest: int
    decimals: int

    @property
    def has_null(self) -> bool:
        """Whether a value is None."""
        return type(None) in self.kinds

    def joined(self, other: Profile) -> Profile:
        """Say what the values of both are like together."""
        if self == other:
            return self
        return Profile(self.kinds | other.kinds, max(self.longest, other.longest), max(self.decimals, other.decimals))


NOTHING = Profile(frozenset((type(None),)), 0, 0)
"""What a column without any value is like."""


def profile_of(values: Sequence[FactValue], texts: Sequence[str]) -> Profile:
    """Look at some values; ``texts`` are the same as COPY text."""
    kinds = frozenset(map(type, values))
    has_numbers = not _NUMBERS.isdisjoint(kinds)
    return Profile(kinds, max(map(len, texts), default=0), max(map(_decimals, texts)) if has_numbers else 0)


def _decimals(text: str) -> int:
    if "e" in text:
        return _UNTOLD
    point = text.find(".")
    return 0 if point < 0 else len(text) - point - 1
