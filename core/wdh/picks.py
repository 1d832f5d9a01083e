"""How one value of a reference row is picked from the many fact rows that share its key.

Each pick is a mergeable aggregate: it keeps one small state per key, and merging the states of any split of the rows,
in any order, gives the state of one pass over them. Positions (see :func:`position`) stand for the sheet order, so
that "first" means the same however the rows were dealt out. Picks and states can be pickled, for other processes.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from wdh.facts import FactValue
from wdh.settings import ColumnRule

_TEXT: Final = "text"

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
        """Say what was picked; None where all rows were blank."""


Check = Callable[[Mapping[str, Any], str | None], Iterator[tuple[str, str]]]
"""Finds what is wrong with a rule as the configuration writes it: (key of the rule, message).

The second argument is the PostgreSQL type of the fact column that the rule reads; None: it is not known.
"""


def _as_it_stands(rule: ColumnRule, source: str | None) -> str:
    """Give the type of a value that is taken from a fact column of type ``source``, and formatted where asked."""
    return _TEXT if source is None or rule.format is not None else source


def _never(rule: ColumnRule) -> bool:
    del rule
    return False


def _always(rule: ColumnRule) -> bool:
    del rule
    return True


@dataclass(frozen=True, slots=True)
class PickSpec:
    """All that is known about a pick; adding one to :data:`PICKS` and to the contract ``refs`` makes it known.

    ``make`` builds the pick of a rule. ``sql_type`` gives the PostgreSQL type of the result from the rule and the type
    of the fact column it reads (None: it reads none). ``is_order_free`` says whether the result of a rule is the same
    in every order of the facts, whatever their values. ``checks`` judge a rule before a run.
    """

    name: str
    make: Callable[[ColumnRule], Pick[Any]]
    sql_type: Callable[[ColumnRule, str | None], str] = _as_it_stands
    is_order_free: Callable[[ColumnRule], bool] = _never
    checks: tuple[Check, ...] = ()


def make_pick(rule: ColumnRule) -> Pick[Any]:
    """Build the pick that ``rule`` names."""
    return PICKS[rule.pick].make(rule)


def check_rule(rule: Mapping[str, Any], source: str | None) -> Iterator[tuple[str, str]]:
    """Find what the pick of a rule objects to in it; see :data:`Check`. A pick that is not known objects to nothing."""
    name = rule.get("pick", "first")
    spec = PICKS.get(name) if isinstance(name, str) else None
    for check in spec.checks if spec is not None else ():
        yield from check(rule, source)


def comparable(value: FactValue) -> Any:
    """Make numbers comparable as the workbook shows them: the float 0.1 and the Decimal 0.1 are equal."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _format(rule: ColumnRule, value: FactValue) -> FactValue:
    return value if value is None or rule.format is None else format(value, rule.format)


Seen = tuple[int, FactValue]
Outermost = tuple[Seen, ...]
"""The one or two outermost distinct values with their places; a second one means that the facts disagree."""


@dataclass(frozen=True, slots=True)
class First:
    """The first non-blank value in sheet order. Remembers a second, different value: that is a disagreement."""

    rule: ColumnRule

    def absorb(
        self, states: dict[Key, Outermost], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]
    ) -> None:
        # The states are looked up as the rows come, so that each row sees what those before it left.
        known = map(states.get, keys)
        for key, value, place, state in zip(keys, columns[_source(self.rule)], places, known, strict=True):
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
        return _format(self.rule, state[0][1])


