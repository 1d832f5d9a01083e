"""Makes the mark of a sheet as it is read."""

from __future__ import annotations

from collections.abc import Container, Iterable

from wdh.facts import Batch
from wdh.mending.fingerprints import fingerprint_rows
from wdh.mending.mark import ACCEPTED, LEFT_OUT, REJECTED, SheetMark


def mark_sheet(name: str, batches: Iterable[Batch], *, rejected: Container[int], left_out: Container[int]) -> SheetMark:
    """Mark a sheet that was delivered as it is, not mended: the other rows than these were accepted.

    ``batches`` are its rows as wdh reads them, ``rejected`` and ``left_out`` are numbers of rows.
    """
    columns: dict[str, None] = {}
    rows: list[str] = []
    states: list[str] = []
    prints = bytearray()
    for batch in batches:
        columns.update(dict.fromkeys(batch.columns))
        rows += map(str, batch.row_numbers)
        states += (
            REJECTED if row in rejected else LEFT_OUT if row in left_out else ACCEPTED for row in batch.row_numbers
        )
        prints += b"".join(fingerprint_rows(batch, tuple(columns)))
    return SheetMark(name, tuple(columns), tuple(rows), "".join(states), bytes(prints))
