"""Picks one value of a reference row from the fact rows that share its key.

Each pick is a mergeable aggregate: it keeps one small state per key, and merging the states of any split of the rows,
in any order, gives the state of one pass over them. Positions (see :func:`position`) stand for the sheet order, so
that "first" means the same however the rows were dealt out. Picks and states can be pickled, for other processes.

A pick never fails on a value while it absorbs and merges: its state keeps what it cannot use, and its result refuses
that by place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, Inexact
from functools import partial
from typing import Any, Final

from msgspec import Struct

from wdh.facts import FactValue
from wdh.references.extremes import Extreme, check_order
from wdh.references.picking import (
    TEXT,
    Columns,
    FormatRefused,
    Key,
    Pick,
    PickSpec,
    ValuesRefused,
    always,
    base_of,
    format_value,
    larger,
    refuse_mixed,
    refuse_values,
    smaller,
    source_of,
    write_value,
)
from wdh.settings import ColumnRule
from wdh.words.language import later, say


def make_pick(rule: ColumnRule) -> Pick[Any]:
    """Build the pick that ``rule`` names."""
    return PICKS[rule.pick].make(rule)


def check_rule(rule: Mapping[str, Any], source: str | None) -> Iterator[tuple[str, str]]:
    """Find what the pick of a rule objects to in it; see :data:`picking.Check`. An unknown pick has no checks."""
    name = rule.get("pick", "first")
    spec = PICKS.get(name) if isinstance(name, str) else None
    for check in spec.checks if spec is not None else ():
        yield from check(rule, source)


Seen = tuple[int, FactValue]
Outermost = tuple[Seen, ...]
"""The one or two outermost distinct values with their places; a second one means that the facts disagree."""


_NO_NUMBER: Final = later("cannot be added up: write a number, or clear the cell")


class First(Struct, frozen=True):
    """The first non-blank value in sheet order. Remembers a second, different value: that is a disagreement."""

    rule: ColumnRule

    def absorb(
        self, states: dict[Key, Outermost], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]
    ) -> None:
        # The states are looked up as the rows come, so that each row sees what those before it left.
        known = map(states.get, keys)
        for key, value, place, state in zip(keys, columns[source_of(self.rule)], places, known, strict=True):
            if state is None:
                if key is not None and value is not None:
                    states[key] = ((place, value),)
            elif value is not None and ((value != state[0][1] and place < _latest(state)) or place < state[0][0]):
                states[key] = self.merge(state, ((place, value),))

    def merge(self, left: Outermost, right: Outermost) -> Outermost:
        if len(left) == len(right) == 1 and left[0][1] == right[0][1]:  # as nearly always
            return left if left[0][0] <= right[0][0] else right
        return _outermost(left + right)

    def result(self, state: Outermost) -> FactValue:
        place, value = state[0]
        return format_value(self.rule, value, place)


class Last(Struct, frozen=True):
    """The last non-blank value in sheet order."""

    rule: ColumnRule

    def absorb(self, states: dict[Key, Seen], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        for key, value, place in zip(keys, columns[source_of(self.rule)], places, strict=True):
            if key is not None and value is not None:
                state = states.get(key)
                if state is None or place > state[0]:
                    states[key] = (place, value)

    def merge(self, left: Seen, right: Seen) -> Seen:
        return max(left, right, key=lambda seen: seen[0])

    def result(self, state: Seen) -> FactValue:
        place, value = state
        return format_value(self.rule, value, place)


def _latest(state: Outermost) -> float:
    """Give the place from which on another value changes nothing: there are two before it."""
    return state[1][0] if len(state) > 1 else math.inf


def _outermost(seen: Outermost) -> Outermost:
    # The two smallest places over distinct values: a value among the global two is among the two of every part that
    # holds its first occurrence, so keeping two of each part loses nothing.
    places: dict[FactValue, int] = {}
    for place, value in sorted(seen, key=lambda pair: pair[0]):
        places.setdefault(value, place)
    return tuple((place, value) for value, place in list(places.items())[:2])


Standing = tuple[int, Any, int]
"""How often a value was seen, and the best row that has it: its deciding amount (None: none) and its place."""


class MostFrequent(Struct, frozen=True):
    """The most frequent non-blank value; a tie goes to the row with the largest ``tie_break``, then to the first."""

    rule: ColumnRule

    def absorb(
        self,
        states: dict[Key, dict[FactValue, Standing]],
        keys: Sequence[Key],
        *,
        columns: Columns,
        places: Sequence[int],
    ) -> None:
        values = columns[source_of(self.rule)]
        amounts = [None] * len(values) if self.rule.tie_break is None else columns.amounts(self.rule.tie_break)
        for key, value, amount, place in zip(keys, values, amounts, places, strict=True):
            if key is not None and value is not None:
                state = states.get(key)
                if state is None:
                    state = states[key] = {}
                known = state.get(value)
                state[value] = (1, amount, place) if known is None else _stand(known, (1, amount, place))

    def merge(self, left: dict[FactValue, Standing], right: dict[FactValue, Standing]) -> dict[FactValue, Standing]:
        merged = dict(left)
        for value, standing in right.items():
            merged[value] = _stand(merged[value], standing) if value in merged else standing
        return merged

    def result(self, state: dict[FactValue, Standing]) -> FactValue:
        most = max(count for count, _, _ in state.values())
        tied = [(amount, place, value) for value, (count, amount, place) in state.items() if count == most]
        best = tied[0]
        for other in tied[1:]:
            best = larger(best, other)
        amount, place, value = best
        refuse_mixed(amount, self.rule.tie_break or "")
        return format_value(self.rule, value, place)


def _stand(left: Standing, right: Standing) -> Standing:
    best = larger(left[1:], right[1:])
    return (left[0] + right[0], best[0], best[1])


Rival = tuple[Any, int, FactValue]


class ByAmount(Struct, frozen=True):
    """The value, blank or not, of the row whose ``by`` is the outermost; then of the first such row.

    A blank is not passed over: the code and the name of an institution must come from one and the same row.
    """

    rule: ColumnRule
    choose: Callable[[Rival, Rival], Rival]

    def absorb(self, states: dict[Key, Rival], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        if self.rule.by is None:
            raise AssertionError("the contract demands `by` here")
        amounts = columns.amounts(self.rule.by)
        for key, amount, place, value in zip(keys, amounts, places, columns[source_of(self.rule)], strict=True):
            if key is not None:
                rival = (amount, place, value)
                state = states.get(key)
                states[key] = rival if state is None else self.choose(state, rival)

    def merge(self, left: Rival, right: Rival) -> Rival:
        return self.choose(left, right)

    def result(self, state: Rival) -> FactValue:
        amount, place, value = state
        refuse_mixed(amount, self.rule.by or "")
        return format_value(self.rule, value, place)


class Distinct(Struct, frozen=True):
    """The distinct non-blank values (those in ``order`` only, where it is given), and what ``show`` makes of them."""

    rule: ColumnRule
    show: Callable[[ColumnRule, Mapping[FactValue, int]], FactValue]

    def absorb(
        self, states: dict[Key, dict[FactValue, int]], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]
    ) -> None:
        wanted = frozenset(self.rule.order)
        for key, value, place in zip(keys, columns[source_of(self.rule)], places, strict=True):
            if key is not None and value is not None and (not wanted or value in wanted):
                state = states.setdefault(key, {})
                if place < state.get(value, place + 1):
                    state[value] = place

    def merge(self, left: dict[FactValue, int], right: dict[FactValue, int]) -> dict[FactValue, int]:
        merged = left | right
        for value in left.keys() & right.keys():
            merged[value] = min(left[value], right[value])
        return merged

    def result(self, state: dict[FactValue, int]) -> FactValue:
        return self.show(self.rule, state)


def _joined(rule: ColumnRule, places: Mapping[FactValue, int]) -> FactValue:
    if rule.order:
        values: list[FactValue] = [value for value in rule.order if value in places]
    else:
        values = sorted(places, key=lambda value: places[value])
    written: list[str] = []
    refused: list[FormatRefused] = []
    for value in values:
        try:
            written.append(str(format_value(rule, value, places[value])))
        except FormatRefused as error:
            refused.append(error)
    if refused:
        cells = [each for error in refused for each in error.values]
        raise ValuesRefused(cells) if written else FormatRefused(cells, refused[0].why)
    return rule.separator.join(written)


def _counted(rule: ColumnRule, places: Mapping[FactValue, int]) -> FactValue:
    del rule
    return len(places)


class Constant(Struct, frozen=True):
    """The same value for every key that has a row."""

    rule: ColumnRule

    def absorb(self, states: dict[Key, None], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:  # noqa: ARG002 - a constant reads nothing
        states.update(dict.fromkeys(key for key in keys if key is not None))

    def merge(self, left: None, right: None) -> None:  # noqa: ARG002 - there is nothing to join
        return None

    def result(self, state: None) -> FactValue:  # noqa: ARG002 - there is nothing to look at
        return self.rule.value


class Template(First, frozen=True):
    """The first non-blank value, written into the text ``format`` at ``{}`` (``{:%y%m}`` for a date)."""

    def result(self, state: Outermost) -> FactValue:
        place, value = state[0]
        return write_value(self.rule, value, place, write=(self.rule.format or "{}").format)


Summed = tuple[Decimal, dict[int, FactValue]]
"""The sum so far, and what cannot be added to it, by place."""

_DIGITS: Final = 131_072
"""Digits before the point that a numeric of PostgreSQL may have."""
_DECIMALS: Final = 16_383
_EXACT: Final = Context(prec=_DIGITS + _DECIMALS + 20, traps=[Inexact])


class Sum(Struct, frozen=True):
    """The exact sum of the non-blank values; a value that is no number is refused."""

    rule: ColumnRule

    def absorb(
        self, states: dict[Key, Summed], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]
    ) -> None:
        for key, amount, place in zip(keys, columns.amounts(source_of(self.rule)), places, strict=True):
            if key is not None and amount is not None:
                total, refused = states.get(key) or (Decimal(0), {})
                if _is_summable(amount):
                    total = _EXACT.add(total, amount)
                else:
                    refused[place] = amount
                states[key] = (total, refused)

    def merge(self, left: Summed, right: Summed) -> Summed:
        return _EXACT.add(left[0], right[0]), left[1] | right[1]

    def result(self, state: Summed) -> FactValue:
        total, refused = state
        refuse_values(refused, source_of(self.rule), why=_NO_NUMBER)
        return total


def _is_summable(amount: Any) -> bool:
    """Say whether a value is a number that PostgreSQL's numeric can hold."""
    if type(amount) not in (int, Decimal):
        return False
    number = Decimal(amount)
    return number.adjusted() < _DIGITS and int(number.as_tuple().exponent) >= -_DECIMALS


