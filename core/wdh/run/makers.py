"""Cells behind an error, looked for in the workbooks once more: what stands beside one, and values that none holds.

Such a value the domain's package made, and its author is told, not the sender alone. Nothing here runs unless
something was refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Final

from wdh.errors import WdhError
from wdh.facts import Batch, Reject, cell_text
from wdh.registry.hooks import Hooks
from wdh.run.request import Beside, Neighbour
from wdh.words.characters import squeeze
from wdh.words.language import say
from wdh.workbook import Sheet

_MOST: Final = 200
"""Refused values that are looked for."""

Rows = Mapping[tuple[str, str], Mapping[int, Sequence[str]]]
"""The texts of the cells of some rows, by file and sheet, and by row."""

_BESIDE: Final = 2
"""How many columns are shown to the left and to the right of a cell."""

_LOWEST_ROW: Final = 20_000
"""Nobody looks for a cell further below: that would read the workbook once more."""


def blame_maker(error: WdhError, rejects: Iterable[Reject], *, hooks: Hooks, sheets: Iterable[Sheet]) -> None:
    """Say in ``error`` which package made some of the values of ``rejects``, where no cell of their rows holds them.

    Nothing changes where the domain's package has no transform, or where the workbooks cannot be read again.
    """
    own, refused = hooks.own_transform, [reject for reject in islice(rejects, _MOST) if reject.value is not None]
    if own is None or not own.plugin.group or not refused:
        return
    with suppress(WdhError):
        rows = _read_rows(sheets, refused)
        made = next((reject for reject in refused if not _stands_in(reject, rows)), None)
        if made is not None:
            place = made.cell or say("row {row}", row=made.row)
            told = own.refuse(
                say(
                    "gave {value!r} for {file}, sheet {sheet}, {place}, where no cell holds it; if that is not "
                    "what the column means, correct the package or ask its author",
                    value=made.value,
                    file=made.file,
                    sheet=made.sheet,
                    place=place,
                )
            )
            error.message = error.message + "\n" + told.message
            error.args = (error.message,)
            error.facts.setdefault("distribution", told.facts["distribution"])


def _read_rows(sheets: Iterable[Sheet], refused: Sequence[Reject]) -> Rows:
    wanted: dict[tuple[str, str], set[int]] = {}
    for reject in refused:
        wanted.setdefault((reject.file, reject.sheet), set()).add(reject.row)
    found: dict[tuple[str, str], dict[int, Sequence[str]]] = {}
    for sheet in sheets:
        rows = wanted.get((sheet.file, sheet.sheet))
        if rows is not None:
            found[sheet.file, sheet.sheet] = dict(_texts_of(sheet.batches(), rows))
    return found


def _texts_of(batches: Iterable[Batch], rows: set[int]) -> Iterable[tuple[int, Sequence[str]]]:
    for batch in batches:
        for index, number in enumerate(batch.row_numbers):
            if number in rows:
                yield number, [cell_text(column[index]) or "" for column in batch.columns.values()]


def _stands_in(reject: Reject, rows: Rows) -> bool:
    """Say whether a cell of its row holds a value, blanks aside; yes where the row is not known."""
    texts = rows.get((reject.file, reject.sheet), {}).get(reject.row)
    value = squeeze(reject.value or "")
    return texts is None or any(_is_same(squeeze(text), value) for text in texts)


def _is_same(text: str, value: str) -> bool:
    if text == value or (value and text.removesuffix("00:00:00") == value):  # a day, as a cell holds it
        return True
    with suppress(InvalidOperation):
        return Decimal(text.replace(",", "")) == Decimal(value)
    return False


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
