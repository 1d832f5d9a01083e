"""Batches and facts of rows that a test writes down: what a hook is given, without a workbook and without a run."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import cast

from wdh.facts import Batch, Facts, FactValue
from wdh.facts.cells import CellValue, column_letter
from wdh.facts.spool import FactRows, Spool
from wdh.registry.answers import VALUE_TYPES
from wdh.words.spelling import did_you_mean

Rows = Sequence[Mapping[str, object] | Sequence[object]]
"""Rows as a test writes them: mappings from column to value, or lists of values."""

FILE, SHEET = "test.xlsx", "Sheet1"
"""The file and the sheet that made-up rows say they come from."""


def batch(
    rows: Rows,
    columns: Sequence[str] | None = None,
    *,
    file: str = FILE,
    sheet: str = SHEET,
    first_row: int = 2,
) -> Batch:
    """Make a Batch as a reader would: the headers in row ``first_row - 1`` of the sheet, these rows from there on.

    A row is a mapping from header to cell, and a header that it lacks is an empty cell; or it is a list of cells, and
    ``columns`` are the headers. The headers stand in the columns A, B, C … in the order in which they first occur, or
    in that of ``columns``. Raises ValueError for a row that does not fit the headers.
    """
    cells = cast("Mapping[str, Sequence[CellValue]]", _by_column(rows, columns))
    letters = {header: column_letter(place) for place, header in enumerate(cells)}
    numbers = range(first_row, first_row + len(rows))
    return Batch(file, sheet, list(numbers), cells, letters, header_row=first_row - 1)


def facts_of(
    rows: Facts | Rows,
    columns: Sequence[str] | None = None,
    *,
    pk: Sequence[str] = (),
) -> FactRows:
    """Make the facts of a run, as ``skip_facts`` and ``load_facts`` get them.

    ``rows`` are mappings from fact column to value, or lists of values under ``columns``, as for :func:`batch`; or the
    Facts that a transform gave. ``pk`` are the columns of the delete scope. Values are clean ones: str, int, float,
    bool, Decimal, date, datetime, None. Raises ValueError for rows that do not fit, TypeError for another value.
    """
    if isinstance(rows, Facts):
        facts = rows
    else:
        made = _by_column(rows, columns)
        facts = Facts(list(range(2, len(rows) + 2)), _check_values(made))
    spool = Spool(pk, io.BytesIO())
    letters = {name: column_letter(place) for place, name in enumerate(facts.columns)}
    spool.append(facts, file=FILE, sheet=SHEET, letters=facts.letters or letters)
    return spool.facts()


def _by_column(rows: Rows, columns: Sequence[str] | None) -> Mapping[str, Sequence[object]]:
    names = list(columns or dict.fromkeys(name for row in rows if isinstance(row, Mapping) for name in row))
    aligned = [_align(row, names, place=place) for place, row in enumerate(rows, start=1)]
    return {name: [row[place] for row in aligned] for place, name in enumerate(names)}


def _align(row: Mapping[str, object] | Sequence[object], names: Sequence[str], *, place: int) -> Sequence[object]:
    if isinstance(row, Mapping):
        for name in row:
            if name not in names:
                hint = did_you_mean(name, names)
                raise ValueError(f"row {place} has {name!r}, which is none of the columns {', '.join(names)}{hint}")
        return [row.get(name) for name in names]
    if isinstance(row, str) or not isinstance(row, Sequence):
        raise ValueError(f"row {place} is {row!r}; write a mapping from column to value, or a list with columns=[…]")
    if len(row) != len(names):
        raise ValueError(f"row {place} has {len(row)} values for {len(names)} columns; name them in columns=[…]")
    return row


def _check_values(columns: Mapping[str, Sequence[object]]) -> Mapping[str, Sequence[FactValue]]:
    for name, values in columns.items():
        for place, value in enumerate(values, start=1):
            if type(value) not in VALUE_TYPES:
                kinds = ", ".join(sorted(kind.__name__ for kind in VALUE_TYPES - {type(None)}))
                raise TypeError(
                    f"row {place} has a {type(value).__name__} in {name!r}, and a fact cannot have it; a value is None "
                    f"or exactly one of: {kinds}"
                )
    return cast("Mapping[str, Sequence[FactValue]]", columns)