def _check_numbers(rule: Mapping[str, Any], source: str | None) -> Iterator[tuple[str, str]]:
    if source is not None and base_of(source) not in ("integer", "bigint", "numeric"):
        yield (
            "pick",
            say(
                "adds up numbers, and the fact column {column} is of type {source}",
                column=rule.get("from"),
                source=source,
            ),
        )


def _type_of_constant(rule: ColumnRule, source: str | None) -> str:
    del source
    return {bool: "boolean", int: "bigint", float: "numeric"}.get(type(rule.value), TEXT)


_SPECS: Final = (
    PickSpec("first", First),
    PickSpec("last", Last),
    PickSpec("most_frequent", MostFrequent),
    PickSpec("max_by", lambda rule: ByAmount(rule, larger)),
    PickSpec("min_by", lambda rule: ByAmount(rule, smaller)),
    PickSpec("concat_distinct", lambda rule: Distinct(rule, _joined), lambda *_: TEXT, lambda rule: bool(rule.order)),
    PickSpec("count_distinct", lambda rule: Distinct(rule, _counted), lambda *_: "bigint", always),
    PickSpec("constant", Constant, _type_of_constant, always),
    PickSpec("template", Template, lambda *_: TEXT),
    PickSpec("sum", Sum, lambda *_: "numeric", always, (_check_numbers,)),  # as PostgreSQL's own sum of bigint
    PickSpec("min", partial(Extreme, choose=smaller), is_order_free=always, checks=(check_order,)),
    PickSpec("max", partial(Extreme, choose=larger), is_order_free=always, checks=(check_order,)),
)

PICKS: Final[Mapping[str, PickSpec]] = {spec.name: spec for spec in _SPECS}
"""Every pick, by its name in the configuration."""
