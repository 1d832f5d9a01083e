"""Makes rejects of facts, of those that a check refused when the workbooks are read again, and of any others.

Rejects quote what the cell holds, whatever a package made of it before it refused the row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wdh.facts import Batch, Facts, FactValue, Reject, cell_text
from wdh.facts.cells import CellValue
from wdh.facts.sheets import FactReject
from wdh.intake.tally import WorkbookTally

Refused = Mapping[tuple[int, int], Mapping[int, tuple[Reject, ...]]]
"""Rejects by row, and these by the place of their sheet in the run and the group of the facts among those of a row."""


def group_rejects(rejects: Iterable[FactReject]) -> Refused:
    """Put the rejects of facts in order; several may be of one fact."""
    found: dict[tuple[int, int], dict[int, tuple[Reject, ...]]] = {}
    for reject in rejects:
        rows = found.setdefault((reject.workbook, reject.group), {})
        rows[reject.row] = (*rows.get(reject.row, ()), reject.plain())
    return found


def refuse_rows(facts: Facts, refused: Mapping[int, tuple[Reject, ...]]) -> Facts:
    """Turn the facts of these rows into rejects, as if transform had refused them."""
    kept = [place for place, row in enumerate(facts.row_numbers) if row not in refused]
    if len(kept) == len(facts):
        return facts
    rejects = (reject for row in facts.row_numbers for reject in refused.get(row, ()))
    return replace(_keep(facts, kept), rejects=(*facts.rejects, *rejects))


def hold_back(facts: Facts, held: Collection[int], more: Collection[int]) -> Facts:
    """Leave out the facts of the rows of these numbers."""
    numbers = enumerate(facts.row_numbers)
    return _keep(facts, [place for place, row in numbers if row not in held and row not in more])


def _keep(facts: Facts, places: Sequence[int]) -> Facts:
    return replace(
        facts,
        row_numbers=[facts.row_numbers[place] for place in places],
        columns={name: [values[place] for place in places] for name, values in facts.columns.items()},
    )


def count_refused(
    tallies: Sequence[WorkbookTally], refused: Refused, rejects: Iterable[Reject]
) -> tuple[WorkbookTally, ...]:
    """Count the facts that are refused as rejected rows, but for the rows of ``rejects``, which are counted already."""
    known = {(reject.file, reject.sheet, reject.row) for reject in rejects}
    counted: list[WorkbookTally] = []
    for place, tally in enumerate(tallies):
        own = [row for (workbook, _), rows in refused.items() if workbook == place for row in rows]
        fresh = {row for row in own if (tally.file, tally.sheet, row) not in known}
        counted.append(tally.plus(facts=-len(own), rejected=len(fresh)))
    return tuple(counted)


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
