"""What a sheet may say and what it means, as plain values: deliveries, and the facts they amount to."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

BAD: Final = object()
"""The meaning of a cell that cannot be understood."""

Value = str | datetime.date | Decimal | None
Row = dict[str, Value]
"""A row of a table, or a fact, by column."""

OCTOBER = datetime.date(2024, 10, 1)
NOVEMBER = datetime.date(2024, 11, 1)

CELLS: Final[Mapping[str, Sequence[tuple[Any, Any]]]] = {
    "月度": (
        (202411, NOVEMBER),
        ("2024年11月", NOVEMBER),
        (datetime.datetime(2024, 11, 5), NOVEMBER),  # noqa: DTZ001 - a sheet knows no time zone
        ("24年10月", OCTOBER),
        ("2024-10", OCTOBER),
        (None, BAD),
        ("2024-13", BAD),
    ),
    "计划代码": (
        ("P1", "P1"),
        ("p-1 ", "P1"),
        ("P2", "P2"),
        ("Ｐ2", "P2"),
        ("P3", "P3"),
        (None, None),
        ("(空白)", "(空白)"),
    ),
    "计划名称": (
        ("甲", "甲"),
        ("　甲 ", "甲"),
        ("乙", "乙"),
        ("禁", "禁"),
        (None, None),
        (" ", None),
        (None, None),
        ("(空白)", "(空白)"),
    ),
    "组合代码": (("G1", "G1"), ("012", "012"), (12, "12"), (" 12", "12"), (None, None), ("(空白)", "(空白)")),
    "组合名称": (("组甲", "组甲"), ("组\n乙", "组 乙"), ("", None), (None, None)),
    "客户": (("客甲", "客甲"), ("客乙", "客乙"), ("客丙", "客丙"), (None, None), ("(空白)", "(空白)")),
    "机构": (("京", "京"), ("沪", "沪"), (None, None)),
    "业务": (("受托", "受托"), ("投资", "投资"), ("其他", "其他"), (None, None)),
    "金额": (
        (1, Decimal(1)),
        (2.5, Decimal("2.5")),
        ("1,234.50", Decimal("1234.5")),
        ("(3)", Decimal(-3)),
        ("-", None),
        (None, None),
        ("#REF!", BAD),
        ("约三", BAD),
    ),
}
"""What may be written in each column, with what it means. Few values, so that keys collide."""

COLUMNS: Final = (*CELLS, "批次")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: ``written`` are its cells in the order of COLUMNS, ``meaning`` what they say, by column.

    ``kind`` is ``fact``, ``total`` (sums up others) or ``blank`` (no cell at all).
    """

    kind: str
    written: tuple[Any, ...]
    meaning: Mapping[str, Any] = field(repr=False)

    @property
    def is_bad(self) -> bool:
        """Whether any cell cannot be understood."""
        return any(value is BAD for value in self.meaning.values())


Sheets = tuple[tuple[SheetRow, ...], ...]
"""The rows of one or two workbooks, the older month's first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the rows of a delivery amount to: the facts of each workbook, and how many rows were rejected."""

    facts: tuple[tuple[Row, ...], ...]
    rejected: int

    def __iter__(self) -> Iterator[Row]:
        return (fact for facts in self.facts for fact in facts)


def take(sheets: Sheets, *, scope: Sequence[str]) -> Taken:
    """Sort the rows out. A row with a bad cell, or without a value in a column of ``scope``, is rejected."""
    rejected = 0
    taken = []
    for sheet in sheets:
        facts = []
        for row in sheet:
            if row.kind != "fact":
                continue
            if row.is_bad or any(row.meaning[column] is None for column in scope):
                rejected += 1
            else:
                facts.append(dict(row.meaning))
        taken.append(tuple(facts))
    return Taken(tuple(taken), rejected)
