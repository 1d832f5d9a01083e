"""The cell that is behind an error, with what stands beside it in its row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from wdh.facts import Batch, Reject, cell_text
from wdh.run.request import Beside, Neighbour
from wdh.workbook import Sheet

_BESIDE: Final = 2
"""How many columns are shown to the left and to the right of a cell."""

_LOWEST_ROW: Final = 20_000
"""Nobody looks for a cell further below: that would read the workbook once more."""


def find_beside(reject: Reject, sheets: Iterator[Sheet]) -> Beside | None:
    """Find the cell of a reject; None: it is no cell, stands far below, or is not where it was."""
    found = re.fullmatch("([A-Z]+)[0-9]+", reject.cell or "")
    if found is None or reject.row > _LOWEST_ROW:
        return None
    sheet = next((each for each in sheets if (each.file, each.sheet) == (reject.file, reject.sheet)), None)
    for batch in () if sheet is None else sheet.batches():
        if len(batch) and batch.row_numbers[-1] >= reject.row:
            return _cut_out(batch, reject.row, found[1])
    return None


def _cut_out(batch: Batch, row: int, letter: str) -> Beside | None:
    headers = list(batch.letters)
    place = next((number for number, header in enumerate(headers) if batch.letters[header] == letter), None)
    if place is None or row not in batch.row_numbers:
        return None
    index = list(batch.row_numbers).index(row)
    near = headers[max(place - _BESIDE, 0) : place + _BESIDE + 1]
    cells = tuple(Neighbour(batch.letters[name], name, cell_text(batch.columns[name][index]) or "") for name in near)
    return Beside(row, cells, letter)
