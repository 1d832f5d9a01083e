"""Makes the mark of a sheet as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from wdh.facts import Batch
from wdh.facts.cells import CellValue
from wdh.mending.fingerprints import show_rows
from wdh.mending.mark import ACCEPTED, LEFT_OUT, MOST_MASKS, REJECTED, Mask, SheetMark
from wdh.mending.matching import match_rows, read_rows


def mark_sheet(name: str, batches: Iterable[Batch], *, rejected: Container[int], left_out: Container[int]) -> SheetMark:
    """Mark a sheet that was delivered as it is, not mended: the other rows than these were accepted.

    ``batches`` are its rows as wdh reads them, ``rejected`` and ``left_out`` are numbers of rows.
    """
    columns: dict[str, None] = {}
    rows: list[str] = []
    states: list[str] = []
    prints = bytearray()
    masks: Counter[Mask] = Counter()
    for batch in batches:
        columns.update(dict.fromkeys(batch.columns))
        rows += map(str, batch.row_numbers)
        states += (
            REJECTED if row in rejected else LEFT_OUT if row in left_out else ACCEPTED for row in batch.row_numbers
        )
        texts = show_rows(batch, tuple(columns))
        prints += b"".join(texts.prints())
        masks += texts.masks()
    ordered = tuple(mask for mask, _ in masks.most_common(MOST_MASKS) if mask)
    return SheetMark(name, tuple(columns), tuple(rows), "".join(states), bytes(prints), masks=ordered)


def mark_again(
    before: SheetMark,
    batches: Iterable[Batch],
    states: dict[int, CellValue],
    *,
    rejected: Container[int],
    left_out: Container[int],
) -> tuple[SheetMark, Sequence[int]]:
    """Mark a sheet that came back, and give the number of each row of the mark there; 0 for a row that is gone.

    ``states`` has the cells of the added first column, as the rows are read. What was delivered first stays known.
    """
    matched = match_rows(before, read_rows(batches, states, before))
    places = {row: place for place, row in enumerate(before.rows)}
    rows = [found.row for found in matched.rows]
    prints = [found.print for found in matched.rows]
    shown = [
        REJECTED if found.number in rejected else LEFT_OUT if found.number in left_out else ACCEPTED
        for found in matched.rows
    ]
    for row in matched.gone:
        rows.append(row)
        prints.append(before.print_of(places[row]))
        shown.append(before.states[places[row]])
    first = {
        row: known
        for row, now in zip(rows, prints, strict=True)
        if row in places and (known := before.first_prints.get(row) or before.print_of(places[row])) != now
    }
    mark = SheetMark(before.name, before.columns, tuple(rows), "".join(shown), b"".join(prints), first, before.masks)
    return mark, [*(found.number for found in matched.rows), *(0 for _ in matched.gone)]
