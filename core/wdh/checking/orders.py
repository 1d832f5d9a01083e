"""Checks of values beside others of their column: unique, increasing, between two."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from wdh.checking.figures import show
from wdh.checking.reasons import CheckReason, put
from wdh.facts import FactValue, Place
from wdh.facts.sheets import FactReject, FactSheets, SheetRow
from wdh.words.language import say


class Unique(Struct, frozen=True):
    """No two facts of the run have the same values in all columns; facts with a blank in one of them are not compared.

    The first one stands, and those that follow are refused.
    """

    names: tuple[str, ...]
    setting: str = "checks.unique"

    def find(self, facts: FactSheets) -> Iterator[FactReject]:
        """Find the facts that repeat others. Memory is that of a number for each fact, and of values that repeat."""
        again = self._find_repeated(facts)
        if not again:
            return
        first: dict[tuple[FactValue, ...], Place] = {}
        for row in facts.rows(*self.names):
            if None in row.values or hash(row.values) not in again:
                continue
            known = first.get(row.values)
            if known is None:
                first[row.values] = row.place(self.names[0])
            else:
                yield self._refuse(row, known)

    def _find_repeated(self, facts: FactSheets) -> set[int]:
        """Find the hashes that more than one fact has: the values themselves are looked at later."""
        seen: set[int] = set()
        again: set[int] = set()
        for row in facts.rows(*self.names):
            if None in row.values:
                continue
            own = hash(row.values)
            (again if own in seen else seen).add(own)
        return again

    def _refuse(self, row: SheetRow, first: Place) -> FactReject:
        columns, values = ", ".join(self.names), ", ".join(map(show, row.values))
        sentence = put(CheckReason.NOT_UNIQUE, columns=columns, values=values, place=str(first))
        return row.reject(self.names[0], CheckReason.NOT_UNIQUE.value, sentence)


class Increasing(Struct, frozen=True):
    """No value is less than that of the row before, nor equal to it where the order is ``strict``.

    Blanks are passed over. Rows are compared in their sheet, in the groups of equal values of ``by``. Texts are
    compared character by character.
    """

    column: str
    by: tuple[str, ...] = ()
    strict: bool = False
    setting: str = "checks.increasing"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column, *self.by)

    def find(self, facts: FactSheets) -> Iterator[FactReject]:
        """Find the rows that go back."""
        for sheet in facts.sheets():
            last: dict[tuple[FactValue, ...], tuple[Any, int]] = {}
            for row in sheet.rows(*self.names):
                value: Any = row.values[0]
                if value is None:
                    continue
                before, number = last.get(row.values[1:], (None, 0))
                if before is not None and (value < before or (self.strict and value == before)):
                    yield self._refuse(row, before, number)
                last[row.values[1:]] = value, row.number

    def _refuse(self, row: SheetRow, before: FactValue, number: int) -> FactReject:
        expected = say("a greater value") if self.strict else say("no smaller value")
        sentence = put(
            CheckReason.NOT_INCREASING,
            column=self.column,
            value=show(row.values[0]),
            before=say("row {row}", row=number),
            previous=show(before),
            expected=expected,
        )
        return row.reject(self.column, CheckReason.NOT_INCREASING.value, sentence)


class Between(Struct, frozen=True):
    """Each value is at least ``low`` and at most ``high``; None is no limit. A blank is not compared.

    A limit that is a date holds for the days of dates with times.
    """

    column: str
    low: FactValue
    high: FactValue
    setting: str = "checks.between"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    def find(self, facts: FactSheets) -> Iterator[FactReject]:
        """Find the values beyond the limits."""
        has_times = facts.kind(self.column) == "datetime"
        low, high = (_Limit(limit, has_times=has_times) for limit in (self.low, self.high))
        for row in facts.rows(self.column):
            value = row.values[0]
            if value is None or (low.compare(value) >= 0 and high.compare(value) <= 0):
                continue
            told = {"column": self.column, "value": show(value), "expected": self._show_limits()}
            yield row.reject(self.column, CheckReason.NOT_BETWEEN.value, put(CheckReason.NOT_BETWEEN, **told))

    def _show_limits(self) -> str:
        if self.low is None:
            return say("at most {high}", high=show(self.high))
        if self.high is None:
            return say("at least {low}", low=show(self.low))
        return say("{low} to {high}", low=show(self.low), high=show(self.high))


class _Limit:
    def __init__(self, limit: Any, *, has_times: bool) -> None:
        self._limit = limit
        self._is_day = has_times and not isinstance(limit, datetime.datetime)

    def compare(self, value: Any) -> int:
        """Say whether a value is less (-1), equal or not limited (0), or greater (1)."""
        if self._limit is None:
            return 0
        own = value.date() if self._is_day else value
        return int(own > self._limit) - int(own < self._limit)
