"""Finds the columns of a reference row that must be the same in every order of the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wdh.facts import Facts, FactValue
from wdh.references.picking import comparable
from wdh.references.picks import PICKS
from wdh.settings import ColumnRule, Reference

Row = Mapping[str, FactValue]


def stable_columns(reference: Reference, facts: Facts) -> Mapping[tuple[FactValue, ...], frozenset[str]]:
    """Say, for each key in the facts, which columns of its reference row do not depend on the order of the facts.

    A pick that is free of order never does (PickSpec.is_order_free); max_by and min_by do not where the rows of the
    outermost amount agree on the value; most_frequent where one value stands alone at the top, its tie-break
    included; any other pick where there is one value only.
    """
    blank = {"", *reference.blank}
    columns = {name: [None if v in blank else v for v in values] for name, values in facts.columns.items()}
    rules = {rule.column: rule for rule in reference.columns}
    keys = zip(*(columns[rules[name].source or name] for name in reference.key), strict=True)
    groups: dict[tuple[FactValue, ...], list[Row]] = defaultdict(list)
    for place, key in enumerate(keys):
        if None not in key:
            groups[key].append({name: values[place] for name, values in columns.items()})
    others = [rule for rule in reference.columns if rule.column not in reference.key]
    return {
        key: frozenset((*reference.key, *(rule.column for rule in others if is_stable(rule, rows))))
        for key, rows in groups.items()
    }


def is_stable(rule: ColumnRule, rows: Sequence[Row]) -> bool:
    """Say whether a rule gives the same value for these facts of one key in any order; see stable_columns()."""
    return PICKS[rule.pick].is_order_free(rule) or len(set(_rivals(rule, rows))) <= 1


def _rivals(rule: ColumnRule, rows: Sequence[Row]) -> Iterator[FactValue]:
    """Give the values that one of the rows, standing in the right place, could make the picked one."""
    source = rule.source or rule.column
    if rule.by is not None and rule.pick in ("max_by", "min_by"):
        best = _outermost([comparable(row[rule.by]) for row in rows], is_least=rule.pick == "min_by")
        return (row[source] for row in rows if comparable(row[rule.by]) == best)
    values = [row for row in rows if row[source] is not None]
    if rule.pick != "most_frequent":
        return (row[source] for row in values)
    return _most_frequent(rule, source, values)


def _most_frequent(rule: ColumnRule, source: str, rows: Sequence[Row]) -> Iterator[FactValue]:
    counts: dict[FactValue, int] = defaultdict(int)
    for row in rows:
        counts[row[source]] += 1
    top = [value for value, count in counts.items() if count == max(counts.values())]
    if rule.tie_break is None:
        return iter(top)
    deciding = {
        value: _outermost([comparable(row[rule.tie_break]) for row in rows if row[source] == value], is_least=False)
        for value in top
    }
    best = _outermost(list(deciding.values()), is_least=False)
    return (value for value in top if deciding[value] == best)


def _outermost(amounts: Sequence[Any], *, is_least: bool) -> Any:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None
    return min(known) if is_least else max(known)
