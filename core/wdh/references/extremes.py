"""The smallest and the largest value of the facts that share a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from wdh.facts import FactValue
from wdh.references.picking import Columns, Key, format_value, refuse_mixed, refuse_values, source_of
from wdh.settings import ColumnRule
from wdh.words.language import later, say

Rival = tuple[Any, int, FactValue]
State = tuple[Rival | None, dict[int, FactValue]]
"""The outermost value so far (what it is compared by, its place, and itself), and the booleans, by place."""


_NO_ORDER: Final = later("has no order: write a number, a date or a text, or clear the cell")


class Extreme(Struct, frozen=True):
    """The outermost of the non-blank values: numbers by size, days by time, texts by their characters' code points.

    Values of two kinds are refused, and so are booleans, which have no order.
    """

    rule: ColumnRule
    choose: Callable[[Rival, Rival], Rival]

    def absorb(self, states: dict[Key, State], keys: Sequence[Key], *, columns: Columns, places: Sequence[int]) -> None:
        source = source_of(self.rule)
        for key, amount, place, value in zip(keys, columns.amounts(source), places, columns[source], strict=True):
            if key is not None and value is not None:
                best, refused = states.get(key) or (None, {})
                if value is True or value is False:
                    refused[place] = value
                else:
                    best = self._outer(best, (amount, place, value))
                states[key] = (best, refused)

    def merge(self, left: State, right: State) -> State:
        return self._outer(left[0], right[0]), left[1] | right[1]

    def _outer(self, left: Rival | None, right: Rival | None) -> Rival | None:
        if left is None or right is None:
            return right if left is None else left
        best = self.choose(left, right)
        if left[0] == right[0]:  # 1 and 1.0 are written differently: take the same one in every order
            return (*best[:2], min(left[2], right[2], key=str))
        return best

    def result(self, state: State) -> FactValue:
        best, refused = state
        source = source_of(self.rule)
        refuse_values(refused, source, why=_NO_ORDER)
        if best is None:
            return None
        amount, place, value = best
        refuse_mixed(amount, source)
        return format_value(self.rule, value, place)


def check_order(rule: Mapping[str, Any], source: str | None) -> Iterator[tuple[str, str]]:
    """Check that the values of the fact column have an order."""
    if source == "boolean":
        yield (
            "pick",
            say(
                "compares values, and the fact column {column} is of type boolean, which has no order",
                column=rule.get("from"),
            ),
        )
