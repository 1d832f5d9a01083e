"""Checks of amounts: a running balance, and a column that is the sum of others, in each row or over a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from wdh.checking.figures import EXACT, ZERO, Tolerance, amount, balance, show, show_amounts
from wdh.checking.reasons import CheckReason, put
from wdh.facts import FactValue, Note
from wdh.facts.sheets import FactReject, FactSheet, FactSheets, SheetRow
from wdh.words.language import join, later, say

_UNCHECKED: Final = later("Rows of these sheets were refused, so that sums over the sheets were not checked.")


class Amounts(Struct, frozen=True):
    """A column of amounts, and those that are added and taken away to give it; what differs by ``tolerance`` is equal.

    ``by`` are the columns by whose values rows are grouped; a blank is a value like others there.
    """

    column: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    by: tuple[str, ...] = ()
    tolerance: Decimal = ZERO

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are read: the column, those added, those taken away, and those of the group."""
        return (self.column, *self.plus, *self.minus, *self.by)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that hold amounts."""
        return (self.column, *self.plus, *self.minus)

    def judge(self, facts: FactSheets) -> Tolerance:
        """Say when two amounts are equal."""
        return Tolerance(self.tolerance, has_floats=any(map(facts.has_floats, self.numbers)))

    def read(self, sheet: FactSheet) -> Iterator[tuple[SheetRow, Entry]]:
        """Read the rows of a sheet with their amounts."""
        first, second = 1 + len(self.plus), 1 + len(self.plus) + len(self.minus)
        for row in sheet.rows(*self.names):
            values = row.values
            plus, minus = [*map(amount, values[1:first])], [*map(amount, values[first:second])]
            stated = values[0] if isinstance(values[0], Decimal) else None
            size = balance([each.copy_abs() for each in (*plus, *minus)], ())
            yield row, Entry(stated, balance(plus, minus), size, values[second:])

    def show_sum(self) -> str:
        """Name the columns as they are added up: ``期初 + 供款 - 流失``."""
        return " ".join((" + ".join(self.plus), *(f"- {name}" for name in self.minus))).strip()


class Entry(Struct, frozen=True):
    """The amounts of one row: the one that is ``stated`` (None: none is), and the ``change`` that the others make.

    ``size`` is what their absolute values come to; ``group`` are the values by which rows are grouped.
    """

    stated: Decimal | None
    change: Decimal
    size: Decimal
    group: tuple[FactValue, ...]


class _Chain:
    """A running balance as far as it was read: the last one ``stated``, in row ``row``, and what came since then.

    ``carried`` is the balance as it would be if every one stated before had been right. ``change`` and ``size`` are
    those of the ``entries`` since.
    """

    __slots__ = ("carried", "change", "entries", "row", "size", "stated")

    def __init__(self, stated: Decimal, row: int) -> None:
        self.carried = stated
        self._begin(stated, row)

    def _begin(self, stated: Decimal, row: int) -> None:
        self.stated, self.row, self.entries = stated, row, 0
        self.change, self.size = ZERO, stated.copy_abs()

    def add(self, entry: Entry) -> None:
        self.change, self.size = EXACT.add(self.change, entry.change), EXACT.add(self.size, entry.size)
        self.entries += 1

    def go_on(self, stated: Decimal, row: int, *, is_right: bool) -> None:
        self.carried = stated if is_right else EXACT.add(self.carried, self.change)
        self._begin(stated, row)


class Running(Struct, frozen=True):
    """Each balance is that of the row before with the row's own amounts; the first of a sheet, or group, is free.

    A row without a balance is not compared, and its amounts count towards the next one. A wrong balance is told once: a
    row is right if it follows from what the row before states or from what it should have been. Where rows were refused
    in between, the balance begins anew.
    """

    amounts: Amounts
    setting: str = "checks.running"

    def find(self, facts: FactSheets) -> Iterator[FactReject]:
        """Find the balances that do not follow."""
        tolerance = self.amounts.judge(facts)
        for sheet in facts.sheets():
            chains: dict[tuple[FactValue, ...], _Chain] = {}
            for row, entry in self.amounts.read(sheet):
                if row.follows_reject:
                    chains.clear()
                chain = chains.get(entry.group)
                if chain is not None:
                    chain.add(entry)
                if entry.stated is None:
                    continue
                if chain is None:
                    chains[entry.group] = _Chain(entry.stated, row.number)
                    continue
                followed = (EXACT.add(before, chain.change) for before in (chain.stated, chain.carried))
                is_right = any(tolerance.allows(entry.stated, each, size=chain.size) for each in followed)
                if not is_right:
                    yield self._refuse(row, entry.stated, chain)
                chain.go_on(entry.stated, row.number, is_right=is_right)

    def _refuse(self, row: SheetRow, stated: Decimal, chain: _Chain) -> FactReject:
        column = self.amounts.column
        expected = EXACT.add(chain.stated, chain.change)
        value, previous, change, wanted = show_amounts(stated, chain.stated, chain.change, expected)
        names = (*self.amounts.plus, *self.amounts.minus)
        told = {"names": join(say(" and "), names), "change": change}
        has_one = len(self.amounts.plus) == 1 and not self.amounts.minus
        if chain.entries > 1:
            several = say("since then {names} come to {change}", **told)
            amounts = say("since then {names} comes to {change}", **told) if has_one else several
        else:
            several = say("this row's {names} come to {change}", **told)
            amounts = say("this row's {names} is {change}", **told) if has_one else several
        return row.reject(
            column,
            CheckReason.RUNNING_DIFFERS.value,
            put(
                CheckReason.RUNNING_DIFFERS,
                column=column,
                value=value,
                before=say("row {row}", row=chain.row),
                previous=previous,
                amounts=amounts,
                expected=wanted,
            ),
        )


class RowSum(Struct, frozen=True):
    """A column is the sum of others in each row. A row in which it is blank is not compared; other blanks are zero."""

    amounts: Amounts
    setting: str = "checks.sum_equals"

    def find(self, facts: FactSheets) -> Iterator[FactReject]:
        """Find the rows whose sum differs."""
        tolerance = self.amounts.judge(facts)
        for sheet in facts.sheets():
            for row, entry in self.amounts.read(sheet):
                if entry.stated is None or tolerance.allows(entry.stated, entry.change, size=entry.size):
                    continue
                value, expected = show_amounts(entry.stated, entry.change)
                told = {"column": self.amounts.column, "value": value, "expected": expected}
                sentence = put(CheckReason.SUM_DIFFERS, amounts=self.amounts.show_sum(), **told)
                yield row.reject(self.amounts.column, CheckReason.SUM_DIFFERS.value, sentence)


class SheetSum(Struct, frozen=True):
    """The sum of a column over a sheet, or over each group of its rows, is that of others; blanks are zero.

    It is told at the last row. Where rows of the sheet were refused, nobody knows its sums, and a note says so.
    """

    amounts: Amounts
    setting: str = "checks.sum_equals"

    def find(self, facts: FactSheets) -> Iterator[FactReject | Note]:
        """Find the sums that differ, at the last row of each."""
        tolerance = self.amounts.judge(facts)
        for sheet in facts.sheets():
            if sheet.refused:
                yield Note(
                    "sums_unchecked",
                    say(_UNCHECKED),
                    {say("{file}, sheet {sheet}", file=sheet.file, sheet=sheet.sheet): sheet.refused},
                )
                continue
            sums: dict[tuple[FactValue, ...], tuple[SheetRow, Decimal, Decimal, Decimal]] = {}
            for row, entry in self.amounts.read(sheet):
                _, stated, change, size = sums.get(entry.group, (row, ZERO, ZERO, ZERO))
                own = entry.stated or ZERO
                sums[entry.group] = (
                    row,
                    EXACT.add(stated, own),
                    EXACT.add(change, entry.change),
                    EXACT.add(size, EXACT.add(entry.size, own.copy_abs())),
                )
            for group, (last, stated, change, size) in sums.items():
                if not tolerance.allows(stated, change, size=size):
                    yield self._refuse(last, group, (stated, change))

    def _refuse(self, last: SheetRow, group: Sequence[FactValue], sums: tuple[Decimal, Decimal]) -> FactReject:
        extent = ", ".join(f"{name} {show(value)}" for name, value in zip(self.amounts.by, group, strict=True))
        value, expected = show_amounts(*sums)
        reason = CheckReason.SHEET_SUM_DIFFERS
        told = {"extent": extent or say("the sheet"), "value": value, "expected": expected}
        sentence = put(reason, column=self.amounts.column, others=self.amounts.show_sum(), **told)
        return last.reject(self.amounts.column, reason.value, sentence)
