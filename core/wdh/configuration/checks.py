"""The key ``checks`` of a domain: rules that no contract can state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wdh.configuration.faults import At, Breach, KeyPath, unknown_column
from wdh.configuration.rules import mapping_of
from wdh.words.language import say

_AMOUNTS: Final = ("running", "sum_equals")
_NUMBERS: Final = ("amount", "percent", "integer")
"""The kinds of columns that hold numbers."""


def check_checks(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check that the checks of a domain's entry name columns that it declares, and limits that leave something.

    Values may be of the wrong kind; the contract reports those.
    """
    checks, here = mapping_of(entry.get("checks")), (*path, "checks")
    for column, limits in mapping_of(checks.get("between")).items():
        if _are_reversed(limits):
            yield Breach((*here, "between", column), say("the first limit is greater than the second; exchange them"))
    columns = entry.get("columns")
    if not isinstance(columns, dict):
        return
    for place, name, wants_number in _find_columns(checks):
        point: At = "key" if place[-1] == name else "value"
        if name.strip() and name not in columns:
            yield unknown_column((*here, *place), name, columns, at=point)
        elif wants_number and (kind := _kind_of(columns.get(name))) is not None and kind not in _NUMBERS:
            yield Breach(
                (*here, *place), say("{name} is of the kind {kind}, and has no numbers", name=name, kind=kind), at=point
            )


def _find_columns(checks: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, bool]]:
    """Give each name of a column with its place, and whether the column must hold numbers."""
    yield from ((("unique", *place), name, False) for place, name in _texts(checks.get("unique")))
    for place, entry in _entries(checks.get("increasing")):
        named = _named(entry, ("column", "by")) if isinstance(entry, dict) else _texts(entry)
        yield from ((("increasing", *place, *rest), name, False) for rest, name in named)
    for kind in _AMOUNTS:
        for place, entry in _entries(checks.get(kind)):
            for rest, name in _amounts(mapping_of(entry)):
                yield (kind, *place, *rest), name, rest[0] != "by"
    yield from ((("between", name), name, False) for name in mapping_of(checks.get("between")))


def _amounts(entry: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    if "column" in entry or len(entry) != 1:
        yield from _named(entry, ("column", "plus", "minus", "by"))
        return
    for column, others in entry.items():
        yield (column,), column
        yield from (((column, *place), name) for place, name in _texts(others))


def _named(entry: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[tuple[KeyPath, str]]:
    for key in keys:
        yield from (((key, *place), name) for place, name in _texts(entry.get(key)))


def _texts(value: Any) -> Iterator[tuple[KeyPath, str]]:
    """Give each text of a value with its place: the value itself, or those of a list, and of lists in it."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        yield from (((place, *rest), name) for place, item in enumerate(value) for rest, name in _texts(item))


def _entries(value: Any) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, list):
        yield from (((place,), entry) for place, entry in enumerate(value))
    else:
        yield (), value


def _are_reversed(limits: Any) -> bool:
    if not (isinstance(limits, list) and len(limits) == 2):
        return False
    low, high = limits
    if isinstance(low, str) and isinstance(high, str):
        return low > high
    return all(type(limit) in (int, float) for limit in limits) and low > high


def _kind_of(column: Any) -> str | None:
    kind = column if isinstance(column, str) else mapping_of(column).get("kind")
    return kind if isinstance(kind, str) else None
