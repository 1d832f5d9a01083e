"""The records of an .xls workbook that its library passes over: which formulas have no stored result.

Source: [MS-XLS] 2.4.127 Formula, 2.4.215 RecalcId, 2.5.133 FormulaValue.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

_RECORD: Final = Struct("<HH")
_FORMULA: Final = Struct("<HHH8sH")
_FORMULAS: Final = frozenset((0x0006, 0x0206, 0x0406))
_BEGIN, _END, _RECALC_ID = 0x0809, 0x000A, 0x01C1
_CALCULATE_ON_LOAD: Final = 2
_EMPTY_TEXT, _ZERO = b"\x03\x00\x00\x00\x00\x00\xff\xff", bytes(8)


def is_calculated(stream: bytes, start: int) -> bool:
    """Say whether Excel would take the stored results as they are: it marks a workbook that it calculated."""
    return any(kind == _RECALC_ID for kind, _, _ in _records(stream, start))


def find_uncached(stream: bytes, start: int, calculated: bool) -> frozenset[tuple[int, int]]:
    """Find the cells (row, column from 0) whose formula has no result: one of nothing or zero, still to be calculated.

    ``start`` is the place of the sheet in the stream. In a workbook that is not ``calculated`` they are results all the
    same if other formulas of the sheet have one: the writers that calculate nothing store none at all.
    """
    nothing: dict[tuple[int, int], bool] = {}
    for kind, place, size in _records(stream, start):
        if kind in _FORMULAS and size >= _FORMULA.size:
            row, column, _, result, flags = _FORMULA.unpack_from(stream, place)
            if result == _ZERO or result[:1] + bytes(5) + result[6:] == _EMPTY_TEXT:
                nothing[row, column] = bool(flags & _CALCULATE_ON_LOAD)
            else:
                calculated = True
    return frozenset(cell for cell, is_awaited in nothing.items() if is_awaited or not calculated)


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Give kind, place and size of the records of a substream, up to its end; charts in it have ends of their own."""
    place, depth = start, 0
    while place + _RECORD.size <= len(stream):
        kind, size = _RECORD.unpack_from(stream, place)
        depth += (kind == _BEGIN) - (kind == _END)
        place += _RECORD.size
        yield kind, place, size
        place += size
        if depth <= 0:
            return
