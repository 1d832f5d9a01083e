"""A small sample that has the shape of the real rows and none of their content.

Names are the header and a number, codes keep their shape, figures are drawn at random; which key goes with which is
kept, so that the same references follow from it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final

from msgspec import Struct

from wdh.facts import FactValue
from wdh.inspection import Declaration, Expected, FilePattern, FoundColumn, FoundReference, Inspection, Scope

ROWS: Final = 48
_ROOTS: Final = 4
_CHILDREN: Final = 2
_OTHERS: Final = 6
_DEFAULT_MONTH: Final = (2024, 11)
_DEFAULT_SHAPE: Final = "A0000"
_RADIX: Final = {"0": "0123456789", "A": "ABCDEFGHJKLMNPQRSTUVWXYZ", "a": "abcdefghjkmnpqrstuvwxyz"}
_STAND_IN: Final = "甲"

_COLUMNS: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
    ("月度", "month", {"required": True}, ()),
    ("店铺代码", "code", {"aliases": ["店号"], "width": 4, "required": True}, ("0000",)),
    ("店铺名称", "text", {"max_length": 255}, ()),
    ("城市", "text", {"max_length": 255}, ()),
    ("销售额", "amount", {"scale": 2}, ()),
    ("毛利率", "percent", {}, ()),
)


class Invented(Struct, frozen=True):
    """A value that was made up: what the cell holds, its number format, and the fact that it must become."""

    cell: Any
    fact: FactValue
    number_format: str = "General"


Row = Mapping[str, Invented]


class Sample(Struct, frozen=True):
    """The rows that were made up, and those of each reference that follow from them, sorted by key."""

    rows: Sequence[Row]
    references: Mapping[str, Sequence[Mapping[str, FactValue]]]


def invent_sample(found: Inspection, pattern: FilePattern) -> Sample:
    """Make up rows for a sheet, the same ones each time; their month is that of the file's name."""
    inventor = _Inventor(found, pattern)
    rows = [inventor.row() for _ in range(ROWS)]
    references = {reference.name: _derive(reference, rows) for reference in found.references}
    return Sample(rows, references)


def _derive(reference: FoundReference, rows: Sequence[Row]) -> Sequence[Mapping[str, FactValue]]:
    names = (reference.key, *reference.columns)
    first: dict[FactValue, Mapping[str, FactValue]] = {}
    for row in rows:
        first.setdefault(row[reference.key].fact, {name: row[name].fact for name in names})
    return tuple(first[key] for key in sorted(first, key=str))


class _Inventor:
    def __init__(self, found: Inspection, pattern: FilePattern) -> None:
        self._found = found
        self._random = Random(20241101)  # noqa: S311 - a sample that is the same each time
        year, month = _DEFAULT_MONTH
        self._month = datetime.date(pattern.year or year, pattern.month or month, 1)
        self._keys: dict[str, dict[tuple[int, ...], list[int]]] = {one.name: {} for one in found.references}
        self._owners = {column: one for one in found.references for column in one.columns}

    def row(self) -> Row:
        """Make up a row: first which keys it is about, parents before children, then what is in its cells."""
        numbers: dict[str, int] = {}
        for reference in self._found.references:
            numbers[reference.name] = self._choose(reference, numbers)
        keys = {one.key: numbers[one.name] for one in self._found.references}
        return {column.name: self._invent(column, keys, numbers) for column in self._found.columns}

    def _choose(self, reference: FoundReference, numbers: Mapping[str, int]) -> int:
        """Choose one of the few keys that the chosen parents have."""
        above = tuple(numbers[name] for name in reference.depends_on)
        known = self._keys[reference.name]
        if above not in known:
            room = _capacity(self._found.column(reference.key))
            first = sum(map(len, known.values()))
            count = min(_CHILDREN if above else _ROOTS, max(room - first, 0))
            known[above] = list(range(first, first + count)) or [0]
        return self._random.choice(known[above])

    def _invent(self, column: FoundColumn, keys: Mapping[str, int], numbers: Mapping[str, int]) -> Invented:
        owner = self._owners.get(column.name)
        if column.name in keys:
            return invent_value(column, keys[column.name], self._month)
        if owner is not None:
            return invent_value(column, numbers[owner.name], self._month)
        if column.kind in _FIGURES:
            return _FIGURES[column.kind](column, self._random)
        return invent_value(column, self._random.randrange(min(_OTHERS, _capacity(column))), self._month)