@dataclass(frozen=True, slots=True)
class Last:
    """The last non-blank value in sheet order."""

    rule: ColumnRule

    def absorb(self, states: dict[Key, Seen], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        for key, value, place in zip(keys, columns[_source(self.rule)], places, strict=True):
            if key is not None and value is not None:
                state = states.get(key)
                if state is None or place > state[0]:
                    states[key] = (place, value)

    def merge(self, left: Seen, right: Seen) -> Seen:
        return max(left, right, key=lambda seen: seen[0])

    def result(self, state: Seen) -> FactValue:
        return _format(self.rule, state[1])


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


@dataclass(frozen=True, slots=True)
class MostFrequent:
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
        values = columns[_source(self.rule)]
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
            best = _larger(best, other)
        return _format(self.rule, best[2])


def _stand(left: Standing, right: Standing) -> Standing:
    best = _larger(left[1:], right[1:])
    return (left[0] + right[0], best[0], best[1])


Ranked = TypeVar("Ranked", bound=tuple[Any, ...])


def _larger(left: Ranked, right: Ranked) -> Ranked:
    """Choose the larger amount (None is the smallest), then the earlier place; both start with (amount, place)."""
    if left[0] is None or right[0] is None:
        if (left[0] is None) == (right[0] is None):
            return left if left[1] <= right[1] else right
        return right if left[0] is None else left
    if left[0] == right[0]:
        return left if left[1] <= right[1] else right
    return left if left[0] > right[0] else right


def _smaller(left: Ranked, right: Ranked) -> Ranked:
    """Choose the smaller amount (None is never chosen before an amount), then the earlier place."""
    if left[0] is None or right[0] is None or left[0] == right[0]:
        return _larger(left, right)
    return left if left[0] < right[0] else right


Rival = tuple[Any, int, FactValue]


@dataclass(frozen=True, slots=True)
class ByAmount:
    """The value, blank or not, of the row whose ``by`` is the outermost; then of the first such row.

    A blank is not passed over: the code and the name of an institution must come from one and the same row.
    """

    rule: ColumnRule
    choose: Callable[[Rival, Rival], Rival]

    def absorb(self, states: dict[Key, Rival], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        assert self.rule.by is not None, "the contract demands `by` here"  # noqa: S101
        amounts = columns.amounts(self.rule.by)
        for key, amount, place, value in zip(keys, amounts, places, columns[_source(self.rule)], strict=True):
            if key is not None:
                rival = (amount, place, value)
                state = states.get(key)
                states[key] = rival if state is None else self.choose(state, rival)

    def merge(self, left: Rival, right: Rival) -> Rival:
        return self.choose(left, right)

    def result(self, state: Rival) -> FactValue:
        return _format(self.rule, state[2])


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct non-blank values (those in ``order`` only, where it is given), and what ``show`` makes of them."""

    rule: ColumnRule
    show: Callable[[ColumnRule, Mapping[FactValue, int]], FactValue]

    def absorb(
        self, states: dict[Key, dict[FactValue, int]], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]
    ) -> None:
        wanted = frozenset(self.rule.order)
        for key, value, place in zip(keys, columns[_source(self.rule)], places, strict=True):
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
    return rule.separator.join(str(_format(rule, value)) for value in values)


def _counted(rule: ColumnRule, places: Mapping[FactValue, int]) -> FactValue:
    del rule
    return len(places)


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every key that has a row."""

    rule: ColumnRule

    def absorb(self, states: dict[Key, None], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:  # noqa: ARG002 - a constant reads nothing
        states.update(dict.fromkeys(key for key in keys if key is not None))

    def merge(self, left: None, right: None) -> None:  # noqa: ARG002 - there is nothing to join
        return None

    def result(self, state: None) -> FactValue:  # noqa: ARG002 - there is nothing to look at
        return self.rule.value


@dataclass(frozen=True, slots=True)
class Template(First):
    """The first non-blank value, written into the text ``format`` at ``{}`` (``{:%y%m}`` for a date)."""

    def result(self, state: Outermost) -> FactValue:
        return (self.rule.format or "{}").format(state[0][1])


def _source(rule: ColumnRule) -> str:
    assert rule.source is not None, "the contract demands a source for every pick that reads"  # noqa: S101
    return rule.source


def _check_template(rule: Mapping[str, Any], source: str | None) -> Iterator[tuple[str, str]]:
    del source
    text = rule.get("format")
    if not isinstance(text, str):
        return
    try:
        fields = [(name, kind) for _, name, _, kind in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield "format", f"is not a template: {error}; the value stands at {{}}"
        return
    if fields != [("", None)]:
        yield "format", "a template has one place for the value, {} or {:%y%m}, and no other braces"


def _type_of_text(rule: ColumnRule, source: str | None) -> str:
    del rule, source
    return _TEXT


def _type_of_count(rule: ColumnRule, source: str | None) -> str:
    del rule, source
    return "bigint"


def _type_of_constant(rule: ColumnRule, source: str | None) -> str:
    del source
    return {bool: "boolean", int: "bigint", float: "numeric"}.get(type(rule.value), _TEXT)


def _has_order(rule: ColumnRule) -> bool:
    return bool(rule.order)


_SPECS: Final = (
    PickSpec("first", First),
    PickSpec("last", Last),
    PickSpec("most_frequent", MostFrequent),
    PickSpec("max_by", lambda rule: ByAmount(rule, _larger)),
    PickSpec("min_by", lambda rule: ByAmount(rule, _smaller)),
    PickSpec("concat_distinct", lambda rule: Distinct(rule, _joined), _type_of_text, is_order_free=_has_order),
    PickSpec("count_distinct", lambda rule: Distinct(rule, _counted), _type_of_count, is_order_free=_always),
    PickSpec("constant", Constant, _type_of_constant, is_order_free=_always),
    PickSpec("template", Template, _type_of_text, checks=(_check_template,)),
)

PICKS: Final[Mapping[str, PickSpec]] = {spec.name: spec for spec in _SPECS}
"""Every pick, by its name in the configuration."""
