"""Rejects quote what the cell holds, whatever a package made of it before it refused the row."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from wdh.facts.cells import CellValue
from wdh.facts.values import Batch, FactValue, Reject, cell_text


def quote_cells(rejects: Iterable[Reject], batch: Batch, *, made: Container[str] = ()) -> Iterator[Reject]:
    """Give rejects with the values that their cells have in ``batch``, which is as the sheet has it.

    A reject of another place stays as it is, and so does one without a cell, and one of the columns ``made``, whose
    values are made of several cells or stand outside the table.
    """
    headers: Mapping[str, str] = {letter: header for header, letter in batch.letters.items()}
    for reject in rejects:
        cell = None if reject.column in made else _find_cell(reject, batch, headers)
        yield reject if cell is None or cell[0] == reject.value else replace(reject, value=cell[0])


def _find_cell(reject: Reject, batch: Batch, headers: Mapping[str, str]) -> tuple[str | None] | None:
    """Give the text of a reject's cell, in a tuple of its own as it may be None; None: the batch has no such cell."""
    letter = (reject.cell or "").removesuffix(str(reject.row))
    header = headers.get(letter)
    index = bisect_left(batch.row_numbers, reject.row)
    is_there = index < len(batch) and batch.row_numbers[index] == reject.row
    if header is None or not is_there or (reject.file, reject.sheet) != (batch.file, batch.sheet):
        return None
    return (cell_text(batch.columns[header][index]),)


def holds(batch: Batch, row: int, value: FactValue) -> bool:
    """Say whether a cell of a row shows just this value."""
    index = bisect_left(batch.row_numbers, row)
    cells: Iterator[CellValue] = (column[index] for column in batch.columns.values())
    try:
        shown = str(value)
    except Exception:  # a moment whose time zone raises, a whole number of too many digits: no cell can hold it
        return False
    return any(cell_text(cell) == shown for cell in cells)
