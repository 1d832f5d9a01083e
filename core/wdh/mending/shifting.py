"""Moves references of a sheet to the right, as if columns had been inserted before the first one."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from wdh.facts.cells import column_index, column_letter

LAST_COLUMN: Final = 16_383
"""The index of the last column that a sheet has (XFD)."""

_END: Final = re.compile(r"(\$?)([A-Za-z]{1,3})?(\$?)([1-9]\d{0,6})?")
_NAME: Final = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")
_UNMOVABLE: Final = frozenset(("INDIRECT(", "ADDRESS(", "COLUMN(", "CELL(", "GETPIVOTDATA("))
"""Functions whose result depends on where columns are, other than by references that can be moved."""


class Shift(Struct, frozen=True):
    """A move of all columns of the sheet ``sheet`` to the right ``by`` that many."""

    sheet: str
    by: int

    def column(self, index: int) -> int | None:
        """Move a column, counted from 0; None: it falls off the sheet."""
        moved = index + self.by
        return moved if moved <= LAST_COLUMN else None

    def cell(self, name: str) -> str | None:
        """Move a cell such as ``B12``; None: it is no cell, or falls off the sheet."""
        match = _NAME.fullmatch(name)
        moved = None if match is None else self.column(column_index(match[1]))
        return None if match is None or moved is None else f"{column_letter(moved)}{match[2]}"

    def area(self, text: str) -> str | None:
        """Move a cell, range, or whole columns or rows, with or without ``$``; None: it cannot be moved."""
        first, colon, last = text.partition(":")
        ends = [_END.fullmatch(first), *([_END.fullmatch(last)] if colon else [])]
        if any(end is None or not (end[2] or end[4]) for end in ends):
            return None
        shapes = {(end[2] is None, end[4] is None) for end in ends if end is not None}
        if len(shapes) > 1 or (not colon and shapes != {(False, False)}):
            return None
        moved = [self._end(end[1], end[2], end[3], end[4], is_last=place > 0) for place, end in enumerate(ends) if end]
        return None if None in moved else ":".join(filter(None, moved))

    def _end(self, dollar: str, letters: str | None, fixed: str, row: str | None, *, is_last: bool) -> str | None:
        if letters is None:
            return f"{dollar}{fixed}{row}"
        index = column_index(letters) + self.by
        if index > LAST_COLUMN and not is_last:
            return None
        return f"{dollar}{column_letter(min(index, LAST_COLUMN))}{fixed}{row or ''}"

    def areas(self, text: str) -> str | None:
        """Move ranges parted by blanks, and leave out those that fall off; None: none is left."""
        moved = [area for area in map(self.area, text.split()) if area is not None]
        return " ".join(moved) or None

    def formula(self, text: str, names: Collection[str] = ()) -> str | None:
        """Move the references of a formula to its own sheet; ``names`` are those it may use.

        None: it refers to other sheets, or to what cannot be moved.
        """
        from openpyxl.formula import Tokenizer

        try:
            tokens = Tokenizer(f"={text}").items
        except Exception:  # the tokenizer raises errors of any kind over what is no formula
            return None
        moved: list[str] = []
        for token in tokens:
            value: str | None = token.value
            if token.type == "FUNC" and token.value.upper() in _UNMOVABLE:
                return None
            if token.type == "OPERAND" and token.subtype == "RANGE":
                value = self._reference(token.value, names)
            if value is None:
                return None
            moved.append(value)
        return "".join(moved)

    def _reference(self, text: str, names: Collection[str]) -> str | None:
        sheet, mark, area = text.rpartition("!")
        if mark and sheet.removeprefix("'").removesuffix("'").replace("''", "'") != self.sheet:
            return None
        moved = self.area(area)
        if moved is None:
            return text if not mark and area in names else None
        return f"{sheet}{mark}{moved}"
