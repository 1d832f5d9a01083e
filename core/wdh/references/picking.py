"""The parts of picks: keys, places, the values that they refuse, the comparison of amounts, and their spec."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from wdh.facts import FactValue
from wdh.settings import ColumnRule
from wdh.words.language import join, later, say

Key = Hashable
"""The value of the key column, or a tuple of values where the key has several columns."""

_ROW_BITS = 21  # a sheet has at most 2**20 rows
_GROUP_BITS = 14  # and 2**14 columns


def position(workbook: int, row: int, group: int = 0) -> int:
    """Number a fact across workbooks: by its workbook, then its row, then its group among several of one row."""
    return (workbook << _ROW_BITS | row) << _GROUP_BITS | group


def row_of(place: int) -> tuple[int, int]:
    """Undo :func:`position`: (workbook, sheet row)."""
    row = place >> _GROUP_BITS
    return row >> _ROW_BITS, row & ((1 << _ROW_BITS) - 1)


State = TypeVar("State")
Ranked = TypeVar("Ranked", bound=tuple[Any, ...])


class RefusedValue(Struct, frozen=True):
    """A value of the fact column ``source`` that a pick cannot use; ``sentence`` says why, and what to do."""

    place: int
    source: str
    value: FactValue
    sentence: str


class ValuesRefused(Exception):
    """A pick has no result, for there are values that it cannot use."""

    def __init__(self, values: Sequence[RefusedValue]) -> None:
        super().__init__(values)
        self.values = tuple(values)


class FormatRefused(ValuesRefused):
    """The format of the rule can write none of the values; ``why`` says what is wrong with the first."""

    def __init__(self, values: Sequence[RefusedValue], why: str) -> None:
        super().__init__(values)
        self.why = why


class Columns(Protocol):
    """The fact columns of one batch, as a pick reads them: blanks are None."""

    def __getitem__(self, name: str, /) -> Sequence[FactValue]: ...

    def amounts(self, name: str, /) -> Sequence[Any]:
        """Give a column made :func:`comparable`."""


class Pick(Protocol[State]):
    """One rule at work. ``keys`` has None for rows without a key; they contribute nothing."""

    @property
    def rule(self) -> ColumnRule:
        """The rule."""

    def absorb(self, states: dict[Key, State], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        """Add the rows of a batch to the states of their keys."""

    def merge(self, left: State, right: State) -> State:
        """Join two states of the same key, seen in different parts of the rows."""

    def result(self, state: State) -> FactValue:
        """Say what was picked; None where all rows were blank. Raises ValuesRefused."""


def comparable(value: FactValue) -> Any:
    """Make numbers comparable as the workbook shows them: the float 0.1 and the Decimal 0.1 are equal."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def kind_of(value: FactValue) -> str:
    """Name the kind of a value, in words; values of one kind can be compared."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime.datetime):
        return "moment" if value.tzinfo is None else "moment with a time zone"
    return "day" if isinstance(value, datetime.date) else "number"


def show_value(value: FactValue) -> str:
    """Show a value in a sentence, with its kind."""
    if isinstance(value, bool):
        return say("the boolean {value}", value=value)
    return say(_SHOWN[kind_of(value)], value=value)


_SHOWN: Final = {
    "text": later("the text {value!r}"),
    "moment": later("the moment {value}"),
    "moment with a time zone": later("the moment with a time zone {value}"),
    "day": later("the day {value}"),
    "number": later("the number {value}"),
}


Amount = tuple[Any, int]
"""An amount and its place."""


class Mixed(Struct, frozen=True):
    """The outermost amounts of one key that cannot be compared, with their places: one of each kind."""

    amounts: tuple[Amount, ...]


def _mix(*sides: tuple[Any, ...], choose: Callable[..., Any]) -> tuple[Any, ...]:
    """Join two that cannot be compared: of each kind the one that ``choose`` chooses. Nothing else of them is kept."""
    found: dict[str, Amount] = {}
    for side in sides:
        for one in side[0].amounts if isinstance(side[0], Mixed) else (side[:2],):
            kind = kind_of(one[0])
            found[kind] = choose(found[kind], one) if kind in found else one
    amounts = tuple(sorted(found.values(), key=lambda one: one[1]))
    return (Mixed(amounts), amounts[0][1], *(None for _ in sides[0][2:]))


def refuse_mixed(amount: Any, source: str) -> None:
    """Raise ValuesRefused for amounts of several kinds."""
    if not isinstance(amount, Mixed):
        return
    refused = []
    for value, place in amount.amounts:
        others = join(
            say(" and "), (show_value(other) for other, _ in amount.amounts if kind_of(other) != kind_of(value))
        )
        sentence = say(
            "{value} cannot be compared with {others} in another row of the same key: make the cells of "
            "this column all of one kind",
            value=show_value(value),
            others=others,
        )
        refused.append(RefusedValue(place, source, value, sentence))
    raise ValuesRefused(refused)


def refuse_values(refused: Mapping[int, FactValue], source: str, *, why: str) -> None:
    """Raise ValuesRefused for each of some values, which are by place, if there are any; ``why`` is said then."""
    if refused:
        values = sorted(refused.items(), key=lambda item: item[0])
        raise ValuesRefused(
            [
                RefusedValue(place, source, value, say("{value} {why}", value=show_value(value), why=say(why)))
                for place, value in values
            ]
        )


def larger(left: Ranked, right: Ranked) -> Ranked:
    """Choose the larger amount (None is the smallest), then the earlier place; both start with (amount, place).

    Amounts that cannot be compared are kept both, as :class:`Mixed`.
    """
    if left[0] is None or right[0] is None:
        if (left[0] is None) == (right[0] is None):
            return left if left[1] <= right[1] else right
        return right if left[0] is None else left
    if left[0] == right[0]:
        return left if left[1] <= right[1] else right
    try:
        return left if left[0] > right[0] else right
    except TypeError:
        return _mix(left, right, choose=larger)  # type: ignore[return-value]


def smaller(left: Ranked, right: Ranked) -> Ranked:
    """Choose the smaller amount (None is never chosen before an amount), then the earlier place."""
    if left[0] is None or right[0] is None or left[0] == right[0]:
        return larger(left, right)
    try:
        return left if left[0] < right[0] else right
    except TypeError:
        return _mix(left, right, choose=smaller)  # type: ignore[return-value]


def source_of(rule: ColumnRule) -> str:
    """Name the fact column that the pick of a rule reads."""
    if rule.source is None:
        raise AssertionError("the contract demands a source for every pick that reads")
    return rule.source


def format_value(rule: ColumnRule, value: FactValue, place: int) -> FactValue:
    """Write a value in the format of the rule, where it has one. Raises FormatRefused."""
    if value is None or rule.format is None:
        return value
    spec = rule.format
    return write_value(rule, value, place, write=lambda value: format(value, spec))


def write_value(rule: ColumnRule, value: FactValue, place: int, *, write: Callable[[FactValue], str]) -> str:
    """Write a value with ``write``. Raises FormatRefused for one that has no such form."""
    try:
        return write(value)
    except (ValueError, TypeError, OverflowError) as error:
        sentence = say(
            "{value} cannot be written in the format {format!r}: correct the cell, or the format in data_sources.yml",
            value=show_value(value),
            format=rule.format,
        )
        raise FormatRefused([RefusedValue(place, source_of(rule), value, sentence)], str(error)) from error


TEXT: Final = "text"

Check = Callable[[Mapping[str, Any], str | None], Iterator[tuple[str, str]]]
"""Finds what is wrong with a rule as the configuration writes it: (key of the rule, message).

