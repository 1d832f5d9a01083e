"""The sums of a sheet's amounts between its total rows: exact, and the same however the rows were cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from operator import add, sub
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

_ZERO: Final = Fraction(0)
_USUAL: Final = frozenset((float, int, type(None)))
_LARGEST: Final = 1 << 53
"""Up to here each integer is a float, too."""
_EXACT_DECIMALS: Final = 10
_MOST_DECIMALS: Final = 30
_EXACT: Final = Context(prec=50_000)  # a cell holds 32,767 characters at most


class Sum(Struct, frozen=True):
    """The exact sum of amounts. ``size`` is that of their absolute values, and ``slack`` what rounding changed at most.

    A float counts as the number it is; what it differs from the digits that the sheet shows is noise.
    """

    value: Fraction = _ZERO
    size: Fraction = _ZERO
    slack: Fraction = _ZERO

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.value + other.value, self.size + other.size, self.slack + other.slack)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.value - other.value, self.size - other.size, self.slack - other.slack)


class Stretch(Struct, frozen=True):
    """The facts between two total rows: how many they are, and the sums of their amounts by column."""

    facts: int = 0
    sums: Mapping[str, Sum] = field(default_factory=dict)

    def __add__(self, other: Stretch) -> Stretch:
        return Stretch(self.facts + other.facts, _column_by_column(self.sums, other.sums, add))

    def __sub__(self, other: Stretch) -> Stretch:
        return Stretch(self.facts - other.facts, _column_by_column(self.sums, other.sums, sub))


class TotalAmount(Struct, frozen=True):
    """The amount of a total row for a column; ``value`` None: the cell cannot be read.

    ``decimals`` is how many its number format shows; None: as many as there are.
    """

    cell: str
    value: Fraction | None
    decimals: int | None = None


class TotalRow(Struct, frozen=True):
    """A row that sums up others: its label as it stands, the group that is named there, and its amounts by column.

    ``level`` is that of the total word; ``place`` orders label columns from the left. ``header`` is that of the
    label, and ``column`` the fact column read from it; None: it is read into none.
    """

    row: int
    label: str
    group: str
    level: int
    place: tuple[int, str]
    column: str | None
    amounts: Mapping[str, TotalAmount]


class Sums(Struct, frozen=True):
    """The total rows of a run of rows, and the stretches of facts before, between and behind them: one more."""

    stretches: tuple[Stretch, ...] = (Stretch(),)
    totals: tuple[TotalRow, ...] = ()

    def joined(self, lower: Sums) -> Sums:
        """Give the sums of these rows and those that follow. It is associative."""
        seam = self.stretches[-1] + lower.stretches[0]
        return Sums((*self.stretches[:-1], seam, *lower.stretches[1:]), (*self.totals, *lower.totals))

    def without(self, names: Collection[str]) -> Sums:
        """Give the same but for the amounts of these columns in the total rows."""
        if not names:
            return self
        kept = ({name: one for name, one in total.amounts.items() if name not in names} for total in self.totals)
        totals = (replace(total, amounts=amounts) for total, amounts in zip(self.totals, kept, strict=True))
        return Sums(self.stretches, tuple(totals))


def _column_by_column(
    one: Mapping[str, Sum], other: Mapping[str, Sum], join: Callable[[Sum, Sum], Sum]
) -> Mapping[str, Sum]:
    return {name: join(one.get(name, Sum()), other.get(name, Sum())) for name in dict.fromkeys((*one, *other))}


def sum_amounts(values: Sequence[Any], known: Iterable[type] = ()) -> Sum:
    """Sum amounts exactly: floats, Decimals, integers, and None for what is blank.

    ``known`` are the types of the values where they are known, or of these and others.
    """
    kinds = set(known or map(type, values))
    if len(kinds) > 1 and kinds <= _USUAL:
        values = list(filter(None, values))  # zeros add nothing
        if values and min(values) >= -_LARGEST and max(values) <= _LARGEST:  # all are floats, or exactly like one
            kinds = {float}
    is_mixed = len(kinds) > 1
    total, negative = _ZERO, _ZERO
    for kind in kinds - {type(None)}:
        own: Sequence[Any] = values
        if is_mixed:
            own = [value for value in values if type(value) is kind]
        if not own:
            continue
        sum_up: Callable[[Sequence[Any]], Fraction] = sum_floats if kind is float else _sum_exact
        total += sum_up(own)
        if min(own) < 0:
            negative += sum_up([value for value in own if value < 0])
    return Sum(total, total - 2 * negative)


def sum_floats(floats: Sequence[float]) -> Fraction:
    """Sum floats exactly, at the speed of ``math.fsum``: what it rounded off is summed again, until nothing is left."""
    parts: list[float] = []
    try:
        while part := math.fsum([*floats, *parts]):
            parts.append(-part)
    except OverflowError:
        return sum(map(Fraction, floats), _ZERO)
    return -sum(map(Fraction, parts), _ZERO)


def _sum_exact(values: Sequence[Any]) -> Fraction:
    with localcontext(_EXACT):
        return Fraction(sum(values))


def exact(value: float | int | Decimal) -> Fraction:
    """Give a number as the digits that it is shown by: a float stands for its ``repr``."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def write_sum(total: Sum) -> str:
    """Write a sum in decimal digits, without those that only the rounding of floats made."""
    decimals = _EXACT_DECIMALS
    if 10**decimals % total.value.denominator:
        noise = total.slack + total.size / (1 << 53)
        decimals = max(_certain_decimals(noise), 0)
    with localcontext(_EXACT):
        digits = Decimal(round(total.value * 10**decimals)).scaleb(-decimals)
        return format(digits.normalize() + 0, "f")


def _certain_decimals(noise: Fraction) -> int:
    """Give the number of decimals that a number has for certain which may be off by ``noise``."""
    places = 0
    while places < _MOST_DECIMALS and noise * 20 * 10**places < 1:
        places += 1
    return places
