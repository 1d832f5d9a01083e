"""Batches without a workbook: columns of raw cells, put under headers as a reader would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from wdh.columns import Column, Columns
from wdh.facts import Batch, Facts, FactValue, Reject
from wdh.facts.cells import CellValue, column_letter


def make_batch(
    columns: Mapping[str, Sequence[CellValue]],
    *,
    formats: Mapping[str, Sequence[str | None]] | None = None,
    first_row: int = 2,
) -> Batch:
    """Put ``columns`` beside each other from A on, their first cells in row ``first_row``."""
    height = len(next(iter(columns.values())))
    letters = {header: column_letter(index) for index, header in enumerate(columns)}
    return Batch("facts.xlsx", "规模明细", range(first_row, first_row + height), columns, letters, formats or {})


def cut_batch(batch: Batch, places: Iterable[int]) -> list[Batch]:
    """Cut a batch before each of the rows (by index) in ``places``."""
    bounds = sorted({0, len(batch), *(place for place in places if 0 < place < len(batch))})
    return [_part(batch, slice(*pair)) for pair in pairwise(bounds)]


def _part(batch: Batch, rows: slice) -> Batch:
    return Batch(
        batch.file,
        batch.sheet,
        batch.row_numbers[rows],
        {header: cells[rows] for header, cells in batch.columns.items()},
        batch.letters,
        {header: formats[rows] for header, formats in batch.formats.items()},
    )


def join_facts(parts: Sequence[Facts]) -> tuple[Any, ...]:
    """Put the facts of consecutive batches together, in a form in which two of them can be compared.

    Values are shown, for 1, 1.0 and True are equal and not the same fact.
    """
    columns = {name: [repr(v) for part in parts for v in part.columns[name]] for name in parts[0].columns}
    notes: dict[tuple[str, str, str], int] = {}
    for note in (note for part in parts for note in part.notes):
        for case, rows in note.cases.items():
            key = (note.code, note.sentence, case)
            notes[key] = notes.get(key, 0) + rows
    return (
        [number for part in parts for number in part.row_numbers],
        columns,
        [reject for part in parts for reject in part.rejects],
        sum(part.totals for part in parts),
        notes,
    )


def read_cell(column: Column, cell: CellValue, *, number_format: str | None = None) -> FactValue | Reject:
    """Clean one cell under the first header of ``column``: its value, or the one Reject that it made."""
    header = column.headers[0]
    formats = {} if number_format is None else {header: [number_format]}
    facts = Columns(column, totals=()).clean(make_batch({header: [cell]}, formats=formats))
    if facts.rejects:
        (reject,) = facts.rejects
        return reject
    return facts.columns[column.name][0]
