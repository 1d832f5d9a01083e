"""Profiles of columns: enough to see, without a look at each value, that a type takes all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from decimal import Decimal

from msgspec import Struct

from wdh.facts import FactValue
from wdh.facts.copytext import CopyWriter, batches, columns_of

_NUMBERS = frozenset((int, float, Decimal))
_UNTOLD = 1_000
_ONE_DIGIT = bytes.maketrans(b"0123456789", b"0000000000")
_EXPONENT = re.compile(r"(?P<whole>-?\d+)(?:\.(?P<decimals>\d+))?e(?P<power>[+-]?\d{1,4})")


class Profile(Struct, frozen=True):
    """The kinds of a column's values, the characters of the longest, and the most digits of a number on each side.

    ``longest``, ``whole`` (before the point) and ``decimals`` may be greater than the truth (escapes, signs,
    exponents), never less: what they let through needs no second look, and what they do not deserves one.
    """

    kinds: frozenset[type]
    longest: int
    whole: int
    decimals: int

    @property
    def has_null(self) -> bool:
        """Whether a value is None."""
        return type(None) in self.kinds

    def joined(self, other: Profile) -> Profile:
        """Say what the values of both are like together."""
        if self == other:
            return self
        return Profile(
            self.kinds | other.kinds,
            max(self.longest, other.longest),
            max(self.whole, other.whole),
            max(self.decimals, other.decimals),
        )


NOTHING = Profile(frozenset((type(None),)), 0, 0, 0)
"""The profile of a column without any value."""


def profile_of(values: Sequence[FactValue], texts: Sequence[str], kinds: Set[type] | None = None) -> Profile:
    """Look at some values; ``texts`` are the same as COPY text, ``kinds`` their types, where they are known."""
    kinds = frozenset(map(type, values) if kinds is None else kinds)
    whole, decimals = (0, 0) if _NUMBERS.isdisjoint(kinds) else _measure(texts)
    return Profile(kinds, max(map(len, texts), default=0), whole, decimals)


def profiles_of(columns: Sequence[str], rows: Sequence[Sequence[FactValue]]) -> dict[str, Profile]:
    """Look at all columns of some rows. Raises ValueError, with the column's name, for what PostgreSQL cannot hold."""
    writer = CopyWriter()
    found: dict[str, Profile] = {}
    for batch in batches(rows):
        for name, values in zip(columns, columns_of(batch), strict=True):
            profile = _profile_column(name, values, writer=writer)
            found[name] = found.get(name, profile).joined(profile)
    return found or dict.fromkeys(columns, NOTHING)


def _profile_column(name: str, values: Sequence[FactValue], *, writer: CopyWriter) -> Profile:
    kinds = frozenset(map(type, values))
    try:
        return profile_of(values, writer.texts(values, kinds), kinds)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _measure(texts: Sequence[str]) -> tuple[int, int]:
    # With all digits one, a column of numbers has a few dozen texts.
    shapes = {*"\n".join(texts).encode().translate(_ONE_DIGIT).split(b"\n")}
    parts = [shape.partition(b".") for shape in shapes if b"e" not in shape]
    sizes = [(len(whole), len(decimals)) for whole, _, decimals in parts]
    if len(parts) < len(shapes):
        sizes += [_measure_exponent(text) for text in texts if "e" in text]
    return max(whole for whole, _ in sizes), max(decimals for _, decimals in sizes)


def _measure_exponent(text: str) -> tuple[int, int]:
    """Count the digits before and after the point of a number once its exponent is written out."""
    if (found := _EXPONENT.fullmatch(text)) is None:
        return _UNTOLD, _UNTOLD
    power = int(found["power"])
    return max(len(found["whole"]) + power, 1), max(len(found["decimals"] or "") - power, 0)
