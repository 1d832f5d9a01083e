"""Makes rejects of facts that a check refused or that have no value in a column of the delete scope.

Rejects quote what the cell holds, whatever a package made of it before it refused the row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wdh.errors import SetupError
from wdh.facts import Batch, Facts, FactValue, Reject, cell_text
from wdh.facts.cells import CellValue
from wdh.facts.sheets import FactReject
from wdh.intake.tally import WorkbookTally
from wdh.intake.unfit_candidates import UNFIT
from wdh.words.blanks import blanks_in
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

Refused = Mapping[tuple[int, int], Mapping[int, tuple[Reject, ...]]]
"""Rejects by row, and these by the place of their sheet in the run and the group of the facts among those of a row."""

BLANK_KEY = "blank_key"
"""A column of the delete scope (pk) has no value in this row."""


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
    """Count the facts that are refused as rejected rows, but for the rows of ``rejects``, which are counted already.

    So are the facts of those of them that are unfit for a reference.
    """
    known: dict[tuple[str, str, int], bool] = {}
    for reject in rejects:
        row = (reject.file, reject.sheet, reject.row)
        known[row] = known.get(row, False) or reject.reason in UNFIT
    counted: list[WorkbookTally] = []
    for place, tally in enumerate(tallies):
        own = [row for (workbook, _), rows in refused.items() if workbook == place for row in rows]
        fresh = {row for row in own if (tally.file, tally.sheet, row) not in known}
        facts = sum(not known.get((tally.file, tally.sheet, row), False) for row in own)
        counted.append(tally.plus(facts=-facts, rejected=len(fresh)))
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


def refuse_blank_scopes(facts: Facts, batch: Batch, *, scope: Sequence[str]) -> Facts:
    """Turn facts without a value in a column of the delete scope into rejects, which name its cell if it has one.

    NULL equals nothing, so a second run would not find such a fact again, and load it twice. Raises SetupError for a
    scope column that the facts do not have at all.
    """
    if not len(facts):
        return facts
    for column in scope:
        if column not in facts.columns:
            raise SetupError(
                say(
                    "pk names {column!r}, which is no column of the facts{near}; they have {columns}. Correct pk "
                    "in data_sources.yml, or --pk.",
                    column=column,
                    near=did_you_mean(column, facts.columns),
                    columns=", ".join(facts.columns),
                ),
                column=column,
            )
    blank: dict[int, str] = {}
    for column in reversed(scope):  # the first one in which a fact is blank is named
        values = facts.columns[column]
        nothing = blanks_in(values)
        if nothing:
            blank.update((place, column) for place, value in enumerate(values) if value in nothing)
    if not blank:
        return facts
    letters = facts.letters or batch.letters
    rows = ((facts.row_numbers[place], column) for place, column in blank.items())
    return refuse_rows(
        facts, {row: (_blank_key(batch, row, column, letter=letters.get(column)),) for row, column in rows}
    )


def _blank_key(batch: Batch, row: int, column: str, *, letter: str | None) -> Reject:
    said = say("{column} is blank, and is part of the key by which facts are replaced (pk): fill it in.", column=column)
    if column in batch.outside:
        return batch.reject(bisect_left(batch.row_numbers, row), column, BLANK_KEY, said)
    headers = (header for header, known in batch.letters.items() if known == letter)
    header = None if letter is None else next(headers, None)
    return Reject(
        file=batch.file,
        sheet=batch.sheet,
        row=row,
        cell=None if letter is None else f"{letter}{row}",
        column=column,
        value=None if header is None else cell_text(batch.columns[header][bisect_left(batch.row_numbers, row)]),
        reason=BLANK_KEY,
        sentence=said,
    )
