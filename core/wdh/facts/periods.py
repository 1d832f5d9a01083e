"""The facts of a run by period: how many there are, and what their amounts come to."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from wdh.facts import Facts, FactValue
from wdh.facts.sums import Stretch, Sum, sum_amounts

_NUMBERS: Final = frozenset((int, float, Decimal))


class PeriodTally(Struct, frozen=True):
    """The facts of one period: how many, and the sum of each amount column that has a value in one of them."""

    facts: int = 0
    sums: Mapping[str, Sum] = field(default_factory=dict)

    def __add__(self, other: PeriodTally) -> PeriodTally:
        names = dict.fromkeys((*self.sums, *other.sums))
        sums = {name: self.sums.get(name, Sum()) + other.sums.get(name, Sum()) for name in names}
        return PeriodTally(self.facts + other.facts, sums)


def find_period(columns: Sequence[str], facts: Facts) -> str | None:
    """Find the first of ``columns`` in which every fact has a date; None: there is none."""
    return next(
        (name for name in columns if name in facts.columns and {*map(type, facts.columns[name])} == {datetime.date}),
        None,
    )


def tally_periods(facts: Facts, period: str | None) -> dict[FactValue, PeriodTally]:
    """Count and sum the facts of a batch by their value of the column ``period``; None: all of them under None.

    Amounts are the columns of which the domain gives sums; where it gives none, all columns of numbers.
    """
    values = [None] * len(facts) if period is None else facts.columns.get(period, [None] * len(facts))
    distinct = dict.fromkeys(values)
    if len(distinct) == 1 and facts.sums is not None:
        whole = sum(facts.sums.stretches, Stretch())
        if whole.facts == len(facts):  # otherwise some of the rows that were summed are no facts after all
            return {next(iter(distinct)): PeriodTally(whole.facts, whole.sums)}
    amounts = _amounts(facts)
    if len(distinct) == 1:
        return {next(iter(distinct)): _tally(len(facts), amounts)}
    places: dict[FactValue, list[int]] = {value: [] for value in distinct}
    for place, value in enumerate(values):
        places[value].append(place)
    return {
        value: _tally(len(own), {name: [column[place] for place in own] for name, column in amounts.items()})
        for value, own in places.items()
    }


def _amounts(facts: Facts) -> Mapping[str, Sequence[FactValue]]:
    if facts.sums is not None:
        names = dict.fromkeys(name for stretch in facts.sums.stretches for name in stretch.sums)
        return {name: facts.columns[name] for name in names if name in facts.columns}
    return {name: values for name, values in facts.columns.items() if _are_numbers(values)}


def _are_numbers(values: Sequence[FactValue]) -> bool:
    kinds = {*map(type, values)} - {type(None)}
    return bool(kinds) and kinds <= _NUMBERS


def _tally(count: int, amounts: Mapping[str, Sequence[FactValue]]) -> PeriodTally:
    return PeriodTally(count, {name: sum_amounts(values) for name, values in amounts.items()})
