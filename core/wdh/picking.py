"""What picks are made of: keys, places, the values that they refuse, and the comparison of amounts."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from wdh.facts import FactValue

Key = Hashable
"""The value of the key column, or a tuple of values where the key has several columns."""

_ROW_BITS = 21  # a sheet has at most 2**20 rows


def position(workbook: int, row: int) -> int:
    """Number a sheet row across workbooks: all rows of workbook 0 come before those of workbook 1."""
    return workbook << _ROW_BITS | row


def row_of(place: int) -> tuple[int, int]:
    """Undo :func:`position`: (workbook, sheet row)."""
    return place >> _ROW_BITS, place & ((1 << _ROW_BITS) - 1)


State = TypeVar("State")
Ranked = TypeVar("Ranked", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class RefusedValue:
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


class Columns(Protocol):
    """The fact columns of one batch, as a pick reads them: blanks are None."""

    def __getitem__(self, name: str, /) -> Sequence[FactValue]: ...

    def amounts(self, name: str, /) -> Sequence[Any]:
        """Give a column made :func:`comparable`."""


class Pick(Protocol[State]):
    """One rule at work. ``keys`` has None for rows without a key; they contribute nothing."""

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
    return f"the {kind_of(value)} {str(value)!r}" if isinstance(value, str) else f"the {kind_of(value)} {value}"


Amount = tuple[Any, int]
"""An amount and its place."""


@dataclass(frozen=True, slots=True)
class Mixed:
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
        others = " and ".join(show_value(other) for other, _ in amount.amounts if kind_of(other) != kind_of(value))
        sentence = (
            f"{show_value(value)} cannot be compared with {others} in another row of the same key: make the cells of "
            "this column all of one kind"
        )
        refused.append(RefusedValue(place, source, value, sentence))
    raise ValuesRefused(refused)


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
