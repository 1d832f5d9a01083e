"""The faults of a sheet, cell by cell: what is red, what comments say, and where links lead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from wdh.facts import Reject
from wdh.facts.cells import column_index, column_letter
from wdh.mending.comments import MOST_COMMENTS, Comment
from wdh.mending.kinds import show_accepted, show_kind
from wdh.mending.shifting import Shift
from wdh.words.language import say
from wdh.workbook.rows.merges import Area

_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_MOST_CROSSED: Final = 1_000
"""Merged ranges that cells to mend are looked for in, one by one."""


class Linked(Struct, frozen=True):
    """A reject with the name of its cell in the red workbook; empty: its row has none there."""

    reject: Reject
    cell: str


class Faults(Struct, frozen=True):
    """The faults of a sheet. ``red`` are the columns of red cells by row, as they were before they moved, rising.

    ``commented`` counts the rejects that a comment tells of.
    """

    red: Mapping[int, Sequence[int]]
    linked: Sequence[Linked]
    comments: Sequence[Comment]
    commented: int


def find_faults(rejects: Iterable[Reject], shift: Shift, areas: Iterable[Area]) -> Faults:
    """Find the cells of rejects of one sheet. One that a merged range hides stands for the first cell of the range."""
    corners = _Corners(areas)
    red: defaultdict[int, set[int]] = defaultdict(set)
    linked: list[Linked] = []
    comments: list[Comment] = []
    commented = 0
    for reject in rejects:
        match = _CELL.fullmatch(reject.cell or "")
        if match is None:
            place: str | None = f"A{reject.row}"
        else:
            row, column = corners.find(int(match[2]), column_index(match[1]))
            red[row].add(column)
            place = shift.cell(f"{column_letter(column)}{row}")
        linked.append(Linked(reject, place or ""))
        if place is not None and len(comments) < MOST_COMMENTS:
            comments.append(Comment(place, "\n".join(_explain(reject)), show_kind(reject.reason)))
            commented += 1
    return Faults({row: sorted(columns) for row, columns in red.items()}, linked, comments, commented)


def _explain(reject: Reject) -> Iterator[str]:
    yield reject.sentence
    if reject.column is not None:
        read = say("a blank cell") if reject.value is None else reject.value
        yield say("Read in the column {column}: {value}", column=reject.column, value=read)
    if (accepted := show_accepted(reject.reason)) is not None:
        yield say("Accepted: {accepted}.", accepted=accepted)


class _Corners:
    """Finds the first cells of merged ranges."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._by_row: defaultdict[int, list[Area]] = defaultdict(list)
        self._tall: list[Area] = []
        for area in areas:
            if area.bottom - area.top < _MOST_CROSSED:
                for row in range(area.top, area.bottom + 1):
                    self._by_row[row].append(area)
            else:
                self._tall.append(area)

    def find(self, row: int, column: int) -> tuple[int, int]:
        """Give the row and column of the cell that is shown where this one is."""
        for area in (*self._by_row.get(row, ()), *self._tall):
            if area.left <= column <= area.right and area.top <= row <= area.bottom:
                return area.top, area.left
        return row, column