def invent_value(column: FoundColumn, number: int, month: datetime.date) -> Invented:
    """Make up the value with this number (from 0) for a column that names something, or says when."""
    if column.kind == "month":
        return Invented(month.year * 100 + month.month, month)
    if column.kind == "date":
        day = month + datetime.timedelta(days=number % 28)
        return Invented(day, day, "yyyy-mm-dd")
    if column.kind == "datetime":
        moment = datetime.datetime.combine(month, datetime.time()) + datetime.timedelta(
            days=number % 28, minutes=number
        )
        return Invented(moment, moment, "yyyy-mm-dd hh:mm:ss")
    if column.kind == "boolean":
        return Invented("否" if number % 2 else "是", number % 2 == 0)
    if column.kind == "integer":
        return Invented(number + 1, number + 1)
    shown = _name(column, number)
    return Invented(shown, column.declaration.column().spell(shown))


def _name(column: FoundColumn, number: int) -> str:
    return invent_code(_shape(column), number) if column.kind == "code" else f"{column.header}{number + 1}"


def _shape(column: FoundColumn) -> str:
    return next(
        (shape for shape in column.shapes if _room(shape) >= _OTHERS and _is_code(column, shape)), _DEFAULT_SHAPE
    )


def _is_code(column: FoundColumn, shape: str) -> bool:
    """Say whether what is made up in this shape reads as a code of the column."""
    try:
        column.declaration.column().spell(invent_code(shape, 0))
    except ValueError:
        return False
    return True


def _room(shape: str) -> int:
    room = 1
    for char in shape:
        room *= len(_RADIX.get(char, "_"))
    return room - 1


def _capacity(column: FoundColumn) -> int:
    return _room(_shape(column)) if column.kind == "code" else 1_000


def invent_code(shape: str, number: int) -> str:
    """Make up the code with this number (from 0): ``A0000`` gives ``A0001``, ``A0002``, …"""
    rest = number + 1
    made = ""
    for char in reversed(shape):
        digits = _RADIX.get(char)
        if digits is None:
            made = (char if char.isascii() or not char.isalnum() else _STAND_IN) + made
            continue
        rest, place = divmod(rest, len(digits))
        made = digits[place] + made
    return made


def _invent_amount(column: FoundColumn, random: Random) -> Invented:
    scale = min(column.declaration.options.get("scale", 2), 2)
    value = Decimal(random.randrange(1, 10**7)).scaleb(-scale)
    return Invented(float(value), value, "#,##0.00")


def _invent_percent(column: FoundColumn, random: Random) -> Invented:
    del column
    value = Decimal(random.randrange(-300, 900)).scaleb(-4)
    return Invented(float(value), value, "0.00%")


def _invent_integer(column: FoundColumn, random: Random) -> Invented:
    del column
    value = random.randrange(1, 1_000)
    return Invented(value, value)


_FIGURES: Final = {"amount": _invent_amount, "percent": _invent_percent, "integer": _invent_integer}


def example_sheet() -> Inspection:
    """Describe the example as if it had been inspected."""
    columns = tuple(
        FoundColumn(Declaration(name, kind, options), name, "ABCDEF"[place], (), shapes=shapes)
        for place, (name, kind, options, shapes) in enumerate(_COLUMNS)
    )
    shops = FoundReference(
        name="shops",
        table="店铺",
        key="店铺代码",
        columns={"店铺名称": "most_frequent", "城市": "first"},
        parents={},
        depends_on=(),
        keys=0,
        evidence=(),
    )
    return Inspection(
        file="2024年11月门店销售.xlsx",
        sheet="销售",
        table="门店销售",
        sheets=("销售",),
        header_row=2,
        rows=0,
        facts=0,
        totals=1,
        blank=0,
        hidden=0,
        columns=columns,
        left_out=(),
        expected=Expected(0, 0, ()),
        scope=Scope(("月度", "店铺代码"), ""),
        references=(shops,),
    )