The second argument is the PostgreSQL type of the fact column that the rule reads; None: it is not known.
"""


def base_of(source: str | None) -> str:
    """Give a type without its limits: varchar(20) is varchar. Empty where none is known."""
    return (source or "").partition("(")[0]


def _as_it_stands(rule: ColumnRule, source: str | None) -> str:
    """Give the type of a value that is taken from a fact column of type ``source``, and formatted where asked."""
    return TEXT if source is None or rule.format is not None else source


def always(_: ColumnRule) -> bool:
    """Say that the result of a rule never depends on the order of the facts."""
    return True


class PickSpec(Struct, frozen=True):
    """All that is known about a pick: one in ``picks.PICKS`` and in the contract ``refs`` can be used.

    ``make`` builds the pick of a rule. ``sql_type`` gives the PostgreSQL type of the result from the rule and the type
    of the fact column it reads (None: it reads none). ``is_order_free`` says whether the result of a rule is the same
    in every order of the facts, whatever their values. ``checks`` judge a rule before a run.
    """

    name: str
    make: Callable[[ColumnRule], Pick[Any]]
    sql_type: Callable[[ColumnRule, str | None], str] = _as_it_stands
    is_order_free: Callable[[ColumnRule], bool] = lambda _: False
    checks: tuple[Check, ...] = ()
