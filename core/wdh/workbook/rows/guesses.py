"""Guesses the header row of an unknown sheet: the first row that looks like names of columns."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from wdh.facts.cells import CellValue, Merged, column_index, plain_value

Line = tuple[int, Sequence[CellValue]]
"""The number of a row, and its cells."""

_YEARS: Final = range(1900, 2101)
_MONTHS: Final = range(1, 13)
_AREA: Final = re.compile(r"([A-Z]+)([0-9]+)(?::([A-Z]+)([0-9]+))?")
_COLON: Final = (":", "：")
_LABELLED: Final = re.compile(
    r"""(?:金额|计量)?(?:单位|币种|日期|时间|期间|部门|机构|公司)|[填制编审上报](?:表|报|制|核)[人日单部机期].{0,4}
    |(?:unit|currency|date|period|as\ of|prepared\ by|source)s?""",
    re.VERBOSE | re.IGNORECASE,
)
"""The words before the colon of a remark beside a title: 单位：万元."""


def guess_header(lines: Sequence[Line]) -> int | None:
    """Find the place of the row that names the columns; None where there is no row.

    It is the first row of names that is more than half as wide as the widest row, so that titles and remarks above it
    are passed over; where there is none, the first that is half as wide. A row whose names all span several columns is
    no header, and one of remarks only where there is no other. Of header rows that are merged with each other it is
    the lowest, which names every column.
    """
    widths = [_count_names(cells) for _, cells in lines]
    widest = max(widths, default=0)
    wide = [place for place, width in enumerate(widths) if width * 2 >= widest]
    worded = [place for place in wide if widths[place] > 1 and is_worded(lines[place][1])]
    place = min(
        worded or wide[:1],
        key=lambda one: (_is_remark(lines[one][1], widest=widest), widths[one] * 2 == widest),
        default=None,
    )
    while place is not None and place + 1 < len(lines) and is_joined(lines[place], lines[place + 1]):
        place += 1
    return place


def is_joined(upper: Line, lower: Line) -> bool:
    """Say whether a row of names is one header with the row of names above it: a cell is merged over both."""
    return is_worded(lower[1]) and any(isinstance(cell, Merged) and _top(cell) <= upper[0] for cell in lower[1])


def is_continued(upper: Line, lower: Line) -> bool:
    """Say whether the row right below a header belongs to it: it names columns that have no name above.

    That is what a name above spans, merged or not, while other columns are named above and not in it.
    """
    if lower[0] != upper[0] + 1:
        return False
    above, below = {*_list_singles(upper[1])}, {*_list_singles(lower[1])}
    begun = {place for place in above & below if place + 1 in below - above}
    return len(below) > 1 and above & below <= begun and bool(above - below) and is_worded(lower[1])


def is_worded(cells: Sequence[CellValue]) -> bool:
    """Say whether all cells that hold something could be names: texts, and years, months or days of a calendar."""
    plain = [plain_value(cell) for cell in cells]
    others = [cell for cell in plain if cell is not None and not isinstance(cell, str)]
    return are_periods(others)


def are_periods(cells: Sequence[object]) -> bool:
    """Say whether these could head columns side by side: different dates, years, months, or numbers one by one."""
    if not cells or all(isinstance(cell, datetime.date) for cell in cells):
        return len({*cells}) == len(cells)
    numbers = [cell for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    if len({*numbers}) < len(cells) or not all(float(number).is_integer() for number in numbers):
        return False
    if all(number in _YEARS or (number // 100 in _YEARS and number % 100 in _MONTHS) for number in numbers):
        return True
    steps = {second - first for first, second in pairwise(numbers)}
    return len(numbers) > 2 and steps in ({1}, {-1})  # two may follow each other by chance


def _count_names(cells: Sequence[CellValue]) -> int:
    """Count the cells that name something: a range over several columns once, and not at all beside no other name."""
    singles = len(_list_singles(cells))
    spanning = {cell.area for cell in cells if isinstance(cell, Merged) and is_spanning(cell)}
    return singles + len(spanning) if singles else 0


def _list_singles(cells: Sequence[CellValue]) -> list[int]:
    """List the places of the cells that hold something and stand for one column only."""
    return [place for place, cell in enumerate(cells) if not _is_empty(cell) and not is_spanning(cell)]


def _is_empty(cell: CellValue) -> bool:
    plain = plain_value(cell)
    return plain is None or (isinstance(plain, str) and not plain.strip())


def _is_remark(cells: Sequence[CellValue], *, widest: int) -> bool:
    """Say whether a row is of remarks: 单位：万元 in a cell, or each value in the cell right of its label."""
    texts = [cell for cell in map(plain_value, cells) if cell is not None]
    ends = [isinstance(cell, str) and cell.rstrip().endswith(_COLON) for cell in texts]
    is_form = len(texts) > 1 and ends == [place % 2 == 0 for place in range(len(texts))]
    return (is_form and (len(texts) > 2 or widest > 2)) or any(map(_is_labelled, cells))


def _is_labelled(cell: CellValue) -> bool:
    label, colon, value = cell.replace("：", ":").partition(":") if isinstance(cell, str) else ("", "", "")
    return bool(colon and value.strip()) and _LABELLED.fullmatch(label.strip()) is not None


def is_spanning(cell: CellValue) -> bool:
    """Say whether a cell belongs to a range that is merged over several columns."""
    area = _AREA.fullmatch(cell.area) if isinstance(cell, Merged) else None
    return area is not None and area[3] is not None and column_index(area[1]) != column_index(area[3])


def _top(cell: Merged) -> int:
    area = _AREA.fullmatch(cell.area)
    return 0 if area is None else int(area[2])
